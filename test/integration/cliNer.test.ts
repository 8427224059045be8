import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hebb } from '../helpers/cli';

const folder = mkdtempSync(path.join(tmpdir(), 'hebb-ner-'));
const at = (name: string) => path.join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sentence = 'Apple CEO Tim Cook announced the new iPhone in Cupertino.';

test('hebb ner marks the entities of a text', async () => {
  const { code, stdout } = await hebb(['ner', sentence]);
  expect(code).toBe(0);
  expect(stdout).toBe('[Apple ORG] CEO [Tim Cook PER] announced the new [iPhone PRODUCT] in [Cupertino LOC].\n');
});

test('colours where they are wanted, JSON with offsets, a page with the entities', async () => {
  const { stdout: coloured } = await hebb(['ner', sentence], { env: { FORCE_COLOR: '1' } });
  expect(coloured).toContain('\u001b[');
  writeFileSync(at('text.txt'), `${sentence} <b>\n`);
  const { stdout } = await hebb(['ner', '--file', at('text.txt'), '--json', '--html', at('page.html')]);
  const { entities } = JSON.parse(stdout) as { entities: { text: string; start: number; end: number }[] };
  expect(entities.map(({ start, end }) => sentence.slice(start, end))).toEqual([
    'Apple',
    'Tim Cook',
    'iPhone',
    'Cupertino',
  ]);
  const page = readFileSync(at('page.html'), 'utf8');
  expect(page).toContain('&lt;b&gt;');
  expect(page).toMatch(/Tim Cook<span>PER<\/span><\/mark>/);
});

test('values beside their entities, one colour a type, and no text that steers the terminal', async () => {
  const paid = 'Tim Cook paid $5 million, or 5-10% of it, to Apple in Paris on 9 May 2020.';
  const { stdout } = await hebb(['ner', paid]);
  expect(stdout).toContain('[$5 million MONEY = 5000000 USD]');
  expect(stdout).toContain('[5-10% PERCENT = 5..10 %]');
  expect(stdout).toContain('[9 May 2020 DATE = 2020-05-09]');
  const { stdout: coloured } = await hebb(['ner', paid], { env: { FORCE_COLOR: '1' } });
  const opened = coloured.split('\u001b[').flatMap((piece) => /^(\d+)m\[/.exec(piece)?.[1] ?? []);
  expect(new Set(opened).size).toBe(opened.length);
  expect(opened.length).toBeGreaterThanOrEqual(5);
  const { stdout: hostile } = await hebb(['ner', 'Paris \u001b]0;title\u0007 \u001b[2J \u009b31m \u202eend']);
  expect(hostile).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
  expect(hostile).toContain('\\u001b[2J');
});

test('the text may come from standard input', async () => {
  const { code, stdout } = await hebb(['ner', '--file', '-'], { input: `${sentence}\n` });
  expect([code, stdout]).toEqual([0, expect.stringContaining('[Tim Cook PER]')]);
});

test('a page without charts carries no chart library', async () => {
  await hebb(['ner', sentence, '--html', at('small.html')]);
  expect(readFileSync(at('small.html')).length).toBeLessThan(30_000);
});

test('train, evaluate and use a tagger of your own', async () => {
  const words = ['Oslo', 'Rome', 'Lima', 'Bern', 'Kiel'];
  const lines = words.flatMap((city) => [`we O`, `flew O`, `to O`, `${city} B-LOC`, '. O', '']);
  writeFileSync(at('train.conll'), `${lines.join('\n').replaceAll(' ', '\t')}\n`);
  const args = ['ner', 'train', at('train.conll'), '--dev', at('train.conll'), '--model', at('own.safetensors')];
  const { code, stdout, stderr } = await hebb(args);
  expect(stderr).toContain('5 sentences to learn from, 5 to choose by');
  expect([code, stdout]).toEqual([0, expect.stringContaining('saved to')]);
  const { stdout: scores } = await hebb(['ner', 'evaluate', at('own.safetensors'), at('train.conll'), '--json']);
  expect((JSON.parse(scores) as { f1: number }).f1).toBe(1);
  const { stdout: text } = await hebb(['ner', 'we flew to Lima .', '--model', at('own.safetensors')]);
  expect(text).toBe('we flew to [Lima LOC] .\n');
  const again = await hebb(args);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('--force')]);
});

test('evaluate reads types as others, and leaves out those that the file does not annotate', async () => {
  writeFileSync(at('people.conll'), 'Tim\tB-person\nCook\tI-person\nvisited\tO\nParis\tO\n.\tO\n');
  const args = ['ner', 'evaluate', 'english', at('people.conll'), '--map', 'person=PER'];
  const { stdout, stderr } = await hebb([...args, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ f1: 1, predicted: 1, gold: 1 });
  expect(stderr).toBe('');
  expect((await hebb(args)).stderr).toMatch(/Not scored, as the file does not annotate them: .*LOC/);
  const { stdout: both } = await hebb([...args, '--types', 'PER,LOC', '--json']);
  expect(JSON.parse(both)).toMatchObject({ predicted: 2, gold: 1 });
  const wrong = await hebb(['ner', 'evaluate', 'english', at('people.conll'), '--map', 'person']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('person=PER')]);
  const unknown = await hebb([...args, '--types', 'PRE']);
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringMatching(/--types to be among DATE, .*, received PRE\. Did you mean `PER`/),
  ]);
  const nobody = await hebb([...args.slice(0, -1), 'people=PER']);
  expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('people.conll, it has no people.')]);
});

test.each([
  [['ner'], 2, 'Expected either a text or --file'],
  [['ner', 'x', '--file', 'y'], 2, 'Expected either a text or --file'],
  [['ner', '--file', 'nowhere.txt'], 3, 'nowhere.txt'],
  [['ner', 'x', '--model', 'nowhere.safetensors'], 3, 'nowhere.safetensors'],
  [['ner', 'train', 'nowhere.conll', '--model', 'm.safetensors'], 3, 'nowhere.conll: no such file or folder'],
  [['ner', 'train', 'empty.conll', '--model', 'm.safetensors'], 3, 'Expected empty.conll to have sentences'],
  [['ner', 'evaluate', 'english', 'empty.conll'], 3, 'Expected empty.conll to have sentences'],
  [['ner', 'train', 'broken.conll', '--model', 'm.safetensors'], 3, 'line 2'],
])('%j: exit code %i', async (args, exit, words) => {
  writeFileSync(at('broken.conll'), 'one\tO\ntwo\n');
  writeFileSync(at('empty.conll'), '\n# nothing\n');
  const { code, stderr } = await hebb(args, { cwd: folder });
  expect(stderr).toContain(words);
  expect(code).toBe(exit);
  expect(existsSync(at('m.safetensors'))).toBe(false);
});
