// The ways in which packages are laid out and bundled: pnpm, yarn (classic, node_modules and Plug'n'Play), and an esbuild
// bundle that leaves hebb external. With their default settings, and nothing on PATH but Node: nobody may take hebb for a
// package that has to be built or approved.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { cachedPackages, row, verdict } from '../lib/gate.mjs';
import {
  bareEnvironment,
  emptyApp,
  installTarball,
  must,
  packTarball,
  stagePackage,
  workFolder,
} from '../lib/package.mjs';
import { capture, fail, toolPath } from '../lib/run.mjs';

const cache = cachedPackages('layouts', ['pnpm@10', '@yarnpkg/cli-dist@4', 'yarn-classic@npm:yarn@1']);
const pnpm = path.join(cache, 'node_modules/pnpm/bin/pnpm.cjs');
const yarn = path.join(cache, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js');
const yarnClassic = path.join(cache, 'node_modules/yarn-classic/bin/yarn.js');
const work = workFolder('layouts');
const bare = bareEnvironment(work);
const tarball = packTarball(work, stagePackage(work));

function report(name, outcome) {
  row('linux-x64', name, { loads: verdict(outcome), suite: 'smoke' });
}

/** Installs by a package manager, which must not speak of scripts that build hebb. */
function install(what, args, app, env = bare) {
  const outcome = capture(process.execPath, args, { cwd: app, env });
  must(what, outcome);
  const said = outcome.stdout + outcome.stderr;
  if (/build scripts|node-gyp(?!-build)/.test(said)) fail(`${what} wants to build hebb:\n${said}`);
}

function checkPnpm() {
  const app = emptyApp(work, 'pnpm');
  install('pnpm add', [pnpm, 'add', tarball], app);
  report('pnpm layout', capture(process.execPath, ['smoke.cjs'], { cwd: app }));
}

function checkYarnClassic() {
  const app = emptyApp(work, 'yarn-classic');
  install('yarn add (classic)', [yarnClassic, 'add', `file:${tarball}`, '--no-lockfile'], app);
  report('yarn classic', capture(process.execPath, ['smoke.cjs'], { cwd: app }));
}

function checkYarn(linker) {
  const app = emptyApp(work, `yarn-${linker}`);
  writeFileSync(
    path.join(app, '.yarnrc.yml'),
    `nodeLinker: ${linker}\nenableTelemetry: false\nenableGlobalCache: false\n`,
  );
  writeFileSync(path.join(app, 'yarn.lock'), '');
  const env = { ...bare, YARN_ENABLE_IMMUTABLE_INSTALLS: '0' };
  install(`yarn add (${linker})`, [yarn, 'add', `hebb@file:${tarball}`], app, env);
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
checkYarnClassic();
checkYarn('node-modules');
checkYarn('pnp');
checkBundle();
