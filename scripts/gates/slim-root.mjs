// The prebuilt linux-x64 binary where hardly anything is installed: a root folder with Node and the libraries that Node
// itself loads, and one with Bun and the C library, which has neither libstdc++ nor libgomp. The smoke test on both.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { hasPrograms, row, verdict } from '../lib/gate.mjs';
import { emptyApp, installTarball, packTarball, stagePackage, workFolder } from '../lib/package.mjs';
import { addApp, bareRoot, inRoot } from '../lib/rootfs.mjs';
import { fail } from '../lib/run.mjs';
import { bunProgram, nodeProgram } from '../lib/runtimes.mjs';

// What check-binary allows the addon to need beside the C library.
const LIBGCC = '/lib/x86_64-linux-gnu/libgcc_s.so.1';

if (hasPrograms('linux-x64', 'slim root', ['unshare', 'chroot', 'ldd'])) {
  const work = workFolder('slim');
  const app = emptyApp(work);
  installTarball(app, packTarball(work, stagePackage(work)));

  function check(title, name, program, further) {
    const folder = path.join(work, name);
    mkdirSync(folder);
    const libraries = bareRoot(folder, name, program, further);
    if (libraries.some((library) => library.startsWith('libgomp'))) fail(`${title} has libgomp.`);
    addApp(folder, app);
    const outcome = inRoot(folder, [`/bin/${name}`, '/app/smoke.cjs'], { timeout: 600_000 });
    console.log(`${title}: ${libraries.join(' ')}`);
    return { loads: verdict(outcome), suite: 'smoke', libraries };
  }

  row('linux-x64', 'slim root, Node', check('Node and its libraries', 'node', nodeProgram(20), []));
  const bun = check('Bun, the C library, libgcc', 'bun', bunProgram(), [LIBGCC]);
  if (bun.libraries.some((library) => library.startsWith('libstdc++'))) fail('This root has libstdc++.');
  row('linux-x64', 'no libstdc++, Bun', bun);
}
