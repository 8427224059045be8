/** Texts that stand for a missing cell, compared without surrounding blanks. */
const MISSING = new Set([
  '',
  '?',
  '-',
  'NA',
  'N/A',
  'n/a',
  '#N/A',
  '<NA>',
  'NaN',
  'nan',
  '-NaN',
  '-nan',
  'NULL',
  'null',
  'None',
  'none',
  'nil',
]);

/** Whether the text of a cell stands for a missing value. */
export function isMissing(cell: string): boolean {
  return cell === '' || (cell.length < 8 && MISSING.has(cell.trim()));
}

/** The order of day, month and year in a column. */
export type DateFormat = 'ymd' | 'dmy' | 'mdy';

const TIME = '(?:[T ](\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,]\\d+)?)?\\s*(Z|[+-]\\d{2}:?\\d{2})?)?$';
const YEAR_FIRST = new RegExp(`^\\s*(\\d{4})([-/.])(\\d{1,2})\\2(\\d{1,2})${TIME}`);
const YEAR_LAST = new RegExp(`^\\s*(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4})${TIME}`);

function offsetMinutes(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone[0] === '-' ? -minutes : minutes;
}

/** Milliseconds since 1970 (UTC where no zone is given), NaN for anything but a date of that form. */
export function parseDate(cell: string, format: DateFormat): number {
  const match = (format === 'ymd' ? YEAR_FIRST : YEAR_LAST).exec(cell.trimEnd());
  if (match === null) return Number.NaN;
  const parts = [match[1], match[3], match[4]].map(Number);
  const [year, month, day] =
    format === 'ymd' ? parts : format === 'dmy' ? [parts[2], parts[1], parts[0]] : [parts[2], parts[0], parts[1]];
  const [hour, minute, second] = [match[5], match[6], match[7]].map((part) => Number(part ?? 0));
  const date = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC carries 31 February into March; such cells are no dates.
  const back = new Date(Date.UTC(year, month - 1, day));
  const valid =
    back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 61;
  return valid ? date - offsetMinutes(match[8]) * 60_000 : Number.NaN;
}

/**
 * The form in which all cells are dates, or undefined. Day and month of 03/04/2020 are told apart by the other cells of
 * the column; when none decides, only dots (03.04.2020) are taken, as day.month.year.
 */
export function dateFormat(cells: readonly string[]): DateFormat | undefined {
  const fits = (format: DateFormat) => cells.every((cell) => !Number.isNaN(parseDate(cell, format)));
  if (cells.length === 0) return undefined;
  if (fits('ymd')) return 'ymd';
  const [dmy, mdy] = [fits('dmy'), fits('mdy')];
  if (dmy && mdy) return cells.every((cell) => cell.includes('.')) ? 'dmy' : undefined;
  return dmy ? 'dmy' : mdy ? 'mdy' : undefined;
}

/** Pairs of words that make a boolean column, false first. */
const BOOLEAN_PAIRS = [
  ['false', 'true'],
  ['no', 'yes'],
  ['n', 'y'],
  ['f', 't'],
  ['off', 'on'],
  ['0', '1'],
];

/** Whether two words, in any order, are one of the usual pairs for false and true. */
export function isBooleanPair(a: string, b: string): boolean {
  const words = [a.toLowerCase(), b.toLowerCase()].sort();
  return BOOLEAN_PAIRS.some((pair) => [...pair].sort().every((word, i) => word === words[i]));
}

/** Whether a word means true in one of the usual pairs. */
export function isTrueWord(word: string): boolean {
  const lower = word.toLowerCase();
  return BOOLEAN_PAIRS.some((pair) => pair[1] === lower);
}
