#!/usr/bin/env node
// Stands in for node-gyp where prebuildify expects it: `cmake-gyp.cjs rebuild --arch=ARCH [--debug] ...`. Builds with
// cmake-js into ./build of the current folder, which need not be the package's.
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const args = process.argv.slice(2);
const arch = args.find((arg) => arg.startsWith('--arch='))?.slice('--arch='.length) ?? process.arch;
const command = ['rebuild', '--directory', root, '--out', path.resolve('build'), '--arch', arch, '--target', 'hebb'];
if (args.includes('--debug')) command.push('--debug');
if (process.env.HEBB_TOOLCHAIN) command.push(`--CDCMAKE_TOOLCHAIN_FILE=${process.env.HEBB_TOOLCHAIN}`);
const cmakeJs = path.join(root, 'node_modules/cmake-js/bin/cmake-js');
process.exit(spawnSync(process.execPath, [cmakeJs, ...command], { stdio: 'inherit' }).status ?? 1);
