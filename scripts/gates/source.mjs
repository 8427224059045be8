// A platform without a prebuilt binary: the tarball without prebuilds, installed. The first use must say what is
// missing and how to mend it; `hebb doctor` too; `hebb build` must compile from source with plain CMake, and what it
// built must load and pass the smoke test.
import path from 'node:path';
import { hasPrograms, row, verdict } from '../lib/gate.mjs';
import { emptyApp, installTarball, must, packTarball, stagePackage, workFolder } from '../lib/package.mjs';
import { capture, fail } from '../lib/run.mjs';

const platform = `${process.platform}-${process.arch}`;
const TITLE = 'hebb build (source)';

/** Both the library and the command line name the platform, what was looked for, and the fix. */
function checkMessages(app, cli) {
  const use = "try { require('hebb').nativeInfo(); } catch (error) { console.log(error.code, error.message); }";
  const thrown = must('Using hebb without a binary', capture(process.execPath, ['-e', use], { cwd: app }));
  const doctor = capture(process.execPath, [cli, 'doctor'], { cwd: app });
  if (doctor.ok) fail('`hebb doctor` ended with 0 although there is no binary.');
  const parts = [`${process.platform} ${process.arch}`, process.versions.node, 'prebuilds', 'npx hebb build'];
  if (process.platform === 'linux') parts.push(process.report.getReport().header.glibcVersionRuntime ?? 'musl');
  for (const text of [thrown, doctor.stdout + doctor.stderr]) {
    const missing = parts.find((part) => !text.includes(part));
    if (missing) fail(`The load error does not name ${missing}:\n${text}`);
  }
  if (!thrown.startsWith('ERR_LOAD ')) fail(`Expected the code ERR_LOAD: ${thrown}`);
  console.log(thrown.trim());
}

if (hasPrograms(platform, TITLE, ['cmake', 'c++'])) {
  const work = workFolder('source');
  const app = emptyApp(work);
  installTarball(app, packTarball(work, stagePackage(work, 'none')));
  const cli = path.join(app, 'node_modules/hebb/dist/cli/main.js');
  checkMessages(app, cli);
  // With ccache the objects of an earlier run serve again, whatever the name of the temporary folder.
  const env = { ...process.env, CCACHE_BASEDIR: work, CCACHE_NOHASHDIR: '1' };
  const built = verdict(capture(process.execPath, [cli, 'build'], { cwd: app, env }));
  const smoke = capture(process.execPath, ['smoke.cjs'], { cwd: app });
  process.stdout.write(smoke.stdout);
  row(platform, TITLE, { built, loads: verdict(smoke), suite: 'smoke' });
}
