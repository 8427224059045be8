// How figures are written, on pages and in terminals alike.

let integers: Intl.NumberFormat | undefined;

/** A whole number with thousands marks. */
export function count(value: number): string {
  integers ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  return integers.format(value);
}

/** Four significant digits; whole and with thousands marks from 1,000 on; an exponent only where zeros would be many. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return 'n/a';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return value.toExponential(3);
  const rounded = size >= 1000 ? value : Number(value.toPrecision(4));
  return Math.abs(rounded) >= 1000 ? count(rounded) : String(rounded);
}

/** 0.9722 as '97.22 %'. */
export const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)} %`;

/** A moment, in milliseconds since 1970, as its day in UTC. */
export const day = (ms: number): string => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().split('T')[0] : 'n/a');

/** A count with its noun: '1 row', '1,234 rows'. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;
