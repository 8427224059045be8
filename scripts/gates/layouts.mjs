// The ways in which packages are laid out and bundled: npm, pnpm, yarn (node_modules and Plug'n'Play), and an esbuild
// bundle that leaves hebb external.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { cachedPackages, row, verdict } from '../lib/gate.mjs';
import { emptyApp, installTarball, must, packTarball, stagePackage, workFolder } from '../lib/package.mjs';
import { capture, toolPath } from '../lib/run.mjs';

const cache = cachedPackages('layouts', ['pnpm@10', '@yarnpkg/cli-dist@4']);
const pnpm = path.join(cache, 'node_modules/pnpm/bin/pnpm.cjs');
const yarn = path.join(cache, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js');
const work = workFolder('layouts');
const tarball = packTarball(work, stagePackage(work));

function report(name, outcome) {
  row('linux-x64', name, { loads: verdict(outcome), suite: 'smoke' });
}

function checkPnpm() {
  const app = emptyApp(work, 'pnpm');
  must('pnpm add', capture(process.execPath, [pnpm, 'add', '--ignore-scripts', tarball], { cwd: app }));
  report('pnpm layout', capture(process.execPath, ['smoke.cjs'], { cwd: app }));
}

function checkYarn(linker) {
  const app = emptyApp(work, `yarn-${linker}`);
  writeFileSync(
    path.join(app, '.yarnrc.yml'),
    `nodeLinker: ${linker}\nenableTelemetry: false\nenableGlobalCache: false\n`,
  );
  writeFileSync(path.join(app, 'yarn.lock'), '');
  const env = { ...process.env, YARN_ENABLE_IMMUTABLE_INSTALLS: '0' };
  must(`yarn add (${linker})`, capture(process.execPath, [yarn, 'add', `hebb@file:${tarball}`], { cwd: app, env }));
  report(`yarn ${linker}`, capture(process.execPath, [yarn, 'node', 'smoke.cjs'], { cwd: app, env }));
}

function checkBundle() {
  const app = emptyApp(work, 'bundle');
  installTarball(app, tarball);
  const args = [
    'smoke.cjs',
    '--bundle',
    '--platform=node',
    '--external:hebb',
    '--outfile=bundle.cjs',
    '--log-level=error',
  ];
  must('esbuild', capture(process.execPath, [toolPath('esbuild/bin/esbuild'), ...args], { cwd: app }));
  report('esbuild bundle', capture(process.execPath, ['bundle.cjs'], { cwd: app }));
}

checkPnpm();
checkYarn('node-modules');
checkYarn('pnp');
checkBundle();
