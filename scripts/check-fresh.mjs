// Before npm packs or publishes (prepack): dist/ and every prebuilt binary have to be there and younger than their
// sources, or the tarball would hold an old build, or none for some platform.
import { fail } from './lib/run.mjs';
import { staleDist, stalePrebuild } from './lib/stale.mjs';

const PREBUILDS = [
  'linux-x64/hebb.glibc.node',
  'linux-x64/hebb.musl.node',
  'linux-arm64/hebb.glibc.node',
  'win32-x64/hebb.node',
  'darwin-x64/hebb.node',
  'darwin-arm64/hebb.node',
].map((name) => `prebuilds/${name}`);

const problem = (made, cause) => (made === cause ? `${made} is missing` : `${made} is older than ${cause}`);
const problems = [];
const dist = await staleDist();
if (dist !== undefined) problems.push(`${problem('dist/index.d.mts', dist)}: npm run build:ts`);
for (const binary of PREBUILDS) {
  const cause = await stalePrebuild(binary);
  if (cause === undefined) continue;
  const where = binary.includes('darwin') ? ' on a Mac, or take it from the workflow' : '';
  problems.push(`${problem(binary, cause)}: npm run build:prebuilds${where}`);
}
if (problems.length > 0) {
  fail(
    `Expected a package that is complete and fresh. To pack it all the same: npm pack --ignore-scripts.\n${problems.join('\n')}`,
  );
}
