// The prebuilt musl binary on musl: the smoke test on Bun's musl build, in a root folder with Debian's musl and nothing
// of glibc, nor /etc/alpine-release: not every system with musl is Alpine. That Bun needs libstdc++; Debian's runs on musl
// over the few functions of glibc that musl-compat.c stands in for. No musl Node is published on npm: the workflow runs the
// suite on one. Needs `apt install musl gcc`.
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { cachedPackages, hasPrograms, notRun, row, verdict } from '../lib/gate.mjs';
import { emptyApp, installTarball, must, packTarball, stagePackage, workFolder } from '../lib/package.mjs';
import { addApp, copyInto, inRoot } from '../lib/rootfs.mjs';
import { capture, root } from '../lib/run.mjs';

const LOADER = '/lib/ld-musl-x86_64.so.1';
const LIBRARIES = '/lib/x86_64-linux-gnu';
const TITLE = 'Bun on musl';

function muslRoot(folder) {
  for (const place of ['bin', 'lib', 'tmp', 'proc', 'dev']) mkdirSync(path.join(folder, place), { recursive: true });
  copyInto(folder, LOADER);
  symlinkSync(path.basename(LOADER), path.join(folder, 'lib/libc.musl-x86_64.so.1'));
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) copyInto(folder, `${LIBRARIES}/${name}`, `lib/${name}`);
  const compat = ['-shared', '-fPIC', '-O2', '-nostdlib', '-Wl,-soname,ld-linux-x86-64.so.2'];
  const source = path.join(root, 'scripts/gates/musl-compat.c');
  must('gcc', capture('gcc', [...compat, source, '-o', path.join(folder, 'lib/ld-linux-x86-64.so.2')]));
  const flags = ['--force', '--os=linux', '--cpu=x64', '--libc=musl'];
  const cache = cachedPackages('musl', ['@oven/bun-linux-x64-musl@1'], flags);
  copyInto(folder, path.join(cache, 'node_modules/@oven/bun-linux-x64-musl/bin/bun'), 'bin/bun');
}

const prebuilds = path.join(root, 'prebuilds/linux-x64');
if (!existsSync(path.join(prebuilds, 'hebb.musl.node'))) {
  notRun('linux-x64-musl', TITLE, 'no prebuild: run `scripts/prebuild linux-x64-musl`');
} else if (!existsSync(LOADER)) notRun('linux-x64-musl', TITLE, "Debian's package musl is not installed");
else if (hasPrograms('linux-x64-musl', TITLE, ['unshare', 'chroot', 'gcc'])) {
  const work = workFolder('musl');
  const app = emptyApp(work);
  installTarball(app, packTarball(work, stagePackage(work)));
  const folder = path.join(work, 'root');
  muslRoot(folder);
  addApp(folder, app);
  const outcome = inRoot(folder, ['/bin/bun', '/app/smoke.cjs'], { timeout: 600_000 });
  process.stdout.write(outcome.stdout);
  const held = readdirSync(path.join(folder, 'lib')).join(' ');
  console.log(`The root holds ${held}`);
  row('linux-x64-musl', TITLE, { loads: verdict(outcome), suite: 'smoke' });
}
