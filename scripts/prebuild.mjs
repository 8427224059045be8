// Builds the prebuilt binaries into prebuilds/: `scripts/prebuild [TARGET...]` (default: all that a Debian x86-64 machine
// can make). prebuildify drives cmake-js; each target has a toolchain file of its own, but those for macOS, which are
// built on a Mac (the workflow does it). A target that fails does not keep the others from being built.
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { prebuildPath, TARGETS } from './lib/prebuilds.mjs';
import { attempt, fail, root, toolPath } from './lib/run.mjs';
import { zigPrograms } from './lib/zig.mjs';

/** Builds one target and looks into the binary; says whether all went well. */
function build(target) {
  const { platform, arch, libc, strip, toolchain, zig } = TARGETS[target];
  const cwd = path.join(root, '.cache/prebuild', target);
  rmSync(cwd, { recursive: true, force: true });
  rmSync(prebuildPath(target), { force: true });
  mkdirSync(cwd, { recursive: true });
  const env = { CMAKE_BUILD_PARALLEL_LEVEL: String(availableParallelism()), ...process.env };
  if (toolchain) env.HEBB_TOOLCHAIN = path.join(root, 'scripts/toolchains', toolchain);
  if (zig) {
    const bin = zigPrograms();
    if (!bin) return false;
    env.PATH = `${bin}${path.delimiter}${env.PATH}`;
  }
  const args = ['--napi', '--strip', '--strip-bin', strip, '--platform', platform, '--arch', arch, '--name', 'hebb'];
  if (libc !== '') args.push('--tag-libc', '--libc', libc);
  args.push('--node-gyp', path.join(root, 'scripts/cmake-gyp.cjs'), '--cwd', cwd, '--out', root);
  return (
    attempt(process.execPath, [toolPath('prebuildify/bin.js'), ...args], { env }) &&
    attempt(process.execPath, [path.join(root, 'scripts/check-binary.mjs'), prebuildPath(target)])
  );
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TARGETS).filter((t) => !TARGETS[t].host);
for (const target of wanted) {
  if (!(target in TARGETS)) fail(`Unknown target ${target}; known: ${Object.keys(TARGETS).join(', ')}.`);
  const { host } = TARGETS[target];
  if (host && host !== process.platform) fail(`${target} can only be built on ${host}.`);
}
const failed = wanted.filter((target) => {
  console.log(`\n==> ${target}`);
  return !build(target);
});
if (failed.length > 0) fail(`\nNot built: ${failed.join(', ')}`);
