import path from 'node:path';
import type { Matrix } from '../data';
import { PCA } from '../decomposition';
import { DataError } from '../errors';
import { writeFileAtomic } from '../io';
import { counted, figure, mapSvg, type PointMap, renderPage, type Section } from '../report';
import { UsageError } from './exit';
import { checkOutputs, stem } from './files';
import { type PointArguments, type Points, readPoints } from './points';
import type { Context } from './run';
import { table } from './terminal';

const FORMATS = ['.html', '.svg', '.png', '.csv'] as const;
type Format = (typeof FORMATS)[number];

const formatOf = (file: string): Format => path.extname(file).toLowerCase() as Format;

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

/**
 * @throws UsageError when the ending of an output file is none that can be written, DataError when its writer is missing
 */
function checkFormat(file: string): void {
  if (!FORMATS.includes(formatOf(file))) {
    throw new UsageError(`Expected --out to end in ${FORMATS.join(', ')}, received ${file}.`);
  }
  if (formatOf(file) === '.png') resvg();
}

/** Refuses options, by their names, that say nothing about an output file of such a form. */
function refuseForFormat(file: string, options: Record<string, unknown>, formats: readonly Format[]): void {
  const given = Object.keys(options).find((name) => options[name] !== undefined && options[name] !== false);
  if (given === undefined || formats.includes(formatOf(file))) return;
  throw new UsageError(
    `--${given} does not apply to a ${formatOf(file)} file: leave it out, or let --out end in ${formats.join(' or ')}.`,
  );
}

/**
 * Checks where the map goes, then reads the points.
 * @param pageOnly options that only a page can show, by their names; false and undefined are not given
 */
export async function begin(
  context: Context,
  file: string,
  verb: string,
  options: PointArguments,
  pageOnly: Record<string, unknown> = {},
): Promise<[string, Points]> {
  const out = options.out ?? `${stem(file)}.${verb}.html`;
  checkFormat(out);
  refuseForFormat(out, pageOnly, ['.html']);
  refuseForFormat(out, { hover: options.hover }, ['.html', '.csv']);
  await checkOutputs([out], options.labels === undefined ? [file] : [file, options.labels], options.force);
  const points = await readPoints(file, options, context.signal);
  remark(context, `${file}: ${counted(points.X.rows, 'row')}, ${counted(points.X.cols, 'feature')}`);
  return [out, points];
}

/** Says something about the run, beside its results. */
export function remark({ err, json }: Context, text: string): void {
  if (!json) err.write(`${text}\n`);
}

/** Prints facts as a table, or as one JSON document. */
export function tell({ out, json }: Context, facts: Record<string, string | number | null>): void {
  if (json) {
    out.write(`${JSON.stringify(facts)}\n`);
    return;
  }
  const text = (value: string | number | null) => (typeof value === 'number' ? figure(value) : (value ?? 'n/a'));
  const rows = Object.entries(facts).map(([name, value]) => [name, text(value)]);
  out.write(`${table(rows, 'll')}\n`);
}

export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
export const withThreads = ({ threads }: PointArguments) => (threads === undefined ? {} : { threads });

/** A column of a CSV file. */
export interface SheetColumn {
  name: string;
  cell: (row: number) => string;
}

/** Columns of a matrix under names of their own. */
export function matrixColumns(m: Matrix, names: readonly string[]): SheetColumn[] {
  return names.map((name, c) => ({ name, cell: (row) => String(m.data[row * m.cols + c]) }));
}

/** The label of each row, and what hovering says of it. */
export function textColumns({ label, hover }: Points): SheetColumn[] {
  const columns: SheetColumn[] = label ? [{ name: 'label', cell: (row) => label.texts[row] }] : [];
  if (hover) columns.push({ name: hover.name, cell: (row) => hover.texts[row] });
  return columns;
}

/** A cell of a CSV file, quoted where it must be. */
const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

function sheetCsv(rows: number, columns: readonly SheetColumn[]): string {
  const lines = [['row', ...columns.map(({ name }) => csvCell(name))].join(',')];
  for (let row = 0; row < rows; row++) {
    lines.push([String(row + 1), ...columns.map(({ cell }) => csvCell(cell(row)))].join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** What a command found, in all forms that it may be written in. */
export interface MapOutput {
  title: string;
  subtitle: string;
  /** Of the page; the first map of the first section is the picture. */
  sections: Section[];
  columns: SheetColumn[];
  rows: number;
}

/** Writes a map in the form that the ending of the file says; a page may hold further maps and charts. */
export async function writeMap(file: string, output: MapOutput): Promise<void> {
  const picture = () => mapSvg({ ...(output.sections[0].maps as PointMap[])[0], title: output.title });
  const content = {
    '.html': () => renderPage(output.title, output.subtitle, output.sections),
    '.svg': picture,
    '.png': () => svgToPng(picture()),
    '.csv': () => sheetCsv(output.rows, output.columns),
  }[formatOf(file)]();
  await writeFileAtomic(file, content);
}

/** X in at most `most` dimensions, by PCA. */
export async function reduced(X: Matrix, most: number, { signal }: Context, threads?: number): Promise<Matrix> {
  const components = Math.min(most, X.rows, X.cols);
  const pca = new PCA({ nComponents: components, ...(threads === undefined ? {} : { threads }) });
  return pca.fitTransform(X, { signal });
}

/** The first columns of a matrix as the points of a map; a second one of zeros where there is only one. */
export function mapOf(
  title: string,
  X: Matrix,
  dimensions: 2 | 3,
  { colors, hover }: Pick<Points, 'colors' | 'hover'>,
): PointMap {
  const points = new Float32Array(X.rows * dimensions);
  for (let row = 0; row < X.rows; row++) {
    for (let axis = 0; axis < Math.min(dimensions, X.cols); axis++) {
      points[row * dimensions + axis] = X.data[row * X.cols + axis];
    }
  }
  return { title, points, dimensions, ...colors, ...(hover && { labels: hover.texts }) };
}
