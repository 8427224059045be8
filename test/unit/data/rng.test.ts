import { Philox, permutation, philox4x32, shuffle } from '../../../lib/data';
import { thrown } from '../../helpers/errors';
import { golden } from '../../helpers/golden';

interface Draw {
  seed: number;
  stream: number;
  index: number;
  bound: number;
  u32: number;
  uniform: number;
  uniform64: number;
  below: number;
  normal: number;
}

describe('Philox', () => {
  // The known-answer vectors published with Random123 for philox4x32-10.
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('known answer for counter %p', ([c0, c1, c2, c3], [k0, k1], expected) => {
    const out = new Uint32Array(4);
    philox4x32(c0, c1, c2, c3, k0, k1, out);
    expect([...out]).toEqual(expected);
  });

  test('every draw equals the native generator bit for bit', () => {
    for (const draw of golden<Draw[]>('philox')) {
      const rng = new Philox(draw.seed, draw.stream);
      const { index } = draw;
      const own = {
        u32: rng.u32(index),
        uniform: rng.uniform(index),
        uniform64: rng.uniform64(index),
        below: rng.below(index, draw.bound),
      };
      expect({ ...draw, ...own }).toEqual(draw);
      expect(Math.abs(rng.normal(index) - draw.normal)).toBeLessThanOrEqual(1e-14 * Math.abs(draw.normal) + 1e-15);
    }
  });

  test('draws do not depend on their order', () => {
    const forward = new Philox(5);
    const backward = new Philox(5);
    const a = Array.from({ length: 50 }, (_, i) => forward.u32(i));
    const b = Array.from({ length: 50 }, (_, i) => backward.u32(49 - i)).reverse();
    expect(a).toEqual(b);
  });

  test('moments of normal and uniform', () => {
    const rng = new Philox(11);
    const n = 40_000;
    let [sum, squares, uniform] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      const z = rng.normal(i);
      sum += z;
      squares += z * z;
      uniform += rng.uniform64(i);
    }
    expect(Math.abs(sum / n)).toBeLessThan(0.02);
    expect(Math.abs(squares / n - 1)).toBeLessThan(0.03);
    expect(Math.abs(uniform / n - 0.5)).toBeLessThan(0.01);
  });

  test('bad arguments', () => {
    expect(thrown(() => new Philox(-1))).toEqual({
      name: 'ArgumentError',
      message: 'Expected `seed` to be an integer at least 0 and at most 9007199254740991, received -1.',
    });
    expect(thrown(() => new Philox(1, 0.5)).message).toMatch(/^Expected `stream` to be an integer/);
    expect(thrown(() => new Philox(1).below(0, 0)).message).toBe(
      'Expected `bound` to be an integer from 1 to 4294967295, received 0.',
    );
    expect(thrown(() => permutation(-1, 0)).message).toMatch(/^Expected `n` to be an integer/);
  });
});

describe('permutation', () => {
  test.each([0, 1, 2, 3, 17, 1000])('of %i holds every number once', (n) => {
    expect([...permutation(n, 3)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
  });

  test('follows from the seed and the stream', () => {
    expect(permutation(100, 1)).toEqual(permutation(100, 1));
    expect(permutation(100, 1)).not.toEqual(permutation(100, 2));
    expect(permutation(100, 1)).not.toEqual(permutation(100, 1, 1));
  });

  test('is Fisher-Yates by the definition', () => {
    const rng = new Philox(9);
    const expected = Array.from({ length: 20 }, (_, i) => i);
    for (let k = 19; k > 0; k--) {
      const j = Number(((BigInt(rng.u32(2 * k)) | (BigInt(rng.u32(2 * k + 1)) << 32n)) * BigInt(k + 1)) >> 64n);
      [expected[k], expected[j]] = [expected[j], expected[k]];
    }
    expect([...permutation(20, 9)]).toEqual(expected);
  });

  test('each place is about equally likely', () => {
    const counts = new Float64Array(5);
    for (let seed = 0; seed < 5000; seed++) counts[permutation(5, seed).indexOf(0)] += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test('shuffle keeps the elements of any array', () => {
    const words = ['a', 'b', 'c', 'd', 'e'];
    expect([...shuffle([...words], new Philox(4))].sort()).toEqual(words);
  });
});
