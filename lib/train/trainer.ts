import { AbortError, ArgumentError } from '../errors';
import type { AsyncRunOptions, Dataset, EpochStats, Program, SliceStats, StateDict } from '../graph';
import { type Schedule, sampleSchedule } from '../optim';
import { BestTracker, type EarlyStopping } from './earlyStopping';
import { EpochRuns, type RunRequest } from './epochRuns';
import { type EpochRecord, emptyHistory, type History, recordEpoch } from './history';

/** Rows of a data set. */
export interface RowsOf {
  data: Dataset;
  /** Default: all rows in order. */
  indices?: Int32Array;
  /** Which column of the data set feeds which input; default: those of the same name. */
  columns?: Readonly<Record<string, string>>;
}

/** Where an epoch is, told while it runs. */
export interface BatchProgress {
  /** From 0. */
  epoch: number;
  /** Epochs that were asked for. */
  epochs: number;
  /** Minibatches of this epoch that are done, of `steps`. */
  step: number;
  /** Minibatches of this epoch. */
  steps: number;
  /** Mean loss of the epoch's rows so far. */
  loss: number;
}

/** What is told while a model trains. */
export interface TrainCallbacks {
  /** After each epoch. Returning false ends the training (`stoppedBy` is 'callback'). A promise is awaited by `fit`. */
  onEpoch?: (record: EpochRecord, history: History) => unknown;
  /** While an epoch runs: at most about 30 times a second, and never by `fitSync`. */
  onBatch?: (progress: BatchProgress) => void;
}

export interface TrainerOptions extends TrainCallbacks {
  epochs: number;
  /** Rows of one minibatch; the last one of an epoch may have fewer. */
  batchSize: number;
  /** A number, or a function of the optimizer step (from 0). */
  learningRate: number | Schedule;
  /** Of the order of the rows. */
  seed: number;
  /** Draw a new order every epoch. */
  shuffle: boolean;
  validation?: RowsOf;
  earlyStopping?: EarlyStopping;
  threads?: number;
  /** The number of the first epoch: an order of rows that went before is not drawn again. Default 0. */
  firstEpoch?: number;
  /** The number of the first optimizer step, for the schedule. Default 0. */
  firstStep?: number;
  /** Asked after each epoch: true ends the training (`stoppedBy` is 'converged'). */
  converged?: (record: EpochRecord) => boolean;
  /** The epoch's figures from the means that the program measured. Default: those means by their names. */
  metrics?: (stats: EpochStats, set: 'train' | 'validation') => Record<string, number>;
}

type Loop<T> = Generator<RunRequest | { wait: unknown }, T, SliceStats>;

/**
 * Trains a program on rows of a data set: epochs of minibatches in an order drawn anew each time, validation, early
 * stopping with the best weights put back, schedules, history, callbacks. It owns what lies between native calls;
 * neither the program nor the data sets are disposed of.
 */
export class Trainer {
  readonly history: History = emptyHistory();
  private best: StateDict | undefined;
  private started = 0;
  private readonly runs: EpochRuns;

  constructor(
    private readonly program: Program,
    train: RowsOf,
    private readonly options: TrainerOptions,
  ) {
    this.runs = new EpochRuns(train, options, this.history);
  }

  /**
   * Trains on a background thread.
   * @throws AbortError when `signal` fires: within one minibatch; `partial` is the history, and the program holds the
   *   weights of the best epoch (with validation rows or early stopping) or else the newest ones
   * @throws NonFiniteError when the loss becomes NaN or infinite
   */
  async run(signal?: AbortSignal): Promise<History> {
    if (signal?.aborted) throw this.aborted(undefined, signal.reason);
    const loop = this.loop();
    let turn = loop.next();
    while (!turn.done) {
      const request = turn.value;
      let pending: RunRequest | undefined;
      try {
        if ('wait' in request) {
          await request.wait;
          if (signal?.aborted) throw new AbortError();
          turn = loop.next();
        } else {
          pending = request;
          const stats = await this.job(request, signal);
          pending = undefined;
          turn = loop.next(stats);
        }
      } catch (error) {
        if (!(error instanceof AbortError)) throw error;
        // What an evaluation or a callback had done of its own is no training.
        const training = pending?.options.mode === 'train' ? (error.partial as SliceStats | undefined) : undefined;
        throw this.aborted(training, signal?.reason ?? error);
      }
    }
    return turn.value;
  }

  /** Trains on the calling thread; the event loop stands still meanwhile. */
  runSync(): History {
    const loop = this.loop();
    let turn = loop.next();
    while (!turn.done) {
      const request = turn.value;
      if ('wait' in request) {
        throw new ArgumentError('Expected `onEpoch` to return no promise in `fitSync`. Use `fit` to wait for one.');
      }
      turn = loop.next(this.program.runSync(request.rows.data, request.options));
    }
    return turn.value;
  }

  private job(request: RunRequest, signal: AbortSignal | undefined): Promise<SliceStats> {
    const options: AsyncRunOptions = { ...request.options };
    if (signal !== undefined) options.signal = signal;
    if (request.onProgress !== undefined) options.onProgress = request.onProgress;
    const job = this.program.run(request.rows.data, options);
    request.meanwhile?.();
    return job;
  }

  /** Settles an aborted training, of whose last call `slice` was done: best weights back, history closed. */
  private aborted(slice: SliceStats | undefined, cause: unknown): AbortError<History> {
    const finished = slice?.epochs ?? [];
    for (const epoch of finished) this.note(epoch);
    const noted = finished.reduce((steps, epoch) => steps + epoch.steps, 0);
    this.history.steps += (slice?.steps ?? 0) - noted;
    this.finish('abort', true);
    const epochs = this.history.epochs.length;
    return new AbortError(`Training was aborted after ${epochs} of ${this.options.epochs} epochs.`, {
      partial: this.history,
      cause,
    });
  }

  private *loop(): Loop<History> {
    const { options, history } = this;
    const tracker = this.tracker();
    this.started = performance.now();
    for (let epoch = 0, together: number; epoch < options.epochs; epoch += together) {
      together = this.runs.together(epoch);
      if (together > 1) {
        for (const stats of yield* this.runs.several(epoch, together)) this.note(stats);
        continue;
      }
      const begin = performance.now();
      const record = this.recordOf(yield* this.runs.epoch(epoch));
      if (options.validation !== undefined) {
        const stats = yield* this.runs.evaluation(options.validation);
        record.valLoss = stats.loss;
        Object.assign(record.metrics, this.figures(stats, 'validation'));
      }
      record.seconds = (performance.now() - begin) / 1000;
      recordEpoch(history, record);
      const { improved, exhausted } = tracker?.see(record) ?? { improved: false, exhausted: false };
      if (tracker === undefined) history.bestEpoch = epoch;
      if (improved) {
        this.best = this.program.state();
        history.bestEpoch = epoch;
      }
      const answer = options.onEpoch?.(record, history);
      if (answer instanceof Promise) yield { wait: answer };
      if (answer === false) return this.finish('callback', options.earlyStopping?.restoreBest ?? false);
      if (options.converged?.(record)) return this.finish('converged', options.earlyStopping?.restoreBest ?? false);
      if (exhausted) return this.finish('earlyStopping', options.earlyStopping?.restoreBest ?? false);
    }
    return this.finish('epochs', options.earlyStopping?.restoreBest ?? false);
  }

  /** What the newest epoch measured. Its steps are counted already. */
  private recordOf(stats: EpochStats): EpochRecord {
    const { options, history } = this;
    const last = (options.firstStep ?? 0) + history.steps - 1;
    return {
      epoch: history.epochs.length,
      loss: stats.loss,
      learningRate: sampleSchedule(options.learningRate, last, 1)[0],
      seconds: stats.seconds,
      metrics: this.figures(stats, 'train'),
    };
  }

  /** Puts an epoch that nobody waited for into the history. */
  private note(stats: EpochStats): void {
    this.history.steps += stats.steps;
    this.history.bestEpoch = this.history.epochs.length;
    recordEpoch(this.history, this.recordOf(stats));
  }

  /** What decides which epoch is the best; without early stopping the validation loss, kept in case of an abort. */
  private tracker(): BestTracker | undefined {
    const { earlyStopping, validation } = this.options;
    if (earlyStopping !== undefined) {
      const { monitor, mode, minDelta, patience } = earlyStopping;
      return new BestTracker(monitor, mode, minDelta, patience);
    }
    return validation === undefined ? undefined : new BestTracker('valLoss', 'min');
  }

  private figures(stats: EpochStats, set: 'train' | 'validation'): Record<string, number> {
    const own = this.options.metrics?.(stats, set) ?? stats.metrics;
    if (set === 'train') return { ...own };
    const named: Record<string, number> = {};
    for (const [name, value] of Object.entries(own)) named[`val${name[0].toUpperCase()}${name.slice(1)}`] = value;
    return named;
  }

  private finish(reason: History['stoppedBy'], restore: boolean): History {
    const { history } = this;
    history.stoppedBy = reason;
    history.seconds = (performance.now() - this.started) / 1000;
    if (restore && this.best !== undefined) this.program.load(this.best);
    else history.bestEpoch = history.epochs.length - 1;
    this.best = undefined;
    return history;
  }
}
