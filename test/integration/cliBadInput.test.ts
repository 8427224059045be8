// What the command line says to files and options that are of no use to it.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { datasets } from '../../lib/data';
import { MLPClassifier, Perceptron } from '../../lib/models';
import { commandFolder, csvOf } from '../helpers/cli';

const { folder, at, write, run } = commandFolder();

beforeAll(() => void write('iris.csv', csvOf(datasets.loadIris())));

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
    [
      'more epochs than there may be',
      () => ['train', 'iris.csv', '-t', 'label', '--epochs', '5e9'],
      2,
      /to 1000000000/,
    ],
    [
      'patience without rows that tell when to stop',
      () => [
        'train',
        'iris.csv',
        '-t',
        'label',
        '--validation-split',
        '0',
        '--patience',
        '5',
        '--model',
        'new.safetensors',
      ],
      2,
      /--patience.*--validation-split/,
    ],
    ['a wrong layer size', () => ['train', 'iris.csv', '-t', 'label', '--hidden', '64,x'], 2, /integer/],
    [
      'a folder that is not there',
      () => ['train', 'iris.csv', '-t', 'label', '--model', 'no/m.safetensors'],
      3,
      /ENOENT/,
    ],
    ['a model that is none', () => ['predict', 'iris.csv', 'iris.csv'], 3, /iris\.csv/],
    [
      'a table to look into',
      () => ['inspect', 'iris.csv'],
      3,
      /Expected iris\.csv to be a safetensors file, as models are/,
    ],
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
        '--strict',
        'base.safetensors',
        write('words.csv', readFileSync(at('iris.csv'), 'utf8').replace(/\n[^,]+/, '\nfive')),
      ],
      3,
      /row 1.*sepal_length_cm/s,
    ],
    [
      'a number that is too large for float32',
      () => [
        'predict',
        '--strict',
        'base.safetensors',
        write('large.csv', readFileSync(at('iris.csv'), 'utf8').replace(/\n[^,]+/, '\n1e300')),
      ],
      3,
      /below 3\.4e38 at row 1, column 'sepal_length_cm', received '1e300'/,
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

  test('a line of 1 GB, without reading it whole', async () => {
    write('gigabyte.csv', 'a,b\n1,');
    truncateSync(at('gigabyte.csv'), 2 ** 30);
    const binary = await run('train', 'gigabyte.csv', '-t', 'a');
    expect([binary.code, binary.stderr]).toEqual([3, expect.stringMatching(/gigabyte\.csv/)]);
    // Real characters as far as anybody may look, then a hole.
    const text = Buffer.alloc(2 ** 25, 'x');
    write('letters.csv', Buffer.concat([Buffer.from('a,b\n1,'), text]));
    truncateSync(at('letters.csv'), 2 ** 30);
    const long = await run('train', 'letters.csv', '-t', 'a');
    expect([long.code, long.stderr]).toEqual([3, expect.stringMatching(/characters, record/)]);
    for (const name of ['gigabyte.csv', 'letters.csv']) rmSync(at(name));
  });

  test('a model of a newer hebb', async () => {
    const bytes = readFileSync(at('base.safetensors')).toString('latin1');
    const newer = bytes.replace(/(formatVersion\\":) ?1/, '$19');
    expect(newer).not.toBe(bytes);
    write('newer.safetensors', Buffer.from(newer, 'latin1'));
    for (const args of [
      ['inspect', 'newer.safetensors'],
      ['predict', 'newer.safetensors', 'iris.csv'],
    ]) {
      const { code, stderr } = await run(...args);
      expect([code, stderr]).toEqual([3, expect.stringMatching(/newer\.safetensors.*version|version.*newer/s)]);
    }
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
