import path from 'node:path';
import { type Matrix, type Table, TablePreprocessor, wordAt } from '../data';
import { PCA } from '../decomposition';
import { DataError } from '../errors';
import { readCsv, readNpy, writeFileAtomic } from '../io';
import { mapSvg, type PointMap, renderPage, type Section } from '../report';
import type { CsvArguments } from './arguments';
import { csvOptions } from './commands/train';
import { UsageError } from './exit';
import type { Context } from './run';

/** Options of every command that draws a map of the rows of a file. */
export interface PointArguments extends CsvArguments {
  label?: string;
  exclude?: string[];
  scale: boolean;
  out?: string;
  force: boolean;
  seed: number;
  threads?: number;
}

/** The rows of a file as points. */
export interface Points {
  X: Matrix;
  /** Of the label column, in ascending order; empty without one. */
  classes: string[];
  /** Class of each row. */
  classOf?: Int32Array;
}

/** Ascending, as numbers where all are numbers. */
function sortLabels(labels: Iterable<string>): string[] {
  const all = [...labels];
  const numeric = all.every((label) => label.trim() !== '' && Number.isFinite(Number(label)));
  return all.sort(numeric ? (a, b) => Number(a) - Number(b) : undefined);
}

function labelsOf(table: Table, name: string): Pick<Points, 'classes' | 'classOf'> {
  const column = table.column(name);
  const text = (row: number): string => {
    if (column.storage === 'words') return wordAt(column, row) ?? '(other)';
    const value = column.values[row];
    if (Number.isNaN(value)) return '(missing)';
    return column.storage === 'date' ? new Date(value * 86_400_000).toISOString().slice(0, 10) : String(value);
  };
  const texts = Array.from({ length: table.rows }, (_, row) => text(row));
  const classes = sortLabels(new Set(texts));
  if (classes.length > 1000) {
    throw new DataError(
      `Expected the label column '${name}' to have at most 1000 different values, found ${classes.length}.`,
    );
  }
  const index = new Map(classes.map((label, i) => [label, i]));
  return { classes, classOf: Int32Array.from(texts, (label) => index.get(label)!) };
}

/**
 * Reads a .npy or CSV file as points. Columns of a CSV file are encoded as for a training and, unless `scale` is false,
 * standardised.
 */
export async function readPoints(file: string, options: PointArguments, signal: AbortSignal): Promise<Points> {
  if (path.extname(file).toLowerCase() === '.npy') {
    if (options.label !== undefined) {
      throw new UsageError('A .npy file has no column names, so --label cannot be used with it.');
    }
    return { X: await readNpy(file), classes: [] };
  }
  const table = await readCsv(file, { ...csvOptions(options), signal });
  const named = options.label === undefined ? { classes: [] } : labelsOf(table, options.label);
  const preprocessor = new TablePreprocessor({ scale: options.scale ? 'standard' : 'none' }).fit(table, {
    ...(options.label === undefined ? {} : { target: options.label }),
    exclude: options.exclude ?? [],
  });
  return { X: preprocessor.transform(table), ...named };
}

const FORMATS = ['.html', '.svg', '.png', '.csv'];

interface Resvg {
  Resvg: new (svg: string, options: object) => { render(): { asPng(): Uint8Array } };
}

/** The package that draws PNG files; only those install it who want them. */
function resvg(): Resvg {
  try {
    return require('@resvg/resvg-js') as Resvg;
  } catch (cause) {
    throw new DataError(
      'PNG files are drawn by an optional package: run `npm install @resvg/resvg-js`, or choose .svg or .html.',
      { cause },
    );
  }
}

function svgToPng(svg: string): Uint8Array {
  const { Resvg } = resvg();
  return new Resvg(svg, { font: { loadSystemFonts: true, defaultFontFamily: 'sans-serif' } }).render().asPng();
}

/** @throws UsageError when the ending of an output file is none that can be written, DataError when its writer is missing */
export function checkFormat(file: string): void {
  const ending = path.extname(file).toLowerCase();
  if (ending === '.png') resvg();
  if (!FORMATS.includes(ending)) {
    throw new UsageError(`Expected --out to end in ${FORMATS.join(', ')}, received ${file}.`);
  }
}

/** A cell of a CSV file, quoted where it must be. */
const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

function mapCsv(map: PointMap): string {
  const count = map.points.length / map.dimensions;
  const axes = ['x', 'y', 'z'].slice(0, map.dimensions);
  const lines = [['row', ...axes, ...(map.classOf ? ['label'] : [])].join(',')];
  for (let row = 0; row < count; row++) {
    const place = Array.from(map.points.subarray(row * map.dimensions, (row + 1) * map.dimensions), String);
    const label = map.classOf ? [csvCell(map.classes![map.classOf[row]!]!)] : [];
    lines.push([String(row + 1), ...place, ...label].join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** Writes a map in the form that the ending of the file says; a page may hold further maps and charts. */
export async function writeMap(
  file: string,
  map: PointMap,
  page: { title: string; subtitle: string; sections: Section[] },
) {
  const content = {
    '.html': () => renderPage(page.title, page.subtitle, page.sections),
    '.svg': () => mapSvg(map),
    '.png': () => svgToPng(mapSvg(map)),
    '.csv': () => mapCsv(map),
  }[path.extname(file).toLowerCase() as '.html' | '.svg' | '.png' | '.csv']();
  await writeFileAtomic(file, content);
}

/** X in at most `most` dimensions, by PCA where it has more. */
export async function reduced(X: Matrix, most: number, { signal }: Context, threads?: number): Promise<Matrix> {
  const components = Math.min(most, X.rows, X.cols);
  const pca = new PCA({ nComponents: components, ...(threads === undefined ? {} : { threads }) });
  return pca.fitTransform(X, { signal });
}

/** The first columns of a matrix as the points of a map; a second one of zeros where there is only one. */
export function mapOf(title: string, X: Matrix, dimensions: 2 | 3, { classes, classOf }: Points): PointMap {
  const points = new Float32Array(X.rows * dimensions);
  for (let row = 0; row < X.rows; row++) {
    for (let axis = 0; axis < Math.min(dimensions, X.cols); axis++) {
      points[row * dimensions + axis] = X.data[row * X.cols + axis]!;
    }
  }
  return { title, points, dimensions, ...(classOf ? { classes, classOf } : {}) };
}
