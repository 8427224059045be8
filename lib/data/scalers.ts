import { ArgumentError, DataError, NonFiniteError, ShapeError } from '../errors';
import { type NativeMoments, native } from '../native';
import { checkBoolean, checkKeys, checkNumber, show } from '../validate';
import { Matrix, type MatrixLike, toMatrix } from './matrix';
import { type JsonObject, requireFitted, StateReader } from './state';

/** Options of `StandardScaler`. */
export interface StandardScalerOptions {
  /** Subtract the mean of each column. Default true. */
  withMean?: boolean;
  /** Divide by the standard deviation of each column. Default true. */
  withStd?: boolean;
}

/** Options of `MinMaxScaler`. */
export interface MinMaxScalerOptions {
  /** What the least and the greatest value of each column become. Default [0, 1]. */
  featureRange?: readonly [number, number];
  /** Keep unseen values inside `featureRange`. Default false. */
  clip?: boolean;
}

/** Refuses Infinity, no rows and no columns. */
function checkValues({ data, rows, cols }: Matrix, owner: string): void {
  if (rows === 0) throw new DataError(`Expected \`X\` to have at least 1 row to fit ${owner}, received 0.`);
  if (cols === 0) throw new DataError(`Expected \`X\` to have at least 1 column to fit ${owner}, received 0.`);
  for (let k = native().findNonFinite(data); k >= 0 && k < data.length; k++) {
    const value = data[k];
    if (Math.abs(value) === Number.POSITIVE_INFINITY) {
      throw new NonFiniteError(
        `Expected \`X\` to hold no infinite numbers, received ${value} at row ${Math.floor(k / cols)}, column ${k % cols}.`,
      );
    }
  }
}

function checkCounts(counts: Float64Array): void {
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    throw new DataError(`Expected column ${empty} of \`X\` to hold at least one number, received only NaN.`);
  }
}

function checkWidth(matrix: Matrix, cols: number): void {
  if (matrix.cols !== cols) {
    throw new ShapeError(`Expected \`X\` to have ${cols} columns as in \`fit\`, received ${matrix.cols}.`);
  }
}

/** What is done to each column: (x - center) / scale * gain + offset, in float64; null: no such step. */
interface Steps {
  center: Float64Array | null;
  scale: Float64Array | null;
  gain: Float64Array | null;
  offset: Float64Array | null;
}

/** The scaled copy. */
function scaled({ data, rows, cols }: Matrix, { center, scale, gain, offset }: Steps): Matrix {
  const out = new Float32Array(data.length);
  native().scaleColumns(data, rows, cols, center, scale, gain, offset, out);
  return new Matrix(out, rows, cols);
}

const filled = (n: number, value: number): Float64Array => new Float64Array(n).fill(value);

/** Doors of StandardScaler for the rest of the library, which its public face does not have. */
let internals: {
  learn(moments: NativeMoments): StandardScaler;
  coefficients(scaler: StandardScaler): { center: Float64Array; scale: Float64Array };
};

interface StandardState {
  mean: Float64Array;
  variance: Float64Array;
  scale: Float64Array;
}

/**
 * Scales each column to mean 0 and standard deviation 1: (x - mean) / scale, with the population variance, in float64.
 * A constant column keeps scale 1, as in scikit-learn. NaN cells are left out by `fit` and kept by `transform`;
 * Infinity is refused.
 */
export class StandardScaler {
  private readonly withMean: boolean;
  private readonly withStd: boolean;
  private state: StandardState | undefined;

  /** @throws ArgumentError when an option is unknown or of another type */
  constructor(options: StandardScalerOptions = {}) {
    checkKeys(options, ['withMean', 'withStd'], 'StandardScaler');
    this.withMean = checkBoolean(options.withMean ?? true, 'withMean');
    this.withStd = checkBoolean(options.withStd ?? true, 'withStd');
  }

  /** The mean of each column that `fit` saw. @throws HebbError with code ERR_NOT_FITTED */
  get mean(): Float64Array {
    return requireFitted(this.state, 'StandardScaler', 'mean').mean;
  }

  /** The population variance of each column. @throws HebbError with code ERR_NOT_FITTED */
  get variance(): Float64Array {
    return requireFitted(this.state, 'StandardScaler', 'variance').variance;
  }

  /** What each column is divided by. @throws HebbError with code ERR_NOT_FITTED */
  get scale(): Float64Array {
    return requireFitted(this.state, 'StandardScaler', 'scale').scale;
  }

  /**
   * Learns mean and scale of each column.
   * @param X rows x columns
   * @throws DataError without rows, or with a column of nothing but NaN
   * @throws NonFiniteError when a cell is infinite
   */
  fit(X: MatrixLike): this {
    const matrix = toMatrix(X);
    checkValues(matrix, 'StandardScaler');
    return this.learn(native().moments(matrix.data, matrix.rows, matrix.cols));
  }

  private learn({ mean, variance, count }: NativeMoments): this {
    checkCounts(count);
    const scale = variance.map((v, j) => (this.withStd && !isConstant(v, mean[j], count[j]) ? Math.sqrt(v) : 1));
    this.state = { mean, variance, scale };
    return this;
  }

  /**
   * The scaled copy.
   * @throws ShapeError when the columns are not as many as in `fit`
   */
  transform(X: MatrixLike): Matrix {
    const matrix = toMatrix(X);
    const { mean, scale } = requireFitted(this.state, 'StandardScaler', 'transform');
    checkWidth(matrix, mean.length);
    return scaled(matrix, { center: this.withMean ? mean : null, scale, gain: null, offset: null });
  }

  /** `fit` and `transform` in one. */
  fitTransform(X: MatrixLike): Matrix {
    return this.fit(X).transform(X);
  }

  /** The copy in the original units. @throws ShapeError when the columns are not as many as in `fit` */
  inverseTransform(X: MatrixLike): Matrix {
    const matrix = toMatrix(X);
    const { mean, scale } = requireFitted(this.state, 'StandardScaler', 'inverseTransform');
    checkWidth(matrix, mean.length);
    return scaled(matrix, { center: null, scale: null, gain: scale, offset: this.withMean ? mean : null });
  }

  /** The learned state, for `fromJSON`. @throws HebbError with code ERR_NOT_FITTED */
  toJSON(): JsonObject {
    const { mean, variance, scale } = requireFitted(this.state, 'StandardScaler', 'toJSON');
    return {
      kind: 'StandardScaler',
      withMean: this.withMean,
      withStd: this.withStd,
      mean: [...mean],
      variance: [...variance],
      scale: [...scale],
    };
  }

  /** What `toJSON` gave, as an object again. @throws DataError when the state is damaged or of another kind */
  static fromJSON(json: unknown): StandardScaler {
    const state = new StateReader(json, 'StandardScaler');
    const scaler = new StandardScaler({ withMean: state.boolean('withMean'), withStd: state.boolean('withStd') });
    const mean = state.numbers('mean');
    scaler.state = {
      mean,
      variance: state.numbers('variance', mean.length, { min: 0 }),
      scale: state.numbers('scale', mean.length, { min: 0, exclusiveMin: true }),
    };
    return scaler;
  }

  static {
    internals = {
      learn: (moments) => new StandardScaler().learn(moments),
      coefficients({ state, withMean }) {
        const { mean, scale } = requireFitted(state, 'StandardScaler', 'transform');
        return { center: withMean ? mean : filled(mean.length, 0), scale };
      },
    };
  }
}

/** A fitted scaler from what native code measured. @throws DataError with a column of nothing but NaN */
export function scalerOf(moments: NativeMoments): StandardScaler {
  return internals.learn(moments);
}

/** What native code needs for `transform`: (x - center) / scale. @throws HebbError with code ERR_NOT_FITTED */
export function coefficientsOf(scaler: StandardScaler): { center: Float64Array; scale: Float64Array } {
  return internals.coefficients(scaler);
}

/** Whether a variance is no more than rounding makes of a constant column: var <= n eps var + (n mean eps)^2. */
function isConstant(variance: number, mean: number, n: number): boolean {
  return variance <= n * Number.EPSILON * variance + (n * mean * Number.EPSILON) ** 2;
}

interface MinMaxState {
  dataMin: Float64Array;
  dataMax: Float64Array;
}

/**
 * Scales each column to a range, [0, 1] by default, in float64. A constant column becomes the lower end of the range.
 * NaN cells are left out by `fit` and kept by `transform`; Infinity is refused.
 */
export class MinMaxScaler {
  private readonly low: number;
  private readonly high: number;
  private readonly clip: boolean;
  private state: MinMaxState | undefined;

  /** @throws ArgumentError when an option is unknown or out of range */
  constructor(options: MinMaxScalerOptions = {}) {
    checkKeys(options, ['featureRange', 'clip'], 'MinMaxScaler');
    const featureRange = options.featureRange ?? [0, 1];
    if (!Array.isArray(featureRange) || featureRange.length !== 2) {
      throw new ArgumentError(`Expected \`featureRange\` to be [low, high], received ${show(featureRange)}.`);
    }
    this.low = checkNumber(featureRange[0], 'featureRange[0]');
    this.high = checkNumber(featureRange[1], 'featureRange[1]', { min: this.low, exclusiveMin: true });
    this.clip = checkBoolean(options.clip ?? false, 'clip');
  }

  /** The least value of each column that `fit` saw. @throws HebbError with code ERR_NOT_FITTED */
  get dataMin(): Float64Array {
    return requireFitted(this.state, 'MinMaxScaler', 'dataMin').dataMin;
  }

  /** The greatest value of each column that `fit` saw. @throws HebbError with code ERR_NOT_FITTED */
  get dataMax(): Float64Array {
    return requireFitted(this.state, 'MinMaxScaler', 'dataMax').dataMax;
  }

  /**
   * Learns the range of each column.
   * @param X rows x columns
   * @throws DataError without rows, or with a column of nothing but NaN
   * @throws NonFiniteError when a cell is infinite
   */
  fit(X: MatrixLike): this {
    const matrix = toMatrix(X);
    const { data, rows, cols } = matrix;
    checkValues(matrix, 'MinMaxScaler');
    const dataMin = filled(cols, Number.POSITIVE_INFINITY);
    const dataMax = filled(cols, Number.NEGATIVE_INFINITY);
    for (let i = 0, k = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++, k++) {
        const value = data[k];
        if (value < dataMin[j]) dataMin[j] = value;
        if (value > dataMax[j]) dataMax[j] = value;
      }
    }
    checkCounts(dataMin.map((low, j) => (low <= dataMax[j] ? 1 : 0)));
    this.state = { dataMin, dataMax };
    return this;
  }

  private coefficients(method: string, matrix: Matrix): { center: Float64Array; scale: Float64Array } {
    const { dataMin, dataMax } = requireFitted(this.state, 'MinMaxScaler', method);
    checkWidth(matrix, dataMin.length);
    // Below 10 eps a range counts as constant, as in scikit-learn.
    const scale = dataMin.map((low, j) => {
      const width = dataMax[j] - low;
      return width < 10 * Number.EPSILON ? 1 : width;
    });
    return { center: dataMin, scale };
  }

  /**
   * The scaled copy.
   * @throws ShapeError when the columns are not as many as in `fit`
   */
  transform(X: MatrixLike): Matrix {
    const matrix = toMatrix(X);
    const gain = filled(matrix.cols, this.high - this.low);
    const out = scaled(matrix, {
      ...this.coefficients('transform', matrix),
      gain,
      offset: filled(matrix.cols, this.low),
    });
    if (this.clip) {
      for (let k = 0; k < out.data.length; k++) {
        out.data[k] = Math.min(this.high, Math.max(this.low, out.data[k]));
      }
    }
    return out;
  }

  /** `fit` and `transform` in one. */
  fitTransform(X: MatrixLike): Matrix {
    return this.fit(X).transform(X);
  }

  /** The copy in the original units. @throws ShapeError when the columns are not as many as in `fit` */
  inverseTransform(X: MatrixLike): Matrix {
    const matrix = toMatrix(X);
    const { center, scale } = this.coefficients('inverseTransform', matrix);
    const width = filled(matrix.cols, this.high - this.low);
    return scaled(matrix, { center: filled(matrix.cols, this.low), scale: width, gain: scale, offset: center });
  }

  /** The learned state, for `fromJSON`. @throws HebbError with code ERR_NOT_FITTED */
  toJSON(): JsonObject {
    const { dataMin, dataMax } = requireFitted(this.state, 'MinMaxScaler', 'toJSON');
    const featureRange = [this.low, this.high];
    return { kind: 'MinMaxScaler', featureRange, clip: this.clip, dataMin: [...dataMin], dataMax: [...dataMax] };
  }

  /** What `toJSON` gave, as an object again. @throws DataError when the state is damaged or of another kind */
  static fromJSON(json: unknown): MinMaxScaler {
    const state = new StateReader(json, 'MinMaxScaler');
    const [low, high] = state.numbers('featureRange', 2) as unknown as [number, number];
    if (!(low < high)) throw new DataError('Expected `featureRange` in the saved state of MinMaxScaler to ascend.');
    const scaler = new MinMaxScaler({ featureRange: [low, high], clip: state.boolean('clip') });
    const dataMin = state.numbers('dataMin');
    const dataMax = state.numbers('dataMax', dataMin.length);
    if (dataMin.some((least, j) => least > dataMax[j])) {
      throw new DataError('Expected `dataMax` in the saved state of MinMaxScaler to be at least `dataMin`.');
    }
    scaler.state = { dataMin, dataMax };
    return scaler;
  }
}
