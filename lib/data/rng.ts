import { ArgumentError } from '../errors';
import { checkInteger, checkSeed } from '../validate';

const TWO_32 = 4294967296;

/** The upper 32 bits of the 64-bit product of two 32-bit words, by 16-bit halves: every term is exact in a double. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const mid = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = aLow * bHigh + (mid & 0xffff);
  return aHigh * bHigh + (mid >>> 16) + (cross >>> 16);
}

/**
 * Philox4x32-10 on raw words: counter `c0..c3`, key `k0, k1`, four words into `out`.
 * Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
 */
export function philox4x32(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array,
): void {
  let [x0, x1, x2, x3] = [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
  let [key0, key1] = [k0 >>> 0, k1 >>> 0];
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(0xd2511f53, x0);
    const high1 = mulHigh(0xcd9e8d57, x2);
    const low0 = Math.imul(0xd2511f53, x0);
    const low1 = Math.imul(0xcd9e8d57, x2);
    x0 = (high1 ^ x1 ^ key0) >>> 0;
    x2 = (high0 ^ x3 ^ key1) >>> 0;
    x1 = low1 >>> 0;
    x3 = low0 >>> 0;
    key0 = (key0 + 0x9e3779b9) >>> 0;
    key1 = (key1 + 0xbb67ae85) >>> 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/**
 * Counter-based random numbers, the same as the native side's (native/core/rng.h): the value at (seed, stream, index)
 * depends on nothing else and has no state, so any part of a sequence may be drawn in any order.
 *
 * `u32`, `uniform`, `uniform64` and `below` agree with the native side bit for bit; `normal` within the rounding of
 * log, sin and cos.
 */
export class Philox {
  private readonly key0: number;
  private readonly key1: number;
  private readonly stream0: number;
  private readonly stream1: number;
  private readonly words = new Uint32Array(4);
  private cached = -1;

  /**
   * @param seed an integer from 0 to 2^53 - 1
   * @param stream an integer from 0 to 2^53 - 1; streams of one seed are independent
   * @throws ArgumentError when either is anything else
   */
  constructor(seed: number, stream = 0) {
    checkSeed(seed);
    checkSeed(stream, 'stream');
    this.key0 = seed >>> 0;
    this.key1 = Math.floor(seed / TWO_32);
    this.stream0 = stream >>> 0;
    this.stream1 = Math.floor(stream / TWO_32);
  }

  /** The words of block `index`; valid until the next call. */
  private block(index: number): Uint32Array {
    if (index !== this.cached) {
      philox4x32(index >>> 0, Math.floor(index / TWO_32), this.stream0, this.stream1, this.key0, this.key1, this.words);
      this.cached = index;
    }
    return this.words;
  }

  /** The i-th 32-bit word. */
  u32(i: number): number {
    return this.block(Math.floor(i / 4))[i % 4];
  }

  /** Uniform in [0, 1) with 24 bits, a float32. */
  uniform(i: number): number {
    return (this.u32(i) >>> 8) * 2 ** -24;
  }

  /** Uniform in [0, 1) with 53 bits. */
  uniform64(i: number): number {
    const words = this.block(Math.floor(i / 2));
    const at = (i % 2) * 2;
    return (words[at + 1] * 2 ** 21 + (words[at] >>> 11)) * 2 ** -53;
  }

  /**
   * Uniform integer in [0, bound) by multiplication, floor(u64 * bound / 2^64).
   * @param bound an integer from 1 to 2^32 - 1
   * @throws ArgumentError when it is anything else
   */
  below(i: number, bound: number): number {
    if (!(bound >= 1 && bound < TWO_32 && Number.isInteger(bound))) {
      throw new ArgumentError(`Expected \`bound\` to be an integer from 1 to 4294967295, received ${bound}.`);
    }
    const words = this.block(Math.floor(i / 2));
    const at = (i % 2) * 2;
    const low = words[at];
    const high = words[at + 1];
    const carry = (Math.imul(high, bound) >>> 0) + mulHigh(low, bound) >= TWO_32 ? 1 : 0;
    return mulHigh(high, bound) + carry;
  }

  /** Standard normal by Box-Muller; values 2k and 2k + 1 are the cosine and sine of one pair. */
  normal(i: number): number {
    const words = this.block(Math.floor(i / 2));
    const u = (words[1] * TWO_32 + words[0] + 1) * 2 ** -64;
    const angle = 6.283185307179586 * ((words[3] * TWO_32 + words[2]) * 2 ** -64);
    const radius = Math.sqrt(-2 * Math.log(u));
    return i % 2 === 0 ? radius * Math.cos(angle) : radius * Math.sin(angle);
  }
}

/**
 * Shuffles a sequence where it lies, by Fisher-Yates: for k = n - 1 down to 1, swap k with `below(k, k + 1)`.
 * The order depends on the seed, the stream and the length alone.
 */
export function shuffle<T extends Int32Array | unknown[]>(values: T, rng: Philox): T {
  const items = values as unknown[];
  for (let k = items.length - 1; k > 0; k--) {
    const j = rng.below(k, k + 1);
    const kept = items[k];
    items[k] = items[j];
    items[j] = kept;
  }
  return values;
}

/**
 * A random order of 0..n-1.
 * @throws ArgumentError when `n` is not an integer from 0 to 2^31 - 1, or the seed is refused
 */
export function permutation(n: number, seed: number, stream = 0): Int32Array {
  checkInteger(n, 'n', { min: 0, max: 2 ** 31 - 1 });
  return shuffle(range(n), new Philox(seed, stream));
}

/** 0, 1, ... n-1. */
export function range(n: number): Int32Array {
  const out = new Int32Array(n);
  for (let i = 0; i < n; i++) out[i] = i;
  return out;
}

/**
 * The streams of a seed that splitting draws from, so that no two uses of one seed see the same numbers. Class c takes
 * stream `classes + c`.
 */
export const STREAMS = {
  split: 0x7370_0001,
  strata: 0x7370_0002,
  train: 0x7370_0003,
  test: 0x7370_0004,
  folds: 0x7370_0005,
  classes: 0x1_0000_0000,
} as const;
