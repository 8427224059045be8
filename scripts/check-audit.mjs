// `npm audit` of what users install and of what we develop with. A registry without the audit service, or none at all,
// makes it "not run", which is no failure: `npm run check:audit`.
import { notRunGate } from './lib/gate.mjs';
import { npm } from './lib/package.mjs';
import { fail } from './lib/run.mjs';

function audit() {
  const { stdout, stderr } = npm(['audit', '--json']);
  try {
    return JSON.parse(stdout);
  } catch {
    return { error: { code: 'no JSON', summary: stderr } };
  }
}

const result = audit();
const { vulnerabilities, dependencies } = result.metadata ?? {};
if (vulnerabilities === undefined) {
  // npm's own refusals, such as of a folder without a lockfile, have a code; a registry's have a status or a message.
  if (result.error?.code) fail(`npm audit could not run (${result.error.code}): ${result.error.summary}`);
  const status = result.statusCode ?? /\b[45]\d\d\b/.exec(result.message ?? '')?.[0];
  notRunGate(status ? `the registry has no audit service (HTTP ${status})` : 'the registry did not answer an audit');
} else if (vulnerabilities.total > 0) {
  const names = Object.values(result.vulnerabilities).map(({ name, severity }) => `${name} (${severity})`);
  fail(`npm audit: ${vulnerabilities.total} findings: ${names.join(', ')}`);
} else console.log(`npm audit: nothing found in ${dependencies.total} packages.`);
