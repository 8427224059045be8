import { assertFinite, type Json, type JsonObject, type Matrix, type MatrixLike } from '../data';
import { ArgumentError, DataError, HebbError, ShapeError } from '../errors';
import { Graph, type InferencePrecision, type Node, type Optimizer, type StateDict } from '../graph';
import { readArtefact } from '../io';
import type { Targets } from '../metrics';
import { buildLayers, checkLayers, Embedding, type Layer, layerFromJson } from '../nn';
import type { EarlyStoppingOptions, History } from '../train';
import { checkKeys, checkOneOf } from '../validate';
import { Estimator, type FitOptions } from './estimator';
import type { PredictAsyncOptions } from './fittedModel';
import type { LearningRate } from './learningRate';
import { type CustomLoss, LOSSES, LossHead, type LossName, type SequentialTargets } from './lossHead';
import { type OptimizerName, resolveMLPOptions, savedOptions, type TrainingOptions } from './mlpOptions';
import { checkFile, fromFile } from './modelFile';
import { copyTargets, isVector, targetRows } from './valueHead';

/** How a `Sequential` learns. */
export interface SequentialCompileOptions {
  /**
   * 'softmaxCrossEntropy' (class numbers, or probabilities), 'binaryCrossEntropy', 'mse', 'mae', 'huber', or a function
   * that composes a scalar of graph operations. The last layer gives logits for the first two: no softmax or sigmoid.
   */
  loss: LossName | CustomLoss;
  /** A name, or what a factory such as `adam({ beta2: 0.99 })` returns. Default 'adam'. */
  optimizer?: OptimizerName | Optimizer;
  /** A rate or a schedule. Default 0.001; 0.01 for 'rmsprop'. */
  learningRate?: LearningRate;
  /** The largest global L2 norm of the gradients. Default: no clipping. */
  clipNorm?: number;
  /** Decoupled decay, never of biases. Default 0; 0.01 for 'adamw'. */
  weightDecay?: number;
  /** lambda in loss + lambda * sum(w^2), never of biases. Default 0. */
  l2?: number;
  /** Scale each column to mean 0 and standard deviation 1, kept in the model. Default false. */
  standardize?: boolean;
  /** Of everything random: the same seed gives the same bits. Default 0. */
  seed?: number;
  /** The most threads to use; results do not depend on it. Default: all of the pool. */
  threads?: number;
  /** Of predictions: 'f32' (default), 'bf16' or 'int8'. Training is float32 always. */
  precision?: InferencePrecision;
}

/** Options of one `fit`; see `MLPOptions` for those that it shares with them. */
export interface SequentialFitOptions extends FitOptions<SequentialTargets> {
  /** Default 100. */
  epochs?: number;
  /** Rows of a minibatch. Default 'auto': 32 below 10,000 training rows, 128 below 100,000, else 256. */
  batchSize?: number | 'auto';
  /** Fraction of the rows that is held out to measure `valLoss`. Default 0: none. */
  validationSplit?: number;
  /** Stop when the watched figure no longer improves. Default false. */
  earlyStopping?: boolean | EarlyStoppingOptions;
  /** Draw a new order of the rows each epoch. Default true. */
  shuffle?: boolean;
}

const COMPILE_KEYS = [
  'loss',
  'optimizer',
  'learningRate',
  'clipNorm',
  'weightDecay',
  'l2',
  'standardize',
  'seed',
  'threads',
  'precision',
];
const TRAINING_KEYS = ['epochs', 'batchSize', 'validationSplit', 'earlyStopping', 'shuffle'];

/**
 * Layers one after the other, trained on any loss: the free form.
 *
 * ```ts
 * const model = new Sequential([new Dense(64, { activation: 'gelu' }), new LayerNorm(), new Dense(3)]);
 * model.compile({ loss: 'softmaxCrossEntropy', learningRate: 0.01, seed: 7 });
 * await model.fit(X, classNumbers, { epochs: 20 });
 * model.predict(X);                                        // probabilities, rows x 3
 * ```
 */
export class Sequential extends Estimator<SequentialTargets, LossHead> {
  protected readonly kind = 'Sequential';
  /** The layers, first to last. */
  readonly layers: readonly Layer[];
  private compiled: Omit<SequentialCompileOptions, 'loss'> | undefined;
  private loss: LossName | CustomLoss | undefined;
  protected options: TrainingOptions = resolveMLPOptions({}, 'Sequential');
  /** Columns of X that a file says; known before the weights are checked. */
  private savedInputs = 0;

  /** @throws ArgumentError when `layers` is no list of layers */
  constructor(layers: readonly Layer[]) {
    super();
    this.layers = checkLayers(layers, 'Sequential');
  }

  /**
   * Sets loss and optimizer. May be called again to train on something else.
   * @throws ArgumentError when an option is unknown, of another type or out of range
   */
  compile(options: SequentialCompileOptions): this {
    checkKeys(options, COMPILE_KEYS, '`Sequential.compile`');
    const { loss, ...rest } = options;
    this.loss = typeof loss === 'function' ? loss : checkOneOf(loss, 'loss', LOSSES);
    if (rest.standardize && this.layers[0] instanceof Embedding) {
      throw new ArgumentError('Expected `standardize` to be off in front of an Embedding, which takes whole numbers.');
    }
    this.options = resolveMLPOptions(rest, 'Sequential');
    this.compiled = rest;
    this.endSession();
    return this;
  }

  /**
   * Trains from new weights on a background thread. The data are copied before the promise is returned, which takes the
   * calling thread up to a millisecond a megabyte; rows in a SharedArrayBuffer are read in place instead, and must stay as
   * they are until the training is done.
   *
   * @param X rows x columns, finite; whole numbers where the first layer is an Embedding
   * @param y class numbers, or rows x outputs, as the loss wants them
   * @throws ShapeError when rows or outputs do not fit
   * @throws NonFiniteError when X or y holds NaN or Infinity, or when the loss becomes NaN
   * @throws AbortError when `signal` fires; `partial` is the history and the model keeps the best weights so far
   * @throws HebbError with code ERR_NOT_COMPILED before `compile`
   */
  async fit(X: MatrixLike, y: SequentialTargets, options: SequentialFitOptions = {}): Promise<History> {
    return this.fitWith(X, y, this.resolve(options));
  }

  /** The same on the calling thread: the event loop stands still meanwhile. */
  fitSync(
    X: MatrixLike,
    y: SequentialTargets,
    options: Omit<SequentialFitOptions, 'signal' | 'onBatch'> = {},
  ): History {
    return this.fitSyncWith(X, y, this.resolve(options));
  }

  /** One pass over these rows that goes on from the present weights. @throws as `fit` */
  async partialFit(X: MatrixLike, y: SequentialTargets): Promise<History> {
    this.resolve({});
    return this.partialFitWith(X, y, undefined);
  }

  /**
   * What the layers give, rows x outputs: probabilities for the two cross-entropies (softmax, sigmoid), else the outputs
   * themselves. Synchronous.
   */
  predict(X: MatrixLike): Matrix {
    return this.outputsOf(X, 'predict').outputs;
  }

  /** `predict` on a background thread. */
  async predictAsync(X: MatrixLike, options: PredictAsyncOptions = {}): Promise<Matrix> {
    return (await this.outputsOfAsync(X, 'predictAsync', options)).outputs;
  }

  /** Loss and metrics on rows with known targets. @throws as `fit` */
  evaluate(X: MatrixLike, y: SequentialTargets): { loss: number } & Record<string, number> {
    const stats = this.measureOn(X, y);
    const { head } = this.requireFitted('evaluate');
    const rows = Int32Array.from({ length: this.rowsOf(y) }, (_, i) => i);
    return { ...head.measure(y, rows)(stats), loss: stats.loss };
  }

  /** Layers, shapes and parameters as a table, for X of so many columns (default: as fitted). */
  summary(inputs = this.inputs): string {
    const graph = new Graph();
    let node = this.addInput(graph, inputs);
    const lines = [`input ${shapeText(node)}`];
    for (const [i, layer] of this.layers.entries()) {
      node = layer.build(graph, node, `layers.${i}`);
      lines.push(`layers.${i} ${layer.kind} ${shapeText(node)}`);
    }
    return lines.join('\n');
  }

  /** @throws DataError when the file cannot be read, is damaged, foreign, newer, or holds another kind of model */
  static async load(file: string): Promise<Sequential> {
    checkFile(file);
    const artefact = await readArtefact(file, ['Sequential']);
    const { layers, loss, inputs, outputs, options } = artefact.config;
    if (!Array.isArray(layers) || !isCount(inputs) || !isCount(outputs)) {
      throw new DataError(`Expected the config of ${file} to state \`layers\`, \`inputs\` and \`outputs\`.`);
    }
    const model = fromFile(file, () => {
      const made = new Sequential(layers.map((layer: Json) => layerFromJson(layer)));
      if (loss === 'custom') return made;
      const rest = (options ?? {}) as Omit<SequentialCompileOptions, 'loss'>;
      return made.compile({ loss: loss as LossName, ...rest });
    });
    model.savedInputs = inputs;
    // Without its custom loss the model predicts; `compile` gives it a loss to go on learning with.
    model.restore(artefact, new LossHead(outputs, model.loss ?? noLoss, []), file);
    return model;
  }

  private resolve(options: SequentialFitOptions): FitOptions<SequentialTargets> {
    if (this.compiled === undefined) {
      throw new HebbError('ERR_NOT_COMPILED', 'Expected Sequential to be compiled before `fit`. Call `compile` first.');
    }
    checkKeys(options, [...TRAINING_KEYS, 'signal', 'validationData', 'onEpoch', 'onBatch'], '`Sequential.fit`');
    const { epochs, batchSize, validationSplit, earlyStopping, shuffle, ...rest } = options;
    const given = Object.fromEntries(
      Object.entries({ epochs, batchSize, validationSplit, earlyStopping, shuffle }).filter(([, v]) => v !== undefined),
    );
    this.options = resolveMLPOptions({ ...this.compiled, ...given, precision: this.precision }, 'Sequential');
    return rest;
  }

  private addInput(graph: Graph, inputs: number): Node {
    return graph.input('x', ['B', inputs], this.layers[0] instanceof Embedding ? 'i32' : 'f32');
  }

  protected addNetwork(graph: Graph, inputs: number): Node {
    return buildLayers(graph, this.addInput(graph, inputs), this.layers, 'layers');
  }

  protected override inputColumn(matrix: Matrix, name: string): Matrix | Int32Array {
    const [first] = this.layers;
    if (!(first instanceof Embedding)) return matrix;
    assertFinite(matrix, name);
    const { data, cols } = matrix;
    const ids = new Int32Array(data.length);
    for (let k = 0; k < data.length; k++) {
      const value = data[k];
      if (!Number.isInteger(value) || value >= first.rows) {
        throw new DataError(
          `Expected \`${name}\` to hold ids below ${first.rows} for the Embedding, received ${value} at row ${Math.floor(k / cols)}, column ${k % cols}.`,
        );
      }
      ids[k] = value;
    }
    return ids;
  }

  /** Values that the last layer gives for X of so many columns. */
  private widthOf(inputs: number): number {
    const { shape } = this.addNetwork(new Graph(), inputs);
    const width = shape[1];
    if (shape.length === 2 && shape[0] === 'B' && typeof width === 'number') return width;
    throw new ShapeError(
      `Expected the last layer to give [B, outputs], it gives [${shape}]. Add a Flatten or a MeanPool layer.`,
    );
  }

  protected makeHead(
    y: SequentialTargets,
    _train: Int32Array,
    inputs: number,
    previous: LossHead | undefined,
  ): LossHead {
    const loss = this.loss as LossName | CustomLoss;
    return new LossHead(previous?.outputs ?? this.widthOf(inputs), loss, y);
  }

  protected rowsOf(y: SequentialTargets, name?: string): number {
    return targetRows(y as Targets, name);
  }

  protected copyOf(y: SequentialTargets, name?: string): SequentialTargets {
    return copyTargets(y as Targets, name) as SequentialTargets;
  }

  protected strata(y: SequentialTargets): Int32Array | undefined {
    return this.loss === 'softmaxCrossEntropy' && isVector(y as Targets)
      ? Int32Array.from(y as ArrayLike<number>)
      : undefined;
  }

  protected shapeOf(weights: StateDict, file: string): { inputs: number; outputs: number } {
    const inputs = this.savedInputs;
    try {
      const graph = new Graph();
      const y = this.addNetwork(graph, inputs);
      const program = graph.compile({ outputs: { y } }, { maxBatch: 1 });
      program.load(weights);
      program.dispose();
      return { inputs, outputs: this.widthOf(inputs) };
    } catch (cause) {
      if (!(cause instanceof HebbError)) throw cause;
      throw new DataError(`Expected the weights of ${file} to fit its layers: ${cause.message}`, { cause });
    }
  }

  protected config(): JsonObject {
    const { hidden: _h, activation: _a, dropout: _d, ...options } = savedOptions(this.options);
    const loss = typeof this.loss === 'string' ? this.loss : 'custom';
    const kept = Object.entries(options).filter(([key]) => COMPILE_KEYS.includes(key));
    return { loss, layers: this.layers.map((layer) => layer.toJSON()), options: Object.fromEntries(kept) };
  }
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;

const noLoss: CustomLoss = () => {
  throw new HebbError('ERR_NOT_COMPILED', 'Expected Sequential to be compiled: its custom loss is not in the file.');
};

const shapeText = (node: Node): string => `[${node.shape.join(', ')}]`;
