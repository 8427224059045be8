import type { Label, Labels } from '../data';
import { ArgumentError, DataError } from '../errors';
import { checkKeys, checkOneOf, show } from '../validate';
import { type LabelPair, labelPair, positiveLabel } from './inputs';

/** How the figures of several classes become one. */
export type Average = 'binary' | 'macro' | 'micro' | 'weighted';

/** Options of `precision`, `recall` and `f1`. */
export interface ScoreOptions {
  /**
   * 'binary' (default): the figure of `posLabel`; 'macro': the mean over the classes; 'weighted': the mean weighted by the
   * classes' true rows; 'micro': from the sums of the counts.
   */
  average?: Average;
  /** The positive class of 'binary'. Default 1 for numbers, true for booleans; strings must name it. */
  posLabel?: Label;
  /** The classes to look at. Default: all that occur. */
  labels?: Labels;
  /** What 0 / 0 is: 0 (default), 1, or NaN, which averages leave out. */
  zeroDivision?: 0 | 1 | typeof Number.NaN;
}

/** Options of the per-class figures. */
export type ClassScoreOptions = Pick<ScoreOptions, 'labels' | 'zeroDivision'>;

interface Counts {
  /** True positives, predicted rows and true rows of each class. */
  hits: Float64Array;
  predicted: Float64Array;
  truth: Float64Array;
}

function count({ classes, truth, predicted }: LabelPair): Counts {
  const out = {
    hits: new Float64Array(classes.length),
    predicted: new Float64Array(classes.length),
    truth: new Float64Array(classes.length),
  };
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] >= 0) out.truth[truth[i]] += 1;
    if (predicted[i] >= 0) out.predicted[predicted[i]] += 1;
    if (truth[i] >= 0 && truth[i] === predicted[i]) out.hits[truth[i]] += 1;
  }
  return out;
}

type Figure = 'precision' | 'recall' | 'f1';

/** hits / predicted, hits / true, or 2 hits / (predicted + true). */
function ratio(figure: Figure, hits: number, predicted: number, truth: number, zeroDivision: number): number {
  const denominator = figure === 'precision' ? predicted : figure === 'recall' ? truth : predicted + truth;
  return denominator === 0 ? zeroDivision : ((figure === 'f1' ? 2 : 1) * hits) / denominator;
}

function perClass(figure: Figure, { hits, predicted, truth }: Counts, zeroDivision: number): Float64Array {
  return hits.map((h, c) => ratio(figure, h, predicted[c], truth[c], zeroDivision));
}

const total = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

/** The mean without NaN; weights that are all 0 count as equal. NaN when nothing is left. */
function mean(values: Float64Array, weights?: Float64Array): number {
  const kept = [...values.keys()].filter((c) => !Number.isNaN(values[c]));
  const sum = weights === undefined ? 0 : kept.reduce((a, c) => a + weights[c], 0);
  const weight = (c: number) => (weights === undefined || sum === 0 ? 1 / kept.length : weights[c] / sum);
  return kept.length === 0 ? Number.NaN : kept.reduce((a, c) => a + weight(c) * values[c], 0);
}

function combine(figure: Figure, average: Exclude<Average, 'binary'>, counts: Counts, zeroDivision: number): number {
  if (average === 'micro') {
    return ratio(figure, total(counts.hits), total(counts.predicted), total(counts.truth), zeroDivision);
  }
  return mean(perClass(figure, counts, zeroDivision), average === 'weighted' ? counts.truth : undefined);
}

function checkZeroDivision(value: number | undefined): number {
  if (value === undefined || value === 0 || value === 1 || Number.isNaN(value)) return value ?? 0;
  throw new ArgumentError(`Expected \`zeroDivision\` to be 0, 1 or NaN, received ${show(value)}.`);
}

/** The classes that 'binary' looks at: the positive one alone. */
function binaryClasses(yTrue: Labels, yPred: Labels, o: ScoreOptions): Labels {
  const present = labelPair(yTrue, yPred).classes;
  if (present.length > 2) {
    throw new ArgumentError(
      `Expected \`average\` to be 'macro', 'micro' or 'weighted' for ${present.length} classes, received 'binary'.`,
    );
  }
  const positive = positiveLabel(o.posLabel, present);
  if (!present.includes(positive) && present.length === 2) {
    throw new ArgumentError(
      `Expected \`posLabel\` to be one of ${present.map(show).join(', ')}, received ${show(positive)}.`,
    );
  }
  return [positive] as Labels;
}

function score(figure: Figure, yTrue: Labels, yPred: Labels, options: ScoreOptions): number {
  checkKeys(options, ['average', 'posLabel', 'labels', 'zeroDivision'], figure);
  const average = checkOneOf(options.average ?? 'binary', 'average', ['binary', 'macro', 'micro', 'weighted']);
  const zeroDivision = checkZeroDivision(options.zeroDivision);
  const labels = average === 'binary' ? binaryClasses(yTrue, yPred, options) : options.labels;
  const counts = count(labelPair(yTrue, yPred, labels));
  return combine(figure, average === 'binary' ? 'macro' : average, counts, zeroDivision);
}

/**
 * The share of rows whose predicted label is the true one.
 * @throws ShapeError when the lengths differ; DataError for no rows or labels of different types
 */
export function accuracy(yTrue: Labels, yPred: Labels): number {
  const { truth, predicted } = labelPair(yTrue, yPred);
  let hits = 0;
  for (let i = 0; i < truth.length; i++) if (truth[i] === predicted[i]) hits++;
  return hits / truth.length;
}

/**
 * Of the rows that were said to be of a class, the share that is: tp / (tp + fp). Conventions of scikit-learn.
 * @throws ArgumentError for an unknown option, or 'binary' with more than two classes
 * @throws ShapeError when the lengths differ; DataError for no rows or labels of different types
 */
export function precision(yTrue: Labels, yPred: Labels, options: ScoreOptions = {}): number {
  return score('precision', yTrue, yPred, options);
}

/**
 * Of the rows that are of a class, the share that was found: tp / (tp + fn). Conventions of scikit-learn.
 * @throws as `precision`
 */
export function recall(yTrue: Labels, yPred: Labels, options: ScoreOptions = {}): number {
  return score('recall', yTrue, yPred, options);
}

/**
 * The harmonic mean of precision and recall: 2 tp / (2 tp + fp + fn). Conventions of scikit-learn.
 * @throws as `precision`
 */
export function f1(yTrue: Labels, yPred: Labels, options: ScoreOptions = {}): number {
  return score('f1', yTrue, yPred, options);
}

/** Options of `confusionMatrix`. */
export interface ConfusionOptions {
  /** The classes in the order of rows and columns; rows with other labels are left out. Default: all, ascending. */
  labels?: Labels;
  /** Divide by the rows' sums ('true'), the columns' ('predicted') or everything ('all'). Default 'none': counts. */
  normalize?: 'none' | 'true' | 'predicted' | 'all';
}

/** What `confusionMatrix` returns; as text it is a table. */
export interface ConfusionMatrix {
  /** The classes of rows and columns. */
  labels: readonly Label[];
  /** matrix[actual][predicted]. */
  matrix: number[][];
  toString(): string;
}

/** How often each class was predicted as each class, counts or shares. */
class Confusion implements ConfusionMatrix {
  constructor(
    readonly labels: readonly Label[],
    readonly matrix: number[][],
  ) {}

  toString(): string {
    const cell = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(3));
    const header = ['actual \\ predicted', ...this.labels.map(String)];
    return textTable([header, ...this.matrix.map((row, c) => [String(this.labels[c]), ...row.map(cell)])]);
  }
}

/** Columns under one another: the first to the left, the others to the right. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, j) => Math.max(...rows.map((row) => row[j].length)));
  const pad = (text: string, j: number) => (j === 0 ? text.padEnd(widths[j]) : text.padStart(widths[j]));
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/**
 * Counts of rows by true class (rows) and predicted class (columns). An empty row or column stays 0 when normalized.
 * @throws ArgumentError for an unknown option; DataError when none of `labels` occurs in `yTrue`
 */
export function confusionMatrix(yTrue: Labels, yPred: Labels, options: ConfusionOptions = {}): ConfusionMatrix {
  checkKeys(options, ['labels', 'normalize'], 'confusionMatrix');
  const normalize = checkOneOf(options.normalize ?? 'none', 'normalize', ['none', 'true', 'predicted', 'all']);
  const { classes, truth, predicted } = labelPair(yTrue, yPred, options.labels);
  if (truth.every((c) => c < 0)) {
    throw new DataError(`Expected at least one of \`labels\` to occur in \`yTrue\`, received ${show(classes)}.`);
  }
  const matrix = classes.map(() => new Array<number>(classes.length).fill(0));
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] >= 0 && predicted[i] >= 0) matrix[truth[i]][predicted[i]] += 1;
  }
  if (normalize === 'none') return new Confusion(classes, matrix);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const rowSums = matrix.map(sum);
  const colSums = matrix.map((_, j) => sum(matrix.map((row) => row[j])));
  const divisor = (i: number, j: number) =>
    (normalize === 'true' ? rowSums[i] : normalize === 'predicted' ? colSums[j] : sum(rowSums)) || 1;
  return new Confusion(
    classes,
    matrix.map((row, i) => row.map((value, j) => value / divisor(i, j))),
  );
}

/** The figures of one class or one average. */
export interface ClassScores {
  /** Right predictions of the class among all predictions of it, 0 to 1. */
  precision: number;
  /** Right predictions of the class among its true rows, 0 to 1. */
  recall: number;
  /** Harmonic mean of precision and recall. */
  f1: number;
  /** True rows. */
  support: number;
}

/** What `classificationReport` returns; as text it is a table. */
export interface ClassificationSummary {
  /** The scores of each class, in the order of the labels. */
  perClass: (ClassScores & { label: Label })[];
  /** Share of right predictions, 0 to 1. */
  accuracy: number;
  /** Scores of all classes counted together. */
  micro: ClassScores;
  /** Plain mean of the classes. */
  macro: ClassScores;
  /** Mean of the classes, weighted by their true rows. */
  weighted: ClassScores;
  /** The table, for a terminal. */
  toString(): string;
}

class Summary implements ClassificationSummary {
  readonly perClass: (ClassScores & { label: Label })[];
  readonly micro: ClassScores;
  readonly macro: ClassScores;
  readonly weighted: ClassScores;

  constructor(
    readonly accuracy: number,
    classes: readonly Label[],
    counts: Counts,
    zeroDivision: number,
  ) {
    const scores = (of: (figure: Figure) => number, support: number): ClassScores => ({
      precision: of('precision'),
      recall: of('recall'),
      f1: of('f1'),
      support,
    });
    this.perClass = classes.map((label, c) => ({
      label,
      ...scores((figure) => perClass(figure, counts, zeroDivision)[c], counts.truth[c]),
    }));
    const averaged = (average: Exclude<Average, 'binary'>) =>
      scores((figure) => combine(figure, average, counts, zeroDivision), total(counts.truth));
    this.micro = averaged('micro');
    this.macro = averaged('macro');
    this.weighted = averaged('weighted');
  }

  toString(): string {
    const line = (name: string, s: ClassScores) => [
      name,
      s.precision.toFixed(4),
      s.recall.toFixed(4),
      s.f1.toFixed(4),
      String(s.support),
    ];
    return textTable([
      ['', 'precision', 'recall', 'f1', 'support'],
      ...this.perClass.map((s) => line(String(s.label), s)),
      ['accuracy', '', '', this.accuracy.toFixed(4), String(this.macro.support)],
      line('macro avg', this.macro),
      line('weighted avg', this.weighted),
    ]);
  }
}

/**
 * Precision, recall, F1 and support of each class and their averages.
 * @throws ArgumentError for an unknown option
 * @throws ShapeError when the lengths differ; DataError for no rows or labels of different types
 */
export function classificationReport(
  yTrue: Labels,
  yPred: Labels,
  options: ClassScoreOptions = {},
): ClassificationSummary {
  checkKeys(options, ['labels', 'zeroDivision'], 'classificationReport');
  const zeroDivision = checkZeroDivision(options.zeroDivision);
  const pair = labelPair(yTrue, yPred, options.labels);
  return new Summary(accuracy(yTrue, yPred), pair.classes, count(pair), zeroDivision);
}
