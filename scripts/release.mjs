// The release gates: `node scripts/release.mjs --dry-run [GATE...]` (default: all) on a Debian x86-64 machine. Ends with
// one table of what was built, what loads where, and which suite passed; any failed gate makes it fail.
//
// Publishing is not this script's business: when it is green, tag the commit and `npm publish` the tarball that
// `npm pack` makes.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { workFolder } from './lib/package.mjs';
import { fail, root } from './lib/run.mjs';

const GATES = {
  build: ['scripts/build.mjs', 'native', 'native-tests', 'ts'],
  prebuilds: ['scripts/prebuild.mjs', 'linux-x64', 'linux-arm64', 'win32-x64'],
  layers: ['scripts/check-layers.mjs'],
  isa: ['scripts/check-isa.mjs'],
  binary: ['scripts/check-binary.mjs'],
  gyp: ['scripts/check-gyp.mjs'],
  package: ['scripts/check-package.mjs'],
  test: ['scripts/test.mjs'],
  runtimes: ['scripts/gates/runtimes.mjs', '--suite'],
  layouts: ['scripts/gates/layouts.mjs'],
  'old-cpu': ['scripts/gates/old-cpu.mjs', '--suite'],
  arm64: ['scripts/gates/arm64.mjs', '--suite'],
  wine: ['scripts/gates/wine.mjs'],
};

const args = process.argv.slice(2);
const wanted = args.filter((arg) => !arg.startsWith('-'));
const unknown = wanted.find((name) => !(name in GATES));
if (!args.includes('--dry-run') || unknown) {
  fail(`Usage: node scripts/release.mjs --dry-run [GATE...]\nGates: ${Object.keys(GATES).join(', ')}`);
}

const rowsFile = path.join(workFolder('release'), 'rows');
const env = { ...process.env, HEBB_GATE_ROWS: rowsFile };
const outcomes = [];
for (const name of wanted.length > 0 ? wanted : Object.keys(GATES)) {
  console.log(`\n==> ${name}`);
  const started = performance.now();
  const { status } = spawnSync(process.execPath, GATES[name], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  outcomes.push([name, status === 0 ? 'ok' : 'FAILED', `${((performance.now() - started) / 1000).toFixed(0)} s`]);
}

function printTable(head, rows) {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)));
  for (const row of [head, widths.map((width) => '-'.repeat(width)), ...rows]) {
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    );
  }
  console.log('');
}

console.log('');
printTable(['gate', 'outcome', 'time'], outcomes);
const rows = existsSync(rowsFile)
  ? readFileSync(rowsFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];
if (rows.length > 0) printTable(['platform', 'runtime', 'built', 'loads', 'suite'], rows);

const failed = outcomes.filter(([, outcome]) => outcome !== 'ok').length;
console.log(`${outcomes.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
