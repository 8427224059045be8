import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AbortError, datasets, HebbError, Matrix, nearestNeighbors, PCA, TSNE, type TsneProgress } from '../../../lib';
import { rejected, thrown } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';
import { clusters as blobs } from '../../helpers/unsupervised';

/** The row of `map` nearest to `point`, `skip` left out. */
function nearestRow(map: Matrix, point: ArrayLike<number>, skip = -1): number {
  let best = Number.POSITIVE_INFINITY;
  let nearest = -1;
  for (let j = 0; j < map.rows; j++) {
    let d = 0;
    for (let c = 0; c < map.cols; c++) d += ((map.data[j * map.cols + c] as number) - (point[c] as number)) ** 2;
    if (j !== skip && d < best) [best, nearest] = [d, j];
  }
  return nearest;
}

/** The share of the first `count` points whose nearest neighbour in the map has the same label. */
function purity(map: Matrix, label: (i: number) => unknown, count = map.rows): number {
  let same = 0;
  for (let i = 0; i < count; i++) if (label(nearestRow(map, map.row(i), i)) === label(i)) same++;
  return same / count;
}

const cluster = (i: number) => i % 4;
const allFinite = (m: Matrix) => m.data.every((v) => Number.isFinite(v));

describe('TSNE', () => {
  const x = blobs(300, 10, 4);

  for (const nComponents of [2, 3] as const) {
    for (const method of ['barnes_hut', 'exact', 'fft'] as const) {
      if (method === 'fft' && nComponents === 3) continue;
      it(`separates clusters, ${method}, ${nComponents}-D`, async () => {
        const model = new TSNE({ nComponents, method, perplexity: 12, nIter: 350, seed: 3 });
        const { embedding, klDivergence, nIter, gradientNorm } = await model.fitTransform(x);
        expect([embedding.rows, embedding.cols, nIter]).toEqual([300, nComponents, 350]);
        expect(purity(embedding, cluster)).toBeGreaterThan(0.97);
        expect(klDivergence).toBeGreaterThan(0);
        expect(klDivergence).toBeLessThan(1);
        expect(gradientNorm).toBeGreaterThan(0);
        expect(model.embedding).toBe(embedding);
      });
    }
  }

  it('gives the same bits for the same seed and any number of threads, others for another start', async () => {
    const run = async (seed: number, threads: number) => {
      const options = { perplexity: 10, nIter: 120, seed, threads, init: 'random' } as const;
      return (await new TSNE(options).fitTransform(x)).embedding;
    };
    const first = await run(1, 1);
    expect((await run(1, 2)).data).toEqual(first.data);
    expect((await run(2, 2)).data).not.toEqual(first.data);
  });

  it('takes a start, distances, neighbour lists and other metrics', async () => {
    const init = blobs(300, 2, 300, 9);
    for (const metric of ['cosine', 'manhattan'] as const) {
      const map = await new TSNE({ perplexity: 10, nIter: 300, metric, init }).fitTransform(x);
      expect(purity(map.embedding, cluster)).toBeGreaterThan(0.9);
    }
    const lists = await nearestNeighbors(x, { k: 30 });
    const direct = await new TSNE({ perplexity: 10, nIter: 100, init }).fitTransform(x);
    const fromLists = await new TSNE({ perplexity: 10, nIter: 100, init }).fitTransform(lists);
    expect(fromLists.embedding.data).toEqual(direct.embedding.data);
    const distances = Matrix.zeros(300, 300);
    const all = await nearestNeighbors(x, { k: 299 });
    all.indices.forEach((j, e) => {
      distances.set(Math.floor(e / 299), j, all.distances[e] as number);
    });
    const fromMatrix = await new TSNE({ perplexity: 10, nIter: 100, init, metric: 'precomputed' }).fitTransform(
      distances,
    );
    expect(fromMatrix.embedding.data).toEqual(direct.embedding.data);
  });

  it('reports progress, keeps snapshots, and runs on step by step', async () => {
    const seen: TsneProgress[] = [];
    const model = new TSNE({ perplexity: 10, nIter: 120, earlyExaggerationIter: 50, snapshotEvery: 40 });
    const result = await model.fitTransform(x, { onProgress: (p) => seen.push(p) });
    expect(result.snapshots.map((s) => s.iteration)).toEqual([0, 40, 80, 120]);
    expect(result.snapshots[3]?.embedding.data).toEqual(result.embedding.data);
    expect(seen.length).toBeGreaterThan(0);
    for (const p of seen) expect(p.nIter).toBe(120);
    const more = await model.step(30, { exaggeration: 2 });
    expect(more.nIter).toBe(150);

    const whole = new TSNE({ perplexity: 10, nIter: 60, earlyExaggerationIter: 20 });
    const parts = new TSNE({ perplexity: 10, nIter: 60, earlyExaggerationIter: 20 });
    await parts.prepare(x);
    await parts.step(20);
    for (let i = 0; i < 4; i++) await parts.step(10);
    expect(parts.embedding.data).toEqual((await whole.fitTransform(x)).embedding.data);
  });

  it('stops early where asked to', async () => {
    const model = new TSNE({ perplexity: 10, nIter: 20000, minGradNorm: 1e-2 });
    expect((await model.fitTransform(x)).nIter).toBeLessThan(20000);
    // Steps so long that the map trembles: its KL divergence soon stops falling.
    const patient = new TSNE({ perplexity: 10, nIter: 20000, nIterWithoutProgress: 100, learningRate: 3000 });
    expect((await patient.fitTransform(x)).nIter).toBeLessThan(20000);
  });

  it('exaggerates late, as the same steps by hand do', async () => {
    const options = { perplexity: 10, nIter: 90, earlyExaggerationIter: 30, seed: 2 } as const;
    const whole = new TSNE({ ...options, lateExaggeration: 3, lateExaggerationIter: 40 });
    const parts = new TSNE(options);
    await parts.prepare(x);
    await parts.step(50);
    await parts.step(40, { exaggeration: 3 });
    const late = (await whole.fitTransform(x)).embedding;
    expect(late.data).toEqual(parts.embedding.data);
    expect(late.data).not.toEqual((await new TSNE(options).fitTransform(x)).embedding.data);
    expect(thrown(() => new TSNE({ nIter: 100, lateExaggerationIter: 101 })).message).toMatch(/lateExaggerationIter/);
  });

  it('has the kernel of the wanted degrees of freedom', async () => {
    for (const nComponents of [2, 3] as const) {
      const options = { nComponents, perplexity: 12, nIter: 400, seed: 3 } as const;
      const model = new TSNE({ ...options, dof: 0.6, minGradNorm: 0.01 });
      const { embedding, klDivergence } = await model.fitTransform(x);
      expect(purity(embedding, cluster)).toBeGreaterThan(0.97);
      const exact = await new TSNE({
        ...options,
        dof: 0.6,
        method: 'exact',
        init: embedding,
        nIter: 1,
        learningRate: 1e-9,
      }).fit(x);
      expect(Math.abs(exact.klDivergence - klDivergence)).toBeLessThan(0.02);
      const placed = await model.transform(x.sliceRows(0, 20));
      let right = 0;
      for (let i = 0; i < 20; i++) if (cluster(nearestRow(embedding, placed.row(i))) === cluster(i)) right++;
      expect(right).toBe(20);
    }
    expect(thrown(() => new TSNE({ dof: 0 })).message).toMatch(/`dof`/);
  });

  it('reduces wide data by PCA first, and new points alike', async () => {
    const wide = blobs(200, 40, 4, 6);
    const options = { perplexity: 10, nIter: 150, seed: 4, pcaComponents: 6 } as const;
    const model = await new TSNE(options).fit(wide);
    const z = await new PCA({ nComponents: 6 }).fitTransform(wide);
    expect(model.embedding.data).toEqual((await new TSNE({ ...options, pcaComponents: 0 }).fit(z)).embedding.data);
    const file = path.join(temporary, 'reduced.safetensors');
    await model.save(file);
    const fresh = wide.sliceRows(5, 15);
    const placed = await model.transform(fresh);
    expect((await (await TSNE.load(file)).transform(fresh)).data).toEqual(placed.data);
    for (let i = 0; i < 10; i++) expect(cluster(nearestRow(model.embedding, placed.row(i)))).toBe(cluster(i + 5));
    expect((await rejected(model.transform(z))).message).toMatch(/40 columns/);
  });

  it('rejects with what there is when aborted', async () => {
    const controller = new AbortController();
    const model = new TSNE({ perplexity: 10, nIter: 1e7 });
    const running = model.fitTransform(x, {
      signal: controller.signal,
      onProgress: (p) => {
        if (p.stage === 'optimize') controller.abort(new Error('enough'));
      },
    });
    const second = await rejected(model.step(1));
    expect(second.message).toMatch(/^Expected this TSNE to be idle for `step`, `fitTransform` is at work/);
    const error = await running.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AbortError);
    const { partial, cause } = error as AbortError<{ embedding: Matrix; nIter: number }>;
    expect((cause as Error).message).toBe('enough');
    expect(partial?.embedding.rows).toBe(300);
    expect(partial?.nIter).toBeGreaterThan(0);
    const early = await new TSNE().fitTransform(x, { signal: AbortSignal.abort() }).catch((e: unknown) => e);
    expect(early).toBeInstanceOf(AbortError);
    expect((early as AbortError).partial).toBeUndefined();
  });

  it('places new points near their own cluster', async () => {
    const model = new TSNE({ perplexity: 10, nIter: 400, seed: 5 });
    const { embedding } = await model.fitTransform(x);
    const fresh = x.sliceRows(0, 40);
    for (let k = 0; k < fresh.data.length; k++) (fresh.data as Float32Array)[k] = (fresh.data[k] as number) + 0.02;
    const placed = await model.transform(fresh);
    expect([placed.rows, placed.cols]).toEqual([40, 2]);
    let right = 0;
    for (let i = 0; i < 40; i++) if (cluster(nearestRow(embedding, placed.row(i))) === cluster(i)) right++;
    expect(right).toBeGreaterThanOrEqual(39);
    expect((await model.transform(Matrix.zeros(0, 10))).rows).toBe(0);
    expect((await rejected(model.transform([[1, 2]]))).message).toBe(
      'Expected `X` to have 10 columns as at `fit`, received 2.',
    );
  });

  it('saves and loads', async () => {
    const file = path.join(temporary, 'map.safetensors');
    const model = await new TSNE({ perplexity: 10, nIter: 100, metric: 'manhattan' }).fit(x);
    await model.save(file);
    const same = await TSNE.load(file);
    expect(same.embedding.data).toEqual(model.embedding.data);
    expect(same.klDivergence).toBe(model.klDivergence);
    const fresh = x.sliceRows(3, 9);
    expect((await same.transform(fresh)).data).toEqual((await model.transform(fresh)).data);
    expect(readFileSync(file).length).toBeGreaterThan(300 * 12 * 4);
  });

  describe('on data that are hard to map', () => {
    const cases: [string, Matrix][] = [
      ['four points', blobs(4, 3, 4)],
      ['all points equal', Matrix.from(Array.from({ length: 50 }, () => [1, 2, 3]))],
      ['many duplicates', Matrix.from(Array.from({ length: 400 }, (_, i) => [i < 350 ? 0 : i, 1]))],
      ['one column', blobs(60, 1, 3)],
      ['more columns than rows', blobs(12, 500, 3)],
      ['a far outlier', Matrix.from(Array.from({ length: 80 }, (_, i) => [i === 0 ? 1e15 : i % 9, i % 7]))],
    ];
    for (const [name, data] of cases) {
      it(name, async () => {
        for (const method of ['barnes_hut', 'exact', 'fft'] as const) {
          const perplexity = Math.min(30, data.rows - 1);
          const { embedding } = await new TSNE({ perplexity, nIter: 300, method }).fitTransform(data);
          expect(allFinite(embedding)).toBe(true);
          const spread = Math.max(...embedding.data) - Math.min(...embedding.data);
          expect(spread).toBeGreaterThan(0);
        }
      });
    }
  });

  it('refuses what it cannot map', async () => {
    const bad = async (options: ConstructorParameters<typeof TSNE>[0], data: Parameters<TSNE['fit']>[0]) =>
      (await rejected(new TSNE(options).fit(data))).message;
    expect(await bad({}, x.sliceRows(0, 3))).toBe('Expected `X` to have at least 4 rows, received 3.');
    expect(await bad({}, Matrix.zeros(10, 0))).toBe('Expected `X` to have at least 1 column, received 0.');
    expect(await bad({ perplexity: 30 }, x.sliceRows(0, 20))).toBe(
      'Expected `perplexity` to be at most 19 for 20 points, received 30. A third of that or less is usual.',
    );
    const broken = x.clone();
    broken.set(7, 3, Number.NaN);
    expect(await bad({}, broken)).toBe('Expected `X` to hold finite numbers, received NaN at row 7, column 3.');
    expect(await bad({ init: Matrix.zeros(300, 3) }, x)).toBe('Expected `init` to be 300 x 2, received 300 x 3.');
    expect(await bad({ metric: 'precomputed' }, x)).toBe(
      'Expected precomputed distances to be square, received 300 x 10.',
    );
    const d = [
      [0, 1, 2, 3],
      [1, 0, 2, 2],
      [2, 2, 0, 1],
      [3, 1, 1, 0],
    ];
    expect(await bad({ metric: 'precomputed', perplexity: 2 }, d)).toBe(
      'Expected symmetric distances, received 1 at (3, 1) and 2 at (1, 3).',
    );
    expect(
      await bad({ metric: 'cosine', perplexity: 2 }, [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ]),
    ).toBe('Expected rows with a direction for the cosine metric, received only zeros in row 0.');
    const lists = { indices: new Int32Array(20).fill(3), distances: new Float32Array(20), k: 2 };
    expect(await bad({ perplexity: 2 }, lists)).toMatch(/^Expected neighbours of point 3 to be other points/);

    expect(thrown(() => new TSNE({ perplexity: 0 })).message).toMatch(/`perplexity` to be a finite number at least 1/);
    expect(thrown(() => new TSNE({ theta: -1 })).message).toMatch(/`theta`/);
    expect(thrown(() => new TSNE({ nComponents: 4 as 2 })).message).toBe(
      'Expected `nComponents` to be 2 or 3, received 4.',
    );
    expect(thrown(() => new TSNE({ nComponents: 3, method: 'fft' })).message).toBe(
      "Expected `nComponents` to be 2 for method 'fft', received 3: use 'barnes_hut'.",
    );
    expect(thrown(() => new TSNE({ preplexity: 3 } as object)).message).toMatch(/Did you mean `perplexity`/);
    expect(() => new TSNE().embedding).toThrow(HebbError);
  });

  it('keeps a digit with its like', async () => {
    const { X: digits, y } = datasets.loadDigits();
    const { embedding, klDivergence } = await new TSNE({ nIter: 500, seed: 1 }).fitTransform(digits);
    expect(klDivergence).toBeLessThan(0.85);
    expect(purity(embedding, (i) => y[i], 300)).toBeGreaterThan(0.96);
  });
});

const temporary = temporaryFolder();
