import { ArgumentError, ShapeError } from './errors';

/** How a value is shown in a message: short, and never the whole of a large array. */
export function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 57)}...'` : `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return value.length > 8 ? `an array of ${value.length} elements` : JSON.stringify(value);
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${(value as unknown as ArrayLike<unknown>).length})`;
  if (value instanceof Object && value.constructor === Object) return 'a plain object';
  if (value instanceof Object) return `a ${value.constructor?.name ?? 'plain'} object`;
  return String(value);
}

/** The Damerau-Levenshtein distance (optimal string alignment) of two short strings, in edits. */
function editDistance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => {
    const row = new Array<number>(b.length + 1).fill(0);
    row[0] = i;
    return row;
  });
  const cell = (i: number, j: number): number => (rows[i] as number[])[j] as number;
  for (let j = 0; j <= b.length; j++) (rows[0] as number[])[j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, cell(i - 2, j - 2) + 1);
      (rows[i] as number[])[j] = best;
    }
  }
  return cell(a.length, b.length);
}

/** The candidate most like `name` (case and separators aside), or undefined when none is near. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const plain = (s: string) =>
    s
      .slice(0, 100)
      .toLowerCase()
      .replace(/[-_\s]/g, '');
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(plain(name), plain(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  // Of a name of one letter every other letter is one edit away.
  const most = Math.min(plain(name).length - 1, Math.max(1, Math.floor(name.length / 3)));
  return best !== undefined && bestDistance <= most ? best : undefined;
}

/** "Did you mean `x`?" with a leading blank, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const match = nearest(name, candidates);
  return match === undefined ? '' : ` Did you mean \`${match}\`?`;
}

/** Refuses anything but a plain object whose keys are all known. */
export function checkKeys(options: unknown, known: readonly string[], where: string): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new ArgumentError(`Expected the options of ${where} to be an object, received ${show(options)}.`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new ArgumentError(
        `Unknown option \`${key}\` for ${where}.${didYouMean(key, known)} Known options: ${known.join(', ')}.`,
      );
    }
  }
}

export interface NumberRange {
  min?: number;
  max?: number;
  /** The bounds themselves are refused. */
  exclusiveMin?: boolean;
  exclusiveMax?: boolean;
  integer?: boolean;
}

/** What a number of a range is, in words. */
export function rangeText(range: NumberRange): string {
  const kind = range.integer ? 'an integer' : 'a finite number';
  const low = range.min === undefined ? undefined : `${range.exclusiveMin ? 'above' : 'at least'} ${range.min}`;
  const high = range.max === undefined ? undefined : `${range.exclusiveMax ? 'below' : 'at most'} ${range.max}`;
  const bounds = [low, high].filter((b) => b !== undefined).join(' and ');
  return bounds === '' ? kind : `${kind} ${bounds}`;
}

/** Whether a value is a finite number inside a range. */
export function isNumberIn(value: unknown, range: NumberRange): value is number {
  return (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (!range.integer || Number.isInteger(value)) &&
    (range.min === undefined || (range.exclusiveMin ? value > range.min : value >= range.min)) &&
    (range.max === undefined || (range.exclusiveMax ? value < range.max : value <= range.max))
  );
}

/** A finite number inside a range. */
export function checkNumber(value: unknown, name: string, range: NumberRange = {}): number {
  if (!isNumberIn(value, range))
    throw new ArgumentError(`Expected \`${name}\` to be ${rangeText(range)}, received ${show(value)}.`);
  return value;
}

/** An integer inside a range. */
export function checkInteger(value: unknown, name: string, range: NumberRange = {}): number {
  if (Number.isInteger(value) && isNumberIn(value, range)) return value;
  return checkNumber(value, name, { ...range, integer: true });
}

export function checkBoolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') {
    throw new ArgumentError(`Expected \`${name}\` to be true or false, received ${show(value)}.`);
  }
  return value;
}

/** An object that is neither an array nor a buffer; `what` says what it holds. */
export function checkObject<T>(value: T, name: string, what: string): T {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw new ArgumentError(`Expected \`${name}\` to be an object of ${what}, received ${show(value)}.`);
  }
  return value;
}

/** A function, or undefined when it is left out. */
export function checkCallback<F>(value: F, name: string): F {
  if (value !== undefined && typeof value !== 'function') {
    throw new ArgumentError(`Expected \`${name}\` to be a function, received ${show(value)}.`);
  }
  return value;
}

/** An AbortSignal of any realm; undefined for undefined and null. */
export function checkSignal(value: unknown, name = 'signal'): AbortSignal | undefined {
  if (value === undefined || value === null) return undefined;
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>;
  const ok =
    typeof aborted === 'boolean' && typeof addEventListener === 'function' && typeof removeEventListener === 'function';
  if (!ok) {
    throw new ArgumentError(
      `Expected \`${name}\` to be an AbortSignal, received ${show(value)}. Pass \`controller.signal\` of an AbortController.`,
    );
  }
  return value as AbortSignal;
}

/** One of a few names, with the nearest one suggested. */
export function checkOneOf<T extends string>(value: unknown, name: string, allowed: readonly T[]): T {
  if (typeof value === 'string' && (allowed as readonly string[]).includes(value)) return value as T;
  const hint = typeof value === 'string' ? didYouMean(value, allowed) : '';
  const list = allowed.map((a) => `'${a}'`).join(', ');
  throw new ArgumentError(`Expected \`${name}\` to be one of ${list}, received ${show(value)}.${hint}`);
}

/** Labels of any kind, one a row. */
export function checkLabels(labels: ArrayLike<string | number>, rows: number, reference: string): void {
  if (labels === null || typeof labels !== 'object' || typeof labels.length !== 'number') {
    throw new ArgumentError(`Expected \`labels\` to be an array of strings or numbers, received ${show(labels)}.`);
  }
  checkSameRows(labels.length, 'labels', rows, reference);
}

/** Two lengths that must agree. */
export function checkSameRows(actual: number, name: string, expected: number, reference: string): void {
  if (actual !== expected) {
    throw new ShapeError(
      `Expected \`${name}\` to have ${expected} rows to match \`${reference}\`, received ${actual}.`,
    );
  }
}

/** A seed: an integer from 0 to 2^53 - 1. */
export function checkSeed(value: unknown, name = 'seed'): number {
  return checkInteger(value, name, { min: 0, max: Number.MAX_SAFE_INTEGER });
}
