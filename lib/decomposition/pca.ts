import { assertFinite, Matrix, type MatrixLike, requireFitted, toMatrix } from '../data';
import { ArgumentError, DataError, fromNative, ShapeError } from '../errors';
import { type Artefact, type ArtefactInput, readArtefact, writeArtefact } from '../io';
import { native, settle } from '../native';
import { checkBoolean, checkInteger, checkKeys, checkNumber, checkOneOf, checkSeed } from '../validate';

/** Options of `PCA`. */
export interface PcaOptions {
  /**
   * Components to keep, 1 to min(rows, columns), or a share of the variance between 0 and 1, of which as few components
   * are kept as hold more than it ('exact' only). Default: all.
   */
  nComponents?: number;
  /** Divide each component by its standard deviation, so that all have variance 1. Default false. */
  whiten?: boolean;
  /** 'exact' (default): eigenvectors of the covariance in float64. 'randomized' (Halko et al. 2011): for thousands of columns. */
  solver?: 'exact' | 'randomized';
  /** randomized: extra directions. Default 10. */
  oversampling?: number;
  /** randomized: passes over the data. Default 7. */
  powerIterations?: number;
  /** randomized: same seed, same components. Default 0. */
  seed?: number;
  /** Threads to use at most; 0 (default) means the whole pool. */
  threads?: number;
}

/** Options of `PCA.fit`. */
export interface PcaFitOptions {
  /** Ends the work, which then rejects with AbortError. */
  signal?: AbortSignal;
  /** Called with the fraction done, at most about 30 times a second. */
  onProgress?: (done: number) => void;
}

const KEYS: readonly (keyof PcaOptions)[] = [
  'nComponents',
  'whiten',
  'solver',
  'oversampling',
  'powerIterations',
  'seed',
  'threads',
];

interface Fitted {
  mean: Float64Array;
  /** [components, columns] */
  axes: Float64Array;
  variance: Float64Array;
  totalVariance: number;
  rows: number;
}

function checkComponents(value: number, solver: PcaOptions['solver']): number {
  if (!(value > 0 && value < 1)) return checkInteger(value, 'nComponents', { min: 1 });
  if (solver === 'randomized') {
    throw new ArgumentError(
      `Expected a number of components for the solver 'randomized', received the share ${value}: use 'exact'.`,
    );
  }
  return checkNumber(value, 'nComponents');
}

/**
 * Principal component analysis: the orthogonal directions of largest variance.
 *
 * Signs are fixed: the coefficient of largest size of each component is positive, so that a fit gives the same result on
 * every machine.
 */
export class PCA {
  private readonly options: Required<Omit<PcaOptions, 'nComponents'>> & { nComponents?: number };
  private fitted: Fitted | undefined;

  /** @throws ArgumentError on an unknown option or one out of range */
  constructor(options: PcaOptions = {}) {
    checkKeys(options, KEYS, 'PCA');
    const solver = checkOneOf(options.solver ?? 'exact', 'solver', ['exact', 'randomized']);
    this.options = {
      ...(options.nComponents === undefined ? {} : { nComponents: checkComponents(options.nComponents, solver) }),
      whiten: checkBoolean(options.whiten ?? false, 'whiten'),
      solver,
      oversampling: checkInteger(options.oversampling ?? 10, 'oversampling', { min: 0 }),
      powerIterations: checkInteger(options.powerIterations ?? 7, 'powerIterations', { min: 0 }),
      seed: checkSeed(options.seed ?? 0),
      threads: checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 }),
    };
  }

  private state(method: string): Fitted {
    return requireFitted(this.fitted, 'PCA', method);
  }

  /** The mean of each column. */
  get mean(): Float64Array {
    return this.state('mean').mean.slice();
  }

  /** components x columns, rows of unit length. */
  get components(): Matrix {
    const { axes, mean } = this.state('components');
    return Matrix.from(axes, axes.length / mean.length, mean.length);
  }

  /** The variance along each component, divisor rows - 1. */
  get explainedVariance(): Float64Array {
    return this.state('explainedVariance').variance.slice();
  }

  /** Its share of the whole variance. */
  get explainedVarianceRatio(): Float64Array {
    const { variance, totalVariance } = this.state('explainedVarianceRatio');
    return variance.map((v) => (totalVariance > 0 ? v / totalVariance : 0));
  }

  /** The singular values of the centred data, sqrt(variance (rows - 1)). */
  get singularValues(): Float64Array {
    const { variance, rows } = this.state('singularValues');
    return variance.map((v) => Math.sqrt(v * (rows - 1)));
  }

  /** How many components are kept. */
  get nComponents(): number {
    return this.state('nComponents').variance.length;
  }

  /**
   * Finds the components of X in the background.
   * @param X rows x columns
   * @throws ArgumentError when there are fewer rows or columns than components, DataError on fewer than 2 rows or no
   *   column, NonFiniteError on NaN or Infinity; rejects with AbortError
   */
  async fit(X: MatrixLike, options: PcaFitOptions = {}): Promise<this> {
    await this.solve(X, options, 'fit', 0);
    return this;
  }

  /** `fit`, then `transform`, in one background job. @throws as both */
  async fitTransform(X: MatrixLike, options: PcaFitOptions = {}): Promise<Matrix> {
    const { scores, variance, rows } = await this.solve(X, options, 'fitTransform', this.options.whiten ? 2 : 1);
    return new Matrix(scores, rows, variance.length);
  }

  /** scores: 0 without coordinates, 1 with, 2 with whitened ones. */
  private async solve(X: MatrixLike, options: PcaFitOptions, method: string, scores: number) {
    checkKeys(options, ['signal', 'onProgress'], method);
    const x = toMatrix(X, 'X');
    if (x.cols === 0) throw new DataError('Expected `X` to have at least 1 column, received 0.');
    if (x.rows < 2) throw new DataError(`Expected \`X\` to have at least 2 rows, received ${x.rows}.`);
    assertFinite(x, 'X');
    const [rows, most] = [x.rows, Math.min(x.rows, x.cols)];
    const { nComponents = most, solver, oversampling, powerIterations, seed, threads } = this.options;
    if (nComponents > most) {
      throw new ArgumentError(
        `Expected \`nComponents\` to be at most ${most} for ${rows} x ${x.cols} data, received ${nComponents}.`,
      );
    }
    const share = nComponents < 1 ? nComponents : 0;
    const randomized = solver === 'randomized' ? 1 : 0;
    const k = share > 0 ? most : nComponents;
    const numbers = Float64Array.of(k, share, randomized, oversampling, powerIterations, seed, threads, scores);
    const { signal, onProgress } = options;
    const report = onProgress === undefined ? undefined : (values: Float64Array) => onProgress(values[0] as number);
    const { scores: found, ...model } = await settle(
      () => native().pcaFit(x.data, rows, x.cols, numbers, report),
      signal,
    );
    this.fitted = { ...model, rows };
    return { ...this.fitted, scores: found };
  }

  private apply(fitted: Fitted, m: Matrix, inverse: boolean): Matrix {
    const { mean, axes, variance } = fitted;
    const { whiten, threads } = this.options;
    try {
      const out = native().pcaTransform(m.data, m.rows, mean, axes, variance, whiten, threads, inverse);
      return new Matrix(out, m.rows, inverse ? mean.length : variance.length);
    } catch (error) {
      throw fromNative(error);
    }
  }

  /**
   * The coordinates of rows along the components, rows x components.
   * @throws HebbError before `fit`, ShapeError on other columns than at `fit`, NonFiniteError on NaN or Infinity, DataError
   *   on coordinates that float32 does not hold
   */
  transform(X: MatrixLike): Matrix {
    const fitted = this.state('transform');
    const x = toMatrix(X, 'X');
    if (x.cols !== fitted.mean.length) {
      throw new ShapeError(`Expected \`X\` to have ${fitted.mean.length} columns as at \`fit\`, received ${x.cols}.`);
    }
    assertFinite(x, 'X');
    return this.apply(fitted, x, false);
  }

  /**
   * Rows in the original columns from coordinates along the components; what was not kept is lost.
   * @throws HebbError before `fit`, ShapeError when there are not as many columns as components, NonFiniteError on NaN
   *   or Infinity, DataError on values that float32 does not hold
   */
  inverseTransform(Z: MatrixLike): Matrix {
    const fitted = this.state('inverseTransform');
    const z = toMatrix(Z, 'Z');
    const k = fitted.variance.length;
    if (z.cols !== k) throw new ShapeError(`Expected \`Z\` to have ${k} columns, received ${z.cols}.`);
    assertFinite(z, 'Z');
    return this.apply(fitted, z, true);
  }

  /** Saves the model. @throws HebbError before `fit`, DataError when the file cannot be written */
  async save(file: string): Promise<void> {
    await writeArtefact(file, { kind: 'PCA', ...this.parts() });
  }

  /** A saved model. @throws DataError when the file holds none */
  static async load(file: string): Promise<PCA> {
    return PCA.fromParts(await readArtefact(file, ['PCA']), file);
  }

  /** What a file keeps of the model; other models that own a PCA keep the same. @internal */
  parts(): Pick<ArtefactInput, 'config' | 'tensors'> {
    const { mean, axes, variance, totalVariance, rows } = this.state('save');
    return {
      config: { options: { ...this.options }, totalVariance, rows },
      tensors: {
        mean: { data: mean, shape: [mean.length] },
        components: { data: axes, shape: [variance.length, mean.length] },
        variance: { data: variance, shape: [variance.length] },
      },
    };
  }

  /** The model of such parts. @throws DataError when some are missing or do not fit @internal */
  static fromParts({ config, tensors }: Pick<Artefact, 'config' | 'tensors'>, file: string): PCA {
    const { options, totalVariance, rows } = config as unknown as {
      options: PcaOptions;
      totalVariance: number;
      rows: number;
    };
    const values = (name: string): Float64Array => {
      const data = tensors[name]?.data;
      if (!(data instanceof Float64Array)) {
        throw new DataError(`Expected ${file} to hold a float64 tensor \`${name}\`.`);
      }
      return data;
    };
    const model = new PCA(options);
    const fitted = {
      mean: values('mean'),
      axes: values('components'),
      variance: values('variance'),
      totalVariance,
      rows,
    };
    if (fitted.axes.length !== fitted.mean.length * fitted.variance.length) {
      throw new DataError(`Expected ${file} to hold components of ${fitted.mean.length} columns.`);
    }
    model.fitted = fitted;
    return model;
  }
}
