import path from 'node:path';
import { AbortError, KMeans, type KMeansResult, Matrix, Philox } from '../../../lib';
import { rejected, thrown } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';
import { golden, largestError } from '../../helpers/golden';
import { namedData } from '../../helpers/unsupervised';

interface KMeansCase {
  data: string;
  rows: number[];
  weighted: boolean;
  centers: number[];
  labels: number[];
  inertia: number;
}
interface Quality {
  data: string;
  nClusters: number;
  best: number;
}

const want = golden<{ kmeans: KMeansCase[]; kmeansQuality: Quality[] }>('unsupervised');
const temporary = temporaryFolder();

describe('KMeans', () => {
  for (const test of want.kmeans) {
    it(`agrees with scikit-learn from the same start on ${test.data}${test.weighted ? ', weighted' : ''}`, async () => {
      const x = namedData(test.data);
      const model = new KMeans({ nClusters: test.rows.length, init: x.selectRows(test.rows) });
      const sampleWeight = test.weighted ? Array.from({ length: x.rows }, (_, i) => 1 + (i % 5)) : undefined;
      await model.fit(x, { sampleWeight });
      expect([...model.labels]).toEqual(test.labels);
      expect(largestError(model.clusterCenters.data, test.centers)).toBeLessThan(1e-4);
      expect(Math.abs(model.inertia / test.inertia - 1)).toBeLessThan(1e-5);
      expect([...model.predict(x)]).toEqual(test.labels);
      if (!test.weighted) expect(model.score(x)).toBeCloseTo(-model.inertia, 0);
    });
  }

  for (const { data, nClusters, best } of want.kmeansQuality) {
    it(`finds clusters as good as scikit-learn's best of ten on ${data}`, async () => {
      const model = await new KMeans({ nClusters, nInit: 10, seed: 4 }).fit(namedData(data));
      expect(model.inertia).toBeLessThan(best * 1.002);
      const batches = await new KMeans({ nClusters, nInit: 3, batchSize: 64, seed: 4 }).fit(namedData(data));
      expect(batches.inertia).toBeLessThan(best * 1.12);
    });
  }

  it('gives the same bits for the same seed and any number of threads', async () => {
    const x = namedData('digits');
    const run = async (seed: number, threads: number) => new KMeans({ nClusters: 10, seed, threads }).fit(x);
    const [a, b, c] = [await run(1, 1), await run(1, 2), await run(2, 2)];
    expect(b.clusterCenters.data).toEqual(a.clusterCenters.data);
    expect(b.inertia).toBe(a.inertia);
    expect(c.clusterCenters.data).not.toEqual(a.clusterCenters.data);
  });

  it('copes with duplicates, one cluster, a cluster a row, and data far from the origin', async () => {
    const same = Matrix.from(Array.from({ length: 20 }, () => [2, 3]));
    const model = await new KMeans({ nClusters: 4 }).fit(same);
    expect(model.inertia).toBe(0);
    expect((await new KMeans({ nClusters: 1 }).fit(namedData('iris'))).labels.every((l) => l === 0)).toBe(true);
    const few = Matrix.from([
      [0, 1e7],
      [1, 1e7],
      [10, 1e7],
    ]);
    const each = await new KMeans({ nClusters: 3, nInit: 5 }).fit(few);
    expect(each.inertia).toBe(0);
    expect(new Set(each.labels).size).toBe(3);
    expect(largestError(each.transform(few).row(0), each.clusterCenters.column(0).map(Math.abs))).toBeLessThan(1e-5);
  });

  it('a weight is so many rows, and a row of weight 0 none', async () => {
    const x = namedData('iris');
    const counts = Array.from({ length: 150 }, (_, i) => i % 4);
    const repeated = x.selectRows(counts.flatMap((count, i) => new Array<number>(count).fill(i)));
    const init = x.selectRows([1, 51, 101]);
    for (const batchSize of [0, 40]) {
      const weighted = await new KMeans({ nClusters: 3, init, batchSize }).fit(x, { sampleWeight: counts });
      const plain = await new KMeans({ nClusters: 3, init, batchSize }).fit(repeated);
      // Mini-batches draw other rows of the two.
      const tolerance = batchSize === 0 ? 1e-5 : 0.15;
      expect(largestError(weighted.clusterCenters.data, plain.clusterCenters.data)).toBeLessThan(tolerance);
    }
    const lonely = Float32Array.from({ length: 150 }, (_, i) => (i === 7 || i === 90 ? 2 : 0));
    const two = await new KMeans({ nClusters: 2, nInit: 3 }).fit(x, { sampleWeight: lonely });
    expect(two.inertia).toBe(0);
    expect(new Set([two.labels[7], two.labels[90]]).size).toBe(2);
    for (const i of [7, 90]) expect(largestError(two.clusterCenters.row(two.labels[i]), x.row(i))).toBeLessThan(1e-6);
    const refusal = async (sampleWeight: number[]) =>
      (await rejected(new KMeans({ nClusters: 2 }).fit(x.sliceRows(0, 3), { sampleWeight }))).message;
    expect(await refusal([1, 2])).toBe('Expected `sampleWeight` to have 3 rows to match `X`, received 2.');
    expect(await refusal([1, -2, 1])).toMatch(/at least 0, received -2 for row 1/);
    expect(await refusal([1, Number.NaN, 1])).toMatch(/received NaN for row 1/);
    expect(await refusal([0, 0, 0])).toMatch(/above 0, received only zeros/);
  });

  it('rejects with the clusters so far when aborted', async () => {
    const rng = new Philox(1, 1);
    const x = Matrix.from(
      new Float32Array(600_000).map((_, i) => rng.uniform(i)),
      30_000,
      20,
    );
    const controller = new AbortController();
    const model = new KMeans({ nClusters: 200, tol: 0, maxIter: 100_000, nInit: 1000 });
    const error = await model
      .fit(x, { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) })
      .catch((e: unknown) => e as AbortError<KMeansResult>);
    expect(error).toBeInstanceOf(AbortError);
    const { partial, cause } = error as AbortError<KMeansResult>;
    expect((cause as Error).message).toBe('enough');
    const { clusterCenters, labels, inertia, nIter } = partial as KMeansResult;
    expect([clusterCenters.rows, clusterCenters.cols, labels.length]).toEqual([200, 20, 30_000]);
    expect(nIter).toBeGreaterThan(0);
    const known = await new KMeans({ nClusters: 200, init: clusterCenters, maxIter: 1 }).fit(x);
    expect(known.inertia).toBeLessThanOrEqual(inertia);
    expect(thrown(() => model.labels).message).toMatch(/fitted before/);
  });

  it('measures distances to the centers', async () => {
    const x = namedData('iris');
    const model = await new KMeans({ nClusters: 3 }).fit(x);
    const d = model.transform(x);
    for (const i of [0, 70, 149]) {
      for (let c = 0; c < 3; c++) {
        const want = Math.hypot(...Array.from(x.row(i), (v, j) => v - model.clusterCenters.get(c, j)));
        expect(d.get(i, c)).toBeCloseTo(want, 5);
      }
    }
  });

  it('refuses distances that float32 does not hold', async () => {
    const far = Matrix.from([[0], [1e25], [2e25]]);
    expect((await rejected(new KMeans({ nClusters: 2 }).fit(far))).message).toMatch(
      /^Expected values whose squared distances fit in float32, received too large ones in row \d: scale the columns/,
    );
    const near = Matrix.from([[0], [1e-25], [2e-25]]);
    expect((await rejected(new KMeans({ nClusters: 2 }).fit(near))).message).toBe(
      'Expected rows whose squared distances fit in float32, received rows that lie at most 2e-25 from the first: scale ' +
        'the columns, with StandardScaler for example.',
    );
    const model = await new KMeans({ nClusters: 2 }).fit([[0], [1], [2]]);
    for (const call of [() => model.predict(far), () => model.transform(far), () => model.score(far)]) {
      expect(thrown(call)).toMatchObject({ name: 'DataError', message: expect.stringMatching(/fit in float32/) });
    }
  });

  it('saves and loads, and refuses what it cannot use', async () => {
    const x = namedData('iris');
    const file = path.join(temporary, 'kmeans.safetensors');
    const model = await new KMeans({ nClusters: 3 }).fit(x);
    await model.save(file);
    const loaded = await KMeans.load(file);
    expect(loaded.predict(x)).toEqual(model.predict(x));
    expect([loaded.inertia, loaded.nIter]).toEqual([model.inertia, model.nIter]);
    expect((await rejected(new KMeans().fit(x.sliceRows(0, 5)))).message).toBe(
      'Expected `nClusters` to be at most 5 for 5 rows, received 8.',
    );
    expect((await rejected(new KMeans({ nClusters: 2, init: [[1, 2]] }).fit(x))).message).toBe(
      'Expected `init` to be 2 x 4, received 1 x 2.',
    );
    expect(thrown(() => model.predict([[1]])).message).toBe('Expected `X` to have 4 columns as at `fit`, received 1.');
    const controller = new AbortController();
    controller.abort();
    expect((await rejected(model.fit(x, { signal: controller.signal }))).name).toBe('AbortError');
  });
});
