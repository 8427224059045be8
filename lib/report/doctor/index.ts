import type { Finding } from '../types';
import {
  constantColumns,
  duplicateColumns,
  idColumns,
  manyCategories,
  missingTarget,
  missingValues,
  unreadableCells,
  unscaledColumns,
} from './columns';
import type { Check, DoctorInput } from './context';
import { targetLeakage } from './leakage';
import { classImbalance, duplicateRows, fewRows } from './rows';

export type { DoctorInput } from './context';

const CHECKS: readonly Check[] = [
  targetLeakage,
  duplicateRows,
  classImbalance,
  fewRows,
  unscaledColumns,
  unreadableCells,
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
 * what to do.
 */
export function diagnose(input: DoctorInput): Finding[] {
  const findings = CHECKS.flatMap((check) => check(input));
  return findings.sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}
