import type { Finding } from '../types';
import { mixedUnits, numbersWithUnits, unreadableCells } from './cells';
import {
  constantColumns,
  duplicateColumns,
  manyCategories,
  missingTarget,
  missingValues,
  unscaledColumns,
} from './columns';
import type { Check, DoctorInput } from './context';
import { idColumns, idFeatures } from './identifiers';
import { targetLeakage } from './leakage';
import { classImbalance, duplicateRows, fewRows } from './rows';

export type { DoctorInput } from './context';

const CHECKS: readonly Check[] = [
  targetLeakage,
  duplicateRows,
  classImbalance,
  fewRows,
  unscaledColumns,
  idFeatures,
  unreadableCells,
  mixedUnits,
  numbersWithUnits,
  missingTarget,
  missingValues,
  duplicateColumns,
  constantColumns,
  idColumns,
  manyCategories,
];

const ORDER = { error: 0, warning: 1, info: 2 };

/**
 * Looks a table over before a model is trained on it: what it finds, the worst first. Each finding says what it means and
 * what to do. `hebb train` prints the findings and puts them into its report.
 *
 * Checks: a column that predicts the target alone, copies of rows across the split, classes of very different size or of
 * few rows, too few rows for the model, columns that are not scaled, identifiers, cells that cannot be read, mixed units,
 * missing values, equal columns, constant and empty ones, very many categories.
 *
 * ```ts
 * const table = await readCsv('churn.csv');
 * const target = takeTarget(table, 'churned');
 * for (const { severity, message, advice } of diagnose({ table, target })) console.log(severity, message, advice);
 * ```
 */
export function diagnose(input: DoctorInput): Finding[] {
  const findings = CHECKS.flatMap((check) => check(input));
  return findings.sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}
