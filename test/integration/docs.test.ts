// The code in README.md and docs/: it compiles, runs, and prints what the pages say.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../helpers/child';

const script = path.join(root, 'scripts', 'docs-snippets.mjs');
const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: 'utf8' });
const pages = execFileSync(process.execPath, [script, '--list'], { cwd: root, encoding: 'utf8' }).trim().split('\n');

test('README.md has code', () => {
  expect(pages).toContain('README.md');
});

test.each(pages)(
  '%s: its code runs and prints what the page says',
  (page) => {
    const { status, stderr } = run(page);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  },
  300_000,
);

test('the TypeScript of the pages has right types', () => {
  const { status, stderr } = run('--types');
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

describe('a page that is wrong', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hebb-docs-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const runPage = (text: string) => {
    const page = path.join(folder, 'page.md');
    writeFileSync(page, text);
    return run(page);
  };
  const fence = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`;

  test('is right when it says what is printed', () => {
    const { status, stdout } = runPage(fence('ts', "console.log('took 3 ms')") + fence('text', 'took 5 ms'));
    expect(stdout).toContain('1 run, 1 outputs compared');
    expect(status).toBe(0);
  });

  test('says something else than is printed', () => {
    const { status, stderr } = runPage(fence('ts', "console.log('one')") + fence('text', 'two'));
    expect(status).toBe(1);
    expect(stderr).toContain('page.md:2: the code prints\none\nand the page says\ntwo');
  });

  test('has code that throws', () => {
    const { status, stderr } = runPage(fence('ts', "throw new Error('no such thing')"));
    expect(status).toBe(1);
    expect(stderr).toContain('no such thing');
  });

  test('has a command that fails', () => {
    const { status, stderr } = runPage(fence('console', '$ npx hebb train nowhere.csv --target y'));
    expect(status).toBe(1);
    expect(stderr).toContain('nowhere.csv');
  });
});
