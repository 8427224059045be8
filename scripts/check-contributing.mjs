// Follows "An activation" and "An op" of CONTRIBUTING.md to the letter in a copy of the repository, builds the copy and
// runs the tests that go through the native tables: `node scripts/check-contributing.mjs [--keep]`.
//
// The steps that it understands, each followed by one or two fenced blocks:
//   In `file`, before|after  <lines that occur once>  add  <lines>
//   Create `file`  <content>
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { capture, fail, root, run } from './lib/run.mjs';

const block = '```\\w+\\n([\\s\\S]*?)```';
const STEP = new RegExp(
  `^(?:In \`([^\`]+)\`, (before|after)\\n\\n${block}\\n\\nadd\\n\\n${block}|Create \`([^\`]+)\`\\n\\n${block})`,
  'gm',
);

/** The steps under one heading. */
function stepsOf(text, heading) {
  const start = text.indexOf(`\n### ${heading}\n`);
  if (start < 0) fail(`CONTRIBUTING.md has no section '${heading}'.`);
  const rest = text.slice(start + 1);
  const end = rest.indexOf('\n### ');
  const section = end < 0 ? rest : rest.slice(0, end);
  const steps = [...section.matchAll(STEP)].map(([, file, where, anchor, addition, created, content]) =>
    created === undefined ? { file, where, anchor, addition } : { file: created, content },
  );
  const blocks = section.match(/^```\w/gm)?.length ?? 0;
  const used = steps.reduce((sum, step) => sum + (step.content === undefined ? 2 : 1), 0);
  if (steps.length === 0 || used !== blocks) {
    fail(
      `CONTRIBUTING.md, '${heading}': ${blocks} fenced blocks, of which ${used} belong to a step that can be followed.`,
    );
  }
  return steps;
}

function follow(copy, { file, where, anchor, addition, content }) {
  const target = path.join(copy, file);
  if (content !== undefined) {
    if (existsSync(target)) fail(`CONTRIBUTING.md creates ${file}, which exists.`);
    writeFileSync(target, content);
    return;
  }
  const text = readFileSync(target, 'utf8');
  const parts = text.split(anchor);
  if (parts.length !== 2) {
    fail(`CONTRIBUTING.md: these lines occur ${parts.length - 1} times in ${file}, not once:\n${anchor}`);
  }
  writeFileSync(target, parts.join(where === 'before' ? addition + anchor : anchor + addition));
}

/** What git would put into a commit, and the packages that are installed already. */
function makeCopy() {
  const copy = path.join(mkdtempSync(path.join(tmpdir(), 'hebb-contributing-')), 'hebb');
  const { stdout } = capture('git', ['ls-files', '--cached', '--others', '--exclude-standard']);
  for (const file of stdout.split('\n').filter((name) => name !== '' && existsSync(path.join(root, name)))) {
    cpSync(path.join(root, file), path.join(copy, file));
  }
  rmSync(path.join(copy, 'node_modules'), { recursive: true, force: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  run('git', ['init', '--quiet'], { cwd: copy }); // the format check asks git
  return copy;
}

const text = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8');
const sections = ['An activation', 'An op'];
const steps = sections.flatMap((heading) => stepsOf(text, heading));
const copy = makeCopy();
try {
  for (const step of steps) follow(copy, step);
  run('git', ['add', '--all'], { cwd: copy });
  // A compiler cache knows most objects from the repository itself.
  const env = { ...process.env, CCACHE_BASEDIR: copy, CCACHE_NOHASHDIR: '1' };
  const inCopy = { cwd: copy, stdio: 'inherit', env };
  run(process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'check', 'lib', 'test'], inCopy);
  run(process.execPath, ['scripts/format-native.mjs'], inCopy);
  run(process.execPath, ['scripts/build.mjs', 'native', 'native-tests', 'ts'], inCopy);
  run(path.join(copy, 'build/hebb_native_tests'), ['unary', 'gradient'], inCopy);
  const names = ['relu6', 'cumsum'];
  const { stdout } = capture(process.execPath, [
    '-e',
    `const { activate } = require(${JSON.stringify(path.join(copy, 'dist'))});
     console.log(activate(Float32Array.of(-1, 2, 9), 'relu6').join());`,
  ]);
  if (stdout.trim() !== '0,2,6') fail(`Expected relu6 of -1, 2, 9 to be 0,2,6, received ${stdout.trim()}.`);
  const jest = ['node_modules/jest/bin/jest.js', 'test/unit/graph/gradients', 'test/unit/graph/isas', 'test/unit/nn'];
  const tests = capture(process.execPath, [...jest, '--verbose'], { cwd: copy });
  const output = tests.stdout + tests.stderr;
  if (!tests.ok) fail(output);
  const missing = names.find((name) => !new RegExp(`✓.*${name}`).test(output));
  if (missing) fail(`No test of the copy mentions ${missing}:\n${output}`);
  console.log(`CONTRIBUTING.md: ${steps.length} steps followed, the copy builds and its tests pass.`);
} finally {
  if (process.argv.includes('--keep')) console.log(`The copy: ${copy}`);
  else rmSync(path.dirname(copy), { recursive: true, force: true });
}
