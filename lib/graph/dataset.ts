import { ArgumentError, ShapeError } from '../errors';
import { type NativeDataset, native } from '../native';
import { checkInteger, checkKeys, checkObject, show } from '../validate';
import { Column, guarded } from './column';
import type { ColumnValue, Dataset, DType } from './types';

const isFlat = (value: unknown): value is { length: number } => ArrayBuffer.isView(value);

/** The rows of the data set: those given, those of a column that tells them, or those of the shortest flat column. */
function countRows(entries: readonly [string, ColumnValue | Column][], given: number | undefined): number {
  if (given !== undefined) return checkInteger(given, 'rows', { min: 0, max: 0x7fffffff });
  const tall = entries.find(([, value]) => !isFlat(value));
  if (tall === undefined) return Math.min(...entries.map(([, value]) => (value as Float32Array).length));
  return (tall[1] as { rows?: number } | null)?.rows ?? 0;
}

class ColumnDataset implements Dataset {
  readonly rows: number;
  readonly columns: Readonly<Record<string, { readonly dtype: DType; readonly width: number }>>;
  readonly handle: NativeDataset;

  constructor(values: Readonly<Record<string, ColumnValue | Column>>, given?: number) {
    const entries = Object.entries(values);
    if (entries.length === 0) throw new ArgumentError('Expected a data set to have at least one column.');
    const rows = countRows(entries, given);
    const own: Column[] = [];
    try {
      const columns = entries.map(([name, value]) => {
        if (value instanceof Column) return value;
        const column = new Column(name, value, rows);
        own.push(column);
        return column;
      });
      columns.forEach((column, i) => {
        if (column.rows === rows) return;
        throw new ShapeError(`Expected column '${entries[i][0]}' to have ${rows} rows, received ${column.rows}.`);
      });
      this.rows = rows;
      this.columns = Object.freeze(
        Object.fromEntries(columns.map(({ dtype, width }, i) => [entries[i][0], { dtype, width }])),
      );
      this.handle = guarded(() =>
        native().datasetCreate(
          rows,
          columns.map((column) => column.handle),
        ),
      );
    } finally {
      for (const column of own) column.dispose();
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
 * Takes named columns of equally many rows into native memory, where many runs can use them. They are copied, so that
 * later changes do not matter, with one exception: a column over a SharedArrayBuffer is read in place, at every run; the
 * data set keeps it alive, and whoever writes to it meanwhile decides what the runs see.
 *
 * @param options `rows`: how many there are. Default: those of a Matrix-like column, else those of the shortest column
 *   (of width 1).
 * @throws ShapeError when a column does not have that many rows
 * @throws ArgumentError when there is no column, one is of another kind, or an option is unknown
 * @throws DataError when the memory of a column was transferred away
 */
export function createDataset(
  columns: Readonly<Record<string, ColumnValue>>,
  options: { rows?: number } = {},
): Dataset {
  checkObject(columns, 'columns', 'values by the name of their column');
  checkKeys(options, ['rows'], 'createDataset');
  return new ColumnDataset(columns, options.rows);
}

/** A data set of columns that are in native memory already, and of others. */
export function datasetOf(columns: Readonly<Record<string, ColumnValue | Column>>, rows: number): Dataset {
  return new ColumnDataset(columns, rows);
}

/** The native columns behind a data set. */
export function datasetHandle(data: Dataset): NativeDataset {
  if (data instanceof ColumnDataset) return data.handle;
  throw new ArgumentError(`Expected a data set made by createDataset, received ${show(data)}.`);
}
