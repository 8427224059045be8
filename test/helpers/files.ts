import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A new folder for each test file, removed at its end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'hebb-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const PYTHON = '/usr/bin/python3';

/** Runs a script of the repository with the system's Python. */
export function runPython(script: string, ...args: string[]): string {
  const file = path.join(__dirname, '..', '..', script);
  return execFileSync(PYTHON, [file, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
}

function lacksNumpy(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import numpy'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
}

/** `describe` for tests that need numpy; skipped, and the title says why, where /usr/bin/python3 lacks it. */
export function describeWithNumpy(title: string, body: () => void): void {
  if (lacksNumpy()) describe.skip(`${title} (skipped: ${PYTHON} has no numpy)`, body);
  else describe(title, body);
}
