// `npm test`: the native tests, then jest, then one line with the sum. Arguments go to jest, and then only jest runs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fail, root, toolPath } from './lib/run.mjs';

function nativeTests() {
  const places = ['build/hebb_native_tests', 'build/Release/hebb_native_tests.exe', 'build/hebb_native_tests.exe'];
  const binary = places.map((place) => path.join(root, place)).find((place) => existsSync(place));
  if (!binary) fail('The native tests are not built: run `npm test` or `node scripts/build.mjs native-tests`.');
  const { stdout, status, signal } = spawnSync(binary, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stdout.write(stdout);
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(stdout) ?? [];
  if (passed === undefined) fail(`The native tests ended early (${signal ?? `exit code ${status}`}).`);
  return { passed: Number(passed), failed: Number(failed), skipped: 0, ok: status === 0 };
}

function jestTests(args) {
  const folder = mkdtempSync(path.join(tmpdir(), 'hebb-jest-'));
  try {
    const report = path.join(folder, 'report.json');
    const { status } = spawnSync(
      process.execPath,
      [toolPath('jest/bin/jest.js'), '--json', `--outputFile=${report}`, ...args],
      { cwd: root, stdio: ['inherit', 'ignore', 'inherit'] },
    );
    if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0, ok: false };
    const result = JSON.parse(readFileSync(report, 'utf8'));
    const brokenSuites = result.numRuntimeErrorTestSuites;
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + brokenSuites,
      skipped: result.numPendingTests + result.numTodoTests,
      ok: status === 0,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const args = process.argv.slice(2);
const parts = args.length > 0 ? [jestTests(args)] : [nativeTests(), jestTests([])];
const sum = (key) => parts.reduce((total, part) => total + part[key], 0);
const skipped = sum('skipped');
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(parts.every((part) => part.ok) ? 0 : 1);
