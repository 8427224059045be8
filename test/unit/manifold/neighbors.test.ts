import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { datasets, Matrix, type NeighborLists, nearestNeighbors, PCA, TSNE, trustworthiness } from '../../../lib';
import { dataPath, describeWithData } from '../../helpers/data';
import { rejected } from '../../helpers/errors';

/** The share of the neighbours in `real` that `found` has too. */
function recall(found: NeighborLists, real: NeighborLists): number {
  const { k } = real;
  let hits = 0;
  for (let at = 0; at < real.indices.length; at += k) {
    const wanted = new Set(real.indices.subarray(at, at + k));
    for (const j of found.indices.subarray(at, at + k)) if (wanted.has(j)) hits++;
  }
  return hits / real.indices.length;
}

describe('nearestNeighbors', () => {
  const { X: digits } = datasets.loadDigits();

  it('finds 95 % of the neighbours of digits, in every metric', async () => {
    for (const metric of ['euclidean', 'cosine', 'manhattan'] as const) {
      const real = await nearestNeighbors(digits, { k: 30, metric });
      const found = await nearestNeighbors(digits, { k: 30, metric, method: 'approximate' });
      expect(recall(found, real)).toBeGreaterThan(0.95);
      const rough = await nearestNeighbors(digits, { k: 30, metric, method: 'approximate', recall: 0.5 });
      expect(recall(rough, real)).toBeGreaterThan(0.45);
      expect(recall(rough, real)).toBeLessThan(recall(found, real));
    }
  });

  it('gives the same lists for the same seed and any number of threads', async () => {
    const run = (seed: number, threads: number) =>
      nearestNeighbors(digits, { k: 20, method: 'approximate', recall: 0.9, seed, threads });
    const first = await run(1, 1);
    expect(await run(1, 2)).toEqual(first);
    expect((await run(2, 2)).indices).not.toEqual(first.indices);
  });

  it('is exact where that is faster, and finds neighbours of other points', async () => {
    const exact = await nearestNeighbors(digits, { k: 15 });
    expect(await nearestNeighbors(digits, { k: 15, method: 'auto' })).toEqual(exact);
    const queries = digits.sliceRows(0, 200);
    const real = await nearestNeighbors(digits, { k: 15, queries });
    const found = await nearestNeighbors(digits, { k: 15, queries, method: 'approximate' });
    expect(recall(found, real)).toBeGreaterThan(0.95);
    for (let i = 0; i < 200; i++) expect(found.indices[i * 15]).toBe(i);
  });

  it('names what is wrong with options', async () => {
    const bad = async (options: object) => (await rejected(nearestNeighbors(digits, options))).message;
    expect(await bad({ method: 'fast' })).toMatch(/`method` to be .*'exact'/);
    expect(await bad({ recall: 1.5 })).toMatch(/`recall`/);
    expect(await bad({ recal: 0.9 })).toMatch(/Did you mean `recall`/);
  });
});

describeWithData('neighbours of MNIST', ['mnist/test-images.idx.gz'], () => {
  it('approximate ones have a recall of 0.95 at k = 90, and make as good a map', async () => {
    const pixels = gunzipSync(readFileSync(dataPath('mnist', 'test-images.idx.gz'))).subarray(16);
    const raw = new Matrix(
      Float32Array.from(pixels, (v) => v / 255),
      10000,
      784,
    );
    const x = await new PCA({ nComponents: 50 }).fitTransform(raw);
    const real = await nearestNeighbors(x, { k: 90 });
    expect(recall(await nearestNeighbors(x, { k: 90, method: 'approximate' }), real)).toBeGreaterThan(0.95);
    const some = x.sliceRows(0, 3000);
    const trust = async (neighbors: 'exact' | 'approximate') =>
      trustworthiness(some, (await new TSNE({ neighbors, nIter: 500 }).fit(some)).embedding);
    expect(await trust('approximate')).toBeGreaterThan((await trust('exact')) - 0.005);
  });
});
