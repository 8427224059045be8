/** Typed arrays that a tensor's values come in. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

interface TypedArrayConstructor {
  new (length: number): TensorData;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TensorData;
}

interface DtypeRow {
  /** Bytes of an element in the file. */
  size: number;
  /** The typed array of the stored form; F16 and BF16 are stored as 16-bit words. */
  Array: TypedArrayConstructor;
  /** Turns the stored form into the one that is handed out. */
  decode?: (stored: Uint16Array) => Float32Array;
}

const DTYPE_ROWS = {
  F64: { size: 8, Array: Float64Array },
  F32: { size: 4, Array: Float32Array },
  F16: { size: 2, Array: Uint16Array, decode: decodeHalf },
  BF16: { size: 2, Array: Uint16Array, decode: decodeBfloat16 },
  I64: { size: 8, Array: BigInt64Array },
  I32: { size: 4, Array: Int32Array },
  I16: { size: 2, Array: Int16Array },
  I8: { size: 1, Array: Int8Array },
  U64: { size: 8, Array: BigUint64Array },
  U32: { size: 4, Array: Uint32Array },
  U16: { size: 2, Array: Uint16Array },
  U8: { size: 1, Array: Uint8Array },
  BOOL: { size: 1, Array: Uint8Array },
} as const;

/** Element types of the safetensors format that can be read. */
export type TensorDtype = keyof typeof DTYPE_ROWS;

export const DTYPES: Readonly<Record<TensorDtype, DtypeRow>> = DTYPE_ROWS as unknown as Record<TensorDtype, DtypeRow>;

/** The element type that a typed array is written as, by the name of its class. */
export const DTYPE_OF_ARRAY: Readonly<Record<string, TensorDtype | undefined>> = {
  Float32Array: 'F32',
  Float64Array: 'F64',
  Int8Array: 'I8',
  Int16Array: 'I16',
  Int32Array: 'I32',
  BigInt64Array: 'I64',
  Uint8Array: 'U8',
  Uint16Array: 'U16',
  Uint32Array: 'U32',
  BigUint64Array: 'U64',
};

/** bfloat16 is the upper half of a float32. */
function decodeBfloat16(stored: Uint16Array): Float32Array {
  const bits = new Uint32Array(stored.length);
  for (let i = 0; i < stored.length; i++) bits[i] = stored[i] << 16;
  return new Float32Array(bits.buffer);
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
function decodeHalf(stored: Uint16Array): Float32Array {
  const bits = new Uint32Array(stored.length);
  const out = new Float32Array(bits.buffer);
  for (let i = 0; i < stored.length; i++) {
    const half = stored[i];
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 31;
    const fraction = half & 0x3ff;
    if (exponent === 31) bits[i] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent !== 0) bits[i] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else out[i] = (sign === 0 ? 1 : -1) * fraction * 2 ** -24;
  }
  return out;
}
