import { assertFinite, Matrix, type MatrixLike, requireFitted, toMatrix } from '../data';
import { ArgumentError, DataError, fromNative, ShapeError } from '../errors';
import { readArtefact, writeArtefact } from '../io';
import { native, settle } from '../native';
import { checkInteger, checkKeys, checkNumber, checkOneOf, checkSameRows, checkSeed } from '../validate';
import { KMeans } from './kmeans';

/** The form of the components: any ellipsoid, one along the axes, or a ball. */
export type CovarianceType = 'full' | 'diag' | 'spherical';

const TYPES: readonly CovarianceType[] = ['full', 'diag', 'spherical'];

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
  /** 'kmeans' (default), or the component that each row starts in. */
  init?: 'kmeans' | Int32Array;
  /** Of the k-means start. Default 0. */
  seed?: number;
  /** Threads to use at most; 0 (default) means the whole pool. Results do not depend on it. */
  threads?: number;
}

export interface MixtureFitOptions {
  signal?: AbortSignal;
  /** Called at most about 30 times a second with the mean log-likelihood of a row. */
  onProgress?: (progress: { iteration: number; logLikelihood: number }) => void;
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
  'seed',
  'threads',
];

/** A mixture of Gaussians, fitted by expectation maximisation in float64: soft clusters and a density. */
export class GaussianMixture {
  private readonly settings: Required<GaussianMixtureOptions>;
  private fitted: Fitted | undefined;

  /** @throws ArgumentError on an unknown option or one out of range */
  constructor(options: GaussianMixtureOptions = {}) {
    checkKeys(options, KEYS, 'GaussianMixture');
    const init: 'kmeans' | Int32Array = options.init ?? 'kmeans';
    this.settings = {
      nComponents: checkInteger(options.nComponents ?? 1, 'nComponents', { min: 1 }),
      covarianceType: checkOneOf(options.covarianceType ?? 'full', 'covarianceType', TYPES),
      maxIter: checkInteger(options.maxIter ?? 100, 'maxIter', { min: 1 }),
      tol: checkNumber(options.tol ?? 1e-3, 'tol', { min: 0 }),
      regCovar: checkNumber(options.regCovar ?? 1e-6, 'regCovar', { min: 0 }),
      init: typeof init === 'string' ? checkOneOf<'kmeans'>(init, 'init', ['kmeans']) : init,
      seed: checkSeed(options.seed ?? 0),
      threads: checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 }),
    };
  }

  private state(method: string): Fitted {
    return requireFitted(this.fitted, 'GaussianMixture', method);
  }

  /** The share of each component. */
  get weights(): Float64Array {
    return this.state('weights').weights.slice();
  }

  /** nComponents x columns, row after row, in float64. */
  get means(): Float64Array {
    return this.state('means').means.slice();
  }

  /** nComponents x columns x columns ('full') or nComponents x columns, row after row, in float64. */
  get covariances(): Float64Array {
    return this.state('covariances').covariances.slice();
  }

  get nIter(): number {
    return this.state('nIter').iterations;
  }

  get converged(): boolean {
    return this.state('converged').converged;
  }

  private async start(x: Matrix, signal: AbortSignal | undefined): Promise<Int32Array> {
    const { init, nComponents, seed, threads } = this.settings;
    if (typeof init === 'string') {
      return new KMeans({ nClusters: nComponents, seed, threads }).fitPredict(
        x,
        signal === undefined ? {} : { signal },
      );
    }
    checkSameRows(init.length, 'init', x.rows, 'X');
    const wrong = init.find((label) => label < 0 || label >= nComponents);
    if (wrong !== undefined) {
      throw new ArgumentError(`Expected \`init\` to hold components from 0 to ${nComponents - 1}, received ${wrong}.`);
    }
    return init;
  }

  /**
   * Fits the mixture to X in the background.
   * @throws ArgumentError when there are fewer rows than components, DataError on data without columns or when a
   *   component collapses, NonFiniteError on NaN or Infinity; rejects with AbortError
   */
  async fit(X: MatrixLike, options: MixtureFitOptions = {}): Promise<this> {
    checkKeys(options, ['signal', 'onProgress'], 'fit');
    const x = toMatrix(X, 'X');
    if (x.cols === 0) throw new DataError('Expected `X` to have at least 1 column, received 0.');
    assertFinite(x, 'X');
    const { nComponents, covarianceType, maxIter, tol, regCovar, threads } = this.settings;
    if (x.rows < nComponents) {
      throw new ArgumentError(
        `Expected \`nComponents\` to be at most ${x.rows} for ${x.rows} rows, received ${nComponents}.`,
      );
    }
    const { signal, onProgress } = options;
    const labels = await this.start(x, signal);
    const numbers = Float64Array.of(nComponents, TYPES.indexOf(covarianceType), maxIter, tol, regCovar, threads);
    const report =
      onProgress === undefined
        ? undefined
        : (v: Float64Array) => onProgress({ iteration: v[0] as number, logLikelihood: v[1] as number });
    this.fitted = await settle(() => native().mixtureFit(x.data, x.rows, x.cols, labels, numbers, report), signal);
    return this;
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

  /** The Bayesian information criterion: the lower, the better the number of components. @throws as `predictProba` */
  bic(X: MatrixLike): number {
    const values = this.scoreSamples(X);
    const { weights, means } = this.state('bic');
    const [k, d] = [weights.length, means.length / weights.length];
    const spread = { full: (d * (d + 1)) / 2, diag: d, spherical: 1 }[this.settings.covarianceType];
    const parameters = k * spread + k * d + k - 1;
    return -2 * values.reduce((a, b) => a + b, 0) + parameters * Math.log(values.length);
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
        covariances: { data: covariances, shape: [weights.length, covariances.length / weights.length] },
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
