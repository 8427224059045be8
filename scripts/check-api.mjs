// The public API, frozen in etc/hebb.api.md: `node scripts/check-api.mjs` fails when the declarations say something else
// and shows the difference; `--update` writes the report anew, to be reviewed and committed with the change.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { capture, fail, root, run, toolPath } from './lib/run.mjs';

const report = path.join(root, 'etc/hebb.api.md');
const fresh = path.join(root, 'build/api/hebb.api.md');
const update = process.argv.includes('--update');

run(process.execPath, [path.join(root, 'scripts/build.mjs'), 'ts']);
const extractor = toolPath('@microsoft/api-extractor/bin/api-extractor');
const { ok, stdout, stderr } = capture(process.execPath, [extractor, 'run', ...(update ? ['--local'] : [])]);
if (ok) {
  const names = readFileSync(report, 'utf8').match(/^export /gm)?.length ?? 0;
  console.log(`etc/hebb.api.md ${update ? 'holds' : 'agrees with'} the public API: ${names} names.`);
} else {
  const { stdout: difference } = capture('git', ['diff', '--no-index', '--unified=1', report, fresh]);
  const what = difference === '' ? stdout + stderr : difference;
  fail(
    `${what}\nThe public API is not what etc/hebb.api.md says. If that is meant, run \`npm run check:api -- --update\`, review the difference and commit it.`,
  );
}
