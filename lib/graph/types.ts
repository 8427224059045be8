/**
 * The types of the graph layer: what is built (`Graph`, `Node`), what it is compiled into (`Program`), and what goes in
 * and out of a program.
 */
import type { ACTIVATIONS } from './names';

/**
 * One dimension: a number, or a size known only when data are fed. `B` is the number of rows of a minibatch, `T` the
 * number of time steps; a multiple is written `'4*B'`, a product `'B*T'` or `'4*B*T'`.
 */
export type Dim = number | DimSymbol;
export type DimSymbol = 'B' | 'T' | 'B*T' | `${number}*B` | `${number}*T` | `${number}*B*T`;
/** Row-major dimensions, outermost first; `[]` is a scalar. */
export type Shape = readonly Dim[];
/** `f32`: real numbers (float64 in programs compiled with `precision: 'f64'`); `i32`: labels and ids. */
export type DType = 'f32' | 'i32';

/** A value in a graph. Nodes are made by the methods of `Graph` and belong to that graph. */
export interface Node {
  /** Position in the graph; inputs of a node have lower ids. */
  readonly id: number;
  /** The operation that makes it, such as 'matmul'. */
  readonly op: string;
  /** Unique in its graph: given by the caller for inputs and parameters, else made from the op. */
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Functions that `linear` and `activation` accept; formulas and defaults are PyTorch's. */
export type Activation = (typeof ACTIVATIONS)[number];

/**
 * How a parameter gets its first values. Random ones are drawn from a counter-based generator with the program's seed
 * and a stream for each parameter, so they do not depend on the instruction set or on other parameters' sizes.
 */
export type Initializer = (shape: readonly number[]) => InitialValues;
/** What an initializer returns for a shape. */
export type InitialValues =
  | { kind: 'constant'; value: number }
  /** Uniform in [low, high). */
  | { kind: 'uniform'; low: number; high: number }
  | { kind: 'normal'; mean: number; std: number }
  /** Normal, redrawn until within two standard deviations of the mean. */
  | { kind: 'truncatedNormal'; mean: number; std: number }
  /** Row-major values, copied. */
  | { kind: 'values'; values: Float32Array | Float64Array };

/** How a parameter is trained. */
export interface ParamOptions {
  /** Whether `weightDecay` and `l2` apply. Default: true for two or more dimensions, false for biases and gains. */
  decay?: boolean;
  /** The learning rate of this parameter is the program's times this. Default 1. */
  learningRateScale?: number;
  /** False: never changed by the optimizer (a buffer, a frozen layer). Default true. */
  trainable?: boolean;
}

/** Of `Graph.linear`. */
export interface LinearOptions {
  /** Parameters are called `<name>.weight` and `<name>.bias`. */
  name?: string;
  /** Applied to the sums, in the same pass. Default: none. */
  activation?: Activation;
  /** Slope of leaky_relu, scale of elu; default as PyTorch's. */
  alpha?: number;
  /** Default true. */
  bias?: boolean;
  /** Default `kaimingUniform()`, as PyTorch's nn.Linear. */
  weightInit?: Initializer;
  /** Default uniform within 1 / sqrt(in), as PyTorch's nn.Linear. */
  biasInit?: Initializer;
}
/** Of reductions. */
export interface AxisOptions {
  /** One axis or several; negative ones count from the end. Default: all. */
  axis?: number | readonly number[];
  /** Keep reduced axes as 1. Default false. */
  keepDims?: boolean;
}
/** Of the table that a lookup makes. */
export interface TableOptions {
  /** The parameter is called `<name>.weight`. */
  name?: string;
  /** Default `normal()`, as PyTorch's nn.Embedding. */
  init?: Initializer;
}
/** Scores of a linear-chain CRF over K tags: transitions [K, K] (from, to), start [K], end [K]. */
export interface CrfScores {
  /** From each tag (row) to each next one (column). */
  transitions: Node;
  /** Of the first tag. */
  start: Node;
  /** Of the last tag. */
  end: Node;
}
/** What every loss takes. */
export interface LossOptions {
  /** Default 'mean'. */
  reduction?: 'mean' | 'sum';
}

/** A plain description of an optimizer; made by the factories of lib/optim. */
export interface Optimizer {
  /** The rule; the fields below that it does not use are 0. */
  readonly name: 'sgd' | 'momentum' | 'nesterov' | 'adam' | 'adamw' | 'rmsprop';
  /** Of momentum and nesterov. */
  readonly momentum: number;
  /** Of momentum: the share of the gradient that is left out. */
  readonly dampening: number;
  /** Decay rate of the first moment of adam and adamw. */
  readonly beta1: number;
  /** Decay rate of the second moment of adam and adamw. */
  readonly beta2: number;
  /** Added to the root of the second moment: adam, adamw, rmsprop. */
  readonly eps: number;
  /** Smoothing constant of rmsprop. */
  readonly alpha: number;
  /** Decoupled: w -= lr * weightDecay * w. */
  readonly weightDecay: number;
  /** lambda in loss + lambda * sum(w^2). */
  readonly l2: number;
  /** Gradients are scaled down to this global L2 norm when theirs is larger; Infinity: never. */
  readonly clipNorm: number;
}

/** What `Graph.compile` keeps. */
export interface CompileTargets {
  /** A scalar to be minimised. Without it a program that has an optimizer is driven by `backward(seeds)`. */
  loss?: Node;
  /** Named values that can be read. Scalar ones (an accuracy) are also averaged by `run`. */
  outputs?: Readonly<Record<string, Node>>;
}

/** How a graph is compiled. */
export interface CompileOptions {
  /** The most rows of one minibatch: memory is sized for it. */
  maxBatch: number;
  /** The most time steps; needed when a shape contains T. */
  maxTime?: number;
  /** With it the program can train. Without, it is planned for inference and reuses memory much more. */
  optimizer?: Optimizer;
  /** Seed of initial values and dropout: an integer from 0 to 2^53 - 1. Default 0. */
  seed?: number;
  /** The most threads that this program uses; 0: as many as the pool has. Default 0. Results do not depend on it. */
  threads?: number;
  /**
   * - 'f32', the default.
   * - 'f64': double precision with the scalar kernels: slow, for checking gradients.
   * - 'bf16', 'int8': see `InferencePrecision`; without an optimizer only.
   */
  precision?: InferencePrecision | 'f64';
}

/**
 * What the products with the weights of dense layers are computed in when a model predicts; everything else stays
 * float32, and sums have 32 bits.
 *
 * - 'bf16': weights and inputs rounded to 8 bits of mantissa: a relative error of about 2^-9 each.
 * - 'int8': weights rounded to 255 steps between the extremes of each output unit, inputs to 255 between the extremes of
 *   each row, measured as they come (dynamic quantization).
 *
 * CPUs with the instructions (AVX-512 BF16, AVX-512 VNNI) compute with them; others round alike and multiply in
 * float32: equal results, up to the order of sums, without the gain in speed. A weight that something else than dense
 * layers reads stays float32.
 */
export type InferencePrecision = 'f32' | 'bf16' | 'int8';

/** Row-major values. Matrix-like objects ({ data, rows, cols }) carry their row count, which settles `B`. */
export type FeedValue =
  | Float32Array
  | Float64Array
  | Int32Array
  | { readonly data: Float32Array; readonly rows: number; readonly cols: number };
/** Values by the name of the input. */
export type Feeds = Readonly<Record<string, FeedValue>>;

/** A value that a program gave back. */
export interface OutputValue {
  /** Row-major; a Float64Array in programs compiled with `precision: 'f64'`. */
  readonly data: Float32Array | Float64Array;
  readonly shape: readonly number[];
}
/** Values by the name of the output. */
export type Outputs = Record<string, OutputValue>;

/** What a forward pass computes. */
export interface ForwardOptions {
  /** Number of rows, needed only when the feeds leave it open. */
  batch?: number;
  /** Which outputs to compute; default all. Inputs that they do not depend on need not be fed. */
  outputs?: readonly string[];
  /** True: dropout is active, and `backward` may follow. Default false. */
  training?: boolean;
}

/** Which rows of a data set a run uses, and how. */
export interface RunOptions {
  /** Rows of the data set, in the order in which they are used; default all rows in order. */
  indices?: Int32Array;
  /**
   * How many epochs `indices` holds, one after the other and of as many rows each; without `indices`, how often all rows are
   * used. A minibatch has rows of one epoch. Several short epochs in one run save the cost of a call for each. Default 1.
   */
  epochs?: number;
  /** Rows of one minibatch, at most `maxBatch`, which is the default. The last minibatch of an epoch may be smaller. */
  batchSize?: number;
  /** One learning rate for each minibatch of the slice, or one for all. Needed by mode `train`. */
  learningRates?: Float32Array | Float64Array | number;
  /** `evaluate`: no dropout, nothing is changed. Default `train`. */
  mode?: 'train' | 'evaluate';
  /** Minibatches whose gradients are averaged before one update. Default 1. */
  accumulate?: number;
  /** Keep the loss of every minibatch in `SliceStats.losses`. Default false. */
  keepLosses?: boolean;
  /** Which column of the data set feeds which input; default: those of the same name. */
  columns?: Readonly<Record<string, string>>;
  /** The most threads to use; at most those of the program, which are the default. */
  threads?: number;
}

/** `RunOptions` of a run on a background thread. */
export interface AsyncRunOptions extends RunOptions {
  /** Looked at between two operations; the run leaves no trace of an unfinished minibatch and rejects with an `AbortError` whose `partial` is a `SliceStats`. */
  signal?: AbortSignal;
  /** Called at most about 30 times a second. */
  onProgress?: (progress: RunProgress) => void;
}

export interface RunProgress {
  /** Minibatches done, of `steps`. */
  step: number;
  steps: number;
  /** Mean loss of the rows done so far. */
  loss: number;
}

/** Means over the rows of one epoch. */
export interface EpochStats {
  /** Minibatches done. */
  steps: number;
  /** Rows in them. */
  rows: number;
  /** Mean loss over rows; NaN when the program has none. */
  loss: number;
  /** Scalar outputs by name, as means over rows. */
  metrics: Record<string, number>;
  /** Seconds in native code. */
  seconds: number;
}

/** Means over the rows of one run. */
export interface SliceStats extends EpochStats {
  /** Loss of each minibatch, with `keepLosses`. */
  losses?: Float64Array;
  /** Of a run of several epochs, each that was finished. */
  epochs?: EpochStats[];
}

/** Tensors by name, row-major, with PyTorch's layouts ([out, in] for weights). */
export type StateDict = Record<string, StateTensor>;
/** Values and shape of one tensor. */
export interface StateTensor {
  readonly data: Float32Array | Float64Array;
  readonly shape: readonly number[];
}

/** What a killed run needs to go on with the same bits: parameters, optimizer slots, step and random position. */
export interface TrainingState {
  params: StateDict;
  /** Optimizer arrays by `<param>.<slot number>`. */
  slots: StateDict;
  /** Updates done so far. */
  step: number;
  /** Training passes done so far: the position in the dropout streams. */
  draws: number;
}

/** Bytes of native memory, by use. */
export interface ProgramMemory {
  /** Of the parameters. */
  params: number;
  /** Of their gradients. */
  gradients: number;
  /** Of the optimizer. */
  slots: number;
  /** Of values on the way and their gradients, for `maxBatch` rows. */
  activations: number;
  /** The sum of these. */
  total: number;
}

/**
 * A compiled graph: a flat list of operations over one arena. It runs one call at a time: while a `run` is under way
 * every other call throws a `BusyError`.
 */
export interface Program {
  /** What has to be fed. */
  readonly inputNames: readonly string[];
  /** What can be read. */
  readonly outputNames: readonly string[];
  /** The parameters, in the order in which they were made. */
  readonly paramNames: readonly string[];
  /** Native memory that the program holds. */
  readonly memory: ProgramMemory;
  /** Sync. Copies out the outputs. */
  forward(feeds: Feeds, options?: ForwardOptions): Outputs;
  /**
   * Sync, for a float32 program of one input [B, ...] and one output [B, ...]: `rows` rows of `x` (more than `maxBatch`
   * run in parts) to as many rows of `out`. Makes no objects and no copy of real numbers: what a server that predicts
   * row by row wants.
   *
   * @param options `finite`: refuse NaN and Infinity in `x` (default false); rows of parts before are then in `out`
   * @throws ShapeError when the lengths do not fit; NonFiniteError with `finite`; BusyError while the program runs
   */
  forwardInto(x: Float32Array | Int32Array, rows: number, out: Float32Array, options?: { finite?: boolean }): void;
  /** Sync: forward, backward, update. Returns the loss. */
  step(feeds: Feeds, learningRate: number, options?: { batch?: number }): number;
  /**
   * Sync: adds to the gradients of the parameters, after a `forward` with `training: true`. With a loss: `seeds` is left
   * out. Without: dL/dy for one or more outputs y, by name. Several calls before `apply` accumulate.
   */
  backward(seeds?: Feeds): void;
  /** Sync: one optimizer update with the gradients gathered since the last one. Returns their global L2 norm. */
  apply(learningRate: number, options?: { gradientScale?: number }): number;
  /** Gradients of the last `backward`, by parameter. */
  gradients(): StateDict;
  /** Trains or evaluates on rows of a data set in one native call on a background thread. */
  run(data: Dataset, options?: AsyncRunOptions): Promise<SliceStats>;
  /** The same on the calling thread. */
  runSync(data: Dataset, options?: RunOptions): SliceStats;
  /** Output `name` for rows of a data set: row-major, one row of values a row of data. */
  predict(data: Dataset, name: string, options?: PredictOptions): Promise<OutputValue>;
  /** `predict` on the calling thread. */
  predictSync(data: Dataset, name: string, options?: PredictOptions): OutputValue;
  /** Copies of the parameters. */
  state(): StateDict;
  /** Sets parameters by name; with `strict` (default) every parameter must be there and no other name. */
  load(state: StateDict, options?: { strict?: boolean }): void;
  /** Copies of all that training goes on from. */
  trainingState(): TrainingState;
  /** Goes on from such a state, to the same bits. */
  loadTrainingState(state: TrainingState): void;
  /** Frees the native memory now instead of when collected. Later calls throw. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** Which rows of a data set are predicted, and how. */
export interface PredictOptions {
  /** Rows of the data set, in the order of the results; default all rows in order. */
  indices?: Int32Array;
  /** Rows of one pass, at most `maxBatch`, which is the default. */
  batchSize?: number;
  /** Which column of the data set feeds which input; default: those of the same name. */
  columns?: Readonly<Record<string, string>>;
  /** The most threads to use; at most those of the program, which are the default. */
  threads?: number;
  /** Ends the prediction with an `AbortError`. */
  signal?: AbortSignal;
}

/** Named columns of equally many rows, copied into native memory once and usable by many runs. */
export interface Dataset {
  /** Rows of every column. */
  readonly rows: number;
  /** Type and values a row of each column, by its name. */
  readonly columns: Readonly<Record<string, { readonly dtype: DType; readonly width: number }>>;
  /** Frees the native memory now instead of when collected. Later uses throw. */
  dispose(): void;
  [Symbol.dispose](): void;
}
/**
 * One column: `rows * width` values. A Matrix-like object has its own width; a plain array's width follows from its
 * length and the number of rows.
 */
export type ColumnValue =
  | Float32Array
  | Int32Array
  | { readonly data: Float32Array; readonly rows: number; readonly cols: number };
