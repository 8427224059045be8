import { assertFinite, Matrix, type MatrixLike, requireFitted, toMatrix } from '../data';
import { AbortError, ArgumentError, DataError, fromNative, ShapeError } from '../errors';
import { readArtefact, writeArtefact } from '../io';
import { native, settle } from '../native';
import { checkInteger, checkKeys, checkNumber, checkOneOf, checkSameRows, checkSeed } from '../validate';

/** The form of the components: any ellipsoid, one along the axes, a ball, or one ellipsoid that all of them share. */
export type CovarianceType = 'full' | 'diag' | 'spherical' | 'tied';

const TYPES: readonly CovarianceType[] = ['full', 'diag', 'spherical', 'tied'];

/** Options of `GaussianMixture`. */
export interface GaussianMixtureOptions {
  /** Default 1. */
  nComponents?: number;
  /** Default 'full'. */
  covarianceType?: CovarianceType;
  /** Default 100. */
  maxIter?: number;
  /** Stop when the mean log-likelihood of a row changes by less. Default 1e-3. */
  tol?: number;
  /** Added to the variances, so that no component collapses. Default 1e-6. */
  regCovar?: number;
  /** 'kmeans' (default), or the component that each row starts in, from 0 to nComponents - 1. */
  init?: 'kmeans' | ArrayLike<number>;
  /** Starts by k-means to try, of which the likeliest mixture is kept; always 1 with a given start. Default 1. */
  nInit?: number;
  /** Of the first k-means start; the others take the next ones. Default 0. */
  seed?: number;
  /** Threads to use at most; 0 (default) means the whole pool. Results do not depend on it. */
  threads?: number;
}

/** Options of `GaussianMixture.fit`. */
export interface MixtureFitOptions {
  /** Ends the work, which then rejects with AbortError. */
  signal?: AbortSignal;
  /** Called at most about 30 times a second with the mean log-likelihood of a row. */
  onProgress?: (progress: { iteration: number; logLikelihood: number }) => void;
}

/** What there is of a fit that was aborted: the `partial` of its AbortError. */
export interface MixtureResult {
  /** The share of each component. */
  weights: Float64Array;
  /** nComponents x columns, row after row. */
  means: Float64Array;
  /** As `covariances` of the model. */
  covariances: Float64Array;
  /** Mean log-likelihood of a row, in nats. */
  logLikelihood: number;
  /** Iterations done. */
  nIter: number;
}

interface Fitted {
  weights: Float64Array;
  means: Float64Array;
  covariances: Float64Array;
  logLikelihood: number;
  iterations: number;
  converged: boolean;
}

const KEYS: readonly (keyof GaussianMixtureOptions)[] = [
  'nComponents',
  'covarianceType',
  'maxIter',
  'tol',
  'regCovar',
  'init',
  'nInit',
  'seed',
  'threads',
];

/**
 * A mixture of Gaussians, fitted by expectation maximisation (Dempster, Laird and Rubin 1977) in float64: soft clusters and
 * a density.
 */
export class GaussianMixture {
  private readonly settings: Required<GaussianMixtureOptions>;
  private fitted: Fitted | undefined;

  /** @throws ArgumentError on an unknown option or one out of range */
  constructor(options: GaussianMixtureOptions = {}) {
    checkKeys(options, KEYS, 'GaussianMixture');
    const init = options.init ?? 'kmeans';
    this.settings = {
      nComponents: checkInteger(options.nComponents ?? 1, 'nComponents', { min: 1 }),
      covarianceType: checkOneOf(options.covarianceType ?? 'full', 'covarianceType', TYPES),
      maxIter: checkInteger(options.maxIter ?? 100, 'maxIter', { min: 1 }),
      tol: checkNumber(options.tol ?? 1e-3, 'tol', { min: 0 }),
      regCovar: checkNumber(options.regCovar ?? 1e-6, 'regCovar', { min: 0 }),
      init: typeof init === 'string' ? checkOneOf<'kmeans'>(init, 'init', ['kmeans']) : Array.from(init),
      nInit: checkInteger(options.nInit ?? 1, 'nInit', { min: 1 }),
      seed: checkSeed(options.seed ?? 0),
      threads: checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 }),
    };
  }

  private state(method: string): Fitted {
    return requireFitted(this.fitted, 'GaussianMixture', method);
  }

  /** The share of each component; they sum to 1. @throws HebbError before `fit` */
  get weights(): Float64Array {
    return this.state('weights').weights.slice();
  }

  /** nComponents x columns, row after row, in float64. @throws HebbError before `fit` */
  get means(): Float64Array {
    return this.state('means').means.slice();
  }

  /**
   * nComponents x columns x columns ('full'), columns x columns ('tied'), or nComponents x columns ('diag', 'spherical'),
   * row after row, in float64.
   */
  get covariances(): Float64Array {
    return this.state('covariances').covariances.slice();
  }

  /** Iterations of the fit that was kept. @throws HebbError before `fit` */
  get nIter(): number {
    return this.state('nIter').iterations;
  }

  /** Whether the log-likelihood changed by less than `tol` at the end. @throws HebbError before `fit` */
  get converged(): boolean {
    return this.state('converged').converged;
  }

  /** The component of each row to start from, or null for k-means. */
  private start(rows: number): Int32Array | null {
    const { init, nComponents } = this.settings;
    if (typeof init === 'string') return null;
    checkSameRows(init.length, 'init', rows, 'X');
    const wrong = Array.from(init).find((c) => !(Number.isInteger(c) && c >= 0 && c < nComponents));
    if (wrong !== undefined) {
      throw new ArgumentError(`Expected \`init\` to hold components from 0 to ${nComponents - 1}, received ${wrong}.`);
    }
    return Int32Array.from(init);
  }

  /**
   * Fits the mixture to X in the background.
   * @param X rows x columns
   * @throws ArgumentError when there are fewer rows than components, DataError on data without columns or when a
   *   component collapses, NonFiniteError on NaN or Infinity; rejects with AbortError, whose `partial` is a MixtureResult
   *   (undefined before the first iteration)
   */
  async fit(X: MatrixLike, options: MixtureFitOptions = {}): Promise<this> {
    checkKeys(options, ['signal', 'onProgress'], 'fit');
    const x = toMatrix(X, 'X');
    if (x.cols === 0) throw new DataError('Expected `X` to have at least 1 column, received 0.');
    assertFinite(x, 'X');
    const { nComponents, covarianceType, maxIter, tol, regCovar, threads, seed, nInit } = this.settings;
    if (x.rows < nComponents) {
      throw new ArgumentError(
        `Expected \`nComponents\` to be at most ${x.rows} for ${x.rows} rows, received ${nComponents}.`,
      );
    }
    const { signal, onProgress } = options;
    const labels = this.start(x.rows);
    const type = TYPES.indexOf(covarianceType);
    const numbers = Float64Array.of(nComponents, type, maxIter, tol, regCovar, threads, seed, nInit);
    const report =
      onProgress === undefined
        ? undefined
        : (v: Float64Array) => onProgress({ iteration: v[0] as number, logLikelihood: v[1] as number });
    const { aborted, ...fitted } = await settle(
      () => native().mixtureFit(x.data, x.rows, x.cols, labels, numbers, report),
      signal,
    );
    if (aborted) {
      const { iterations: nIter, converged: _cut, ...found } = fitted;
      const partial: MixtureResult | undefined = nIter > 0 ? { ...found, nIter } : undefined;
      throw new AbortError('The operation was aborted.', { cause: signal?.reason, partial });
    }
    this.fitted = fitted;
    return this;
  }

  /** `fit`, then the likeliest component of each row. @throws as `fit` */
  async fitPredict(X: MatrixLike, options: MixtureFitOptions = {}): Promise<Int32Array> {
    const x = Matrix.from(X);
    return (await this.fit(x, options)).predict(x);
  }

  private evaluate(X: MatrixLike, method: string): { logDensity: Float64Array; shares: Float64Array; rows: number } {
    const { weights, means, covariances } = this.state(method);
    const x = toMatrix(X, 'X');
    const cols = means.length / weights.length;
    if (x.cols !== cols) {
      throw new ShapeError(`Expected \`X\` to have ${cols} columns as at \`fit\`, received ${x.cols}.`);
    }
    assertFinite(x, 'X');
    const { covarianceType, threads } = this.settings;
    const type = TYPES.indexOf(covarianceType);
    try {
      const scored = native().mixtureScore(x.data, x.rows, weights, means, covariances, type, threads);
      return { logDensity: scored.logDensity, shares: scored.responsibilities, rows: x.rows };
    } catch (error) {
      throw fromNative(error);
    }
  }

  /** The probability of each component, rows x nComponents. @throws HebbError before `fit`, ShapeError, NonFiniteError */
  predictProba(X: MatrixLike): Matrix {
    const { shares, rows } = this.evaluate(X, 'predictProba');
    return Matrix.from(shares, rows, this.state('predictProba').weights.length);
  }

  /** The likeliest component of each row. @throws as `predictProba` */
  predict(X: MatrixLike): Int32Array {
    const { shares, rows } = this.evaluate(X, 'predict');
    const k = this.state('predict').weights.length;
    const labels = new Int32Array(rows);
    for (let i = 0; i < rows; i++) {
      for (let c = 1; c < k; c++) {
        if ((shares[i * k + c] as number) > (shares[i * k + (labels[i] as number)] as number)) labels[i] = c;
      }
    }
    return labels;
  }

  /** The log density of each row, in nats. @throws as `predictProba` */
  scoreSamples(X: MatrixLike): Float64Array {
    return this.evaluate(X, 'scoreSamples').logDensity;
  }

  /** The mean log density. @throws as `predictProba` */
  score(X: MatrixLike): number {
    const values = this.scoreSamples(X);
    return values.reduce((a, b) => a + b, 0) / values.length;
  }

  /** Numbers that the mixture has to choose. */
  private parameters(): number {
    const { weights, means } = this.state('bic');
    const [k, d] = [weights.length, means.length / weights.length];
    const ellipsoid = (d * (d + 1)) / 2;
    const spread = { full: k * ellipsoid, diag: k * d, spherical: k, tied: ellipsoid }[this.settings.covarianceType];
    return spread + k * d + k - 1;
  }

  /**
   * The Bayesian information criterion (Schwarz 1978): the lower, the better the number of components.
   * @throws as `predictProba`
   */
  bic(X: MatrixLike): number {
    const values = this.scoreSamples(X);
    return -2 * values.reduce((a, b) => a + b, 0) + this.parameters() * Math.log(values.length);
  }

  /** Akaike's information criterion (1974): the lower, the better. @throws as `predictProba` */
  aic(X: MatrixLike): number {
    return -2 * this.scoreSamples(X).reduce((a, b) => a + b, 0) + 2 * this.parameters();
  }

  /**
   * Draws rows from the mixture.
   * @param count rows to draw. Default 1
   * @param options.seed the same seed draws the same rows. Default 0
   * @returns count x columns, and the component of each row
   * @throws HebbError before `fit`, ArgumentError
   */
  sample(count = 1, options: { seed?: number } = {}): { X: Matrix; labels: Int32Array } {
    checkKeys(options, ['seed'], 'sample');
    const { weights, means, covariances } = this.state('sample');
    checkInteger(count, 'count', { min: 0, max: 2 ** 31 - 1 });
    const seed = checkSeed(options.seed ?? 0);
    const type = TYPES.indexOf(this.settings.covarianceType);
    try {
      const { rows, labels } = native().mixtureSample(count, seed, weights, means, covariances, type);
      return { X: new Matrix(rows, count, means.length / weights.length), labels };
    } catch (error) {
      throw fromNative(error);
    }
  }

  private covarianceShape(): number[] {
    const { weights, means } = this.state('save');
    const [k, d] = [weights.length, means.length / weights.length];
    return { full: [k, d, d], diag: [k, d], spherical: [k, d], tied: [d, d] }[this.settings.covarianceType];
  }

  /** Saves the model. @throws HebbError before `fit`, DataError when the file cannot be written */
  async save(file: string): Promise<void> {
    const { weights, means, covariances, logLikelihood, iterations, converged } = this.state('save');
    const { init: _start, ...options } = this.settings;
    await writeArtefact(file, {
      kind: 'GaussianMixture',
      config: { options, logLikelihood, iterations, converged },
      tensors: {
        weights: { data: weights, shape: [weights.length] },
        means: { data: means, shape: [weights.length, means.length / weights.length] },
        covariances: { data: covariances, shape: this.covarianceShape() },
      },
    });
  }

  /** A saved model. @throws DataError when the file holds none */
  static async load(file: string): Promise<GaussianMixture> {
    const { config, tensors } = await readArtefact(file, ['GaussianMixture']);
    const { options, ...figures } = config as unknown as { options: GaussianMixtureOptions } & Pick<
      Fitted,
      'logLikelihood' | 'iterations' | 'converged'
    >;
    const values = (name: string): Float64Array => {
      const data = tensors[name]?.data;
      if (!(data instanceof Float64Array))
        throw new DataError(`Expected ${file} to hold a float64 tensor \`${name}\`.`);
      return data;
    };
    const model = new GaussianMixture(options);
    model.fitted = {
      ...figures,
      weights: values('weights'),
      means: values('means'),
      covariances: values('covariances'),
    };
    return model;
  }
}
