import { EpochOrder } from '../../../lib/train';

const rows = (n: number) => Int32Array.from({ length: n }, (_, i) => i);

describe('the order of an epoch', () => {
  test('is a permutation of the rows', () => {
    const given = Int32Array.of(5, 9, 2, 7, 7, 1);
    const order = new EpochOrder(given, 3, 0, true);
    expect([...order.take(0, 6)].sort()).toEqual([...given].sort());
    expect([...given]).toEqual([5, 9, 2, 7, 7, 1]);
  });

  test('is the same however it is taken', () => {
    const whole = new EpochOrder(rows(1000), 11, 4, true).take(0, 1000);
    const parts = new EpochOrder(rows(1000), 11, 4, true);
    parts.draw(333);
    const joined = [...parts.take(0, 7), ...parts.take(7, 500), ...parts.take(500, 1000)];
    expect(joined).toEqual([...whole]);
  });

  test('differs between epochs and seeds', () => {
    const of = (seed: number, epoch: number) => [...new EpochOrder(rows(50), seed, epoch, true).take(0, 50)];
    expect(of(1, 0)).not.toEqual(of(1, 1));
    expect(of(1, 0)).not.toEqual(of(2, 0));
    expect(of(1, 0)).toEqual(of(1, 0));
  });

  test('every row is equally likely at every place', () => {
    const counts = new Float64Array(25);
    const trials = 4000;
    for (let seed = 0; seed < trials; seed++) {
      const order = new EpochOrder(rows(5), seed, 0, true).take(0, 5);
      for (let place = 0; place < 5; place++) counts[place * 5 + order[place]]++;
    }
    // chi-squared with 16 degrees of freedom: above 39.25 once in a thousand times.
    const expected = trials / 5;
    const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chi).toBeLessThan(39.25);
  });

  test('without shuffling stays as it is', () => {
    expect([...new EpochOrder(Int32Array.of(4, 2, 9), 1, 0, false).take(0, 3)]).toEqual([4, 2, 9]);
  });
});
