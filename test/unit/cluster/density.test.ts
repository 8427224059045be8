import path from 'node:path';
import { DBSCAN, KMeans, silhouetteScore } from '../../../lib';
import { rejected, thrown } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';
import { golden } from '../../helpers/golden';
import { namedData } from '../../helpers/unsupervised';

interface DbscanCase {
  data: string;
  eps: number;
  minSamples: number;
  labels: number[];
  core: number[];
}
interface KMeansCase {
  data: string;
  labels: number[];
  silhouette: number;
}

const want = golden<{ dbscan: DbscanCase[]; kmeans: KMeansCase[] }>('unsupervised');

describe('DBSCAN', () => {
  for (const { data, eps, minSamples, labels, core } of want.dbscan) {
    it(`agrees with scikit-learn on ${data}, eps ${eps}, minSamples ${minSamples}`, async () => {
      const model = await new DBSCAN({ eps, minSamples }).fit(namedData(data));
      expect([...model.labels]).toEqual(labels);
      expect([...model.coreSampleIndices]).toEqual(core);
    });
  }

  it('saves and loads', async () => {
    const file = path.join(temporary, 'dbscan.safetensors');
    const model = await new DBSCAN({ eps: 0.6, minSamples: 4 }).fit(namedData('iris'));
    expect(new Set(model.labels).size).toBeGreaterThan(2);
    await model.save(file);
    const same = await DBSCAN.load(file);
    expect(same.labels).toEqual(model.labels);
    expect(same.coreSampleIndices).toEqual(model.coreSampleIndices);
    expect((await rejected(KMeans.load(file))).name).toBe('DataError');
    expect((await rejected(new DBSCAN().save(file))).message).toMatch(/fitted before/);
  });

  it('refuses what it cannot use', async () => {
    expect(thrown(() => new DBSCAN({ eps: 0 })).message).toMatch(/`eps`/);
    expect((await rejected(new DBSCAN().fit([]))).message).toMatch(/rows and columns/);
    expect((await rejected(new DBSCAN().fit([[1], [Number.NaN]]))).name).toBe('NonFiniteError');
    expect(thrown(() => new DBSCAN().labels).message).toMatch(/fitted before/);
  });
});

describe('silhouetteScore', () => {
  for (const { data, labels, silhouette } of want.kmeans) {
    it(`agrees with scikit-learn on ${data}`, async () => {
      expect(await silhouetteScore(namedData(data), labels)).toBeCloseTo(silhouette, 5);
    });
  }

  it('refuses one cluster and labels that do not fit', async () => {
    const x = namedData('iris');
    expect((await rejected(silhouetteScore(x, new Array(150).fill(0)))).message).toBe(
      'Expected 2 to 149 clusters for 150 rows, received 1.',
    );
    expect((await rejected(silhouetteScore(x, [1, 2]))).message).toBe(
      'Expected `labels` to have 150 rows to match `X`, received 2.',
    );
  });
});

const temporary = temporaryFolder();
