import { median, Philox } from '../../../lib/data';
import { aboutMedian, scratchFor } from '../../../lib/data/table/median';

const rng = new Philox(3);
const drawn = (n: number, of = 2 ** 20) => Float32Array.from({ length: n }, (_, i) => rng.below(i * 3 + n, of));

/** By sorting. */
function sorted(values: Float32Array): number {
  const all = values.slice().sort();
  const middle = all.length >> 1;
  return all.length % 2 === 1 ? all[middle] : (all[middle - 1] + all[middle]) / 2;
}

test.each([1, 2, 3, 4, 7, 100, 1001, 40_000])('the median of %i values is that of the sorted ones', (n) => {
  for (const values of [
    drawn(n),
    drawn(n, 3),
    drawn(n).sort(),
    drawn(n).sort().reverse(),
    new Float32Array(n).fill(2),
  ]) {
    expect(median(values.slice())).toBe(sorted(values));
  }
});

test('few values have their exact median, many that of a sample, and neither is left in another order', () => {
  for (const [n, most] of [
    [1000, 0],
    [100_001, 0],
    [400_000, 0.01],
  ]) {
    const scratch = scratchFor(n + 5);
    const values = scratch.subarray(0, n);
    values.set(drawn(n));
    const before = values.slice();
    expect(Math.abs(aboutMedian(values, scratch) / sorted(before) - 1)).toBeLessThanOrEqual(most);
    expect(values).toEqual(before);
  }
});
