// Runs the code of the documentation and compares what it prints with what the page says:
//   node scripts/docs-snippets.mjs [page.md ...]   the pages named, or all
//     --types   type-checks their TypeScript and runs nothing
//     --write   puts what is printed into the pages
//     --list    names the pages that have code
// Figures have to be near where the kernels are those that the pages were made with; elsewhere words are compared alone.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fail, root } from './lib/run.mjs';
import { agrees, blocksOf, pages, rewritten, runPage, typeErrors } from './lib/snippets.mjs';

const PAGES_ISA = 'avx512';

const args = process.argv.slice(2);
const flag = (name) => args.includes(name);
const named = args.filter((arg) => !arg.startsWith('--'));
const list = (named.length > 0 ? named : pages()).filter(
  (page) => blocksOf(readFileSync(path.resolve(root, page), 'utf8')).length > 0,
);

if (flag('--list')) {
  console.log(list.join('\n'));
} else if (flag('--types')) {
  const errors = typeErrors(list);
  if (errors) fail(errors);
  console.log(`The TypeScript of ${list.length} pages is right.`);
} else {
  const { isa } = createRequire(import.meta.url)(path.join(root, 'dist')).nativeInfo();
  if (flag('--write') && isa !== PAGES_ISA) fail(`The pages show figures of ${PAGES_ISA}, this machine has ${isa}.`);
  for (const page of list) check(page, isa);
}

function check(page, isa) {
  const results = runPage(page);
  for (const { line, command, ok, stderr } of results) {
    if (ok) continue;
    console.error(`${page}:${line + 1}: ${command ?? 'the code'} failed:\n${stderr}`);
    process.exitCode = 1;
  }
  if (flag('--write') && results.every(({ ok }) => ok)) {
    const file = path.resolve(root, page);
    writeFileSync(file, rewritten(readFileSync(file, 'utf8'), results));
    return;
  }
  for (const result of results) {
    if (!result.ok || agrees(result, isa === PAGES_ISA)) continue;
    const { line, command, stated, actual } = result;
    console.error(`${page}:${line + 1}: ${command ?? 'the code'} prints\n${actual}\nand the page says\n${stated}\n`);
    process.exitCode = 1;
  }
  const compared = results.filter(({ stated }) => stated !== undefined).length;
  console.log(`${page}: ${results.length} run, ${compared} outputs compared`);
}
