import { type Labels, splitIndices, type Target } from '../data';
import { DataError } from '../errors';
import type { TrainArguments } from './arguments';

/** Row numbers of the table in each part. */
export interface Parts {
  train: Int32Array;
  validation: Int32Array;
  test: Int32Array;
}

/** Fewest rows with a target that can be parted into training, validation and test rows. */
const MIN_ROWS = 10;

/** Row numbers of the table for each part; classes keep their shares where they are large enough. */
export function split(target: Target, options: TrainArguments): Parts {
  const { rows } = target;
  if (rows.length < MIN_ROWS) {
    throw new DataError(
      `Expected at least ${MIN_ROWS} rows with a value in '${target.name}' to train and test on, found ${rows.length}.`,
    );
  }
  const all = Int32Array.from(rows, (_, k) => k);
  const cut = (from: Int32Array, testSize: number): [Int32Array, Int32Array] => {
    if (testSize === 0) return [from, new Int32Array(0)];
    const settings = { testSize, seed: options.seed };
    const pick = (part: Int32Array) => part.map((k) => from[k]);
    if (target.task === 'classification') {
      const { labels } = target;
      const stratify = Array.from(from, (k) => labels[k]) as Labels;
      try {
        const parts = splitIndices(from.length, { ...settings, stratify });
        return [pick(parts.train), pick(parts.test)];
      } catch (error) {
        // A class too small to keep its share in both parts.
        if (!(error instanceof DataError)) throw error;
      }
    }
    const parts = splitIndices(from.length, settings);
    return [pick(parts.train), pick(parts.test)];
  };
  const [rest, test] = cut(all, options.testSplit);
  const [train, validation] = cut(rest, options.validationSplit);
  const toTable = (part: Int32Array) => part.map((k) => rows[k]);
  return { train: toTable(train), validation: toTable(validation), test: toTable(test) };
}
