import { Matrix, type MatrixLike, type NumericVector } from '../data';
import { ArgumentError, DataError, ShapeError } from '../errors';
import type { ColumnValue, Graph, Node, SliceStats } from '../graph';
import type { Targets } from '../metrics';
import { show } from '../validate';
import type { Head } from './head';
import { isVector, r2Measure, toTargets } from './valueHead';

/**
 * A scalar node to be minimised, from what the layers give, [B, outputs], and the targets, [B, outputs]; composed of the
 * graph's operations.
 */
export type CustomLoss = (graph: Graph, outputs: Node, targets: Node) => Node;

/** Losses of `Sequential` by name. */
export type LossName = 'softmaxCrossEntropy' | 'binaryCrossEntropy' | 'mse' | 'mae' | 'huber';

export const LOSSES: readonly LossName[] = ['softmaxCrossEntropy', 'binaryCrossEntropy', 'mse', 'mae', 'huber'];

/** Class numbers for 'softmaxCrossEntropy', or its probabilities; 0 and 1 for 'binaryCrossEntropy'; else real numbers. */
export type SequentialTargets = NumericVector | MatrixLike;

/** A loss by name, or the caller's own, on outputs of any width. */
export class LossHead implements Head<SequentialTargets> {
  /** Targets of 'softmaxCrossEntropy' are class numbers; else they are as wide as the outputs. */
  readonly classNumbers: boolean;

  constructor(
    readonly outputs: number,
    readonly loss: LossName | CustomLoss,
    y: SequentialTargets,
  ) {
    this.classNumbers = loss === 'softmaxCrossEntropy' && isVector(y as Targets);
  }

  encode(y: SequentialTargets, name = 'y'): ColumnValue {
    if (this.classNumbers) {
      if (!isVector(y as Targets)) {
        throw new ArgumentError(`Expected \`${name}\` to hold class numbers, as at first.`);
      }
      return Int32Array.from(y as ArrayLike<number>, (value, i) => {
        if (Number.isInteger(value) && value >= 0 && value < this.outputs) return value;
        throw new DataError(
          `Expected \`${name}[${i}]\` to be a class number from 0 to ${this.outputs - 1}, received ${show(value)}.`,
        );
      });
    }
    const { matrix } = toTargets(y as Targets, name);
    if (matrix.cols !== this.outputs) {
      throw new ShapeError(
        `Expected \`${name}\` to have ${this.outputs} columns, one for each output of the last layer, received ${matrix.cols}.`,
      );
    }
    if (this.loss === 'softmaxCrossEntropy' || this.loss === 'binaryCrossEntropy') checkUnit(matrix, name);
    return matrix;
  }

  addLoss(graph: Graph, outputs: Node): { loss: Node; metrics: Record<string, Node> } {
    const target = this.classNumbers ? graph.input('y', ['B'], 'i32') : graph.input('y', ['B', this.outputs]);
    if (typeof this.loss === 'function') return { loss: this.loss(graph, outputs, target), metrics: {} };
    switch (this.loss) {
      case 'softmaxCrossEntropy': {
        const loss = graph.softmaxCrossEntropy(outputs, target);
        return { loss, metrics: this.classNumbers ? { accuracy: graph.accuracy(outputs, target) } : {} };
      }
      case 'binaryCrossEntropy': {
        const loss = graph.bceWithLogits(outputs, target);
        return { loss, metrics: { accuracy: graph.binaryAccuracy(outputs, target) } };
      }
      default: {
        const mse = graph.mse(outputs, target);
        const loss = this.loss === 'mse' ? mse : graph[this.loss](outputs, target);
        return { loss, metrics: { mse } };
      }
    }
  }

  addOutput(graph: Graph, outputs: Node): Node {
    if (this.loss === 'softmaxCrossEntropy') return graph.softmax(outputs);
    return this.loss === 'binaryCrossEntropy' ? graph.activation(outputs, 'sigmoid') : outputs;
  }

  measure(y: SequentialTargets, rows: Int32Array): (stats: SliceStats) => Record<string, number> {
    const encoded = this.loss === 'mse' || this.loss === 'mae' || this.loss === 'huber' ? this.encode(y) : undefined;
    return encoded instanceof Matrix ? r2Measure(encoded, rows) : ({ metrics }) => metrics;
  }
}

function checkUnit({ data, cols }: Matrix, name: string): void {
  const bad = data.findIndex((value) => !(value >= 0 && value <= 1));
  if (bad >= 0) {
    throw new DataError(
      `Expected \`${name}\` to hold probabilities from 0 to 1, received ${data[bad]} at row ${Math.floor(bad / cols)}.`,
    );
  }
}
