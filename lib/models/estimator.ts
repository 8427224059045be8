import { setImmediate } from 'node:timers/promises';
import { type Matrix, type MatrixLike, range, StandardScaler } from '../data';
import { AbortError, BusyError } from '../errors';
import type { Dataset, Program } from '../graph';
import {
  type History,
  type RowsOf,
  resolveEarlyStopping,
  type TrainCallbacks,
  Trainer,
  type TrainerOptions,
} from '../train';
import { checkKeys, checkSameRows } from '../validate';
import { FittedModel } from './fittedModel';
import type { Head } from './head';
import { scheduleOf } from './learningRate';
import { batchSizeFor } from './mlpOptions';
import { holdOut } from './validationRows';

/** Options of one `fit`. */
export interface FitOptions<Y> extends TrainCallbacks {
  /** Ends the training within one minibatch: `fit` rejects with an `AbortError` and the model keeps the best weights. */
  signal?: AbortSignal;
  /** Rows to measure `valLoss` on, instead of `validationSplit`. */
  validationData?: readonly [X: MatrixLike, y: Y];
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

/** The part that the estimators share: how a model is trained. @internal */
export abstract class Estimator<Y, H extends Head<Y>> extends FittedModel<Y, H> {
  private session: Session<H> | undefined;
  private training = false;
  /**
   * How the targets are read and scored. `train` are the rows to learn from; `previous` is the head of a model that
   * goes on learning.
   */
  protected abstract makeHead(y: Y, train: Int32Array, inputs: number, previous: H | undefined, hints: unknown): H;
  /** One class number a row when the validation part should keep the classes' shares. */
  protected abstract strata(y: Y): Int32Array | undefined;
  /** Targets that later changes of the caller's do not reach. */
  protected abstract copyOf(y: Y): Y;
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

  private commit({ head, inputs, scaler, program }: Pick<Job<H>, 'head' | 'inputs' | 'scaler' | 'program'>): void {
    this.adopt(head, inputs, scaler, program.state());
  }

  /** Frees native memory now instead of when collected; the model stays usable. */
  override dispose(): void {
    this.session?.program.dispose();
    this.session = undefined;
    super.dispose();
  }
}
