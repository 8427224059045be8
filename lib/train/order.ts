import { Philox } from '../data';

/**
 * The rows of one epoch in random order, drawn as they are needed, so that shuffling millions of rows never holds the
 * event loop up: Fisher-Yates from the front, for i = 0, 1, ...: swap rows[i] with rows[i + below(i, n - i)].
 *
 * The order depends on the rows, the seed and the epoch alone.
 */
export class EpochOrder {
  private readonly rows: Int32Array;
  private readonly rng: Philox | undefined;
  private done = 0;

  /** `shuffle` false keeps the rows as they are. */
  constructor(rows: Int32Array, seed: number, epoch: number, shuffle: boolean) {
    this.rows = rows.slice();
    this.rng = shuffle ? new Philox(seed, ORDER_STREAM + epoch) : undefined;
  }

  get length(): number {
    return this.rows.length;
  }

  /** Rows start..end-1 of the epoch. A copy: native jobs may hold it while later rows are drawn. */
  take(start: number, end: number): Int32Array {
    this.draw(end);
    return this.rows.slice(start, end);
  }

  /** Draws the rows up to `end`, for instance while the slice before computes. */
  draw(end: number): void {
    const { rows, rng } = this;
    const n = rows.length;
    const stop = Math.min(end, n);
    if (rng !== undefined) {
      for (let i = this.done; i < stop; i++) {
        const j = i + rng.below(i, n - i);
        const kept = rows[i] as number;
        rows[i] = rows[j] as number;
        rows[j] = kept;
      }
    }
    this.done = Math.max(this.done, stop);
  }
}

/** Streams of epoch e: 'order' in ASCII above the streams that lib/data draws from, plus e. */
const ORDER_STREAM = 0x6f72646572 * 256;
