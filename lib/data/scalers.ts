import { ArgumentError, DataError, NonFiniteError, ShapeError } from '../errors';
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

/** Counts of the cells of each column that are not NaN; refuses Infinity, no rows, and columns of nothing but NaN. */
function countValues({ data, rows, cols }: Matrix, owner: string): Float64Array {
  if (rows === 0) throw new DataError(`Expected \`X\` to have at least 1 row to fit ${owner}, received 0.`);
  if (cols === 0) throw new DataError(`Expected \`X\` to have at least 1 column to fit ${owner}, received 0.`);
  const counts = new Float64Array(cols);
  for (let k = 0; k < data.length; k++) {
    const value = data[k];
    if (Math.abs(value) === Number.POSITIVE_INFINITY) {
      throw new NonFiniteError(
        `Expected \`X\` to hold no infinite numbers, received ${value} at row ${Math.floor(k / cols)}, column ${k % cols}.`,
      );
    }
    if (!Number.isNaN(value)) counts[k % cols] = counts[k % cols] + 1;
  }
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    throw new DataError(`Expected column ${empty} of \`X\` to hold at least one number, received only NaN.`);
  }
  return counts;
}

function checkWidth(matrix: Matrix, cols: number): void {
  if (matrix.cols !== cols) {
    throw new ShapeError(`Expected \`X\` to have ${cols} columns as in \`fit\`, received ${matrix.cols}.`);
  }
}

/** A new matrix whose element (i, j) is (x - center[j]) / scale[j] * gain[j] + offset[j], computed in float64. */
function affine(
  matrix: Matrix,
  f: { center: Float64Array; scale: Float64Array; gain: Float64Array; offset: Float64Array },
): Matrix {
  const { data, rows, cols } = matrix;
  const { center, scale, gain, offset } = f;
  const out = new Float32Array(data.length);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) {
      const unit = (data[k] - center[j]) / scale[j];
      out[k] = unit * gain[j] + offset[j];
    }
  }
  return new Matrix(out, rows, cols);
}

const filled = (n: number, value: number): Float64Array => new Float64Array(n).fill(value);

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
    const counts = countValues(matrix, 'StandardScaler');
    const { mean, variance } = moments(matrix, counts);
    const scale = variance.map((v, j) => (this.withStd && !isConstant(v, mean, counts, j) ? Math.sqrt(v) : 1));
    this.state = { mean, variance, scale };
    return this;
  }

  private coefficients(method: string, matrix: Matrix): { center: Float64Array; scale: Float64Array } {
    const { mean, scale } = requireFitted(this.state, 'StandardScaler', method);
    checkWidth(matrix, mean.length);
    return { center: this.withMean ? mean : filled(mean.length, 0), scale };
  }

  /**
   * The scaled copy.
   * @throws ShapeError when the columns are not as many as in `fit`
   */
  transform(X: MatrixLike): Matrix {
    const matrix = toMatrix(X);
    const { center, scale } = this.coefficients('transform', matrix);
    return affine(matrix, { center, scale, gain: filled(matrix.cols, 1), offset: filled(matrix.cols, 0) });
  }

  /** `fit` and `transform` in one. */
  fitTransform(X: MatrixLike): Matrix {
    return this.fit(X).transform(X);
  }

  /** The copy in the original units. @throws ShapeError when the columns are not as many as in `fit` */
  inverseTransform(X: MatrixLike): Matrix {
    const matrix = toMatrix(X);
    const { center, scale } = this.coefficients('inverseTransform', matrix);
    return affine(matrix, {
      center: filled(matrix.cols, 0),
      scale: filled(matrix.cols, 1),
      gain: scale,
      offset: center,
    });
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

  /** @throws DataError when the state is damaged or of another kind */
  static fromJSON(json: unknown): StandardScaler {
    const state = new StateReader(json, 'StandardScaler');
    const scaler = new StandardScaler({ withMean: state.boolean('withMean'), withStd: state.boolean('withStd') });
    const mean = state.numbers('mean');
    scaler.state = {
      mean,
      variance: state.numbers('variance', mean.length),
      scale: state.numbers('scale', mean.length),
    };
    return scaler;
  }
}

/**
 * Mean and population variance of each column, NaN left out. Two passes; the second also sums the plain deviations,
 * which takes out what rounding left in the mean (Chan, Golub, LeVeque 1983).
 */
function moments({ data, rows, cols }: Matrix, counts: Float64Array): { mean: Float64Array; variance: Float64Array } {
  const mean = new Float64Array(cols);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) {
      const value = data[k];
      if (!Number.isNaN(value)) mean[j] = mean[j] + value;
    }
  }
  for (let j = 0; j < cols; j++) mean[j] = mean[j] / counts[j];
  const drift = new Float64Array(cols);
  const squares = new Float64Array(cols);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) {
      const deviation = data[k] - mean[j];
      if (Number.isNaN(deviation)) continue;
      drift[j] = drift[j] + deviation;
      squares[j] = squares[j] + deviation * deviation;
    }
  }
  const variance = squares.map((s, j) => {
    const n = counts[j];
    return Math.max(0, (s - drift[j] ** 2 / n) / n);
  });
  return { mean, variance };
}

/** Whether a variance is no more than rounding makes of a constant column: var <= n eps var + (n mean eps)^2. */
function isConstant(variance: number, mean: Float64Array, counts: Float64Array, j: number): boolean {
  const n = counts[j];
  return variance <= n * Number.EPSILON * variance + (n * mean[j] * Number.EPSILON) ** 2;
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
    countValues(matrix, 'MinMaxScaler');
    const dataMin = filled(cols, Number.POSITIVE_INFINITY);
    const dataMax = filled(cols, Number.NEGATIVE_INFINITY);
    for (let i = 0, k = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++, k++) {
        const value = data[k];
        if (value < dataMin[j]) dataMin[j] = value;
        if (value > dataMax[j]) dataMax[j] = value;
      }
    }
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
    const out = affine(matrix, {
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
    return affine(matrix, { center: filled(matrix.cols, this.low), scale: width, gain: scale, offset: center });
  }

  /** The learned state, for `fromJSON`. @throws HebbError with code ERR_NOT_FITTED */
  toJSON(): JsonObject {
    const { dataMin, dataMax } = requireFitted(this.state, 'MinMaxScaler', 'toJSON');
    const featureRange = [this.low, this.high];
    return { kind: 'MinMaxScaler', featureRange, clip: this.clip, dataMin: [...dataMin], dataMax: [...dataMax] };
  }

  /** @throws DataError when the state is damaged or of another kind */
  static fromJSON(json: unknown): MinMaxScaler {
    const state = new StateReader(json, 'MinMaxScaler');
    const [low, high] = state.numbers('featureRange', 2) as unknown as [number, number];
    const scaler = new MinMaxScaler({ featureRange: [low, high], clip: state.boolean('clip') });
    const dataMin = state.numbers('dataMin');
    scaler.state = { dataMin, dataMax: state.numbers('dataMax', dataMin.length) };
    return scaler;
  }
}
