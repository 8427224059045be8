import { show } from '../../validate';
import { type DateFormat, isBooleanPair, isMissing, parseDate } from './cells';
import {
  CODE_FIRST,
  CODE_MISSING,
  CODE_OTHER,
  type ColumnStats,
  type ColumnType,
  type NumericColumn,
  type WordsColumn,
} from './column';
import { type ColumnForm, inferForm, TOLERANCE } from './form';
import { parseNumber, parseWritten } from './numbers';

/** Words of one column that are kept; later ones count as "other". */
export const MAX_WORDS = 65_000;

/** Numbers of one column whose distinct values are counted. */
const MAX_LEVELS = 1000;

/** Cells of another form that are kept, to find out what their column is, and as much of each. */
const MAX_INVALID = 1000;
const MAX_INVALID_LENGTH = 100;

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

/** Whether a text begins and ends as a bare number does: it carries no currency and no per cent sign. */
function endsInDigits(cell: string): boolean {
  const first = cell.charCodeAt(0);
  const last = cell.charCodeAt(cell.length - 1);
  return first >= 43 && first <= 57 && last >= 46 && last <= 57;
}

/** Takes in the cells of a column and makes the column. */
export interface ColumnBuilder {
  /** Adds cell j of each row. */
  addAll(rows: readonly (readonly string[])[], j: number): void;
  /** The form in which the column has to be read again, because too many cells are of another one. */
  readonly misread: ColumnForm | undefined;
  /** The first cell of another form and its row, for messages. */
  readonly example: string;
}

/** Numbers and dates. */
export class NumericBuilder implements ColumnBuilder {
  private readonly values: Growable<Float32Array>;
  private readonly levels = new Set<number>();
  private rows = 0;
  private count = 0;
  private invalid = 0;
  private invalidRow: number | undefined;
  private readonly invalidCells: string[] = [];
  private readonly units = new Map<string, number>();
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
      this.values.push(value);
      if (!Number.isNaN(value)) {
        this.take(value);
        if (storage === 'number' && !endsInDigits(cell)) this.takeUnit(cell);
      } else if (!isMissing(cell)) this.refuse(cell);
      this.rows++;
    }
  }

  private takeUnit(cell: string): void {
    const unit = parseWritten(cell, this.form.decimal)?.unit ?? '';
    if (unit !== '') this.units.set(unit, (this.units.get(unit) ?? 0) + 1);
  }

  private refuse(cell: string): void {
    this.invalid++;
    this.invalidRow ??= this.rows;
    if (this.invalidCells.length < MAX_INVALID) this.invalidCells.push(detach(cell.slice(0, MAX_INVALID_LENGTH)));
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

  get misread(): ColumnForm | undefined {
    const { count, invalid, form } = this;
    if (invalid <= TOLERANCE * (count + invalid)) return undefined;
    // The first cells were all missing: what came later tells the form.
    return count === 0 ? inferForm(this.invalidCells, form.decimal) : { storage: 'words', decimal: form.decimal };
  }

  get example(): string {
    return `${show(this.invalidCells[0])} in row ${(this.invalidRow ?? 0) + 1}`;
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
    if (this.form.asked === 'number') return 'number';
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
      invalidExample: this.invalidCells[0],
      invalidRow: this.invalidRow,
      distinct: this.levels.size,
      distinctIsExact: counted,
      values: this.values.finish(),
      stats,
      levels: counted ? [...this.levels].sort((a, b) => a - b) : undefined,
      dateFormat: this.form.dateFormat,
      decimal: this.form.decimal,
      units: this.units,
    };
  }
}

/** Words, each stored once. */
export class WordsBuilder implements ColumnBuilder {
  readonly misread = undefined;
  readonly example = '';
  private readonly codes: Growable<Uint16Array>;
  private readonly numbers = new Map<string, number>();
  private readonly counts: number[] = [];
  private rows = 0;
  private missing = 0;
  private others = 0;
  /** White space in the words that are kept, by rows: tells text from names. */
  private blanks = 0;

  constructor(
    private readonly form: ColumnForm,
    expectedRows: number,
  ) {
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
    if (this.form.asked === 'category') return 'category';
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
      invalidRow: undefined,
      distinct: this.counts.length,
      distinctIsExact: this.others === 0,
      codes: this.codes.finish(),
      dictionary: [...this.numbers.keys()],
      counts: this.counts,
    };
  }
}

export function newBuilder(form: ColumnForm, expectedRows: number): NumericBuilder | WordsBuilder {
  return form.storage === 'words' ? new WordsBuilder(form, expectedRows) : new NumericBuilder(form, expectedRows);
}
