import path from 'node:path';
import { isMissing, type Label, type Labels, Matrix, parseNumber } from '../../data';
import { AbortError, DataError } from '../../errors';
import { openCsv, writeFileAtomic } from '../../io';
import { type EvaluationReport, renderReport, type TrainingReport } from '../../report';
import { didYouMean } from '../../validate';
import type { CsvArguments } from '../arguments';
import { checkOutput } from '../files';
import { reportClassification, reportEnvironment, reportModel, reportRegression } from '../reporting';
import type { Context } from '../run';
import { describeEvaluation } from '../summary';
import { labelOf, loadTableModel, type TableModel } from '../tableModel';
import { csvOptions } from './train';

export interface EvaluateArguments extends CsvArguments {
  report?: string;
  force: boolean;
}

/** Scores a model of `hebb train` on a CSV file that has the target column. */
export async function evaluate(
  context: Context,
  modelFile: string,
  file: string,
  options: EvaluateArguments,
): Promise<void> {
  const { out, err, json, look } = context;
  if (options.report !== undefined) await checkOutput(options.report, options.force);
  const loaded = await loadTableModel(modelFile);
  const { X, cells, rows } = await readRows(context, loaded, file, options);
  if (cells.length < rows && !json)
    err.write(`${rows - cells.length} rows without a value in ${loaded.target}: left out.\n`);
  const evaluation = score(loaded, X, cells, path.basename(file));
  const report: TrainingReport = {
    format: 'hebb-report',
    version: 1,
    kind: 'evaluate',
    title: `${path.basename(modelFile)} on ${path.basename(file)}`,
    createdAt: new Date().toISOString(),
    task: loaded.task,
    data: {
      source: path.basename(file),
      rows,
      target: loaded.target,
      split: { train: 0, validation: 0, test: cells.length },
      columns: [],
    },
    model: {
      ...reportModel(loaded.model, loaded.task === 'classification' ? 'MLPClassifier' : 'MLPRegressor'),
      file: modelFile,
    },
    evaluations: [evaluation],
    findings: [],
    environment: reportEnvironment(loaded.model.settings.seed),
  };
  if (options.report !== undefined) await writeFileAtomic(options.report, renderReport(report));
  if (json) {
    out.write(`${JSON.stringify(report)}\n`);
    return;
  }
  out.write(`${describeEvaluation(evaluation, look)}\n`);
  if (options.report !== undefined) out.write(`\nReport: ${options.report}\n`);
}

/** The features of all rows that have a target, and the target's cells. */
async function readRows(
  { signal }: Context,
  { preprocessor, target }: TableModel,
  file: string,
  options: CsvArguments,
): Promise<{ X: Matrix; cells: string[]; rows: number }> {
  const source = await openCsv(file, { ...csvOptions(options), signal });
  const at = source.header.indexOf(target);
  if (at < 0) {
    throw new DataError(
      `Expected ${file} to have the target column '${target}' to score against.${didYouMean(target, source.header)} ` +
        `Columns: ${source.header.slice(0, 12).join(', ')}.`,
    );
  }
  const width = preprocessor.featureNames.length;
  const parts: Float32Array[] = [];
  const cells: string[] = [];
  let rows = 0;
  for await (const batch of source.batches()) {
    if (signal.aborted) throw new AbortError('Reading the file was aborted.', { cause: signal.reason });
    const labelled = batch.filter((row) => !isMissing(row[at]));
    parts.push(preprocessor.transformRows(labelled, source.header, { firstRow: rows + 1 }).data);
    for (const row of labelled) cells.push(row[at]);
    rows += batch.length;
  }
  if (cells.length === 0) throw new DataError(`Expected ${file} to have rows with a value in '${target}', found none.`);
  const X = Matrix.zeros(cells.length, width);
  let offset = 0;
  for (const part of parts) {
    X.data.set(part, offset);
    offset += part.length;
  }
  return { X, cells, rows };
}

function score(loaded: TableModel, X: Matrix, cells: string[], set: string): EvaluationReport {
  if (loaded.task === 'classification') {
    const { classes } = loaded.model;
    const labels = cells.map((cell) => labelOf(cell, classes));
    const unknown = labels.find((label) => !classes.includes(label));
    if (unknown !== undefined) {
      throw new DataError(
        `Expected the column '${loaded.target}' to hold the classes that the model knows (${listOf(classes)}), ` +
          `found '${unknown}'.${didYouMean(String(unknown), classes.map(String))}`,
      );
    }
    return reportClassification(loaded.model, X, labels as unknown as Labels, set);
  }
  const values = Float64Array.from(cells, (cell, i) => {
    const dot = parseNumber(cell, '.');
    const value = Number.isNaN(dot) ? parseNumber(cell, ',') : dot;
    if (Number.isNaN(value)) {
      throw new DataError(`Expected the column '${loaded.target}' to hold numbers, found '${cell}' (value ${i + 1}).`);
    }
    return value;
  });
  return reportRegression(loaded.model, X, values, set);
}

function listOf(labels: readonly Label[]): string {
  return `${labels.slice(0, 10).join(', ')}${labels.length > 10 ? `, and ${labels.length - 10} more` : ''}`;
}
