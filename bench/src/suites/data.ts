// Generated inputs, the same for every contestant that runs in this process.
import { Matrix } from '../../../dist/index.js';

/** Uniform in [0, 1), from a 32-bit linear congruential generator: the values do not matter, their spread does. */
export function uniformMatrix(rows: number, cols: number, seed = 1): Matrix {
  const data = new Float32Array(rows * cols);
  let state = seed >>> 0;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = state / 2 ** 32;
  }
  return new Matrix(data, rows, cols);
}

/** A class for each row that its first columns decide, so that there is something to learn. */
export function labelsFor(x: Matrix, classes: number): Int32Array {
  const labels = new Int32Array(x.rows);
  const width = Math.max(1, Math.min(8, Math.floor(x.cols / classes)));
  for (let row = 0; row < x.rows; row++) {
    let best = Number.NEGATIVE_INFINITY;
    for (let label = 0; label < classes; label++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += x.data[row * x.cols + ((label * width + k) % x.cols)]!;
      if (sum > best) [best, labels[row]] = [sum, label];
    }
  }
  return labels;
}

/** Floating-point operations of one sample through an MLP: forward, and three times that for a training step less the
 * gradient of the input of the first layer, which nobody needs. */
export function mlpFlops(sizes: readonly number[], training: boolean): number {
  let forward = 0;
  let firstLayer = 0;
  for (let i = 0; i + 1 < sizes.length; i++) {
    const layer = 2 * sizes[i]! * sizes[i + 1]!;
    if (i === 0) firstLayer = layer;
    forward += layer;
  }
  return training ? 3 * forward - firstLayer : forward;
}
