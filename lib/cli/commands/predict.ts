import Papa from 'papaparse';
import type { Label } from '../../data';
import { AbortError, DataError } from '../../errors';
import { type CsvSource, openCsv, writeFileAtomic } from '../../io';
import type { CsvArguments } from '../arguments';
import { checkOutput } from '../files';
import type { Context } from '../run';
import { loadTableModel, type TableModel } from '../tableModel';
import { csvOptions } from './train';

export interface PredictArguments extends CsvArguments {
  out?: string;
  format?: 'csv' | 'jsonl';
  proba: boolean;
  input: boolean;
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
  if (options.out !== undefined) await checkOutput(options.out, options.force);
  const loaded = await loadTableModel(modelFile);
  const source = await openCsv(file, { ...csvOptions(options), signal: context.signal });
  const jsonLines = json || (options.format ?? (options.out?.endsWith('.jsonl') ? 'jsonl' : 'csv')) === 'jsonl';
  const count = { rows: 0 };
  const lines = predictions(context, loaded, source, { ...options, jsonLines }, count);
  if (options.out !== undefined) {
    await writeFileAtomic(options.out, lines);
    if (!json) err.write(`${count.rows} predictions: ${options.out}\n`);
    return;
  }
  for await (const text of lines) {
    // A slow reader is waited for, so that memory stays bounded.
    if (!out.write(text)) await new Promise((resolve) => out.once('drain', resolve));
  }
}

type Line = (row: readonly string[], label: Label | number, proba: Float32Array | undefined) => string;

async function* predictions(
  { signal }: Context,
  loaded: TableModel,
  source: CsvSource,
  options: PredictArguments & { jsonLines: boolean },
  count: { rows: number },
): AsyncGenerator<string> {
  const { header } = source;
  const line = options.jsonLines ? jsonLine(loaded, header, options) : csvLine(loaded, options);
  if (!options.jsonLines) yield csvHeader(loaded, header, options);
  for await (const batch of source.batches()) {
    if (signal.aborted) throw new AbortError('Predicting was aborted.', { cause: signal.reason });
    const X = loaded.preprocessor.transformRows(batch, header, { firstRow: count.rows + 1 });
    count.rows += batch.length;
    if (loaded.task === 'regression') {
      const values = (await loaded.model.predictAsync(X, { signal })) as Float32Array;
      yield batch.map((row, i) => line(row, values[i], undefined)).join('');
      continue;
    }
    const { model } = loaded;
    const proba = await model.predictProbaAsync(X, { signal });
    const labels = model.labelsFromProba(proba) as readonly Label[];
    yield batch.map((row, i) => line(row, labels[i], options.proba ? proba.row(i) : undefined)).join('');
  }
  if (count.rows === 0) throw new DataError(`Expected ${source.file} to have rows below its header, it has none.`);
}

/** Float32 figures with as many digits as they have. */
const short = (value: number): number => Number(value.toPrecision(7));

/** The name of the predicted column, which must not hide one of the input's. */
function outputNames(loaded: TableModel, header: readonly string[], options: PredictArguments): string[] {
  const names = ['prediction'];
  if (loaded.task === 'classification' && options.proba) {
    for (const label of loaded.model.classes) names.push(`probability_${label}`);
  }
  const taken = options.input ? names.find((name) => header.includes(name)) : undefined;
  if (taken !== undefined) {
    throw new DataError(`Expected no column named '${taken}' in the input when --input copies its columns.`);
  }
  return names;
}

function csvHeader(loaded: TableModel, header: readonly string[], options: PredictArguments): string {
  return csvText([...(options.input ? header : []), ...outputNames(loaded, header, options)]);
}

function csvLine(_loaded: TableModel, options: PredictArguments): Line {
  return (row, label, proba) => {
    const own = [typeof label === 'number' ? String(short(label)) : String(label)];
    if (proba !== undefined) for (const p of proba) own.push(String(short(p)));
    return csvText([...(options.input ? row : []), ...own]);
  };
}

const csvText = (cells: readonly string[]): string => `${Papa.unparse([cells as string[]], { newline: '\n' })}\n`;

function jsonLine(loaded: TableModel, header: readonly string[], options: PredictArguments): Line {
  outputNames(loaded, header, options);
  const classes = loaded.task === 'classification' ? loaded.model.classes.map(String) : [];
  return (row, label, proba) => {
    const entry: Record<string, unknown> = {};
    if (options.input) for (const [j, name] of header.entries()) entry[name] = row[j];
    entry.prediction = typeof label === 'number' ? short(label) : label;
    if (proba !== undefined)
      entry.probabilities = Object.fromEntries(classes.map((name, c) => [name, short(proba[c])]));
    return `${JSON.stringify(entry)}\n`;
  };
}
