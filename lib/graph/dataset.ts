import { ArgumentError, fromNative, ShapeError } from '../errors';
import { type NativeDataset, native } from '../native';
import { checkInteger, show } from '../validate';
import type { ColumnValue, Dataset, DType } from './types';

interface Column {
  dtype: DType;
  width: number;
  data: Float32Array | Int32Array;
}

function readColumn(name: string, value: ColumnValue, rows: number | undefined): Column & { rows: number } {
  if (value instanceof Float32Array || value instanceof Int32Array) {
    const count = rows ?? value.length;
    if (count === 0 ? value.length !== 0 : value.length % count !== 0) {
      throw new ShapeError(
        `Expected column '${name}' to hold a multiple of ${count} values, received ${value.length}.`,
      );
    }
    const width = count === 0 ? 1 : value.length / count;
    return { dtype: value instanceof Int32Array ? 'i32' : 'f32', width, data: value, rows: count };
  }
  if (value instanceof Object && value.data instanceof Float32Array && value.data.length === value.rows * value.cols) {
    return { dtype: 'f32', width: value.cols, data: value.data, rows: value.rows };
  }
  throw new ArgumentError(
    `Expected column '${name}' to be a Matrix, a Float32Array or an Int32Array, received ${show(value)}.`,
  );
}

class ColumnDataset implements Dataset {
  readonly rows: number;
  readonly columns: Readonly<Record<string, { readonly dtype: DType; readonly width: number }>>;
  readonly handle: NativeDataset;

  constructor(values: Readonly<Record<string, ColumnValue>>, rows?: number) {
    const entries = Object.entries(values);
    if (entries.length === 0) throw new ArgumentError('Expected a data set to have at least one column.');
    const given = rows === undefined ? undefined : checkInteger(rows, 'rows', { min: 0, max: 0x7fffffff });
    const tall = entries.find(([, value]) => !ArrayBuffer.isView(value));
    const count = given ?? (tall === undefined ? undefined : (tall[1] as { rows: number }).rows);
    const flat = count ?? Math.min(...entries.map(([, value]) => (value as Float32Array).length));
    const columns = entries.map(([name, value]) => readColumn(name, value, flat));
    columns.forEach((column, i) => {
      if (column.rows !== flat) {
        throw new ShapeError(`Expected column '${entries[i][0]}' to have ${flat} rows, received ${column.rows}.`);
      }
    });
    this.rows = flat;
    this.columns = Object.freeze(
      Object.fromEntries(columns.map((column, i) => [entries[i][0], { dtype: column.dtype, width: column.width }])),
    );
    try {
      this.handle = native().datasetCreate(
        flat,
        Int32Array.from(columns, (column) => column.width),
        columns.map((column) => column.data),
      );
    } catch (error) {
      throw fromNative(error);
    }
  }

  dispose(): void {
    native().datasetDispose(this.handle);
  }
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Copies named columns of equally many rows into native memory. Rows are settled by a Matrix-like column, else by
 * `rows`, else by the shortest column (of width 1).
 * @throws ShapeError when a column does not have that many rows
 */
export function createDataset(
  columns: Readonly<Record<string, ColumnValue>>,
  options: { rows?: number } = {},
): Dataset {
  return new ColumnDataset(columns, options.rows);
}

/** The native columns behind a data set. */
export function datasetHandle(data: Dataset): NativeDataset {
  if (data instanceof ColumnDataset) return data.handle;
  throw new ArgumentError(`Expected a data set made by createDataset, received ${show(data)}.`);
}
