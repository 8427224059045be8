import { Philox } from '../data';
import { DataError } from '../errors';

/** Row numbers to learn from and to hold out, both ascending. */
export interface Parts {
  train: Int32Array;
  validation: Int32Array;
}

/** Streams of class c: 'hold' in ASCII above the streams that lib/data draws from, plus c. */
const HOLD_STREAM = 0x686f6c64 * 2 ** 16;

/**
 * Holds out a fraction of the rows at random; where `strata` tells the class of each row (from 0), each class gives its
 * share, but never its last row. Only the rows that are held out are drawn, so that a million rows take a few ms.
 *
 * @throws DataError when there is no row to hold out
 */
export function holdOut(rows: number, fraction: number, seed: number, strata: Int32Array | undefined): Parts {
  const members = strata === undefined ? [all(rows)] : groups(strata);
  const quotas = shares(
    members.map((group) => group.length),
    Math.max(1, Math.round(fraction * rows)),
  );
  const held = new Uint8Array(rows);
  let count = 0;
  for (const [c, group] of members.entries()) {
    const rng = new Philox(seed, HOLD_STREAM + c);
    for (let i = 0; i < quotas[c]; i++) {
      const j = i + rng.below(i, group.length - i);
      const drawn = group[j];
      group[j] = group[i];
      held[drawn] = 1;
    }
    count += quotas[c];
  }
  if (count === 0) {
    throw new DataError(`Expected more than ${rows} rows (or two of a class) to hold some out by \`validationSplit\`.`);
  }
  const parts = { train: new Int32Array(rows - count), validation: new Int32Array(count) };
  for (let i = 0, t = 0, v = 0; i < rows; i++) {
    if (held[i] === 1) parts.validation[v++] = i;
    else parts.train[t++] = i;
  }
  return parts;
}

function all(rows: number): Int32Array {
  const out = new Int32Array(rows);
  for (let i = 0; i < rows; i++) out[i] = i;
  return out;
}

/** The rows of each class. */
function groups(strata: Int32Array): Int32Array[] {
  let classes = 0;
  for (let i = 0; i < strata.length; i++) classes = Math.max(classes, strata[i] + 1);
  const counts = new Int32Array(classes);
  for (let i = 0; i < strata.length; i++) counts[strata[i]]++;
  const out = Array.from(counts, (count) => new Int32Array(count));
  const filled = new Int32Array(classes);
  for (let i = 0; i < strata.length; i++) {
    const c = strata[i];
    out[c][filled[c]++] = i;
  }
  return out;
}

/** `total` rows apportioned by largest remainders (the lower class first among equal ones), each below its count. */
function shares(counts: readonly number[], total: number): number[] {
  const rows = counts.reduce((a, b) => a + b, 0);
  const exact = counts.map((count) => (count / rows) * total);
  const out = exact.map((share, c) => Math.max(0, Math.min(Math.floor(share), counts[c] - 1)));
  const order = counts
    .map((_, c) => c)
    .sort((a, b) => exact[b] - Math.floor(exact[b]) - (exact[a] - Math.floor(exact[a])));
  let missing = total - out.reduce((a, b) => a + b, 0);
  for (const c of order) {
    if (missing > 0 && out[c] < counts[c] - 1) {
      out[c]++;
      missing--;
    }
  }
  return out;
}
