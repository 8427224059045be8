// What the command line writes: nothing of the user's is lost, whoever listens, and whatever the names are.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { datasets } from '../../lib/data';
import { inspectArtefact } from '../../lib/io';
import { root } from '../helpers/child';
import { commandFolder, csvOf, hebb } from '../helpers/cli';

const { folder, at, write, run } = commandFolder();
const main = path.join(root, 'dist/cli/main.js');
const isLinux = process.platform === 'linux';

/** A command line for /bin/sh. */
function shell(command: string) {
  const text = command.replace(/\bhebb\b/g, `"${process.execPath}" "${main}"`);
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', text], { cwd: folder, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

beforeAll(async () => {
  write('iris.csv', csvOf(datasets.loadIris()));
  symlinkSync('iris.csv', at('link.csv'));
  linkSync(at('iris.csv'), at('hard.csv'));
  await run('train', 'iris.csv', '-t', 'label', '--epochs', '2', '--model', 'm.safetensors');
});

describe('two names of one file are refused, --force or not', () => {
  const train = ['train', 'iris.csv', '-t', 'label', '--epochs', '1'];
  const cases: [string, string[]][] = [
    ['model and report', [...train, '--model', 'new', '--report', './new']],
    ['model and rows', [...train, '--model', 'iris.csv']],
    ['report and rows behind a link', ['train', 'link.csv', '-t', 'label', '--model', 'new', '--report', 'iris.csv']],
    ['model and rows of another name', ['train', 'hard.csv', '-t', 'label', '--model', 'iris.csv']],
    ['predictions and model', ['predict', 'm.safetensors', 'iris.csv', '--out', 'm.safetensors']],
    ['predictions and rows', ['predict', 'm.safetensors', 'iris.csv', '--out', 'iris.csv']],
    ['report and model', ['evaluate', 'm.safetensors', 'iris.csv', '--report', 'm.safetensors']],
  ];
  test.each(cases)('%s', async (_, args) => {
    const before = ['iris.csv', 'm.safetensors'].map((name) => readFileSync(at(name)));
    const { code, stderr } = await run(...args, '--force');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/choose another name/)]);
    expect(['iris.csv', 'm.safetensors'].map((name) => readFileSync(at(name)))).toEqual(before);
    expect(existsSync(at('new'))).toBe(false);
  });
});

test('the demo overwrites what it wrote and nothing else', async () => {
  const demo = () => hebb(['demo', '--json', '--out', at('demo')]);
  expect((await demo()).code).toBe(0);
  expect((await demo()).code).toBe(0);
  writeFileSync(at('demo/report.html'), 'my own notes');
  const refused = await demo();
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/report\.html.*--force/)]);
  expect(readFileSync(at('demo/report.html'), 'utf8')).toBe('my own notes');
});

describe('nobody listens', () => {
  test('a training goes on behind a pipe that closes early', () => {
    const { stdout } = shell('hebb train iris.csv -t label --model piped.safetensors --epochs 30 2>&1 | head -1; cat');
    expect(stdout).toMatch(/^iris\.csv: 150 rows/);
    execFileSync('/bin/sh', ['-c', `while [ ! -e piped.safetensors ]; do sleep 0.1; done`], { cwd: folder });
    expect(existsSync(at('piped.safetensors'))).toBe(true);
  });

  (isLinux ? test : test.skip)('a full disk is told in one line, and the model is saved', async () => {
    const full = shell('hebb train iris.csv -t label --model full.safetensors --epochs 2 > /dev/full');
    expect([full.code, full.stderr.trimEnd().split('\n').at(-1)]).toEqual([3, expect.stringMatching(/ENOSPC/)]);
    expect((await inspectArtefact(at('full.safetensors'))).kind).toBe('MLPClassifier');
    const both = shell('hebb train iris.csv -t label --model both.safetensors --epochs 2 > /dev/full 2>&1');
    expect(both.code).toBe(3);
    expect((await inspectArtefact(at('both.safetensors'))).kind).toBe('MLPClassifier');
    const predicted = shell('hebb predict m.safetensors iris.csv > /dev/full');
    expect([predicted.code, predicted.stderr]).toEqual([3, expect.stringMatching(/^error: .*ENOSPC.*\n$/)]);
  });

  (isLinux ? test : test.skip)('a pipe without a name is refused instead of waited for', () => {
    execFileSync('mkfifo', [at('pipe')]);
    for (const args of [
      'train pipe -t label',
      'predict pipe iris.csv',
      'inspect pipe',
      'evaluate m.safetensors pipe',
    ]) {
      const { code, stderr } = shell(`hebb ${args} < /dev/null`);
      expect([code, stderr]).toEqual([3, expect.stringMatching(/regular file/)]);
    }
  });
});

(isLinux ? test : test.skip)('Ctrl-C in a terminal says at once what happens', () => {
  // script(1) gives the command a terminal; the shell inside sends what the key would.
  const inner =
    `"${process.execPath}" "${main}" train iris.csv -t label --model tty.safetensors --epochs 100000000 --patience 0 & ` +
    'pid=$!; sleep 4; kill -INT $pid; wait $pid; echo "code $?"';
  const text = execFileSync('script', ['-qec', `/bin/bash -c '${inner}'`, '/dev/null'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, TERM: 'xterm' },
  });
  expect(text).toMatch(/Stopping: what can be saved is saved\. Press Ctrl-C again/);
  expect(text).toMatch(/Interrupted after/);
  expect(text).toMatch(/code 130/);
  expect(existsSync(at('tty.safetensors'))).toBe(true);
});

describe('cells that training saw nothing like', () => {
  const rows = Array.from({ length: 80 }, (_, i) => `${['red', 'green'][i % 2]};${i % 9},5;${i % 2 ? 'a' : 'b'}`);
  beforeAll(async () => {
    write('marks.csv', `color;n;label\n${rows.join('\n')}\n`);
    expect((await run('train', 'marks.csv', '-t', 'label', '--epochs', '3')).code).toBe(0);
    write('odd.csv', 'color,n\nmauve,3.5\nred,many\nmauve,2.5\n');
  });

  test('are counted in a warning, and refused with --strict', async () => {
    const { code, stdout, stderr } = await run('predict', 'marks.safetensors', 'odd.csv');
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 4]);
    expect(stderr).toMatch(/2 cells of column 'color'.*'mauve' in row 1: counted as other/);
    expect(stderr).toMatch(/1 cell of column 'n'.*'many' in row 2: counted as missing/);
    const strict = await run('predict', 'marks.safetensors', 'odd.csv', '--strict');
    expect([strict.code, strict.stdout, strict.stderr]).toEqual([3, '', expect.stringMatching(/row 1.*mauve/)]);
  });

  test('the decimal mark of the new file counts, found out or said', async () => {
    write('points.csv', 'color,n\nred,3.5\ngreen,7.5\n');
    write('commas.csv', 'color;n\nred;3,5\ngreen;7,5\n');
    const [points, commas] = [
      await run('predict', 'marks.safetensors', 'points.csv'),
      await run('predict', 'marks.safetensors', 'commas.csv'),
    ];
    expect([points.stderr, commas.stderr]).toEqual(['', '']);
    expect(points.stdout).toBe(commas.stdout);
    write('thousands.csv', 'color;n\nred;1,234\n');
    const said = await Promise.all(
      ['.', ','].map((mark) => run('predict', 'marks.safetensors', 'thousands.csv', '--decimal', mark)),
    );
    expect(said[0].stdout).not.toBe(said[1].stdout);
  });
});

describe('options', () => {
  test('that have no effect are refused', async () => {
    write('amounts.csv', csvOf(datasets.loadDiabetes()));
    const cases: [string[], RegExp][] = [
      [['train', 'iris.csv', '-t', 'label', '--threshold', '0.3', '-f'], /two classes/],
      [['train', 'amounts.csv', '-t', 'label', '--class-weight', 'balanced'], /quantity/],
      [['train', 'iris.csv', '-t', 'label', '--hidden', 'none', '--dropout', '0.5', '-f'], /--dropout/],
      [['predict', 'm.safetensors', 'iris.csv', '--json', '--format', 'csv'], /one of them/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await run(...args);
      expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    }
  });

  test('--json tells usage errors as JSON', async () => {
    for (const args of [['train', 'iris.csv'], ['train', 'iris.csv', '-t', 'label', '--fold', '3'], ['demmo']]) {
      const { code, stdout, stderr } = await run(...args, '--json');
      expect([code, stdout]).toEqual([2, '']);
      expect(JSON.parse(stderr)).toEqual({ error: { code: 'ERR_USAGE', message: expect.any(String) } });
    }
  });

  test('--types brings a column back', async () => {
    const lines = Array.from({ length: 120 }, (_, i) => `${1000 + i},${i % 2 ? 'a' : 'b'}`);
    write('years.csv', `year,label\n${lines.join('\n')}\n`);
    const { code, stdout } = await run('train', 'years.csv', '-t', 'label', '--types', 'year=number', '--epochs', '1');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/Features {2}1 column as 1 number$/m)]);
  });
});

test('a large file tells how far it is', async () => {
  const line = `1.25,2.5,${'3.75,'.repeat(20)}x\n`;
  const rows = Math.ceil((34 << 20) / line.length);
  const header = `${Array.from({ length: 22 }, (_, j) => `c${j}`).join(',')},label\n`;
  write(
    'large.csv',
    header +
      line.repeat(rows / 2) +
      line
        .replace('x', 'y')
        .replace('1.25', '9')
        .repeat(rows / 2),
  );
  const { code, stderr } = await run('train', 'large.csv', '-t', 'label', '--epochs', '1', '--hidden', '2');
  expect(code).toBe(0);
  expect(stderr).toMatch(/reading large\.csv: 20 %, [\d,]+ rows\n/);
  expect(stderr).toMatch(/reading large\.csv: 100 %/);
});
