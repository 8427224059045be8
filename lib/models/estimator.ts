import { type MatrixLike, range, type StandardScaler } from '../data';
import { AbortError, ArgumentError, BusyError } from '../errors';
import type { Column, Dataset, Program } from '../graph';
import {
  type History,
  type RowsOf,
  resolveEarlyStopping,
  type TrainCallbacks,
  Trainer,
  type TrainerOptions,
} from '../train';
import { checkCallback, checkKeys, checkSameRows, checkSignal, show } from '../validate';
import { FittedModel } from './fittedModel';
import type { Head } from './head';
import { scheduleOf } from './learningRate';
import { batchSizeFor } from './mlpOptions';
import { runNow, runSoon, type Steps, step } from './steps';
import { holdOut } from './validationRows';

/** Options of one `fit`. */
export interface FitOptions<Y> extends TrainCallbacks {
  /** Ends the training within one minibatch: `fit` rejects with an `AbortError` and the model keeps the best weights. */
  signal?: AbortSignal;
  /** Rows to measure `valLoss` on, instead of `validationSplit`. */
  validationData?: readonly [X: MatrixLike, y: Y];
}

/** Rows and targets that the caller cannot change any more. */
interface Taken<Y> {
  x: Column;
  targets: Y;
  /** Columns of X. */
  inputs: number;
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

/** Data sets and what is measured on them. */
interface Sets {
  data: Dataset[];
  learned: number;
  indices: Int32Array | undefined;
  held: RowsOf | undefined;
  metrics: TrainerOptions['metrics'];
}

const FIT_KEYS = ['signal', 'validationData', 'onEpoch', 'onBatch'];
const VALIDATION = ['validationData[0]', 'validationData[1]'] as const;

/** @throws ArgumentError when an option is unknown or of another type */
function checkFitOptions<Y>(options: FitOptions<Y>, where: string): void {
  checkKeys(options, FIT_KEYS, where);
  checkSignal(options.signal);
  checkCallback(options.onEpoch, 'onEpoch');
  checkCallback(options.onBatch, 'onBatch');
  const { validationData } = options;
  if (validationData !== undefined && !(Array.isArray(validationData) && validationData.length === 2)) {
    throw new ArgumentError(`Expected \`validationData\` to be [X, y], received ${show(validationData)}.`);
  }
}

/** The part that the estimators share: how a model is trained. @internal */
export abstract class Estimator<Y, H extends Head<Y>> extends FittedModel<Y, H> {
  private session: Session<H> | undefined;
  private training = false;
  /** The session has to end, but is in use. */
  private ending = false;
  /**
   * How the targets are read and scored. `train` are the rows to learn from; `previous` is the head of a model that
   * goes on learning.
   */
  protected abstract makeHead(y: Y, train: Int32Array, inputs: number, previous: H | undefined, hints: unknown): H;
  /** One class number a row when the validation part should keep the classes' shares. */
  protected abstract strata(y: Y): Int32Array | undefined;
  /** Targets that later changes of the caller's do not reach; `name` is what messages call them. */
  protected abstract copyOf(y: Y, name?: string): Y;

  protected async fitWith(X: MatrixLike, y: Y, options: FitOptions<Y>): Promise<History> {
    const job = await runSoon(this.prepare(X, y, options));
    try {
      const history = await job.trainer.run(options.signal ?? undefined);
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
    const job = runNow(this.prepare(X, y, options));
    try {
      const history = job.trainer.runSync();
      this.commit(job);
      return history;
    } finally {
      this.endJob(job);
    }
  }

  /** One pass over the rows that goes on from where the last one ended. */
  protected async partialFitWith(X: MatrixLike, y: Y, hints: unknown): Promise<History> {
    this.assertIdle();
    const taken = this.take(X, y, ['X', 'y'], (this.session ?? this.fitted)?.inputs);
    this.training = true;
    try {
      return await this.pass(taken, hints);
    } finally {
      this.training = false;
      taken.x.dispose();
      if (this.ending) this.endSession();
    }
  }

  private async pass({ x, targets, inputs }: Taken<Y>, hints: unknown): Promise<History> {
    this.session ??= await runSoon(this.openSession(x, targets, inputs, hints));
    const { session } = this;
    const { rows } = x;
    const data = await runSoon(this.dataOf(session.head, session.scaler, x, targets));
    const trainer = new Trainer(
      session.program,
      { data },
      {
        ...this.trainerOptions(session.head, rows),
        batchSize: Math.min(session.batchSize, rows),
        epochs: 1,
        firstEpoch: session.epochs,
        firstStep: session.steps,
      },
    );
    try {
      const history = await trainer.run();
      session.epochs++;
      session.steps += history.steps;
      this.commit(session);
      return history;
    } catch (error) {
      this.recover(session);
      throw error;
    } finally {
      data.dispose();
    }
  }

  private *openSession(x: Column, targets: Y, inputs: number, hints: unknown): Steps<Session<H>> {
    const { options, fitted } = this;
    const head = this.makeHead(targets, range(x.rows), inputs, fitted?.head, hints);
    const scaler = fitted === undefined ? yield* this.scalerOf(x, undefined) : fitted.scaler;
    const batchSize = options.batchSize === 'auto' ? 32 : options.batchSize;
    const program = this.makeProgram(head, inputs, batchSize, 'train');
    if (fitted !== undefined) program.load(fitted.weights);
    return { head, inputs, scaler, program, batchSize, epochs: 0, steps: 0 };
  }

  /** After a pass that failed: the weights of the last one that did not, and an optimizer that starts anew. */
  private recover(session: Session<H>): void {
    const { fitted } = this;
    if (fitted?.head !== session.head) {
      this.ending = true; // no pass has succeeded yet
      return;
    }
    session.program.dispose();
    session.program = this.makeProgram(session.head, session.inputs, session.batchSize, 'train');
    session.program.load(fitted.weights);
  }

  private assertIdle(): void {
    if (this.training) {
      throw new BusyError(`Expected one training of this ${this.kind} at a time. Await the first, or use another one.`);
    }
  }

  /** The rows and targets as a training works on them: what the caller does to them later does not matter. */
  private take(X: MatrixLike, y: Y, [xName, yName]: readonly [string, string], inputs?: number): Taken<Y> {
    const matrix = this.checkX(X, xName);
    if (inputs !== undefined) this.checkWidth(matrix, inputs, xName);
    checkSameRows(this.rowsOf(y, yName), yName, matrix.rows, xName);
    const targets = this.copyOf(y, yName);
    return { x: this.columnOf(matrix, xName), targets, inputs: matrix.cols };
  }

  /** Everything before the first step, cut where the event loop may have its turn. */
  private *prepare(X: MatrixLike, y: Y, options: FitOptions<Y>): Steps<Job<H>> {
    checkFitOptions(options, `\`${this.kind}.fit\``);
    this.assertIdle();
    const { validationData } = options;
    const early = resolveEarlyStopping(
      this.options.earlyStopping,
      validationData !== undefined || this.options.validationSplit > 0,
    );
    const own = this.take(X, y, ['X', 'y']);
    const { inputs } = own;
    const other = validationData === undefined ? undefined : this.take(...validationData, VALIDATION, inputs);
    this.training = true;
    try {
      yield;
      const { validationSplit, seed } = this.options;
      const splits = validationSplit > 0 && other === undefined;
      const parts = splits ? holdOut(own.x.rows, validationSplit, seed, this.strata(own.targets)) : undefined;
      yield;
      const learned = parts?.train ?? range(own.x.rows);
      const head = this.makeHead(own.targets, learned, inputs, undefined, undefined);
      yield;
      const scaler = yield* this.scalerOf(own.x, parts?.train);
      const sets = yield* this.setsOf(head, scaler, own, other, parts);
      const batchSize = batchSizeFor(this.options.batchSize, sets.learned);
      const program = this.makeProgram(head, inputs, batchSize, 'train');
      const trainer = new Trainer(
        program,
        { data: sets.data[0], ...(sets.indices === undefined ? {} : { indices: sets.indices }) },
        {
          ...this.trainerOptions(head, sets.learned),
          epochs: this.options.epochs,
          ...(sets.held === undefined ? {} : { validation: sets.held }),
          ...(early === undefined ? {} : { earlyStopping: early }),
          ...(sets.metrics === undefined ? {} : { metrics: sets.metrics }),
          ...(options.onEpoch === undefined ? {} : { onEpoch: options.onEpoch }),
          ...(options.onBatch === undefined ? {} : { onBatch: options.onBatch }),
        },
      );
      return { head, inputs, scaler, program, trainer, data: sets.data };
    } catch (error) {
      this.training = false;
      own.x.dispose();
      other?.x.dispose();
      throw error;
    }
  }

  /** The rows to learn from and those to measure on. */
  private *setsOf(
    head: H,
    scaler: StandardScaler | undefined,
    own: Taken<Y>,
    other: Taken<Y> | undefined,
    parts: { train: Int32Array; validation: Int32Array } | undefined,
  ): Steps<Sets> {
    const { rows } = own.x;
    const train = parts?.train ?? range(rows);
    const data = [yield* this.dataOf(head, scaler, own.x, own.targets)];
    yield;
    let held: RowsOf | undefined = parts && { data: data[0], indices: parts.validation };
    let measureHeld = parts && head.measure?.(own.targets, parts.validation);
    if (other !== undefined) {
      const otherRows = other.x.rows;
      data.push(yield* this.dataOf(head, scaler, other.x, other.targets, VALIDATION[1]));
      held = { data: data[1] };
      measureHeld = head.measure?.(other.targets, range(otherRows));
      yield;
    }
    const measure = head.measure?.(own.targets, train);
    yield;
    return {
      data,
      learned: train.length,
      indices: parts?.train,
      held,
      metrics: measure && ((stats, set) => ((set === 'train' ? measure : measureHeld) ?? measure)(stats)),
    };
  }

  private *scalerOf(x: Column, train: Int32Array | undefined): Steps<StandardScaler | undefined> {
    if (!this.options.standardize) return undefined;
    return yield* step(x.scaler(train, this.options.threads ?? 0));
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
    this.endSession();
  }

  private commit({ head, inputs, scaler, program }: Pick<Job<H>, 'head' | 'inputs' | 'scaler' | 'program'>): void {
    this.adopt(head, inputs, scaler, program.state());
  }

  /** Forgets what `partialFit` goes on with, after the pass that may run. */
  protected endSession(): void {
    this.ending = this.training;
    if (this.training) return;
    this.session?.program.dispose();
    this.session = undefined;
  }

  /** Frees native memory now instead of when collected; the model stays usable. */
  override dispose(): void {
    this.endSession();
    super.dispose();
  }
}
