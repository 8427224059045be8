import { ArgumentError, DataError, ShapeError } from '../errors';
import { checkKeys, checkOneOf, didYouMean, show } from '../validate';
import { compareLabels, type Label } from './labels';
import { Matrix, type MatrixLike, toMatrix } from './matrix';
import { type JsonObject, requireFitted, StateReader } from './state';

/** A categorical cell; null, undefined and NaN mean that it is missing. */
export type Category = Label | null | undefined;

/** Options of `OneHotEncoder`. */
export interface OneHotEncoderOptions {
  /** A category that `fit` did not see: 'error' (default) refuses it, 'ignore' leaves its columns at 0. */
  handleUnknown?: 'error' | 'ignore';
  /** A missing cell: 'error' (default) refuses it, 'category' gives it a column of its own, 'ignore' leaves zeros. */
  handleMissing?: 'error' | 'category' | 'ignore';
  /** Leaves out one column a feature: 'none' (default), 'first', or 'ifBinary' (the first of features with two). */
  drop?: 'none' | 'first' | 'ifBinary';
}

/** Rows of categorical cells, or a matrix of category numbers. */
export type CategoryRows = readonly (readonly Category[])[] | Matrix;

/** `null` stands for the category of missing cells, which comes last. */
type Known = Label | null;

interface Column {
  categories: Known[];
  /** Category -> output column, -1 for the one that is dropped. */
  at: Map<Known, number>;
}

interface OneHotState {
  columns: Column[];
  width: number;
}

const isMissing = (cell: Category): cell is null | undefined =>
  cell === null || cell === undefined || Number.isNaN(cell);

/**
 * One column of 0 and 1 for each category of each feature; categories in ascending order, features in the given order.
 */
export class OneHotEncoder {
  private readonly handleUnknown: 'error' | 'ignore';
  private readonly handleMissing: 'error' | 'category' | 'ignore';
  private readonly drop: 'none' | 'first' | 'ifBinary';
  private state: OneHotState | undefined;

  /** @throws ArgumentError when an option is unknown or of another type */
  constructor(options: OneHotEncoderOptions = {}) {
    checkKeys(options, ['handleUnknown', 'handleMissing', 'drop'], 'OneHotEncoder');
    this.handleUnknown = checkOneOf(options.handleUnknown ?? 'error', 'handleUnknown', ['error', 'ignore']);
    this.handleMissing = checkOneOf(options.handleMissing ?? 'error', 'handleMissing', ['error', 'category', 'ignore']);
    this.drop = checkOneOf(options.drop ?? 'none', 'drop', ['none', 'first', 'ifBinary']);
  }

  /** The categories of each feature; null is the category of missing cells. @throws HebbError, code ERR_NOT_FITTED */
  get categories(): readonly (readonly (Label | null)[])[] {
    return requireFitted(this.state, 'OneHotEncoder', 'categories').columns.map((c) => c.categories);
  }

  /** Number of output columns. @throws HebbError with code ERR_NOT_FITTED */
  get width(): number {
    return requireFitted(this.state, 'OneHotEncoder', 'width').width;
  }

  /**
   * Learns the categories of each feature.
   * @throws DataError without rows, with mixed types in a feature, or when a cell is missing and that is refused
   * @throws ShapeError when rows are ragged
   */
  fit(rows: CategoryRows): this {
    const table = toRows(rows);
    const first = table[0];
    if (first === undefined)
      throw new DataError('Expected `X` to have at least 1 row to fit OneHotEncoder, received 0.');
    const columns = first.map((_, j) => this.learn(table, j));
    this.state = this.layOut(columns);
    return this;
  }

  private learn(table: readonly (readonly Category[])[], j: number): Known[] {
    const seen = new Set<Label>();
    let missing = false;
    let type = '';
    for (const [i, row] of table.entries()) {
      const cell = row[j];
      if (isMissing(cell)) {
        if (this.handleMissing === 'error') throw missingError(i, j);
        missing = true;
        continue;
      }
      if (type === '') type = typeof cell;
      if (typeof cell !== type || !['string', 'number', 'boolean'].includes(type)) {
        throw new DataError(
          `Expected the cells of column ${j} to be of one type (string, number or boolean), received ${show(cell)} at row ${i}.`,
        );
      }
      seen.add(cell === 0 ? 0 : cell);
    }
    const categories: Known[] = [...seen].sort(compareLabels);
    return missing && this.handleMissing === 'category' ? [...categories, null] : categories;
  }

  private layOut(categories: readonly Known[][]): OneHotState {
    let width = 0;
    const columns = categories.map((known) => {
      const dropFirst = this.drop === 'first' || (this.drop === 'ifBinary' && known.length === 2);
      const at = new Map<Known, number>();
      for (const [c, category] of known.entries()) at.set(category, c === 0 && dropFirst ? -1 : width++);
      return { categories: known, at };
    });
    return { columns, width };
  }

  /**
   * rows x width zeros and ones.
   * @throws DataError when a category is unknown or a cell is missing and the options refuse it
   * @throws ShapeError when a row has another number of cells than in `fit`
   */
  transform(rows: CategoryRows): Matrix {
    const { columns, width } = requireFitted(this.state, 'OneHotEncoder', 'transform');
    const table = toRows(rows, columns.length);
    const out = Matrix.zeros(table.length, width);
    for (const [i, row] of table.entries()) {
      for (const [j, column] of columns.entries()) {
        const at = this.place(row[j], column, i, j);
        if (at >= 0) out.data[i * width + at] = 1;
      }
    }
    return out;
  }

  private place(cell: Category, { at, categories }: Column, i: number, j: number): number {
    const missing = isMissing(cell);
    const found = at.get(missing ? null : cell);
    if (found !== undefined) return found;
    if (missing) {
      // With 'category' a missing cell that `fit` never met is an unknown category.
      const policy = this.handleMissing === 'category' ? this.handleUnknown : this.handleMissing;
      if (policy === 'ignore') return -1;
      throw missingError(i, j);
    }
    if (this.handleUnknown === 'ignore') return -1;
    const hint = typeof cell === 'string' ? didYouMean(cell, categories.map(String)) : '';
    throw new DataError(
      `Expected a category seen in \`fit\` at row ${i}, column ${j}, received ${show(cell)}.${hint} Set handleUnknown: 'ignore' to encode it as zeros.`,
    );
  }

  /** `fit` and `transform` in one. */
  fitTransform(rows: CategoryRows): Matrix {
    return this.fit(rows).transform(rows);
  }

  /**
   * The categories of encoded rows: of each feature the greatest value. A feature of zeros is its dropped category, or
   * else null.
   * @throws ShapeError when the width is another one
   */
  inverseTransform(encoded: MatrixLike): (Label | null)[][] {
    const { columns, width } = requireFitted(this.state, 'OneHotEncoder', 'inverseTransform');
    const matrix = toMatrix(encoded, 'encoded');
    if (matrix.cols !== width) {
      throw new ShapeError(`Expected \`encoded\` to have ${width} columns, received ${matrix.cols}.`);
    }
    return Array.from({ length: matrix.rows }, (_, i) => {
      const row = matrix.row(i);
      return columns.map(({ at }) => {
        let best: Known = null;
        let bestValue = 0;
        for (const [category, c] of at) {
          if (c < 0) best = category;
          else if (row[c] > bestValue) [best, bestValue] = [category, row[c]];
        }
        return best;
      });
    });
  }

  /**
   * Names of the output columns, `feature=category`.
   * @param featureNames one a feature; x0, x1, ... by default
   * @throws ShapeError when the names are not as many as the features
   */
  featureNamesOut(featureNames?: readonly string[]): string[] {
    const { columns, width } = requireFitted(this.state, 'OneHotEncoder', 'featureNamesOut');
    if (featureNames !== undefined && featureNames.length !== columns.length) {
      throw new ShapeError(
        `Expected \`featureNames\` to have ${columns.length} names, received ${featureNames.length}.`,
      );
    }
    const names: string[] = new Array(width);
    for (const [j, { at }] of columns.entries()) {
      for (const [category, c] of at) {
        if (c >= 0) names[c] = `${featureNames?.[j] ?? `x${j}`}=${category ?? '(missing)'}`;
      }
    }
    return names;
  }

  /** The learned state, for `fromJSON`. @throws HebbError with code ERR_NOT_FITTED */
  toJSON(): JsonObject {
    const { columns } = requireFitted(this.state, 'OneHotEncoder', 'toJSON');
    const { handleUnknown, handleMissing, drop } = this;
    return { kind: 'OneHotEncoder', handleUnknown, handleMissing, drop, categories: columns.map((c) => c.categories) };
  }

  /** What `toJSON` gave, as an object again. @throws DataError when the state is damaged or of another kind */
  static fromJSON(json: unknown): OneHotEncoder {
    const reader = new StateReader(json, 'OneHotEncoder');
    const encoder = new OneHotEncoder({
      handleUnknown: reader.oneOf('handleUnknown', ['error', 'ignore']),
      handleMissing: reader.oneOf('handleMissing', ['error', 'category', 'ignore']),
      drop: reader.oneOf('drop', ['none', 'first', 'ifBinary']),
    });
    const categories = reader.array('categories');
    const isKnown = (c: unknown) => c === null || ['string', 'number', 'boolean'].includes(typeof c);
    if (!categories.every((known) => Array.isArray(known) && known.every(isKnown))) {
      throw new DataError('Expected `categories` in the saved state of OneHotEncoder to be lists of categories.');
    }
    encoder.state = encoder.layOut(categories as Known[][]);
    return encoder;
  }
}

function missingError(i: number, j: number): DataError {
  return new DataError(
    `Expected a category at row ${i}, column ${j}, found a missing cell. Set handleMissing: 'category' or 'ignore' to allow it.`,
  );
}

/** Checks the shape of the rows; `cols` is what `fit` saw, when it has run. */
function toRows(rows: CategoryRows, cols?: number): readonly (readonly Category[])[] {
  const table = rows instanceof Matrix ? rows.toArray() : rows;
  if (!Array.isArray(table)) {
    throw new ArgumentError(`Expected \`X\` to be an array of rows of categories, received ${show(rows)}.`);
  }
  for (const [i, row] of table.entries()) {
    if (!Array.isArray(row)) {
      throw new ArgumentError(`Expected \`X\` to hold rows of categories, received ${show(row)} at row ${i}.`);
    }
    const expected = cols ?? (table[0] as unknown[]).length;
    if (row.length !== expected) {
      const like = cols === undefined ? 'like row 0' : 'as in `fit`';
      throw new ShapeError(`Expected row ${i} of \`X\` to have ${expected} columns ${like}, received ${row.length}.`);
    }
  }
  return table;
}
