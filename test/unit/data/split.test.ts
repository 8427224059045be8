import {
  KFold,
  type Labels,
  Matrix,
  Philox,
  type SplitOptions,
  StratifiedKFold,
  splitIndices,
  trainTestSplit,
} from '../../../lib/data';
import { thrown } from '../../helpers/errors';
import { golden } from '../../helpers/golden';

interface SplitCase {
  rows: number;
  labels?: number[];
  options: { test_size?: number; train_size?: number };
  sizes: [number, number] | null;
  trainCounts: number[];
  testCounts: number[];
}
interface FoldCase {
  rows: number;
  nSplits: number;
  labels: number[];
  test: number[][];
  stratified?: number[][];
}
const { splits, folds } = golden<{ splits: SplitCase[]; folds: FoldCase[] }>('data');

const optionsOf = ({ options }: SplitCase): Pick<SplitOptions, 'testSize' | 'trainSize'> => ({
  testSize: options.test_size,
  trainSize: options.train_size,
});

function counts(labels: ArrayLike<number>, rows: ArrayLike<number>, classes: number): number[] {
  const out = new Array<number>(classes).fill(0);
  for (let k = 0; k < rows.length; k++) out[labels[rows[k]]] += 1;
  return out;
}

const sorted = (...parts: Int32Array[]) => parts.flatMap((part) => [...part]).sort((a, b) => a - b);
const firstN = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('trainTestSplit', () => {
  test.each(splits.filter((c) => c.labels === undefined))('sizes of scikit-learn: $rows rows, $options', (c) => {
    if (c.sizes === null) {
      expect(['ArgumentError', 'DataError']).toContain(thrown(() => splitIndices(c.rows, optionsOf(c))).name);
      return;
    }
    const { train, test } = splitIndices(c.rows, optionsOf(c));
    expect([train.length, test.length]).toEqual(c.sizes);
    const all = sorted(train, test);
    expect(new Set(all).size).toBe(all.length);
    expect(all.every((i) => i >= 0 && i < c.rows)).toBe(true);
  });

  test.each(splits.filter((c) => c.labels !== undefined))('class counts of scikit-learn: $trainCounts', (c) => {
    const labels = c.labels as number[];
    const X = Matrix.zeros(labels.length, 1);
    for (const seed of [0, 1, 2]) {
      const split = trainTestSplit(X, labels, { ...optionsOf(c), stratify: true, seed });
      expect(counts(labels, split.trainIndex, c.trainCounts.length)).toEqual(c.trainCounts);
      expect(counts(labels, split.testIndex, c.trainCounts.length)).toEqual(c.testCounts);
      expect(new Set(sorted(split.trainIndex, split.testIndex)).size).toBe(labels.length);
    }
  });

  test('rows and labels stay together, labels in their type', () => {
    const X = Matrix.from(Array.from({ length: 20 }, (_, i) => [i, -i]));
    const words = Array.from({ length: 20 }, (_, i) => `r${i}`);
    const s = trainTestSplit(X, words, { testSize: 0.3 });
    expect(s.yTest).toEqual([...s.XTest.column(0)].map((i) => `r${i}`));
    expect(s.yTrain).toEqual([...s.XTrain.column(0)].map((i) => `r${i}`));
    expect([...s.testIndex]).toEqual([...s.XTest.column(0)]);
    expect(trainTestSplit(X, Int32Array.from(X.column(0))).yTest).toBeInstanceOf(Int32Array);
    expect(trainTestSplit(X, Float64Array.from(X.column(0))).yTest).toBeInstanceOf(Float64Array);
  });

  test('the seed decides', () => {
    const a = splitIndices(50, { seed: 1 });
    expect(splitIndices(50, { seed: 1 })).toEqual(a);
    expect(splitIndices(50, { seed: 2 })).not.toEqual(a);
    expect(splitIndices(50)).toEqual(splitIndices(50, { seed: 0 }));
  });

  test('without shuffle the last rows are the test part', () => {
    const { train, test } = splitIndices(10, { shuffle: false, testSize: 0.3 });
    expect([[...train], [...test]]).toEqual([firstN(7), [7, 8, 9]]);
  });

  test.each([1, 2, 3, 4, 5])('stratified shares stay within one row (seed %i)', (seed) => {
    const rng = new Philox(seed, 77);
    const classes = 2 + rng.below(0, 5);
    const rows = 60 + rng.below(1, 400);
    const labels = Array.from({ length: rows }, (_, i) => (i < 2 * classes ? i % classes : rng.below(i + 2, classes)));
    const { train, test } = splitIndices(rows, { testSize: 0.25, stratify: labels, seed });
    const share = counts(labels, firstN(rows), classes);
    expect(train.length + test.length).toBe(rows);
    for (const [c, count] of counts(labels, test, classes).entries()) {
      expect(Math.abs(count - (share[c] * test.length) / rows)).toBeLessThanOrEqual(1);
    }
  });

  test.each<[string, number, object, string]>([
    ['one row', 1, {}, 'Expected at least 2 rows to split, received 1.'],
    [
      'a size of 1.5',
      10,
      { testSize: 1.5 },
      'Expected `testSize` to be a fraction between 0 and 1 or a number of rows below 10, received 1.5.',
    ],
    [
      'all rows',
      10,
      { testSize: 10 },
      'Expected `testSize` to be a fraction between 0 and 1 or a number of rows below 10, received 10.',
    ],
    ['a negative size', 10, { trainSize: -1 }, 'Expected `trainSize` to be a finite number above 0, received -1.'],
    [
      'too much',
      10,
      { trainSize: 6, testSize: 5 },
      'Expected `trainSize` and `testSize` to be at most 10 rows together, received 6 + 5.',
    ],
    [
      'an empty part',
      3,
      { testSize: 0.99 },
      'Expected at least 1 row in each part, received 0 to train and 3 to test of 3 rows.',
    ],
    [
      'a misspelt key',
      10,
      { test_size: 0.2 },
      'Unknown option `test_size` for splitIndices. Did you mean `testSize`? Known options: testSize, trainSize, stratify, shuffle, seed.',
    ],
    [
      'a rare class',
      4,
      { stratify: ['a', 'a', 'a', 'b'] },
      "Expected at least 2 rows of each class to stratify, received 1 of class 'b'.",
    ],
    [
      'a small part',
      6,
      { testSize: 1, stratify: [0, 0, 0, 1, 1, 1] },
      'Expected the test part to have at least 2 rows, one a class, received 1.',
    ],
    ['missing labels', 6, { stratify: [0, 1] }, 'Expected `stratify` to have 6 rows to match `X`, received 2.'],
    [
      'order and strata',
      4,
      { stratify: [0, 0, 1, 1], shuffle: false },
      'Expected `shuffle` to be true when `stratify` is used, received false.',
    ],
  ])('refuses %s', (_, rows, options, message) => {
    expect(thrown(() => splitIndices(rows, options)).message).toBe(message);
  });

  test('refuses labels that do not fit', () => {
    const X = Matrix.zeros(4, 1);
    expect(thrown(() => trainTestSplit(X, [1, 2])).message).toBe(
      'Expected `y` to have 4 rows to match `X`, received 2.',
    );
    expect(thrown(() => trainTestSplit(X, 'abcd' as unknown as Labels)).message).toBe(
      "Expected `y` to be an array of labels or numbers, received 'abcd'.",
    );
  });
});

describe('folds', () => {
  test.each(folds)('scikit-learn agrees: $rows rows, $nSplits folds', ({ rows, nSplits, labels, test, stratified }) => {
    const own = new KFold({ nSplits }).split(rows);
    expect(own.map((fold) => [...fold.test])).toEqual(test);
    if (stratified) {
      expect(new StratifiedKFold({ nSplits }).split(labels).map((fold) => [...fold.test])).toEqual(stratified);
    }
  });

  test.each([1, 2, 3, 4])('every row is tested once (seed %i)', (seed) => {
    const rng = new Philox(seed, 5);
    const rows = 20 + rng.below(0, 80);
    const nSplits = 2 + rng.below(1, 6);
    const labels = Array.from({ length: rows }, (_, i) => rng.below(i + 2, 3));
    for (const parts of [
      new KFold({ nSplits, shuffle: true, seed }).split(rows),
      new StratifiedKFold({ nSplits, shuffle: true, seed }).split(labels),
    ]) {
      expect(sorted(...parts.map((fold) => fold.test))).toEqual(firstN(rows));
      for (const fold of parts) expect(sorted(fold.train, fold.test)).toEqual(firstN(rows));
    }
    for (const fold of new StratifiedKFold({ nSplits, shuffle: true, seed }).split(labels)) {
      const share = counts(labels, firstN(rows), 3);
      for (const [c, count] of counts(labels, fold.test, 3).entries()) {
        expect(Math.abs(count - share[c] / nSplits)).toBeLessThan(1);
      }
    }
  });

  test('shuffled folds follow from the seed', () => {
    const folds = (seed: number) => new KFold({ shuffle: true, seed }).split(30);
    expect(folds(1)).toEqual(folds(1));
    expect(folds(1)).not.toEqual(folds(2));
  });

  test('bad input', () => {
    expect(thrown(() => new KFold({ nSplits: 1 })).message).toBe(
      'Expected `nSplits` to be an integer at least 2, received 1.',
    );
    expect(thrown(() => new KFold().split(3)).message).toBe('Expected at least 5 rows for 5 folds, received 3.');
    expect(thrown(() => new StratifiedKFold({ nSplits: 3 }).split([0, 0, 1, 1])).message).toBe(
      'Expected a class with at least 3 rows for 3 folds, the largest class of `y` has 2.',
    );
    expect(thrown(() => new StratifiedKFold({ folds: 3 } as object)).message).toMatch(/^Unknown option `folds`/);
  });
});
