import { type Label, type Labels, labelType, type MatrixLike, type NumericVector, uniqueLabels } from '../data';
import { ArgumentError, DataError, ShapeError } from '../errors';
import { checkBoolean, checkKeys, checkOneOf, checkSameRows, show } from '../validate';
import { checkClasses, numberTable, positiveLabel, type Table } from './inputs';

/** Counts at each distinct score, the greatest first: rows with that score or a greater one. */
interface Sweep {
  thresholds: Float64Array;
  truePositives: Float64Array;
  falsePositives: Float64Array;
}

/** Sorts positives and negatives apart and merges them: no comparator, and ties fall together. */
function sweep(positives: Float64Array, negatives: Float64Array): Sweep {
  positives.sort();
  negatives.sort();
  const thresholds: number[] = [];
  const truePositives: number[] = [];
  const falsePositives: number[] = [];
  let p = positives.length - 1;
  let n = negatives.length - 1;
  while (p >= 0 || n >= 0) {
    const score = p >= 0 && (n < 0 || positives[p] >= negatives[n]) ? positives[p] : negatives[n];
    while (p >= 0 && positives[p] === score) p--;
    while (n >= 0 && negatives[n] === score) n--;
    thresholds.push(score);
    truePositives.push(positives.length - 1 - p);
    falsePositives.push(negatives.length - 1 - n);
  }
  return {
    thresholds: Float64Array.from(thresholds),
    truePositives: Float64Array.from(truePositives),
    falsePositives: Float64Array.from(falsePositives),
  };
}

/** The scores of column c, apart by whether a row's label is `positive`. */
function sweepColumn(yTrue: Labels, { data, cols }: Table, c: number, positive: Label): Sweep {
  let count = 0;
  for (let i = 0; i < yTrue.length; i++) if (yTrue[i] === positive) count++;
  const positives = new Float64Array(count);
  const negatives = new Float64Array(yTrue.length - count);
  let [p, n] = [0, 0];
  for (let i = 0; i < yTrue.length; i++) {
    const score = data[i * cols + c];
    if (yTrue[i] === positive) positives[p++] = score;
    else negatives[n++] = score;
  }
  return sweep(positives, negatives);
}

/** The area under the ROC curve by the trapezoid rule, exact in the counts. */
function area({ truePositives, falsePositives }: Sweep): number {
  let sum = 0;
  let [tp, fp] = [0, 0];
  for (let k = 0; k < truePositives.length; k++) {
    sum += ((falsePositives[k] - fp) * (truePositives[k] + tp)) / 2;
    [tp, fp] = [truePositives[k], falsePositives[k]];
  }
  return sum / (tp * fp);
}

/** Options of the curves. */
export interface CurveOptions {
  /** The positive class. Default 1 for numbers, true for booleans; strings must name it. */
  posLabel?: Label;
}

function binarySweep(
  owner: string,
  yTrue: Labels,
  scores: NumericVector,
  options: CurveOptions,
  keys: string[],
): Sweep {
  checkKeys(options, ['posLabel', ...keys], owner);
  labelType(yTrue, 'yTrue');
  const table = numberTable(scores, 'scores');
  checkSameRows(table.rows, 'scores', yTrue.length, 'yTrue');
  if (table.cols !== 1)
    throw new ShapeError(`Expected \`scores\` to be one number a row, received ${table.cols} columns.`);
  const classes = uniqueLabels(yTrue);
  if (classes.length > 2) {
    throw new DataError(`Expected \`yTrue\` to have at most 2 classes for ${owner}, received ${classes.length}.`);
  }
  const positive = positiveLabel(options.posLabel, classes);
  if (!classes.includes(positive) && classes.length === 2) {
    throw new ArgumentError(
      `Expected \`posLabel\` to be one of ${classes.map(show).join(', ')}, received ${show(positive)}.`,
    );
  }
  return sweepColumn(yTrue, table, 0, positive);
}

/** A receiver operating characteristic: one element a threshold, from (0, 0) to (1, 1). */
export interface RocCurve {
  /** False positive rate: of the negative rows, the share with a score of at least the threshold. NaN without negatives. */
  fpr: Float64Array;
  /** True positive rate, the same of the positive rows. NaN without positives. */
  tpr: Float64Array;
  /** Descending; the first is Infinity: nothing is said to be positive. */
  thresholds: Float64Array;
}

/**
 * The ROC curve of scores for a positive class. Equal scores make one point; points on a straight line between their
 * neighbours are left out unless `dropIntermediate` is false. Conventions of scikit-learn (>= 1.3).
 *
 * @throws ArgumentError for an unknown option or when `posLabel` is needed
 * @throws DataError with more than two classes or no rows; NonFiniteError when a score is NaN or infinite
 */
export function rocCurve(
  yTrue: Labels,
  scores: NumericVector,
  options: CurveOptions & { dropIntermediate?: boolean } = {},
): RocCurve {
  const { thresholds, truePositives, falsePositives } = binarySweep('rocCurve', yTrue, scores, options, [
    'dropIntermediate',
  ]);
  const drop = checkBoolean(options.dropIntermediate ?? true, 'dropIntermediate');
  const last = thresholds.length - 1;
  const bends = (counts: Float64Array, k: number) => counts[k + 1] - 2 * counts[k] + counts[k - 1] !== 0;
  const kept = [...thresholds.keys()].filter(
    (k) => !drop || k === 0 || k === last || bends(falsePositives, k) || bends(truePositives, k),
  );
  const rate = (counts: Float64Array) => {
    const all = counts[last];
    return Float64Array.from([0, ...kept.map((k) => counts[k])], (value) => (all === 0 ? Number.NaN : value / all));
  };
  return {
    fpr: rate(falsePositives),
    tpr: rate(truePositives),
    thresholds: Float64Array.from([Number.POSITIVE_INFINITY, ...kept.map((k) => thresholds[k])]),
  };
}

/** A precision-recall curve. `precision` and `recall` end with the point (1, 0), which has no threshold. */
export interface PrCurve {
  /** Precision at each point of the curve, 0 to 1. */
  precision: Float64Array;
  /** Recall at each point of the curve, 0 to 1. */
  recall: Float64Array;
  /** Ascending. */
  thresholds: Float64Array;
}

/**
 * Precision and recall at each distinct score, from the least threshold to the greatest. Without positive rows recall is
 * 1 everywhere. Conventions of scikit-learn.
 * @throws as `rocCurve`
 */
export function prCurve(yTrue: Labels, scores: NumericVector, options: CurveOptions = {}): PrCurve {
  const { thresholds, truePositives, falsePositives } = binarySweep('prCurve', yTrue, scores, options, []);
  const n = thresholds.length;
  const positives = truePositives[n - 1];
  const precision = new Float64Array(n + 1);
  const recall = new Float64Array(n + 1);
  for (let k = 0; k < n; k++) {
    const tp = truePositives[n - 1 - k];
    precision[k] = tp / (tp + falsePositives[n - 1 - k]);
    recall[k] = positives === 0 ? 1 : tp / positives;
  }
  precision[n] = 1;
  return { precision, recall, thresholds: thresholds.reverse() };
}

/**
 * The area under the precision-recall curve as a sum of steps: sum (R_n - R_{n-1}) P_n, without interpolation.
 * @throws as `rocCurve`
 */
export function averagePrecision(yTrue: Labels, scores: NumericVector, options: CurveOptions = {}): number {
  checkKeys(options, ['posLabel'], 'averagePrecision');
  const { precision, recall } = prCurve(yTrue, scores, options);
  let sum = 0;
  for (let k = 0; k + 1 < precision.length; k++) sum += (recall[k] - recall[k + 1]) * precision[k];
  return sum;
}

/** Options of `rocAuc`. */
export interface RocAucOptions {
  /** The classes in the order of the columns of `scores`. Default: those of `yTrue`, ascending. */
  labels?: Labels;
  /** Over several classes, each against the rest: the plain mean ('macro', default) or weighted by their rows. */
  average?: 'macro' | 'weighted';
}

/** Rows of probabilities of several classes must sum to 1. */
export function checkRowSums({ data, rows, cols }: Table, name: string): void {
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let c = 0; c < cols; c++) sum += data[i * cols + c];
    if (Math.abs(sum - 1) > 1e-3) {
      throw new DataError(
        `Expected row ${i} of \`${name}\` to be probabilities with sum 1, their sum is ${Number(sum.toPrecision(6))}.`,
      );
    }
  }
}

/**
 * The area under the ROC curve: the chance that a positive row has a greater score than a negative one, ties counting
 * half. With two classes the greater label (or the second of `labels`) is positive and `scores` is a vector or a matrix
 * of probabilities whose second column counts; with more, each class is set against the rest and the areas are averaged.
 *
 * @param scores one number a row, or rows x classes
 * @throws DataError when `yTrue` lacks a class (the area is not defined), or rows do not sum to 1
 * @throws ShapeError when sizes do not fit; NonFiniteError when a score is NaN or infinite
 */
export function rocAuc(yTrue: Labels, scores: NumericVector | MatrixLike, options: RocAucOptions = {}): number {
  checkKeys(options, ['labels', 'average'], 'rocAuc');
  const average = checkOneOf(options.average ?? 'macro', 'average', ['macro', 'weighted']);
  const type = labelType(yTrue, 'yTrue');
  const table = numberTable(scores, 'scores');
  checkSameRows(table.rows, 'scores', yTrue.length, 'yTrue');
  const present = uniqueLabels(yTrue);
  const classes = checkClasses(options.labels, type === 'int32' ? 'number' : type, yTrue.length) ?? present;
  const unknown = present.find((label) => !classes.includes(label));
  if (unknown !== undefined)
    throw new DataError(`Expected the labels of \`yTrue\` to be among \`labels\`, received ${show(unknown)}.`);
  const missing = classes.find((label) => !present.includes(label));
  if (missing !== undefined || classes.length < 2) {
    const found = missing === undefined ? `only ${show(classes[0])}` : `none of ${show(missing)}`;
    throw new DataError(
      `Expected \`yTrue\` to have rows of each class, the ROC area is not defined otherwise; found ${found}.`,
    );
  }
  if (classes.length === 2 && table.cols <= 2) return area(sweepColumn(yTrue, table, table.cols - 1, classes[1]));
  if (table.cols !== classes.length) {
    throw new ShapeError(`Expected \`scores\` to have ${classes.length} columns, one a class, received ${table.cols}.`);
  }
  checkRowSums(table, 'scores');
  const sweeps = classes.map((label, c) => sweepColumn(yTrue, table, c, label));
  const weight = (s: Sweep) =>
    average === 'macro' ? 1 / classes.length : (s.truePositives.at(-1) as number) / table.rows;
  return sweeps.reduce((sum, s) => sum + weight(s) * area(s), 0);
}

/** Options of `logLoss`. */
export interface LogLossOptions {
  /** The classes in the order of the columns of `proba`. Default: those of `yTrue`, ascending. */
  labels?: Labels;
  /** Probabilities are kept within [eps, 1 - eps]. Default: the machine epsilon of the numbers' type. */
  eps?: number;
}

const FLOAT32_EPSILON = 2 ** -23;

/**
 * The mean of -ln(probability of the true class), natural logarithm. Rows are scaled to sum 1 after clipping, as in
 * scikit-learn.
 *
 * @param proba rows x classes, or with two classes the probability of the second
 * @throws DataError when fewer than two classes are known, a label is not among them, or the numbers are no probabilities
 * @throws ShapeError when sizes do not fit; NonFiniteError when a number is NaN or infinite
 */
export function logLoss(yTrue: Labels, proba: NumericVector | MatrixLike, options: LogLossOptions = {}): number {
  checkKeys(options, ['labels', 'eps'], 'logLoss');
  const type = labelType(yTrue, 'yTrue');
  const table = numberTable(proba, 'proba');
  checkSameRows(table.rows, 'proba', yTrue.length, 'yTrue');
  const classes = checkClasses(options.labels, type === 'int32' ? 'number' : type, yTrue.length) ?? uniqueLabels(yTrue);
  if (classes.length < 2) {
    throw new DataError(
      `Expected at least 2 classes for logLoss, received ${show(classes)}. Name all of them in \`labels\`.`,
    );
  }
  const { data, rows, cols } = table;
  if (cols !== classes.length && !(cols === 1 && classes.length === 2)) {
    throw new ShapeError(
      `Expected \`proba\` to have ${classes.length} columns, one a class, received ${cols}. Name all classes in \`labels\`.`,
    );
  }
  const bad = data.findIndex((p: number) => p < 0 || p > 1);
  if (bad >= 0) {
    throw new DataError(
      `Expected \`proba\` to be probabilities from 0 to 1, received ${data[bad]} at row ${Math.floor(bad / cols)}.`,
    );
  }
  if (cols > 1) checkRowSums(table, 'proba');
  const eps = options.eps ?? (data instanceof Float32Array ? FLOAT32_EPSILON : Number.EPSILON);
  const clip = (p: number) => Math.min(1 - eps, Math.max(eps, p));
  const numbers = new Map(classes.map((label, c) => [label, c]));
  let loss = 0;
  for (let i = 0; i < rows; i++) {
    const c = numbers.get(yTrue[i]);
    if (c === undefined)
      throw new DataError(`Expected \`yTrue[${i}]\` to be among \`labels\`, received ${show(yTrue[i])}.`);
    let p: number;
    if (cols === 1) {
      p = c === 1 ? clip(data[i]) : 1 - clip(data[i]);
    } else {
      let sum = 0;
      for (let k = 0; k < cols; k++) sum += clip(data[i * cols + k]);
      p = clip(data[i * cols + c]) / sum;
    }
    loss -= Math.log(p);
  }
  return loss / rows;
}
