import { inspect } from 'node:util';
import { assertFinite, Matrix, type MatrixLike, Philox, Table, toMatrix } from '../../../lib/data';
import { thrown } from '../../helpers/errors';

const A = Matrix.from([
  [1, 2, 3],
  [4, 5, 6],
]);

describe('Matrix', () => {
  test('wraps a Float32Array without a copy', () => {
    const data = new Float32Array([1, 2, 3, 4]);
    const m = new Matrix(data, 2, 2);
    expect(m.data).toBe(data);
    m.set(1, 0, 9);
    expect(data[2]).toBe(9);
    expect(m.get(1, 0)).toBe(9);
  });

  test('from rows, flat data and typed arrays', () => {
    expect([...A.data]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(Matrix.from([1, 2, 3, 4, 5, 6], 2, 3).equals(A)).toBe(true);
    expect(Matrix.from(Int16Array.of(1, 2, 3, 4, 5, 6), 2, 3).equals(A)).toBe(true);
    expect(Matrix.from([Float64Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)]).equals(A)).toBe(true);
    expect(Matrix.from({ data: [1, 2, 3, 4, 5, 6], rows: 2, cols: 3 }).equals(A)).toBe(true);
    expect(Matrix.from([]).toArray()).toEqual([]);
    expect([Matrix.from([[], []]).rows, Matrix.from([[], []]).cols]).toEqual([2, 0]);
  });

  test('from copies, so that the source stays untouched', () => {
    const copy = Matrix.from(A);
    copy.set(0, 0, 100);
    const flat = new Float32Array(6);
    Matrix.from(flat, 2, 3).set(0, 0, 1);
    expect([A.get(0, 0), flat[0]]).toEqual([1, 0]);
  });

  test('rows, columns, slices and selections', () => {
    expect([...A.row(1)]).toEqual([4, 5, 6]);
    expect([...A.column(1)]).toEqual([2, 5]);
    expect(A.sliceRows(1).toArray()).toEqual([[4, 5, 6]]);
    expect(A.sliceRows(-2, -1).toArray()).toEqual([[1, 2, 3]]);
    expect(A.sliceRows(2, 1).rows).toBe(0);
    expect(A.sliceCols(1, 3).toArray()).toEqual([
      [2, 3],
      [5, 6],
    ]);
    expect(A.selectRows([1, 0, 1]).toArray()).toEqual([
      [4, 5, 6],
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(A.selectCols(Int32Array.of(2, 0)).toArray()).toEqual([
      [3, 1],
      [6, 4],
    ]);
    const view = A.clone();
    view.row(0)[0] = 7;
    expect(view.get(0, 0)).toBe(7);
  });

  test.each([
    [0, 3],
    [1, 1],
    [2, 3],
    [33, 31],
    [65, 40],
  ])('transpose of %i x %i', (rows, cols) => {
    const rng = new Philox(1);
    const m = Matrix.zeros(rows, cols);
    for (let k = 0; k < m.data.length; k++) m.data[k] = rng.uniform(k);
    const t = m.transpose();
    expect([t.rows, t.cols]).toEqual([cols, rows]);
    for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) expect(t.get(j, i)).toBe(m.get(i, j));
    expect(t.transpose().equals(m)).toBe(true);
  });

  test('equality with tolerance, NaN and shapes', () => {
    const b = A.clone();
    b.set(0, 0, 1.25);
    expect([A.equals(b), A.equals(b, 0.3), A.equals(A.transpose())]).toEqual([false, true, false]);
    expect(Matrix.from([[Number.NaN]]).equals([[Number.NaN]])).toBe(true);
    expect(Matrix.from([[Number.NaN]]).equals([[1]], 10)).toBe(false);
    expect(Matrix.from([[Number.POSITIVE_INFINITY]]).equals([[Number.NEGATIVE_INFINITY]], 1)).toBe(false);
  });

  test('text is short and shows the corners', () => {
    expect(A.toString()).toBe('Matrix 2 x 3\n  1  2  3\n  4  5  6');
    expect(inspect(Matrix.from([[0.1, -2.5]]))).toBe('Matrix 1 x 2\n  0.1  -2.5');
    const big = Matrix.zeros(1000, 1000).toString();
    expect(big.split('\n')).toHaveLength(8);
    expect(big).toContain('...');
    expect(Matrix.zeros(0, 4).toString()).toBe('Matrix 0 x 4');
  });

  test('refuses what does not fit', () => {
    expect(thrown(() => new Matrix(new Float32Array(5), 2, 3))).toEqual({
      name: 'ShapeError',
      message: 'Expected `data` to have 2 x 3 = 6 elements, received 5.',
    });
    expect(thrown(() => new Matrix([1] as unknown as Float32Array, 1, 1)).message).toBe(
      'Expected `data` to be a Float32Array, received [1]. Use Matrix.from for other forms.',
    );
    expect(thrown(() => new Matrix(new Float32Array(0), -1, 0)).message).toMatch(/^Expected `rows` to be an integer/);
    expect(thrown(() => Matrix.from([1, 2], 2, 2)).name).toBe('ShapeError');
    expect(thrown(() => A.get(2, 0)).message).toBe(
      'Expected `row` to be an integer at least 0 and at most 1, received 2.',
    );
    expect(thrown(() => A.row(-1)).name).toBe('ArgumentError');
    expect(thrown(() => A.column(3)).name).toBe('ArgumentError');
    expect(thrown(() => A.selectRows([5])).message).toMatch(/^Expected `indices\[0\]` to be an integer/);
    expect(thrown(() => A.sliceRows(0.5)).message).toMatch(/^Expected `start` to be an integer/);
    expect(thrown(() => Matrix.zeros(2 ** 31, 2 ** 31)).name).toBe('OutOfMemoryError');
  });
});

test('an array whose memory was transferred away is told so, in every form', () => {
  const gone = (n: number) => {
    const array = new Float32Array(n);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    return array;
  };
  const message = (name: string) =>
    `Expected \`${name}\` to hold its elements, received an array whose ArrayBuffer was detached (transferred).`;
  expect(thrown(() => new Matrix(gone(2), 1, 2)).message).toBe(message('data'));
  expect(thrown(() => toMatrix({ data: gone(2), rows: 1, cols: 2 })).message).toBe(message('X.data'));
  expect(thrown(() => toMatrix([gone(2), gone(2)])).message).toBe(message('X[0]'));
  expect(thrown(() => toMatrix([[1, 2], gone(2)])).message).toBe(message('X[1]'));
  expect(toMatrix([[], new Float32Array(0)]).rows).toBe(2);
});

describe('toMatrix', () => {
  test('gives a Matrix back as it is and wraps a Float32Array', () => {
    const data = new Float32Array(2);
    expect(toMatrix(A)).toBe(A);
    expect(toMatrix({ data, rows: 1, cols: 2 }).data).toBe(data);
  });

  test.each<[string, unknown, string, string]>([
    ['ragged rows', [[1, 2], [3]], 'ShapeError', 'Expected row 1 of `X` to have 2 columns like row 0, received 1.'],
    [
      'a flat array',
      [1, 2],
      'ArgumentError',
      'Expected `X` to hold rows of numbers, received 1 at row 0. A single column is written [[1], [2], ...].',
    ],
    ['a text cell', [[1, '2']], 'DataError', "Expected `X` at row 0, column 1 to be a number, received '2'."],
    ['a hole', [[1, undefined]], 'DataError', 'Expected `X` at row 0, column 1 to be a number, received undefined.'],
    [
      'nothing',
      undefined,
      'ArgumentError',
      'Expected `X` to be a Matrix, an array of rows or { data, rows, cols }, received undefined.',
    ],
    [
      'flat numbers',
      new Float64Array(4),
      'ArgumentError',
      'Expected `X` to be a Matrix, an array of rows or { data, rows, cols }, received Float64Array(4). ' +
        'Matrix.from(data, rows, cols) gives flat numbers a shape.',
    ],
    [
      'a table',
      Table.fromRecords([{ a: 1 }]),
      'ArgumentError',
      'Expected `X` to be a Matrix, an array of rows or { data, rows, cols }, received a Table object. ' +
        'A TablePreprocessor makes numbers of a Table.',
    ],
    [
      'records',
      [{ a: 1 }],
      'ArgumentError',
      'Expected `X` to hold rows of numbers, received a plain object at row 0. ' +
        'Table.fromRecords takes records, and a TablePreprocessor makes numbers of them.',
    ],
    [
      'a wrong length',
      { data: [1], rows: 1, cols: 2 },
      'ShapeError',
      'Expected `X.data` to have 1 x 2 = 2 elements, received 1.',
    ],
    [
      'BigInt data',
      { data: new BigInt64Array(1), rows: 1, cols: 1 },
      'ArgumentError',
      'Expected `X.data` to be an array of numbers, received BigInt64Array(1).',
    ],
    ['a null row', [null], 'ArgumentError', 'Expected `X` to hold rows of numbers, received null at row 0.'],
  ])('refuses %s', (_, value, name, message) => {
    expect(thrown(() => toMatrix(value as MatrixLike))).toEqual({ name, message });
  });
});

describe('assertFinite', () => {
  test('names row and column', () => {
    const m = Matrix.zeros(3, 2);
    expect(assertFinite(m)).toBeUndefined();
    m.set(2, 1, Number.NaN);
    expect(thrown(() => assertFinite(m, 'X'))).toEqual({
      name: 'NonFiniteError',
      message: 'Expected `X` to hold finite numbers, received NaN at row 2, column 1.',
    });
    m.set(0, 1, Number.NEGATIVE_INFINITY);
    expect(thrown(() => assertFinite(m, 'X', ['a', 'b'])).message).toBe(
      "Expected `X` to hold finite numbers, received -Infinity at row 0, column 1 ('b').",
    );
  });
});
