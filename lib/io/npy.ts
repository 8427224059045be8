// NumPy's .npy files, read only: one matrix of numbers. The format: NEP 1, "A Simple File Format for NumPy Arrays".
import type { FileHandle } from 'node:fs/promises';
import { Matrix } from '../data';
import { DataError } from '../errors';
import { fileError, openRegular } from './atomic';

const MAGIC = '\x93NUMPY';

type Reader = (view: DataView, offset: number) => number;

/** How an element type is read, by NumPy's code without the byte order. */
const READERS: Record<string, [number, (little: boolean) => Reader]> = {
  f2: [2, (little) => (view, at) => halfToNumber(view.getUint16(at, little))],
  f4: [4, (little) => (view, at) => view.getFloat32(at, little)],
  f8: [8, (little) => (view, at) => view.getFloat64(at, little)],
  i1: [1, () => (view, at) => view.getInt8(at)],
  i2: [2, (little) => (view, at) => view.getInt16(at, little)],
  i4: [4, (little) => (view, at) => view.getInt32(at, little)],
  i8: [8, (little) => (view, at) => Number(view.getBigInt64(at, little))],
  u1: [1, () => (view, at) => view.getUint8(at)],
  u2: [2, (little) => (view, at) => view.getUint16(at, little)],
  u4: [4, (little) => (view, at) => view.getUint32(at, little)],
  u8: [8, (little) => (view, at) => Number(view.getBigUint64(at, little))],
  b1: [1, () => (view, at) => (view.getUint8(at) === 0 ? 0 : 1)],
};

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

interface Header {
  code: string;
  little: boolean;
  fortran: boolean;
  shape: number[];
  /** Where the values begin. */
  begin: number;
}

function parseHeader(view: DataView, source: string): Header {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const text = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1');
  if (view.byteLength < 12 || text(0, 6) !== MAGIC)
    throw new DataError(`Expected ${source} to be a .npy file, found another kind.`);
  const wide = view.getUint8(6) >= 2;
  const start = wide ? 12 : 10;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const begin = start + length;
  if (begin > view.byteLength)
    throw new DataError(`Expected ${source} to be a whole .npy file, found one that is cut off.`);
  const header = text(start, begin);
  const descr = /'descr':\s*'([<>|=])([a-z]\d+)'/.exec(header);
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header);
  const fortran = /'fortran_order':\s*(True|False)/.exec(header);
  if (!descr || !shape || !fortran || !Object.hasOwn(READERS, descr[2]!)) {
    throw new DataError(
      `Expected ${source} to hold an array of plain numbers, found a header that says ${header.trim().slice(0, 120)}.`,
    );
  }
  const sizes = shape[1]!.split(',').filter((part) => part.trim() !== '');
  return { code: descr[2]!, little: descr[1] !== '>', fortran: fortran[1] === 'True', shape: sizes.map(Number), begin };
}

/**
 * Reads a .npy array of numbers as a float32 matrix: one dimension becomes a column, more than two are flattened behind
 * the first.
 * @param source what to call the bytes in messages
 * @throws DataError when they are no whole .npy array of numbers
 */
export function parseNpy(bytes: Uint8Array, source = 'the data'): Matrix {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { code, little, fortran, shape, begin } = parseHeader(view, source);
  const rows = shape[0] ?? 1;
  const cols = shape.slice(1).reduce((product, size) => product * size, 1);
  const [size, reader] = READERS[code]!;
  if (begin + rows * cols * size > bytes.byteLength) {
    throw new DataError(
      `Expected ${source} to hold ${rows} x ${cols} values of ${size} bytes, found ${bytes.byteLength - begin} bytes.`,
    );
  }
  if (fortran && shape.length > 2) {
    throw new DataError(`Expected ${source} to be in C order, found Fortran order with ${shape.length} dimensions.`);
  }
  const read = reader(little);
  const out = new Float32Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const at = fortran ? col * rows + row : row * cols + col;
      out[row * cols + col] = read(view, begin + at * size);
    }
  }
  return new Matrix(out, rows, cols);
}

/**
 * Reads a .npy file as a float32 matrix (see `parseNpy`).
 * @throws DataError when it cannot be read or is no array of numbers
 */
export async function readNpy(file: string): Promise<Matrix> {
  let bytes: Uint8Array;
  let handle: FileHandle | undefined;
  try {
    handle = await openRegular(file);
    bytes = await handle.readFile();
  } catch (error) {
    throw fileError('read', file, error);
  } finally {
    await handle?.close();
  }
  return parseNpy(bytes, file);
}
