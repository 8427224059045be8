import path from 'node:path';
import { DBSCAN, type DbscanMetric, KMeans, Matrix, silhouetteScore } from '../../../lib';
import { rejected, thrown } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';
import { golden } from '../../helpers/golden';
import { filled, namedData } from '../../helpers/unsupervised';

interface DbscanCase {
  data: string;
  metric: DbscanMetric;
  eps: number;
  minSamples: number;
  labels: number[];
  core: number[];
}
interface KMeansCase {
  data: string;
  weighted: boolean;
  labels: number[];
  silhouette: number;
}

const want = golden<{ dbscan: DbscanCase[]; kmeans: KMeansCase[] }>('unsupervised');

/** Euclidean distances of all pairs of rows. */
function distances(x: Matrix): Matrix {
  const rows = x.toArray();
  return Matrix.from(rows.map((a) => rows.map((b) => Math.hypot(...a.map((v, c) => v - b[c])))));
}

describe('DBSCAN', () => {
  for (const { data, metric, eps, minSamples, labels, core } of want.dbscan) {
    it(`agrees with scikit-learn on ${data}, ${metric}, eps ${eps}, minSamples ${minSamples}`, async () => {
      const x = namedData(data);
      const given = metric === 'precomputed' ? distances(x) : x;
      const model = await new DBSCAN({ eps, minSamples, metric }).fit(given);
      expect([...model.labels]).toEqual(labels);
      expect([...model.coreSampleIndices]).toEqual(core);
    });
  }

  it.each(['euclidean', 'cosine', 'manhattan'] as const)(
    'gives rows the cluster of their nearest core, %s',
    async (metric) => {
      const x = namedData('iris');
      const eps = { euclidean: 0.5, cosine: 0.002, manhattan: 0.8 }[metric];
      const model = await new DBSCAN({ eps, metric }).fit(x);
      const labels = model.predict(x);
      for (const i of model.coreSampleIndices) expect(labels[i]).toBe(model.labels[i]);
      // Border rows and noise: near to some core, or to none.
      labels.forEach((label, i) => {
        expect(label === -1).toBe(model.labels[i] === -1);
      });
      const far = metric === 'cosine' ? [[-1, 2, -3, 0.5]] : [[90, 0, 0, 0]];
      expect([...model.predict(far)]).toEqual([-1]);
      const file = path.join(temporary, `${metric}.safetensors`);
      await model.save(file);
      expect((await DBSCAN.load(file)).predict(x)).toEqual(labels);
    },
  );

  it('without cores takes every row for noise', async () => {
    const model = await new DBSCAN({ eps: 1e-3 }).fit(namedData('wine'));
    expect(model.coreSampleIndices.length).toBe(0);
    expect(new Set(model.predict(namedData('wine')))).toEqual(new Set([-1]));
  });

  it('is aborted, and tells how far it is', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = (done: number) => {
      seen.push(done);
      controller.abort();
    };
    const x = filled(20_000, 30, (i, c) => Math.sin(i * (c + 1)));
    expect((await rejected(new DBSCAN().fit(x, { signal: controller.signal, onProgress }))).name).toBe('AbortError');
    expect(seen[0]).toBeLessThan(1);
  });

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
    const precomputed = new DBSCAN({ metric: 'precomputed' });
    expect((await rejected(precomputed.fit([[0, 1]]))).message).toBe(
      'Expected precomputed distances to be square, received 1 x 2.',
    );
    const lopsided = [
      [0, 1],
      [2, 0],
    ];
    expect((await rejected(precomputed.fit(lopsided))).message).toBe(
      'Expected symmetric distances, received 2 at (1, 0) and 1 at (0, 1).',
    );
    await precomputed.fit([
      [0, 1],
      [1, 0],
    ]);
    expect(thrown(() => precomputed.predict([[0, 1]])).message).toMatch(/on precomputed distances/);
    const zeros = [
      [0, 0],
      [1, 0],
    ];
    expect((await rejected(new DBSCAN({ metric: 'cosine' }).fit(zeros))).message).toMatch(/only zeros in row 0/);
  });
});

describe('silhouetteScore', () => {
  for (const { data, weighted, labels, silhouette } of want.kmeans) {
    it(`agrees with scikit-learn on ${data}${weighted ? ', weighted' : ''}`, async () => {
      expect(await silhouetteScore(namedData(data), labels)).toBeCloseTo(silhouette, 5);
    });
  }

  it('refuses one cluster and labels that do not fit', async () => {
    const x = namedData('iris');
    expect((await rejected(silhouetteScore(Matrix.zeros(4, 0), [0, 1, 0, 1]))).message).toBe(
      'Expected `X` to have at least 1 column, received 0.',
    );
    expect((await rejected(silhouetteScore(x, undefined as unknown as number[]))).message).toBe(
      'Expected `labels` to be an array of strings or numbers, received undefined.',
    );
    expect((await rejected(silhouetteScore(x, new Array(150).fill(0)))).message).toBe(
      'Expected 2 to 149 clusters for 150 rows, received 1.',
    );
    expect((await rejected(silhouetteScore(x, [1, 2]))).message).toBe(
      'Expected `labels` to have 150 rows to match `X`, received 2.',
    );
  });
});

describe.each([
  ['DBSCAN', (x: Matrix) => new DBSCAN({ eps: 1 }).fit(x)],
  ['silhouetteScore', (x: Matrix) => silhouetteScore(x, [0, 0, 1, 1])],
])('%s', (_name, run) => {
  it('refuses rows whose squared distances float32 does not hold', async () => {
    const rows = (unit: number) => Matrix.from([[0], [1 * unit], [8 * unit], [9 * unit]]);
    for (const [unit, words] of [
      [1e25, /^Expected values whose squared distances fit in float32, received too large ones in row 1: scale/],
      [
        1e-25,
        /^Expected rows whose squared distances fit in float32, received rows that lie at most 9e-25 from the first: scale/,
      ],
    ] as const) {
      expect(await rejected(run(rows(unit)))).toMatchObject({
        name: 'DataError',
        message: expect.stringMatching(words),
      });
    }
  });
});

const temporary = temporaryFolder();
