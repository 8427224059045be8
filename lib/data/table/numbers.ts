/** The character between whole numbers and fractions. */
export type DecimalMark = '.' | ',';

const FLOAT32_MAX = 3.4028234663852886e38;

/** Whether a cell is a number that float32 cannot hold. */
export const isTooLarge = (cell: string): boolean => Math.abs(Number(cell)) > FLOAT32_MAX;

/** 10^k for the k up to which it is exact in float64. */
const POWERS = Float64Array.from({ length: 23 }, (_, k) => 10 ** k);

/**
 * The value of plain digits with at most one point and a sign, undefined for anything else. Up to 15 digits are an exact
 * integer, and dividing it by an exact power of ten rounds once: the result is that of the full conversion (Clinger 1990),
 * in a fifth of its time.
 */
function parsePlain(cell: string): number | undefined {
  const length = cell.length;
  if (length === 0 || length > 16) return undefined;
  const first = cell.charCodeAt(0);
  let digits = 0;
  let value = 0;
  let point = -1;
  for (let i = first === 45 ? 1 : 0; i < length; i++) {
    const digit = cell.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digits++;
    } else if (digit === -2 && point < 0) point = i;
    else return undefined;
  }
  if (digits === 0 || digits > 15) return undefined;
  const size = point < 0 ? value : value / POWERS[length - 1 - point];
  return first === 45 ? -size : size;
}

/** Currencies that stand before or behind an amount; codes are named, so that part numbers are no money. */
const MONEY = String.raw`\p{Sc}|USD|EUR|GBP|JPY|CHF|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|KRW|SGD|HKD`;

/** Groups of three digits between marks, or plain digits, with a fraction; `group` are the marks that group. */
const digitsPattern = (group: string, decimal: string) =>
  String.raw`[1-9]\d{0,2}(?<mark>[${group}])\d{3}(?:\k<mark>\d{3})*(?:${decimal}\d+)?|\d+(?:${decimal}\d*)?|${decimal}\d+`;

const written = (group: string, decimal: string) =>
  new RegExp(
    String.raw`^(?<open>\()?(?<sign>[-+\u2212]?)\s*(?<before>${MONEY})?\s*(?<inner>[-+\u2212]?)(?<digits>${digitsPattern(group, decimal)})\s*(?<after>${MONEY}|%)?(?<close>\))?$`,
    'u',
  );

// White space as a mark is the no-break space of typographers, too; the apostrophe is Swiss.
const WRITTEN: Record<DecimalMark, RegExp> = {
  '.': written(String.raw`,'\u2019\s`, String.raw`\.`),
  ',': written(String.raw`.'\u2019\s`, ','),
};

/** Longest text that is looked at as a number of people. */
const MAX_WRITTEN = 48;

interface Written {
  value: number;
  /** The currency, '%', or '' for a bare number. */
  unit: string;
}

/**
 * Numbers as people write them: 1,234,567; 1.234,50; 1 234,5; $12.34; 12,34 €; (1,200) for a negative amount; 12.5 % is
 * 0.125. Undefined for anything else.
 */
export function parseWritten(cell: string, decimal: DecimalMark): Written | undefined {
  if (cell.length > MAX_WRITTEN) return undefined;
  const groups = WRITTEN[decimal].exec(cell.trim())?.groups;
  if (groups === undefined) return undefined;
  const { open, close, sign, inner, before, after, mark, digits } = groups;
  if ((open === undefined) !== (close === undefined) || (sign !== '' && inner !== '')) return undefined;
  if (before !== undefined && after !== undefined) return undefined;
  const plain = (mark === undefined ? digits : digits.replaceAll(mark, '')).replace(decimal, '.');
  const size = after === '%' ? Number(plain) / 100 : Number(plain);
  const minus = open !== undefined || /[-\u2212]/.test(sign + inner);
  return { value: minus ? -size : size, unit: before ?? after ?? '' };
}

/**
 * A number as it stands in tables: sign, digits, fraction, exponent, blanks around it, or as people write it
 * (`parseWritten`). NaN for anything else, also for hexadecimal numbers, for empty text, and for what is too large for
 * float32.
 */
export function parseNumber(cell: string, decimal: DecimalMark): number {
  if (decimal === '.') {
    const plain = parsePlain(cell);
    if (plain !== undefined) return plain;
    // Number('') is 0 and Number('0x1f') is 31: such texts begin with a blank or hold a letter after a 0.
    const value = +cell;
    if (!Number.isNaN(value)) {
      const isNumber = Number.isFinite(Math.fround(value)) && (value !== 0 || cell.trim() !== '');
      return isNumber && !(cell.length > 2 && /^\s*[+-]?0[xob]/i.test(cell)) ? value : Number.NaN;
    }
  } else if (!cell.includes('.')) {
    const comma = cell.indexOf(',');
    if (comma < 0) return parseNumber(cell, '.');
    const value = cell.includes(',', comma + 1) ? Number.NaN : parseNumber(cell.replace(',', '.'), '.');
    if (!Number.isNaN(value)) return value;
  }
  return parseWritten(cell, decimal)?.value ?? Number.NaN;
}

/**
 * The decimal mark that a text proves by the way it is written, undefined when it fits both or is no number: 1,5 and 0,125
 * and 1.234,5 prove a comma, 1.5 and 1,234,567 a point, 1,234 nothing.
 */
export function decimalEvidence(cell: string): DecimalMark | undefined {
  if (cell.length > MAX_WRITTEN || !/[.,]/.test(cell)) return undefined;
  const asPoint = parseNumber(cell, '.');
  const asComma = parseNumber(cell, ',');
  if (Number.isNaN(asPoint) === Number.isNaN(asComma)) return undefined;
  return Number.isNaN(asPoint) ? ',' : '.';
}
