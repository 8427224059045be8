// What the release gates share: a row of the table, and programs that npm packages bring.
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { capture, root, run } from './run.mjs';

function report(line) {
  const file = process.env.HEBB_GATE_ROWS;
  if (file) appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/**
 * Reports one line of the release table: platform, runtime, and for loads and suite 'yes', 'no', or in short what was
 * tried. What does not load has no suite. `built` is told by a gate that did not run the platform's prebuilt binary;
 * otherwise scripts/release.mjs, which collects the rows through the file that HEBB_GATE_ROWS names, looks at that.
 */
export function row(platform, runtime, { built, loads, suite = '-' }) {
  const ran = loads === 'no' ? '-' : suite;
  console.log(`${platform.padEnd(16)} ${runtime.padEnd(22)} loads ${loads}, suite ${ran}`);
  report({ platform, runtime, built, loads, suite: ran });
  if ([built, loads, ran].includes('no')) process.exitCode = 1;
}

/** Reports that something could not be tried on this machine, and why; that is no failure. */
export function notRun(platform, runtime, reason) {
  const text = `not run: ${reason}`;
  console.log(`${platform.padEnd(16)} ${runtime.padEnd(22)} ${text}`);
  report({ platform, runtime, loads: text, suite: '-' });
}

/** The same for a gate that has no rows: the reason stands beside the gate. */
export function notRunGate(reason) {
  console.log(`not run: ${reason}`);
  report(`not run: ${reason}`);
}

/** Whether every program is there; otherwise reports the row as not run and names what is missing. */
export function hasPrograms(platform, runtime, programs) {
  const missing = programs.filter((name) => !capture('sh', ['-c', `command -v ${name}`]).ok);
  if (missing.length > 0) notRun(platform, runtime, `${missing.join(', ')} not installed`);
  return missing.length === 0;
}

/** 'yes' for an outcome without error; prints the end of what a failed one said. */
export function verdict(outcome) {
  if (!outcome.ok) console.error(outcome.stdout.slice(-4000) + outcome.stderr.slice(-4000));
  return outcome.ok ? 'yes' : 'no';
}

/** 'N tests' of one or more jest runs (their summaries are on standard error), 'no' when a test failed. */
export function suiteVerdict(...outcomes) {
  const passed = outcomes.map(({ stderr }) => Number(/^Tests:.*?(\d+) passed/m.exec(stderr)?.[1] ?? 0));
  const verdicts = outcomes.map(verdict);
  return verdicts.includes('no') ? 'no' : `${passed.reduce((sum, count) => sum + count, 0)} tests`;
}

/**
 * Installs npm packages into .cache/<name> once and gives the folder; `packages` are npm's specifiers. No script of
 * theirs is run, and the platform they are for need not be ours.
 */
export function cachedPackages(name, packages, flags = []) {
  const folder = path.join(root, '.cache', name);
  const stamp = path.join(folder, 'installed.json');
  const wanted = JSON.stringify(packages);
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    run('npm', ['install', ...quiet, ...flags, ...packages], { cwd: folder });
    writeFileSync(stamp, wanted);
  }
  return folder;
}
