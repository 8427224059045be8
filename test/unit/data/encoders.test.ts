import {
  type CategoryRows,
  LabelEncoder,
  type Labels,
  labelType,
  Matrix,
  OneHotEncoder,
  Philox,
} from '../../../lib/data';
import { thrown } from '../../helpers/errors';
import { golden } from '../../helpers/golden';

interface Encoders {
  labels: string[];
  classes: string[];
  numbers: number[];
  rows: string[][];
  none: number[][];
  first: number[][];
  ifBinary: number[][];
}
const sklearn = golden<{ encoders: Encoders }>('data').encoders;
const bad = (value: unknown) => value as Labels;

describe('LabelEncoder', () => {
  test('scikit-learn agrees', () => {
    const encoder = new LabelEncoder().fit(sklearn.labels);
    expect(encoder.classes).toEqual(sklearn.classes);
    expect([...encoder.transform(sklearn.labels)]).toEqual(sklearn.numbers);
  });

  test.each<[string, Labels]>([
    ['string', ['b', 'a', 'c', 'a']],
    ['number', [10, 9, -1, 10]],
    ['boolean', [true, false, true]],
    ['int32', Int32Array.of(7, -3, 7)],
  ])('%s labels come back in their type, also through JSON', (type, labels) => {
    const encoder = new LabelEncoder();
    const numbers = encoder.fitTransform(labels);
    expect(encoder.type).toBe(type);
    expect(encoder.inverseTransform(numbers)).toEqual(labels);
    const again = LabelEncoder.fromJSON(JSON.parse(JSON.stringify(encoder)));
    expect(again.transform(labels)).toEqual(numbers);
    expect(again.inverseTransform(numbers)).toEqual(labels);
  });

  test('numbers are ordered by value', () => {
    expect(new LabelEncoder().fit([10, 9, 1, 2]).classes).toEqual([1, 2, 9, 10]);
  });

  test.each([1, 2, 3])('random labels go there and back (seed %i)', (seed) => {
    const rng = new Philox(seed);
    const labels = Array.from({ length: 200 }, (_, i) => `w${rng.below(i, 30)}`);
    const encoder = new LabelEncoder();
    expect(encoder.inverseTransform(encoder.fitTransform(labels))).toEqual(labels);
    expect([...encoder.classes]).toEqual([...encoder.classes].sort());
  });

  test('bad input', () => {
    const encoder = new LabelEncoder().fit(['cat', 'dog']);
    expect(thrown(() => encoder.transform(['dgo']))).toEqual({
      name: 'DataError',
      message: "Expected `y[0]` to be one of 'cat', 'dog' seen in `fit`, received 'dgo'. Did you mean `dog`?",
    });
    const many = new LabelEncoder().fit(Array.from({ length: 20 }, (_, i) => i));
    expect(thrown(() => many.transform([50], 'labels')).message).toBe(
      'Expected `labels[0]` to be one of the 20 labels seen in `fit`, received 50.',
    );
    expect(thrown(() => encoder.inverseTransform([2])).message).toBe(
      'Expected `numbers[0]` to be a class number from 0 to 1, received 2.',
    );
    expect(thrown(() => new LabelEncoder().fit([])).message).toBe('Expected `y` to hold at least 1 label, received 0.');
    expect(thrown(() => new LabelEncoder().transform(['a'])).message).toContain('before `transform`');
    expect(thrown(() => encoder.transform(bad('dog'))).name).toBe('ArgumentError');
    expect(thrown(() => LabelEncoder.fromJSON({ kind: 'LabelEncoder', type: 'string', classes: [1] })).message).toBe(
      'Expected `classes` in the saved state of LabelEncoder to be distinct strings.',
    );
    expect(thrown(() => LabelEncoder.fromJSON({ kind: 'LabelEncoder', type: 'x', classes: [] })).message).toContain(
      "to be one of 'string', 'number', 'boolean', 'int32', received 'x'.",
    );
  });
});

describe('labelType', () => {
  test.each<[string, unknown, string, string]>([
    ['mixed types', [1, 'a'], 'DataError', "Expected `y[1]` to be a number like `y[0]`, received 'a'."],
    ['null', ['a', null], 'DataError', 'Expected `y[1]` to be a string, number or boolean, received null.'],
    ['NaN', [1, Number.NaN], 'NonFiniteError', 'Expected `y` to hold finite labels, received NaN at row 1.'],
    [
      'a string',
      'abc',
      'ArgumentError',
      "Expected `y` to be an array of strings, numbers or booleans, or an Int32Array, received 'abc'.",
    ],
    [
      'float data',
      new Float32Array(2),
      'ArgumentError',
      'Expected `y` to be an array of strings, numbers or booleans, or an Int32Array, received Float32Array(2).',
    ],
  ])('refuses %s', (_, labels, name, message) => {
    expect(thrown(() => labelType(bad(labels)))).toEqual({ name, message });
  });
});

describe('OneHotEncoder', () => {
  const rows = sklearn.rows.map((row, i) => [...row, ['y', 'n', 'n', 'y'][i]]);

  test.each(['none', 'first', 'ifBinary'] as const)('scikit-learn agrees with drop %s', (drop) => {
    const encoder = new OneHotEncoder({ drop });
    expect(encoder.fitTransform(rows).toArray()).toEqual(sklearn[drop]);
    expect(encoder.inverseTransform(sklearn[drop])).toEqual(rows);
    expect(encoder.width).toBe(sklearn[drop][0].length);
  });

  test('names of the output columns', () => {
    const encoder = new OneHotEncoder({ drop: 'ifBinary' }).fit(rows);
    expect(encoder.featureNamesOut(['colour', 'size', 'sold'])).toEqual([
      'colour=blue',
      'colour=green',
      'colour=red',
      'size=L',
      'size=M',
      'size=S',
      'sold=y',
    ]);
    expect(new OneHotEncoder({ handleMissing: 'category' }).fit([[true], [null]]).featureNamesOut()).toEqual([
      'x0=true',
      'x0=(missing)',
    ]);
    expect(thrown(() => encoder.featureNamesOut(['a'])).message).toBe(
      'Expected `featureNames` to have 3 names, received 1.',
    );
  });

  test('a matrix of category numbers', () => {
    const encoder = new OneHotEncoder().fit(Matrix.from([[2], [10], [2]]));
    expect(encoder.categories).toEqual([[2, 10]]);
    expect(encoder.transform([[10]]).toArray()).toEqual([[0, 1]]);
  });

  test('unknown categories', () => {
    const strict = new OneHotEncoder().fit(rows);
    expect(thrown(() => strict.transform([['gren', 'S', 'y']]))).toEqual({
      name: 'DataError',
      message:
        "Expected a category seen in `fit` at row 0, column 0, received 'gren'. Did you mean `green`? Set handleUnknown: 'ignore' to encode it as zeros.",
    });
    const lenient = new OneHotEncoder({ handleUnknown: 'ignore' }).fit([['a'], ['b']]);
    expect(lenient.transform([['c'], ['b']]).toArray()).toEqual([
      [0, 0],
      [0, 1],
    ]);
    expect(lenient.inverseTransform([[0, 0]])).toEqual([[null]]);
  });

  test('missing cells', () => {
    const holes: CategoryRows = [['a'], [null], ['b'], [undefined]];
    expect(thrown(() => new OneHotEncoder().fit(holes)).message).toBe(
      "Expected a category at row 1, column 0, found a missing cell. Set handleMissing: 'category' or 'ignore' to allow it.",
    );
    const own = new OneHotEncoder({ handleMissing: 'category' });
    expect(own.fitTransform(holes).toArray()).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(new OneHotEncoder({ handleMissing: 'ignore' }).fitTransform(holes).toArray()).toEqual([
      [1, 0],
      [0, 0],
      [0, 1],
      [0, 0],
    ]);
    const unseen = new OneHotEncoder({ handleMissing: 'category' }).fit([['a']]);
    expect(thrown(() => unseen.transform([[Number.NaN]])).message).toContain('found a missing cell');
  });

  test.each([1, 2, 3, 4])('random tables go there and back, and through JSON (seed %i)', (seed) => {
    const rng = new Philox(seed);
    const width = 1 + rng.below(0, 4);
    const table = Array.from({ length: 1 + rng.below(1, 50) }, (_, i) =>
      Array.from({ length: width }, (_, j) => (j % 2 === 0 ? `c${rng.below(100 + i * 9 + j, 7)}` : rng.below(i, 4))),
    );
    for (const drop of ['none', 'first', 'ifBinary'] as const) {
      const encoder = new OneHotEncoder({ drop });
      const encoded = encoder.fitTransform(table);
      expect(encoder.inverseTransform(encoded)).toEqual(table);
      const again = OneHotEncoder.fromJSON(JSON.parse(JSON.stringify(encoder)));
      expect(again.transform(table).equals(encoded)).toBe(true);
    }
  });

  test('bad input', () => {
    expect(thrown(() => new OneHotEncoder({ drop: 'frist' as 'first' })).message).toBe(
      "Expected `drop` to be one of 'none', 'first', 'ifBinary', received 'frist'. Did you mean `first`?",
    );
    expect(thrown(() => new OneHotEncoder().fit([])).message).toContain('at least 1 row');
    expect(thrown(() => new OneHotEncoder().fit([['a'], ['b', 'c']]))).toEqual({
      name: 'ShapeError',
      message: 'Expected row 1 of `X` to have 1 columns like row 0, received 2.',
    });
    expect(thrown(() => new OneHotEncoder().fit([['a'], [1]])).message).toBe(
      'Expected the cells of column 0 to be of one type (string, number or boolean), received 1 at row 1.',
    );
    expect(thrown(() => new OneHotEncoder().fit(['a'] as unknown as CategoryRows)).message).toBe(
      "Expected `X` to hold rows of categories, received 'a' at row 0.",
    );
    expect(thrown(() => new OneHotEncoder().fit(5 as unknown as CategoryRows)).message).toBe(
      'Expected `X` to be an array of rows of categories, received 5.',
    );
    expect(thrown(() => new OneHotEncoder().transform([['a']])).message).toContain('before `transform`');
    const fitted = new OneHotEncoder().fit([['a']]);
    expect(thrown(() => fitted.transform([['a', 'b']])).message).toContain('to have 1 columns as in `fit`');
    expect(thrown(() => fitted.inverseTransform([[1, 0]])).message).toBe(
      'Expected `encoded` to have 1 columns, received 2.',
    );
    const state = { ...fitted.toJSON(), categories: [[{}]] };
    expect(thrown(() => OneHotEncoder.fromJSON(state)).message).toContain('to be lists of categories');
  });
});
