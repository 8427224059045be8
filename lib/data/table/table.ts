import { ArgumentError, DataError, ShapeError } from '../../errors';
import { didYouMean, show } from '../../validate';
import { type NumericBuilder, newBuilder, type WordsBuilder } from './builders';
import { isMissing } from './cells';
import type { TableColumn } from './column';
import { type ColumnForm, type ColumnHint, inferForm } from './form';
import type { DecimalMark } from './numbers';

/** A raw cell, as JSON or code gives it; null, undefined and '' mean that it is missing. */
export type Cell = string | number | boolean | Date | null | undefined;

/** Options of a `TableBuilder`. */
export interface TableOptions {
  /** The character between whole numbers and fractions, where the cells of a column do not prove one. Default '.'. */
  decimal?: DecimalMark;
  /** How to read some of the columns, by name. */
  types?: Readonly<Record<string, ColumnHint>>;
  /** About how many rows will come; saves memory when it is near. */
  expectedRows?: number;
}

/** Rows that are looked at before columns are typed. */
const SAMPLE = 1000;

/** The text of a raw cell, as a CSV file would hold it. */
export function cellText(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? '' : cell.toISOString();
  return String(cell);
}

/** Typed columns of equal length, compactly kept: 4 bytes a number, 2 bytes a word. */
export class Table {
  /** Number of rows. */
  readonly rows: number;
  private readonly byName: Map<string, TableColumn>;

  constructor(
    /** In their order. */
    readonly columns: readonly TableColumn[],
    /** The character between whole numbers and fractions. */
    readonly decimal: DecimalMark,
  ) {
    this.rows = columns[0]?.rows ?? 0;
    this.byName = new Map(columns.map((column) => [column.name, column]));
  }

  /** Names of the columns, in their order. */
  get names(): string[] {
    return this.columns.map((column) => column.name);
  }

  /** The column of a name. @throws DataError when there is no such column; the nearest name is suggested */
  column(name: string): TableColumn {
    const column = this.byName.get(name);
    if (column !== undefined) return column;
    const list = this.columns.length > 12 ? `${this.names.slice(0, 12).join(', ')}, ...` : this.names.join(', ');
    throw new DataError(
      `Expected a column named ${show(name)}, there is none.${didYouMean(name, this.names)} Columns: ${list}.`,
    );
  }

  /**
   * A table of objects: the keys of all of them are its columns.
   * @throws DataError without records; ArgumentError when a record is no object
   */
  static fromRecords(records: readonly Readonly<Record<string, Cell>>[], options: TableOptions = {}): Table {
    const names = recordKeys(records);
    const build = (forms: Misread['misread']) => {
      const builder = new TableBuilder(names, { ...options, expectedRows: records.length }, forms);
      builder.addRows(records.map((record) => names.map((name) => cellText(record[name]))));
      return builder.finish();
    };
    let [result, forms]: [Table | Misread, Misread['misread']] = [build({}), {}];
    while (!(result instanceof Table)) {
      forms = { ...forms, ...result.misread };
      result = build(forms);
    }
    return result;
  }
}

/** The keys of all records in the order of their first appearance. */
export function recordKeys(records: readonly Readonly<Record<string, Cell>>[]): string[] {
  const keys = new Set<string>();
  for (const [i, record] of records.entries()) {
    if (record === null || typeof record !== 'object' || Array.isArray(record)) {
      throw new ArgumentError(`Expected row ${i} to be an object of cells by column name, received ${show(record)}.`);
    }
    for (const key of Object.keys(record)) keys.add(key);
  }
  if (keys.size === 0) throw new DataError('Expected at least 1 row with at least 1 column, received none.');
  return [...keys];
}

/** What a builder gives when columns turned out to be of another form than their first cells. */
export interface Misread {
  /** The forms in which columns of the same rows have to be read again. */
  misread: Record<string, ColumnForm>;
}

/** Refuses column names that occur twice. */
export function checkNames(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new DataError(`Expected each column name once, found ${show(name)} twice.`);
    seen.add(name);
  }
}

/**
 * Builds a table from rows of texts that come in pieces. The first rows decide how a column is read; a column whose later
 * cells do not agree has to be read again (`finish` says so).
 */
export class TableBuilder {
  private readonly decimal: DecimalMark;
  private readonly types: Readonly<Record<string, ColumnHint>>;
  private readonly expectedRows: number;
  private builders: (NumericBuilder | WordsBuilder)[] | undefined;
  private waiting: (readonly string[])[] = [];

  /**
   * @param forms what an earlier reading of the same rows found out (`Misread`)
   * @throws DataError when a name occurs twice or `types` names no column
   */
  constructor(
    readonly names: readonly string[],
    options: TableOptions = {},
    private readonly forms: Readonly<Misread['misread']> = {},
  ) {
    checkNames(names);
    this.decimal = options.decimal ?? '.';
    this.types = options.types ?? {};
    this.expectedRows = options.expectedRows ?? 0;
    const known = new Set(names);
    const unknown = Object.keys(this.types).find((name) => !known.has(name));
    if (unknown !== undefined) {
      throw new DataError(
        `Expected \`types\` to name columns of the table, received ${show(unknown)}.${didYouMean(unknown, names)}`,
      );
    }
  }

  /** @throws ShapeError when a row has another number of cells than there are names */
  addRows(rows: readonly (readonly string[])[]): void {
    for (const row of rows) {
      if (row.length !== this.names.length) {
        throw new ShapeError(`Expected rows of ${this.names.length} cells, received ${row.length}.`);
      }
    }
    if (this.builders !== undefined) {
      for (const [j, builder] of this.builders.entries()) builder.addAll(rows, j);
      return;
    }
    for (const row of rows) this.waiting.push(row);
    if (this.waiting.length >= SAMPLE) this.start();
  }

  private form(name: string, j: number): ColumnForm {
    if (Object.hasOwn(this.forms, name)) return this.forms[name];
    const asked = Object.hasOwn(this.types, name) ? this.types[name] : undefined;
    const cells = this.waiting.slice(0, SAMPLE).map((row) => row[j]);
    const form = inferForm(cells, this.decimal);
    if (asked === undefined) return form;
    if (asked === 'category') return { storage: 'words', decimal: form.decimal, asked };
    if (asked === 'number') return { storage: 'number', decimal: form.decimal, asked };
    const first = cells.find((cell) => !isMissing(cell));
    if (first === undefined) return { storage: 'date', decimal: form.decimal, dateFormat: 'ymd', asked };
    if (form.storage !== 'date') {
      throw new DataError(`Expected column ${show(name)} to hold dates, found ${show(first)}.`);
    }
    return { ...form, asked };
  }

  private start(): void {
    const rows = this.waiting;
    this.builders = this.names.map((name, j) => newBuilder(this.form(name, j), this.expectedRows));
    this.waiting = [];
    this.addRows(rows);
  }

  /** The columns that will have to be read again, as far as is known by now. */
  misread(): Misread['misread'] {
    const wrong: Misread['misread'] = {};
    for (const [j, name] of this.names.entries()) {
      const builder = this.builders?.[j];
      if (builder?.misread === undefined) continue;
      if (this.types[name] === 'number') {
        throw new DataError(
          `Expected column ${show(name)} to hold numbers, more than 1 % of its cells do not, for example ${builder.example}.`,
        );
      }
      wrong[name] = builder.misread;
    }
    return wrong;
  }

  /** The table, or the columns that have to be read again. */
  finish(): Table | Misread {
    if (this.builders === undefined) this.start();
    const misread = this.misread();
    if (Object.keys(misread).length > 0) return { misread };
    const builders = this.builders as (NumericBuilder | WordsBuilder)[];
    return new Table(
      builders.map((builder, j) => builder.finish(this.names[j])),
      this.decimal,
    );
  }
}
