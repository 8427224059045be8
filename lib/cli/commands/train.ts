import path from 'node:path';
import { type Labels, type Matrix, splitIndices, TablePreprocessor, type Target, takeTarget } from '../../data';
import { AbortError, DataError } from '../../errors';
import { readCsv, writeFileAtomic } from '../../io';
import { MLPClassifier, MLPRegressor } from '../../models';
import { diagnose, type EvaluationReport, renderReport, type TrainingReport } from '../../report';
import type { History } from '../../train';
import type { CsvArguments, TrainArguments } from '../arguments';
import { reportColumns } from '../columns';
import { checkOutput, stem } from '../files';
import { reportClassification, reportCurves, reportEnvironment, reportModel, reportRegression } from '../reporting';
import type { Context } from '../run';
import { setupToJson } from '../tableModel';
import { figure, percent, TrainingProgress } from '../terminal';
import { type Parts, sayData, sayFindings, sayResult } from '../trainText';

/** Fewest rows with a target that can be parted into training, validation and test rows. */
const MIN_ROWS = 10;

/** A trained model with what it was trained on. */
interface Outcome {
  model: MLPClassifier | MLPRegressor;
  history: History;
  /** The signal fired before all epochs were done. */
  interrupted: boolean;
  evaluations: EvaluationReport[];
}

/** What `hebb train` does: from a CSV file to a model file and a report. */
export async function train(context: Context, file: string, options: TrainArguments): Promise<boolean> {
  const modelFile = options.model ?? `${stem(file)}.safetensors`;
  await checkOutput(modelFile, options.force);
  if (options.report !== undefined) await checkOutput(options.report, options.force);
  const table = await readCsv(file, { ...csvOptions(options), signal: context.signal });
  const target = takeTarget(table, options.target, { task: options.task });
  const parts = split(target, options);
  const preprocessor = new TablePreprocessor().fit(table, {
    target: options.target,
    rows: parts.train,
    exclude: options.exclude ?? [],
  });
  sayData(context, file, table, target, preprocessor, parts);
  const findings = diagnose({
    table,
    target,
    split: parts,
    scaled: true,
    exclude: options.exclude ?? [],
    parameters: parametersOf(preprocessor.featureNames.length, options.hidden, outputsOf(target)),
  });
  sayFindings(context, findings);

  const rowsOf = (rows: Int32Array) => preprocessor.transform(table, rows);
  const outcome =
    target.task === 'classification'
      ? await trainClasses(context, target.labels, target.rows, parts, rowsOf, options)
      : await trainNumbers(context, target.values, target.rows, parts, rowsOf, options);
  const { model, history, evaluations, interrupted } = outcome;
  model.table = setupToJson({ preprocessor, target: options.target });
  await model.save(modelFile);

  const kind = target.task === 'classification' ? 'MLPClassifier' : 'MLPRegressor';
  const report: TrainingReport = {
    format: 'hebb-report',
    version: 1,
    kind: 'train',
    title: `${options.target} from ${path.basename(file)}`,
    createdAt: new Date().toISOString(),
    task: target.task,
    data: {
      source: path.basename(file),
      rows: table.rows,
      target: options.target,
      split: { train: parts.train.length, validation: parts.validation.length, test: parts.test.length },
      columns: reportColumns(table, options.target, preprocessor.excluded),
    },
    model: { ...reportModel(model, kind), file: modelFile },
    training: reportCurves(history, parts.train.length),
    evaluations,
    findings,
    environment: reportEnvironment(options.seed),
  };
  if (options.report !== undefined) await writeFileAtomic(options.report, renderReport(report));
  sayResult(context, report, options.report, interrupted);
  return interrupted;
}

/** What the command line says of the form of a CSV file. */
export function csvOptions(options: CsvArguments) {
  const { delimiter, header, decimal, encoding, types } = options;
  return {
    ...(delimiter === undefined ? {} : { delimiter }),
    // Without --no-header or --header the file itself tells.
    ...(header === undefined ? {} : { header }),
    ...(decimal === undefined ? {} : { decimal }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(types === undefined ? {} : { types }),
  };
}

/** Row numbers of the table for each part; classes keep their shares where they are large enough. */
function split(target: Target, options: TrainArguments): Parts {
  const { rows } = target;
  if (rows.length < MIN_ROWS) {
    throw new DataError(
      `Expected at least ${MIN_ROWS} rows with a value in '${target.name}' to train and test on, found ${rows.length}.`,
    );
  }
  const all = Int32Array.from(rows, (_, k) => k);
  const cut = (from: Int32Array, testSize: number): [Int32Array, Int32Array] => {
    if (testSize === 0) return [from, new Int32Array(0)];
    const settings = { testSize, seed: options.seed };
    const pick = (part: Int32Array) => part.map((k) => from[k]);
    if (target.task === 'classification') {
      const { labels } = target;
      const stratify = Array.from(from, (k) => labels[k]) as Labels;
      try {
        const parts = splitIndices(from.length, { ...settings, stratify });
        return [pick(parts.train), pick(parts.test)];
      } catch (error) {
        // A class too small to keep its share in both parts.
        if (!(error instanceof DataError)) throw error;
      }
    }
    const parts = splitIndices(from.length, settings);
    return [pick(parts.train), pick(parts.test)];
  };
  const [rest, test] = cut(all, options.testSplit);
  const [train, validation] = cut(rest, options.validationSplit);
  const toTable = (part: Int32Array) => part.map((k) => rows[k]);
  return { train: toTable(train), validation: toTable(validation), test: toTable(test) };
}

/** The labels or values of rows of the table. */
function picker<T>(values: ArrayLike<T>, rows: Int32Array): (part: Int32Array) => T[] {
  const place = new Map<number, number>();
  for (let k = 0; k < rows.length; k++) place.set(rows[k], k);
  return (part) => Array.from(part, (row) => values[place.get(row) as number]);
}

function modelOptions(options: TrainArguments, hasValidation: boolean) {
  return {
    hidden: options.hidden,
    activation: options.activation,
    optimizer: options.optimizer,
    ...(options.learningRate === undefined ? {} : { learningRate: options.learningRate }),
    ...(options.weightDecay === undefined ? {} : { weightDecay: options.weightDecay }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    l2: options.l2,
    dropout: options.dropout,
    epochs: options.epochs,
    batchSize: options.batchSize ?? ('auto' as const),
    ...(hasValidation && options.patience > 0 ? { earlyStopping: { patience: options.patience } } : {}),
    seed: options.seed,
  };
}

type RowsOf = (rows: Int32Array) => Matrix;

async function trainClasses(
  context: Context,
  labels: string[] | number[],
  rows: Int32Array,
  parts: Parts,
  rowsOf: RowsOf,
  options: TrainArguments,
): Promise<Outcome> {
  const pick = picker<string | number>(labels, rows);
  const labelsOf = (part: Int32Array) => pick(part) as Labels;
  const model = new MLPClassifier({
    ...modelOptions(options, parts.validation.length > 0),
    ...(options.classWeight === undefined ? {} : { classWeight: options.classWeight }),
    ...(options.threshold === undefined ? {} : { threshold: options.threshold }),
  });
  const held = holdOut(parts, labelsOf, rowsOf, new Set<unknown>(labelsOf(parts.train) as unknown[]), context);
  const validationData = held.validation;
  const result = await fitModel(context, options.epochs, (callbacks) =>
    model.fit(rowsOf(parts.train), labelsOf(parts.train), {
      ...callbacks,
      ...(validationData === undefined ? {} : { validationData }),
    }),
  );
  const sets = { test: held.test, validation: held.validation };
  const evaluations = Object.entries(sets).flatMap(([set, data]) =>
    data === undefined ? [] : [reportClassification(model, data[0], data[1], set)],
  );
  return { model, ...result, evaluations };
}

/** Validation and test rows; those whose class no training row has cannot be scored and are left out. */
function holdOut(
  parts: Parts,
  labelsOf: (part: Int32Array) => Labels,
  rowsOf: RowsOf,
  known: Set<unknown>,
  { err, json }: Context,
): { validation: [Matrix, Labels] | undefined; test: [Matrix, Labels] | undefined } {
  const take = (part: Int32Array, name: string): [Matrix, Labels] | undefined => {
    const labels = labelsOf(part) as readonly (string | number)[];
    const kept = part.filter((_, k) => known.has(labels[k]));
    if (kept.length < part.length && !json) {
      err.write(`${part.length - kept.length} ${name} rows have a class that no training row has: left out.\n`);
    }
    return kept.length === 0 ? undefined : [rowsOf(kept), labelsOf(kept)];
  };
  return { validation: take(parts.validation, 'validation'), test: take(parts.test, 'test') };
}

async function trainNumbers(
  context: Context,
  values: Float64Array,
  rows: Int32Array,
  parts: Parts,
  rowsOf: RowsOf,
  options: TrainArguments,
): Promise<Outcome> {
  const pick = picker<number>(values, rows);
  const valuesOf = (part: Int32Array) => Float64Array.from(pick(part));
  const model = new MLPRegressor({ ...modelOptions(options, parts.validation.length > 0), standardizeTarget: true });
  const validationData = [rowsOf(parts.validation), valuesOf(parts.validation)] as const;
  const result = await fitModel(context, options.epochs, (callbacks) =>
    model.fit(rowsOf(parts.train), valuesOf(parts.train), {
      ...callbacks,
      ...(parts.validation.length === 0 ? {} : { validationData }),
    }),
  );
  const evaluations = (['test', 'validation'] as const)
    .filter((set) => parts[set].length > 0)
    .map((set) => reportRegression(model, rowsOf(parts[set]), valuesOf(parts[set]), set));
  return { model, ...result, evaluations };
}

/** Units of the last layer: one for a number or two classes. */
function outputsOf(target: Target): number {
  const classes = target.task === 'classification' ? new Set<unknown>(target.labels).size : 1;
  return classes === 2 ? 1 : classes;
}

/** Weights and biases of a chain of linear layers. */
function parametersOf(inputs: number, hidden: readonly number[], outputs: number): number {
  const sizes = [inputs, ...hidden, outputs];
  return sizes.slice(1).reduce((sum, units, i) => sum + units * (sizes[i] + 1), 0);
}

type FitCallbacks = Pick<NonNullable<Parameters<MLPClassifier['fit']>[2]>, 'signal' | 'onEpoch' | 'onBatch'>;

/** Runs a fit with a progress bar; an interrupted one that has learned something counts as done. */
async function fitModel(
  { err, errLook, json, signal }: Context,
  epochs: number,
  run: (callbacks: FitCallbacks) => Promise<History>,
): Promise<{ history: History; interrupted: boolean }> {
  const progress = new TrainingProgress(err, errLook, epochs, json);
  progress.start();
  try {
    const history = await run({
      signal,
      onBatch: ({ epoch, step, steps, loss }) => progress.batch(epoch + step / steps, epoch, loss),
      onEpoch: ({ epoch, loss, valLoss, metrics }) => {
        const figures = [`loss ${figure(loss)}`];
        if (valLoss !== undefined) figures.push(`validation ${figure(valLoss)}`);
        const accuracy = metrics.valAccuracy ?? metrics.accuracy;
        if (accuracy !== undefined) figures.push(`accuracy ${percent(accuracy)}`);
        const r2 = metrics.valR2 ?? metrics.r2;
        if (r2 !== undefined) figures.push(`R2 ${r2.toFixed(3)}`);
        progress.epoch(epoch, figures.join('  '));
      },
    });
    return { history, interrupted: false };
  } catch (error) {
    const history = error instanceof AbortError ? (error.partial as History | undefined) : undefined;
    if (history === undefined || history.steps === 0) throw error;
    return { history, interrupted: true };
  } finally {
    progress.stop();
  }
}
