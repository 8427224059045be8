import path from 'node:path';
import { type DecimalMark, isMissing, type Label, type Labels, Matrix, parseNumber } from '../../data';
import { AbortError, DataError } from '../../errors';
import { openCsv, readCsv, writeFileAtomic } from '../../io';
import { MLPClassifier, TableModel } from '../../models';
import { type ColumnReport, counted, type EvaluationReport, renderReport, type TrainingReport } from '../../report';
import { didYouMean } from '../../validate';
import type { CsvArguments } from '../arguments';
import { reportColumns } from '../columns';
import { checkOutputs } from '../files';
import { csvOptions, readingProgress, UnknownCells } from '../reading';
import { reportClassification, reportEnvironment, reportModel, reportRegression } from '../reporting';
import type { Context } from '../run';
import { describeEvaluation } from '../summary';

export interface EvaluateArguments extends CsvArguments {
  report?: string;
  strict: boolean;
  force: boolean;
}

/** A model that knows which column it predicts. */
type Scored = TableModel & { readonly target: string };

/** Scores a model of `hebb train` on a CSV file that has the target column. */
export async function evaluate(
  context: Context,
  modelFile: string,
  file: string,
  options: EvaluateArguments,
): Promise<void> {
  const { out, err, json, look } = context;
  await checkOutputs([options.report], [modelFile, file], options.force);
  const table = await TableModel.load(modelFile);
  if (!hasTarget(table)) {
    throw new DataError(
      `Expected ${modelFile} to say which column it predicts: fit its preprocessor with \`target\`, or score it in code.`,
    );
  }
  const { X, cells, rows, decimal } = await readRows(context, table, file, options);
  if (cells.length < rows && !json) {
    err.write(`${counted(rows - cells.length, 'row')} without a value in ${table.target}: left out.\n`);
  }
  const evaluation = score(table, X, cells, decimal, path.basename(file));
  const { model, task, target } = table;
  const columns = json || options.report !== undefined ? await describeColumns(context, table, file, options) : [];
  const report: TrainingReport = {
    format: 'hebb-report',
    version: 1,
    kind: 'evaluate',
    title: `${path.basename(modelFile)} on ${path.basename(file)}`,
    createdAt: new Date().toISOString(),
    task,
    data: {
      source: path.basename(file),
      rows,
      target,
      split: { train: 0, validation: 0, test: cells.length },
      columns,
    },
    model: {
      ...reportModel(model, task === 'classification' ? 'MLPClassifier' : 'MLPRegressor'),
      file: modelFile,
    },
    evaluations: [evaluation],
    environment: reportEnvironment(model.settings.seed),
  };
  if (options.report !== undefined) await writeFileAtomic(options.report, renderReport(report));
  if (json) {
    out.write(`${JSON.stringify(report)}\n`);
    return;
  }
  out.write(`${describeEvaluation(evaluation, look)}\n`);
  if (options.report !== undefined) out.write(`\nReport: ${options.report}\n`);
}

const hasTarget = (table: TableModel): table is Scored => table.target !== undefined;

/** The columns of the file with their values, for the page; those that the model does not look at are marked. */
async function describeColumns(
  { signal }: Context,
  { preprocessor, target }: Scored,
  file: string,
  options: CsvArguments,
): Promise<ColumnReport[]> {
  const table = await readCsv(file, { ...csvOptions(options), expectedColumns: [target], signal });
  const used = new Set(preprocessor.columns);
  const unused = table.names.filter((name) => name !== target && !used.has(name));
  return reportColumns(
    table,
    target,
    unused.map((name) => ({ name, reason: 'excluded' })),
  );
}

/** The features of all rows that have a target, and the target's cells. */
async function readRows(
  context: Context,
  { preprocessor, target }: Scored,
  file: string,
  options: EvaluateArguments,
): Promise<{ X: Matrix; cells: string[]; rows: number; decimal: DecimalMark }> {
  const { signal } = context;
  const source = await openCsv(file, {
    ...csvOptions(options),
    expectedColumns: [target, ...preprocessor.columns],
    signal,
    onProgress: readingProgress(context, file, 'scoring'),
  });
  const at = source.header.indexOf(target);
  if (at < 0) {
    throw new DataError(
      `Expected ${file} to have the target column '${target}' to score against.${didYouMean(target, source.header)} ` +
        `Columns: ${source.header.slice(0, 12).join(', ')}.`,
    );
  }
  const decimal = source.form.decimal ?? preprocessor.decimal;
  const unknown = new UnknownCells();
  const parts: Float32Array[] = [];
  const cells: string[] = [];
  let rows = 0;
  for await (const batch of source.batches()) {
    if (signal.aborted) throw new AbortError('Reading the file was aborted.', { cause: signal.reason });
    const labelled = batch.filter((row) => !isMissing(row[at]));
    const X = preprocessor.transformRows(labelled, source.header, {
      firstRow: rows + 1,
      decimal,
      onUnknown: unknown.note,
      ...(options.strict ? { handleUnknown: 'error' as const } : {}),
    });
    parts.push(X.data);
    for (const row of labelled) cells.push(row[at]);
    rows += batch.length;
  }
  unknown.tell(context);
  if (cells.length === 0) throw new DataError(`Expected ${file} to have rows with a value in '${target}', found none.`);
  const X = Matrix.zeros(cells.length, preprocessor.featureNames.length);
  let offset = 0;
  for (const part of parts) {
    X.data.set(part, offset);
    offset += part.length;
  }
  return { X, cells, rows, decimal };
}

function score(
  { model, target }: Scored,
  X: Matrix,
  cells: string[],
  decimal: DecimalMark,
  set: string,
): EvaluationReport {
  if (model instanceof MLPClassifier) {
    const { classes } = model;
    const labels = cells.map((cell) => labelOf(cell, classes, decimal));
    const unknown = labels.find((label) => !classes.includes(label));
    if (unknown !== undefined) {
      throw new DataError(
        `Expected the column '${target}' to hold the classes that the model knows (${listOf(classes)}), ` +
          `found '${unknown}'.${didYouMean(String(unknown), classes.map(String))}`,
      );
    }
    return reportClassification(model, X, labels as unknown as Labels, set);
  }
  const values = Float64Array.from(cells, (cell, i) => {
    const value = numberOf(cell, decimal);
    if (Number.isNaN(value)) {
      throw new DataError(`Expected the column '${target}' to hold numbers, found '${cell}' (value ${i + 1}).`);
    }
    return value;
  });
  return reportRegression(model, X, values, set);
}

/** A number with the file's decimal mark, or with the other one where the first makes no sense. */
function numberOf(cell: string, decimal: DecimalMark): number {
  const value = parseNumber(cell, decimal);
  return Number.isNaN(value) ? parseNumber(cell, decimal === '.' ? ',' : '.') : value;
}

/** The label that a cell stands for, in the type of the model's classes. */
function labelOf(cell: string, classes: readonly Label[], decimal: DecimalMark): Label {
  const text = cell.trim();
  if (typeof classes[0] === 'string') return text;
  if (typeof classes[0] === 'boolean') return text.toLowerCase() === 'true';
  const value = numberOf(text, decimal);
  return Number.isNaN(value) ? text : value;
}

function listOf(labels: readonly Label[]): string {
  return `${labels.slice(0, 10).join(', ')}${labels.length > 10 ? `, and ${labels.length - 10} more` : ''}`;
}
