import {
  type DateFormat,
  type DecimalMark,
  dateFormat,
  isBooleanPair,
  isMissing,
  parseDate,
  parseNumber,
} from './cells';
import {
  CODE_FIRST,
  CODE_MISSING,
  CODE_OTHER,
  type ColumnStats,
  type ColumnType,
  type NumericColumn,
  type Storage,
  type WordsColumn,
} from './column';

/** How the cells of a column are to be read. */
export interface ColumnForm {
  storage: Storage;
  decimal: DecimalMark;
  dateFormat?: DateFormat;
}

/** Words of one column that are kept; later ones count as "other". */
export const MAX_WORDS = 65_000;

/** Numbers of one column whose distinct values are counted. */
const MAX_LEVELS = 1000;

/** The share of cells that may be of another form before a column is read as words. */
const TOLERANCE = 0.01;

const MS_PER_DAY = 86_400_000;

const ID_NAME = /(^|[_\s.-])(id|uuid|guid|key|index|idx|row|rowid)$/i;
const ID_NAME_CAMEL = /[a-z]I[dD]$/;

/** Whether a column's name says that it identifies rows. */
export function isIdName(name: string): boolean {
  return ID_NAME.test(name) || ID_NAME_CAMEL.test(name);
}

/**
 * An array of unknown length. Room for the expected number of elements is taken at once: memory that is never written to
 * costs nothing, while growing leaves pieces behind that the allocator seldom gives back.
 */
class Growable<T extends Float32Array | Uint16Array> {
  private items: T;
  private length = 0;

  constructor(
    private readonly allocate: (length: number) => T,
    expected: number,
  ) {
    this.items = allocate(Math.max(16, expected));
  }

  push(value: number): void {
    if (this.length === this.items.length) {
      const larger = this.allocate(Math.ceil(this.length * 1.5));
      larger.set(this.items);
      this.items = larger;
    }
    this.items[this.length++] = value;
  }

  finish(): T {
    const used = this.items.subarray(0, this.length) as T;
    return this.length * 1.5 < this.items.length ? (used.slice() as T) : used;
  }
}

/** A text with storage of its own: a piece of a chunk would keep the whole chunk in memory. */
const detach = (text: string): string => (text.length < 13 ? text : Buffer.from(text, 'utf8').toString('utf8'));

/** Takes in the cells of a column and makes the column. */
export interface ColumnBuilder {
  /** Adds cell j of each row. */
  addAll(rows: readonly (readonly string[])[], j: number): void;
  /** Too many cells are of another form: the column has to be read again, as words. */
  readonly misread: boolean;
}

/** Numbers and dates. */
export class NumericBuilder implements ColumnBuilder {
  private readonly values: Growable<Float32Array>;
  private readonly levels = new Set<number>();
  private rows = 0;
  private count = 0;
  private invalid = 0;
  private invalidExample: string | undefined;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  private integer = true;
  private increasing = true;
  private last = Number.NEGATIVE_INFINITY;
  // Sums of (value - first) keep their precision when the values are large and close together.
  private first = 0;
  private sum = 0;
  private squares = 0;

  constructor(
    private readonly form: ColumnForm,
    expectedRows: number,
  ) {
    this.values = new Growable((n) => new Float32Array(n), expectedRows);
  }

  addAll(rows: readonly (readonly string[])[], j: number): void {
    const { storage, decimal, dateFormat: format } = this.form;
    for (const row of rows) {
      const cell = row[j];
      const value =
        storage === 'number' ? parseNumber(cell, decimal) : parseDate(cell, format as DateFormat) / MS_PER_DAY;
      this.rows++;
      this.values.push(value);
      if (!Number.isNaN(value)) this.take(value);
      else if (!isMissing(cell)) {
        this.invalid++;
        this.invalidExample ??= detach(cell);
      }
    }
  }

  private take(value: number): void {
    if (this.count === 0) this.first = value;
    this.count++;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (this.integer && !Number.isInteger(value)) this.integer = false;
    if (value <= this.last) this.increasing = false;
    this.last = value;
    const d = value - this.first;
    this.sum += d;
    this.squares += d * d;
    if (this.levels.size <= MAX_LEVELS) this.levels.add(value);
  }

  get misread(): boolean {
    return this.invalid > TOLERANCE * (this.count + this.invalid);
  }

  private stats(): ColumnStats | undefined {
    const { count, min, max, integer, increasing, first, sum, squares } = this;
    if (count === 0) return undefined;
    const variance = count < 2 ? 0 : Math.max(0, (squares - (sum * sum) / count) / (count - 1));
    return {
      min,
      max,
      mean: first + sum / count,
      std: Math.sqrt(variance),
      integer,
      increasing: increasing && count > 1,
    };
  }

  private type(name: string, stats: ColumnStats | undefined): ColumnType {
    if (stats === undefined) return 'empty';
    if (stats.min === stats.max) return 'constant';
    if (this.form.storage === 'date') return 'date';
    if (stats.integer && stats.min === 0 && stats.max === 1) return 'boolean';
    const consecutive = stats.increasing && stats.max - stats.min === this.count - 1;
    const counted = this.levels.size <= MAX_LEVELS;
    const allDistinct = stats.increasing || !counted || this.levels.size === this.count;
    const enough = this.count >= 20 && stats.integer;
    return enough && (consecutive || (isIdName(name) && allDistinct)) ? 'id' : 'number';
  }

  finish(name: string): NumericColumn {
    const stats = this.stats();
    const counted = this.levels.size <= MAX_LEVELS;
    return {
      name,
      type: this.type(name, stats),
      storage: this.form.storage as 'number' | 'date',
      rows: this.rows,
      missing: this.rows - this.count,
      invalid: this.invalid,
      invalidExample: this.invalidExample,
      distinct: this.levels.size,
      distinctIsExact: counted,
      values: this.values.finish(),
      stats,
      levels: counted ? [...this.levels].sort((a, b) => a - b) : undefined,
      dateFormat: this.form.dateFormat,
    };
  }
}

/** Words, each stored once. */
export class WordsBuilder implements ColumnBuilder {
  readonly misread = false;
  private readonly codes: Growable<Uint16Array>;
  private readonly numbers = new Map<string, number>();
  private readonly counts: number[] = [];
  private rows = 0;
  private missing = 0;
  private others = 0;
  /** White space in the words that are kept, by rows: tells text from names. */
  private blanks = 0;

  constructor(expectedRows: number) {
    this.codes = new Growable((n) => new Uint16Array(n), expectedRows);
  }

  addAll(rows: readonly (readonly string[])[], j: number): void {
    for (const row of rows) this.add(row[j]);
  }

  private add(cell: string): void {
    this.rows++;
    if (isMissing(cell)) {
      this.missing++;
      this.codes.push(CODE_MISSING);
      return;
    }
    const word = cell.trim();
    let code = this.numbers.get(word);
    if (code === undefined) {
      if (this.counts.length === MAX_WORDS) {
        this.others++;
        this.codes.push(CODE_OTHER);
        return;
      }
      code = this.counts.length;
      this.numbers.set(detach(word), code);
      this.counts.push(0);
      this.blanks += word.split(/\s+/).length - 1;
    }
    this.counts[code]++;
    this.codes.push(code + CODE_FIRST);
  }

  private type(name: string): ColumnType {
    const filled = this.rows - this.missing;
    const distinct = this.counts.length;
    if (distinct === 0) return 'empty';
    if (distinct === 1) return 'constant';
    if (distinct === 2) {
      const [a, b] = this.numbers.keys();
      if (isBooleanPair(a, b)) return 'boolean';
    }
    const ratio = (distinct + this.others) / filled;
    const isText = this.blanks / distinct >= 3;
    if (filled >= 20 && isText && ratio > 0.5) return 'text';
    if (filled >= 20 && (ratio >= 0.95 || (isIdName(name) && ratio > 0.5))) return isText ? 'text' : 'id';
    return 'category';
  }

  finish(name: string): WordsColumn {
    return {
      name,
      type: this.type(name),
      storage: 'words',
      rows: this.rows,
      missing: this.missing,
      invalid: 0,
      invalidExample: undefined,
      distinct: this.counts.length,
      distinctIsExact: this.others === 0,
      codes: this.codes.finish(),
      dictionary: [...this.numbers.keys()],
      counts: this.counts,
    };
  }
}

/** How to read a column whose first cells are these. */
export function inferForm(cells: readonly string[], decimal: DecimalMark): ColumnForm {
  const filled = cells.filter((cell) => !isMissing(cell));
  const numbers = filled.filter((cell) => !Number.isNaN(parseNumber(cell, decimal))).length;
  if (filled.length - numbers <= TOLERANCE * filled.length) return { storage: 'number', decimal };
  const format = dateFormat(filled);
  return format === undefined ? { storage: 'words', decimal } : { storage: 'date', decimal, dateFormat: format };
}

export function newBuilder(form: ColumnForm, expectedRows: number): NumericBuilder | WordsBuilder {
  return form.storage === 'words' ? new WordsBuilder(expectedRows) : new NumericBuilder(form, expectedRows);
}
