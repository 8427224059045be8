// `node scripts/bench.mjs [filter ...]` runs the benchmarks of bench/; `node scripts/bench.mjs --setup` installs the
// peers that npm has and says which of Debian's are missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fail, root, run } from './lib/run.mjs';

const bench = path.join(root, 'bench');
const tsx = path.join(bench, 'node_modules/tsx/dist/cli.mjs');
const debianPeers = [
  'libopenblas-dev',
  'libdnnl-dev',
  'libxsmm-dev',
  'python3-torch',
  'python3-numpy',
  'python3-sklearn',
  'libopenblas0-openmp',
];

/** npm's crfsuite has no binaries any more: it is compiled here, with the headers that node-gyp finds. */
function buildCrfsuite() {
  const { status } = spawnSync('npx', ['--no-install', 'node-pre-gyp', 'install', '--build-from-source'], {
    cwd: path.join(bench, 'node_modules/crfsuite'),
    stdio: 'ignore',
  });
  if (status !== 0) console.log('crfsuite could not be compiled; it is left out of the tables.');
}

function setup() {
  // Without scripts: onnxruntime-node would otherwise download GPU libraries.
  run('npm', ['install', '--prefix', bench, '--ignore-scripts', '--no-audit', '--no-fund']);
  buildCrfsuite();
  const missing = debianPeers.filter((name) => spawnSync('dpkg', ['-s', name], { stdio: 'ignore' }).status !== 0);
  if (missing.length === 0) console.log('Every peer is installed.');
  else
    console.log(`Missing peers are left out of the tables. To add them on Debian:\n  apt install ${missing.join(' ')}`);
}

const [first, ...rest] = process.argv.slice(2);
if (first === '--setup') setup();
else {
  if (!existsSync(tsx)) fail('Run `npm run bench:setup` first: it installs what the benchmarks need into bench/.');
  const args = first === undefined ? rest : [first, ...rest];
  const { status } = spawnSync(process.execPath, [tsx, path.join(bench, 'src/main.ts'), ...args], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
