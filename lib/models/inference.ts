import { Matrix, type StandardScaler } from '../data';
import { BusyError } from '../errors';
import { type Column, type ColumnValue, type Dataset, datasetOf, type Program } from '../graph';

/** Rows of one inference minibatch. */
export const PREDICT_ROWS = 256;

/**
 * Predictions with fixed weights. There are two programs, made at first use: one behind sync calls and one behind async
 * ones, so that neither waits for the other; async calls wait for one another.
 */
export class Inference {
  private sync: Program | undefined;
  private async: Program | undefined;
  private queue: Promise<unknown> = Promise.resolve();

  /** @param compile a program with the input `x` and the output `y`, [B, outputs] */
  constructor(
    private readonly compile: () => Program,
    readonly outputs: number,
  ) {}

  /**
   * The outputs for each row, on the calling thread.
   * @throws NonFiniteError with `finite` when the column holds NaN or Infinity
   */
  run(rows: number, column: ColumnValue, finite: boolean): Matrix {
    const out = Matrix.zeros(rows, this.outputs);
    if (rows === 0) return out;
    this.sync ??= this.compile();
    this.sync.forwardInto('data' in column ? column.data : column, rows, out.data, { finite });
    return out;
  }

  /** The same on a background thread, for rows that are scaled there first. The column is used up. */
  runAsync(column: Column, scaler: StandardScaler | undefined, signal: AbortSignal | undefined): Promise<Matrix> {
    const turn = this.queue.then(() => this.runColumn(column, scaler, signal));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async runColumn(
    column: Column,
    scaler: StandardScaler | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Matrix> {
    const { rows } = column;
    let data: Dataset | undefined;
    try {
      if (rows === 0) return Matrix.zeros(0, this.outputs);
      if (scaler !== undefined) await column.standardize(scaler, 0).start();
      data = datasetOf({ x: column }, rows);
      this.async ??= this.compile();
      const { data: values } = await this.async.predict(data, 'y', signal === undefined ? {} : { signal });
      return new Matrix(Float32Array.from(values), rows, this.outputs);
    } finally {
      column.dispose();
      data?.dispose();
    }
  }

  /** Frees the programs; the next call makes them again. */
  dispose(): void {
    for (const program of [this.sync, this.async]) {
      try {
        program?.dispose();
      } catch (error) {
        // A prediction still runs on it: the garbage collector frees it afterwards.
        if (!(error instanceof BusyError)) throw error;
      }
    }
    this.sync = undefined;
    this.async = undefined;
  }
}
