import path from 'node:path';
import type { Table, TablePreprocessor, Target } from '../data';
import { count, counted, type Finding, type TrainingReport } from '../report';
import type { Parts } from './parts';
import type { Context } from './run';
import { describeEvaluation } from './summary';
import { paint, type Style, seconds, wrap } from './terminal';

/** The table and what is made of it. */
export function sayData(
  { out, look, json }: Context,
  file: string,
  table: Table,
  target: Target,
  preprocessor: TablePreprocessor,
  parts: Parts,
): void {
  if (json) return;
  const lines = [
    paint(
      look,
      'bold',
      `${path.basename(file)}: ${counted(table.rows, 'row')}, ${counted(table.columns.length, 'column')}`,
    ),
  ];
  const classes = target.task === 'classification' ? new Set<unknown>(target.labels).size : 0;
  const task = classes > 0 ? `classification, ${classes} classes` : 'regression';
  lines.push(`Target    ${target.name} (${task})`);
  lines.push(
    `Features  ${counted(preprocessor.columns.length, 'column')} as ${counted(preprocessor.featureNames.length, 'number')}`,
  );
  const left = preprocessor.excluded.filter(({ reason }) => reason !== 'target');
  if (left.length > 0) {
    const names = left.slice(0, 8).map(({ name, reason }) => `${name} (${reason})`);
    lines.push(`Left out  ${names.join(', ')}${left.length > 8 ? `, and ${left.length - 8} more` : ''}`);
  }
  const missing = table.rows - target.rows.length;
  if (missing > 0) lines.push(`Skipped   ${counted(missing, 'row')} without a value in ${target.name}`);
  const { train: t, validation: v, test } = parts;
  lines.push(`Rows      ${count(t.length)} to train, ${count(v.length)} to validate, ${count(test.length)} to test`);
  out.write(`${lines.map((line) => wrap(line, look)).join('\n')}\n\n`);
}

const SEVERITY: Record<Finding['severity'], Style> = { error: 'red', warning: 'yellow', info: 'dim' };

/** What the data doctor found: remarks, so that a pipe gets the results alone. */
export function sayFindings({ err, errLook, json }: Context, findings: readonly Finding[]): void {
  if (json) return;
  for (const { severity, message, advice } of findings) {
    const text = wrap(`${severity}: ${message} ${advice}`, errLook);
    err.write(`${paint(errLook, SEVERITY[severity], `${severity}:`)}${text.slice(severity.length + 1)}\n`);
  }
  if (findings.length > 0) err.write('\n');
}

/** How the training went. */
export function sayResult(
  { out, look, json }: Context,
  report: TrainingReport,
  page: string | undefined,
  cut: boolean,
): void {
  if (json) {
    out.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const { training, model, evaluations } = report;
  if (training === undefined) return;
  const why = cut ? 'Interrupted after' : training.stoppedBy === 'earlyStopping' ? 'Stopped early after' : 'Trained';
  const best = training.bestEpoch >= 0 ? `, weights of epoch ${training.bestEpoch + 1}` : '';
  const text = `${why} ${counted(training.epochs, 'epoch')} in ${seconds(training.seconds)}${best}; ${counted(model.parameters, 'parameter')}.`;
  out.write(`${wrap(text, look)}\n`);
  for (const evaluation of evaluations) {
    if (evaluation.set === 'test' || evaluations.length === 1) out.write(`\n${describeEvaluation(evaluation, look)}\n`);
  }
  out.write(`\nModel: ${model.file}\n`);
  if (page !== undefined) out.write(`Report: ${page}\n`);
}
