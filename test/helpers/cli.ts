import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Matrix } from '../../lib/data';
import { type ChildResult, root, runProgram } from './child';
import { temporaryFolder } from './files';

const main = path.join(root, 'dist/cli/main.js');

/** Runs the built command line without a terminal. */
export function hebb(args: string[], options: Parameters<typeof runProgram>[2] = {}): Promise<ChildResult> {
  return runProgram(process.execPath, [main, ...args], options);
}

/** A new folder for the files of a test file, and what is done in it. */
export function commandFolder() {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder, name);
  return {
    folder,
    at,
    /** Writes a file and gives its name back. */
    write(name: string, text: string | Buffer): string {
      writeFileSync(at(name), text);
      return name;
    },
    run: (...args: string[]) => hebb(args, { cwd: folder }),
  };
}

/** A data set as CSV text, its targets in the column `label`. */
export function csvOf(data: { X: Matrix; y: ArrayLike<unknown>; featureNames: string[] }): string {
  const rows = Array.from(data.y, (label, i) => [...data.X.row(i), label].join(','));
  return `${[...data.featureNames, 'label'].join(',')}\n${rows.join('\n')}\n`;
}
