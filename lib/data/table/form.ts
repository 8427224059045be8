import { type DateFormat, dateFormat, isMissing } from './cells';
import type { Storage } from './column';
import { type DecimalMark, decimalEvidence, parseNumber } from './numbers';

/** Reads a column in a given way instead of looking at its cells. */
export type ColumnHint = 'number' | 'category' | 'date';

/** How the cells of a column are to be read. */
export interface ColumnForm {
  storage: Storage;
  decimal: DecimalMark;
  dateFormat?: DateFormat;
  /** What the caller says that it is: then it is no identifier and no free text. */
  asked?: ColumnHint;
}

/** The share of cells that may be of another form before a column is read as words. */
export const TOLERANCE = 0.01;

/** The decimal mark that most of the cells prove; undefined when none does. */
export function decimalOf(cells: Iterable<string>): DecimalMark | undefined {
  let [points, commas] = [0, 0];
  for (const cell of cells) {
    const mark = decimalEvidence(cell);
    if (mark === '.') points++;
    else if (mark === ',') commas++;
  }
  if (points + commas === 0) return undefined;
  return commas > points ? ',' : '.';
}

/** How to read a column whose first cells are these, in a table whose numbers mostly have this decimal mark. */
export function inferForm(cells: readonly string[], tableDecimal: DecimalMark): ColumnForm {
  const filled = cells.filter((cell) => !isMissing(cell));
  const decimal = decimalOf(filled) ?? tableDecimal;
  const numbers = filled.filter((cell) => !Number.isNaN(parseNumber(cell, decimal))).length;
  if (filled.length - numbers <= TOLERANCE * filled.length) return { storage: 'number', decimal };
  const format = dateFormat(filled);
  return format === undefined ? { storage: 'words', decimal } : { storage: 'date', decimal, dateFormat: format };
}
