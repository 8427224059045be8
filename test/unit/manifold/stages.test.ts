import {
  type Affinities,
  calibrateAffinities,
  initialMap,
  type Matrix,
  mapDivergence,
  nearestNeighbors,
  symmetrizeAffinities,
  TSNE,
} from '../../../lib';
import { rejected } from '../../helpers/errors';
import { clusters, namedData } from '../../helpers/unsupervised';

const x = clusters(240, 8, 4);

async function affinitiesOf(data: Matrix, perplexity: number): Promise<Affinities> {
  const neighbors = await nearestNeighbors(data, { k: Math.floor(3 * perplexity) });
  return symmetrizeAffinities(await calibrateAffinities(neighbors, { perplexity }));
}

/** P as rows of numbers. */
function dense({ starts, columns, values }: Affinities): number[][] {
  const n = starts.length - 1;
  const rows = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let i = 0; i < n; i++) for (let e = starts[i]; e < starts[i + 1]; e++) rows[i][columns[e]] = values[e];
  return rows;
}

describe('the stages of t-SNE one by one', () => {
  it('calibrate every point to the perplexity', async () => {
    const neighbors = await nearestNeighbors(x, { k: 45 });
    const { probabilities, indices, k } = await calibrateAffinities(neighbors, { perplexity: 12 });
    expect(indices).toEqual(neighbors.indices);
    for (let i = 0; i < 240; i++) {
      const row = Array.from(probabilities.subarray(i * k, (i + 1) * k));
      expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      const entropy = row.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
      expect(Math.exp(entropy)).toBeCloseTo(12, 3);
    }
  });

  it('make affinities by their definition', async () => {
    const conditional = await calibrateAffinities(await nearestNeighbors(x, { k: 30 }), { perplexity: 10 });
    const P = await symmetrizeAffinities(conditional);
    const want = Array.from({ length: 240 }, () => new Array<number>(240).fill(0));
    conditional.indices.forEach((j, e) => {
      const [i, p] = [Math.floor(e / 30), conditional.probabilities[e] / 480];
      want[i][j] += p;
      want[j][i] += p;
    });
    const got = dense(P);
    for (let i = 0; i < 240; i++) for (let j = 0; j < 240; j++) expect(got[i][j]).toBeCloseTo(want[i][j], 8);
    expect(P.values.length).toBe(want.flat().filter((p) => p > 0).length);
    for (let i = 0; i < 240; i++) {
      const row = P.columns.subarray(P.starts[i], P.starts[i + 1]);
      expect([...row]).toEqual([...row].sort((a, b) => a - b));
    }
  });

  it('put together make the map that TSNE makes', async () => {
    const options = { nIter: 150, seed: 5 } as const;
    const whole = await new TSNE({ ...options, perplexity: 10 }).fitTransform(x);
    const init = await initialMap(x, { seed: 5 });
    const affinities = await affinitiesOf(x, 10);
    const parts = await new TSNE({ ...options, init }).fitTransform({ affinities });
    expect(parts.embedding.data).toEqual(whole.embedding.data);
    expect(parts.klDivergence).toBe(whole.klDivergence);
    const given = await mapDivergence(affinities, whole.embedding);
    const own = await mapDivergence(x, whole.embedding, { perplexity: 10, pairs: 'neighbors' });
    expect(given).toBeCloseTo(own, 6);
  });

  it('start a map small, along the principal components or at random, and as a plane where X is a line', async () => {
    const deviation = (values: ArrayLike<number>) =>
      Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0) / values.length);
    for (const init of ['pca', 'random'] as const) {
      for (const nComponents of [2, 3] as const) {
        const start = await initialMap(x, { init, nComponents, seed: 1 });
        expect([start.rows, start.cols]).toEqual([240, nComponents]);
        expect(deviation(start.column(0)) / 1e-4).toBeCloseTo(1, 0);
        expect((await initialMap(x, { init, nComponents, seed: 1 })).data).toEqual(start.data);
      }
    }
    const line = await initialMap(namedData('periodic'));
    expect(deviation(line.column(1)) / 1e-4).toBeCloseTo(1, 0);
  });

  it('the divergence has the kernel of the map', async () => {
    for (const dof of [0.5, 1, 2.5]) {
      for (const nComponents of [2, 3] as const) {
        const affinities = await affinitiesOf(x, 10);
        const { embedding, klDivergence } = await new TSNE({ nIter: 200, dof, nComponents, theta: 0.1 }).fitTransform({
          affinities,
        });
        expect(Math.abs((await mapDivergence(affinities, embedding, { dof })) - klDivergence)).toBeLessThan(2e-3);
      }
    }
  });

  it('refuse what they cannot use', async () => {
    const P = await affinitiesOf(x, 5);
    const refusal = async (affinities: Affinities) => (await rejected(new TSNE().fit({ affinities }))).message;
    const edge = P.columns[0];
    const values = P.values.slice();
    values[0] *= 2;
    expect(await refusal({ ...P, values })).toMatch(
      new RegExp(
        `^Expected symmetric affinities, received [\\d.e-]+ at \\(0, ${edge}\\) and [\\d.e-]+ at \\(${edge}, 0\\)`,
      ),
    );
    expect(await refusal({ ...P, values: P.values.map((p) => 3 * p) })).toMatch(
      /^Expected affinities with a sum of 1, received a sum of (3|2\.99\d*|3\.00\d*): divide them by it\.$/,
    );
    expect(await refusal({ ...P, values: P.values.map((p, e) => (e === 3 ? Number.NaN : p)) })).toMatch(
      /^Expected affinities from 0 to 1, received nan/,
    );
    const columns = P.columns.slice();
    columns[0] = 0;
    expect(await refusal({ ...P, columns })).toBe(
      'Expected ascending columns of other points in row 0 of the affinities, received 0.',
    );
    expect(await refusal({ ...P, starts: P.starts.subarray(1) })).toMatch(/^Expected `starts` to ascend from 0/);
    expect((await rejected(new TSNE({ method: 'exact' }).fit({ affinities: P }))).message).toBe(
      "Expected features or distances for method 'exact', received affinities.",
    );
    expect((await rejected(new TSNE().fit(P as unknown as Matrix))).message).toBe(
      'Expected affinities as `{ affinities }`, received their fields alone.',
    );
    const neighbors = await nearestNeighbors(x, { k: 9 });
    expect((await rejected(calibrateAffinities(neighbors, { perplexity: 10 }))).message).toMatch(
      /`perplexity`.*at most 9/,
    );
    const wrong = { indices: neighbors.indices, probabilities: neighbors.distances, k: 7 };
    expect((await rejected(symmetrizeAffinities(wrong))).name).toMatch(/Error/);
    expect((await rejected(mapDivergence(P, x.sliceRows(0, 9)))).message).toBe(
      'Expected `map` to have 240 rows to match `P`, received 9.',
    );
    expect((await rejected(mapDivergence(P, x, { perplexity: 3 } as object))).message).toMatch(
      /Unknown option `perplexity`/,
    );
  });
});
