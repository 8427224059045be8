// What the release gates share: a row of the table, and programs that npm packages bring.
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, run } from './run.mjs';

/**
 * Reports one line of the release table: platform, runtime, and for built, loads and suite 'yes', 'no', or in short why
 * it was not tried. scripts/release.mjs collects the rows through the file that HEBB_GATE_ROWS names.
 */
export function row(platform, runtime, { built = 'yes', loads, suite = '-' }) {
  console.log(`${platform.padEnd(16)} ${runtime.padEnd(22)} built ${built}, loads ${loads}, suite ${suite}`);
  const file = process.env.HEBB_GATE_ROWS;
  if (file) appendFileSync(file, `${JSON.stringify([platform, runtime, built, loads, suite])}\n`);
  if ([built, loads, suite].includes('no')) process.exitCode = 1;
}

/**
 * Installs npm packages into .cache/<name> once and gives the folder; `packages` are npm's specifiers. No script of
 * theirs is run, and the platform they are for need not be ours.
 */
export function cachedPackages(name, packages, flags = []) {
  const folder = path.join(root, '.cache', name);
  const stamp = path.join(folder, 'installed.json');
  const wanted = JSON.stringify(packages);
  if (!existsSync(stamp)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    run('npm', ['install', ...quiet, ...flags, ...packages], { cwd: folder });
    writeFileSync(stamp, wanted);
  }
  return folder;
}
