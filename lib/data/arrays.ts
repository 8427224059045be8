import { types } from 'node:util';
import { DataError, NonFiniteError } from '../errors';
import { show } from '../validate';

/** Any typed array whose elements are numbers. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** Whether a value is an array of numbers of any of the accepted kinds, in any realm. */
export function isNumericArray(value: unknown): value is NumericArray {
  return (
    ArrayBuffer.isView(value) &&
    !(value instanceof DataView) &&
    !/^Big/.test(value.constructor.name) &&
    'length' in value
  );
}

/** Of any realm: `instanceof` fails on arrays that a vm context or a test runner made. */
export const isFloat32Array = (value: unknown): value is Float32Array => types.isFloat32Array(value);
export const isFloat64Array = (value: unknown): value is Float64Array => types.isFloat64Array(value);
export const isInt32Array = (value: unknown): value is Int32Array => types.isInt32Array(value);

/** Whether an array lies in memory that threads share, which nobody can detach. */
export function isShared(array: ArrayBufferView): boolean {
  return types.isSharedArrayBuffer(array.buffer);
}

/** Whether the memory of an array was transferred away; it then has no elements. */
function isDetached(array: ArrayBufferView): boolean {
  if (array.byteLength > 0) return false;
  try {
    new Uint8Array(array.buffer);
    return false;
  } catch {
    return true;
  }
}

/** Refuses an array whose memory was transferred away; other values pass. */
export function assertAttached(array: unknown, name: string): void {
  if (!ArrayBuffer.isView(array) || !isDetached(array)) return;
  throw new DataError(
    `Expected \`${name}\` to hold its elements, received an array whose ArrayBuffer was detached (transferred).`,
  );
}

/** From this magnitude on a number rounds to Infinity in float32: (2 - 2^-24) * 2^127. */
const FLOAT32_OVERFLOW = 2 ** 128 - 2 ** 103;

/**
 * Copies numbers to out[base...] as float32.
 * @param where what to call element j in messages
 * @throws DataError when an element is not a number
 * @throws NonFiniteError when a finite number is too large for float32
 */
export function copyNumbers(
  from: readonly number[] | NumericArray,
  out: Float32Array,
  base: number,
  where: (j: number) => string,
): void {
  if (isNumericArray(from) && !isFloat64Array(from)) {
    out.set(from, base);
    return;
  }
  for (let j = 0; j < from.length; j++) {
    const value: unknown = from[j];
    if (typeof value !== 'number') {
      throw new DataError(`Expected ${where(j)} to be a number, received ${show(value)}.`);
    }
    if ((value >= FLOAT32_OVERFLOW || value <= -FLOAT32_OVERFLOW) && Number.isFinite(value)) {
      throw new NonFiniteError(
        `Expected ${where(j)} to be at most 3.4e38 in magnitude, received ${value}, which is too large for float32.`,
      );
    }
    out[base + j] = value;
  }
}
