import {
  type Cell,
  CODE_OTHER,
  type ColumnHint,
  type NumericColumn,
  Philox,
  Table,
  TableBuilder,
  takeTarget,
  type WordsColumn,
  wordAt,
} from '../../../../lib/data';
import { MAX_WORDS } from '../../../../lib/data/table/builders';
import { thrown } from '../../../helpers/errors';

/** A table of one column called v. */
const single = (cells: readonly Cell[], name = 'v') =>
  Table.fromRecords(cells.map((cell) => ({ [name]: cell }))).column(name);
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

describe('types of columns', () => {
  const words = 'the quick brown fox jumps over a lazy dog while nobody looks'.split(' ');
  const sentence = (i: number) =>
    times(6, (k) => words[(i * 7 + k * (i % 5)) % words.length] + (k === 0 ? i : '')).join(' ');

  test.each<[string, Cell[], string, string?]>([
    ['numbers', [1.5, '2', null, '-3e2'], 'number'],
    ['numbers with blanks', [' 1 ', '2 ', '3'], 'number'],
    ['words', ['a', 'b', 'a', ''], 'category'],
    ['yes and no', ['yes', 'no', '', 'yes'], 'boolean'],
    ['true and false', [true, false, null], 'boolean'],
    ['0 and 1', [0, 1, 1], 'boolean'],
    ['one number', [4, 4, null], 'constant'],
    ['one word', ['x', 'x'], 'constant'],
    ['nothing', ['', null, 'NA'], 'empty'],
    ['ISO dates', ['2020-01-01', '2021-05-06', ''], 'date'],
    ['Date objects', [new Date(0), new Date(1e12)], 'date'],
    ['a running number', times(30, (i) => i + 100), 'id'],
    ['distinct whole numbers called id', times(30, (i) => (i * 37) % 101), 'id', 'customer_id'],
    ['distinct whole numbers called customerId', times(30, (i) => (i * 37) % 101), 'id', 'customerId'],
    ['distinct whole numbers with another name', times(30, (i) => (i * 37) % 101), 'number', 'area'],
    ['few rows of running numbers', times(10, (i) => i), 'number'],
    ['distinct codes', times(30, (i) => `A-${i}`), 'id'],
    ['thousands marks', ['1,234,567', '12', '1,000'], 'number'],
    ['amounts', ['$12.34', '$1,000', '$0.5'], 'number'],
    ['shares', ['45 %', '12.5%', '3 %'], 'number'],
    ['amounts with decimal commas', ['1.234,50', '12,5', '3,25'], 'number'],
    ['dates after many missing cells', [...times(1100, () => ''), '2020-01-01', '2021-02-03'], 'date'],
    ['sentences', times(30, sentence), 'text'],
    ['repeated sentences', times(60, (i) => sentence(i % 5)), 'category'],
    ['ambiguous dates', ['03/04/2020', '05/06/2020', '03/04/2020'], 'category'],
    ['one word among many numbers', [...times(200, (i) => i / 7), 'oops'], 'number'],
    ['some words among numbers', [...times(20, (i) => i % 5), 'oops', 'no'], 'category'],
  ])('%s', (_, cells, type, ...[name]) => {
    expect(single(cells, name).type).toBe(type);
  });

  test('cells of another form are counted, the first is told', () => {
    const column = single([...times(200, (i) => i / 7), 'oops', 1e300]) as NumericColumn;
    expect([column.missing, column.invalid, column.invalidExample, column.invalidRow]).toEqual([2, 2, 'oops', 200]);
    expect([column.values[200], column.values[201]]).toEqual([Number.NaN, Number.NaN]);
  });

  test('units of numbers are counted', () => {
    const column = single(['$12.34', '$1,000', '€5', '7', '12 %']) as NumericColumn;
    expect([...column.values]).toEqual([12.34, 1000, 5, 7, 0.12].map(Math.fround));
    expect([...column.units]).toEqual([
      ['$', 2],
      ['€', 1],
      ['%', 1],
    ]);
  });

  test('each column has its own decimal mark', () => {
    const table = Table.fromRecords(times(5, (i) => ({ a: `${i}.5`, b: `${i},25`, c: String(i) })));
    const columns = table.columns as NumericColumn[];
    expect(columns.map(({ decimal, values }) => [decimal, values[3]])).toEqual([
      ['.', 3.5],
      [',', 3.25],
      ['.', 3],
    ]);
  });

  test('a column that changes its form after the first 1,000 rows is read as words', () => {
    const column = single([...times(1500, (i) => i / 3), ...times(500, (i) => `w${i % 7}`)]) as WordsColumn;
    expect(column.storage).toBe('words');
    expect(wordAt(column, 3)).toBe('1');
    expect(wordAt(column, 1999)).toBe(`w${499 % 7}`);
  });

  test('a hint brings back what looks like an identifier or text', () => {
    const rows = times(30, (i) => ({ year: 1990 + i, code: `A-${i}`, bit: i % 2 }));
    const types = (hints: Record<string, ColumnHint>) =>
      Table.fromRecords(rows, { types: hints }).columns.map(({ type }) => type);
    expect(types({})).toEqual(['id', 'id', 'boolean']);
    expect(types({ year: 'number', code: 'category', bit: 'number' })).toEqual(['number', 'category', 'number']);
    expect(types({ year: 'category', bit: 'category' })).toEqual(['category', 'id', 'category']);
  });

  test('hints decide', () => {
    const table = Table.fromRecords(
      times(30, (i) => ({ zip: String(1000 + i), code: '7' })),
      { types: { zip: 'category', code: 'number' } },
    );
    expect([table.column('zip').storage, table.column('code').storage]).toEqual(['words', 'number']);
    expect(thrown(() => Table.fromRecords([{ a: 'x' }], { types: { a: 'number' } }))).toEqual({
      name: 'DataError',
      message: "Expected column 'a' to hold numbers, more than 1 % of its cells do not, for example 'x' in row 1.",
    });
    expect(thrown(() => Table.fromRecords([{ a: 'x' }], { types: { a: 'date' } })).message).toBe(
      "Expected column 'a' to hold dates, found 'x'.",
    );
    expect(thrown(() => Table.fromRecords([{ age: 'x' }], { types: { agee: 'number' } })).message).toBe(
      "Expected `types` to name columns of the table, received 'agee'. Did you mean `age`?",
    );
  });
});

describe('figures of columns', () => {
  test.each([1, 2, 3])('agree with the definition (seed %i)', (seed) => {
    const rng = new Philox(seed);
    const values = times(500, (i) => (rng.below(i, 10) === 0 ? null : 1e6 + rng.normal(1000 + i)));
    const column = single(values) as NumericColumn;
    const filled = values.filter((v): v is number => v !== null);
    const mean = filled.reduce((a, b) => a + b) / filled.length;
    const variance = filled.reduce((a, b) => a + (b - mean) ** 2, 0) / (filled.length - 1);
    expect(column.missing).toBe(values.length - filled.length);
    expect(column.stats?.mean).toBeCloseTo(mean, 6);
    expect(column.stats?.std).toBeCloseTo(Math.sqrt(variance), 6);
    expect([column.stats?.min, column.stats?.max]).toEqual([Math.min(...filled), Math.max(...filled)]);
    expect(column.distinct).toBe(new Set(filled).size);
    expect([...column.values]).toEqual(values.map((v) => Math.fround(v ?? Number.NaN)));
  });

  test('words are counted and coded', () => {
    const column = single(['b', 'a', '', 'b', ' a ', 'b']) as WordsColumn;
    expect(column.dictionary).toEqual(['b', 'a']);
    expect(column.counts).toEqual([3, 2]);
    expect([...column.codes]).toEqual([2, 3, 0, 2, 3, 2]);
    expect(times(6, (i) => wordAt(column, i))).toEqual(['b', 'a', undefined, 'b', 'a', 'b']);
  });

  test('many distinct values: counts become lower bounds', () => {
    const numbers = single(times(5000, (i) => i * 1.5)) as NumericColumn;
    expect([numbers.distinct >= 1000, numbers.distinctIsExact, numbers.levels]).toEqual([true, false, undefined]);
    const words = single(times(MAX_WORDS + 10, (i) => `w${i}`)) as WordsColumn;
    expect([words.distinct, words.distinctIsExact, words.codes[MAX_WORDS + 5]]).toEqual([MAX_WORDS, false, CODE_OTHER]);
  });

  test('a wrong guess of the number of rows does no harm', () => {
    for (const expectedRows of [0, 3, 100_000]) {
      const builder = new TableBuilder(['a', 'b'], { expectedRows });
      for (let i = 0; i < 50; i++) builder.addRows(times(100, (k) => [String(i * 100 + k + 0.5), `w${k}`]));
      const table = builder.finish() as Table;
      const [a, b] = table.columns as [NumericColumn, WordsColumn];
      expect([table.rows, a.values.length, b.codes.length]).toEqual([5000, 5000, 5000]);
      expect([a.values[4999], wordAt(b, 4999)]).toEqual([4999.5, 'w99']);
    }
  });
});

describe('Table', () => {
  const table = Table.fromRecords([
    { age: 1, colour: 'red' },
    { colour: 'blue', size: 2 },
  ]);

  test('columns are the keys of all records', () => {
    expect(table.names).toEqual(['age', 'colour', 'size']);
    expect([table.rows, table.column('age').missing, table.column('size').missing]).toEqual([2, 1, 1]);
  });

  test('bad input', () => {
    expect(thrown(() => table.column('color'))).toEqual({
      name: 'DataError',
      message: "Expected a column named 'color', there is none. Did you mean `colour`? Columns: age, colour, size.",
    });
    expect(thrown(() => Table.fromRecords([])).message).toBe(
      'Expected at least 1 row with at least 1 column, received none.',
    );
    expect(thrown(() => Table.fromRecords([5 as unknown as Record<string, Cell>])).message).toBe(
      'Expected row 0 to be an object of cells by column name, received 5.',
    );
    expect(thrown(() => new TableBuilder(['a', 'a'])).message).toBe("Expected each column name once, found 'a' twice.");
    expect(thrown(() => new TableBuilder(['a']).addRows([['1', '2']])).message).toBe(
      'Expected rows of 1 cells, received 2.',
    );
  });
});

describe('takeTarget', () => {
  const of = (cells: Cell[], options = {}) => takeTarget(Table.fromRecords(cells.map((y) => ({ y }))), 'y', options);

  test('words are classes, rows without one are left out', () => {
    expect(of(['b', '', 'a', 'b'])).toEqual({
      name: 'y',
      task: 'classification',
      rows: Int32Array.of(0, 2, 3),
      labels: ['b', 'a', 'b'],
    });
  });

  test.each<[string, Cell[], string]>([
    ['few whole numbers', times(30, (i) => i % 3), 'classification'],
    ['0 and 1', [0, 1, 1], 'classification'],
    ['whole numbers of few rows each', times(30, (i) => i % 15), 'regression'],
    ['many whole numbers', times(300, (i) => i % 40), 'regression'],
    ['fractions', times(30, (i) => (i % 3) / 2), 'regression'],
  ])('%s', (_, cells, task) => {
    expect(of(cells).task).toBe(task);
  });

  test('the task can be chosen', () => {
    expect(of([1, 2, 3], { task: 'regression' })).toMatchObject({
      task: 'regression',
      values: Float64Array.of(1, 2, 3),
    });
    expect(
      of(
        times(30, (i) => i % 15),
        { task: 'classification' },
      ),
    ).toMatchObject({ labels: times(30, (i) => i % 15) });
  });

  test('labels beyond float32 are exact', () => {
    const codes = [20240101, 20250101];
    expect(of(times(20, (i) => codes[i % 2]))).toMatchObject({ labels: times(20, (i) => codes[i % 2]) });
    expect(thrown(() => of(times(20, (i) => 20240100 + (i % 2)))).message).toBe(
      "Expected the classes of the target 'y' to differ in float32. Read it as words: types: { y: 'category' }.",
    );
  });

  test.each<[string, Cell[], object, string]>([
    [
      'one value',
      ['a', 'a'],
      {},
      "Expected the target 'y' to have at least 2 distinct values, it has the same value in every row.",
    ],
    ['no value', ['', null], {}, "Expected the target 'y' to have at least 2 distinct values, it has no values."],
    ['dates', ['2020-01-01', '2020-01-02'], {}, "Expected the target 'y' to hold classes or numbers, it holds dates."],
    [
      'a word a row',
      times(30, (i) => `w${i}`),
      {},
      "Expected the target 'y' to hold classes, it has 30 distinct values in 30 rows.",
    ],
    [
      'words for regression',
      ['a', 'b'],
      { task: 'regression' },
      "Expected the target 'y' to hold numbers for regression, found 'a'.",
    ],
    [
      'a quantity as classes',
      times(1200, (i) => i / 7),
      { task: 'classification' },
      "Expected the target 'y' to hold classes, it has more than 1000 distinct numbers.",
    ],
    [
      'an unknown task',
      ['a', 'b'],
      { task: 'clustering' },
      "Expected `task` to be one of 'auto', 'classification', 'regression', received 'clustering'.",
    ],
    ['an unknown option', ['a', 'b'], { kind: 1 }, 'Unknown option `kind` for takeTarget. Known options: task.'],
  ])('refuses %s', (_, cells, options, message) => {
    expect(thrown(() => of(cells, options)).message).toBe(message);
  });
});
