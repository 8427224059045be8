import { assertFinite, Matrix, type MatrixLike, requireFitted, toMatrix } from '../data';
import { ArgumentError, DataError, ShapeError } from '../errors';
import { type Artefact, type ArtefactInput, readArtefact, writeArtefact } from '../io';
import { native, settle } from '../native';
import { checkBoolean, checkInteger, checkKeys, checkOneOf, checkSeed } from '../validate';

/** Options of `PCA`. */
export interface PcaOptions {
  /** Components to keep, 1 to min(rows, columns). Default: all. */
  nComponents?: number;
  /** Divide each component by its standard deviation, so that all have variance 1. Default false. */
  whiten?: boolean;
  /** 'exact' (default): eigenvectors of the covariance in float64. 'randomized': for thousands of columns. */
  solver?: 'exact' | 'randomized';
  /** randomized: extra directions. Default 10. */
  oversampling?: number;
  /** randomized: passes over the data. Default 7. */
  powerIterations?: number;
  /** randomized: Default 0. */
  seed?: number;
  /** Threads to use at most; 0 (default) means the whole pool. */
  threads?: number;
}

export interface PcaFitOptions {
  signal?: AbortSignal;
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

/** The least variance that whitening divides by, relative to the largest: below it a component is noise. */
const LEAST_VARIANCE = 1e-14;

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
    this.options = {
      ...(options.nComponents === undefined
        ? {}
        : { nComponents: checkInteger(options.nComponents, 'nComponents', { min: 1 }) }),
      whiten: checkBoolean(options.whiten ?? false, 'whiten'),
      solver: checkOneOf(options.solver ?? 'exact', 'solver', ['exact', 'randomized']),
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

  /**
   * Finds the components of X in the background.
   * @throws ArgumentError when there are fewer rows or columns than components, DataError on fewer than 2 rows or no
   *   column, NonFiniteError on NaN or Infinity; rejects with AbortError
   */
  async fit(X: MatrixLike, options: PcaFitOptions = {}): Promise<this> {
    checkKeys(options, ['signal'], 'fit');
    const x = toMatrix(X, 'X');
    if (x.cols === 0) throw new DataError('Expected `X` to have at least 1 column, received 0.');
    if (x.rows < 2) throw new DataError(`Expected \`X\` to have at least 2 rows, received ${x.rows}.`);
    assertFinite(x, 'X');
    const most = Math.min(x.rows, x.cols);
    const { nComponents = most, solver, oversampling, powerIterations, seed, threads } = this.options;
    if (nComponents > most) {
      throw new ArgumentError(
        `Expected \`nComponents\` to be at most ${most} for ${x.rows} x ${x.cols} data, received ${nComponents}.`,
      );
    }
    const randomized = solver === 'randomized' ? 1 : 0;
    const numbers = Float64Array.of(nComponents, randomized, oversampling, powerIterations, seed, threads);
    const result = await settle(() => native().pcaFit(x.data, x.rows, x.cols, numbers), options.signal);
    this.fitted = { ...result, rows: x.rows };
    return this;
  }

  private scale(fitted: Fitted): Float64Array | null {
    if (!this.options.whiten) return null;
    const least = LEAST_VARIANCE * Math.max(...fitted.variance, Number.MIN_VALUE);
    return fitted.variance.map((v) => Math.sqrt(Math.max(v, least)));
  }

  /**
   * The coordinates of rows along the components, rows x components.
   * @throws HebbError before `fit`, ShapeError on other columns than at `fit`
   */
  transform(X: MatrixLike): Matrix {
    const fitted = this.state('transform');
    const { mean, axes } = fitted;
    const x = toMatrix(X, 'X');
    if (x.cols !== mean.length) {
      throw new ShapeError(`Expected \`X\` to have ${mean.length} columns as at \`fit\`, received ${x.cols}.`);
    }
    const k = axes.length / mean.length;
    const out = native().pcaTransform(x.data, x.rows, mean, axes, this.scale(fitted), k, this.options.threads);
    return new Matrix(out, x.rows, k);
  }

  /** `fit`, then `transform`. */
  async fitTransform(X: MatrixLike, options: PcaFitOptions = {}): Promise<Matrix> {
    return (await this.fit(X, options)).transform(X);
  }

  /**
   * Rows in the original columns from coordinates along the components; what was not kept is lost.
   * @throws HebbError before `fit`, ShapeError when there are not as many columns as components
   */
  inverseTransform(Z: MatrixLike): Matrix {
    const fitted = this.state('inverseTransform');
    const { mean, axes } = fitted;
    const z = toMatrix(Z, 'Z');
    const cols = mean.length;
    const k = axes.length / cols;
    if (z.cols !== k) throw new ShapeError(`Expected \`Z\` to have ${k} columns, received ${z.cols}.`);
    const scale = this.scale(fitted);
    const out = Matrix.zeros(z.rows, cols);
    const row = new Float64Array(cols);
    for (let i = 0; i < z.rows; i++) {
      row.set(mean);
      for (let r = 0; r < k; r++) {
        const weight = (z.data[i * k + r] as number) * (scale === null ? 1 : (scale[r] as number));
        for (let c = 0; c < cols; c++) row[c] = (row[c] as number) + weight * (axes[r * cols + c] as number);
      }
      out.data.set(row, i * cols);
    }
    return out;
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
