import { range } from '../data';
import type { EpochStats, RunOptions, RunProgress, SliceStats } from '../graph';
import { sampleSchedule } from '../optim';
import type { History } from './history';
import { EpochOrder } from './order';
import type { RowsOf, TrainerOptions } from './trainer';

/**
 * Rows in one native call. It bounds what is drawn ahead on the JavaScript thread (a few ms at most) and is part of the shape
 * alone, so that sums over slices are the same bits on every machine.
 */
const ROWS_A_SLICE = 16_384;

/** A native call: what to run, and what to do while it runs. */
export interface RunRequest {
  rows: RowsOf;
  options: RunOptions;
  onProgress?: (progress: RunProgress) => void;
  /** Called once the job has started: work to do meanwhile. */
  meanwhile?: () => void;
}
/** Asks for native calls, one after the other, and is given what they measured. */
export type Runs<T> = Generator<RunRequest, T, SliceStats>;

/** Means over the rows of several slices, in order. Those of one slice are its own, to the bit. */
class Means {
  rows = 0;
  steps = 0;
  private loss = 0;
  private metrics: Record<string, number> = {};
  private first: EpochStats | undefined;

  add(stats: EpochStats): void {
    this.first = this.rows === 0 ? stats : undefined;
    this.rows += stats.rows;
    this.steps += stats.steps;
    this.loss += stats.loss * stats.rows;
    for (const [name, value] of Object.entries(stats.metrics)) {
      this.metrics[name] = (this.metrics[name] ?? 0) + value * stats.rows;
    }
  }

  get stats(): EpochStats {
    if (this.first !== undefined) return this.first;
    const metrics: Record<string, number> = {};
    for (const [name, sum] of Object.entries(this.metrics)) metrics[name] = sum / this.rows;
    return { steps: this.steps, rows: this.rows, loss: this.loss / this.rows, metrics, seconds: 0 };
  }
}

/** How epochs become native calls: a long one is cut into slices, short ones go together. Counts the steps of `history`. */
export class EpochRuns {
  /** The rows to learn from. */
  private readonly indices: Int32Array;
  private drawn: { epoch: number; rows: Int32Array } | undefined;

  constructor(
    private readonly train: RowsOf,
    private readonly options: TrainerOptions,
    private readonly history: History,
  ) {
    this.indices = train.indices ?? range(train.data.rows);
  }

  /**
   * How many epochs from `epoch` on one call can take: several where they are short and nobody has to be asked or told
   * anything between them. A call costs as much as dozens of minibatches of a small net.
   */
  together(epoch: number): number {
    const { validation, earlyStopping, onEpoch, onBatch, converged, epochs } = this.options;
    for (const between of [validation, earlyStopping, onEpoch, onBatch, converged]) if (between !== undefined) return 1;
    return Math.max(1, Math.min(epochs - epoch, Math.floor(ROWS_A_SLICE / Math.max(1, this.indices.length))));
  }

  /** `count` epochs from `epoch` on in one call. The steps of each are the caller's to count. */
  *several(epoch: number, count: number): Runs<EpochStats[]> {
    const { options, train, indices } = this;
    const rows = this.drawn?.epoch === epoch ? this.drawn.rows : this.draw(epoch, count);
    const next = epoch + count;
    const stats = yield {
      rows: train,
      options: {
        ...this.runOptions(train, rows),
        mode: 'train',
        epochs: count,
        learningRates: this.rates(count * Math.ceil(indices.length / options.batchSize)),
      },
      meanwhile: () => {
        this.drawn = next < options.epochs ? { epoch: next, rows: this.draw(next, this.together(next)) } : undefined;
      },
    };
    return stats.epochs ?? [];
  }

  /** The rows of `count` epochs, one epoch after the other. */
  private draw(epoch: number, count: number): Int32Array {
    const rows = this.indices.length;
    const out = new Int32Array(count * rows);
    for (let i = 0; i < count; i++) out.set(this.order(epoch + i).take(0, rows), i * rows);
    return out;
  }

  private order(epoch: number): EpochOrder {
    const { seed, shuffle, firstEpoch = 0 } = this.options;
    return new EpochOrder(this.indices, seed, firstEpoch + epoch, shuffle);
  }

  /** One epoch, in slices. */
  *epoch(epoch: number): Runs<EpochStats> {
    const { options, train, history } = this;
    const { batchSize } = options;
    const rows = this.indices.length;
    const order = this.order(epoch);
    const slice = Math.max(1, Math.floor(ROWS_A_SLICE / batchSize)) * batchSize;
    const means = new Means();
    for (let start = 0; start < rows; start += slice) {
      const end = Math.min(rows, start + slice);
      const before = { steps: means.steps, rows: means.rows, loss: means.rows > 0 ? means.stats.loss : 0 };
      const request: RunRequest = {
        rows: train,
        options: {
          ...this.runOptions(train, order.take(start, end)),
          mode: 'train',
          learningRates: this.rates(Math.ceil((end - start) / batchSize)),
        },
        meanwhile: () => order.draw(end + slice),
      };
      if (options.onBatch !== undefined) {
        request.onProgress = (p) => {
          const seen = before.rows + p.step * batchSize;
          options.onBatch?.({
            epoch,
            epochs: options.epochs,
            step: before.steps + p.step,
            steps: Math.ceil(rows / batchSize),
            loss: (before.loss * before.rows + p.loss * p.step * batchSize) / seen,
          });
        };
      }
      const stats = yield request;
      means.add(stats);
      history.steps += stats.steps;
    }
    return means.stats;
  }

  /** The measures of `set`; changes nothing. */
  *evaluation(set: RowsOf): Runs<EpochStats> {
    return yield { rows: set, options: { ...this.runOptions(set, set.indices), mode: 'evaluate' } };
  }

  private runOptions(set: RowsOf, indices: Int32Array | undefined): RunOptions {
    const out: RunOptions = { batchSize: this.options.batchSize };
    if (indices !== undefined) out.indices = indices;
    if (set.columns !== undefined) out.columns = set.columns;
    if (this.options.threads !== undefined) out.threads = this.options.threads;
    return out;
  }

  /** Of the next `steps` steps. */
  private rates(steps: number): Float64Array {
    return sampleSchedule(this.options.learningRate, (this.options.firstStep ?? 0) + this.history.steps, steps);
  }
}
