import type { Target } from '../data';
import { PARAMETERS_PER_ROW } from '../report';

/** Hidden layers to begin with, the largest first. */
const SIZES: readonly (readonly number[])[] = [[64, 32], [32, 16], [16, 8], [16], [8], [4]];

/** The largest hidden layers of `SIZES` that do not learn so many rows by heart; the smallest when all are too large. */
export function defaultHidden(inputs: number, outputs: number, rows: number): number[] {
  const fits = SIZES.find((hidden) => parametersOf(inputs, hidden, outputs) <= PARAMETERS_PER_ROW * rows);
  return [...(fits ?? SIZES[SIZES.length - 1])];
}

/** Units of the last layer: one for a number or two classes. */
export function outputsOf(target: Target): number {
  const classes = target.task === 'classification' ? new Set<unknown>(target.labels).size : 1;
  return classes === 2 ? 1 : classes;
}

/** Weights and biases of a chain of linear layers. */
export function parametersOf(inputs: number, hidden: readonly number[], outputs: number): number {
  const sizes = [inputs, ...hidden, outputs];
  return sizes.slice(1).reduce((sum, units, i) => sum + units * (sizes[i] + 1), 0);
}
