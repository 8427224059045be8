// What makes maps by t-SNE: each contestant takes the points and a start and gives its map with the seconds it took.
import { readFileSync } from 'node:fs';
import { Matrix } from '../../../dist/index.js';

/** Points to map, their labels, and the first principal components, of which the first has standard deviation 1e-4. */
export interface MapWork {
  name: string;
  x: Matrix;
  labels: ArrayLike<number>;
  start: Matrix;
}

export interface MapRun {
  seconds: number;
  map?: Matrix;
}

export interface Mapper {
  name: string;
  /** @param start the work's own, or a copy a little beside it */
  run(work: MapWork, start: Matrix): Promise<MapRun>;
}

/** A map that a peer wrote, row by row. */
export function readMap(file: string, rows: number, cols: number, bytes: 4 | 8): Matrix {
  const { buffer, byteOffset, byteLength } = readFileSync(file);
  const own = buffer.slice(byteOffset, byteOffset + byteLength);
  return new Matrix(bytes === 4 ? new Float32Array(own) : Float32Array.from(new Float64Array(own)), rows, cols);
}
