// The prebuilt linux-x64 binary on an older Debian: the oldest suite that this machine's own apt archive still offers,
// installed by debootstrap into .cache. The smoke test on Node 20, and with --suite the unit tests. What the archive
// lacks is reported; the symbol floor (scripts/check-binary.mjs) holds for those.
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { hasPrograms, notRun, row, suiteVerdict, verdict } from '../lib/gate.mjs';
import { emptyApp, installTarball, packTarball, stagePackage, workFolder } from '../lib/package.mjs';
import { addApp, copyInto, inRoot } from '../lib/rootfs.mjs';
import { capture, root, toolPath } from '../lib/run.mjs';
import { nodeProgram } from '../lib/runtimes.mjs';

// Suites older than bookworm that Node 20 runs on, oldest first.
const SUITES = [
  { suite: 'buster', glibc: '2.28' },
  { suite: 'bullseye', glibc: '2.31' },
];

/** The address of the first Debian archive in apt's configuration. */
function archive() {
  const folder = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(folder) ? readdirSync(folder).map((f) => `${folder}/${f}`) : []),
  ];
  const texts = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
  const pattern = /^(?:URIs:|deb)\s+(?:\[[^\]]*\]\s+)?(\S+\/debian)\/?(?:\s|$)/m;
  return texts.map((text) => pattern.exec(text)?.[1]).find(Boolean);
}

/** A root folder with the suite, made once; undefined with the reason when the archive has none. */
function debian(suite) {
  const folder = path.join(root, '.cache/roots', suite);
  if (existsSync(folder)) return { folder };
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const options = ['--variant=minbase', '--include=libstdc++6,libatomic1'];
  const outcome = capture('debootstrap', [...options, suite, partial, archive()]);
  if (outcome.ok) renameSync(partial, folder);
  else rmSync(partial, { recursive: true, force: true });
  return outcome.ok ? { folder } : { reason: `the apt archive does not offer Debian ${suite}` };
}

function check({ suite, glibc }, app) {
  const { folder, reason } = debian(suite);
  const title = `${suite} (glibc ${glibc})`;
  if (!folder) return notRun('linux-x64', title, reason);
  rmSync(path.join(folder, 'app'), { recursive: true, force: true });
  addApp(folder, app);
  copyInto(folder, nodeProgram(20), 'opt/node');
  const smoke = inRoot(folder, ['/opt/node', '/app/smoke.cjs'], { timeout: 600_000 });
  if (smoke.ok) process.stdout.write(smoke.stdout);
  let tests = 'smoke';
  if (process.argv.includes('--suite')) {
    const modules = realpathSync(toolPath());
    const binds = modules.startsWith(`${root}/`) ? [root] : [root, modules];
    const options = ['--rootDir', root, '--runInBand', '--silent', '--testPathIgnorePatterns', 'test/unit/scripts'];
    const env = { PREBUILDS_ONLY: '1', HEBB_DATA: '' };
    // chroot starts in `/`; tests that start Node do so from the checkout.
    const jest = [
      '/usr/bin/env',
      '-C',
      root,
      '/opt/node',
      toolPath('jest/bin/jest.js'),
      ...options,
      '--',
      `${root}/test/unit`,
    ];
    tests = suiteVerdict(inRoot(folder, jest, { binds, env }));
  }
  row('linux-x64', title, { loads: verdict(smoke), suite: tests });
}

if (process.getuid() !== 0) notRun('linux-x64', 'old root', 'debootstrap needs root');
else if (hasPrograms('linux-x64', 'old root', ['debootstrap', 'unshare', 'chroot'])) {
  if (!archive()) notRun('linux-x64', 'old root', 'no Debian archive in the apt configuration');
  else {
    const work = workFolder('old-root');
    const app = emptyApp(work);
    installTarball(app, packTarball(work, stagePackage(work)));
    for (const suite of SUITES) check(suite, app);
  }
}
