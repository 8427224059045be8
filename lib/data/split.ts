import { ArgumentError, DataError } from '../errors';
import { checkBoolean, checkInteger, checkKeys, checkNumber, checkSameRows, checkSeed, show } from '../validate';
import { type Label, type Labels, labelType, type NumericVector, selectLabels } from './labels';
import { type Matrix, type MatrixLike, toMatrix } from './matrix';
import { Philox, permutation, range, STREAMS, shuffle } from './rng';

/** Options of `trainTestSplit`. */
export interface SplitOptions {
  /** A fraction in (0, 1) or a number of rows. Default 0.25, or what `trainSize` leaves. */
  testSize?: number;
  /** A fraction in (0, 1) or a number of rows. Default: the rows that are not in the test part. */
  trainSize?: number;
  /** Keep the classes' shares in both parts: true for those of `y`, or a label for each row. Default false. */
  stratify?: boolean | Labels;
  /** Draw the rows at random; without it the last rows become the test part. Default true. */
  shuffle?: boolean;
  /** Default 0: the same split every time. */
  seed?: number;
}

/** Row numbers of the two parts. */
export interface SplitIndices {
  /** Of the part to learn from. */
  train: Int32Array;
  /** Of the part held out. */
  test: Int32Array;
}

/** What `trainTestSplit` returns. */
export interface Split<Y> {
  /** Rows to learn from. */
  XTrain: Matrix;
  /** Rows held out. */
  XTest: Matrix;
  /** Targets of `XTrain`. */
  yTrain: Y;
  /** Targets of `XTest`. */
  yTest: Y;
  /** Row numbers of `X` that went into `XTrain`. */
  trainIndex: Int32Array;
  /** Row numbers of `X` that went into `XTest`. */
  testIndex: Int32Array;
}

function checkSize(value: number | undefined, name: string, rows: number): void {
  if (value === undefined) return;
  checkNumber(value, name, { min: 0, exclusiveMin: true });
  if (value >= 1 && (!Number.isInteger(value) || value >= rows)) {
    throw new ArgumentError(
      `Expected \`${name}\` to be a fraction between 0 and 1 or a number of rows below ${rows}, received ${value}.`,
    );
  }
}

/** scikit-learn's rule: the test part is rounded up, a given train part down, and nothing given means the rest. */
function partSizes(rows: number, o: SplitOptions): { nTrain: number; nTest: number } {
  checkSize(o.testSize, 'testSize', rows);
  checkSize(o.trainSize, 'trainSize', rows);
  const testSize = o.testSize ?? (o.trainSize === undefined ? 0.25 : undefined);
  const test = testSize === undefined ? undefined : testSize < 1 ? Math.ceil(testSize * rows) : testSize;
  const train = o.trainSize === undefined ? undefined : o.trainSize < 1 ? Math.floor(o.trainSize * rows) : o.trainSize;
  const nTest = test ?? rows - (train as number);
  const nTrain = train ?? rows - nTest;
  if (nTrain + nTest > rows) {
    throw new ArgumentError(
      `Expected \`trainSize\` and \`testSize\` to be at most ${rows} rows together, received ${nTrain} + ${nTest}.`,
    );
  }
  if (nTrain < 1 || nTest < 1) {
    throw new DataError(
      `Expected at least 1 row in each part, received ${nTrain} to train and ${nTest} to test of ${rows} rows.`,
    );
  }
  return { nTrain, nTest };
}

/** Class number of each row, numbered by first appearance, and the rows of each class. */
function groupRows(labels: Labels): { classes: Label[]; rowsOf: number[][] } {
  const numbers = new Map<Label, number>();
  const rowsOf: number[][] = [];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as Label;
    let c = numbers.get(label);
    if (c === undefined) {
      c = rowsOf.length;
      numbers.set(label, c);
      rowsOf.push([]);
    }
    rowsOf[c].push(i);
  }
  return { classes: [...numbers.keys()], rowsOf };
}

/**
 * How many of `draws` rows each class gives: the whole part of its share, then one more for the classes with the
 * greatest remainders (equal remainders in an order drawn from `rng`).
 */
function apportion(counts: readonly number[], draws: number, rng: Philox): number[] {
  const total = counts.reduce((a, b) => a + b, 0);
  const shares = counts.map((count) => (count / total) * draws);
  const given = shares.map(Math.floor);
  const order = [...shuffle(range(counts.length), rng)];
  const remainder = (c: number) => shares[c] - given[c];
  order.sort((a, b) => remainder(b) - remainder(a));
  const missing = draws - given.reduce((a, b) => a + b, 0);
  for (const c of order.slice(0, missing)) given[c] = given[c] + 1;
  return given;
}

function stratified(labels: Labels, nTrain: number, nTest: number, seed: number): SplitIndices {
  const { classes, rowsOf } = groupRows(labels);
  for (const [c, rows] of rowsOf.entries()) {
    if (rows.length < 2) {
      throw new DataError(
        `Expected at least 2 rows of each class to stratify, received ${rows.length} of class ${show(classes[c])}.`,
      );
    }
  }
  for (const [size, part] of [
    [nTrain, 'train'],
    [nTest, 'test'],
  ] as const) {
    if (size < classes.length) {
      throw new DataError(
        `Expected the ${part} part to have at least ${classes.length} rows, one a class, received ${size}.`,
      );
    }
  }
  const counts = rowsOf.map((rows) => rows.length);
  const rng = new Philox(seed, STREAMS.strata);
  const trainCounts = apportion(counts, nTrain, rng);
  const testCounts = apportion(
    counts.map((count, c) => count - trainCounts[c]),
    nTest,
    rng,
  );
  const train: number[] = [];
  const test: number[] = [];
  for (const [c, rows] of rowsOf.entries()) {
    const order = permutation(rows.length, seed, STREAMS.classes + c);
    const nC = trainCounts[c];
    for (let k = 0; k < nC + testCounts[c]; k++) {
      (k < nC ? train : test).push(rows[order[k]]);
    }
  }
  return {
    train: shuffle(Int32Array.from(train), new Philox(seed, STREAMS.train)),
    test: shuffle(Int32Array.from(test), new Philox(seed, STREAMS.test)),
  };
}

/**
 * Row numbers of a train and a test part; `trainTestSplit` for data of other forms.
 *
 * @param rows number of rows
 * @param options `stratify` takes labels here, one a row
 * @throws ArgumentError when an option is unknown or out of range
 * @throws DataError when a part would be empty or a class too small to stratify
 * @throws ShapeError when there are not as many labels as rows
 */
export function splitIndices(rows: number, options: SplitOptions & { stratify?: Labels | false } = {}): SplitIndices {
  checkKeys(options, ['testSize', 'trainSize', 'stratify', 'shuffle', 'seed'], 'splitIndices');
  checkInteger(rows, 'rows', { min: 0, max: 2 ** 31 - 1 });
  const seed = checkSeed(options.seed ?? 0);
  const mix = checkBoolean(options.shuffle ?? true, 'shuffle');
  if (rows < 2) throw new DataError(`Expected at least 2 rows to split, received ${rows}.`);
  const { nTrain, nTest } = partSizes(rows, options);
  const labels = options.stratify;
  if (labels !== undefined && labels !== false) {
    labelType(labels, 'stratify');
    checkSameRows(labels.length, 'stratify', rows, 'X');
    if (!mix) throw new ArgumentError('Expected `shuffle` to be true when `stratify` is used, received false.');
    return stratified(labels, nTrain, nTest, seed);
  }
  // The test part comes first in the permutation, as in scikit-learn, so that it does not depend on the train size.
  if (mix) {
    const order = permutation(rows, seed, STREAMS.split);
    return { test: order.slice(0, nTest), train: order.slice(nTest, nTest + nTrain) };
  }
  const order = range(rows);
  return { train: order.slice(0, nTrain), test: order.slice(nTrain, nTrain + nTest) };
}

/**
 * Splits rows into a part to train on and a part to test on. Sizes and class shares follow scikit-learn's
 * `train_test_split`; the drawn rows follow from the seed alone.
 *
 * @param X rows x columns
 * @param y one label or number a row; both parts come back in its type
 * @throws ShapeError when `y` or `stratify` has another number of rows than `X`
 * @throws ArgumentError when an option is unknown or out of range
 * @throws DataError when a part would be empty or a class too small to stratify
 */
export function trainTestSplit<Y extends Labels | NumericVector>(
  X: MatrixLike,
  y: Y,
  options?: SplitOptions,
): Split<Y> {
  const o = options ?? {};
  checkKeys(o, ['testSize', 'trainSize', 'stratify', 'shuffle', 'seed'], 'trainTestSplit');
  const matrix = toMatrix(X);
  if (!Array.isArray(y) && !ArrayBuffer.isView(y)) {
    throw new ArgumentError(`Expected \`y\` to be an array of labels or numbers, received ${show(y)}.`);
  }
  checkSameRows(y.length, 'y', matrix.rows, 'X');
  const stratify = o.stratify === true ? (y as Labels) : o.stratify;
  const { train, test } = splitIndices(matrix.rows, { ...o, stratify });
  return {
    XTrain: matrix.selectRows(train),
    XTest: matrix.selectRows(test),
    yTrain: selectLabels(y, train),
    yTest: selectLabels(y, test),
    trainIndex: train,
    testIndex: test,
  };
}

/** Options of `KFold` and `StratifiedKFold`. */
export interface KFoldOptions {
  /** Number of folds, at least 2. Default 5. */
  nSplits?: number;
  /** Put rows into folds at random instead of in their order. Default false. */
  shuffle?: boolean;
  /** Default 0. */
  seed?: number;
}

/** What the two kinds of folds share. */
abstract class Folds {
  /** Number of folds. */
  readonly nSplits: number;
  /** Whether rows are drawn at random. */
  protected readonly mix: boolean;
  /** Of that drawing. */
  protected readonly seed: number;

  constructor(owner: string, options: KFoldOptions) {
    checkKeys(options, ['nSplits', 'shuffle', 'seed'], owner);
    this.nSplits = checkInteger(options.nSplits ?? 5, 'nSplits', { min: 2 });
    this.mix = checkBoolean(options.shuffle ?? false, 'shuffle');
    this.seed = checkSeed(options.seed ?? 0);
  }

  /** The row numbers of each part from the fold of each row. */
  protected collect(foldOf: Int32Array): SplitIndices[] {
    return Array.from({ length: this.nSplits }, (_, fold) => {
      const rows = range(foldOf.length);
      return { train: rows.filter((i) => foldOf[i] !== fold), test: rows.filter((i) => foldOf[i] === fold) };
    });
  }
}

/** k folds of nearly equal size (the first n mod k have one row more), each the test part once; as in scikit-learn. */
export class KFold extends Folds {
  /** @throws ArgumentError when an option is unknown or out of range */
  constructor(options: KFoldOptions = {}) {
    super('KFold', options);
  }

  /**
   * Row numbers of each train and test part, ascending.
   * @param rows number of rows
   * @throws DataError when there are fewer rows than folds
   */
  split(rows: number): SplitIndices[] {
    checkInteger(rows, 'rows', { min: 0, max: 2 ** 31 - 1 });
    if (rows < this.nSplits) {
      throw new DataError(`Expected at least ${this.nSplits} rows for ${this.nSplits} folds, received ${rows}.`);
    }
    const order = this.mix ? permutation(rows, this.seed, STREAMS.folds) : range(rows);
    const foldOf = new Int32Array(rows);
    const small = Math.floor(rows / this.nSplits);
    const larger = rows % this.nSplits;
    for (let k = 0; k < rows; k++) {
      const inLarger = k < larger * (small + 1);
      const fold = inLarger ? Math.floor(k / (small + 1)) : larger + Math.floor((k - larger * (small + 1)) / small);
      foldOf[order[k]] = fold;
    }
    return this.collect(foldOf);
  }
}

/** k folds with the classes' shares kept, each the test part once; the allocation is scikit-learn's. */
export class StratifiedKFold extends Folds {
  /** @throws ArgumentError when an option is unknown or out of range */
  constructor(options: KFoldOptions = {}) {
    super('StratifiedKFold', options);
  }

  /**
   * Row numbers of each train and test part, ascending.
   * @param y one label a row
   * @throws DataError when every class has fewer rows than there are folds
   */
  split(y: Labels): SplitIndices[] {
    labelType(y);
    const k = this.nSplits;
    const { rowsOf } = groupRows(y);
    const largest = Math.max(0, ...rowsOf.map((rows) => rows.length));
    if (largest < k) {
      throw new DataError(
        `Expected a class with at least ${k} rows for ${k} folds, the largest class of \`y\` has ${largest}.`,
      );
    }
    const foldOf = new Int32Array(y.length);
    let start = 0;
    for (const [c, rows] of rowsOf.entries()) {
      // Were the rows sorted by class and dealt out one by one, fold f would get the positions start..start + n - 1
      // that are f mod k.
      const folds = rows.map((_, i) => (start + i) % k).sort((a, b) => a - b);
      if (this.mix) shuffle(folds, new Philox(this.seed, STREAMS.classes + c));
      for (const [i, row] of rows.entries()) foldOf[row] = folds[i];
      start += rows.length;
    }
    return this.collect(foldOf);
  }
}
