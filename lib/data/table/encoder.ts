import type { JsonObject } from '../state';
import type { Storage, TableColumn } from './column';
import type { DecimalMark } from './numbers';
import type { RawCells } from './rawCells';
import type { Cell } from './table';

/** What encoders of every kind are fitted with. */
export interface EncoderOptions {
  scale: 'standard' | 'minMax' | 'none';
  maxCategories: number;
  handleUnknown: 'ignore' | 'error';
  /** Of the table. */
  decimal: DecimalMark;
}

/** The same with the room of `scratchFor`. */
export interface FitOptions extends EncoderOptions {
  scratch: Float32Array;
}

/** Writes rows of a column: output c of the k-th of `rows` goes to out[at + k * stride + c]. */
export type ColumnWriter = (rows: ArrayLike<number>, out: Float32Array, at: number, stride: number) => void;

/** Turns one column into one or more columns of the matrix. */
export interface ColumnEncoder {
  readonly name: string;
  /** The stored forms of a table's column that it can encode. */
  readonly accepts: readonly Storage[];
  /** Names of the output columns. */
  readonly outputs: readonly string[];
  /** Prepares to encode a table's column. */
  columnWriter(column: TableColumn): ColumnWriter;
  /** Writes a raw cell at out[at...]. What it cannot read counts as missing, and `raw` is told. */
  encodeCell(cell: Cell, out: Float32Array, at: number, raw: RawCells): void;
  toJSON(): JsonObject;
}

/** The name of the output column that marks missing cells. */
export const missingName = (name: string): string => `${name} (missing)`;
