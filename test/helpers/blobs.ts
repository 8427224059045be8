import { Matrix, Philox } from '../../lib/data';

/** Gaussian clouds around the corners of a square (class c around corner c), `perClass` rows each, classes in turn. */
export function blobs(perClass: number, classes: number, spread = 0.3, seed = 1): { X: Matrix; y: Int32Array } {
  const rng = new Philox(seed, 99);
  const rows = perClass * classes;
  const X = Matrix.zeros(rows, 2);
  const y = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const c = i % classes;
    y[i] = c;
    X.set(i, 0, (c & 1 ? 1 : -1) + spread * rng.normal(2 * i));
    X.set(i, 1, (c & 2 ? 1 : -1) + spread * rng.normal(2 * i + 1));
  }
  return { X, y };
}

/** Any typed error of the library by class, with a part of its message. */
export const typed = (name: string, message: RegExp) =>
  expect.objectContaining({ name, message: expect.stringMatching(message) });
