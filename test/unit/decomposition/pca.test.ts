import path from 'node:path';
import { Matrix, PCA } from '../../../lib';
import { rejected, thrown } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';
import { golden, largestError } from '../../helpers/golden';
import { namedData } from '../../helpers/unsupervised';

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

describe('PCA', () => {
  for (const want of golden<{ pca: PcaCase[] }>('unsupervised').pca) {
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

  it('saves and loads', async () => {
    const file = path.join(temporary, 'pca.safetensors');
    const x = namedData('wine');
    const model = await new PCA({ nComponents: 2, whiten: true }).fit(x);
    await model.save(file);
    const same = await PCA.load(file);
    expect(same.transform(x).data).toEqual(model.transform(x).data);
    expect(same.explainedVarianceRatio).toEqual(model.explainedVarianceRatio);
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
