import path from 'node:path';
import { GaussianMixture, KernelDensity, Matrix } from '../../../lib';
import { rejected, thrown } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';
import { golden, largestError } from '../../helpers/golden';
import { namedData } from '../../helpers/unsupervised';

interface MixtureCase {
  data: string;
  start: number[];
  covarianceType: 'full' | 'diag' | 'spherical';
  weights: number[];
  means: number[];
  covariances: number[];
  labels: number[];
  score: number;
  nIter: number;
  density: number[];
  bic: number;
}
interface DensityCase {
  data: string;
  bandwidth: number;
  density: number[];
}

const want = golden<{ mixture: MixtureCase[]; density: DensityCase[] }>('unsupervised');
const temporary = temporaryFolder();

describe('GaussianMixture', () => {
  for (const test of want.mixture) {
    it(`agrees with scikit-learn on ${test.data}, ${test.covarianceType}`, async () => {
      const x = namedData(test.data);
      const init = Int32Array.from(test.start);
      const model = await new GaussianMixture({ nComponents: 3, covarianceType: test.covarianceType, init }).fit(x);
      expect(largestError(model.weights, test.weights)).toBeLessThan(1e-7);
      expect(largestError(model.means, test.means)).toBeLessThan(1e-7);
      expect(largestError(model.covariances, test.covariances)).toBeLessThan(1e-7);
      expect([...model.predict(x)]).toEqual(test.labels);
      expect(model.score(x)).toBeCloseTo(test.score, 7);
      expect(model.bic(x)).toBeCloseTo(test.bic, 4);
      expect(largestError(model.scoreSamples(x).subarray(0, 5), test.density)).toBeLessThan(1e-7);
      expect([model.nIter, model.converged]).toEqual([test.nIter, true]);
    });
  }

  it('finds its own start, gives the same bits for any thread count, saves and loads', async () => {
    const x = namedData('wine');
    const one = await new GaussianMixture({ nComponents: 3, covarianceType: 'diag', threads: 1 }).fit(x);
    const two = await new GaussianMixture({ nComponents: 3, covarianceType: 'diag', threads: 2 }).fit(x);
    expect(two.covariances).toEqual(one.covariances);
    const shares = one.predictProba(x);
    for (let i = 0; i < 5; i++) expect(shares.row(i).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    const file = path.join(temporary, 'mixture.safetensors');
    await one.save(file);
    expect((await GaussianMixture.load(file)).scoreSamples(x)).toEqual(one.scoreSamples(x));
  });

  it('refuses what it cannot use', async () => {
    const flat = Matrix.from([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
    expect((await rejected(new GaussianMixture({ regCovar: 0 }).fit(flat))).message).toMatch(/positive variance/);
    expect((await new GaussianMixture({ nComponents: 2 }).fit(flat)).predict(flat).length).toBe(3);
    expect((await rejected(new GaussianMixture({ nComponents: 4 }).fit(flat))).message).toMatch(/at most 3 for 3 rows/);
    expect(thrown(() => new GaussianMixture({ covarianceType: 'tied' as 'full' })).message).toMatch(/covarianceType/);
    expect(thrown(() => new GaussianMixture().means).message).toMatch(/fitted before/);
  });
});

describe('KernelDensity', () => {
  for (const { data, bandwidth, density } of want.density) {
    it(`agrees with scikit-learn on ${data}`, async () => {
      const x = namedData(data);
      const every = Array.from({ length: Math.ceil(x.rows / 7) }, (_, i) => 7 * i);
      const queries = x.selectRows(every);
      const shifted = new Matrix(
        queries.data.map((v) => v + 0.25),
        queries.rows,
        queries.cols,
      );
      const model = new KernelDensity({ bandwidth }).fit(x);
      expect(largestError(await model.scoreSamples(shifted), density)).toBeLessThan(1e-5);
      const file = path.join(temporary, 'density.safetensors');
      await model.save(file);
      const same = await KernelDensity.load(file);
      expect(await same.scoreSamples(queries)).toEqual(await model.scoreSamples(queries));
    });
  }

  it('refuses what it cannot use', async () => {
    expect(thrown(() => new KernelDensity({ bandwidth: 0 })).message).toMatch(/bandwidth/);
    expect(thrown(() => new KernelDensity().fit([])).message).toMatch(/rows and columns/);
    const model = new KernelDensity().fit([[1, 2]]);
    expect((await rejected(model.scoreSamples([[1]]))).message).toMatch(/2 columns/);
  });
});
