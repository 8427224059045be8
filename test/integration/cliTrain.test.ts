import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { datasets, type Matrix } from '../../lib/data';
import { MLPClassifier, Perceptron } from '../../lib/models';
import type { TrainingReport } from '../../lib/report';
import { root } from '../helpers/child';
import { hebb } from '../helpers/cli';

const folder = mkdtempSync(path.join(tmpdir(), 'hebb-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => path.join(folder, name);
const write = (name: string, text: string | Buffer) => {
  writeFileSync(at(name), text);
  return name;
};
const run = (...args: string[]) => hebb(args, { cwd: folder });

/** A data set as CSV text. */
function csvOf(data: { X: Matrix; y: ArrayLike<unknown>; featureNames: string[] }): string {
  const rows = Array.from(data.y, (label, i) => [...data.X.row(i), label].join(','));
  return `${[...data.featureNames, 'label'].join(',')}\n${rows.join('\n')}\n`;
}

beforeAll(() => {
  write('iris.csv', csvOf(datasets.loadIris()));
  write('wine.csv', csvOf(datasets.loadWine()));
  write('cancer.csv', csvOf(datasets.loadBreastCancer()));
  write('digits.csv', csvOf(datasets.loadDigits()));
  write('diabetes.csv', csvOf(datasets.loadDiabetes()));
});

describe('hebb train', () => {
  const sets: [string, number][] = [
    ['iris', 0.9],
    ['wine', 0.9],
    ['cancer', 0.9],
    ['digits', 0.93],
  ];
  test.each(sets)('%s: learns, tests, saves, reports', async (name, least) => {
    const args = ['train', `${name}.csv`, '--target', 'label', '--seed', '1', '--report', `${name}.html`, '--json'];
    const { code, stdout, stderr } = await run(...args);
    expect([code, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout) as TrainingReport;
    const [test] = report.evaluations;
    console.log(`${name}: accuracy ${test.task === 'classification' && test.accuracy.toFixed(4)} on ${test.rows} rows`);
    expect(report.task).toBe('classification');
    if (name === 'wine') expect(report.findings.map(({ code }) => code)).toContain('few-rows-for-parameters');
    expect(test.task === 'classification' && test.accuracy).toBeGreaterThanOrEqual(least);
    expect(report.data.columns.find((column) => column.role === 'target')?.name).toBe('label');
    expect(existsSync(at(`${name}.safetensors`))).toBe(true);
    expect(readFileSync(at(`${name}.html`), 'utf8')).toContain('<html');
  });

  test('diabetes: a regression, in plain text', async () => {
    const { code, stdout, stderr } = await run('train', 'diabetes.csv', '-t', 'label');
    expect(code).toBe(0);
    expect(stdout).toMatch(/label \(regression\)/);
    expect(Number(/R2 +(-?[\d.]+)/.exec(stdout)?.[1])).toBeGreaterThan(0.25);
    expect(stderr).toMatch(/^epoch 1\/200 {2}loss [\d.]+ {2}validation [\d.]+ {2}R2 -?[\d.]+$/m);
    expect(stdout + stderr).not.toContain('\u001b');
  });

  test('the same seed gives the same file, another one another', async () => {
    for (const [name, seed] of [
      ['a', '4'],
      ['b', '4'],
      ['c', '5'],
    ]) {
      await run('train', 'iris.csv', '-t', 'label', '--seed', seed, '--epochs', '5', '--model', `${name}.safetensors`);
    }
    const bytes = (name: string) => readFileSync(at(`${name}.safetensors`));
    expect(bytes('a').equals(bytes('b'))).toBe(true);
    expect(bytes('a').equals(bytes('c'))).toBe(false);
  });

  test('options reach the model', async () => {
    const options =
      '--hidden 7,5 --activation tanh --optimizer momentum --learning-rate 0.05 --epochs 3 --batch-size 9';
    const more = '--dropout 0.1 --patience 0 --class-weight balanced --task classification --threads 1';
    const args = ['train', 'iris.csv', '-t', 'label', '--model', 'options.safetensors', '--json'];
    const { code, stdout } = await run(...args, ...options.split(' '), ...more.split(' '));
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as TrainingReport;
    expect(report.training?.epochs).toBe(3);
    expect(report.model.layers.map((layer) => layer.output)).toEqual([7, 5, 3]);
    expect(report.model.options).toMatchObject({
      activation: 'tanh',
      optimizer: 'momentum',
      learningRate: 0.05,
      batchSize: 9,
      dropout: 0.1,
    });
  });

  test('mixed columns: categories, booleans, dates, missing cells, ids and free text', async () => {
    const lines = ['id,city,member,since,spent,note,churn'];
    for (let i = 0; i < 400; i++) {
      const city = ['Oslo', 'Rome', '', '"Sao, Paulo"'][i % 4];
      const member = i % 3 === 0 ? 'yes' : 'no';
      const since = `2021-${String((i % 12) + 1).padStart(2, '0')}-1${i % 10}`;
      const spent = i % 17 === 0 ? 'NA' : String((i * 37) % 101);
      const churn = (i % 3 === 0) === (i * 37) % 101 > 50 ? 'stays' : 'leaves';
      lines.push(`u${i * 7919},${city},${member},${since},${spent},words and more words of row ${i},${churn}`);
    }
    write('mixed.csv', `\ufeff${lines.join('\r\n')}\r\n`);
    const { code, stdout } = await run('train', 'mixed.csv', '-t', 'churn', '--seed', '2', '--json', '--epochs', '60');
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as TrainingReport;
    const roles = Object.fromEntries(report.data.columns.map(({ name, type, role }) => [name, `${type} ${role}`]));
    expect(roles).toEqual({
      id: 'id ignored',
      city: 'category feature',
      member: 'boolean feature',
      since: 'date feature',
      spent: 'number feature',
      note: 'text ignored',
      churn: 'category target',
    });
    const [test] = report.evaluations;
    expect(test.task === 'classification' && test.accuracy).toBeGreaterThan(0.8);
    expect(test.task === 'classification' && test.roc?.auc).toBeGreaterThan(0.8);
  });

  test('Ctrl-C saves the best weights and exits with 130', async () => {
    const args = [
      'train',
      'digits.csv',
      '-t',
      'label',
      '--epochs',
      '1000000',
      '--patience',
      '0',
      '--model',
      'cut.safetensors',
    ];
    const { code, stdout } = await hebb(args, {
      cwd: folder,
      use: (child) => {
        // The doctor's remarks come first; an epoch means that there is something to keep.
        let text = '';
        const stop = (piece: string) => {
          text += piece;
          if (!/^epoch/m.test(text)) return;
          child.stderr?.off('data', stop);
          child.kill('SIGINT');
        };
        child.stderr?.on('data', stop);
      },
    });
    expect(code).toBe(130);
    expect(stdout).toMatch(/Interrupted after \d+ epochs/);
    const scored = await run('evaluate', 'cut.safetensors', 'digits.csv', '--json');
    expect(scored.code).toBe(0);
  });
});

describe('hebb evaluate, predict and inspect', () => {
  beforeAll(async () => {
    await run('train', 'iris.csv', '-t', 'label', '--model', 'use.safetensors', '--force');
    await run('train', 'diabetes.csv', '-t', 'label', '--model', 'amount.safetensors', '--force');
  });

  test('evaluate scores a file that has the target', async () => {
    const { code, stdout } = await run('evaluate', 'use.safetensors', 'iris.csv', '--report', 'evaluated.html');
    expect(code).toBe(0);
    expect(Number(/accuracy +([\d.]+) %/.exec(stdout)?.[1])).toBeGreaterThan(90);
    expect(existsSync(at('evaluated.html'))).toBe(true);
    const amount = await run('evaluate', 'amount.safetensors', 'diabetes.csv', '--json');
    expect((JSON.parse(amount.stdout) as TrainingReport).task).toBe('regression');
  });

  test('predict writes CSV or JSON lines, and the library agrees', async () => {
    const { code, stdout } = await run('predict', 'use.safetensors', 'iris.csv');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('prediction,probability_setosa,probability_versicolor,probability_virginica');
    expect(lines).toHaveLength(151);
    const model = await MLPClassifier.load(at('use.safetensors'));
    expect(model.table).toMatchObject({ kind: 'TableSetup', target: 'label' });
    const json = await run('predict', 'use.safetensors', 'iris.csv', '--format', 'jsonl', '--input');
    const first = JSON.parse(json.stdout.split('\n')[0]);
    expect(first).toMatchObject({ petal_width_cm: expect.any(String), prediction: lines[1].split(',')[0] });
    expect(first.probabilities.setosa).toBeCloseTo(Number(lines[1].split(',')[1]), 6);
    const file = await run('predict', 'amount.safetensors', 'diabetes.csv', '--out', 'amounts.csv');
    expect([file.code, file.stdout]).toEqual([0, '']);
    expect(readFileSync(at('amounts.csv'), 'utf8').split('\n')).toHaveLength(444);
  });

  test('columns may come in another order, with further ones, without the target', async () => {
    const straight = await run('predict', 'use.safetensors', 'iris.csv', '--no-proba');
    const rows = readFileSync(at('iris.csv'), 'utf8').trimEnd().split('\n');
    const turned = rows.map((row, i) => [i === 0 ? 'extra' : 'x', ...row.split(',').slice(0, 4).reverse()].join(';'));
    write('turned.csv', turned.join('\n'));
    const { code, stdout } = await run('predict', 'use.safetensors', 'turned.csv', '--no-proba');
    expect([code, stdout]).toEqual([0, straight.stdout]);
  });

  test('a category that training did not see and missing cells are dealt with', async () => {
    const rows = Array.from(
      { length: 60 },
      (_, i) => `${['red', 'green', 'blue'][i % 3]},${i},${i % 3 === 0 ? 'a' : 'b'}`,
    );
    write('colors.csv', `color,n,label\n${rows.join('\n')}\n`);
    expect((await run('train', 'colors.csv', '-t', 'label', '--epochs', '5')).code).toBe(0);
    write('unseen.csv', 'color,n\nmauve,3\n,4\nred,\n');
    const { code, stdout } = await run('predict', 'colors.safetensors', 'unseen.csv', '--no-proba');
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(4);
  });

  test('inspect tells layers, classes, columns and options', async () => {
    const { code, stdout } = await run('inspect', 'use.safetensors');
    expect(code).toBe(0);
    for (const text of [
      'MLPClassifier',
      'layers.0.weight',
      '[64, 4]',
      '3: setosa, versicolor, virginica',
      'petal_width_cm',
    ]) {
      expect(stdout).toContain(text);
    }
    const facts = JSON.parse((await run('inspect', 'use.safetensors', '--json')).stdout);
    expect(facts).toMatchObject({ kind: 'MLPClassifier', parameters: 4 * 64 + 64 + 64 * 32 + 32 + 32 * 3 + 3 });
  });

  test('predictions go through a pipe that closes early', () => {
    const main = path.join(root, 'dist/cli/main.js');
    const command = `"${process.execPath}" "${main}" predict use.safetensors iris.csv | head -1`;
    const text = execFileSync('/bin/sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
    expect(text).toMatch(/^prediction/);
  });
});

describe('bad input: a message on stderr, exit code not 0, nothing written', () => {
  const cases: [string, () => string[], number, RegExp][] = [
    ['no such file', () => ['train', 'absent.csv', '-t', 'x'], 3, /absent\.csv/],
    ['a folder', () => ['train', '.', '-t', 'x'], 3, /regular file/],
    ['an empty file', () => ['train', write('empty.csv', ''), '-t', 'x'], 3, /empty/],
    ['a header only', () => ['train', write('header.csv', 'a,b,label\n'), '-t', 'label'], 3, /rows/],
    ['one row', () => ['train', write('one.csv', 'a,b,label\n1,2,x\n'), '-t', 'label'], 3, /2 distinct values/],
    [
      'too few rows',
      () => ['train', write('few.csv', 'a,b,label\n1,2,x\n3,4,y\n5,6,x\n'), '-t', 'label'],
      3,
      /at least 10 rows/,
    ],
    [
      'binary garbage',
      () => ['train', write('binary.csv', Buffer.from([1, 2, 0, 255, 254, 13, 10, 7, 0])), '-t', 'x'],
      3,
      /binary|CSV/,
    ],
    ['a line of 20 MB', () => ['train', write('line.csv', `a,b\n1,${'x'.repeat(2e7)}`), '-t', 'a'], 3, /characters/],
    [
      'a target that is not there',
      () => ['train', 'iris.csv', '-t', 'lable', '--model', 'new.safetensors'],
      3,
      /Did you mean `label`/,
    ],
    ['no target', () => ['train', 'iris.csv'], 2, /--target/],
    [
      'a target without values',
      () => ['train', write('bare.csv', `a,label\n${'1,\n2,\n'.repeat(10)}`), '-t', 'label'],
      3,
      /no values/,
    ],
    [
      'features without values',
      () => ['train', write('none.csv', `a,label\n${',x\n,y\n'.repeat(10)}`), '-t', 'label'],
      3,
      /feature/,
    ],
    ['ragged rows', () => ['train', write('ragged.csv', 'a,b\n1,2\n1,2,3\n'), '-t', 'a'], 3, /record 3/],
    [
      'words for a regression',
      () => ['train', 'iris.csv', '-t', 'label', '--task', 'regression', '--model', 'new.safetensors'],
      3,
      /numbers/,
    ],
    ['a wrong option value', () => ['train', 'iris.csv', '-t', 'label', '--activation', 'rellu'], 2, /relu/],
    ['a wrong layer size', () => ['train', 'iris.csv', '-t', 'label', '--hidden', '64,x'], 2, /integer/],
    [
      'a folder that is not there',
      () => ['train', 'iris.csv', '-t', 'label', '--model', 'no/m.safetensors'],
      3,
      /ENOENT/,
    ],
    ['a model that is none', () => ['predict', 'iris.csv', 'iris.csv'], 3, /iris\.csv/],
    ['a model that is not there', () => ['inspect', 'absent.safetensors'], 3, /ENOENT/],
    [
      'columns missing at predict time',
      () => ['predict', 'base.safetensors', write('narrow.csv', 'sepal_length_cm,petal_length\n1,2\n')],
      3,
      /missing 3/,
    ],
    [
      'words where numbers were',
      () => [
        'predict',
        'base.safetensors',
        write('words.csv', readFileSync(at('iris.csv'), 'utf8').replace(/\n[^,]+/, '\nfive')),
      ],
      3,
      /row 1.*sepal_length_cm/s,
    ],
    [
      'evaluate without the target',
      () => ['evaluate', 'base.safetensors', write('blind.csv', 'sepal_length_cm\n1\n')],
      3,
      /target column 'label'/,
    ],
    [
      'evaluate with a class that the model does not know',
      () => [
        'evaluate',
        'base.safetensors',
        write('rose.csv', `${readFileSync(at('iris.csv'), 'utf8')}1,2,3,4,setossa\n`),
      ],
      3,
      /setossa.*`setosa`/s,
    ],
  ];

  beforeAll(async () => {
    await run('train', 'iris.csv', '-t', 'label', '--epochs', '2', '--model', 'base.safetensors');
  });

  test.each(cases)('%s', async (_, args, expected, message) => {
    const given = args();
    const before = readdirSync(folder).sort();
    const { code, stderr, stdout } = await run(...given);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/ {4}at .*\(/);
    expect(code).toBe(expected);
    expect(stdout).not.toMatch(/Model:/);
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  test('100,000 columns', async () => {
    const header = Array.from({ length: 100_000 }, (_, j) => `c${j}`).join(',');
    const rows = Array.from({ length: 12 }, (_, i) =>
      Array.from({ length: 100_000 }, (_, j) => (i * 7 + j) % 5).join(','),
    );
    write('wide.csv', `${header}\n${rows.join('\n')}\n`);
    const { code, stderr } = await run(
      'train',
      'wide.csv',
      '-t',
      'c0',
      '--task',
      'regression',
      '--hidden',
      '2',
      '--epochs',
      '1',
    );
    expect([code, stderr]).toEqual([0, expect.stringMatching(/epoch 1\/1/)]);
  });

  test('what is there is overwritten with --force only', async () => {
    write('mine.safetensors', 'precious');
    const args = ['train', 'iris.csv', '-t', 'label', '--epochs', '1', '--model', 'mine.safetensors'];
    const refused = await run(...args);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/--force/)]);
    expect(readFileSync(at('mine.safetensors'), 'utf8')).toBe('precious');
    expect((await run(...args, '--force')).code).toBe(0);
    expect(readFileSync(at('mine.safetensors')).length).toBeGreaterThan(1000);
    const prediction = await run('predict', 'mine.safetensors', 'iris.csv', '--out', 'mine.safetensors');
    expect(prediction.code).toBe(2);
  });

  test('a model that a program saved has no columns to read', async () => {
    const { X, y } = datasets.loadIris();
    const model = new MLPClassifier({ hidden: [4], epochs: 1 });
    await model.fit(X, y);
    await model.save(at('program.safetensors'));
    const perceptron = new Perceptron({ epochs: 1 });
    await perceptron.fit(X, y);
    await perceptron.save(at('perceptron.safetensors'));
    const one = await run('predict', 'program.safetensors', 'iris.csv');
    expect([one.code, one.stderr]).toEqual([3, expect.stringMatching(/hebb train/)]);
    const two = await run('evaluate', 'perceptron.safetensors', 'iris.csv');
    expect([two.code, two.stderr]).toEqual([3, expect.stringMatching(/found Perceptron/)]);
    expect((await run('inspect', 'perceptron.safetensors')).code).toBe(0);
  });

  test('a damaged model', async () => {
    const bytes = readFileSync(at('base.safetensors'));
    write('cut2.safetensors', bytes.subarray(0, bytes.length / 2));
    for (const args of [
      ['inspect', 'cut2.safetensors'],
      ['predict', 'cut2.safetensors', 'iris.csv'],
    ]) {
      const { code, stderr } = await run(...args);
      expect([code, stderr]).toEqual([3, expect.stringMatching(/cut2\.safetensors/)]);
    }
  });

  test('--json puts the error as JSON on stderr', async () => {
    const { code, stderr, stdout } = await run('train', 'iris.csv', '-t', 'lable', '--json', '-f');
    expect([code, stdout]).toEqual([3, '']);
    expect(JSON.parse(stderr)).toEqual({ error: { code: 'ERR_DATA', message: expect.stringMatching(/lable/) } });
  });

  const asRoot = process.getuid?.() === 0;
  (asRoot ? test.skip : test)('a folder that may not be written to (skipped for root)', async () => {
    const locked = mkdtempSync(at('locked-'));
    chmodSync(locked, 0o500);
    const { code, stderr } = await run(
      'train',
      'iris.csv',
      '-t',
      'label',
      '--model',
      path.join(locked, 'm.safetensors'),
    );
    chmodSync(locked, 0o700);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/EACCES/)]);
  });
});
