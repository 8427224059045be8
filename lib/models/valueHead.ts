import {
  assertAttached,
  copyNumbers,
  isNumericArray,
  type JsonObject,
  Matrix,
  type MatrixLike,
  type NumericVector,
  nonFinite,
  StandardScaler,
  toMatrix,
} from '../data';
import { ArgumentError, DataError, NonFiniteError, ShapeError } from '../errors';
import type { Graph, Node, SliceStats } from '../graph';
import type { Targets } from '../metrics';
import { show } from '../validate';
import type { Head } from './head';
import type { RegressionLoss } from './mlpOptions';

const isRow = (value: unknown): boolean => Array.isArray(value) || isNumericArray(value);

/** Whether targets are one number a row, as a flat array. */
export function isVector(y: Targets): y is NumericVector {
  return isNumericArray(y) || (Array.isArray(y) && !isRow(y[0]));
}

/** Targets as rows x outputs, and whether they came as a vector. */
export function toTargets(y: Targets, name = 'y'): { matrix: Matrix; vector: boolean } {
  const vector = isVector(y);
  const matrix = vector ? fromVector(y, name) : toMatrix(y as MatrixLike, name);
  const bad = matrix.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0 && vector) {
    throw new NonFiniteError(
      `Expected \`${name}\` to hold finite numbers, received ${matrix.data[bad]} at row ${bad}.`,
    );
  }
  if (bad >= 0) throw nonFinite(matrix, bad, name);
  return { matrix, vector };
}

/** How many rows of targets there are. @throws ArgumentError when they are no array and no matrix */
export function targetRows(y: Targets, name = 'y'): number {
  if (y === null || typeof y !== 'object') {
    throw new ArgumentError(`Expected \`${name}\` to be an array or a matrix, received ${show(y)}.`);
  }
  assertAttached(y, name);
  return 'length' in y ? y.length : y.rows;
}

/** Targets in memory of their own, a vector or a matrix as they came. */
export function copyTargets(y: Targets, name = 'y'): Targets {
  const { matrix, vector } = toTargets(y, name);
  if (vector) return Float64Array.from(y as ArrayLike<number>);
  return matrix.data === (y as { data?: unknown }).data ? matrix.clone() : matrix;
}

function fromVector(y: NumericVector, name: string): Matrix {
  const out = new Float32Array(y.length);
  copyNumbers(y, out, 0, (i) => `\`${name}[${i}]\``);
  return new Matrix(out, y.length, 1);
}

/** Mean squared deviation of all targets around the mean of their column, in float64. */
function pooledVariance({ data, cols }: Matrix, indices: Int32Array): number {
  let sum = 0;
  for (let j = 0; j < cols; j++) {
    let mean = 0;
    for (const i of indices) mean += data[i * cols + j];
    mean /= indices.length;
    for (const i of indices) sum += (data[i * cols + j] - mean) ** 2;
  }
  return sum / (indices.length * cols);
}

/** R2 of these rows from the mean squared error that the program measured; of several targets that of all deviations. */
export function r2Measure(targets: Matrix, rows: Int32Array): (stats: SliceStats) => Record<string, number> {
  const variance = pooledVariance(targets, rows);
  return ({ metrics: { mse } }) => ({ r2: variance > 0 ? 1 - mse / variance : mse > 0 ? 0 : 1 });
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

  encode(y: Targets, name = 'y'): Matrix {
    const { matrix } = toTargets(y, name);
    if (matrix.cols !== this.outputs) {
      throw new ShapeError(
        `Expected \`${name}\` to have ${this.outputs} columns as at first, received ${matrix.cols}.`,
      );
    }
    return this.scaler === undefined ? matrix : this.scaler.transform(matrix);
  }

  measure(y: Targets, rows: Int32Array): (stats: SliceStats) => Record<string, number> {
    return r2Measure(this.encode(y), rows);
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
