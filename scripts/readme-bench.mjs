// Puts the benchmark table into README.md, between its marks: node scripts/readme-bench.mjs [--check]
// Reads bench/results/<instruction set>/*.json, which `npm run bench` writes. One row a case that has a peer, at its largest
// number of threads, beside the fastest peer. --check only says whether README.md has what the files say.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail, root } from './lib/run.mjs';

const SUITES = {
  'mlp-train': 'training, ',
  'mlp-small': 'training of a small network, ',
  'mlp-infer': 'prediction, ',
  tsne: 't-SNE, ',
  unsupervised: '',
  ner: 'entities: ',
  csv: 'CSV: ',
  gemm: 'matrix product ',
};
const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

const TRIAL = 'the probe'; // a program that nobody can install
// Not variants of hebb, trial programs, nor another method.
const isPeer = ({ contestant }) => !/^hebb|no t-SNE/.test(contestant) && !contestant.startsWith(TRIAL);
// Of the many matrix products those whose weights lie ready, as a network's do; and where there are several instruction
// sets, of all but the first what its vectors matter most for. bench/results has the rest.
const isShown = (suite, { case: name }) => suite !== 'gemm' || name.endsWith(', packed weights');
const ISAS = ['avx512', 'avx2', 'neon', 'scalar'];
const OF_EVERY_ISA = ['mlp-train', 'mlp-small', 'mlp-infer', 'tsne', 'unsupervised'];

function duration(seconds) {
  const [size, unit] = seconds >= 1 ? [1, 's'] : seconds >= 1e-3 ? [1e-3, 'ms'] : [1e-6, 'µs'];
  return `${Number((seconds / size).toPrecision(3))} ${unit}`;
}

function readResults() {
  const folders = ISAS.map((isa) => path.join(root, 'bench', 'results', isa)).filter((folder) => existsSync(folder));
  if (folders.length === 0) fail('There are no files in bench/results: run `npm run bench` first.');
  return folders.flatMap((folder, i) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')))
      .filter(({ suite }) => i === 0 || OF_EVERY_ISA.includes(suite)),
  );
}

/** Cases with a peer, each at its largest number of threads. */
function comparable(results) {
  const byCase = new Map();
  for (const result of results) {
    if (!result.figures.some(isPeer)) continue;
    const known = byCase.get(result.case);
    if (known === undefined || known.threads < result.threads) byCase.set(result.case, result);
  }
  return [...byCase.values()];
}

function row(suite, { case: name, threads, figures }) {
  const [hebb] = figures;
  const peer = figures.filter(isPeer).sort((a, b) => a.median - b.median)[0];
  const cells = [`${SUITES[suite]}${name}`, threads, duration(hebb.median)];
  return `| ${[...cells, `${peer.contestant}: ${duration(peer.median)}`, `${peer.ratio.toFixed(1)}x`].join(' | ')} |`;
}

/** The parts of a set that differ are told apart by a semicolon. */
const told = (values) => [...new Set(values)].join('; ');

/** The table of what one machine measured. */
function table(where, files) {
  const rows = files.flatMap(({ suite, results }) =>
    comparable(results)
      .filter((result) => isShown(suite, result))
      .map((result) => row(suite, result)),
  );
  const dates = told(files.map(({ machine }) => machine.date));
  return [
    `\`npm run bench\`, ${dates}, on ${where}; medians, contestants in turn:`,
    '',
    '| what | threads | hebb | fastest other | hebb is faster by |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ];
}

function block(files) {
  const chosen = Object.keys(SUITES).flatMap((name) => files.filter(({ suite }) => suite === name));
  const whereOf = ({ machine: { cpu, cpus, isa } }) => `${cpu}, ${cpus} CPUs, ${isa} kernels`;
  const byIsa = chosen.toSorted((a, b) => ISAS.indexOf(a.machine.isa) - ISAS.indexOf(b.machine.isa));
  const machines = [...new Set(byIsa.map(whereOf))];
  const versions = chosen.flatMap(({ machine }) =>
    Object.entries(machine.versions)
      .filter(([name]) => name !== TRIAL)
      .map((entry) => entry.join(' ')),
  );
  return [
    ...machines.flatMap((where) =>
      table(
        where,
        chosen.filter((file) => whereOf(file) === where),
      ),
    ),
    `Versions: ${told(versions).replaceAll(';', ',')}.`,
  ].join('\n');
}

const file = path.join(root, 'README.md');
const text = readFileSync(file, 'utf8');
const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
if (begin < 0 || end < begin) fail(`README.md has no ${BEGIN} ... ${END}.`);
const next = `${text.slice(0, begin + BEGIN.length)}\n${block(readResults())}\n${text.slice(end)}`;
if (!process.argv.includes('--check')) writeFileSync(file, next);
else if (next !== text) fail('README.md and bench/results differ: run `node scripts/readme-bench.mjs`.');
