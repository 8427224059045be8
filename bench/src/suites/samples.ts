// Real data for the unsupervised suites: the package's digits, and MNIST from the folder that HEBB_DATA names.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { datasets, Matrix, PCA } from '../../../dist/index.js';

export const digits = (): Matrix => datasets.loadDigits().X;

const folder = process.env.HEBB_DATA === undefined ? undefined : path.join(process.env.HEBB_DATA, 'mnist');

/** Why there is no MNIST, or undefined. */
export function missingMnist(): string | undefined {
  if (folder === undefined) return 'HEBB_DATA is not set';
  return existsSync(path.join(folder, 'train-images.idx.gz')) ? undefined : `${folder} has no MNIST`;
}

let pixels: Matrix | undefined;

/** All 70,000 images, 784 pixels from 0 to 1. */
export function mnistPixels(): Matrix {
  if (pixels === undefined) {
    const parts = ['train', 'test'].map((part) =>
      gunzipSync(readFileSync(path.join(folder!, `${part}-images.idx.gz`))).subarray(16),
    );
    const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) for (const value of part) data[at++] = value / 255;
    pixels = new Matrix(data, data.length / 784, 784);
  }
  return pixels;
}

let labels: Uint8Array | undefined;

/** The digit of each image. */
export function mnistLabels(): Uint8Array {
  labels ??= Uint8Array.from(
    ['train', 'test'].flatMap((part) => [
      ...gunzipSync(readFileSync(path.join(folder!, `${part}-labels.idx.gz`))).subarray(8),
    ]),
  );
  return labels;
}

let reduced: Matrix | undefined;

/** The images of the given rows (default: all) on the 50 principal components of the whole set. */
export async function mnist(rows?: readonly number[]): Promise<Matrix> {
  reduced ??= await new PCA({ nComponents: 50 }).fitTransform(mnistPixels());
  return rows === undefined ? reduced : reduced.selectRows(rows);
}
