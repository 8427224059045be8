// The code of the documentation: finding the blocks of a Markdown page, running them, comparing what they print.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { transformSync } from '@swc/core';
import { capture, root, toolPath } from './run.mjs';

// Inside the package, so that `hebb` means this package, and ignored by git.
const work = path.join(root, 'build', 'docs-snippets');

/** README.md and every page below docs/, as paths relative to the root. */
export function pages() {
  const below = readdirSync(path.join(root, 'docs'), { recursive: true }).map((name) => `docs/${name}`);
  return ['README.md', ...below.filter((name) => name.endsWith('.md')).sort()];
}

/**
 * The fenced blocks of a page that are looked at, in order:
 * - `ts` blocks are type-checked and run as ES modules, in one folder a page, with the package's CSV files in it;
 * - a `text` block right behind one is what it prints;
 * - `console` blocks hold commands of hebb, `$ npx hebb ...`, each with what it prints on standard output below it;
 * - other languages are left alone.
 * `first` and `last` are the line numbers of a block's content, from 0, `last` exclusive.
 */
export function blocksOf(markdown) {
  const lines = markdown.split('\n');
  const blocks = [];
  let open;
  lines.forEach((line, i) => {
    const fence = /^```(\w*)/.exec(line);
    if (!fence) return;
    if (open === undefined) open = { language: fence[1], first: i + 1 };
    else {
      blocks.push({ ...open, last: i, text: lines.slice(open.first, i).join('\n') });
      open = undefined;
    }
  });
  if (open !== undefined) throw new Error(`The block that begins at line ${open.first} has no end.`);
  const between = (a, b) =>
    lines
      .slice(a.last + 1, b.first - 1)
      .join('')
      .trim();
  const out = [];
  blocks.forEach((block, i) => {
    if (block.language === 'console') out.push(block);
    if (block.language !== 'ts') return;
    const next = blocks[i + 1];
    const printed = next?.language === 'text' && between(block, next) === '' ? next : undefined;
    out.push(printed ? { ...block, printed } : block);
  });
  return out;
}

/** An empty folder for the snippets of a page. */
export function pageFolder(page) {
  const folder = path.join(work, page.replace(/\.md$/, '').replaceAll(/[^\w]/g, '-'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Type-checks the `ts` blocks of pages under `strict`; gives what the compiler says, '' when nothing is wrong. */
export function typeErrors(list) {
  const folder = pageFolder('types');
  for (const page of list) {
    for (const block of blocksOf(readFileSync(path.join(root, page), 'utf8'))) {
      if (block.language !== 'ts') continue;
      // As many empty lines in front as in the page: the compiler's line numbers are the page's.
      const text = `${'\n'.repeat(block.first)}${block.text}\nexport {};\n`;
      writeFileSync(path.join(folder, `${page.replaceAll(/[^\w]/g, '-')}.${block.first}.mts`), text);
    }
  }
  const options = { strict: true, noEmit: true, module: 'node20', target: 'es2022', lib: ['esnext'], types: ['node'] };
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...options, skipLibCheck: true }, include: ['*.mts'] }),
  );
  const outcome = capture(process.execPath, [toolPath('typescript/lib/tsc.js'), '-p', folder]);
  return outcome.ok ? '' : outcome.stdout + outcome.stderr;
}

function runTs(block, folder) {
  const { code } = transformSync(block.text, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  });
  const file = path.join(folder, `block-${block.first}.mjs`);
  writeFileSync(file, code);
  return runNode([file], folder);
}

function runNode(args, cwd, input) {
  const child = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 300_000, input: input ?? '' });
  return { ok: child.status === 0, stdout: child.stdout, stderr: child.stderr };
}

/** The commands of a `console` block, each with the lines that stand below it. */
function commandsOf(block) {
  const commands = [];
  for (const line of block.text.split('\n')) {
    const command = /^\$ (.*)/.exec(line);
    if (command) commands.push({ command: command[1], printed: [] });
    else if (commands.length > 0) commands.at(-1).printed.push(line);
  }
  return commands;
}

/** Words of a command line: quoted ones may hold spaces. */
function wordsOf(command) {
  const words = [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)];
  return words.map(([, double, single, plain]) => double ?? single ?? plain);
}

function runCommand(command, folder) {
  const [program, ...rest] = wordsOf(command);
  const args = program === 'npx' ? rest.slice(1) : rest;
  if (program !== 'npx' || rest[0] !== 'hebb') {
    return { ok: false, stdout: '', stderr: `Only \`$ npx hebb ...\` can be run, not: ${command}\n` };
  }
  return runNode([path.join(root, 'dist/cli/main.js'), ...args], folder);
}

/**
 * Runs the blocks of a page. Gives one entry a block or command: where it stands, what it printed and what the page
 * says that it prints (undefined: nothing is said), and what went wrong.
 */
export function runPage(page) {
  const blocks = blocksOf(readFileSync(path.resolve(root, page), 'utf8'));
  const folder = pageFolder(page);
  const tabular = path.join(root, 'data', 'tabular');
  cpSync(tabular, folder, { recursive: true });
  writeFileSync(path.join(folder, 'digits.csv'), gunzipSync(readFileSync(path.join(tabular, 'digits.csv.gz'))));
  return blocks.flatMap((block) => {
    if (block.language === 'ts') {
      const { ok, stdout, stderr } = runTs(block, folder);
      const { printed } = block;
      return [{ line: block.first, ok, stderr, actual: stdout.trimEnd(), stated: printed?.text, place: printed }];
    }
    return commandsOf(block).map(({ command, printed }) => {
      const { ok, stdout, stderr } = runCommand(command, folder);
      const stated = printed.join('\n').trimEnd();
      return {
        line: block.first,
        command,
        ok,
        stderr,
        actual: stdout.trimEnd(),
        stated: stated || undefined,
        place: block,
      };
    });
  });
}

/** Times depend on the machine; trailing blanks are nothing. */
const plain = (text) =>
  text
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\b\d+(\.\d+)? ?(ms|s|min)\b/g, '<time>')
    .trimEnd();
const FIGURE = /-?[\d.,·]*[\d·]/g;
const wordsOnly = (text) => plain(text).replaceAll(FIGURE, '#').replaceAll(/\s+/g, ' ');

/** Within 15 %, or 0.02, or a count of 2: how far rounding moves the end of a training or of an optimisation. */
function near(a, b) {
  const [x, y] = [Number(a), Number(b)];
  if (Number.isNaN(x) || Number.isNaN(y)) return a === b;
  const least = Number.isInteger(x) && Number.isInteger(y) ? 2 : 0.02;
  return Math.abs(x - y) <= Math.max(least, 0.15 * Math.max(Math.abs(x), Math.abs(y)));
}

/**
 * Whether a snippet printed what its page says: the same words, and with `figures` figures that are near. Other
 * instruction sets add in another order and may stop in another epoch: there only the words are compared.
 */
export function agrees({ actual, stated }, figures) {
  if (stated === undefined) return true;
  if (wordsOnly(actual) !== wordsOnly(stated)) return false;
  if (!figures) return true;
  const [made, said] = [actual, stated].map((text) => plain(text).match(FIGURE) ?? []);
  return made.every((figure, i) => near(figure, said[i]));
}

/** The page's text with what its blocks printed in the places where it says so. */
export function rewritten(markdown, results) {
  const lines = markdown.split('\n');
  const places = new Map();
  for (const result of results) {
    if (result.place === undefined) continue;
    const { command, actual, stated, place } = result;
    const own = command === undefined ? actual : [`$ ${command}`, ...(stated ? [actual, ''] : [])].join('\n');
    places.set(place, [...(places.get(place) ?? []), own]);
  }
  for (const [place, texts] of [...places].sort(([a], [b]) => b.first - a.first)) {
    lines.splice(
      place.first,
      place.last - place.first,
      ...texts
        .join('\n')
        .replaceAll(/[ \t]+$/gm, '')
        .trimEnd()
        .split('\n'),
    );
  }
  return lines.join('\n');
}
