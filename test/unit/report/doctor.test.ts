import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Cell, Philox, splitIndices, Table, takeTarget } from '../../../lib/data';
import { readCsv } from '../../../lib/io';
import { type DoctorInput, diagnose, type Finding } from '../../../lib/report';
import { temporaryFolder } from '../../helpers/files';

const folder = temporaryFolder();
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const rng = new Philox(17);
const noise = (i: number, stream = 0): number => rng.normal(i * 40 + stream);

/** 200 rows in which nothing is wrong. */
const healthy = times(200, (i) => ({
  a: noise(i, 1),
  b: noise(i, 2) * 3,
  colour: ['red', 'green', 'blue'][rng.below(i * 40 + 3, 3)],
  label: noise(i, 1) + noise(i, 4) > 0 ? 'yes' : 'no',
}));

/** The findings about a table of these rows with the target `label`. */
function findings(rows: readonly Record<string, Cell>[], more: Partial<DoctorInput> = {}): Finding[] {
  const table = Table.fromRecords(rows);
  const target = table.names.includes('label') ? takeTarget(table, 'label') : undefined;
  return diagnose({ table, target, scaled: true, ...more });
}

const withColumn = (name: string, cell: (i: number) => Cell) => healthy.map((row, i) => ({ ...row, [name]: cell(i) }));
const codes = (list: readonly Finding[]) => list.map((finding) => finding.code);
const only = (list: readonly Finding[], code: string): Finding => {
  expect(codes(list)).toEqual([code]);
  return list[0];
};

test('silent on healthy rows', () => {
  expect(findings(healthy, { scaled: false, split: splitIndices(200), parameters: 1000 })).toEqual([]);
});

describe('columns', () => {
  test('of thousands alike, a few and the number of the others are told', () => {
    const wide = (columns: number) =>
      times(200, (i) => ({
        ...healthy[i],
        ...Object.fromEntries(times(columns, (j) => [`n${j}`, (i * 7919 + j * 31) % 10_007])),
      }));
    const found = findings(wide(1200));
    expect(codes(found)).toEqual(times(6, () => 'id-feature'));
    expect(found.slice(0, 5).map(({ columns }) => columns)).toEqual([['n0'], ['n1'], ['n2'], ['n3'], ['n4']]);
    expect(found[5].message).toBe(
      "1,195 more findings are like the last one, about columns 'n5', 'n6', 'n7', 'n8', 'n9' and 1,190 more.",
    );
    expect(found[5].columns).toHaveLength(1195);
    // Two sentences for one would be longer.
    expect(findings(wide(6)).map(({ columns }) => columns)).toEqual(times(6, (j) => [`n${j}`]));
  });

  test('of hundreds that are equal, the first are named', () => {
    const copies = healthy.map((row) => ({ ...row, ...Object.fromEntries(times(300, (j) => [`a${j}`, row.a])) }));
    const found = only(findings(copies), 'duplicate-column');
    expect(found.columns).toHaveLength(301);
    expect(found.advice).toContain('leave out the others (`--exclude a0,a1,a2,a3,a4,a5,a6,a7,a8,a9,...`, in code');
    expect(found.message.length + found.advice.length).toBeLessThan(500);
  });

  test('constant and empty', () => {
    expect(only(findings(withColumn('k', () => 7)), 'constant-column')).toEqual({
      code: 'constant-column',
      severity: 'info',
      columns: ['k'],
      message: "Column 'k' has the same value in every row, so nothing can be learned from it.",
      advice: 'It is left out. Remove it from the file.',
    });
    expect(only(findings(withColumn('k', () => '')), 'empty-column')).toMatchObject({
      severity: 'warning',
      message: "Column 'k' has no value in any row.",
    });
  });

  test('duplicates, also under other names', () => {
    const copies = healthy.map((row) => ({
      ...row,
      a2: row.a,
      farbe: { red: 'rot', green: 'grün', blue: 'blau' }[row.colour],
    }));
    const found = findings(copies);
    expect(codes(found)).toEqual(['duplicate-column', 'duplicate-column']);
    expect(found.map((finding) => finding.columns).sort()).toEqual([
      ['a', 'a2'],
      ['colour', 'farbe'],
    ]);
    expect(found[0].message).toBe("Columns 'a' and 'a2' say the same in every row.");
    expect(findings(withColumn('a2', (i) => (i === 7 ? 0 : healthy[i].a)))).toEqual([]);
  });

  test('columns of words that hardly ever repeat are equal only when their words are', () => {
    const rows = times(200, (i) => ({ ...healthy[i], first: `a ${i * 7}`, second: `b ${i * 11}` }));
    expect(codes(findings(rows))).not.toContain('duplicate-column');
    const copies = rows.map((row) => ({ ...row, third: row.first }));
    const [found] = findings(copies).filter(({ code }) => code === 'duplicate-column');
    expect(found.columns).toEqual(['first', 'third']);
    expect(found.advice).toMatch(
      /^Keep 'first' and leave out the other \(`--exclude third`, in code `exclude: \['third'\]`\)/,
    );
  });

  test('missing values', () => {
    const few = only(findings(withColumn('h', (i) => (i % 20 === 0 ? '' : noise(i, 9)))), 'missing-values');
    expect([few.severity, few.message]).toEqual(['info', "Column 'h' has missing cells, in 5 % of the rows."]);
    const many = only(findings(withColumn('h', (i) => (i % 2 === 0 ? '' : noise(i, 9)))), 'missing-values');
    expect([many.severity, many.columns]).toEqual(['warning', ['h']]);
  });

  test('a missing target', () => {
    const found = only(findings(healthy.map((row, i) => (i < 4 ? { ...row, label: '' } : row))), 'missing-target');
    expect(found.message).toBe("4 of 200 rows have no value in the target 'label' and are left out.");
  });

  test('unreadable cells', () => {
    const found = findings(withColumn('h', (i) => (i === 3 ? '12 kg' : noise(i, 9))));
    expect(codes(found)).toEqual(['unreadable-cells', 'missing-values']);
    expect(found[0].message).toBe(
      "1 cell of column 'h' cannot be read as a number, for example '12 kg' in row 4, and counts as missing.",
    );
  });

  test('numbers that are too large for float32', () => {
    const [found] = findings(withColumn('h', (i) => (i === 3 ? '1e300' : String(noise(i, 9)))));
    expect(found.message).toBe(
      "1 cell of column 'h' cannot be read as a number below 3.4e38, for example '1e300' in row 4, and counts as missing.",
    );
  });

  test('unreadable cells of the target', () => {
    const rows = healthy.map((row, i) => ({ a: row.a, label: i === 3 ? '1e300' : row.b }));
    expect(codes(findings(rows))).toEqual(['unreadable-cells', 'missing-target']);
  });

  test('mixed units', () => {
    const priced = (unit: (i: number) => string) => withColumn('price', (i) => `${unit(i)}${(i * 37) % 91}.50`);
    expect(only(findings(priced((i) => (i < 5 ? '€' : '$'))), 'mixed-units').message).toBe(
      "Column 'price' has numbers of different units: '€' (5), '$' (195). They are read without them, and per cent as hundredths.",
    );
    expect(codes(findings(withColumn('rate', (i) => `${(i * 37) % 91}${i % 2 ? ' %' : ''}`)))).toEqual(['mixed-units']);
    expect(findings(priced(() => '$'))).toEqual([]);
    expect(findings(priced(() => ''))).toEqual([]);
  });

  test('numbers that are words because of their unit', () => {
    const found = only(findings(withColumn('weight', (i) => `${(i * 37) % 41} kg`)), 'numbers-with-units');
    expect([found.severity, found.message]).toEqual([
      'warning',
      "Column 'weight' holds numbers with 'kg' behind them, for example '0 kg', and is read as words.",
    ]);
    for (const silent of [
      (i: number) => `${i % 9}${['st', 'nd', 'th'][i % 3]}`,
      (i: number) => `u${(i * 37) % 41}`,
      (i: number) => `room ${(i * 37) % 41}`,
    ]) {
      expect(codes(findings(withColumn('place', silent)))).not.toContain('numbers-with-units');
    }
  });

  test('unscaled', () => {
    const rows = withColumn('income', (i) => noise(i, 9) * 40_000);
    const found = only(findings(rows, { scaled: false }), 'unscaled-columns');
    expect(found.columns).toEqual(['income', 'a']);
    expect(found.message).toMatch(
      /^Column 'income' spreads \d\d,000 times as wide as 'a', and the columns are not scaled/,
    );
    expect(findings(rows, { scaled: true })).toEqual([]);
    expect(
      findings(
        withColumn('c', (i) => noise(i, 9) * 50),
        { scaled: false },
      ),
    ).toEqual([]);
  });

  test('identifiers and text', () => {
    expect(only(findings(withColumn('row_id', (i) => 5000 + i)), 'id-column').columns).toEqual(['row_id']);
    const words = 'it was a bright cold day in april and the clocks were striking'.split(' ');
    const text = (i: number) => times(7, (k) => words[rng.below(i * 90 + k, words.length)]).join(' ') + i;
    expect(only(findings(withColumn('remarks', text)), 'text-column').columns).toEqual(['remarks']);
    expect(findings(withColumn('size', (i) => rng.below(i, 500)))).toEqual([]);
  });

  test.each<[string, 'warning' | 'info']>([
    ['customer_number', 'warning'],
    ['PatientNr', 'warning'],
    ['nr', 'warning'],
    ['no.', 'warning'],
    ['zip code', 'warning'],
    ['reading', 'info'],
    ['piano', 'info'],
  ])('another whole number in every row: %s', (name, severity) => {
    const found = only(findings(withColumn(name, (i) => (i * 7919) % 10_007)), 'id-feature');
    expect([found.severity, found.columns]).toEqual([severity, [name]]);
    const commandLine = name.includes(' ') ? '' : `\`--exclude ${name}\`, in code `;
    expect(found.advice).toContain(`(${commandLine}\`exclude: ['${name}']\`)`);
  });

  test('another whole number in every row, of thousands of rows', () => {
    const rows = times(3000, (i) => ({ a: noise(i, 1), ref: (i * 7919) % 1_000_003, label: i % 2 ? 'x' : 'y' }));
    expect(codes(findings(rows))).toEqual(['id-feature']);
    expect(codes(findings(rows.map((row) => ({ ...row, ref: row.ref % 2500 }))))).toEqual([]);
  });

  test('whole numbers of which some are equal, and fractions, are no identifiers', () => {
    expect(findings(withColumn('customer_number', (i) => (i === 3 ? 34 : i * 17)))).toEqual([]);
    expect(findings(withColumn('customer_number', (i) => noise(i, 11)))).toEqual([]);
  });

  test('what looks like an identifier says how to bring it back', () => {
    const [found] = findings(withColumn('year', (i) => 1800 + i));
    expect([found.code, found.advice]).toEqual([
      'id-column',
      "It is left out. When the values do carry meaning, say so, for example `--types year=number`, in code `types: { year: 'number' }`.",
    ]);
  });

  test('many categories', () => {
    const found = only(findings(withColumn('town', (i) => `t${i % 70}`)), 'many-categories');
    expect(found.message).toContain("Column 'town' has 70 categories");
    expect(findings(withColumn('town', (i) => `t${rng.below(i * 7 + 1, 40)}`))).toEqual([]);
  });

  test('excluded columns are not looked at', () => {
    expect(
      findings(
        withColumn('k', () => 7),
        { exclude: ['k'] },
      ),
    ).toEqual([]);
  });
});

describe('rows', () => {
  test('duplicates across the split', () => {
    const rows = [...healthy, ...healthy.slice(0, 20)];
    const split = { train: times(200, (i) => i), test: times(20, (i) => 200 + i) };
    const found = findings(rows, { split }).find((finding) => finding.code === 'duplicate-rows');
    expect(found).toMatchObject({
      severity: 'warning',
      message:
        '20 of 20 test rows (100 %) have the same features as a row that is trained on, so the test score says too much.',
    });
    // Copies within the train part are no leak.
    expect(
      findings(rows, { split: { train: [...split.test, ...times(150, (i) => i)], test: times(50, (i) => 150 + i) } }),
    ).toEqual([]);
  });

  test('every row is there four times', () => {
    const rows = times(400, (i) => healthy[i % 100]);
    const found = findings(rows, { split: splitIndices(400) });
    expect(found.map(({ code, severity }) => [code, severity])).toEqual([['duplicate-rows', 'warning']]);
    expect(found[0].message).toMatch(/^100 of 100 test rows \(100 %\) have the same features/);
  });

  test('a column that predicts alone is found among copies, too', () => {
    const rows = times(400, (i) => ({ ...healthy[i % 100], leak: healthy[i % 100].label === 'yes' ? 'p' : 'q' }));
    expect(codes(findings(rows, { split: splitIndices(400) }))).toEqual(['target-leakage', 'duplicate-rows']);
  });

  test('tables whose rows repeat by nature', () => {
    const rows = times(400, (i) => ({
      x: rng.below(i * 9, 3),
      y: rng.below(i * 9 + 1, 3),
      label: rng.below(i * 9 + 2, 2),
    }));
    expect(findings(rows, { split: splitIndices(400) })).toEqual([]);
  });

  test('class imbalance and rare classes', () => {
    const rare = healthy.map((row, i) => ({ ...row, label: i % 20 === 0 ? 'fraud' : 'fine' }));
    const found = only(findings(rare), 'class-imbalance');
    expect(found.message).toBe(
      "Class 'fine' has 19 times the rows of 'fraud': always saying 'fine' is already 95 % right.",
    );
    const few = findings(healthy.map((row, i) => ({ ...row, label: i < 3 ? 'odd' : row.label })));
    expect(codes(few)).toEqual(['rare-class', 'class-imbalance']);
    expect(few[0].message).toBe("Of some classes there are fewer than 10 rows: 'odd' (3).");
  });

  test('few rows', () => {
    expect(only(findings(healthy.slice(0, 45)), 'few-rows').message).toBe('There are only 45 rows to learn from.');
    const found = only(findings(healthy, { parameters: 10_000 }), 'few-rows-for-parameters');
    expect(found.message).toBe(
      'The model has 10,000 parameters for 200 rows, 50 a row: it can learn the rows by heart.',
    );
    const split = { train: times(190, (i) => i), test: times(10, (i) => 190 + i) };
    expect(only(findings(healthy, { split }), 'small-test').message).toBe(
      'The test part has only 10 rows: one row more or less is 10 % of the score.',
    );
  });
});

describe('target leakage', () => {
  const leak = (cell: (i: number) => Cell, rows = healthy) =>
    findings(rows.map((row, i) => ({ ...row, leak: cell(i) })));

  test.each<[string, (i: number) => Cell]>([
    ['the label in other words', (i) => (healthy[i].label === 'yes' ? 'approved' : 'refused')],
    ['a number that follows the label', (i) => (healthy[i].label === 'yes' ? 10 : 0) + noise(i, 20)],
    ['a number that is there for one class only', (i) => (healthy[i].label === 'yes' ? noise(i, 20) : '')],
  ])('%s', (_, cell) => {
    const [first] = leak(cell);
    expect(first).toMatchObject({ code: 'target-leakage', severity: 'error', columns: ['leak', 'label'] });
    expect(first.message).toBe("Column 'leak' predicts 'label' all alone (100 % of what there is to know).");
  });

  test.each<[string, (i: number) => Cell]>([
    ['a useful column', (i) => (healthy[i].label === 'yes' ? 1.5 : 0) + noise(i, 20)],
    ['the label with one in ten wrong', (i) => ((i % 10 === 0) !== (healthy[i].label === 'yes') ? 'x' : 'y')],
    ['a word for every other row', (i) => `w${i >> 1}`],
  ])('silent on %s', (_, cell) => {
    expect(codes(leak(cell))).not.toContain('target-leakage');
  });

  test('rows in the order of their classes', () => {
    const rows = times(300, (i) => ({ a: noise(i, 1), b: noise(i, 2), label: ['x', 'y', 'z'][i % 3] }));
    expect(codes(findings(rows))).toEqual([]);
    expect(codes(findings(rows.map((row, i) => ({ ...row, leak: i % 3 })))).includes('target-leakage')).toBe(true);
  });

  test('quantities', () => {
    const rows = times(400, (i) => ({
      a: noise(i, 1),
      b: noise(i, 2),
      label: Math.exp(2 * noise(i, 1)) + 0.3 * noise(i, 3),
    }));
    const found = findings(rows.map((row) => ({ ...row, leak: row.label * 100 + 3 })));
    expect(found.map((finding) => [finding.code, finding.columns[0]])).toContainEqual(['target-leakage', 'leak']);
    const honest = times(400, (i) => ({ a: noise(i, 1), b: noise(i, 2), label: noise(i, 1) + 0.5 * noise(i, 3) }));
    expect(findings(honest)).toEqual([]);
  });

  test('many rows are thinned out', () => {
    const rows = times(50_000, (i) => ({
      a: rng.uniform(i),
      leak: (i % 7) + rng.uniform(i + 60_000),
      label: `c${i % 7}`,
    }));
    expect(codes(findings(rows))).toEqual(['target-leakage']);
  });

  test.each(['iris', 'wine', 'breast_cancer', 'diabetes', 'digits'])('no alarm on %s', async (name) => {
    const data = path.join(__dirname, '../../../data/tabular');
    const file = name === 'digits' ? path.join(folder, 'digits.csv') : path.join(data, `${name}.csv`);
    if (name === 'digits') writeFileSync(file, gunzipSync(readFileSync(path.join(data, 'digits.csv.gz'))));
    const table = await readCsv(file);
    const target = takeTarget(table, name === 'diabetes' ? 'target' : 'label');
    const split = splitIndices(table.rows);
    const found = diagnose({ table, target, split, scaled: true });
    expect(found.filter((finding) => finding.severity !== 'info')).toEqual([]);
  });
});

test('the worst comes first, each with a message and advice', () => {
  const found = findings(
    healthy.map((row, i) => ({
      ...row,
      k: 1,
      row_id: i,
      gap: i % 3 ? '' : noise(i, 9),
      leak: row.label === 'yes' ? 1 : 2,
    })),
    { parameters: 1e6 },
  );
  const order = ['error', 'warning', 'info'];
  const severities = found.map((finding) => order.indexOf(finding.severity));
  expect(severities).toEqual([...severities].sort());
  expect(new Set(severities).size).toBe(3);
  for (const { message, advice } of found)
    expect([message, advice].every((text) => /^[A-Z\d].*\.$/.test(text))).toBe(true);
});
