import { show } from '../../validate';
import { type JsonObject, StateReader } from '../state';
import { isMissing, isTrueWord } from './cells';
import { CODE_FIRST, CODE_MISSING, type TableColumn, type WordsColumn } from './column';
import { type ColumnEncoder, type ColumnWriter, type EncoderOptions, missingName } from './encoder';
import { parseNumber } from './numbers';
import type { RawCells } from './rawCells';
import { type Cell, cellText } from './table';

interface CategoryState {
  /** The most frequent words, each with a column of its own. */
  categories: readonly string[];
  /** There is a column for the words that are rarer, and for those that `fit` never saw. */
  other: boolean;
  /** There is a column for missing cells. */
  missing: boolean;
  /** Words that `fit` saw but that got no column: they are no unknown ones. */
  rare: readonly string[];
}

/** How many rare words a model remembers, to tell them from new ones. */
const MAX_RARE = 1000;

/** Words: one column of 0 and 1 for each of the most frequent, one for the others, one for missing cells. */
export class CategoryEncoder implements ColumnEncoder {
  readonly accepts = ['words'] as const;
  readonly outputs: readonly string[];
  private readonly places: Map<string, number>;
  private readonly rare: Set<string>;

  constructor(
    readonly name: string,
    private readonly state: CategoryState,
  ) {
    const { categories, other, missing, rare } = state;
    this.places = new Map(categories.map((word, c) => [word, c]));
    this.rare = new Set(rare);
    const outputs = categories.map((word) => `${name}=${word}`);
    if (other) outputs.push(`${name} (other)`);
    if (missing) outputs.push(missingName(name));
    this.outputs = outputs;
  }

  static fit(column: WordsColumn, rows: ArrayLike<number>, o: EncoderOptions): CategoryEncoder {
    const counts = new Float64Array(column.dictionary.length + CODE_FIRST);
    for (let k = 0; k < rows.length; k++) counts[column.codes[rows[k]]]++;
    const seen = [...column.dictionary.keys()].filter((c) => counts[c + CODE_FIRST] > 0);
    // Stable: words of equal count stay in the order of their first appearance.
    seen.sort((a, b) => counts[b + CODE_FIRST] - counts[a + CODE_FIRST]);
    const words = seen.map((c) => column.dictionary[c]);
    return new CategoryEncoder(column.name, {
      categories: words.slice(0, o.maxCategories).sort(),
      other: words.length > o.maxCategories || !column.distinctIsExact,
      missing: counts[CODE_MISSING] > 0,
      rare: words.slice(o.maxCategories, o.maxCategories + MAX_RARE),
    });
  }

  /** The output column of a word that is there but has none of its own; -1: all columns stay 0. */
  private get otherPlace(): number {
    return this.state.other ? this.state.categories.length : -1;
  }

  private get missingPlace(): number {
    return this.state.missing ? this.outputs.length - 1 : -1;
  }

  columnWriter(column: TableColumn): ColumnWriter {
    const { codes, dictionary } = column as WordsColumn;
    const words = dictionary.map((word) => this.places.get(word) ?? this.otherPlace);
    const places = Int32Array.from([this.missingPlace, this.otherPlace, ...words]);
    return (rows, out, at, stride) => {
      for (let k = 0; k < rows.length; k++) {
        const place = places[codes[rows[k]]];
        if (place >= 0) out[at + k * stride + place] = 1;
      }
    };
  }

  encodeCell(cell: Cell, out: Float32Array, at: number, raw: RawCells): void {
    const text = cellText(cell);
    let place = this.missingPlace;
    if (!isMissing(text)) {
      const word = text.trim();
      const known = this.places.get(word);
      if (known === undefined && !this.rare.has(word)) {
        raw.unknown(cell, this.name, 'category', 'a known category', this.state.categories);
      }
      place = known ?? this.otherPlace;
    }
    if (place >= 0) out[at + place] = 1;
  }

  toJSON(): JsonObject {
    return { kind: 'category', name: this.name, ...this.state };
  }

  static fromJSON(json: unknown): CategoryEncoder {
    const r = new StateReader(json, 'category');
    return new CategoryEncoder(r.string('name'), {
      categories: r.strings('categories'),
      other: r.boolean('other'),
      missing: r.boolean('missing'),
      rare: r.strings('rare'),
    });
  }
}

interface BooleanState {
  /** The word for 0 and the word for 1, as they stand in the data. */
  words: readonly string[];
  fill: number;
  indicator: boolean;
}

/** Two values, false and true: one column of 0 and 1; missing ones become the more frequent value, with a mark. */
export class BooleanEncoder implements ColumnEncoder {
  readonly accepts = ['words', 'number'] as const;
  readonly outputs: readonly string[];

  constructor(
    readonly name: string,
    private readonly state: BooleanState,
  ) {
    this.outputs = state.indicator ? [name, missingName(name)] : [name];
  }

  static fit(column: TableColumn, rows: ArrayLike<number>): BooleanEncoder {
    const words = BooleanEncoder.words(column);
    const read = BooleanEncoder.reader(column, words);
    let [missing, trues] = [0, 0];
    for (let k = 0; k < rows.length; k++) {
      const value = read(rows[k]);
      if (Number.isNaN(value)) missing++;
      else trues += value;
    }
    return new BooleanEncoder(column.name, {
      words,
      fill: trues * 2 > rows.length - missing ? 1 : 0,
      indicator: missing > 0,
    });
  }

  /** The word for false and the word for true. */
  private static words(column: TableColumn): string[] {
    if (column.storage !== 'words') return ['0', '1'];
    const [a, b] = column.dictionary;
    return isTrueWord(a) ? [b, a] : [a, b];
  }

  /** 0, 1 or NaN for each row of a column. */
  private static reader(column: TableColumn, words: readonly string[]): (row: number) => number {
    if (column.storage !== 'words') return (row) => column.values[row];
    const values = [Number.NaN, Number.NaN, ...column.dictionary.map((word) => words.indexOf(word))];
    return (row) => values[column.codes[row]];
  }

  private put(value: number, out: Float32Array, at: number): void {
    const missing = Number.isNaN(value);
    out[at] = missing ? this.state.fill : value;
    if (this.state.indicator) out[at + 1] = missing ? 1 : 0;
  }

  columnWriter(column: TableColumn): ColumnWriter {
    const read = BooleanEncoder.reader(column, this.state.words);
    return (rows, out, at, stride) => {
      for (let k = 0; k < rows.length; k++) this.put(read(rows[k]), out, at + k * stride);
    };
  }

  encodeCell(cell: Cell, out: Float32Array, at: number, raw: RawCells): void {
    const text = cellText(cell).trim();
    if (isMissing(text)) {
      this.put(Number.NaN, out, at);
      return;
    }
    const { words } = this.state;
    let value = words.findIndex((word) => word.toLowerCase() === text.toLowerCase());
    if (value < 0 && typeof cell === 'boolean') value = cell ? 1 : 0;
    if (value < 0 && words[0] === '0') value = [0, 1].indexOf(parseNumber(text, '.'));
    if (value < 0) raw.unknown(cell, this.name, 'boolean', `${show(words[0])} or ${show(words[1])}`, words);
    this.put(value < 0 ? Number.NaN : value, out, at);
  }

  toJSON(): JsonObject {
    return { kind: 'boolean', name: this.name, ...this.state };
  }

  static fromJSON(json: unknown): BooleanEncoder {
    const r = new StateReader(json, 'boolean');
    return new BooleanEncoder(r.string('name'), {
      words: r.strings('words', 2),
      fill: r.number('fill'),
      indicator: r.boolean('indicator'),
    });
  }
}
