import Papa from 'papaparse';
import type { Label } from '../../data';
import { AbortError, DataError } from '../../errors';
import { type CsvSource, openCsv, writeFileAtomic } from '../../io';
import { MLPClassifier, TableModel } from '../../models';
import { counted } from '../../report';
import type { CsvArguments } from '../arguments';
import { UsageError } from '../exit';
import { checkOutputs } from '../files';
import { csvOptions, readingProgress, UnknownCells } from '../reading';
import type { Context } from '../run';

export interface PredictArguments extends CsvArguments {
  out?: string;
  format?: 'csv' | 'jsonl';
  proba: boolean;
  input: boolean;
  strict: boolean;
  force: boolean;
}

/** Predicts every row of a CSV file with a model of `hebb train`, a piece at a time. */
export async function predict(
  context: Context,
  modelFile: string,
  file: string,
  options: PredictArguments,
): Promise<void> {
  const { out, err, json } = context;
  if (json && options.format === 'csv') {
    throw new UsageError('--json asks for JSON lines and --format csv for CSV: say one of them.');
  }
  await checkOutputs([options.out], [modelFile, file], options.force);
  const model = await TableModel.load(modelFile);
  const source = await openCsv(file, {
    ...csvOptions(options),
    expectedColumns: model.preprocessor.columns,
    signal: context.signal,
    // Predictions that run over the same screen tell enough.
    ...(options.out === undefined && context.look.tty
      ? {}
      : { onProgress: readingProgress(context, file, 'predicting') }),
  });
  const jsonLines = json || (options.format ?? (options.out?.endsWith('.jsonl') ? 'jsonl' : 'csv')) === 'jsonl';
  const unknown = new UnknownCells();
  const count = { rows: 0 };
  const lines = predictions(context, model, source, { ...options, jsonLines, unknown }, count);
  if (options.out !== undefined) await writeFileAtomic(options.out, lines);
  else {
    for await (const text of lines) {
      out.write(text);
      if (out.gone) break;
      await out.ready();
    }
  }
  unknown.tell(context);
  if (options.out !== undefined && !json) err.write(`${counted(count.rows, 'prediction')}: ${options.out}\n`);
}

type Line = (row: readonly string[], label: Label | number, proba: Float32Array | undefined) => string;

async function* predictions(
  { signal }: Context,
  { model, preprocessor, classes }: TableModel,
  source: CsvSource,
  options: PredictArguments & { jsonLines: boolean; unknown: UnknownCells },
  count: { rows: number },
): AsyncGenerator<string> {
  const { header, form } = source;
  const names = outputNames(classes, header, options);
  const line = options.jsonLines ? jsonLine(classes, header, options) : csvLine(options);
  // With the first rows, so that a file that cannot be used gives no line at all.
  let head = options.jsonLines ? '' : csvText([...(options.input ? header : []), ...names]);
  for await (const batch of source.batches()) {
    if (signal.aborted) throw new AbortError('Predicting was aborted.', { cause: signal.reason });
    const X = preprocessor.transformRows(batch, header, {
      firstRow: count.rows + 1,
      onUnknown: options.unknown.note,
      ...(form.decimal === undefined ? {} : { decimal: form.decimal }),
      ...(options.strict ? { handleUnknown: 'error' as const } : {}),
    });
    count.rows += batch.length;
    if (model instanceof MLPClassifier) {
      const proba = await model.predictProbaAsync(X, { signal });
      const labels = model.labelsFromProba(proba) as readonly Label[];
      yield head + batch.map((row, i) => line(row, labels[i], options.proba ? proba.row(i) : undefined)).join('');
    } else {
      const values = (await model.predictAsync(X, { signal })) as Float32Array;
      yield head + batch.map((row, i) => line(row, values[i], undefined)).join('');
    }
    head = '';
  }
  if (count.rows === 0) throw new DataError(`Expected ${source.file} to have rows below its header, it has none.`);
}

/** Float32 figures with as many digits as they have. */
const short = (value: number): number => Number(value.toPrecision(7));

/** Names of the predicted columns, which must not hide one of the input's. */
function outputNames(classes: readonly Label[], header: readonly string[], options: PredictArguments): string[] {
  const names = ['prediction', ...(options.proba ? classes.map((label) => `probability_${label}`) : [])];
  const taken = options.input ? names.find((name) => header.includes(name)) : undefined;
  if (taken !== undefined) {
    throw new DataError(`Expected no column named '${taken}' in the input when --input copies its columns.`);
  }
  return names;
}

function csvLine(options: PredictArguments): Line {
  return (row, label, proba) => {
    const own = [typeof label === 'number' ? String(short(label)) : String(label)];
    if (proba !== undefined) for (const p of proba) own.push(String(short(p)));
    return csvText([...(options.input ? row : []), ...own]);
  };
}

const csvText = (cells: readonly string[]): string => `${Papa.unparse([cells as string[]], { newline: '\n' })}\n`;

function jsonLine(classes: readonly Label[], header: readonly string[], options: PredictArguments): Line {
  const names = classes.map(String);
  return (row, label, proba) => {
    const entry: Record<string, unknown> = {};
    if (options.input) for (const [j, name] of header.entries()) entry[name] = row[j];
    entry.prediction = typeof label === 'number' ? short(label) : label;
    if (proba !== undefined) entry.probabilities = Object.fromEntries(names.map((name, c) => [name, short(proba[c])]));
    return `${JSON.stringify(entry)}\n`;
  };
}
