import type { DateFormat } from './cells';
import type { DecimalMark } from './numbers';

/** What a column holds. Columns of type id, text, constant and empty are no features. */
export type ColumnType = 'number' | 'category' | 'boolean' | 'date' | 'id' | 'text' | 'constant' | 'empty';

/** How a column's cells are kept: as numbers, as dates, or as numbers of words in a dictionary. */
export type Storage = 'number' | 'date' | 'words';

/** What all columns have. */
interface ColumnBase {
  /** As the table calls it. */
  readonly name: string;
  /** What the column holds. */
  readonly type: ColumnType;
  /** Cells, missing ones included. */
  readonly rows: number;
  /** Cells without a value. */
  readonly missing: number;
  /** Cells that were not of the column's form and count as missing. */
  readonly invalid: number;
  /** The text of the first of them. */
  readonly invalidExample: string | undefined;
  /** Its row, from 0 on. */
  readonly invalidRow: number | undefined;
  /** Distinct values; a lower bound when `distinctIsExact` is false. */
  readonly distinct: number;
  /** Whether all distinct values were counted. */
  readonly distinctIsExact: boolean;
}

/** Figures of the values of a numeric column, in float64. Dates count in days since 1970. */
export interface ColumnStats {
  /** The least value. */
  min: number;
  /** The greatest value. */
  max: number;
  /** Their mean. */
  mean: number;
  /** Sample standard deviation (n - 1); 0 for a single value. */
  std: number;
  /** All values are whole numbers. */
  integer: boolean;
  /** Each value is greater than the one before. */
  increasing: boolean;
}

/** A column of numbers or dates. */
export interface NumericColumn extends ColumnBase {
  /** How cells are kept. */
  readonly storage: 'number' | 'date';
  /** One value a row, NaN where missing; dates in days since 1970. */
  readonly values: Float32Array;
  /** Undefined when every cell is missing. */
  readonly stats: ColumnStats | undefined;
  /** The distinct values in float64, ascending, when they are few enough to be counted. */
  readonly levels: readonly number[] | undefined;
  /** Of date columns. */
  readonly dateFormat: DateFormat | undefined;
  /** The character between whole numbers and fractions in this column. */
  readonly decimal: DecimalMark;
  /** How many cells carry a currency or '%', by that sign: '12.5 %' is kept as 0.125, '$12' as 12. */
  readonly units: ReadonlyMap<string, number>;
}

/** A column of words. */
export interface WordsColumn extends ColumnBase {
  /** How cells are kept. */
  readonly storage: 'words';
  /** One number a row: 0 missing, 1 a word outside the dictionary, k + 2 the k-th word of the dictionary. */
  readonly codes: Uint16Array;
  /** In the order of first appearance. */
  readonly dictionary: readonly string[];
  /** Rows of each word of the dictionary. */
  readonly counts: readonly number[];
}

/** A column of a table as it was read. */
export type TableColumn = NumericColumn | WordsColumn;

/** Codes of a WordsColumn that are no word. */
export const CODE_MISSING = 0;
export const CODE_OTHER = 1;
export const CODE_FIRST = 2;

/** The word of a row, or undefined where it is missing or outside the dictionary. */
export function wordAt(column: WordsColumn, row: number): string | undefined {
  return column.dictionary[column.codes[row] - CODE_FIRST];
}
