import { datasets, knnAccuracy, knnRecall, Matrix, mapDivergence, trustworthiness } from '../../../lib';
import { golden } from '../../helpers/golden';

interface Case {
  name: string;
  rows: number;
  /** Points x dimensions, row after row; without it the map is made of the data. */
  map?: number[];
  figures: { kl_full?: number; kl_nn90: number; recall10: number; trust10: number; knnacc10: number };
}

/** As `waves` in scripts/golden/judge.py. */
function waves(rows: number, cols: number): Matrix {
  const value = (i: number, c: number) => 2 * Math.sin(1.3 * i + 0.7 * c * i) + 0.8 * c * (i % 7);
  return Matrix.from(
    Array.from({ length: rows * cols }, (_, e) => value(Math.floor(e / cols), e % cols)),
    rows,
    cols,
  );
}

function dataOf({ rows, map }: Case): { x: Matrix; y: Matrix; labels: number[] } {
  if (map !== undefined) {
    const { X, y } = datasets.loadDigits();
    return {
      x: X.sliceRows(0, rows),
      y: Matrix.from(map, rows, map.length / rows),
      labels: Array.from(y.slice(0, rows)),
    };
  }
  const x = waves(rows, 6);
  const y = Matrix.from(Array.from({ length: rows }, (_, i) => [0, 1].map((c) => x.get(i, c) + 0.1 * x.get(i, c + 2))));
  return { x, y, labels: Array.from({ length: rows }, (_, i) => i % 7) };
}

describe('figures of quality are those of an independent judge', () => {
  it.each(golden<Case[]>('judge'))('$name', async (want) => {
    const { figures } = want;
    const { x, y, labels } = dataOf(want);
    // Of more than 5,000 points the judge looks at 2,000, drawn as `sample` draws them.
    const options = { k: 10, sample: figures.kl_full === undefined ? 2000 : 0 };
    expect(await mapDivergence(x, y, { pairs: 'neighbors' })).toBeCloseTo(figures.kl_nn90, 3);
    if (figures.kl_full !== undefined) {
      expect(await mapDivergence(x, y, { pairs: 'all' })).toBeCloseTo(figures.kl_full, 3);
    }
    expect(await knnRecall(x, y, options)).toBeCloseTo(figures.recall10, 3);
    expect(await trustworthiness(x, y, options)).toBeCloseTo(figures.trust10, 4);
    expect(await knnAccuracy(y, labels, options)).toBeCloseTo(figures.knnacc10, 3);
  });
});
