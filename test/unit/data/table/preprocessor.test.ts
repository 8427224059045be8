import { type Cell, Philox, Table, TablePreprocessor, type UnknownCell } from '../../../../lib/data';
import { thrown } from '../../../helpers/errors';

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
type Row = Record<string, Cell>;

const people: Row[] = [
  { age: 20, colour: 'red', vip: 'yes', joined: '2020-01-01', note: 'x' },
  { age: '', colour: 'blue', vip: 'no', joined: '2020-01-08', note: 'x' },
  { age: 40, colour: 'red', vip: '', joined: '', note: 'x' },
  { age: 30, colour: '', vip: 'no', joined: '2020-01-15', note: 'x' },
];

/** A table of random cells of every kind, holes included. */
function randomRows(seed: number, n: number): Row[] {
  const rng = new Philox(seed);
  const hole = (k: number) => rng.below(k, 8) === 0;
  return times(n, (i) => {
    const k = i * 20;
    return {
      amount: hole(k) ? '' : (rng.normal(k + 1) * 100).toFixed(2),
      city: hole(k + 2) ? null : `c${rng.below(k + 3, 9)}`,
      flag: hole(k + 4) ? 'NA' : rng.below(k + 5, 2) === 0 ? 'true' : 'false',
      when: hole(k + 6) ? '' : new Date(1.5e12 + rng.below(k + 7, 1e8) * 1000).toISOString(),
      bit: hole(k + 8) ? '' : rng.below(k + 9, 2),
    };
  });
}

describe('TablePreprocessor', () => {
  test('encodes each type of column', () => {
    const table = Table.fromRecords(people);
    const preprocessor = new TablePreprocessor({ scale: 'none' }).fit(table);
    expect(preprocessor.featureNames).toEqual([
      'age',
      'age (missing)',
      'colour=blue',
      'colour=red',
      'colour (missing)',
      'vip',
      'vip (missing)',
      'joined (days)',
      'joined (year sin)',
      'joined (year cos)',
      'joined (week sin)',
      'joined (week cos)',
      'joined (missing)',
    ]);
    expect(preprocessor.columns).toEqual(['age', 'colour', 'vip', 'joined']);
    expect(preprocessor.excluded).toEqual([{ name: 'note', reason: 'constant' }]);
    const rows = preprocessor.transform(table).toArray();
    expect(rows.map((row) => row.slice(0, 7))).toEqual([
      [20, 0, 0, 1, 0, 1, 0],
      [30, 1, 1, 0, 0, 0, 0],
      [40, 0, 0, 1, 0, 0, 1],
      [30, 0, 0, 0, 1, 0, 0],
    ]);
    const [first, second, third] = rows.map((row) => row.slice(7));
    const days = Date.UTC(2020, 0, 1) / 86_400_000;
    expect([first[0], second[0], third[0], third[5]]).toEqual([days, days + 7, days + 7, 1]);
    expect(first[1]).toBeCloseTo(Math.sin((2 * Math.PI * days) / 365.2425), 5);
    // A week later the place in the week is the same.
    expect(second[3]).toBeCloseTo(first[3], 5);
    expect(second[4]).toBeCloseTo(first[4], 5);
  });

  test('standard scaling: mean 0, deviation 1 after filling in', () => {
    const rows = randomRows(3, 400);
    const X = new TablePreprocessor().fitTransform(Table.fromRecords(rows));
    const amount = [...X.column(0)];
    const mean = amount.reduce((a, b) => a + b) / amount.length;
    const variance = amount.reduce((a, b) => a + (b - mean) ** 2, 0) / amount.length;
    expect(mean).toBeCloseTo(0, 5);
    expect(variance).toBeCloseTo(1, 5);
  });

  test('minMax scaling', () => {
    const table = Table.fromRecords([{ a: 2 }, { a: 6 }, { a: 4 }]);
    expect(new TablePreprocessor({ scale: 'minMax' }).fitTransform(table).toArray()).toEqual([[0], [1], [0.5]]);
  });

  test.each([1, 2, 3, 4, 5])('raw rows, records, tables and a saved copy give the same matrix (seed %i)', (seed) => {
    const rows = randomRows(seed, 120);
    const table = Table.fromRecords(rows);
    for (const scale of ['standard', 'minMax', 'none'] as const) {
      const preprocessor = new TablePreprocessor({ scale, maxCategories: 5 }).fit(table, { rows: times(80, (i) => i) });
      const X = preprocessor.transform(table);
      expect(preprocessor.transformRecords(rows).equals(X)).toBe(true);
      const header = ['extra', 'bit', 'when', 'flag', 'city', 'amount'];
      const shuffled = rows.map((row) => header.map((name) => row[name]));
      expect(preprocessor.transformRows(shuffled, header).equals(X)).toBe(true);
      const again = TablePreprocessor.fromJSON(JSON.parse(JSON.stringify(preprocessor)));
      expect(again.transformRecords(rows).equals(X)).toBe(true);
      expect(again.featureNames).toEqual(preprocessor.featureNames);
      expect(again.excluded).toEqual(preprocessor.excluded);
      expect([...X.data].every(Number.isFinite)).toBe(true);
    }
  });

  test('learns from the given rows alone', () => {
    const table = Table.fromRecords([
      ...times(10, (i) => ({ a: i, b: i % 2 ? 'x' : 'y' })),
      { a: 1e9, b: 'rare' },
      { a: '', b: '' },
    ]);
    const train = times(10, (i) => i);
    const preprocessor = new TablePreprocessor({ scale: 'minMax' }).fit(table, { rows: train });
    expect(preprocessor.featureNames).toEqual(['a', 'b=x', 'b=y']);
    const last = preprocessor.transform(table, [11, 10]).toArray();
    // The missing cell becomes the median of the train rows; the unseen word leaves zeros.
    expect(last[0]).toEqual([0.5, 0, 0]);
    expect(last[1].slice(1)).toEqual([0, 0]);
  });

  test('rare categories share a column', () => {
    const rows = times(60, (i) => ({ c: i < 30 ? 'a' : i < 50 ? 'b' : `r${i % 5}` }));
    const preprocessor = new TablePreprocessor({ maxCategories: 2 }).fit(Table.fromRecords(rows));
    expect(preprocessor.featureNames).toEqual(['c=a', 'c=b', 'c (other)']);
    expect(
      preprocessor.transformRecords([{ c: 'a' }, { c: 'r1' }, { c: 'never seen' }, { c: null }]).toArray(),
    ).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 1],
      [0, 0, 0],
    ]);
    const strict = new TablePreprocessor({ maxCategories: 2, handleUnknown: 'error' }).fit(Table.fromRecords(rows));
    expect(strict.transformRecords([{ c: 'r1' }]).toArray()).toEqual([[0, 0, 1]]);
    expect(thrown(() => strict.transformRecords([{ c: 'a' }, { c: 'aa' }]))).toEqual({
      name: 'DataError',
      message: "Expected a known category at row 1, column 'c', received 'aa'. Did you mean `a`?",
    });
  });

  test('a cell that is missing at predict time only becomes the median', () => {
    const preprocessor = new TablePreprocessor({ scale: 'none' }).fit(Table.fromRecords([9, 1, 5].map((a) => ({ a }))));
    expect(preprocessor.transformRecords([{ a: null }]).toArray()).toEqual([[5]]);
  });

  test('the target and excluded columns are no features', () => {
    const preprocessor = new TablePreprocessor().fit(Table.fromRecords(people), { target: 'vip', exclude: ['age'] });
    expect(preprocessor.excluded).toEqual([
      { name: 'age', reason: 'excluded' },
      { name: 'vip', reason: 'target' },
      { name: 'note', reason: 'constant' },
    ]);
    expect(preprocessor.transformRecords([{ colour: 'red', joined: '2020-01-01' }]).rows).toBe(1);
  });

  test('booleans come in any form', () => {
    const words = new TablePreprocessor().fit(Table.fromRecords([{ v: 'No' }, { v: 'Yes' }]));
    expect(words.transformRecords([{ v: 'yes' }, { v: ' NO ' }, { v: true }, { v: false }]).toArray()).toEqual([
      [1],
      [0],
      [1],
      [0],
    ]);
    const bits = new TablePreprocessor().fit(Table.fromRecords([{ v: 0 }, { v: 1 }]));
    expect(bits.transformRecords([{ v: '1.0' }, { v: 0 }, { v: true }]).toArray()).toEqual([[1], [0], [1]]);
  });

  test('a decimal comma is kept with the model', () => {
    const table = Table.fromRecords([{ a: '1,5' }, { a: '2,5' }], { decimal: ',' });
    const preprocessor = TablePreprocessor.fromJSON(
      JSON.parse(JSON.stringify(new TablePreprocessor({ scale: 'none' }).fit(table))),
    );
    expect(preprocessor.transformRecords([{ a: '7,25' }, { a: 7.25 }]).toArray()).toEqual([[7.25], [7.25]]);
  });

  test('medians of even and odd counts, with ties', () => {
    for (let n = 1; n < 40; n++) {
      const rng = new Philox(n);
      const values = times(n, (i) => rng.below(i, 10) + 0.5);
      if (new Set(values).size < 2) continue;
      const sorted = [...values].sort((a, b) => a - b);
      const median = n % 2 ? sorted[n >> 1] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
      const table = Table.fromRecords([...values, ''].map((a) => ({ a })));
      expect(new TablePreprocessor({ scale: 'none' }).fitTransform(table).get(n, 0)).toBe(median);
    }
  });
});

describe('raw cells of another form than `fit` saw', () => {
  const table = Table.fromRecords([
    ...times(6, (i) => ({ n: i, c: i % 2 ? 'x' : 'y', b: i % 3 ? 'yes' : 'no', bit: i % 2, d: `2020-01-0${i + 1}` })),
    { n: '', c: '', b: '', bit: '', d: '' },
  ]);
  const odd: Row = { n: 'many', c: 'z', b: 'perhaps', bit: 2, d: 'soon' };
  const empty: Row = { n: '', c: 'x', b: '', bit: '', d: '' };

  test('count as missing or as no category, and each is told', () => {
    const preprocessor = new TablePreprocessor().fit(table);
    const seen: UnknownCell[] = [];
    const X = preprocessor.transformRecords([{ ...empty }, odd], {
      firstRow: 8,
      onUnknown: (cell) => void seen.push(cell),
    });
    const c = preprocessor.featureNames.indexOf('c=x');
    expect([...X.row(1)]).toEqual([...X.row(0)].map((value, j) => (j === c ? 0 : value)));
    expect(seen).toEqual([
      { row: 9, column: 'n', cell: 'many', expected: 'number' },
      { row: 9, column: 'c', cell: 'z', expected: 'category' },
      { row: 9, column: 'b', cell: 'perhaps', expected: 'boolean' },
      { row: 9, column: 'bit', cell: 2, expected: 'boolean' },
      { row: 9, column: 'd', cell: 'soon', expected: 'date' },
    ]);
  });

  test.each(Object.keys(odd))('%s: refused where that is asked for', (name) => {
    const one = { ...empty, [name]: odd[name] };
    const strict = new TablePreprocessor({ handleUnknown: 'error' }).fit(table);
    expect(thrown(() => strict.transformRecords([one])).message).toMatch(`row 0, column '${name}'`);
    expect(strict.transformRecords([one], { handleUnknown: 'ignore' }).rows).toBe(1);
    const lenient = new TablePreprocessor().fit(table);
    expect(lenient.transformRecords([one]).rows).toBe(1);
    expect(thrown(() => lenient.transformRecords([one], { handleUnknown: 'error' })).message).toMatch(name);
  });

  test('a file with another decimal mark than that of training', () => {
    const points = Table.fromRecords([{ a: '1.5' }, { a: '2.25' }]);
    const preprocessor = new TablePreprocessor({ scale: 'none' }).fit(points);
    expect(preprocessor.transformRecords([{ a: '7,25' }, { a: '1.234,5' }], { decimal: ',' }).toArray()).toEqual([
      [7.25],
      [1234.5],
    ]);
    const commas = Table.fromRecords([{ a: '1,5' }, { a: '2,25' }]);
    const other = new TablePreprocessor({ scale: 'none' }).fit(commas);
    expect(other.transformRecords([{ a: '1,25' }, { a: '12' }]).toArray()).toEqual([[1.25], [12]]);
  });

  test('the target of `fit` is known, and in the saved state', () => {
    const preprocessor = new TablePreprocessor().fit(table, { target: 'b' });
    expect([preprocessor.target, TablePreprocessor.fromJSON(preprocessor.toJSON()).target]).toEqual(['b', 'b']);
    expect(new TablePreprocessor().fit(table).target).toBeUndefined();
  });
});

describe('bad input', () => {
  const table = Table.fromRecords(people);
  const fitted = () => new TablePreprocessor().fit(table, { target: 'vip' });
  const row = { age: 20, colour: 'red', joined: '2020-01-01' };
  const strict = { handleUnknown: 'error' } as const;

  test.each<[string, () => unknown, string, string]>([
    [
      'not fitted',
      () => new TablePreprocessor().transform(table),
      'HebbError',
      'Expected TablePreprocessor to be fitted before `transform`. Call `fit` first.',
    ],
    [
      'an unknown option',
      () => new TablePreprocessor({ scaler: 'none' } as object),
      'ArgumentError',
      'Unknown option `scaler` for TablePreprocessor. Did you mean `scale`? Known options: scale, maxCategories, handleUnknown.',
    ],
    [
      'an unknown target',
      () => new TablePreprocessor().fit(table, { target: 'VIPs' }),
      'DataError',
      "Expected a column named 'VIPs', there is none. Did you mean `vip`? Columns: age, colour, vip, joined, note.",
    ],
    [
      'no rows',
      () => new TablePreprocessor().fit(table, { rows: [] }),
      'DataError',
      'Expected at least 1 row to fit TablePreprocessor, received 0.',
    ],
    [
      'no features',
      () => new TablePreprocessor().fit(table, { exclude: ['age', 'colour', 'vip', 'joined'] }),
      'DataError',
      'Expected at least 1 column that can be a feature, found none: age (excluded), colour (excluded), vip (excluded), joined (excluded), note (constant).',
    ],
    [
      'a missing column',
      () => fitted().transformRecords([{ age: 20, color: 'red', joined: '' }]),
      'DataError',
      "Expected the columns that the model was trained on, missing 'colour'. Did you mean `color`?",
    ],
    [
      'missing columns',
      () => fitted().transformRecords([{ x: 20 }]),
      'DataError',
      "Expected the columns that the model was trained on, missing 3: 'age', 'colour', 'joined'.",
    ],
    [
      'a word for a number',
      () => fitted().transformRecords([row, { ...row, age: 'old' }], strict),
      'DataError',
      "Expected a number at row 1, column 'age', received 'old'. Leave the cell empty when it is unknown.",
    ],
    [
      'an infinite number',
      () => fitted().transformRecords([{ ...row, age: Number.POSITIVE_INFINITY }], strict),
      'DataError',
      "Expected a number below 3.4e38 at row 0, column 'age', received Infinity. Leave the cell empty when it is unknown.",
    ],
    [
      'a number beyond float32',
      () => fitted().transformRecords([{ ...row, age: '1e300' }], strict),
      'DataError',
      "Expected a number below 3.4e38 at row 0, column 'age', received '1e300'. Leave the cell empty when it is unknown.",
    ],
    [
      'a word for a date',
      () => fitted().transformRecords([{ ...row, joined: 'today' }], strict),
      'DataError',
      "Expected a date (year-month-day) at row 0, column 'joined', received 'today'. Leave the cell empty when it is unknown.",
    ],
    [
      'a word for a boolean',
      () => new TablePreprocessor().fit(table).transformRecords([{ ...row, vip: 'yess' }], strict),
      'DataError',
      "Expected 'no' or 'yes' at row 0, column 'vip', received 'yess'. Did you mean `yes`?",
    ],
    [
      'an unknown option of raw rows',
      () => fitted().transformRecords([row], { onUnkown: () => {} } as object),
      'ArgumentError',
      'Unknown option `onUnkown` for TablePreprocessor.transformRows. Did you mean `onUnknown`? Known options: firstRow, decimal, handleUnknown, onUnknown.',
    ],
    [
      'a short row',
      () => fitted().transformRows([[1]], ['age', 'colour', 'joined'], { firstRow: 10 }),
      'ShapeError',
      'Expected row 10 to have 3 cells, received 1.',
    ],
    [
      'a table of other forms',
      () => fitted().transform(Table.fromRecords([{ age: 'x', colour: 'y', joined: 'z' }])),
      'DataError',
      "Expected column 'age' to hold number as in `fit`, it was read as words. Encode raw rows with transformRows.",
    ],
    [
      'a state of another kind',
      () => TablePreprocessor.fromJSON({ kind: 'StandardScaler' }),
      'DataError',
      "Expected the saved state of a TablePreprocessor, received kind 'StandardScaler'.",
    ],
    [
      'a damaged state',
      () => TablePreprocessor.fromJSON({ ...fitted().toJSON(), columns: [{ kind: 'nonsense' }] }),
      'DataError',
      "Expected the saved state of a column, received kind 'nonsense'.",
    ],
  ])('%s', (_, call, name, message) => {
    expect(thrown(call)).toEqual({ name, message });
  });
});
