import { cpus } from 'node:os';
import type { Label, Labels, Matrix } from '../data';
import { classificationReport, confusionMatrix, logLoss, mae, r2, rmse, rocAuc, rocCurve } from '../metrics';
import type { MLPClassifier, MLPRegressor } from '../models';
import { nativeInfo } from '../native';
import type {
  ClassificationReport,
  EnvironmentReport,
  Histogram,
  ModelReport,
  RegressionReport,
  TrainingCurves,
} from '../report';
import type { History } from '../train';
import { version } from './version';

const MAX_CURVE = 500;
const MAX_POINTS = 2000;

/** What a classifier does on labelled rows. */
export function reportClassification(model: MLPClassifier, X: Matrix, y: Labels, set: string): ClassificationReport {
  // The model keeps its classes as its outputs lie; people count class 2 before class 10.
  const labels = naturally(model.classes);
  const predicted = model.predict(X);
  const probabilities = model.predictProba(X);
  const summary = classificationReport(y, predicted, { labels });
  const { matrix } = confusionMatrix(y, predicted, { labels });
  const out: ClassificationReport = {
    task: 'classification',
    set,
    rows: X.rows,
    accuracy: summary.accuracy,
    macroF1: summary.macro.f1,
    weightedF1: summary.weighted.f1,
    logLoss: finite(logLoss(y, probabilities, { labels: model.classes as unknown as Labels })),
    baseline: Math.max(...matrix.map((row) => row.reduce((a, b) => a + b, 0))) / X.rows,
    classes: Array.from(labels as ArrayLike<Label>, String),
    confusion: matrix,
    perClass: summary.perClass.map((c) => ({
      label: String(c.label),
      precision: c.precision,
      recall: c.recall,
      f1: c.f1,
      support: c.support,
    })),
  };
  if (model.classes.length === 2) {
    out.threshold = model.threshold;
    const roc = reportRoc(y, probabilities.column(1), model.classes[1]);
    if (roc !== undefined) out.roc = roc;
  }
  return out;
}

const collator = new Intl.Collator('en', { numeric: true });

/** Labels in the order in which people look for them. */
function naturally(labels: readonly Label[]): Labels {
  return [...labels].sort((a, b) =>
    typeof a === 'string' && typeof b === 'string' ? collator.compare(a, b) : Number(a) - Number(b),
  ) as unknown as Labels;
}

/** The ROC curve, or nothing when only one of the classes occurs. */
function reportRoc(y: Labels, scores: Float32Array, positive: Label): ClassificationReport['roc'] {
  const isPositive = Array.from(y as ArrayLike<Label>, (label) => label === positive);
  if (!isPositive.includes(true) || !isPositive.includes(false)) return undefined;
  const curve = rocCurve(isPositive, scores, { posLabel: true });
  const keep = spread(curve.fpr.length, MAX_CURVE);
  return {
    auc: rocAuc(isPositive, scores),
    falsePositiveRate: keep.map((i) => curve.fpr[i]),
    truePositiveRate: keep.map((i) => curve.tpr[i]),
    positive: String(positive),
  };
}

/** What a regressor of one target does on rows with known targets. */
export function reportRegression(model: MLPRegressor, X: Matrix, y: Float64Array, set: string): RegressionReport {
  const predicted = model.predict(X) as Float32Array;
  const mean = y.reduce((a, b) => a + b, 0) / y.length;
  const keep = spread(y.length, MAX_POINTS);
  return {
    task: 'regression',
    set,
    rows: X.rows,
    r2: r2(y, predicted),
    rmse: rmse(y, predicted),
    mae: mae(y, predicted),
    baseline: rmse(y, new Float64Array(y.length).fill(mean)),
    points: { actual: keep.map((i) => y[i]), predicted: keep.map((i) => predicted[i]) },
    residuals: histogram(Float64Array.from(predicted, (value, i) => value - y[i])),
  };
}

/** At most `limit` numbers from 0 to n - 1, evenly spaced, the ends included. */
function spread(n: number, limit: number): number[] {
  if (n <= limit) return Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: limit }, (_, k) => Math.round((k * (n - 1)) / (limit - 1)));
}

/** Equal-width bins, about the square root of the count of them, at most 40. */
export function histogram(values: ArrayLike<number>): Histogram {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  if (values.length === 0) return { edges: [0, 1], counts: [0] };
  const bins = low === high ? 1 : Math.min(40, Math.max(5, Math.ceil(Math.sqrt(values.length))));
  const width = low === high ? 1 : (high - low) / bins;
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) counts[Math.min(bins - 1, Math.floor((values[i] - low) / width))]++;
  return {
    edges: Array.from({ length: bins + 1 }, (_, k) => (k === bins ? low + width * bins : low + width * k)),
    counts,
  };
}

/** A history as arrays. */
export function reportCurves(history: History, trainRows: number): TrainingCurves {
  const curves: TrainingCurves['curves'] = {
    loss: history.loss.map(finite),
    learningRate: history.epochs.map((epoch) => epoch.learningRate),
  };
  if (history.valLoss.length > 0) curves.valLoss = history.valLoss.map(finite);
  for (const [name, values] of Object.entries(history.metrics)) curves[name] = values.map(finite);
  return {
    epochs: history.epochs.length,
    curves,
    bestEpoch: history.bestEpoch,
    stoppedBy: history.stoppedBy,
    seconds: history.seconds,
    rowsPerSecond: history.seconds > 0 ? (trainRows * history.epochs.length) / history.seconds : 0,
  };
}

/** The layers of an MLP. */
export function reportModel(model: MLPClassifier | MLPRegressor, kind: string): ModelReport {
  const { hidden, activation } = model.settings;
  const sizes = [model.inputs, ...hidden, model.outputs];
  return {
    kind,
    parameters: model.parameters,
    layers: sizes.slice(1).map((output, i) => ({
      name: `layers.${i}`,
      type: 'linear',
      output,
      parameters: output * (sizes[i] + 1),
      ...(i < hidden.length ? { activation } : {}),
    })),
    options: { ...model.settings },
  };
}

export function reportEnvironment(seed: number): EnvironmentReport {
  const { isa, threads } = nativeInfo();
  return {
    hebb: version(),
    node: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    isa,
    threads,
    seed,
  };
}

/** NaN and Infinity have no place in JSON. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
