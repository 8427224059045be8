import path from 'node:path';
import { TablePreprocessor, type Target, takeTarget } from '../../data';
import { readCsv, writeFileAtomic } from '../../io';
import { TableModel } from '../../models';
import { diagnose, renderReport, type TrainingReport } from '../../report';
import type { TrainArguments } from '../arguments';
import { reportColumns } from '../columns';
import { UsageError } from '../exit';
import { checkOutputs, stem } from '../files';
import { fitTask } from '../fit';
import { defaultHidden, outputsOf, parametersOf } from '../modelSize';
import { split } from '../parts';
import { csvOptions, readingProgress } from '../reading';
import { reportCurves, reportEnvironment, reportModel } from '../reporting';
import type { Context } from '../run';
import { sayData, sayFindings, sayResult } from '../trainText';

/** What `hebb train` does: from a CSV file to a model file and a report. @returns whether it was interrupted */
export async function train(context: Context, file: string, options: TrainArguments): Promise<boolean> {
  const modelFile = options.model ?? `${stem(file)}.safetensors`;
  checkTogether(options);
  await checkOutputs([modelFile, options.report], [file], options.force);
  const table = await readCsv(file, {
    ...csvOptions(options),
    expectedColumns: [options.target],
    signal: context.signal,
    onProgress: readingProgress(context, file, 'reading'),
  });
  const target = takeTarget(table, options.target, { task: options.task });
  checkTask(target, options);
  const parts = split(target, options);
  const exclude = options.exclude ?? [];
  const preprocessor = new TablePreprocessor().fit(table, { target: options.target, rows: parts.train, exclude });
  sayData(context, file, table, target, preprocessor, parts);
  const [inputs, outputs] = [preprocessor.featureNames.length, outputsOf(target)];
  const hidden = options.hidden ?? defaultHidden(inputs, outputs, parts.train.length);
  const parameters = parametersOf(inputs, hidden, outputs);
  const findings = diagnose({ table, target, split: parts, scaled: true, exclude, parameters });
  sayFindings(context, findings);

  const rowsOf = (rows: Int32Array) => preprocessor.transform(table, rows);
  const outcome = await fitTask(context, { target, parts, rowsOf, options: { ...options, hidden } });
  const { model, history, interrupted } = outcome;
  // First of all what cannot be made again in a moment.
  await new TableModel(model, preprocessor).save(modelFile);

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
    evaluations: outcome.evaluate(),
    findings,
    environment: reportEnvironment(options.seed),
  };
  if (options.report !== undefined) await writeFileAtomic(options.report, renderReport(report));
  sayResult(context, report, options.report, interrupted);
  return interrupted;
}

/** @throws UsageError for options that have no effect beside others */
function checkTogether({ dropout, hidden, patience = 0, validationSplit }: TrainArguments): void {
  if (dropout > 0 && hidden?.length === 0) {
    throw new UsageError('--dropout zeroes hidden units and --hidden none has none of them: leave one of the two out.');
  }
  if (patience > 0 && validationSplit === 0) {
    throw new UsageError(
      '--patience waits for rows of --validation-split to be predicted better, and 0 leaves none of them: leave one of the two out.',
    );
  }
}

/** @throws UsageError for options that have no effect on this target */
function checkTask(target: Target, { threshold, classWeight }: TrainArguments): void {
  if (target.task === 'regression') {
    const option = threshold !== undefined ? '--threshold' : classWeight !== undefined ? '--class-weight' : undefined;
    if (option === undefined) return;
    throw new UsageError(
      `${option} is for classes and '${target.name}' is a quantity: leave it out, or say --task classification.`,
    );
  }
  const classes = new Set<unknown>(target.labels).size;
  if (threshold !== undefined && classes !== 2) {
    throw new UsageError(`--threshold is for two classes and '${target.name}' has ${classes}: leave it out.`);
  }
}
