// Packs hebb, installs the tarball into an empty folder with no compiler on PATH and without install scripts, and uses
// it as CommonJS, ESM and TypeScript (strict, skipLibCheck: false). Prints the size budgets, and the time from an empty
// folder to the end of the README's first example. `node scripts/check-package.mjs [--keep]`.
//
// The tarball holds what prebuilds/ holds; without that folder, the binary of build/Release stands in for the one
// prebuild that this platform needs.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  bareEnvironment,
  emptyApp,
  installTarball,
  must,
  npm,
  packTarball,
  stagePackage,
  workFolder,
} from './lib/package.mjs';
import { firstExample } from './lib/readme.mjs';
import { capture, fail, filesBelow, toolPath } from './lib/run.mjs';
import { sizeText, treeSize } from './lib/size.mjs';

const LIMITS = { binary: 2e6, tarball: 8e6, installed: 25e6 };
const work = workFolder('package');

const CONSUMER = `import { HebbError, Matrix, nativeInfo, setThreads } from 'hebb';
setThreads(1);
const isa: string = nativeInfo().isa;
const rows: number = Matrix.from([[1, 2]]).rows;
const error: Error & { code: string } = new HebbError('ERR_DATA', isa + rows);
console.log(error.code);
`;

/** A consumer's TypeScript in every module system that resolves the exports map. */
function checkTypes(app, env) {
  mkdirSync(path.join(app, 'node_modules/@types'), { recursive: true });
  for (const name of ['@types/node', 'undici-types']) {
    cpSync(toolPath(name), path.join(app, 'node_modules', name), { recursive: true });
  }
  writeFileSync(path.join(app, 'esm.mts'), CONSUMER);
  writeFileSync(path.join(app, 'common.cts'), CONSUMER);
  const settings = [
    ['node20', 'node16', ['esm.mts', 'common.cts']],
    ['esnext', 'bundler', ['esm.mts']],
  ];
  for (const [module, moduleResolution, files] of settings) {
    const base = { strict: true, skipLibCheck: false, target: 'es2022', types: ['node'], outDir: 'out' };
    writeFileSync(
      path.join(app, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...base, module, moduleResolution }, files }),
    );
    const tsc = [toolPath('@typescript/native/bin/tsc'), '-p', app];
    must(`TypeScript, module ${module}`, capture(process.execPath, tsc, { cwd: app, env }));
  }
  for (const file of ['out/esm.mjs', 'out/common.cjs']) {
    must(`Compiled TypeScript (${file})`, capture(process.execPath, [file], { cwd: app, env }));
  }
}

function checkModules(app, env) {
  process.stdout.write(must('The smoke test', capture(process.execPath, ['smoke.cjs'], { cwd: app, env })));
  const esm = "import { nativeInfo } from 'hebb'; if (!nativeInfo().isa) throw new Error('no kernels');";
  must('ESM', capture(process.execPath, ['--input-type=module', '-e', esm], { cwd: app, env }));
  const bin = path.join(app, 'node_modules/hebb/dist/cli/main.js');
  must('hebb doctor', capture(process.execPath, [bin, 'doctor'], { cwd: app, env }));
}

/** publint and are-the-types-wrong on the tarball itself. */
function checkHygiene(tarball) {
  must('publint', capture(process.execPath, [toolPath('publint/src/cli.js'), 'run', tarball, '--strict']));
  const attw = toolPath('@arethetypeswrong/cli/dist/index.js');
  must('are-the-types-wrong', capture(process.execPath, [attw, tarball, '--no-color']));
}

/** Seconds of `npm init -y`, `npm install TARBALL` and the README's first example, npm's cache being warm. */
function timeFirstExample(tarball, env) {
  const folder = path.join(work, 'first');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'example.mjs'), firstExample());
  const steps = [
    ['npm init -y', () => npm(['init', '-y'], { cwd: folder, env })],
    [
      'npm install',
      () => npm(['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd: folder, env }),
    ],
    ['example', () => capture(process.execPath, ['example.mjs'], { cwd: folder, env })],
  ];
  const seconds = steps.map(([name, step]) => {
    const started = performance.now();
    must(name, step());
    return (performance.now() - started) / 1000;
  });
  const total = seconds.reduce((sum, time) => sum + time, 0);
  const parts = steps.map(([name], i) => `${name} ${seconds[i].toFixed(1)} s`).join(', ');
  console.log(`First example from an empty folder: ${total.toFixed(1)} s (goal 5 s): ${parts}`);
}

/** Prints every size beside its limit; ends this process when one is over. */
async function checkBudgets(tarball, app) {
  const binaries = (await filesBelow('stage/prebuilds', work)).filter((file) => file.endsWith('.node'));
  const rows = [
    ...binaries.map((file) => [file.slice('stage/'.length), treeSize(path.join(work, file)), LIMITS.binary]),
    [`tarball (${binaries.length} binaries, English model)`, treeSize(tarball), LIMITS.tarball],
    ['installed, with its dependencies', treeSize(path.join(app, 'node_modules')), LIMITS.installed],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  for (const [what, bytes, limit] of rows) {
    console.log(`${what.padEnd(width)} ${sizeText(bytes).padStart(9)}  (limit ${sizeText(limit)})`);
  }
  const over = rows.find(([, bytes, limit]) => bytes > limit);
  if (over) fail(`Over its size budget: ${over[0]}.`);
}

const stage = stagePackage(work);
const tarball = packTarball(work, stage);
const stray = (await filesBelow('stage', work)).filter((file) => /\.(env|log|py|test\.ts)$/.test(file));
if (stray.length > 0) fail(`Files that do not belong into the package: ${stray.join(', ')}`);
// pnpm and yarn take a package with this file for one that node-gyp has to build, whatever package.json says.
if (existsSync(path.join(stage, 'binding.gyp'))) fail('binding.gyp does not belong into the package.');
if (!existsSync(path.join(stage, 'data/ner/english.safetensors'))) fail('The package lacks the English model.');
const lost = [...readFileSync(path.join(stage, 'README.md'), 'utf8').matchAll(/\]\(([^):#]+)(?:#[^)]*)?\)/g)]
  .map(([, link]) => link)
  .filter((link) => !existsSync(path.join(stage, link)));
if (lost.length > 0) fail(`README.md links to files that the package lacks: ${lost.join(', ')}`);

const app = emptyApp(work);
const env = bareEnvironment(work);
installTarball(app, tarball, env);
checkModules(app, env);
checkTypes(app, env);
checkHygiene(tarball);
// What was installed for the types is no part of hebb.
for (const name of ['@types', 'undici-types']) {
  rmSync(path.join(app, 'node_modules', name), { recursive: true, force: true });
}
await checkBudgets(tarball, app);
timeFirstExample(tarball, env);
console.log(
  'Installed without compiler and scripts; loads as CommonJS, ESM and TypeScript; types and exports are right.',
);
