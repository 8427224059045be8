// scikit-learn in a Python process, and what the unsupervised suites give it.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Matrix } from '../../../dist/index.js';
import { PythonWorker } from '../peers/python';
import type { SuiteContext } from '../suite';

/** A folder for what contestants hand to each other. */
export const scratch = mkdtempSync(path.join(tmpdir(), 'hebb-bench-'));

export const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1e3;
};

/** Gives the worker a matrix under a name. */
export async function give(worker: PythonWorker, name: string, x: Matrix): Promise<void> {
  const file = path.join(scratch, `${name}.f32`);
  writeFileSync(file, x.data);
  await worker.call('load_matrix', { name, path: file, rows: x.rows, cols: x.cols });
}

/** A worker with scikit-learn, or undefined and a note. */
export async function sklearn(threads: number, context: SuiteContext): Promise<PythonWorker | undefined> {
  const worker = await PythonWorker.start(threads, ['numpy', 'sklearn']);
  if (typeof worker === 'string') {
    context.note(`scikit-learn is left out: ${worker}`);
    return undefined;
  }
  context.version('scikit-learn', worker.versions.sklearn!);
  return worker;
}
