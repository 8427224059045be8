import { setImmediate } from 'node:timers/promises';
import { assertFinite, type JsonObject, Matrix, type MatrixLike, range, StandardScaler, toMatrix } from '../data';
import { AbortError, BusyError, DataError, HebbError, ShapeError } from '../errors';
import {
  type ColumnValue,
  createDataset,
  type Dataset,
  Graph,
  type InferencePrecision,
  type Node,
  type Program,
  type SliceStats,
  type StateDict,
} from '../graph';
import { type Artefact, writeArtefact } from '../io';
import {
  type History,
  type RowsOf,
  resolveEarlyStopping,
  type TrainCallbacks,
  Trainer,
  type TrainerOptions,
} from '../train';
import { checkKeys, checkOneOf, checkSameRows } from '../validate';
import type { Head } from './head';
import { Inference, PREDICT_ROWS } from './inference';
import { scheduleOf } from './learningRate';
import { batchSizeFor, optimizerOf, PRECISIONS, type TrainingOptions } from './mlpOptions';
import { checkFile, preprocessingOf, weightsOf } from './modelFile';
import { holdOut } from './validationRows';

/** Options of one `fit`. */
export interface FitOptions<Y> extends TrainCallbacks {
  /** Ends the training within one minibatch: `fit` rejects with an `AbortError` and the model keeps the best weights. */
  signal?: AbortSignal;
  /** Rows to measure `valLoss` on, instead of `validationSplit`. */
  validationData?: readonly [X: MatrixLike, y: Y];
}

/** What a fit leaves behind. */
interface Fitted<H> {
  head: H;
  inputs: number;
  scaler: StandardScaler | undefined;
  weights: StateDict;
  inference: Inference;
}

/** A fit under way: the parts that have to be freed and those that become the model. */
interface Job<H> {
  head: H;
  inputs: number;
  scaler: StandardScaler | undefined;
  program: Program;
  trainer: Trainer;
  data: Dataset[];
}

/** A program that `partialFit` goes on with. */
interface Session<H> {
  head: H;
  inputs: number;
  scaler: StandardScaler | undefined;
  program: Program;
  batchSize: number;
  epochs: number;
  steps: number;
}

const FIT_KEYS = ['signal', 'validationData', 'onEpoch', 'onBatch'];

/** The part that the estimators share: training, prediction in batches, files. @internal */
export abstract class Estimator<Y, H extends Head<Y>> {
  protected abstract readonly kind: string;
  protected abstract readonly options: TrainingOptions;
  private fitted: Fitted<H> | undefined;
  private session: Session<H> | undefined;
  private training = false;
  /** How raw rows became X (the state of a table preprocessor), for whoever reads the file; saved with the model. */
  table: JsonObject | undefined;

  /**
   * How the targets are read and scored. `train` are the rows to learn from; `previous` is the head of a model that
   * goes on learning.
   */
  protected abstract makeHead(y: Y, train: Int32Array, inputs: number, previous: H | undefined, hints: unknown): H;
  /** One class number a row when the validation part should keep the classes' shares. */
  protected abstract strata(y: Y): Int32Array | undefined;
  protected abstract rowsOf(y: Y): number;
  /** Targets that later changes of the caller's do not reach. */
  protected abstract copyOf(y: Y): Y;
  /** Everything that goes into the file beside the weights and the head, to build the same model again. */
  protected abstract config(): JsonObject;
  /** The layers, from the input `x` to [B, outputs]. */
  protected abstract addNetwork(graph: Graph, inputs: number, outputs: number): Node;
  /** What weights of a file were made for. @throws DataError when they are not those of such a model */
  protected abstract shapeOf(weights: StateDict, file: string): { inputs: number; outputs: number };
  /** The column `x` of rows that have been scaled. */
  protected inputColumn(matrix: Matrix): ColumnValue {
    return matrix;
  }

  // ------------------------------------------------------------------ training

  protected async fitWith(X: MatrixLike, y: Y, options: FitOptions<Y>): Promise<History> {
    const job = await this.inTurns(this.prepare(X, y, options, true));
    try {
      const history = await job.trainer.run(options.signal);
      this.commit(job);
      return history;
    } catch (error) {
      if (error instanceof AbortError && job.trainer.history.steps > 0) this.commit(job);
      throw error;
    } finally {
      this.endJob(job);
    }
  }

  protected fitSyncWith(X: MatrixLike, y: Y, options: FitOptions<Y>): History {
    const phases = this.prepare(X, y, options, false);
    let job: Job<H> | undefined;
    try {
      let turn = phases.next();
      while (!turn.done) turn = phases.next();
      job = turn.value;
      const history = job.trainer.runSync();
      this.commit(job);
      return history;
    } finally {
      if (job === undefined) this.training = false;
      else this.endJob(job);
    }
  }

  /** Goes through the phases of a preparation and lets the event loop have its turn between them. */
  private async inTurns(phases: Generator<void, Job<H>>): Promise<Job<H>> {
    // The first phase checks and copies: it has to be over before `fit` returns its promise.
    let turn = phases.next();
    try {
      while (!turn.done) {
        await setImmediate();
        turn = phases.next();
      }
      return turn.value;
    } catch (error) {
      this.training = false;
      throw error;
    }
  }

  /** One pass over the rows that goes on from where the last one ended. */
  protected async partialFitWith(X: MatrixLike, y: Y, hints: unknown): Promise<History> {
    this.assertIdle();
    const matrix = this.checkX(X);
    checkSameRows(this.rowsOf(y), 'y', matrix.rows, 'X');
    this.session ??= this.openSession(matrix, y, hints);
    const { session } = this;
    this.checkWidth(matrix, session.inputs);
    const data = this.makeData(session.head, session.scaler, matrix, y);
    const trainer = new Trainer(
      session.program,
      { data },
      {
        ...this.trainerOptions(session.head, matrix.rows),
        batchSize: Math.min(session.batchSize, matrix.rows),
        epochs: 1,
        firstEpoch: session.epochs,
        firstStep: session.steps,
      },
    );
    this.training = true;
    try {
      const history = await trainer.run();
      session.epochs++;
      session.steps += history.steps;
      this.commit(session);
      return history;
    } finally {
      this.training = false;
      data.dispose();
    }
  }

  private openSession(matrix: Matrix, y: Y, hints: unknown): Session<H> {
    const { options } = this;
    const known = this.fitted;
    if (known !== undefined) this.checkWidth(matrix, known.inputs);
    const head = this.makeHead(y, range(matrix.rows), matrix.cols, known?.head, hints);
    const scaler = known === undefined ? this.makeScaler(matrix, undefined) : known.scaler;
    const batchSize = options.batchSize === 'auto' ? 32 : options.batchSize;
    const program = this.makeProgram(head, matrix.cols, batchSize, 'train');
    if (known !== undefined) program.load(known.weights);
    return { head, inputs: matrix.cols, scaler, program, batchSize, epochs: 0, steps: 0 };
  }

  private assertIdle(): void {
    if (this.training) {
      throw new BusyError(`Expected one training of this ${this.kind} at a time. Await the first, or use another one.`);
    }
  }

  /** Rows as a fit works on them; with `copy` what the caller does to them later does not matter. */
  private take(X: MatrixLike, y: Y, copy: boolean, names = ['X', 'y']): { matrix: Matrix; targets: Y } {
    const matrix = this.checkX(X, names[0]);
    checkSameRows(this.rowsOf(y), names[1], matrix.rows, names[0]);
    return copy ? { matrix: matrix === X ? matrix.clone() : matrix, targets: this.copyOf(y) } : { matrix, targets: y };
  }

  /** Everything before the first step, cut where the event loop may have its turn. */
  private *prepare(X: MatrixLike, y: Y, options: FitOptions<Y>, copy: boolean): Generator<void, Job<H>> {
    checkKeys(options, FIT_KEYS, `\`${this.kind}.fit\``);
    this.assertIdle();
    const { validationData } = options;
    const { matrix, targets } = this.take(X, y, copy);
    const names = ['validationData[0]', 'validationData[1]'];
    const other = validationData === undefined ? undefined : this.take(...validationData, copy, names);
    if (other !== undefined) this.checkWidth(other.matrix, matrix.cols);
    const early = resolveEarlyStopping(
      this.options.earlyStopping,
      other !== undefined || this.options.validationSplit > 0,
    );
    this.training = true;
    yield;
    const { validationSplit, seed } = this.options;
    const own = validationSplit > 0 && other === undefined;
    const parts = own ? holdOut(matrix.rows, validationSplit, seed, this.strata(targets)) : undefined;
    yield;
    const { train, validation } = parts ?? {};
    const learned = train ?? range(matrix.rows);
    const head = this.makeHead(targets, learned, matrix.cols, undefined, undefined);
    yield;
    const scaler = this.makeScaler(matrix, train);
    yield;
    const data = [this.makeData(head, scaler, matrix, targets)];
    yield;
    let held: RowsOf | undefined = validation === undefined ? undefined : { data: data[0], indices: validation };
    let measureHeld = validation === undefined ? undefined : head.measure?.(targets, validation);
    if (other !== undefined) {
      data.push(this.makeData(head, scaler, other.matrix, other.targets));
      held = { data: data[1] };
      measureHeld = head.measure?.(other.targets, range(other.matrix.rows));
      yield;
    }
    const measure = head.measure?.(targets, learned);
    const program = this.makeProgram(head, matrix.cols, batchSizeFor(this.options.batchSize, learned.length), 'train');
    const trainer = new Trainer(
      program,
      { data: data[0], ...(train === undefined ? {} : { indices: train }) },
      {
        ...this.trainerOptions(head, learned.length),
        epochs: this.options.epochs,
        ...(held === undefined ? {} : { validation: held }),
        ...(early === undefined ? {} : { earlyStopping: early }),
        ...(measure === undefined
          ? {}
          : { metrics: (s, set) => ((set === 'train' ? measure : measureHeld) ?? measure)(s) }),
        ...(options.onEpoch === undefined ? {} : { onEpoch: options.onEpoch }),
        ...(options.onBatch === undefined ? {} : { onBatch: options.onBatch }),
      },
    );
    return { head, inputs: matrix.cols, scaler, program, trainer, data };
  }

  private trainerOptions(head: H, rows: number): Omit<TrainerOptions, 'epochs'> {
    const { options } = this;
    const batchSize = batchSizeFor(options.batchSize, rows);
    return {
      batchSize,
      learningRate: scheduleOf(options.learningRate, Math.ceil(rows / batchSize), options.epochs),
      seed: options.seed,
      shuffle: options.shuffle,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
      ...(head.converged === undefined ? {} : { converged: head.converged.bind(head) }),
    };
  }

  private endJob(job: Job<H>): void {
    this.training = false;
    job.program.dispose();
    for (const data of job.data) data.dispose();
    this.session?.program.dispose();
    this.session = undefined;
  }

  private makeScaler(matrix: Matrix, train: Int32Array | undefined): StandardScaler | undefined {
    if (!this.options.standardize) return undefined;
    return new StandardScaler().fit(train === undefined ? matrix : matrix.selectRows(train));
  }

  private makeData(head: H, scaler: StandardScaler | undefined, matrix: Matrix, y: Y): Dataset {
    const scaled = scaler === undefined ? matrix : scaler.transform(matrix);
    return createDataset({ x: this.inputColumn(scaled), y: head.encode(y) }, { rows: matrix.rows });
  }

  private commit({ head, inputs, scaler, program }: Pick<Job<H>, 'head' | 'inputs' | 'scaler' | 'program'>): void {
    this.adopt(head, inputs, scaler, program.state());
  }

  private adopt(head: H, inputs: number, scaler: StandardScaler | undefined, weights: StateDict): void {
    this.fitted?.inference.dispose();
    const compile = () => {
      const program = this.makeProgram(head, inputs, PREDICT_ROWS, 'predict');
      program.load(weights);
      return program;
    };
    this.fitted = { head, inputs, scaler, weights, inference: new Inference(compile, head.outputs) };
  }

  // ------------------------------------------------------------------ prediction

  /** The state that `fit` left. @throws HebbError with code ERR_NOT_FITTED */
  protected requireFitted(method: string): Fitted<H> {
    if (this.fitted === undefined) {
      throw new HebbError(
        'ERR_NOT_FITTED',
        `Expected ${this.kind} to be fitted before \`${method}\`. Call \`fit\` or \`load\` first.`,
      );
    }
    return this.fitted;
  }

  private prepareX(X: MatrixLike, method: string): { matrix: Matrix; fitted: Fitted<H> } {
    const fitted = this.requireFitted(method);
    const matrix = toMatrix(X, 'X');
    if (matrix.rows > 0) this.checkWidth(matrix, fitted.inputs);
    assertFinite(matrix, 'X');
    return {
      matrix: fitted.scaler === undefined || matrix.rows === 0 ? matrix : fitted.scaler.transform(matrix),
      fitted,
    };
  }

  /** The network's outputs for each row with what tells their meaning, on the calling thread. */
  protected outputsOf(X: MatrixLike, method: string): { outputs: Matrix; head: H } {
    const { matrix, fitted } = this.prepareX(X, method);
    const { rows, cols } = matrix;
    const outputs = fitted.inference.run(rows, (start, end) => {
      const part = matrix.data.subarray(start * cols, end * cols);
      return this.inputColumn(new Matrix(part, end - start, cols));
    });
    return { outputs, head: fitted.head };
  }

  /** Loss and metrics on rows with known targets. */
  protected measureOn(X: MatrixLike, y: Y): SliceStats {
    const { head, inputs, scaler, weights } = this.requireFitted('evaluate');
    const matrix = this.checkX(X);
    this.checkWidth(matrix, inputs);
    checkSameRows(this.rowsOf(y), 'y', matrix.rows, 'X');
    const data = this.makeData(head, scaler, matrix, y);
    const program = this.makeProgram(head, inputs, PREDICT_ROWS, 'measure');
    try {
      program.load(weights);
      return program.runSync(data, { mode: 'evaluate' });
    } finally {
      program.dispose();
      data.dispose();
    }
  }

  /** The same as `outputsOf` on a background thread; calls wait for one another. */
  protected async outputsOfAsync(
    X: MatrixLike,
    method: string,
    signal?: AbortSignal,
  ): Promise<{ outputs: Matrix; head: H }> {
    const { matrix, fitted } = this.prepareX(X, method);
    const outputs = await fitted.inference.runAsync(matrix.rows, this.inputColumn(matrix), signal);
    return { outputs, head: fitted.head };
  }

  // ------------------------------------------------------------------ shared

  private makeProgram(head: H, inputs: number, maxBatch: number, purpose: 'train' | 'measure' | 'predict'): Program {
    const { seed, threads } = this.options;
    const graph = new Graph();
    const outputs = this.addNetwork(graph, inputs, head.outputs);
    const precision = purpose === 'train' ? 'f32' : this.precision;
    const common = { maxBatch, seed, precision, ...(threads === undefined ? {} : { threads }) };
    if (purpose === 'predict') return graph.compile({ outputs: { y: head.addOutput(graph, outputs) } }, common);
    const { loss, metrics } = head.addLoss(graph, outputs);
    const optimizer = purpose === 'train' ? { optimizer: optimizerOf(this.options) } : {};
    return graph.compile({ loss, outputs: metrics }, { ...common, ...optimizer });
  }

  private checkX(X: MatrixLike, name = 'X'): Matrix {
    const matrix = toMatrix(X, name);
    if (matrix.rows === 0) throw new DataError(`Expected \`${name}\` to have at least 1 row, received 0.`);
    if (matrix.cols === 0) throw new DataError(`Expected \`${name}\` to have at least 1 column, received 0.`);
    assertFinite(matrix, name);
    return matrix;
  }

  private checkWidth(matrix: Matrix, inputs: number): void {
    if (matrix.cols !== inputs) {
      throw new ShapeError(`Expected \`X\` to have ${inputs} columns as in \`fit\`, received ${matrix.cols}.`);
    }
  }

  /**
   * What predictions and `evaluate` are computed in; may be changed at any time. A model from a file has 'f32'.
   *
   * On 540 held-out handwritten digits no probability moves by more than 0.05 with 'bf16' and 0.2 with 'int8', half of
   * the rows by less than 1e-4 and 1e-3, and accuracy by less than 0.005 and 0.01 (test/unit/models/precision.test.ts
   * prints the changes and checks these bounds).
   */
  get precision(): InferencePrecision {
    return this.options.precision;
  }

  set precision(value: InferencePrecision) {
    this.options.precision = checkOneOf(value, 'precision', PRECISIONS);
    this.fitted?.inference.dispose();
  }

  /** Units of the last layer: targets, classes, or 1 for two classes. @throws HebbError with code ERR_NOT_FITTED */
  get outputs(): number {
    return this.requireFitted('outputs').head.outputs;
  }

  /** Number of weights and biases. @throws HebbError with code ERR_NOT_FITTED */
  get parameters(): number {
    const { weights } = this.requireFitted('parameters');
    return Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);
  }

  /** Columns of X that the model was fitted on. @throws HebbError with code ERR_NOT_FITTED */
  get inputs(): number {
    return this.requireFitted('inputs').inputs;
  }

  /**
   * Copies of the weights by PyTorch's names, `layers.0.weight` [out, in], `layers.0.bias` [out], ...
   * @throws HebbError with code ERR_NOT_FITTED
   */
  state(): StateDict {
    const { weights } = this.requireFitted('state');
    return Object.fromEntries(
      Object.entries(weights).map(([name, { data, shape }]) => [name, { data: data.slice(), shape: [...shape] }]),
    );
  }

  /**
   * Writes the model, its preprocessing and its labels into one safetensors file, beside and renamed: the name always
   * holds either the old or the whole new file.
   *
   * @throws DataError when the file cannot be written
   * @throws HebbError with code ERR_NOT_FITTED
   */
  async save(file: string): Promise<void> {
    const { head, inputs, scaler, weights } = this.requireFitted('save');
    checkFile(file);
    await writeArtefact(file, {
      kind: this.kind,
      config: { inputs, outputs: head.outputs, ...this.config() },
      preprocessing: {
        ...(this.table === undefined ? {} : { table: this.table }),
        ...(scaler === undefined ? {} : { scaler: scaler.toJSON() }),
        ...head.preprocessing?.(),
      },
      ...(head.classes === undefined ? {} : { classes: head.classes() }),
      tensors: weights,
    });
  }

  /** Fills a new model from a file. @throws DataError when its parts do not fit together */
  protected restore(artefact: Artefact, head: H, file: string): void {
    const weights = weightsOf(artefact, file);
    const shape = this.shapeOf(weights, file);
    if (shape.outputs !== head.outputs) {
      throw new DataError(`Expected the last layer of ${file} to have ${head.outputs} rows, found ${shape.outputs}.`);
    }
    const saved = preprocessingOf(artefact);
    const scaler = saved.scaler === undefined ? undefined : StandardScaler.fromJSON(saved.scaler);
    if (scaler !== undefined && scaler.mean.length !== shape.inputs) {
      throw new DataError(
        `Expected the scaler of ${file} to have ${shape.inputs} columns, found ${scaler.mean.length}.`,
      );
    }
    if (saved.table !== undefined) this.table = saved.table as JsonObject;
    this.adopt(head, shape.inputs, scaler, weights);
  }

  /** Frees native memory now instead of when collected; the model stays usable. */
  dispose(): void {
    this.session?.program.dispose();
    this.session = undefined;
    this.fitted?.inference.dispose();
  }
}
