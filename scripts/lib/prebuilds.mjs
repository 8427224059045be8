// The prebuilt binaries: which there are, where each lies, and whether it was made from the sources as they are now.
import path from 'node:path';
import { filesBelow, root } from './run.mjs';
import { youngerThan } from './stale.mjs';

/** Every target; `host` names the one system that can build it, the others are made on Debian x86-64. */
export const TARGETS = {
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

/** Where the package has the binary of a target, below prebuilds/. */
export function prebuildName(target) {
  const { platform, arch, libc } = TARGETS[target];
  return `${platform}-${arch}/${libc === '' ? 'hebb.node' : `hebb.${libc}.node`}`;
}

export function prebuildPath(target) {
  return path.join(root, 'prebuilds', prebuildName(target));
}

/** What makes the binary of a target out of date: a native source, the list of them, or the missing binary itself. */
export async function stalePrebuild(target) {
  const sources = ['CMakeLists.txt', ...(await filesBelow('native'))];
  return youngerThan(path.relative(root, prebuildPath(target)), sources);
}

/** 'yes', 'no' when there is no binary of a target, 'stale' when a source has changed since it was built. */
export async function prebuildState(target) {
  const cause = await stalePrebuild(target);
  if (cause === undefined) return 'yes';
  return cause === path.relative(root, prebuildPath(target)) ? 'no' : 'stale';
}
