import { datasets, Matrix, Philox } from '../../lib';
import { golden } from './golden';

interface Golden {
  wide: { rows: number; cols: number; values: number[] };
}

/** Values by row and column. */
export function filled(rows: number, cols: number, value: (i: number, c: number) => number): Matrix {
  return Matrix.from(
    Array.from({ length: rows * cols }, (_, k) => value(Math.floor(k / cols), k % cols)),
    rows,
    cols,
  );
}

/** `count` clusters of `n` points in all; row i belongs to cluster i % count. */
export function clusters(n: number, dims: number, count: number, seed = 1): Matrix {
  const [centers, noise] = [new Philox(seed, 1), new Philox(seed, 2)];
  return filled(n, dims, (i, c) => 12 * centers.uniform((i % count) * dims + c) + noise.uniform(i * dims + c));
}

/** The data sets that scripts/golden/unsupervised.py names. */
export function namedData(name: string): Matrix {
  if (name === 'periodic') return filled(300, 100, (i, c) => (i % 3) * (c % 7));
  if (name === 'groups') return filled(400, 10, (i, c) => (i % 10 === c ? 1 : 0));
  if (name === 'iris3') return filled(150, 3, (i, c) => datasets.loadIris().X.get(i, c));
  if (name === 'iris') return datasets.loadIris().X;
  if (name === 'wine') return datasets.loadWine().X;
  if (name === 'digits') return datasets.loadDigits().X;
  const { values, rows, cols } = golden<Golden>('unsupervised').wide;
  return Matrix.from(values, rows, cols);
}
