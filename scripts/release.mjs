// The release gates: `node scripts/release.mjs --dry-run [GATE...]` (default: all) on a Debian x86-64 machine. Ends with
// one table of what was built, what loads where, and which suite passed. A failed gate makes it fail, and so does a binary
// that Debian can build and that is missing or older than the sources. What this machine cannot run says why in its row.
//
// Publishing is not this script's business: when it is green, tag the commit and `npm publish` the tarball that
// `npm pack` makes.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { workFolder } from './lib/package.mjs';
import { prebuildState, TARGETS } from './lib/prebuilds.mjs';
import { fail, root } from './lib/run.mjs';

const GATES = {
  build: ['scripts/build.mjs', 'native', 'native-tests', 'ts'],
  prebuilds: ['scripts/prebuild.mjs'],
  lint: ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
  types: ['node_modules/@typescript/native/bin/tsc', '--noEmit'],
  api: ['scripts/check-api.mjs'],
  unused: ['node_modules/knip/bin/knip.js'],
  docs: ['scripts/docs.mjs'],
  workflows: ['scripts/check-workflows.mjs'],
  audit: ['scripts/check-audit.mjs'],
  layers: ['scripts/check-layers.mjs'],
  isa: ['scripts/check-isa.mjs'],
  binary: ['scripts/check-binary.mjs'],
  contributing: ['scripts/check-contributing.mjs'],
  gyp: ['scripts/check-gyp.mjs'],
  package: ['scripts/check-package.mjs'],
  test: ['scripts/test.mjs'],
  runtimes: ['scripts/gates/runtimes.mjs', '--suite'],
  layouts: ['scripts/gates/layouts.mjs'],
  source: ['scripts/gates/source.mjs'],
  'slim-root': ['scripts/gates/slim-root.mjs'],
  'old-root': ['scripts/gates/old-root.mjs', '--suite'],
  musl: ['scripts/gates/musl.mjs'],
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

/** What the gates have reported so far: table rows, and texts of gates that were not run. */
function reports() {
  if (!existsSync(rowsFile)) return [];
  const lines = readFileSync(rowsFile, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

for (const name of wanted.length > 0 ? wanted : Object.keys(GATES)) {
  console.log(`\n==> ${name}`);
  const started = performance.now();
  const before = reports().length;
  const { status } = spawnSync(process.execPath, GATES[name], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const reason = reports()
    .slice(before)
    .find((line) => typeof line === 'string');
  const outcome = status === 0 ? (reason ?? 'ok') : 'FAILED';
  outcomes.push([name, outcome, `${((performance.now() - started) / 1000).toFixed(0)} s`]);
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

/** The table's rows: what the gates reported and, where all were run, one for each target that none spoke of. */
async function platformRows() {
  const told = reports().filter((line) => typeof line !== 'string');
  const expected = wanted.length > 0 ? [] : Object.keys(TARGETS);
  const silent = expected.filter((target) => !told.some(({ platform }) => platform === target));
  const rows = silent.map((platform) => {
    const { host } = TARGETS[platform];
    return { platform, runtime: '-', loads: host ? `not run: needs ${host}` : 'not run: no gate asked', suite: '-' };
  });
  const built = new Map(
    await Promise.all(Object.keys(TARGETS).map(async (target) => [target, await prebuildState(target)])),
  );
  return [...told, ...rows].map((line) => ({ ...line, built: line.built ?? built.get(line.platform) ?? '-' }));
}

console.log('');
printTable(['gate', 'outcome', 'time'], outcomes);
const rows = await platformRows();
if (rows.length > 0)
  printTable(
    ['platform', 'runtime', 'built', 'loads', 'suite'],
    rows.map(({ platform, runtime, built, loads, suite }) => [platform, runtime, built, loads, suite]),
  );

const failed = outcomes.filter(([, outcome]) => outcome === 'FAILED').length;
const skipped = outcomes.filter(([, outcome]) => outcome.startsWith('not run')).length;
const untried = rows.filter(({ loads }) => loads.startsWith('not run')).length;
const debian = Object.keys(TARGETS).filter((target) => !TARGETS[target].host);
const unbuilt = debian.filter((target) =>
  rows.some((line) => line.platform === target && /^(no|stale)$/.test(line.built)),
);
console.log(`${outcomes.length - failed - skipped} gates passed, ${failed} failed, ${skipped} not run`);
console.log(`${rows.length - untried} rows tried, ${untried} not run`);
if (unbuilt.length > 0) console.error(`Missing or stale: ${unbuilt.join(', ')}. Run \`scripts/prebuild\`.`);
process.exit(failed === 0 && unbuilt.length === 0 ? 0 : 1);
