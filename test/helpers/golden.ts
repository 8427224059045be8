import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A file of test/golden; the script of the same name in scripts/golden makes it. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(path.join(__dirname, '..', 'golden', `${name}.json`), 'utf8')) as T;
}

/** Largest |a - b| / max(1, |b|); NaN (null in golden files) equals NaN. */
export function largestError(actual: ArrayLike<number>, expected: ArrayLike<number | null>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < actual.length; i++) {
    const [a, b] = [actual[i], expected[i] ?? Number.NaN];
    if (Number.isNaN(a) && Number.isNaN(b)) continue;
    const error = a === b ? 0 : Math.abs(a - b) / Math.max(1, Math.abs(b));
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  return worst;
}
