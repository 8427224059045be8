// Before npm packs or publishes (prepack): dist/ and every prebuilt binary have to be there and younger than their
// sources, or the tarball would hold an old build, or none for some platform.

import { prebuildName, stalePrebuild, TARGETS } from './lib/prebuilds.mjs';
import { fail } from './lib/run.mjs';
import { staleDist } from './lib/stale.mjs';

const problem = (made, cause) => (made === cause ? `${made} is missing` : `${made} is older than ${cause}`);
const problems = [];
const dist = await staleDist();
if (dist !== undefined) problems.push(`${problem('dist/index.d.mts', dist)}: npm run build:ts`);
for (const target of Object.keys(TARGETS)) {
  const cause = await stalePrebuild(target);
  if (cause === undefined) continue;
  const where = TARGETS[target].host === 'darwin' ? ' on a Mac, or take it from the workflow' : '';
  problems.push(`${problem(`prebuilds/${prebuildName(target)}`, cause)}: npm run build:prebuilds${where}`);
}
if (problems.length > 0) {
  fail(
    `Expected a package that is complete and fresh. To pack it all the same: npm pack --ignore-scripts.\n${problems.join('\n')}`,
  );
}
