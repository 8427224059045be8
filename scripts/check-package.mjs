// Packs hebb, installs the tarball into an empty folder with no compiler on PATH and without install scripts, and uses
// it as CommonJS, ESM and TypeScript (strict, skipLibCheck: false). `node scripts/check-package.mjs [--keep]`.
//
// The tarball holds what prebuilds/ holds; without that folder, the binary of build/Release stands in for the one
// prebuild that this platform needs.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  bareEnvironment,
  emptyApp,
  installTarball,
  must,
  packTarball,
  stagePackage,
  workFolder,
} from './lib/package.mjs';
import { capture, fail, filesBelow, toolPath } from './lib/run.mjs';
import { sizeText, treeSize } from './lib/size.mjs';

const LIMITS = { tarball: 8e6, installed: 25e6 };
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

const tarball = packTarball(work, stagePackage(work));
const stray = (await filesBelow('stage', work)).filter((file) => /\.(env|log|py|test\.ts)$/.test(file));
if (stray.length > 0) fail(`Files that do not belong into the package: ${stray.join(', ')}`);

const app = emptyApp(work);
const env = bareEnvironment(work);
const started = performance.now();
installTarball(app, tarball, env);
const seconds = (performance.now() - started) / 1000;

const sizes = { tarball: treeSize(tarball), installed: treeSize(path.join(app, 'node_modules')) };
checkModules(app, env);
checkTypes(app, env);
checkHygiene(tarball);
for (const [what, bytes] of Object.entries(sizes)) {
  console.log(`${what.padEnd(9)} ${sizeText(bytes).padStart(9)}  (limit ${sizeText(LIMITS[what])})`);
  if (bytes > LIMITS[what]) fail(`The package is over its size budget: ${what}.`);
}
console.log(
  `Installed without compiler and scripts in ${seconds.toFixed(1)} s; loads as CommonJS, ESM and TypeScript.`,
);
