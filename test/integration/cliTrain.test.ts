import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { datasets } from '../../lib/data';
import { TableModel } from '../../lib/models';
import type { TrainingReport } from '../../lib/report';
import { root } from '../helpers/child';
import { commandFolder, csvOf, hebb } from '../helpers/cli';

const { folder, at, write, run } = commandFolder();

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
    // The default size of the model follows the rows.
    expect(report.findings?.map(({ code }) => code)).not.toContain('few-rows-for-parameters');
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

  test('validation rows of classes that no training row has: trains to the end without them', async () => {
    const labels = ['k', 'k', 'k', 'm', 'n4', 'k', 'k', 'k', 'm', 'n9', 'k', 'k'];
    write('rare.csv', `a,b,label\n${labels.map((label, i) => `${(i * 7) % 5},${i % 3},${label}`).join('\n')}\n`);
    const { code, stdout, stderr } = await run('train', 'rare.csv', '-t', 'label', '--epochs', '2', '--seed', '3');
    expect(stdout).toContain('1 to validate');
    expect(stderr).toContain('1 validation row of classes that no training row has: left out.');
    expect([code, stdout]).toEqual([0, expect.stringContaining('Trained 2 epochs')]);
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
    expect(stdout).toMatch(/Interrupted after \d+ epochs?/);
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
    const table = await TableModel.load<string>(at('use.safetensors'));
    expect(table.target).toBe('label');
    const cells = readFileSync(at('iris.csv'), 'utf8')
      .split('\n', 2)
      .map((line) => line.split(','));
    expect(table.predictRows([cells[1]], cells[0])).toEqual([lines[1].split(',')[0]]);
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
      (_, i) => `${['red', 'green', 'blue'][i % 3]},${i % 25},${i % 3 === 0 ? 'a' : 'b'}`,
    );
    write('colors.csv', `color,n,label\n${rows.join('\n')}\n`);
    expect((await run('train', 'colors.csv', '-t', 'label', '--epochs', '5')).code).toBe(0);
    write('unseen.csv', 'color,n\nmauve,3\n,4\nred,\nred,1e300\n');
    const { code, stdout, stderr } = await run('predict', 'colors.safetensors', 'unseen.csv', '--no-proba');
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(5);
    expect(stderr).toContain("column 'color' holds a value that training did not see, first 'mauve' in row 1");
    expect(stderr).toContain("column 'n' holds no number below 3.4e38, first '1e300' in row 4: counted as missing");
  });

  test('inspect tells layers, classes, columns and options', async () => {
    const { code, stdout } = await run('inspect', 'use.safetensors');
    expect(code).toBe(0);
    for (const text of [
      'MLPClassifier',
      'layers.0.weight',
      '[32, 4]',
      '3: setosa, versicolor, virginica',
      'petal_width_cm',
    ]) {
      expect(stdout).toContain(text);
    }
    const facts = JSON.parse((await run('inspect', 'use.safetensors', '--json')).stdout);
    expect(facts).toMatchObject({ kind: 'MLPClassifier', parameters: 4 * 32 + 32 + 32 * 16 + 16 + 16 * 3 + 3 });
  });

  test('predictions go through a pipe that closes early', () => {
    const main = path.join(root, 'dist/cli/main.js');
    const command = `"${process.execPath}" "${main}" predict use.safetensors iris.csv | head -1`;
    const text = execFileSync('/bin/sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
    expect(text).toMatch(/^prediction/);
  });
});
