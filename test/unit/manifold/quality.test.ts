import { continuity, knnAccuracy, knnRecall, Matrix, mapDivergence, Philox, TSNE, trustworthiness } from '../../../lib';
import { rejected } from '../../helpers/errors';
import { golden } from '../../helpers/golden';
import { namedData } from '../../helpers/unsupervised';

interface TrustCase {
  data: string;
  k: number;
  map: number[];
  trustworthiness: number;
  continuity: number;
}

/** KL divergence by its definition in float64. */
function naiveDivergence(x: Matrix, y: Matrix, perplexity: number): number {
  const n = x.rows;
  const table = (m: Matrix) => {
    const rows = m.toArray();
    return rows.map((a) => rows.map((b) => a.reduce((sum, v, c) => sum + (v - b[c]) ** 2, 0)));
  };
  const [dx, dy] = [table(x), table(y)];
  const p = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = (beta: number) => Array.from({ length: n }, (_, j) => (j === i ? 0 : Math.exp(-beta * dx[i][j])));
    let [low, high] = [0, 1e3];
    for (let step = 0; step < 60; step++) {
      const w = row((low + high) / 2);
      const total = w.reduce((a, b) => a + b);
      const entropy = -w.reduce((a, b) => a + (b > 0 ? (b / total) * Math.log(b / total) : 0), 0);
      if (entropy > Math.log(perplexity)) low = (low + high) / 2;
      else high = (low + high) / 2;
    }
    const w = row((low + high) / 2);
    const total = w.reduce((a, b) => a + b);
    for (let j = 0; j < n; j++) {
      p[i * n + j] = (p[i * n + j] as number) + (w[j] as number) / total / (2 * n);
      p[j * n + i] = (p[j * n + i] as number) + (w[j] as number) / total / (2 * n);
    }
  }
  let z = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (j !== i) z += 1 / (1 + dy[i][j]);
  let kl = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const pij = p[i * n + j] as number;
      if (pij > 0) kl += pij * Math.log(pij * z * (1 + dy[i][j]));
    }
  }
  return kl;
}

describe('quality of maps', () => {
  for (const want of golden<{ trust: TrustCase[] }>('unsupervised').trust) {
    it(`trustworthiness and continuity agree with scikit-learn on ${want.data}`, async () => {
      const x = namedData(want.data);
      const map = Matrix.from(want.map, x.rows, 2);
      // Equal distances are ranked in another order there.
      expect(Math.abs((await trustworthiness(x, map, { k: want.k })) - want.trustworthiness)).toBeLessThan(1e-3);
      expect(Math.abs((await continuity(x, map, { k: want.k })) - want.continuity)).toBeLessThan(1e-3);
    });
  }

  it('a map that is the data keeps everything, noise nothing', async () => {
    const rng = new Philox(3, 1);
    const x = Matrix.from(
      Array.from({ length: 600 }, (_, i) => rng.uniform(i)),
      300,
      2,
    );
    const noise = Matrix.from(
      Array.from({ length: 600 }, (_, i) => rng.uniform(1000 + i)),
      300,
      2,
    );
    expect(await trustworthiness(x, x)).toBe(1);
    expect(await knnRecall(x, x)).toBe(1);
    expect(await knnRecall(x, noise)).toBeLessThan(0.1);
    expect(await trustworthiness(x, noise)).toBeLessThan(0.6);
    const half = Array.from({ length: 300 }, (_, i) => (x.get(i, 0) < 0.5 ? 'left' : 'right'));
    expect(await knnAccuracy(x, half)).toBeGreaterThan(0.93);
    expect(await knnAccuracy(noise, half)).toBeLessThan(0.65);
  });

  it('the divergence is that of the definition, and that which TSNE reports', async () => {
    const x = namedData('iris').selectRows(Array.from({ length: 75 }, (_, i) => 2 * i + 1));
    const model = await new TSNE({ perplexity: 8, nIter: 300, theta: 0, method: 'exact' }).fit(x);
    const want = naiveDivergence(x, model.embedding, 8);
    expect(await mapDivergence(x, model.embedding, { perplexity: 8 })).toBeCloseTo(want, 3);
    expect(model.klDivergence).toBeCloseTo(want, 3);
    const tree = await new TSNE({ perplexity: 8, nIter: 300 }).fit(x);
    const sparse = await mapDivergence(x, tree.embedding, { perplexity: 8, pairs: 'neighbors' });
    expect(Math.abs(sparse - tree.klDivergence)).toBeLessThan(0.02);
  });

  it('points equally far share the best rank', async () => {
    // In X points 1 to 4 lie at one distance of 0, 5 to 7 farther off; the map has them in another order.
    const x = [
      [0, 0],
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
      [3, 0],
      [0, 3],
      [4, 4],
      [-4, 4],
      [9, 9],
    ];
    const map = [[0], [4.1], [3.1], [2.1], [1], [6], [7], [8.5], [11], [20]];
    const n = x.length;
    const distances = (rows: number[][]) =>
      rows.map((a) => rows.map((b) => a.reduce((sum, v, c) => sum + (v - b[c]) ** 2, 0)));
    const [dx, dy] = [distances(x), distances(map)];
    let penalty = 0;
    for (let i = 0; i < n; i++) {
      const others = dy[i].map((_, j) => j).filter((j) => j !== i);
      const near = others.sort((a, b) => dy[i][a] - dy[i][b] || a - b).slice(0, 2);
      for (const j of near) {
        const rank = 1 + dx[i].filter((d, l) => l !== i && d < dx[i][j]).length;
        penalty += Math.max(0, rank - 2);
      }
    }
    const want = 1 - (2 / (n * 2 * (2 * n - 3 * 2 - 1))) * penalty;
    expect(await trustworthiness(x, map, { k: 2 })).toBeCloseTo(want, 12);
  });

  it('looks at a fixed sample of points, itself left out of its neighbours', async () => {
    const rng = new Philox(8, 1);
    // Every point twice: the nearest other point of each is its double.
    const x = Matrix.from(
      Array.from({ length: 1200 }, (_, e) => rng.uniform(e % 600)),
      400,
      3,
    );
    const map = Matrix.from(
      Array.from({ length: 800 }, (_, e) => rng.uniform(5000 + e)),
      400,
      2,
    );
    let state = 12345;
    const rows = Array.from({ length: 150 }, () => {
      state = Number((BigInt(state) * 1664525n + 1013904223n) & 0xffffffffn);
      return Number((BigInt(state) * 400n) >> 32n);
    });
    const nearest = (m: Matrix) => {
      const points = m.toArray();
      return rows.map((i) => {
        const d = points.map((point) => point.reduce((sum, v, c) => sum + (v - points[i][c]) ** 2, 0));
        const others = d.map((_, j) => j).filter((j) => j !== i);
        return others.sort((a, b) => d[a] - d[b] || a - b).slice(0, 10);
      });
    };
    const [inX, inMap] = [nearest(x), nearest(map)];
    const kept = inMap.map((near, q) => near.filter((j) => inX[q].includes(j)).length);
    expect(await knnRecall(x, map, { sample: 150 })).toBeCloseTo(kept.reduce((a, b) => a + b) / 1500, 10);
    expect(await knnRecall(x, x, { sample: 150 })).toBe(1);
    const label = Int32Array.from({ length: 400 }, (_, i) => i % 3);
    const right = rows.filter((i, q) => {
      const votes = [0, 0, 0];
      for (const j of inMap[q]) votes[label[j]]++;
      return votes.indexOf(Math.max(...votes)) === label[i];
    });
    expect(await knnAccuracy(map, label, { sample: 150 })).toBeCloseTo(right.length / 150, 10);
    const all = await trustworthiness(x, map);
    const some = await trustworthiness(x, map, { sample: 2000 });
    expect(some).not.toBe(all);
    expect(Math.abs(some - all)).toBeLessThan(0.01);
    expect(await continuity(x, map, { sample: 60 })).toBe(await trustworthiness(map, x, { sample: 60 }));
  });

  it('refuses what does not fit', async () => {
    const x = namedData('iris');
    for (const figure of [trustworthiness, continuity, knnRecall]) {
      for (const unit of [1e25, 1e-25]) {
        const far = new Matrix(
          x.data.map((v) => v * unit),
          150,
          4,
        );
        for (const [X, map] of [
          [x, far],
          [far, x],
        ] as const) {
          expect((await rejected(figure(X, map))).message).toMatch(
            /squared distances fit in float32.*: scale the columns/,
          );
        }
      }
    }
    expect((await rejected(knnAccuracy(x, undefined as unknown as number[]))).message).toBe(
      'Expected `labels` to be an array of strings or numbers, received undefined.',
    );
    expect((await rejected(trustworthiness(x, x.sliceRows(0, 9)))).message).toBe(
      'Expected `map` to have 150 rows to match `X`, received 9.',
    );
    expect((await rejected(trustworthiness(x, x, { k: 75 }))).name).toBe('ArgumentError');
    expect((await rejected(mapDivergence(x, x))).message).toBe('Expected `map` to have 2 or 3 columns, received 4.');
  });
});
