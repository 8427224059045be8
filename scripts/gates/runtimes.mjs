// The prebuilt linux-x64 binary on every runtime: Node 20, 22, 24 and 26, Bun, Deno. Each loads the installed tarball
// and passes the smoke test (matmul, training, save and load, t-SNE, a worker); with --suite the Nodes run all of jest
// on the prebuilt binary. `node scripts/gates/runtimes.mjs [--suite] [--node MAJOR]`.
import { row, suiteVerdict, verdict } from '../lib/gate.mjs';
import { emptyApp, installTarball, packTarball, stagePackage, workFolder } from '../lib/package.mjs';
import { capture, root, toolPath } from '../lib/run.mjs';
import { bunProgram, denoProgram, NODES, nodeProgram } from '../lib/runtimes.mjs';

const work = workFolder('runtimes');
const app = emptyApp(work);
installTarball(app, packTarball(work, stagePackage(work)));

const smoke = (command, args) => verdict(capture(command, [...args, 'smoke.cjs'], { cwd: app, timeout: 600_000 }));

function suite(node) {
  if (!process.argv.includes('--suite')) return 'smoke';
  const jest = [toolPath('jest/bin/jest.js'), '--silent', '--testPathIgnorePatterns', 'test/unit/scripts'];
  const env = { ...process.env, PREBUILDS_ONLY: '1', HEBB_DATA: '' };
  return suiteVerdict(capture(node, jest, { cwd: root, env }));
}

function checkNode(major) {
  const node = nodeProgram(major);
  const version = capture(node, ['--version']).stdout.trim();
  row('linux-x64', `Node ${version}`, { loads: smoke(node, []), suite: suite(node) });
}

function checkOthers() {
  const bun = bunProgram();
  row('linux-x64', `Bun ${capture(bun, ['--version']).stdout.trim()}`, { loads: smoke(bun, []), suite: 'smoke' });
  const deno = denoProgram();
  const version = /deno (\S+)/.exec(capture(deno, ['--version']).stdout)?.[1];
  row('linux-x64', `Deno ${version}`, { loads: smoke(deno, ['run', '--allow-all']), suite: 'smoke' });
}

const only = process.argv.indexOf('--node');
for (const major of only < 0 ? NODES : [Number(process.argv[only + 1])]) checkNode(major);
if (only < 0) checkOthers();
