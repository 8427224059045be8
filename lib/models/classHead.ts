import { assertAttached, isInt32Array, type JsonObject, type Label, LabelEncoder, type Labels, Matrix } from '../data';
import { ArgumentError, DataError } from '../errors';
import type { ColumnValue, Graph, Node } from '../graph';
import { type ClassWeight, resolveClassWeight } from '../train';
import { show } from '../validate';
import type { Head } from './head';

/** The column with the largest value of each row (the first of equals); of a single column, 1 where `second` says so. */
export function winners({ data, rows, cols }: Matrix, second: (value: number) => boolean): Int32Array {
  const out = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    if (cols === 1) {
      out[i] = second(data[i]) ? 1 : 0;
      continue;
    }
    let best = 0;
    for (let j = 1; j < cols; j++) if (data[i * cols + j] > data[i * cols + best]) best = j;
    out[i] = best;
  }
  return out;
}

export interface ClassHeadOptions {
  classWeight: ClassWeight | undefined;
  labelSmoothing: number;
}

/**
 * Cross-entropy over classes. Two classes have one logit z and P(second) = sigmoid(z), which is the softmax over (0, z):
 * so they are trained, with the same weights and smoothing as more classes have.
 */
export class ClassHead implements Head<Labels> {
  readonly outputs: number;
  private weights: Float32Array | undefined;
  private labelSmoothing = 0;

  constructor(readonly encoder: LabelEncoder) {
    const classes = encoder.classes.length;
    this.outputs = classes === 2 ? 1 : classes;
  }

  /** The number of labels, after checking that they are labels at all. */
  static rowsOf(y: Labels, name = 'y'): number {
    if (!Array.isArray(y) && !isInt32Array(y)) {
      throw new ArgumentError(
        `Expected \`${name}\` to be an array of strings, numbers or booleans, or an Int32Array, received ${show(y)}.`,
      );
    }
    assertAttached(y, name);
    return y.length;
  }

  /** The labels in memory of their own. */
  static copyOf(y: Labels): Labels {
    return y.slice() as Labels;
  }

  /**
   * @param all labels that name every class
   * @param y the labels of the rows
   * @param train the rows to learn from
   */
  static learn(all: Labels, y: Labels, train: Int32Array, options: ClassHeadOptions): ClassHead {
    const encoder = new LabelEncoder().fit(all);
    const { classes } = encoder;
    if (classes.length < 2) {
      throw new DataError(`Expected \`y\` to hold at least 2 classes, received only ${show(classes[0])}.`);
    }
    const head = new ClassHead(encoder);
    const counts = new Float64Array(classes.length);
    const numbers = encoder.transform(y);
    for (let i = 0; i < train.length; i++) counts[numbers[train[i]]]++;
    head.weights = resolveClassWeight(options.classWeight, classes, counts);
    head.labelSmoothing = options.labelSmoothing;
    return head;
  }

  encode(y: Labels, name?: string): ColumnValue {
    return this.encoder.transform(y, name);
  }

  addLoss(graph: Graph, logits: Node): { loss: Node; metrics: Record<string, Node> } {
    const target = graph.input('y', ['B'], 'i32');
    const scores = this.outputs > 1 ? logits : graph.concat([graph.mul(logits, 0), logits]);
    const loss = graph.softmaxCrossEntropy(scores, target, {
      labelSmoothing: this.labelSmoothing,
      ...(this.weights === undefined ? {} : { classWeights: this.weights }),
    });
    return { loss, metrics: { accuracy: graph.accuracy(scores, target) } };
  }

  addOutput(graph: Graph, logits: Node): Node {
    return this.outputs > 1 ? graph.softmax(logits) : graph.activation(logits, 'sigmoid');
  }

  /** rows x classes from what the network gives. */
  probabilities(outputs: Matrix): Matrix {
    if (this.outputs > 1) return outputs;
    const both = new Float32Array(2 * outputs.rows);
    for (let i = 0; i < outputs.rows; i++) {
      both[2 * i] = 1 - outputs.data[i];
      both[2 * i + 1] = outputs.data[i];
    }
    return new Matrix(both, outputs.rows, 2);
  }

  /** The class of each row: the most probable one; of two, the second from `threshold` on. */
  classNumbers(outputs: Matrix, threshold: number): Int32Array {
    return winners(outputs, (probability) => probability >= threshold);
  }

  classes(): JsonObject {
    return this.encoder.toJSON();
  }

  /** @throws DataError when the labels of a file are damaged */
  static fromJSON(labels: unknown, file: string): ClassHead {
    const encoder = LabelEncoder.fromJSON(labels);
    if (encoder.classes.length < 2) {
      throw new DataError(`Expected the model in ${file} to have at least 2 classes, found ${encoder.classes.length}.`);
    }
    return new ClassHead(encoder);
  }

  /** The labels as text, for reports. */
  get names(): string[] {
    return this.encoder.classes.map((label: Label) => String(label));
  }
}
