// Builds the addon with node-gyp from binding.gyp in a folder of its own and runs a smoke test on what comes out.
// node-gyp always builds into ./build, so the native sources are copied out first: the CMake build stays untouched.
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fail, root, run, toolPath } from './lib/run.mjs';

const require = createRequire(import.meta.url);
const folder = mkdtempSync(path.join(tmpdir(), 'hebb-gyp-'));

/** Headers of the running Node, where its installation has them: node-gyp then downloads nothing. */
function headerArguments() {
  const prefix = path.resolve(path.dirname(process.execPath), '..');
  return existsSync(path.join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

for (const part of ['binding.gyp', 'package.json', 'native']) {
  cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
}
symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
const nodeGyp = toolPath('node-gyp/bin/node-gyp.js');
const jobs = `--jobs=${availableParallelism()}`;
const launcher = process.env.CMAKE_CXX_COMPILER_LAUNCHER;
const env = launcher ? { ...process.env, CXX: `${launcher} ${process.env.CXX ?? 'c++'}` } : process.env;
run(process.execPath, [nodeGyp, 'rebuild', '--silent', jobs, ...headerArguments()], { cwd: folder, env });

const { loadBinding } = require(path.join(root, 'dist/native/load.js'));
const gyp = loadBinding(folder);
const cmake = loadBinding(root);
const names = (binding) => Object.keys(binding).sort().join(', ');
if (names(gyp) !== names(cmake)) fail(`The gyp build exports ${names(gyp)}; the CMake build ${names(cmake)}.`);
const isas = (binding) => binding.info().availableIsas.join(', ');
if (isas(gyp) !== isas(cmake)) fail(`The gyp build runs on ${isas(gyp)}; the CMake build on ${isas(cmake)}.`);
run(process.execPath, [path.join(root, 'scripts/smoke.cjs'), root], {
  env: { ...process.env, HEBB_PREBUILD: folder },
});
console.log(`The gyp build loads, exports the same names and runs on ${isas(gyp)}.`);
