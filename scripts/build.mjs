// Builds what is stale: `node scripts/build.mjs [native] [native-tests] [ts]`.
//
// native        build/Release/hebb.node, configured by cmake-js (offline: node-api-headers), built by CMake
// native-tests  build/hebb_native_tests, from the same objects
// ts            dist/: CommonJS and declarations by tsc, the pages' script by scripts/build-client.mjs, then the ESM
//               entry by scripts/esm-entry.mjs
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fail, root, run, toolPath } from './lib/run.mjs';
import { staleDist } from './lib/stale.mjs';
import { preflightMessage } from './preflight.mjs';

const buildFolder = path.join(root, 'build');

/** A build folder that was configured for this very checkout. */
function isConfigured() {
  if (!['build.ninja', 'Makefile', 'hebb.sln'].some((name) => existsSync(path.join(buildFolder, name)))) return false;
  const cache = readFileSync(path.join(buildFolder, 'CMakeCache.txt'), 'utf8');
  return cache.includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${root.split(path.sep).join('/')}\n`);
}

function configure() {
  const message = preflightMessage();
  if (message) fail(message);
  rmSync(buildFolder, { recursive: true, force: true });
  const args = [toolPath('cmake-js/bin/cmake-js'), 'configure', '--log-level', 'warn'];
  if (process.platform !== 'win32') return run(process.execPath, args);
  // mingw-w64: the sources and flags are GCC's, and cmake-js alone would take Visual Studio.
  run(process.execPath, [...args, '--generator', 'Ninja'], { env: { CXX: 'g++', ...process.env } });
}

function buildNative(targets) {
  if (!isConfigured()) configure();
  const parallel = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(availableParallelism());
  run('cmake', ['--build', buildFolder, '--config', 'Release', '--parallel', parallel, '--target', ...targets]);
}

async function buildTs() {
  if ((await staleDist()) === undefined) return;
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, [toolPath('@typescript/native/bin/tsc'), '-p', 'tsconfig.build.json']);
  run(process.execPath, [path.join(root, 'scripts/build-client.mjs')]);
  run(process.execPath, [path.join(root, 'scripts/esm-entry.mjs')]);
}

const wanted = process.argv.slice(2);
const known = ['native', 'native-tests', 'ts'];
const unknown = wanted.find((name) => !known.includes(name));
if (wanted.length === 0 || unknown) fail(`Usage: node scripts/build.mjs [${known.join('] [')}]`);
if (!existsSync(toolPath('cmake-js'))) fail('Run `npm install` first: node_modules is missing.');

const targets = [wanted.includes('native') && 'hebb', wanted.includes('native-tests') && 'hebb_native_tests'].filter(
  Boolean,
);
if (targets.length > 0) buildNative(targets);
if (wanted.includes('ts')) await buildTs();
