import { existsSync } from 'node:fs';
import path from 'node:path';

const folder = process.env.HEBB_DATA;

/** A path inside the data folder that HEBB_DATA names. Call it inside `describeWithData` or `testWithData` only. */
export function dataPath(...parts: string[]): string {
  if (folder === undefined) throw new Error('HEBB_DATA is not set: guard this test with describeWithData.');
  return path.resolve(folder, ...parts);
}

/** Why tests that need `needed` (paths inside the data folder) cannot run, or undefined when they can. */
function missing(needed: string[]): string | undefined {
  if (folder === undefined || folder === '') return 'HEBB_DATA is not set';
  const absent = needed.find((part) => !existsSync(path.resolve(folder, part)));
  return absent === undefined ? undefined : `HEBB_DATA (${folder}) has no ${absent}`;
}

/**
 * `describe` for tests on data sets that are not in the repository. They are skipped, and the reason stands in their
 * title, when HEBB_DATA is not set or lacks one of `needed`: describeWithData('MNIST', ['mnist'], () => { ... }).
 */
export function describeWithData(title: string, needed: string[], body: () => void): void {
  const reason = missing(needed);
  if (reason === undefined) describe(title, body);
  else describe.skip(`${title} (skipped: ${reason})`, body);
}
