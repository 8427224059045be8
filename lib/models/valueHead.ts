import { isNumericArray, type JsonObject, Matrix, type MatrixLike, StandardScaler, toMatrix } from '../data';
import { DataError, NonFiniteError, ShapeError } from '../errors';
import type { Graph, Node, SliceStats } from '../graph';
import type { Targets } from '../metrics';
import { show } from '../validate';
import type { Head } from './head';
import type { RegressionLoss } from './mlpOptions';

/** Targets as rows x outputs, and whether they came as a vector. */
export function toTargets(y: Targets, name = 'y'): { matrix: Matrix; vector: boolean } {
  const vector = isNumericArray(y) || (Array.isArray(y) && !isRow(y[0]));
  const matrix = vector ? fromVector(y as readonly number[] | Float64Array, name) : toMatrix(y as MatrixLike, name);
  const bad = matrix.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const row = Math.floor(bad / matrix.cols);
    const where = vector ? `row ${row}` : `row ${row}, column ${bad % matrix.cols}`;
    const given = vector ? (y as ArrayLike<number>)[row] : matrix.data[bad];
    const note = Number.isFinite(given) ? ', which is too large for float32' : '';
    throw new NonFiniteError(`Expected \`${name}\` to hold finite numbers, received ${given} at ${where}${note}.`);
  }
  return { matrix, vector };
}

/** Targets in memory of their own, a vector or a matrix as they came. */
export function copyTargets(y: Targets): Targets {
  const { matrix, vector } = toTargets(y);
  if (vector) return (y as readonly number[] | Float64Array).slice();
  return matrix === y ? matrix.clone() : matrix;
}

const isRow = (value: unknown): boolean => Array.isArray(value) || isNumericArray(value);

function fromVector(y: readonly number[] | Float64Array, name: string): Matrix {
  const out = new Float32Array(y.length);
  for (let i = 0; i < y.length; i++) {
    const value: unknown = y[i];
    if (typeof value !== 'number') {
      throw new DataError(`Expected \`${name}[${i}]\` to be a number, received ${show(value)}.`);
    }
    out[i] = value;
  }
  return new Matrix(out, y.length, 1);
}

/** Mean squared deviation of all targets around the mean of their column, in float64. */
export function pooledVariance({ data, cols }: Matrix, indices: Int32Array): number {
  let sum = 0;
  for (let j = 0; j < cols; j++) {
    let mean = 0;
    for (const i of indices) mean += data[i * cols + j];
    mean /= indices.length;
    for (const i of indices) sum += (data[i * cols + j] - mean) ** 2;
  }
  return sum / (indices.length * cols);
}

/** One or several real numbers a row. */
export class ValueHead implements Head<Targets> {
  loss: RegressionLoss = 'mse';
  constructor(
    readonly outputs: number,
    /** Whether predictions come back as a vector. */
    readonly vector: boolean,
    readonly scaler: StandardScaler | undefined,
  ) {}

  static learn(
    y: Targets,
    train: Int32Array,
    options: { loss: RegressionLoss; standardizeTarget: boolean },
  ): ValueHead {
    const { matrix, vector } = toTargets(y);
    if (matrix.cols === 0) throw new DataError('Expected `y` to have at least 1 column, received 0.');
    const scaler = options.standardizeTarget ? new StandardScaler().fit(matrix.selectRows(train)) : undefined;
    const head = new ValueHead(matrix.cols, vector, scaler);
    head.loss = options.loss;
    return head;
  }

  encode(y: Targets): Matrix {
    const { matrix } = toTargets(y);
    if (matrix.cols !== this.outputs) {
      throw new ShapeError(`Expected \`y\` to have ${this.outputs} columns as at first, received ${matrix.cols}.`);
    }
    return this.scaler === undefined ? matrix : this.scaler.transform(matrix);
  }

  /** R2 of these rows; of several targets that of all their deviations together. */
  measure(y: Targets, rows: Int32Array): (stats: SliceStats) => Record<string, number> {
    const variance = pooledVariance(this.encode(y), rows);
    return ({ metrics: { mse } }) => ({ r2: variance > 0 ? 1 - mse / variance : mse > 0 ? 0 : 1 });
  }

  addLoss(graph: Graph, outputs: Node): { loss: Node; metrics: Record<string, Node> } {
    const target = graph.input('y', ['B', this.outputs]);
    const squared = graph.mse(outputs, target);
    const loss =
      this.loss === 'mse' ? squared : this.loss === 'mae' ? graph.mae(outputs, target) : graph.huber(outputs, target);
    return { loss, metrics: { mse: squared } };
  }

  addOutput(_graph: Graph, outputs: Node): Node {
    return outputs;
  }

  /** Predictions in the units of the targets. */
  decode(outputs: Matrix): Matrix {
    return this.scaler === undefined || outputs.rows === 0 ? outputs : this.scaler.inverseTransform(outputs);
  }

  preprocessing(): JsonObject {
    return this.scaler === undefined ? {} : { targetScaler: this.scaler.toJSON() };
  }
}
