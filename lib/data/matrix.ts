import { ArgumentError, DataError, NonFiniteError, OutOfMemoryError, ShapeError } from '../errors';
import { native } from '../native';
import { checkInteger, show } from '../validate';
import { assertAttached, copyNumbers, isFloat32Array, isNumericArray, type NumericArray } from './arrays';

/** A row of numbers, as `number[][]` and its relatives hold it. */
export type RowLike = readonly number[] | NumericArray;

/**
 * Everything that public methods take for a matrix: a Matrix, an array of rows, or an object with row-major `data` and
 * its shape.
 */
export type MatrixLike =
  | Matrix
  | readonly RowLike[]
  | { readonly data: readonly number[] | NumericArray; readonly rows: number; readonly cols: number };

const MAX_SIZE = 2 ** 32;

/**
 * A dense row-major float32 matrix: element (i, j) is `data[i * cols + j]`. `data` is the storage itself, not a copy.
 *
 * NaN and Infinity may be stored; models refuse them by row and column (see `assertFinite`).
 */
export class Matrix {
  /** rows x cols elements, row after row. */
  readonly data: Float32Array;
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly cols: number;

  /**
   * Wraps `data` without copying it.
   * @throws ArgumentError when `data` is no Float32Array or a size is no integer >= 0
   * @throws ShapeError when `data` does not hold rows x cols elements
   */
  constructor(data: Float32Array, rows: number, cols: number) {
    if (!isFloat32Array(data)) {
      throw new ArgumentError(
        `Expected \`data\` to be a Float32Array, received ${show(data)}. Use Matrix.from for other forms.`,
      );
    }
    checkInteger(rows, 'rows', { min: 0, max: MAX_SIZE });
    checkInteger(cols, 'cols', { min: 0, max: MAX_SIZE });
    if (data.length !== rows * cols) {
      assertAttached(data, 'data');
      throw new ShapeError(
        `Expected \`data\` to have ${rows} x ${cols} = ${rows * cols} elements, received ${data.length}.`,
      );
    }
    this.data = data;
    this.rows = rows;
    this.cols = cols;
  }

  /**
   * A matrix of zeros.
   * @throws ArgumentError when a size is no integer >= 0
   * @throws OutOfMemoryError when the system cannot hold it
   */
  static zeros(rows: number, cols: number): Matrix {
    checkInteger(rows, 'rows', { min: 0, max: MAX_SIZE });
    checkInteger(cols, 'cols', { min: 0, max: MAX_SIZE });
    return new Matrix(allocate(rows, cols), rows, cols);
  }

  /**
   * A copy of the values as float32, from an array of rows, from flat data with its shape, or from another matrix.
   * @throws ShapeError when rows are ragged or the data do not fill the shape
   * @throws ArgumentError when the value is no matrix at all
   * @throws DataError when a cell is not a number
   */
  static from(values: MatrixLike): Matrix;
  /** A copy of flat data, row after row, of the shape given. @throws as above */
  static from(values: readonly number[] | NumericArray, rows: number, cols: number): Matrix;
  static from(values: MatrixLike | readonly number[] | NumericArray, rows?: number, cols?: number): Matrix {
    if (rows !== undefined && cols !== undefined) {
      return fromFlat(values as readonly number[] | NumericArray, rows, cols, 'values');
    }
    const matrix = toMatrix(values as MatrixLike, 'values');
    return matrix.data === (values as { data?: unknown }).data ? matrix.clone() : matrix;
  }

  /** Element (i, j). @throws ArgumentError when it lies outside */
  get(i: number, j: number): number {
    return this.data[this.offset(i, j)];
  }

  /** Sets element (i, j), rounded to float32. @throws ArgumentError when it lies outside */
  set(i: number, j: number, value: number): void {
    this.data[this.offset(i, j)] = value;
  }

  private offset(i: number, j: number): number {
    intact(this, 'matrix');
    checkInteger(i, 'row', { min: 0, max: this.rows - 1 });
    checkInteger(j, 'column', { min: 0, max: this.cols - 1 });
    return i * this.cols + j;
  }

  /** Row i as a view: writing to it writes to the matrix. @throws ArgumentError when it lies outside */
  row(i: number): Float32Array {
    checkInteger(i, 'row', { min: 0, max: this.rows - 1 });
    intact(this, 'matrix');
    return this.data.subarray(i * this.cols, (i + 1) * this.cols);
  }

  /** A copy of column j. @throws ArgumentError when it lies outside */
  column(j: number): Float32Array {
    checkInteger(j, 'column', { min: 0, max: this.cols - 1 });
    const { data } = intact(this, 'matrix');
    const out = new Float32Array(this.rows);
    for (let i = 0; i < this.rows; i++) out[i] = data[i * this.cols + j];
    return out;
  }

  /** A copy of rows start..end-1; negative bounds count from the end, as in Array.slice. */
  sliceRows(start: number, end: number = this.rows): Matrix {
    const [from, to] = bounds(start, end, this.rows);
    const { data } = intact(this, 'matrix');
    return new Matrix(data.slice(from * this.cols, to * this.cols), to - from, this.cols);
  }

  /** A copy of columns start..end-1; negative bounds count from the end, as in Array.slice. */
  sliceCols(start: number, end: number = this.cols): Matrix {
    const [from, to] = bounds(start, end, this.cols);
    const width = to - from;
    const { data } = intact(this, 'matrix');
    const out = new Float32Array(this.rows * width);
    for (let i = 0; i < this.rows; i++) {
      out.set(data.subarray(i * this.cols + from, i * this.cols + to), i * width);
    }
    return new Matrix(out, this.rows, width);
  }

  /** A copy of the rows with these numbers, in this order. @throws ArgumentError when one lies outside */
  selectRows(indices: ArrayLike<number>): Matrix {
    const { cols, data } = intact(this, 'matrix');
    const out = allocate(indices.length, cols);
    for (let k = 0; k < indices.length; k++) {
      const i = indices[k];
      if (!(Number.isInteger(i) && i >= 0 && i < this.rows)) {
        checkInteger(i, `indices[${k}]`, { min: 0, max: this.rows - 1 });
      }
      out.set(data.subarray(i * cols, (i + 1) * cols), k * cols);
    }
    return new Matrix(out, indices.length, cols);
  }

  /** A copy of the columns with these numbers, in this order. @throws ArgumentError when one lies outside */
  selectCols(indices: ArrayLike<number>): Matrix {
    const width = indices.length;
    for (let k = 0; k < width; k++) checkInteger(indices[k], `indices[${k}]`, { min: 0, max: this.cols - 1 });
    const { data } = intact(this, 'matrix');
    const out = new Float32Array(this.rows * width);
    for (let i = 0; i < this.rows; i++) {
      const base = i * this.cols;
      for (let k = 0; k < width; k++) out[i * width + k] = data[base + indices[k]];
    }
    return new Matrix(out, this.rows, width);
  }

  /** The transposed copy, cols x rows. Walks 32 x 32 tiles, so that both sides stay in cache. */
  transpose(): Matrix {
    const { rows, cols, data } = intact(this, 'matrix');
    const out = allocate(cols, rows);
    const tile = 32;
    for (let i0 = 0; i0 < rows; i0 += tile) {
      const i1 = Math.min(i0 + tile, rows);
      for (let j0 = 0; j0 < cols; j0 += tile) {
        const j1 = Math.min(j0 + tile, cols);
        for (let i = i0; i < i1; i++) {
          for (let j = j0; j < j1; j++) out[j * rows + i] = data[i * cols + j];
        }
      }
    }
    return new Matrix(out, cols, rows);
  }

  /** A copy with storage of its own. */
  clone(): Matrix {
    return new Matrix(intact(this, 'matrix').data.slice(), this.rows, this.cols);
  }

  /** The values as an array of rows. */
  toArray(): number[][] {
    return Array.from({ length: this.rows }, (_, i) => Array.from(this.row(i)));
  }

  /**
   * Whether shape and values agree, each |a - b| <= tolerance (0 by default: equal). NaN equals NaN.
   */
  equals(other: MatrixLike, tolerance = 0): boolean {
    const that = toMatrix(other, 'other');
    intact(this, 'matrix');
    if (that.rows !== this.rows || that.cols !== this.cols) return false;
    for (let k = 0; k < this.data.length; k++) {
      const a = this.data[k];
      const b = that.data[k];
      if (a !== b && !(Math.abs(a - b) <= tolerance) && !(Number.isNaN(a) && Number.isNaN(b))) return false;
    }
    return true;
  }

  /** The shape and at most 6 rows and columns from each corner, six significant digits. */
  toString(): string {
    const rows = corner(this.rows);
    const cols = corner(this.cols);
    const cells = rows.map((i) =>
      cols.map((j) => (i === '...' || j === '...' ? '...' : String(Number(this.get(i, j).toPrecision(6))))),
    );
    const widths = cols.map((_, k) => Math.max(0, ...cells.map((line) => line[k].length)));
    const lines = cells.map((line) => `  ${line.map((cell, k) => cell.padStart(widths[k])).join('  ')}`);
    return [`Matrix ${this.rows} x ${this.cols}`, ...(this.cols === 0 ? [] : lines)].join('\n');
  }

  /** The same text when Node prints the matrix. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/**
 * The matrix itself, unless its storage is gone: the ArrayBuffer under it can be transferred or resized at any time.
 * @throws DataError
 */
function intact(matrix: Matrix, name: string): Matrix {
  const { data, rows, cols } = matrix;
  if (data.length === rows * cols) return matrix;
  throw new DataError(
    `Expected \`${name}\` to hold its ${rows} x ${cols} = ${rows * cols} elements, found ${data.length}: its ArrayBuffer was detached (transferred) or resized.`,
  );
}

/** Storage for rows x cols elements, with an error of our own when there is none to be had. */
function allocate(rows: number, cols: number): Float32Array {
  try {
    return new Float32Array(rows * cols);
  } catch (cause) {
    const size = `${((rows * cols * 4) / 2 ** 30).toFixed(1)} GiB`;
    throw new OutOfMemoryError(`Expected ${size} of memory for a matrix of ${rows} x ${cols}, found less.`, { cause });
  }
}

/** 0..n-1, or three from each end with a gap. */
function corner(n: number): (number | '...')[] {
  if (n <= 6) return Array.from({ length: n }, (_, i) => i);
  return [0, 1, 2, '...', n - 3, n - 2, n - 1];
}

function bounds(start: number, end: number, length: number): [number, number] {
  checkInteger(start, 'start');
  checkInteger(end, 'end');
  const clamp = (at: number) => Math.min(length, Math.max(0, at < 0 ? at + length : at));
  const from = clamp(start);
  return [from, Math.max(from, clamp(end))];
}

function fromFlat(values: readonly number[] | NumericArray, rows: number, cols: number, name: string): Matrix {
  checkInteger(rows, 'rows', { min: 0, max: MAX_SIZE });
  checkInteger(cols, 'cols', { min: 0, max: MAX_SIZE });
  if (!Array.isArray(values) && !isNumericArray(values)) {
    throw new ArgumentError(`Expected \`${name}\` to be an array of numbers, received ${show(values)}.`);
  }
  if (values.length !== rows * cols) {
    assertAttached(values, name);
    throw new ShapeError(
      `Expected \`${name}\` to have ${rows} x ${cols} = ${rows * cols} elements, received ${values.length}.`,
    );
  }
  const out = allocate(rows, cols);
  copyNumbers(values, out, 0, (k) => `\`${name}\` at row ${Math.floor(k / cols)}, column ${k % cols}`);
  return new Matrix(out, rows, cols);
}

function rowHint(row: unknown): string {
  if (typeof row === 'number') return ' A single column is written [[1], [2], ...].';
  if (row === null || typeof row !== 'object') return '';
  return ' Table.fromRecords takes records, and a TablePreprocessor makes numbers of them.';
}

function fromRows(values: readonly RowLike[], name: string): Matrix {
  const isRow = (row: unknown): row is RowLike => Array.isArray(row) || isNumericArray(row);
  const cols = isRow(values[0]) ? values[0].length : 0;
  const out = allocate(values.length, cols);
  for (let i = 0; i < values.length; i++) {
    const row: unknown = values[i];
    if (!isRow(row)) {
      throw new ArgumentError(
        `Expected \`${name}\` to hold rows of numbers, received ${show(row)} at row ${i}.${rowHint(row)}`,
      );
    }
    if (row.length === 0 || row.length !== cols) assertAttached(row, `${name}[${i}]`);
    if (row.length !== cols) {
      throw new ShapeError(
        `Expected row ${i} of \`${name}\` to have ${cols} columns like row 0, received ${row.length}.`,
      );
    }
    copyNumbers(row, out, i * cols, (j) => `\`${name}\` at row ${i}, column ${j}`);
  }
  return new Matrix(out, values.length, cols);
}

/**
 * The one converter behind every public method that takes a matrix. A Matrix comes back as it is and a Float32Array
 * with a shape is wrapped without a copy; other forms are copied to float32.
 *
 * @param name what to call the value in messages
 * @throws ShapeError when rows are ragged or the data do not fill the shape
 * @throws ArgumentError when the value is no matrix at all
 * @throws DataError when a cell is not a number
 */
export function toMatrix(value: MatrixLike, name = 'X'): Matrix {
  if (value instanceof Matrix) return intact(value, name);
  if (Array.isArray(value)) return fromRows(value as readonly RowLike[], name);
  if (value !== null && typeof value === 'object' && 'data' in value && 'rows' in value && 'cols' in value) {
    const { data, rows, cols } = value;
    return isFloat32Array(data) && data.length === rows * cols
      ? new Matrix(data, rows, cols)
      : fromFlat(data, rows, cols, `${name}.data`);
  }
  throw new ArgumentError(
    `Expected \`${name}\` to be a Matrix, an array of rows or { data, rows, cols }, received ${show(value)}.${formHint(value)}`,
  );
}

/** How to make a matrix of what is none. */
function formHint(value: unknown): string {
  if (isNumericArray(value)) return ' Matrix.from(data, rows, cols) gives flat numbers a shape.';
  const table = value !== null && typeof value === 'object' && 'columns' in value && 'names' in value;
  return table ? ' A TablePreprocessor makes numbers of a Table.' : '';
}

/** The error for a value at position `k` of a row-major matrix that is NaN or Infinity. */
export function nonFinite(
  { data, cols }: Pick<Matrix, 'data' | 'cols'>,
  k: number,
  name: string,
  columnNames?: readonly string[],
): NonFiniteError {
  const j = k % cols;
  const label = columnNames?.[j] === undefined ? '' : ` ('${columnNames[j]}')`;
  return new NonFiniteError(
    `Expected \`${name}\` to hold finite numbers, received ${data[k]} at row ${Math.floor(k / cols)}, column ${j}${label}.`,
  );
}

/**
 * Refuses NaN and Infinity, naming the first row and column that hold one.
 * @throws NonFiniteError
 */
export function assertFinite(matrix: Matrix, name = 'X', columnNames?: readonly string[]): void {
  const k = native().findNonFinite(matrix.data);
  if (k >= 0) throw nonFinite(matrix, k, name, columnNames);
}
