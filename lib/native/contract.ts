import type { NativeNeighborhood } from './neighbors';

/**
 * A typed view of every export of the addon. load.ts loads it; nothing else in lib may.
 *
 * The bindings are thin: numbers, typed arrays, one handle, one Int32Array plan. They recheck only what memory safety
 * needs; `fromNative` (errors.ts) turns what they throw into the typed classes.
 */
export interface NativeInfo {
  /** The instruction set of the chosen kernels: 'scalar', 'avx2', 'avx512' or 'neon'. */
  isa: string;
  /** Floats in one vector. */
  vectorWidth: number;
  /** Every instruction set that this build and CPU could run. */
  availableIsas: string[];
  /** The value of HEBB_ISA when it names an instruction set that is not available, else null. */
  rejectedIsa: string | null;
  /** Size of the compute pool, callers included. */
  threads: number;
}

/** A background job: `cancel()` asks it to end soon; the promise then rejects with code ERR_ABORTED. */
export interface NativeJob<T> {
  promise: Promise<T>;
  cancel(): void;
}

/** Called at most about 30 times a second with the job's newest figures. */
export type NativeProgress = (values: Float64Array) => void;

export interface NativeLimits {
  /** Threads that took part. */
  threads: number;
  /** Float32 multiply-adds, two operations each, in GFLOP/s. */
  gflops: number;
  /** Memory read, GB/s. */
  readGBs: number;
  /** y += a * x, two reads and a write, GB/s. */
  triadGBs: number;
}

export interface NativeRuntime {
  info(): NativeInfo;
  /** Measures what the machine can do at most, about half a second; `threads` 0 means the whole pool. */
  measureLimits(threads: number): NativeJob<NativeLimits>;
  setThreads(threads: number): void;
}

/** Names and numbers of the native tables, in the order of their indices in plans. */
export interface NativeGraphInfo {
  ops: string[];
  activations: string[];
  activationAlphas: number[];
  functions: string[];
  functionAlphas: number[];
  binaries: string[];
  optimizers: string[];
  /** State arrays an optimizer keeps for each parameter. */
  optimizerSlots: number[];
}

declare const handle: unique symbol;
/** A compiled program in native memory. */
export interface NativeProgram {
  readonly [handle]: 'program';
}
/** Columns in native memory. */
export interface NativeDataset {
  readonly [handle]: 'dataset';
}
/** One of them. */
export interface NativeColumn {
  readonly [handle]: 'column';
}

/** Values of the program's precision, or Int32Array for integer inputs. */
export type NativeArray = Float32Array | Float64Array | Int32Array;
/** Aligned with the program's inputs (or outputs, for seeds). */
export type NativeFeeds = readonly (NativeArray | undefined)[];

export interface NativeProgramInfo {
  /** Node ids of the parameters, in order. */
  params: Int32Array;
  /** Parameters, gradients, slots, activations. */
  bytes: Float64Array;
  updates: number;
  draws: number;
}

export interface NativeSliceStats {
  steps: number;
  rows: number;
  loss: number;
  metrics: Float64Array;
  losses: Float64Array;
  seconds: number;
  aborted: boolean;
  /** Of several epochs, those that were finished: steps, rows, loss, seconds and the metrics of each. */
  epochs: Float64Array;
}

/** Which rows of which columns go where: nodes and columns pairwise, row indices or null for all, batch size, threads. */
export type NativeSlice = [
  program: NativeProgram,
  data: NativeDataset,
  feedNodes: Int32Array,
  feedColumns: Int32Array,
  indices: Int32Array | null,
  batchSize: number,
  threads: number,
];
export type NativeRunArguments = [
  ...NativeSlice,
  train: boolean,
  learningRates: Float64Array | null,
  accumulate: number,
  keepLosses: boolean,
  metrics: Int32Array,
  epochs: number,
];

export interface NativeGraph {
  graphInfo(): NativeGraphInfo;
  /** dtype, rank, (factor, symbols)... of every input; gives the same of the result. */
  inferShape(op: number, inputs: Int32Array, ints: Int32Array, floats: Float64Array): Int32Array;
  programCreate(
    ints: Int32Array,
    floats: Float64Array,
    labels: readonly string[],
    /** 0: float32, 1: float64, 2: bf16, 3: int8 (the last two for inference). */
    arithmetic: number,
    threads: number,
  ): NativeProgram;
  programInfo(program: NativeProgram): NativeProgramInfo;
  /** [B, T, value of each output...] */
  programForward(
    program: NativeProgram,
    feeds: NativeFeeds,
    batch: number,
    outputs: Int32Array,
    training: boolean,
  ): [number, number, ...NativeArray[]];
  /**
   * Rows of the only input through to rows of the only output (float32), in minibatches of the program's `maxBatch`;
   * `finite` refuses NaN and infinity.
   */
  programForwardInto(
    program: NativeProgram,
    x: Float32Array | Int32Array,
    rows: number,
    out: Float32Array,
    finite: boolean,
  ): void;
  programStep(program: NativeProgram, feeds: NativeFeeds, batch: number, learningRate: number): number;
  programBackward(program: NativeProgram, seeds: NativeFeeds | undefined): void;
  programApply(program: NativeProgram, learningRate: number, gradientScale: number): number;
  /** Stores: 0 parameters, 1 gradients, 2 and 3 optimizer slots. */
  programRead(program: NativeProgram, store: number, param: number, into: Float32Array | Float64Array): void;
  programWrite(program: NativeProgram, store: number, param: number, from: Float32Array | Float64Array): void;
  programSetPosition(program: NativeProgram, updates: number, draws: number): void;
  programDispose(program: NativeProgram): void;
  programRun(...slice: [...NativeRunArguments, background: false]): NativeSliceStats;
  programRun(
    ...slice: [...NativeRunArguments, background: true, onProgress: NativeProgress | undefined]
  ): NativeJob<NativeSliceStats>;
  programPredict(...slice: [...NativeSlice, output: number, background: false]): Float32Array | Float64Array;
  /** Resolves to null when it was cancelled. */
  programPredict(
    ...slice: [...NativeSlice, output: number, background: true]
  ): NativeJob<Float32Array | Float64Array | null>;
}

/** One value a column, in float64. */
export interface NativeMoments {
  mean: Float64Array;
  /** Of the population. */
  variance: Float64Array;
  /** Cells that are not NaN. */
  count: Float64Array;
}

/** data.cc: columns and data sets in native memory, scaling. */
export interface NativeData {
  /**
   * With `finite` the position of the first NaN or Infinity when there is one. `inPlace`: borrows the memory, which must
   * be shared, so that nobody can detach it; the handle keeps the array.
   */
  columnCreate(
    values: Float32Array | Int32Array,
    rows: number,
    width: number,
    finite: boolean,
    inPlace: boolean,
  ): NativeColumn | number;
  /** Of the rows `indices`, or of all. */
  columnMoments(
    column: NativeColumn,
    indices: Int32Array | null,
    threads: number,
    background: true,
  ): NativeJob<NativeMoments>;
  columnMoments(column: NativeColumn, indices: Int32Array | null, threads: number, background: false): NativeMoments;
  /** x becomes (x - center) / scale; for a column that neither a data set nor a job uses. */
  columnStandardize(
    column: NativeColumn,
    center: Float64Array,
    scale: Float64Array,
    threads: number,
    background: true,
  ): NativeJob<undefined>;
  columnStandardize(
    column: NativeColumn,
    center: Float64Array,
    scale: Float64Array,
    threads: number,
    background: false,
  ): undefined;
  columnDispose(column: NativeColumn): void;
  /** Keeps the columns: their handles may be disposed of. */
  datasetCreate(rows: number, columns: readonly NativeColumn[]): NativeDataset;
  datasetDispose(data: NativeDataset): void;
  /** NaN cells are left out. */
  moments(x: Float32Array, rows: number, cols: number): NativeMoments;
  /** y = (x - center) / scale * gain + offset, one value a column; null: no such step. x and y may be the same array. */
  scaleColumns(
    x: Float32Array,
    rows: number,
    cols: number,
    center: Float64Array | null,
    scale: Float64Array | null,
    gain: Float64Array | null,
    offset: Float64Array | null,
    y: Float32Array,
  ): void;
}

/** functional.cc: the kernels themselves, synchronous, on borrowed float32 arrays. */
export interface NativeFunctional {
  /** The position of the first NaN or Infinity, or -1. */
  findNonFinite(x: Float32Array): number;
  /** y = f(x; alpha), f by its index in `graphInfo().activations`. x and y may be the same array. */
  activate(index: number, alpha: number, x: Float32Array, y: Float32Array): void;
  softmax(rows: number, cols: number, x: Float32Array, y: Float32Array, log: boolean): void;
  /** `moments` is scratch of 2 * rows elements. */
  layerNorm(
    rows: number,
    cols: number,
    x: Float32Array,
    gamma: Float32Array | null,
    beta: Float32Array | null,
    eps: number,
    y: Float32Array,
    moments: Float32Array,
  ): void;
  /** C = alpha op(A) op(B) + beta C; op(A) is M x K, op(B) is K x N. C overlaps neither A nor B. */
  matmul(
    transposeA: boolean,
    transposeB: boolean,
    M: number,
    N: number,
    K: number,
    alpha: number,
    A: Float32Array,
    B: Float32Array,
    beta: number,
    C: Float32Array,
  ): void;
}

declare const nerModel: unique symbol;
/** A native tagger: tags, weights, gazetteer, clusters. */
export interface NativeNerModel {
  readonly [nerModel]: true;
}

/** Words of sentences: all words joined, their UTF-16 lengths, the words of each sentence, the caller's features. */
export type NativeSentences = [
  text: string,
  lengths: Int32Array,
  sentences: Int32Array,
  features: { text: string; lengths: Int32Array; counts: Int32Array } | null,
];

export interface NativeNerTraining {
  epochs: number;
  bestEpoch: number;
  devF1: number;
  /** What was added to the score of O, chosen on dev. */
  bias: number;
  /** Epoch, epochs, loss, dev F1 (NaN without dev), one row after the other. */
  history: Float64Array;
}

export interface NativeNerEntities {
  /** Sentence, first word, word after the last, type: four numbers an entity. */
  entities: Int32Array;
  scores: Float32Array;
}

export interface NativeNerTags extends NativeNerEntities {
  tags: Int32Array;
}

declare const nerNames: unique symbol;
/** The names of documents, whose sentences are added as they are tagged. */
export interface NativeNerNames {
  readonly [nerNames]: true;
}

/** Sentences whose entities change, and all that they then have; both are sorted by the order of adding. */
export interface NativeNerChanges extends NativeNerEntities {
  sentences: Int32Array;
}

/** `names`: takes the sentences; `documents`: of each sentence, null where all are of one. */
export type NativeNerTagging = [
  ...sentences: NativeSentences,
  withEntities: boolean,
  threads: number,
  names: NativeNerNames | null,
  documents: Int32Array | null,
];

export interface NativeNerState {
  bits: number;
  slots: Uint32Array;
  rows: Float32Array;
  transitions: Float32Array;
  start: Float32Array;
  end: Float32Array;
  bias: Float32Array;
}

export interface NativeNer {
  /** Parts: 0 O, 1 B, 2 I, 3 E, 4 S; types: -1 for O. */
  nerModel(parts: Uint8Array, types: Int32Array, endsMarked: boolean, hasBegin: boolean): NativeNerModel;
  nerAddPhrases(model: NativeNerModel, text: string, lengths: Int32Array, words: Int32Array, lists: Uint8Array): void;
  nerGazetteerState(model: NativeNerModel): { entries: Uint8Array; masks: Uint32Array };
  nerSetGazetteer(model: NativeNerModel, entries: Uint8Array, masks: Uint32Array): void;
  nerSetClusters(model: NativeNerModel, text: string, lengths: Int32Array, counts: Int32Array, ids: Uint32Array): void;
  nerClusterState(model: NativeNerModel): { keys: Uint32Array; counts: Int32Array; ids: Uint32Array };
  nerLoadClusters(model: NativeNerModel, keys: Uint32Array, counts: Int32Array, ids: Uint32Array): void;
  nerTrain(
    model: NativeNerModel,
    ...rest: [
      ...sentences: NativeSentences,
      tags: Int32Array,
      masks: Uint8Array | null,
      ...dev: NativeSentences | [null, null, null, null],
      devTags: Int32Array | null,
      /** For each dev sentence a row of devTypes [rows, types] of 0 or 1: what it annotates; -1: everything. */
      devAnnotated: Int32Array | null,
      devTypes: Uint8Array | null,
      config: Float64Array,
      onProgress: NativeProgress | null,
    ]
  ): NativeJob<NativeNerTraining>;
  nerTag(model: NativeNerModel, ...rest: NativeNerTagging): NativeNerTags;
  nerTagJob(model: NativeNerModel, ...rest: NativeNerTagging): NativeJob<NativeNerTags>;
  /** Of each type whether it is one of people. */
  nerNames(isPerson: Uint8Array): NativeNerNames;
  /** After all sentences were added; the names are then forgotten. */
  nerChanges(names: NativeNerNames): NativeNerChanges;
  nerChangesJob(names: NativeNerNames): NativeJob<NativeNerChanges>;
  nerState(model: NativeNerModel): NativeNerState;
  nerLoad(
    model: NativeNerModel,
    bits: number,
    slots: Uint32Array,
    rows: Float32Array,
    transitions: Float32Array,
    start: Float32Array,
    end: Float32Array,
    bias: Float32Array,
  ): void;
}

/** All exports. Each family of bindings adds its interface here. */
export interface NativeBinding
  extends NativeData,
    NativeFunctional,
    NativeGraph,
    NativeNeighborhood,
    NativeNer,
    NativeRuntime {}
