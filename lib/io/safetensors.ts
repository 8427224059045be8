// Our own layer, because the npm package `safetensors` (0.0.1) is unmaintained and incomplete, and the others only read
// headers of remote files. The format is small: 8 bytes header length (little-endian), JSON, then the raw values.
// Source: https://github.com/huggingface/safetensors#format
import type { FileHandle } from 'node:fs/promises';
import { ArgumentError, DataError, OutOfMemoryError, ShapeError } from '../errors';
import { show } from '../validate';
import { fileError, openRegular, writeFileAtomic } from './atomic';
import { DTYPE_OF_ARRAY, DTYPES, type TensorData, type TensorDtype } from './dtypes';
import { headerLength, parseHeader, type SafetensorsHeader, type TensorInfo } from './header';

/** A tensor to be written: row-major values with their shape; the typed array decides the element type. */
export interface TensorInput {
  readonly data: TensorData;
  readonly shape: readonly number[];
}

/** A tensor as it was read. F16 and BF16 are handed out as float32; `dtype` tells what the file holds. */
export interface Tensor extends TensorInput {
  readonly dtype: TensorDtype;
}

/** The content of a safetensors file. */
export interface Safetensors {
  tensors: Record<string, Tensor>;
  metadata: Record<string, string>;
}

const READ_PIECE = 1 << 30;

function toTensor({ dtype, shape }: TensorInfo, bytes: Uint8Array): Tensor {
  const row = DTYPES[dtype];
  const aligned = bytes.byteOffset % row.size === 0 ? bytes : bytes.slice();
  const stored = new row.Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / row.size);
  return { dtype, shape, data: row.decode ? row.decode(stored as Uint16Array) : stored };
}

/**
 * Reads the bytes of a safetensors file. Values are copied.
 * @param source what to call the bytes in messages
 * @throws DataError when they are no whole, valid safetensors file
 */
export function parseSafetensors(bytes: Uint8Array, source = 'the data'): Safetensors {
  const length = headerLength(bytes.subarray(0, 8), bytes.byteLength, source);
  const data = bytes.subarray(8 + length);
  const { tensors, metadata } = parseHeader(bytes.subarray(8, 8 + length), data.byteLength, source);
  // The typed views are made over a copy, so that neither alignment nor later writes of the caller matter.
  const read = [...tensors].map(([name, info]) => [
    name,
    toTensor(info, new Uint8Array(data.subarray(info.begin, info.end))),
  ]);
  return { tensors: Object.fromEntries(read), metadata };
}

async function readBytes(handle: FileHandle, position: number, length: number, file: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(length);
  } catch (cause) {
    throw new OutOfMemoryError(`Expected ${length} bytes of memory for a tensor of ${file}, found less.`, { cause });
  }
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(READ_PIECE, length - at), position + at);
    if (bytesRead === 0) throw new DataError(`Expected ${file} to have ${position + length} bytes, it became shorter.`);
    at += bytesRead;
  }
  return bytes;
}

async function withHeader<T>(
  file: string,
  use: (handle: FileHandle, header: SafetensorsHeader, dataStart: number) => Promise<T>,
): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await openRegular(file);
    const info = await handle.stat();
    const length = headerLength(await readBytes(handle, 0, Math.min(8, info.size), file), info.size, file);
    const dataStart = 8 + length;
    const header = parseHeader(await readBytes(handle, 8, length, file), info.size - dataStart, file);
    return await use(handle, header, dataStart);
  } catch (error) {
    throw fileError('read', file, error);
  } finally {
    await handle?.close();
  }
}

/**
 * Reads a safetensors file. Each tensor gets memory of its own.
 * @throws DataError when the file cannot be read or is no whole, valid safetensors file
 */
export function readSafetensors(file: string): Promise<Safetensors> {
  return withHeader(file, async (handle, { tensors, metadata }, dataStart) => {
    const read: [string, Tensor][] = [];
    for (const [name, info] of tensors) {
      read.push([name, toTensor(info, await readBytes(handle, dataStart + info.begin, info.end - info.begin, file))]);
    }
    return { tensors: Object.fromEntries(read), metadata };
  });
}

/**
 * Reads names, types, shapes and metadata of a safetensors file without its values.
 * @throws DataError when the file cannot be read or is no whole, valid safetensors file
 */
export function readSafetensorsHeader(file: string): Promise<SafetensorsHeader> {
  return withHeader(file, async (_, header) => header);
}

/** The dtype of a tensor to be written, after checking name, data and shape. */
function checkTensor(name: string, { data, shape }: TensorInput): TensorDtype {
  const dtype = ArrayBuffer.isView(data) ? DTYPE_OF_ARRAY[data.constructor.name] : undefined;
  if (dtype === undefined)
    throw new ArgumentError(`Expected tensor ${show(name)} to hold a typed array, received ${show(data)}.`);
  if (name === '__metadata__') throw new ArgumentError('Expected a tensor name other than `__metadata__`.');
  const isSize = (n: number) => Number.isSafeInteger(n) && n >= 0;
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw new ShapeError(`Expected the shape of tensor ${show(name)} to be a list of sizes, received ${show(shape)}.`);
  }
  const elements = shape.reduce((a, b) => a * b, 1);
  if (elements !== data.length) {
    throw new ShapeError(
      `Expected tensor ${show(name)} of shape [${shape.join(', ')}] to have ${elements} elements, received ${data.length}.`,
    );
  }
  return dtype;
}

/**
 * The pieces of a safetensors file, in order; values are not copied. Wider element types come first and the header is
 * padded to 8 bytes, so that every tensor is aligned. Equal content gives equal bytes.
 *
 * @throws ArgumentError when a tensor holds no typed array or metadata are no texts
 * @throws ShapeError when a tensor's data do not fill its shape
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorInput>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') {
      throw new ArgumentError(`Expected metadata ${show(key)} to be a text, received ${show(value)}.`);
    }
  }
  const typed = Object.entries(tensors).map(([name, tensor]) => ({
    name,
    ...tensor,
    dtype: checkTensor(name, tensor),
  }));
  typed.sort((a, b) => DTYPES[b.dtype].size - DTYPES[a.dtype].size);
  const header: [string, unknown][] = Object.keys(metadata).length === 0 ? [] : [['__metadata__', metadata]];
  let at = 0;
  for (const { name, dtype, shape, data } of typed) {
    header.push([name, { dtype, shape, data_offsets: [at, at + data.byteLength] }]);
    at += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)), 'utf8');
  const length = Math.ceil(json.byteLength / 8) * 8;
  const head = Buffer.alloc(8 + length, ' ');
  head.writeBigUInt64LE(BigInt(length), 0);
  json.copy(head, 8);
  return [head, ...typed.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/**
 * Writes a safetensors file beside and renames it: see `writeFileAtomic`.
 * @throws DataError when the file cannot be written; ArgumentError and ShapeError as `encodeSafetensors`
 */
export async function writeSafetensors(
  file: string,
  tensors: Readonly<Record<string, TensorInput>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomic(file, encodeSafetensors(tensors, metadata));
}
