import type { ClassTarget, Labels, Matrix, NumberTarget, Target } from '../data';
import { AbortError } from '../errors';
import { MLPClassifier, MLPRegressor } from '../models';
import { counted, type EvaluationReport, figure, percent } from '../report';
import type { History } from '../train';
import { PATIENCE, type TrainArguments } from './arguments';
import type { Parts } from './parts';
import { reportClassification, reportRegression } from './reporting';
import type { Context } from './run';
import { TrainingProgress } from './terminal';

/** A trained model with what it was trained on. */
interface Outcome {
  model: MLPClassifier | MLPRegressor;
  history: History;
  /** The signal fired before all epochs were done. */
  interrupted: boolean;
  /** Scores the model on the rows that were held out. */
  evaluate(): EvaluationReport[];
}

/** What to learn: the target, the rows of each part, and how rows become X. */
export interface Task {
  target: Target;
  parts: Parts;
  rowsOf: (rows: Int32Array) => Matrix;
  options: TrainArguments & { hidden: number[] };
}

export const fitTask = (context: Context, task: Task): Promise<Outcome> =>
  task.target.task === 'classification' ? trainClasses(context, task) : trainNumbers(context, task);

/** The labels or values of rows of the table. */
function picker<T>(values: ArrayLike<T>, rows: Int32Array): (part: Int32Array) => T[] {
  // Rows ascend, so that the last is the greatest.
  const place = new Int32Array((rows.at(-1) ?? -1) + 1);
  for (let k = 0; k < rows.length; k++) place[rows[k]] = k;
  return (part) => {
    const out = new Array<T>(part.length);
    for (let k = 0; k < part.length; k++) out[k] = values[place[part[k]]];
    return out;
  };
}

/** @param validates whether there are rows that tell when to stop */
function modelOptions({ options }: Task, validates: boolean) {
  const { epochs, patience = PATIENCE } = options;
  return {
    hidden: options.hidden,
    activation: options.activation,
    optimizer: options.optimizer,
    ...(options.learningRate === undefined ? {} : { learningRate: options.learningRate }),
    ...(options.weightDecay === undefined ? {} : { weightDecay: options.weightDecay }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    l2: options.l2,
    dropout: options.dropout,
    epochs,
    batchSize: options.batchSize ?? ('auto' as const),
    // Without patience the best weights are kept all the same, as after Ctrl-C.
    ...(validates ? { earlyStopping: { patience: patience > 0 ? patience : epochs } } : {}),
    seed: options.seed,
  };
}

async function trainClasses(context: Context, task: Task): Promise<Outcome> {
  const { target, parts, rowsOf, options } = task;
  const { labels } = target as ClassTarget;
  const pick = picker<string | number>(labels, target.rows);
  const labelsOf = (part: Int32Array) => pick(part) as Labels;
  const held = holdOut(parts, labelsOf, rowsOf, new Set<unknown>(labelsOf(parts.train) as unknown[]), context);
  const validationData = held.validation;
  const model = new MLPClassifier({
    ...modelOptions(task, validationData !== undefined),
    ...(options.classWeight === undefined ? {} : { classWeight: options.classWeight }),
    ...(options.threshold === undefined ? {} : { threshold: options.threshold }),
  });
  const result = await fitModel(context, options.epochs, (callbacks) =>
    model.fit(rowsOf(parts.train), labelsOf(parts.train), {
      ...callbacks,
      ...(validationData === undefined ? {} : { validationData }),
    }),
  );
  const sets = { test: held.test, validation: held.validation };
  const evaluate = () =>
    Object.entries(sets).flatMap(([set, data]) =>
      data === undefined ? [] : [reportClassification(model, data[0], data[1], set)],
    );
  return { model, ...result, evaluate };
}

/** Validation and test rows; those whose class no training row has cannot be scored and are left out. */
function holdOut(
  parts: Parts,
  labelsOf: (part: Int32Array) => Labels,
  rowsOf: Task['rowsOf'],
  known: Set<unknown>,
  { err, json }: Context,
): { validation: [Matrix, Labels] | undefined; test: [Matrix, Labels] | undefined } {
  const take = (part: Int32Array, name: string): [Matrix, Labels] | undefined => {
    const labels = labelsOf(part) as readonly (string | number)[];
    const kept = part.filter((_, k) => known.has(labels[k]));
    if (kept.length < part.length && !json) {
      const left = part.length - kept.length;
      err.write(`${counted(left, `${name} row`)} of classes that no training row has: left out.\n`);
    }
    return kept.length === 0 ? undefined : [rowsOf(kept), labelsOf(kept)];
  };
  return { validation: take(parts.validation, 'validation'), test: take(parts.test, 'test') };
}

async function trainNumbers(context: Context, task: Task): Promise<Outcome> {
  const { target, parts, rowsOf, options } = task;
  const pick = picker<number>((target as NumberTarget).values, target.rows);
  const valuesOf = (part: Int32Array) => Float64Array.from(pick(part));
  const validates = parts.validation.length > 0;
  const model = new MLPRegressor({ ...modelOptions(task, validates), standardizeTarget: true });
  const validationData = [rowsOf(parts.validation), valuesOf(parts.validation)] as const;
  const result = await fitModel(context, options.epochs, (callbacks) =>
    model.fit(rowsOf(parts.train), valuesOf(parts.train), {
      ...callbacks,
      ...(validates ? { validationData } : {}),
    }),
  );
  const evaluate = () =>
    (['test', 'validation'] as const)
      .filter((set) => parts[set].length > 0)
      .map((set) => reportRegression(model, rowsOf(parts[set]), valuesOf(parts[set]), set));
  return { model, ...result, evaluate };
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
