import path from 'node:path';
import { type ChildResult, root, runProgram } from './child';

const main = path.join(root, 'dist/cli/main.js');

/** Runs the built command line without a terminal. */
export function hebb(args: string[], options: Parameters<typeof runProgram>[2] = {}): Promise<ChildResult> {
  return runProgram(process.execPath, [main, ...args], options);
}
