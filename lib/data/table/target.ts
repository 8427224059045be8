import { DataError } from '../../errors';
import { checkKeys, checkOneOf, show } from '../../validate';
import { CODE_OTHER, type NumericColumn, type TableColumn, type WordsColumn, wordAt } from './column';
import type { Table } from './table';

/** What is predicted: classes or numbers. */
export type Task = 'classification' | 'regression';

/** The column to predict, as numbers or labels. */
export type Target = ClassTarget | NumberTarget;

/** What both kinds of targets have. */
interface TargetBase {
  /** The column. */
  name: string;
  /** The rows of the table whose target is not missing, ascending. */
  rows: Int32Array;
}

/** A target of classes. */
export interface ClassTarget extends TargetBase {
  /** Tells it from a target of numbers. */
  task: 'classification';
  /** One label for each of `rows`: words as they stand in the file, numbers as numbers. */
  labels: string[] | number[];
}

/** A target of numbers. */
export interface NumberTarget extends TargetBase {
  /** Tells it from a target of classes. */
  task: 'regression';
  /** One number for each of `rows`. */
  values: Float64Array;
}

/** Whole numbers with at most this many distinct values are taken for classes. */
const MAX_NUMERIC_CLASSES = 20;

/** Fewest rows a distinct value, on average, for whole numbers to be taken for classes. */
const MIN_ROWS_PER_CLASS = 5;

/**
 * Which task a target column asks for: words and two values are classes; whole numbers with at most 20 distinct values
 * of at least 5 rows each, on average, as well; other numbers are quantities.
 */
export function inferTask(column: TableColumn): Task {
  if (column.storage === 'words' || column.type === 'boolean') return 'classification';
  const { levels, stats } = column;
  const filled = column.rows - column.missing;
  const few = levels !== undefined && levels.length <= MAX_NUMERIC_CLASSES;
  return few && stats?.integer && filled >= levels.length * MIN_ROWS_PER_CLASS ? 'classification' : 'regression';
}

function usableRows(column: TableColumn): Int32Array {
  const rows = new Int32Array(column.rows - column.missing);
  let n = 0;
  for (let i = 0; i < column.rows; i++) {
    const missing = column.storage === 'words' ? column.codes[i] === 0 : Number.isNaN(column.values[i]);
    if (!missing) rows[n++] = i;
  }
  return rows;
}

function wordLabels(column: WordsColumn, rows: Int32Array): string[] {
  const filled = rows.length;
  if (column.codes.includes(CODE_OTHER) || (filled >= 20 && column.distinct > filled / 2)) {
    throw new DataError(
      `Expected the target ${show(column.name)} to hold classes, it has ${column.distinct} distinct values in ${filled} rows.`,
    );
  }
  return Array.from(rows, (i) => wordAt(column, i) as string);
}

function numberLabels(column: NumericColumn, rows: Int32Array): number[] {
  const { levels } = column;
  if (levels === undefined) {
    throw new DataError(
      `Expected the target ${show(column.name)} to hold classes, it has more than 1000 distinct numbers.`,
    );
  }
  // Columns are kept in float32; the levels have the exact labels.
  const exact = new Map(levels.map((level) => [Math.fround(level), level]));
  if (exact.size !== levels.length) {
    throw new DataError(
      `Expected the classes of the target ${show(column.name)} to differ in float32. Read it as words: types: { ${column.name}: 'category' }.`,
    );
  }
  return Array.from(rows, (i) => exact.get(column.values[i]) as number);
}

/**
 * Takes the column to predict out of a table. Rows without a target are left out.
 *
 * @param options `task` overrides what `inferTask` says
 * @throws DataError when there is no such column (the nearest is named), it holds fewer than two values, or it does not
 *   fit the task
 */
export function takeTarget(table: Table, name: string, options: { task?: Task | 'auto' } = {}): Target {
  checkKeys(options, ['task'], 'takeTarget');
  const column = table.column(name);
  const asked = checkOneOf(options.task ?? 'auto', 'task', ['auto', 'classification', 'regression']);
  if (column.type === 'empty' || column.type === 'constant') {
    const what = column.type === 'empty' ? 'no values' : 'the same value in every row';
    throw new DataError(`Expected the target ${show(name)} to have at least 2 distinct values, it has ${what}.`);
  }
  if (column.type === 'date')
    throw new DataError(`Expected the target ${show(name)} to hold classes or numbers, it holds dates.`);
  const task = asked === 'auto' ? inferTask(column) : asked;
  const rows = usableRows(column);
  if (task === 'classification') {
    const labels = column.storage === 'words' ? wordLabels(column, rows) : numberLabels(column, rows);
    return { task, name, rows, labels };
  }
  if (column.storage === 'words') {
    throw new DataError(
      `Expected the target ${show(name)} to hold numbers for regression, found ${show(column.dictionary[0])}.`,
    );
  }
  return { task, name, rows, values: Float64Array.from(rows, (i) => column.values[i]) };
}
