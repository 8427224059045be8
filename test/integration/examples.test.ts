import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { transformSync } from '@swc/core';

const root = path.resolve(__dirname, '../..');
const folder = path.join(root, 'examples');
// Inside the package, so that `hebb` means this package, and ignored by git.
const out = path.join(root, 'build', 'examples');

/** The example as a file that Node can run. */
function runnable(name: string): string {
  const source = readFileSync(path.join(folder, name), 'utf8');
  if (!name.endsWith('.ts')) return path.join(folder, name);
  const options = {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  } as const;
  const file = path.join(out, name.replace(/\.ts$/, '.cjs'));
  writeFileSync(file, transformSync(source, options).code);
  return file;
}

const run = (name: string, ...args: string[]) =>
  execFileSync(process.execPath, [runnable(name), ...args], { encoding: 'utf8' });
const figureAfter = (text: string, words: string) => Number(new RegExp(`${words}:? (-?[\\d.]+)`).exec(text)?.[1]);

beforeAll(() => mkdirSync(out, { recursive: true }));
afterAll(() => rmSync(out, { recursive: true, force: true }));

test.each(readdirSync(folder).filter((name) => /\.(ts|cjs|mjs)$/.test(name)))('%s stays under 40 lines', (name) => {
  expect(readFileSync(path.join(folder, name), 'utf8').split('\n').length).toBeLessThan(40);
});

test('regress.ts explains a good part of the variance', () => {
  expect(figureAfter(run('regress.ts'), 'R2 on unseen rows')).toBeGreaterThan(0.3);
});

test('classify-csv.ts classifies rows that it has not seen', () => {
  const text = run('classify-csv.ts');
  expect(figureAfter(text, 'unseen rows')).toBeGreaterThan(0.9);
  expect(text).toContain('a new flower: versicolor');
  const wine = run('classify-csv.ts', path.join(root, 'data/tabular/wine.csv'), 'label');
  expect(figureAfter(wine, 'unseen rows')).toBeGreaterThan(0.9);
});

test('custom-sequential.ts learns with blocks and with a loss of its own', () => {
  const text = run('custom-sequential.ts');
  expect(text).toMatch(/layers\.1 Residual \[B, 64\]/);
  expect(figureAfter(text, 'unseen digits')).toBeGreaterThan(0.95);
  const [, first, last] = /loss ([\d.]+) at first, ([\d.]+) at last/.exec(text) ?? [];
  expect(Number(last)).toBeLessThan(Number(first) / 4);
});

test('train-in-a-worker.ts tells its progress and learns', () => {
  const text = run('train-in-a-worker.ts');
  expect(text).toContain('epoch 40: loss');
  expect(figureAfter(text, 'accuracy on unseen wines')).toBeGreaterThan(0.9);
});

test('abort-and-resume.ts keeps what was learned and goes on', () => {
  const text = run('abort-and-resume.ts');
  expect(text).toContain('stopped after 3 epochs');
  const [before, after] = [...text.matchAll(/accuracy ([\d.]+)/g)].map((match) => Number(match[1]));
  expect(before).toBeGreaterThan(0.5);
  expect(after).toBeGreaterThan(before!);
});

test.each(['plain.cjs', 'plain.mjs'])('%s', (name) => {
  expect(figureAfter(run(name), 'accuracy on unseen rows')).toBeGreaterThan(0.93);
});

describe('serve-predictions.ts', () => {
  let server: ChildProcess;
  afterAll(() => {
    server.kill();
  });

  test('answers, and refuses what is no matrix', async () => {
    server = spawn(process.execPath, [runnable('serve-predictions.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const port = await new Promise<string>((resolve) => {
      server.stdout!.on('data', (chunk) => resolve(/port (\d+)/.exec(String(chunk))![1]!));
    });
    const ask = async (body: string) => {
      const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body });
      return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
    };
    const { answer } = await ask('[[5.1, 3.5, 1.4, 0.2]]');
    expect(answer.classes).toEqual(['setosa', 'versicolor', 'virginica']);
    expect((answer.probabilities as number[][])[0]![0]).toBeGreaterThan(0.9);
    expect((await ask('[[1, 2]]')).status).toBe(400);
    expect((await ask('nonsense')).status).toBe(400);
  });
});
