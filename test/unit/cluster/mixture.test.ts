import path from 'node:path';
import {
  AbortError,
  type CovarianceType,
  type DensityKernel,
  GaussianMixture,
  KernelDensity,
  Matrix,
  type MixtureResult,
  Philox,
} from '../../../lib';
import { PATIENCE } from '../../helpers/child';
import { rejected, thrown } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';
import { golden, largestError } from '../../helpers/golden';
import { filled, namedData } from '../../helpers/unsupervised';

interface MixtureCase {
  data: string;
  start: number[];
  covarianceType: CovarianceType;
  weights: number[];
  means: number[];
  covariances: number[];
  labels: number[];
  score: number;
  nIter: number;
  density: number[];
  bic: number;
  aic: number;
}
interface DensityCase {
  data: string;
  bandwidth: number;
  kernel: DensityKernel;
  density: (number | null)[];
  score: number;
}

const want = golden<{ mixture: MixtureCase[]; density: DensityCase[] }>('unsupervised');
const temporary = temporaryFolder();

describe('GaussianMixture', () => {
  for (const test of want.mixture) {
    it(`agrees with scikit-learn on ${test.data}, ${test.covarianceType}`, async () => {
      const x = namedData(test.data);
      const init = test.start;
      const model = await new GaussianMixture({ nComponents: 3, covarianceType: test.covarianceType, init }).fit(x);
      expect(largestError(model.weights, test.weights)).toBeLessThan(1e-7);
      expect(largestError(model.means, test.means)).toBeLessThan(1e-7);
      expect(largestError(model.covariances, test.covariances)).toBeLessThan(1e-7);
      expect([...model.predict(x)]).toEqual(test.labels);
      expect(model.score(x)).toBeCloseTo(test.score, 7);
      expect(model.bic(x)).toBeCloseTo(test.bic, 4);
      expect(model.aic(x)).toBeCloseTo(test.aic, 4);
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

  it.each(['full', 'diag', 'spherical', 'tied'] as const)('draws rows of its own distribution, %s', async (type) => {
    const x = namedData('iris');
    const model = await new GaussianMixture({ nComponents: 3, covarianceType: type }).fit(x);
    const { X: drawn, labels } = model.sample(20_000, { seed: 5 });
    expect(model.sample(20_000, { seed: 5 }).X.data).toEqual(drawn.data);
    expect(model.sample(5).X.data).not.toEqual(drawn.data.slice(0, 20));
    const again = await new GaussianMixture({ nComponents: 3, covarianceType: type, init: labels }).fit(drawn);
    expect(largestError(again.weights, model.weights)).toBeLessThan(0.02);
    expect(largestError(again.means, model.means)).toBeLessThan(0.05);
    expect(largestError(again.covariances, model.covariances)).toBeLessThan(0.05);
    expect(labels.filter((c) => c === 1).length / 20_000).toBeCloseTo(model.weights[1], 1);
  });

  it('keeps the likeliest of some starts, and predicts what it was fitted to', async () => {
    const x = namedData('digits').selectRows(Array.from({ length: 400 }, (_, i) => i));
    const options = { nComponents: 8, covarianceType: 'diag', regCovar: 1e-2 } as const;
    const scores: number[] = [];
    for (const seed of [0, 1, 2, 3]) scores.push((await new GaussianMixture({ ...options, seed }).fit(x)).score(x));
    const model = new GaussianMixture({ ...options, nInit: 4 });
    const labels = await model.fitPredict(x);
    expect(model.score(x)).toBeCloseTo(Math.max(...scores), 1);
    expect(Math.max(...scores)).toBeGreaterThan(Math.min(...scores));
    expect(labels).toEqual(model.predict(x));
  });

  it('rejects with the mixture so far when aborted', async () => {
    const rng = new Philox(1, 1);
    const x = Matrix.from(
      new Float32Array(200_000).map((_, i) => rng.normal(i)),
      20_000,
      10,
    );
    const controller = new AbortController();
    const onProgress = ({ iteration }: { iteration: number }) => iteration >= 2 && controller.abort();
    const error = await new GaussianMixture({ nComponents: 6, tol: 0, maxIter: 100_000 })
      .fit(x, { signal: controller.signal, onProgress })
      .catch((e: unknown) => e as AbortError<MixtureResult>);
    expect(error).toBeInstanceOf(AbortError);
    const { weights, means, covariances, nIter, logLikelihood } = (error as AbortError<MixtureResult>)
      .partial as MixtureResult;
    expect([weights.length, means.length, covariances.length]).toEqual([6, 60, 600]);
    expect(nIter).toBeGreaterThanOrEqual(2);
    expect(Number.isFinite(logLikelihood)).toBe(true);
    const early = await new GaussianMixture().fit(x, { signal: AbortSignal.abort() }).catch((e: unknown) => e);
    expect((early as AbortError).partial).toBeUndefined();
  });

  it(
    'ends in the middle of a long iteration',
    async () => {
      const [n, dims] = [40_000, 200];
      const x = new Matrix(
        Float32Array.from({ length: n * dims }, (_, e) => Math.sin(e * e)),
        n,
        dims,
      );
      const init = Array.from({ length: n }, (_, i) => i % 20);
      const signal = AbortSignal.timeout(300);
      const running = new GaussianMixture({ nComponents: 20, init }).fit(x, { signal });
      expect((await rejected(running)).name).toBe('AbortError');
    },
    20_000 * PATIENCE,
  );

  it('refuses what it cannot use', async () => {
    const flat = Matrix.from([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
    expect((await rejected(new GaussianMixture({ regCovar: 0 }).fit(flat))).message).toMatch(/positive variance/);
    expect((await new GaussianMixture({ nComponents: 2 }).fit(flat)).predict(flat).length).toBe(3);
    expect((await rejected(new GaussianMixture({ nComponents: 4 }).fit(flat))).message).toMatch(/at most 3 for 3 rows/);
    expect(thrown(() => new GaussianMixture({ covarianceType: 'round' as 'full' })).message).toMatch(/covarianceType/);
    expect((await rejected(new GaussianMixture({ nComponents: 2, init: [0, 1, 2] }).fit(flat))).message).toBe(
      'Expected `init` to hold components from 0 to 1, received 2.',
    );
    expect(thrown(() => new GaussianMixture().means).message).toMatch(/fitted before/);
  });
});

describe('KernelDensity', () => {
  for (const { data, bandwidth, kernel, density, score } of want.density) {
    it(`agrees with scikit-learn on ${data}, ${kernel}`, async () => {
      const x = namedData(data);
      const every = Array.from({ length: Math.ceil(x.rows / 7) }, (_, i) => 7 * i);
      const queries = x.selectRows(every);
      const shifted = new Matrix(
        queries.data.map((v) => v + 0.25),
        queries.rows,
        queries.cols,
      );
      const model = new KernelDensity({ bandwidth, kernel }).fit(x);
      // -Infinity is null in the golden file.
      const values = Array.from(await model.scoreSamples(shifted), (v) => (v === -Infinity ? Number.NaN : v));
      expect(largestError(values, density)).toBeLessThan(1e-5);
      expect(await model.score(x)).toBeCloseTo(score, 3);
      const file = path.join(temporary, 'density.safetensors');
      await model.save(file);
      const same = await KernelDensity.load(file);
      expect(await same.scoreSamples(queries)).toEqual(await model.scoreSamples(queries));
    });
  }

  it.each(['gaussian', 'tophat', 'epanechnikov', 'exponential', 'linear', 'cosine'] as const)(
    'has an integral of 1 in one, two and three dimensions, %s',
    async (kernel) => {
      const extent = kernel === 'exponential' ? 12 : 5;
      for (const [dims, steps] of [
        [1, 4000],
        [2, 240],
        [3, 60],
      ]) {
        const model = new KernelDensity({ kernel, bandwidth: kernel === 'exponential' ? 0.8 : 1.1 });
        model.fit([new Array(dims).fill(0), new Array(dims).fill(0.3)]);
        const width = (2 * extent) / steps;
        const grid = filled(
          steps ** dims,
          dims,
          (i, c) => -extent + width * ((Math.floor(i / steps ** c) % steps) + 0.5),
        );
        const total = (await model.scoreSamples(grid)).reduce((sum, v) => sum + Math.exp(v), 0) * width ** dims;
        expect(total).toBeCloseTo(1, 1);
        if (kernel !== 'tophat' && kernel !== 'exponential') expect(total).toBeCloseTo(1, 2);
      }
    },
  );

  it('draws rows from its density', () => {
    const x = Matrix.from([
      [0, 0],
      [10, 4],
    ]);
    for (const kernel of ['gaussian', 'tophat'] as const) {
      const model = new KernelDensity({ kernel, bandwidth: 0.5 }).fit(x);
      const drawn = model.sample(4000, { seed: 3 });
      expect(model.sample(4000, { seed: 3 }).data).toEqual(drawn.data);
      const near = drawn.toArray().map(([a, b]) => Math.min(Math.hypot(a, b), Math.hypot(a - 10, b - 4)));
      const square = near.reduce((sum, d) => sum + d * d, 0) / 4000;
      // The mean squared distance is 2 h^2 for the Gaussian and h^2 / 2 for the disc.
      expect(square / 0.25).toBeCloseTo(kernel === 'gaussian' ? 2 : 0.5, 0.9);
      if (kernel === 'tophat') expect(Math.max(...near)).toBeLessThan(0.5 + 1e-6);
      expect(drawn.column(0).reduce((a, b) => a + b, 0) / 4000).toBeCloseTo(5, 0);
    }
    expect(thrown(() => new KernelDensity({ kernel: 'linear' }).fit(x).sample()).message).toBe(
      "Expected the kernel 'gaussian' or 'tophat' for `sample`, this one is 'linear'.",
    );
  });

  it('refuses what it cannot use', async () => {
    expect(thrown(() => new KernelDensity({ bandwidth: 0 })).message).toMatch(/bandwidth/);
    expect(thrown(() => new KernelDensity().fit([])).message).toMatch(/rows and columns/);
    const model = new KernelDensity().fit([[1, 2]]);
    expect((await rejected(model.scoreSamples([[1]]))).message).toMatch(/2 columns/);
  });
});
