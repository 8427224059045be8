import path from 'node:path';
import { Matrix, TSNE } from '../../../../dist/index.js';
import { type Mapper, type MapWork, readMap } from '../../peers/maps';
import type { PythonWorker } from '../../peers/python';
import { give, scratch } from '../sklearn';

export function hebbMapper(threads: number): Mapper {
  return {
    name: 'hebb',
    async run({ x }, init) {
      const began = performance.now();
      const { embedding } = await new TSNE({ nComponents: init.cols as 2 | 3, init, threads }).fitTransform(x);
      return { seconds: (performance.now() - began) / 1e3, map: embedding };
    },
  };
}

export function sklearnMapper(worker: PythonWorker): Mapper {
  const out = path.join(scratch, 'sklearn-map.f32');
  return {
    name: 'scikit-learn',
    async run({ name, x }, start) {
      await give(worker, name, x);
      await give(worker, `${name} start`, start);
      const seconds = await worker.call<number>('sklearn_tsne', { name, dims: start.cols, out });
      return { seconds, map: readMap(out, x.rows, start.cols, 4) };
    },
  };
}

/** Starts a little beside the work's own, which is the first: what a seed is to runs from one start. */
export function startOf({ start }: MapWork, seed: number): Matrix {
  const factor = 1 + 0.01 * (seed % 2 === 0 ? -seed / 2 : (seed + 1) / 2);
  return new Matrix(
    start.data.map((value) => value * factor),
    start.rows,
    start.cols,
  );
}
