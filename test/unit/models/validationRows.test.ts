import { holdOut } from '../../../lib/models/validationRows';
import { typed } from '../../helpers/blobs';

describe('rows held out for validation', () => {
  const strata = Int32Array.from({ length: 1000 }, (_, i) => (i % 10 < 7 ? 0 : i % 10 < 9 ? 1 : 2));

  test('are a part of the rows, the rest is learned from', () => {
    const { train, validation } = holdOut(1000, 0.2, 3, strata);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(validation).toHaveLength(200);
  });

  test('keep the shares of the classes', () => {
    const { validation } = holdOut(1000, 0.2, 3, strata);
    const counts = [0, 0, 0];
    for (const row of validation) counts[strata[row]]++;
    expect(counts).toEqual([140, 40, 20]);
  });

  test('follow from the seed alone', () => {
    expect(holdOut(1000, 0.1, 3, strata)).toEqual(holdOut(1000, 0.1, 3, strata));
    expect(holdOut(1000, 0.1, 3, strata)).not.toEqual(holdOut(1000, 0.1, 4, strata));
    expect(holdOut(50, 0.1, 1, undefined).validation).toHaveLength(5);
  });

  test('leave every class a row to learn from', () => {
    const rare = Int32Array.of(0, 0, 0, 0, 1, 2, 2);
    for (let seed = 0; seed < 50; seed++) {
      const { train } = holdOut(7, 0.6, seed, rare);
      expect(new Set(Array.from(train, (row) => rare[row])).size).toBe(3);
    }
  });

  test('every row is equally likely to be held out', () => {
    const counts = new Float64Array(20);
    for (let seed = 0; seed < 4000; seed++)
      for (const row of holdOut(20, 0.25, seed, undefined).validation) counts[row]++;
    // chi-squared with 19 degrees of freedom, scaled for drawing without replacement: above 43.8 once in a thousand times.
    const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / (1000 * 0.75), 0) * (19 / 20);
    expect(chi).toBeLessThan(43.8);
  });

  test('one row cannot be parted', () => {
    expect(() => holdOut(1, 0.5, 0, undefined)).toThrow(typed('DataError', /validationSplit/));
    expect(() => holdOut(2, 0.5, 0, Int32Array.of(0, 1))).toThrow(typed('DataError', /two of a class/));
  });
});
