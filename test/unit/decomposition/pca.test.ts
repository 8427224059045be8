import path from 'node:path';
import { Matrix, matmul, PCA, TSNE } from '../../../lib';
import { rejected, thrown } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';
import { golden, largestError } from '../../helpers/golden';
import { filled, namedData } from '../../helpers/unsupervised';

interface PcaCase {
  data: string;
  nComponents: number;
  whiten: boolean;
  mean: number[];
  components: number[];
  explainedVariance: number[];
  explainedVarianceRatio: number[];
  singularValues: number[];
  transformed: number[];
  restored: number[];
}

const temporary = temporaryFolder();
const wanted = golden<{
  pca: PcaCase[];
  pcaShares: { share: number; nComponents: number }[];
  lowRank: { data: string; explainedVariance: number[] }[];
}>('unsupervised');

describe('PCA', () => {
  for (const want of wanted.pca) {
    for (const solver of ['exact', 'randomized'] as const) {
      it(`agrees with scikit-learn on ${want.data}, ${solver}`, async () => {
        const x = namedData(want.data);
        const options = { nComponents: want.nComponents, whiten: want.whiten, solver, powerIterations: 60 };
        const model = await new PCA(options).fit(x);
        const size = Math.max(...want.transformed.map(Math.abs), 1);
        expect(largestError(model.mean, want.mean)).toBeLessThan(1e-6);
        expect(largestError(model.components.data, want.components)).toBeLessThan(2e-4);
        expect(largestError(model.explainedVariance, want.explainedVariance)).toBeLessThan(1e-4);
        expect(largestError(model.explainedVarianceRatio, want.explainedVarianceRatio)).toBeLessThan(1e-5);
        expect(largestError(model.singularValues, want.singularValues)).toBeLessThan(1e-4);
        const z = model.transform(x);
        expect(largestError(z.sliceRows(0, 7).data, want.transformed)).toBeLessThan(2e-4 * size);
        expect(largestError(model.inverseTransform(z).sliceRows(0, 3).data, want.restored)).toBeLessThan(1e-4);
      });
    }
  }

  it('whitens to variance 1', async () => {
    const z = await new PCA({ whiten: true, nComponents: 3 }).fitTransform(namedData('wine'));
    for (let c = 0; c < 3; c++) {
      const column = z.column(c);
      const squares = column.reduce((s, v) => s + v * v, 0);
      expect(squares / (column.length - 1)).toBeCloseTo(1, 4);
    }
  });

  it('gives the same bits for any number of threads', async () => {
    const x = namedData('digits');
    const one = await new PCA({ nComponents: 9, threads: 1 }).fit(x);
    const two = await new PCA({ nComponents: 9, threads: 2 }).fit(x);
    expect(two.components.data).toEqual(one.components.data);
    expect(two.transform(x).data).toEqual(one.transform(x).data);
  });

  describe('on data of low rank', () => {
    /** Name, data, components with more than a millionth of the variance. */
    const cases: [string, Matrix, number][] = [
      ['periodic columns', namedData('periodic'), 1],
      ['one of ten groups', namedData('groups'), 9],
      ['two directions', filled(200, 60, (i, c) => Math.sin(i) * (c + 1) + Math.cos(3 * i) * (c % 5)), 2],
      ['two directions, wide', filled(40, 300, (i, c) => Math.sin(i) * (c + 1) + Math.cos(3 * i) * (c % 5)), 2],
      ['all rows equal', filled(50, 8, (_, c) => c + 0.1), 0],
      ['all rows equal, wide', filled(5, 30, (_, c) => c + 0.1), 0],
      ['digits', namedData('digits'), 59],
      ['tiny numbers', filled(100, 6, (i, c) => 1e-30 * (((i * 7) % 11) * (c + 1) + ((i * 5) % 13))), 2],
      ['large numbers', filled(100, 6, (i, c) => 1e30 * (((i * 7) % 11) * (c + 1) + ((i * 5) % 13))), 2],
    ];
    for (const [name, x, rank] of cases) {
      for (const solver of ['exact', 'randomized'] as const) {
        it(`${name}, ${solver}: orthonormal axes, shares that sum to 1, data that come back`, async () => {
          const model = await new PCA({ solver }).fit(x);
          const k = Math.min(x.rows, x.cols);
          const axes = model.components;
          const gram = matmul(axes, axes, { transposeB: true });
          const identity = filled(k, k, (i, c) => (i === c ? 1 : 0));
          expect(largestError(gram.data, identity.data)).toBeLessThan(1e-5);
          const shares = model.explainedVarianceRatio;
          expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(rank === 0 ? 0 : 1, 5);
          expect(shares.filter((share) => share > 1e-6).length).toBe(rank);
          const z = model.transform(x);
          const size = x.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
          const back = model.inverseTransform(z);
          expect(
            largestError(
              back.data.map((v) => v / size),
              x.data.map((v) => v / size),
            ),
          ).toBeLessThan(3e-6);
          const whitened = await new PCA({ solver, whiten: true }).fitTransform(x);
          expect(whitened.data.every((v) => Number.isFinite(v))).toBe(true);
        });
      }
    }

    it.each(wanted.lowRank)('the variances are those of scikit-learn on $data', async ({ data, explainedVariance }) => {
      const model = await new PCA().fit(namedData(data));
      const size = explainedVariance[0];
      const relative = (values: ArrayLike<number>) => Array.from(values, (v) => v / size);
      expect(largestError(relative(model.explainedVariance), relative(explainedVariance))).toBeLessThan(1e-6);
    });

    it('the randomized solver spans what the exact one does', async () => {
      const x = namedData('digits');
      const [exact, randomized] = await Promise.all(
        (['exact', 'randomized'] as const).map((solver) => new PCA({ solver, nComponents: 20 }).fit(x)),
      );
      // The singular values of the product of two bases are the cosines of the angles between their spans.
      const angles = matmul(exact.components, randomized.components, { transposeB: true });
      const squares = angles.data.reduce((sum, v) => sum + v * v, 0);
      expect(squares).toBeCloseTo(20, 1);
      expect(largestError(randomized.explainedVariance, exact.explainedVariance)).toBeLessThan(1e-3);
    });

    it('a map of such data is made', async () => {
      const { embedding } = await new TSNE({ nIter: 50 }).fitTransform(cases[0][1]);
      expect(embedding.data.every((v) => Number.isFinite(v))).toBe(true);
    });
  });

  it('keeps as few components as hold a share of the variance, as scikit-learn does', async () => {
    const x = namedData('wine');
    for (const [share, want] of wanted.pcaShares.map((s) => [s.share, s.nComponents])) {
      const model = await new PCA({ nComponents: share }).fit(x);
      expect(model.nComponents).toBe(want);
      expect(model.transform(x).cols).toBe(want);
    }
    expect(thrown(() => new PCA({ nComponents: 0.5, solver: 'randomized' })).message).toBe(
      "Expected a number of components for the solver 'randomized', received the share 0.5: use 'exact'.",
    );
    expect(thrown(() => new PCA({ nComponents: 1.5 })).message).toMatch(/`nComponents` to be an integer/);
  });

  it('ends when aborted, and tells how far it is', async () => {
    const wide = Matrix.from(
      new Float32Array(1100 * 1100).map((_, i) => Math.sin(i * i)),
      1100,
      1100,
    );
    const controller = new AbortController();
    const seen: number[] = [];
    const running = new PCA().fit(wide, {
      signal: controller.signal,
      onProgress: (done) => {
        seen.push(done);
        controller.abort();
      },
    });
    expect((await rejected(running)).name).toBe('AbortError');
    expect(seen[0]).toBeGreaterThan(0);
    expect(seen[0]).toBeLessThan(1);
  });

  it('saves and loads', async () => {
    const file = path.join(temporary, 'pca.safetensors');
    const x = namedData('wine');
    const model = await new PCA({ nComponents: 2, whiten: true }).fit(x);
    await model.save(file);
    const same = await PCA.load(file);
    expect(same.transform(x).data).toEqual(model.transform(x).data);
    expect(same.explainedVarianceRatio).toEqual(model.explainedVarianceRatio);
  });

  it('refuses coordinates that float32 does not hold', async () => {
    const large = Matrix.from([
      [3e38, -3e38],
      [-3e38, 3e38],
      [1, 2],
    ]);
    const words =
      'Expected values whose coordinates fit in float32, received too large ones: scale the columns, with StandardScaler for ' +
      'example.';
    expect(await rejected(new PCA().fitTransform(large))).toEqual({ name: 'DataError', message: words });
    const model = await new PCA().fit([
      [1, 2],
      [2, 3],
      [3, 5],
    ]);
    for (const call of [() => model.transform(large), () => model.inverseTransform([[3e38, 3e38]])]) {
      expect(thrown(call)).toEqual({ name: 'DataError', message: words });
    }
  });

  it('handles constant columns and refuses what it cannot use', async () => {
    const flat = Matrix.from([
      [1, 5],
      [2, 5],
      [3, 5],
    ]);
    const model = await new PCA().fit(flat);
    expect(largestError(model.components.data, [1, 0, 0, 1])).toBeLessThan(1e-6);
    expect(model.explainedVariance[1]).toBe(0);
    const z = await new PCA({ whiten: true }).fitTransform(flat);
    expect(z.data.every((v) => Number.isFinite(v))).toBe(true);
    expect((await rejected(new PCA({ nComponents: 3 }).fit(flat))).message).toBe(
      'Expected `nComponents` to be at most 2 for 3 x 2 data, received 3.',
    );
    expect((await rejected(new PCA().fit([[1, 2]]))).message).toBe('Expected `X` to have at least 2 rows, received 1.');
    expect(
      (
        await rejected(
          new PCA().fit([
            [1, 2],
            [Number.NaN, 2],
          ]),
        )
      ).name,
    ).toBe('NonFiniteError');
    expect(thrown(() => model.transform([[1, 2, 3]])).message).toBe(
      'Expected `X` to have 2 columns as at `fit`, received 3.',
    );
    expect(thrown(() => new PCA().transform(flat)).message).toMatch(/fitted before `transform`/);
    expect(thrown(() => new PCA({ nComponent: 3 } as object)).message).toMatch(/Did you mean `nComponents`/);
  });
});
