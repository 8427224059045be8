import { type DecimalMark, inferForm, isMissing, parseNumber } from '../../data';
import { DataError } from '../../errors';
import { show } from '../../validate';

/** Names that columns without a header get. */
const MADE_UP = /^column_\d+$/;

/** What a first record is found to be by. */
export interface HeaderHints {
  decimal: DecimalMark;
  /** Names that the file is known to have. */
  expected?: readonly string[];
}

const isYear = (cell: string): boolean => /^(1[5-9]|2[01])\d\d$/.test(cell);

/** Whether the numbers of a first record are years that name columns: in steps of 10 at most, or beside words. */
function areYearNames(first: readonly string[]): boolean {
  const numbers = first.filter((cell) => !Number.isNaN(parseNumber(cell, '.')));
  if (!numbers.every(isYear)) return false;
  if (first.some((cell) => !isMissing(cell) && Number.isNaN(parseNumber(cell, '.')))) return true;
  const step = Number(numbers[1]) - Number(numbers[0]);
  return Math.abs(step) <= 10 && numbers.every((year, i) => i === 0 || Number(year) - Number(numbers[i - 1]) === step);
}

/** What the first cell of a column says beside the ones below it: 1 it is a name, -1 it is a value, 0 nothing. */
function vote(cell: string, below: readonly string[], decimal: DecimalMark, yearNames: boolean): number {
  if (isMissing(cell)) return 0;
  const form = inferForm([cell], decimal).storage;
  if (below.length === 0) return form === 'number' ? -1 : 0;
  const rest = inferForm(below, decimal).storage;
  if (form === 'number') {
    if (yearNames && isYear(cell) && !below.every(isYear)) return 0;
    return rest === 'number' ? -1 : 0;
  }
  if (rest === 'number') return 1;
  if (rest === 'date') return form === 'date' ? -1 : 1;
  return below.includes(cell) ? -1 : 0;
}

/**
 * Whether the first record names the columns: when it holds a name that is expected, or its cells are of another kind than
 * the cells below. Where those are words, too, it does when each of its cells is a word of its own.
 */
export function looksLikeHeader(records: readonly string[][], { decimal, expected = [] }: HeaderHints): boolean {
  const first = records[0].map((cell) => cell.trim());
  if (expected.length > 0) {
    const names = new Set(expected);
    if (first.some((cell) => names.has(cell))) return true;
    if (expected.every((name) => MADE_UP.test(name))) return false;
  }
  const yearNames = areYearNames(first);
  const below = (j: number) =>
    records
      .slice(1)
      .map((record) => (record[j] ?? '').trim())
      .filter((cell) => !isMissing(cell));
  const votes = first.reduce((sum, cell, j) => sum + vote(cell, below(j), decimal, yearNames), 0);
  if (votes !== 0) return votes > 0;
  const named = first.every(
    (cell) => !isMissing(cell) && (Number.isNaN(parseNumber(cell, decimal)) || (yearNames && isYear(cell))),
  );
  return named && new Set(first).size === first.length;
}

/** The number of columns: nameless ones at the end whose cells are all empty come of delimiters at the ends of lines. */
function widthOf(records: readonly string[][]): number {
  const [first, ...body] = records;
  let width = first.length;
  const isBare = (j: number) => body.every((record) => (record[j] ?? '').trim() === '');
  while (width > 1 && first[width - 1].trim() === '' && isBare(width - 1)) width--;
  return width;
}

/**
 * The names of the columns, made up where there are none.
 * @throws DataError when a name occurs twice
 */
export function namesOf(records: readonly string[][], header: boolean, file: string): string[] {
  const first = header ? records[0].slice(0, widthOf(records)) : records[0];
  const names = first.map((cell, j) => {
    const name = j === 0 ? cell.trim().replace(/^#\s*(?=.)/, '') : cell.trim();
    return header && name !== '' ? name : `column_${j + 1}`;
  });
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined) {
    throw new DataError(
      `Expected each column name of ${file} once, found ${show(twice)} twice. Rename one of them, or say \`--no-header\`, in code \`header: false\`, when the first record holds data.`,
    );
  }
  return names;
}
