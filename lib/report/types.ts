/**
 * What a training, an evaluation or the demo has to tell, as plain JSON: no class instances, no typed arrays, and no NaN
 * or Infinity (such a figure is null). The command line writes it with `--json`, the report page draws it.
 */
export interface TrainingReport {
  /** The name of this format and its version; a reader refuses a newer version. */
  format: 'hebb-report';
  version: 1;
  kind: 'train' | 'evaluate' | 'demo';
  title: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  task: ReportTask;
  data: DataReport;
  model: ModelReport;
  /** Absent for `evaluate`. */
  training?: TrainingCurves;
  /** One entry for each set of rows that was scored, e.g. 'test', 'validation'; may be empty. */
  evaluations: EvaluationReport[];
  /** What the data doctor found, the worst first; absent where it did not look. */
  findings?: Finding[];
  environment: EnvironmentReport;
}

export type ReportTask = 'classification' | 'regression';

export interface DataReport {
  /** A file name, or the name of an embedded data set. */
  source: string;
  rows: number;
  target: string;
  /** Rows of each part; a part that was not made is 0. */
  split: { train: number; validation: number; test: number };
  /** Every column of the file, the target too, in file order. */
  columns: ColumnReport[];
}

export type ReportColumnType = 'number' | 'category' | 'boolean' | 'date' | 'id' | 'text' | 'constant' | 'empty';

export interface ColumnReport {
  name: string;
  type: ReportColumnType;
  role: 'feature' | 'target' | 'ignored';
  /** Cells without a value. */
  missing: number;
  /** Distinct values that are not missing; exact up to a bound the reader states, else a lower bound. */
  distinct: number;
  /** Of number, date (ms since 1970) and boolean (0, 1) columns. */
  numeric?: NumericSummary;
  /** The most frequent values, the most frequent first, at most 20. */
  top?: { value: string; count: number }[];
}

export interface NumericSummary {
  min: number;
  max: number;
  mean: number;
  /** Sample standard deviation (n - 1). */
  std: number;
  median: number;
  /** Equal-width bins: `edges` has one element more than `counts`. */
  histogram: Histogram;
}

export interface Histogram {
  edges: number[];
  counts: number[];
}

export interface ModelReport {
  /** The class, e.g. 'MLPClassifier'. */
  kind: string;
  parameters: number;
  layers: { name: string; type: string; output: number; parameters: number; activation?: string }[];
  /** The options as the model was made with, defaults filled in. */
  options: Record<string, unknown>;
  /** Where it was saved. */
  file?: string;
}

/** One row of arrays per epoch; every array has `epochs` elements. */
export interface TrainingCurves {
  epochs: number;
  /** Name -> one value an epoch: always 'loss' and 'learningRate'; 'valLoss', 'accuracy', 'valAccuracy', 'r2', ... */
  curves: Record<string, (number | null)[]>;
  /** The epoch (from 0) whose weights the model holds. */
  bestEpoch: number;
  stoppedBy: 'epochs' | 'earlyStopping' | 'converged' | 'abort' | 'callback';
  seconds: number;
  rowsPerSecond: number;
}

export type EvaluationReport = ClassificationReport | RegressionReport;

export interface ClassificationReport {
  task: 'classification';
  /** Which rows: 'test', 'validation', 'train', or the name of a file. */
  set: string;
  rows: number;
  accuracy: number;
  macroF1: number;
  weightedF1: number;
  logLoss: number | null;
  /** Accuracy of always saying the most frequent class of these rows: what a model has to beat. */
  baseline: number;
  /** Labels as text, in the order of the rows and columns of `confusion`. */
  classes: string[];
  /** confusion[actual][predicted], counts. */
  confusion: number[][];
  perClass: { label: string; precision: number; recall: number; f1: number; support: number }[];
  /** Binary only. The curve is thinned to at most 500 points; the area is of the whole curve. */
  roc?: { auc: number; falsePositiveRate: number[]; truePositiveRate: number[]; positive: string };
  /** Binary only: the probability from which the second class is said. */
  threshold?: number;
}

export interface RegressionReport {
  task: 'regression';
  set: string;
  rows: number;
  r2: number;
  rmse: number;
  mae: number;
  /** RMSE of always saying the mean of these rows. */
  baseline: number;
  /** At most 2,000 rows, evenly spaced through the set. */
  points: { actual: number[]; predicted: number[] };
  /** Of predicted - actual, over all rows. */
  residuals: Histogram;
}

/** One sentence on what it means and one on what to do. */
export interface Finding {
  /** Stable, e.g. 'constant-column'. */
  code: string;
  severity: 'info' | 'warning' | 'error';
  columns: string[];
  message: string;
  advice: string;
}

export interface EnvironmentReport {
  hebb: string;
  node: string;
  platform: string;
  arch: string;
  cpu: string;
  isa: string;
  threads: number;
  seed: number;
}
