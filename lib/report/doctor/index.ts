import { count } from '../format';
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
import { type Check, columnsText, type DoctorInput } from './context';
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

/** Findings of one kind that are told one by one: wide tables have the same to say of thousands of columns. */
const OF_A_KIND = 5;

/** The first findings of each kind and severity, and one that stands for the rest. */
function folded(findings: readonly Finding[]): Finding[] {
  const kinds = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.severity} ${finding.code}`;
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, [finding]);
    else kind.push(finding);
  }
  return [...kinds.values()].flatMap((kind) => {
    const rest = kind.slice(OF_A_KIND);
    if (rest.length < 2) return kind;
    const columns = rest.flatMap((finding) => finding.columns);
    return [
      ...kind.slice(0, OF_A_KIND),
      {
        code: kind[0].code,
        severity: kind[0].severity,
        columns,
        message: `${count(rest.length)} more findings are like the last one, about ${columnsText(columns)}.`,
        advice: 'The same is to be done.',
      },
    ];
  });
}

/**
 * Looks a table over before a model is trained on it: what it finds, the worst first. Each finding says what it means and
 * what to do. `hebb train` prints the findings and puts them into its report. Where more than a few are of one kind, the
 * last of them stands for the others and names their columns.
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
  const findings = folded(CHECKS.flatMap((check) => check(input)));
  return findings.sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}
