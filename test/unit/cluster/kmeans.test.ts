import path from 'node:path';
import { KMeans, Matrix } from '../../../lib';
import { rejected, thrown } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';
import { golden, largestError } from '../../helpers/golden';
import { namedData } from '../../helpers/unsupervised';

interface KMeansCase {
  data: string;
  rows: number[];
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
    it(`agrees with scikit-learn from the same start on ${test.data}`, async () => {
      const x = namedData(test.data);
      const model = new KMeans({ nClusters: test.rows.length, init: x.selectRows(test.rows) });
      await model.fit(x);
      expect([...model.labels]).toEqual(test.labels);
      expect(largestError(model.clusterCenters.data, test.centers)).toBeLessThan(1e-4);
      expect(Math.abs(model.inertia / test.inertia - 1)).toBeLessThan(1e-5);
      expect([...model.predict(x)]).toEqual(test.labels);
      expect(model.score(x)).toBeCloseTo(-model.inertia, 0);
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
