import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Matrix, StandardScaler, type Table, TablePreprocessor, wordAt } from '../data';
import { DataError } from '../errors';
import { fileError, openCsv, readCsv, readNpy } from '../io';
import { colorsOf, type PointMap } from '../report';
import type { CsvArguments } from './arguments';
import { UsageError } from './exit';
import { csvOptions } from './reading';

/** Options of every command that draws a map of the rows of a file. */
export interface PointArguments extends CsvArguments {
  /** A column by name, or by number in a .npy file. */
  label?: string;
  /** A file with a label of each row. */
  labels?: string;
  hover?: string;
  exclude?: string[];
  scale: boolean;
  out?: string;
  force: boolean;
  threads?: number;
}

/** The rows of a file as points. */
export interface Points {
  X: Matrix;
  /** What colours the points. */
  colors: Pick<PointMap, 'classes' | 'classOf' | 'values'>;
  /** Of each row, with the name of their column. */
  label?: { name: string; texts: string[] };
  hover?: { name: string; texts: string[] };
}

type Named = NonNullable<Points['label']>;

const MOST_CLASSES = 1000;
const MS_PER_DAY = 86_400_000;
const isNpy = (file: string) => path.extname(file).toLowerCase() === '.npy';

/** A column as labels: texts, and numbers where they are such. */
function labelsOf(table: Table, name: string): { label: Named; values?: Float64Array } {
  const column = table.column(name);
  const text = (row: number): string => {
    if (column.storage === 'words') return wordAt(column, row) ?? '(other)';
    const value = column.values[row];
    if (Number.isNaN(value)) return '(missing)';
    return column.storage === 'date' ? new Date(value * MS_PER_DAY).toISOString().slice(0, 10) : String(value);
  };
  const texts = Array.from({ length: table.rows }, (_, row) => text(row));
  return { label: { name, texts }, ...(column.storage === 'number' && { values: Float64Array.from(column.values) }) };
}

/** Many different numbers are shown by a scale, everything else by classes. */
function colored({ label, values }: { label: Named; values?: Float64Array }): Pick<Points, 'label' | 'colors'> {
  const scaled = values && colorsOf(values, label.name);
  if (scaled?.values) return { label, colors: scaled };
  const colors = colorsOf(label.texts, label.name);
  if ((colors.classes?.length ?? 0) > MOST_CLASSES) {
    throw new DataError(
      `Expected the labels '${label.name}' to have at most ${MOST_CLASSES} different values, found ${colors.classes?.length}.`,
    );
  }
  return { label, colors };
}

/** A text file's lines, without an empty last one. */
async function linesOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError('read', file, error);
  });
  return text
    .replace(/^\ufeff/, '')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
}

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text));

/** Labels from a file of their own: .npy, .csv with one column, or lines of text. */
async function labelsFrom(
  file: string,
  rows: number,
  signal: AbortSignal,
): Promise<{ label: Named; values?: Float64Array }> {
  const name = path.basename(file, path.extname(file));
  const checkCount = (found: number) => {
    if (found !== rows) throw new DataError(`Expected ${file} to hold ${rows} labels, one a row, found ${found}.`);
  };
  if (isNpy(file)) {
    const { data } = await readNpy(file);
    checkCount(data.length);
    return { label: { name, texts: Array.from(data, String) }, values: Float64Array.from(data) };
  }
  if (path.extname(file).toLowerCase() === '.csv') {
    const table = await readCsv(file, { signal });
    if (table.columns.length !== 1) {
      throw new DataError(`Expected ${file} to hold one column of labels, found ${table.columns.length}.`);
    }
    checkCount(table.rows);
    return labelsOf(table, table.names[0]);
  }
  const texts = await linesOf(file);
  checkCount(texts.length);
  return { label: { name, texts }, ...(texts.every(isNumber) && { values: Float64Array.from(texts, Number) }) };
}

/** The cells of a column as they stand in the file. */
async function rawColumn(file: string, name: string, options: PointArguments, signal: AbortSignal): Promise<Named> {
  const source = await openCsv(file, { ...csvOptions(options), signal });
  const at = source.header.indexOf(name);
  const texts: string[] = [];
  for await (const records of source.batches()) for (const record of records) texts.push(record[at]);
  return { name, texts };
}

async function csvPoints(file: string, options: PointArguments, signal: AbortSignal): Promise<Points> {
  const { label, labels, hover, exclude = [] } = options;
  const table = await readCsv(file, { ...csvOptions(options), signal });
  if (hover !== undefined) table.column(hover);
  const preprocessor = new TablePreprocessor({ scale: options.scale ? 'standard' : 'none' }).fit(table, {
    ...(label === undefined ? {} : { target: label }),
    exclude: hover === undefined || hover === label ? exclude : [...exclude, hover],
  });
  const known = labels === undefined ? label && labelsOf(table, label) : await labelsFrom(labels, table.rows, signal);
  return {
    X: preprocessor.transform(table),
    colors: {},
    ...(known && colored(known)),
    ...(hover !== undefined && { hover: await rawColumn(file, hover, options, signal) }),
  };
}

/** A column of a .npy file by its number, from 1 on. */
function columnAt(text: string, option: string, file: string, { cols }: Matrix): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > cols) {
    throw new UsageError(
      `Expected ${option} to be a column number from 1 to ${cols} of ${file}, which has no names, received ${text}.`,
    );
  }
  return number - 1;
}

function without(all: Matrix, left: ReadonlySet<number>): Matrix {
  if (left.size === 0) return all;
  const kept = Array.from({ length: all.cols }, (_, c) => c).filter((c) => !left.has(c));
  const X = Matrix.zeros(all.rows, kept.length);
  for (let row = 0; row < all.rows; row++) {
    for (const [c, from] of kept.entries()) X.data[row * kept.length + c] = all.data[row * all.cols + from];
  }
  return X;
}

async function npyPoints(file: string, options: PointArguments, signal: AbortSignal): Promise<Points> {
  const forCsv = Object.keys(csvOptions(options));
  if (forCsv.length > 0) throw new UsageError(`--${forCsv[0]} is for CSV files and does not apply to ${file}.`);
  const all = await readNpy(file);
  const { label, labels, hover, exclude = [] } = options;
  const at = (text: string, option: string) => columnAt(text, option, file, all);
  const name = (column: number): string => `column ${column + 1}`;
  const left = new Set(exclude.map((text) => at(text, '--exclude')));
  const labelAt = label === undefined ? undefined : at(label, '--label');
  const hoverAt = hover === undefined ? undefined : at(hover, '--hover');
  for (const column of [labelAt, hoverAt]) if (column !== undefined) left.add(column);
  if (left.size === all.cols)
    throw new DataError(`Expected ${file} to have a column left as a feature, all are taken.`);
  const X = without(all, left);
  const texts = (column: number): Named => ({ name: name(column), texts: Array.from(all.column(column), String) });
  let known: { label: Named; values?: Float64Array } | undefined;
  if (labelAt !== undefined) known = { label: texts(labelAt), values: Float64Array.from(all.column(labelAt)) };
  if (labels !== undefined) known = await labelsFrom(labels, all.rows, signal);
  return {
    X: options.scale ? new StandardScaler().fit(X).transform(X) : X,
    colors: {},
    ...(known && colored(known)),
    ...(hoverAt !== undefined && { hover: texts(hoverAt) }),
  };
}

/**
 * Reads a .npy or CSV file as points. Columns of a CSV file are encoded as for a training; unless `scale` is false columns
 * are standardised.
 */
export async function readPoints(file: string, options: PointArguments, signal: AbortSignal): Promise<Points> {
  if (options.label !== undefined && options.labels !== undefined) {
    throw new UsageError('Say either --label, a column, or --labels, a file of its own.');
  }
  return isNpy(file) ? npyPoints(file, options, signal) : csvPoints(file, options, signal);
}
