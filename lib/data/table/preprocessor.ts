import { DataError, ShapeError } from '../../errors';
import { checkInteger, checkKeys, checkOneOf, didYouMean, show } from '../../validate';
import { Matrix } from '../matrix';
import { range } from '../rng';
import { type JsonObject, requireFitted, StateReader } from '../state';
import type { ColumnType, NumericColumn } from './column';
import type { ColumnEncoder, ColumnWriter, EncoderOptions } from './encoder';
import { encoderFromJson, fitEncoder } from './encoders';
import { scratchFor } from './median';
import type { DecimalMark } from './numbers';
import { RawCells, type RawRowOptions } from './rawCells';
import { type Cell, recordKeys, type Table } from './table';

/** Options of `TablePreprocessor`. */
export interface TablePreprocessorOptions {
  /** How numbers and dates are scaled: to mean 0 and deviation 1 (default), to 0..1, or not at all. */
  scale?: 'standard' | 'minMax' | 'none';
  /** Categories of a column that get an output column; the rarer ones share one. Default 50. */
  maxCategories?: number;
  /**
   * Raw cells of another form than `fit` saw: 'ignore' (default) counts a new word as "other" (or as no category, where
   * there were no other ones) and anything that cannot be read as missing; 'error' refuses them.
   */
  handleUnknown?: 'ignore' | 'error';
}

/** Options of `fit`. */
export interface TableFitOptions {
  /** The column to predict: no feature. */
  target?: string;
  /** The rows to learn from, for example those of the train part. Default: all. */
  rows?: ArrayLike<number>;
  /** Columns to leave out. */
  exclude?: readonly string[];
}

/** A column that is no feature, and why. */
export interface ExcludedColumn {
  /** As the table calls it. */
  name: string;
  /** Asked for ('target', 'excluded'), or a type that says nothing of other rows. */
  reason: 'target' | 'excluded' | 'id' | 'text' | 'constant' | 'empty';
}

/** Rows that are encoded at a time. */
const BLOCK = 512;

interface State {
  encoders: ColumnEncoder[];
  excluded: ExcludedColumn[];
  featureNames: string[];
  options: EncoderOptions;
}

/**
 * Turns tables and raw rows into a matrix: missing cells are filled in, numbers and dates scaled, categories spread over
 * columns of 0 and 1. What it learns is kept in the model's file, so that raw rows go in at predict time.
 *
 * - number: the median for missing cells, which a further column marks; then scaled.
 * - boolean: 0 or 1; the more frequent value for missing cells, which a further column marks.
 * - category: a column for each of the most frequent, one for the others, one for missing cells.
 * - date: days since 1970 as a number, and the place in the year and in the week as sine and cosine.
 * - id, text, constant and empty columns are left out (`excluded` lists them).
 *
 * Further columns exist only where `fit` met such cells; where it met none, missing cells are filled in silently.
 *
 * Cells of other forms: in a table, up to 1 % of a column's cells may be no numbers or dates and count as missing; in raw
 * rows every cell that cannot be read counts as missing and a new word as "other" (`handleUnknown`, `onUnknown`).
 */
export class TablePreprocessor {
  private readonly options: Omit<EncoderOptions, 'decimal'>;
  private state: State | undefined;

  /** @throws ArgumentError when an option is unknown or out of range */
  constructor(options: TablePreprocessorOptions = {}) {
    checkKeys(options, ['scale', 'maxCategories', 'handleUnknown'], 'TablePreprocessor');
    this.options = {
      scale: checkOneOf(options.scale ?? 'standard', 'scale', ['standard', 'minMax', 'none']),
      maxCategories: checkInteger(options.maxCategories ?? 50, 'maxCategories', { min: 1, max: 10_000 }),
      handleUnknown: checkOneOf(options.handleUnknown ?? 'ignore', 'handleUnknown', ['ignore', 'error']),
    };
  }

  private fitted(method: string): State {
    return requireFitted(this.state, 'TablePreprocessor', method);
  }

  /** Names of the matrix's columns. @throws HebbError with code ERR_NOT_FITTED */
  get featureNames(): readonly string[] {
    return this.fitted('featureNames').featureNames;
  }

  /** Names of the table's columns that are features. @throws HebbError with code ERR_NOT_FITTED */
  get columns(): string[] {
    return this.fitted('columns').encoders.map((encoder) => encoder.name);
  }

  /** The column that is predicted; undefined when `fit` was told none. @throws HebbError with code ERR_NOT_FITTED */
  get target(): string | undefined {
    return this.fitted('target').excluded.find(({ reason }) => reason === 'target')?.name;
  }

  /** The decimal mark of the table in `fit`. @throws HebbError with code ERR_NOT_FITTED */
  get decimal(): DecimalMark {
    return this.fitted('decimal').options.decimal;
  }

  /** The table's columns that are no features, and why. @throws HebbError with code ERR_NOT_FITTED */
  get excluded(): readonly ExcludedColumn[] {
    return this.fitted('excluded').excluded;
  }

  /**
   * Learns how to encode each column from the given rows.
   * @throws DataError when a named column is not there, or no column is left that can be a feature
   */
  fit(table: Table, options: TableFitOptions = {}): this {
    checkKeys(options, ['target', 'rows', 'exclude'], 'TablePreprocessor.fit');
    const rows = options.rows ?? range(table.rows);
    if (rows.length === 0) throw new DataError('Expected at least 1 row to fit TablePreprocessor, received 0.');
    for (const name of [...(options.exclude ?? []), ...(options.target === undefined ? [] : [options.target])]) {
      table.column(name);
    }
    const o: EncoderOptions = { ...this.options, decimal: table.decimal };
    const scratch = scratchFor(rows.length);
    const encoders: ColumnEncoder[] = [];
    const excluded: ExcludedColumn[] = [];
    for (const column of table.columns) {
      const { name } = column;
      if (name === options.target) excluded.push({ name, reason: 'target' });
      else if (options.exclude?.includes(name)) excluded.push({ name, reason: 'excluded' });
      else if (isBare(column.type, column as NumericColumn, rows)) excluded.push({ name, reason: 'empty' });
      else {
        const encoder = fitEncoder(column, rows, { ...o, scratch });
        if (encoder === undefined) excluded.push({ name, reason: column.type as ExcludedColumn['reason'] });
        else encoders.push(encoder);
      }
    }
    if (encoders.length === 0) {
      const why = excluded.map((e) => `${e.name} (${e.reason})`).slice(0, 12);
      throw new DataError(`Expected at least 1 column that can be a feature, found none: ${why.join(', ')}.`);
    }
    this.state = { encoders, excluded, featureNames: encoders.flatMap((encoder) => encoder.outputs), options: o };
    return this;
  }

  /**
   * Encodes rows of the table that `fit` saw, or of one read in the same way.
   * @param rows which rows, in this order; all by default
   * @throws DataError when a column is missing or of another form than in `fit`
   */
  transform(table: Table, rows?: ArrayLike<number>): Matrix {
    const { encoders, featureNames } = this.fitted('transform');
    const stride = featureNames.length;
    const count = rows?.length ?? table.rows;
    const writers = encoders.map((encoder) => this.writer(table, encoder));
    const out = Matrix.zeros(count, stride);
    const numbers = new Int32Array(BLOCK);
    // Block by block, so that a block stays in cache while one column after the other is written to it.
    for (let start = 0; start < count; start += BLOCK) {
      const length = Math.min(BLOCK, count - start);
      const block = length === BLOCK ? numbers : numbers.subarray(0, length);
      for (let k = 0; k < length; k++) block[k] = rows === undefined ? start + k : rows[start + k];
      let at = start * stride;
      for (const [e, write] of writers.entries()) {
        write(block, out.data, at, stride);
        at += encoders[e].outputs.length;
      }
    }
    return out;
  }

  private writer(table: Table, encoder: ColumnEncoder): ColumnWriter {
    const column = table.column(encoder.name);
    if (!encoder.accepts.includes(column.storage)) {
      throw new DataError(
        `Expected column ${show(encoder.name)} to hold ${encoder.accepts.join(' or ')} as in \`fit\`, it was read as ${column.storage}. Encode raw rows with transformRows.`,
      );
    }
    return encoder.columnWriter(column);
  }

  /** `fit` and `transform` of all rows in one. */
  fitTransform(table: Table, options: TableFitOptions = {}): Matrix {
    return this.fit(table, options).transform(table);
  }

  /** Where the features lie among these columns. @throws DataError naming the ones that are not there */
  private places(header: readonly string[], method: string): number[] {
    const { encoders } = this.fitted(method);
    const at = new Map(header.map((name, j) => [name, j]));
    const missing = encoders.map((encoder) => encoder.name).filter((name) => !at.has(name));
    if (missing.length > 0) {
      const known = new Set(encoders.map((encoder) => encoder.name));
      const hint = didYouMean(
        missing[0],
        header.filter((name) => !known.has(name)),
      );
      const list = missing.slice(0, 8).map(show).join(', ') + (missing.length > 8 ? ', ...' : '');
      throw new DataError(
        `Expected the columns that the model was trained on, missing ${missing.length === 1 ? list : `${missing.length}: ${list}`}.${hint}`,
      );
    }
    return encoders.map((encoder) => at.get(encoder.name) as number);
  }

  /**
   * Encodes raw rows. Columns are found by name: their order does not matter and further ones are left aside.
   *
   * @param header names of the cells of each row
   * @throws DataError when a column is missing, or with `handleUnknown: 'error'` when a cell is of another form than `fit`
   *   saw (row and column are named)
   * @throws ShapeError when a row has another number of cells than the header
   * @throws ArgumentError when an option is unknown or of another form
   */
  transformRows(rows: readonly (readonly Cell[])[], header: readonly string[], options: RawRowOptions = {}): Matrix {
    const { encoders, featureNames, options: fitted } = this.fitted('transformRows');
    checkRowOptions(options, 'TablePreprocessor.transformRows');
    const places = this.places(header, 'transformRows');
    const raw = new RawCells(options, fitted.handleUnknown, fitted.decimal);
    const out = Matrix.zeros(rows.length, featureNames.length);
    for (const [i, row] of rows.entries()) {
      if (row.length !== header.length) {
        throw new ShapeError(`Expected row ${raw.row} to have ${header.length} cells, received ${row.length}.`);
      }
      let at = i * featureNames.length;
      for (const [e, encoder] of encoders.entries()) {
        encoder.encodeCell(row[places[e]], out.data, at, raw);
        at += encoder.outputs.length;
      }
      raw.row++;
    }
    return out;
  }

  /**
   * Encodes objects of cells by column name. A key that one row lacks is a missing cell; one that all rows lack is a
   * missing column.
   * @throws DataError, ArgumentError as `transformRows`
   */
  transformRecords(records: readonly Readonly<Record<string, Cell>>[], options: RawRowOptions = {}): Matrix {
    const header = recordKeys(records);
    return this.transformRows(
      records.map((record) => header.map((name) => record[name])),
      header,
      options,
    );
  }

  /** The learned state, for `fromJSON`. @throws HebbError with code ERR_NOT_FITTED */
  toJSON(): JsonObject {
    const { encoders, excluded, options } = this.fitted('toJSON');
    return {
      kind: 'TablePreprocessor',
      ...options,
      columns: encoders.map((encoder) => encoder.toJSON()),
      excluded: excluded.map(({ name, reason }) => ({ name, reason })),
    };
  }

  /** What `toJSON` gave, as an object again. @throws DataError when the state is damaged or of another kind */
  static fromJSON(json: unknown): TablePreprocessor {
    const r = new StateReader(json, 'TablePreprocessor');
    const preprocessor = new TablePreprocessor({
      scale: r.oneOf('scale', ['standard', 'minMax', 'none']),
      maxCategories: r.number('maxCategories'),
      handleUnknown: r.oneOf('handleUnknown', ['ignore', 'error']),
    });
    const encoders = r.array('columns').map(encoderFromJson);
    preprocessor.state = {
      encoders,
      excluded: r.array('excluded') as ExcludedColumn[],
      featureNames: encoders.flatMap((encoder) => encoder.outputs),
      options: { ...preprocessor.options, decimal: r.oneOf('decimal', ['.', ',']) },
    };
    return preprocessor;
  }
}

function checkRowOptions(options: RawRowOptions, owner: string): void {
  checkKeys(options, ['firstRow', 'decimal', 'handleUnknown', 'onUnknown'], owner);
  if (options.firstRow !== undefined) checkInteger(options.firstRow, 'firstRow', { min: 0 });
  if (options.decimal !== undefined) checkOneOf(options.decimal, 'decimal', ['.', ',']);
  if (options.handleUnknown !== undefined) checkOneOf(options.handleUnknown, 'handleUnknown', ['ignore', 'error']);
}

/** A column of numbers or dates whose cells are all missing in these rows: there is nothing to learn from. */
function isBare(type: ColumnType, column: NumericColumn, rows: ArrayLike<number>): boolean {
  if (type !== 'number' && type !== 'date') return false;
  for (let k = 0; k < rows.length; k++) if (!Number.isNaN(column.values[rows[k]])) return false;
  return true;
}
