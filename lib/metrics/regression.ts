import type { MatrixLike, NumericVector } from '../data';
import { ShapeError } from '../errors';
import { checkSameRows } from '../validate';
import { numberTable, type Table } from './inputs';

/** True or predicted numbers: one a row, or rows x outputs. Figures of several outputs are averaged. */
export type Targets = NumericVector | MatrixLike;

function targetPair(yTrue: Targets, yPred: Targets): { truth: Table; predicted: Table } {
  const truth = numberTable(yTrue, 'yTrue');
  const predicted = numberTable(yPred, 'yPred');
  checkSameRows(predicted.rows, 'yPred', truth.rows, 'yTrue');
  if (predicted.cols !== truth.cols) {
    throw new ShapeError(
      `Expected \`yPred\` to have ${truth.cols} columns to match \`yTrue\`, received ${predicted.cols}.`,
    );
  }
  return { truth, predicted };
}

/** The mean over the outputs of figure(differences of that output, its true values). */
function overOutputs(
  yTrue: Targets,
  yPred: Targets,
  figure: (errors: Float64Array, truth: Float64Array) => number,
): number {
  const { truth, predicted } = targetPair(yTrue, yPred);
  const { rows, cols } = truth;
  let sum = 0;
  for (let j = 0; j < cols; j++) {
    const errors = new Float64Array(rows);
    const values = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      values[i] = truth.data[i * cols + j];
      errors[i] = predicted.data[i * cols + j] - values[i];
    }
    sum += figure(errors, values);
  }
  return sum / cols;
}

function meanOf(values: Float64Array, term: (value: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += term(values[i]);
  return sum / values.length;
}

const square = (x: number): number => x * x;

/**
 * The mean squared error, in float64.
 * @throws ShapeError when the shapes differ; DataError for no rows; NonFiniteError when a number is NaN or infinite
 */
export function mse(yTrue: Targets, yPred: Targets): number {
  return overOutputs(yTrue, yPred, (errors) => meanOf(errors, square));
}

/** The root of the mean squared error, in the target's unit; of several outputs the mean of their roots. @throws as `mse` */
export function rmse(yTrue: Targets, yPred: Targets): number {
  return overOutputs(yTrue, yPred, (errors) => Math.sqrt(meanOf(errors, square)));
}

/** The mean absolute error, in the target's unit. @throws as `mse` */
export function mae(yTrue: Targets, yPred: Targets): number {
  return overOutputs(yTrue, yPred, (errors) => meanOf(errors, Math.abs));
}

/** The median absolute error, which single large errors do not move. @throws as `mse` */
export function medianAbsoluteError(yTrue: Targets, yPred: Targets): number {
  return overOutputs(yTrue, yPred, (errors) => {
    const sorted = errors.map(Math.abs).sort();
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  });
}

/**
 * The coefficient of determination: 1 - sum of squared errors / sum of squared deviations from the mean. 1 is perfect, 0
 * is as good as the mean. A constant truth gives 1 when it is met exactly and else 0; a single row gives NaN. Conventions
 * of scikit-learn.
 * @throws as `mse`
 */
export function r2(yTrue: Targets, yPred: Targets): number {
  return overOutputs(yTrue, yPred, (errors, truth) => {
    if (truth.length < 2) return Number.NaN;
    const mean = meanOf(truth, (value) => value);
    const deviation = meanOf(truth, (value) => square(value - mean));
    const error = meanOf(errors, square);
    if (deviation === 0) return error === 0 ? 1 : 0;
    return 1 - error / deviation;
  });
}
