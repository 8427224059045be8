import { DataError } from '../errors';
import { didYouMean, show } from '../validate';
import { DTYPES, type TensorDtype } from './dtypes';

/** One tensor as the header of a safetensors file states it; offsets count from the first byte after the header. */
export interface TensorInfo {
  /** Type of the numbers. */
  dtype: TensorDtype;
  /** Length of each dimension. */
  shape: readonly number[];
  begin: number;
  end: number;
}

/** The header of a safetensors file. */
export interface SafetensorsHeader {
  /** In the order of the header. */
  tensors: Map<string, TensorInfo>;
  /** Texts by name, as the file holds them. */
  metadata: Record<string, string>;
}

/** Longest header that is accepted, in bytes: the limit of the format's reference reader. */
export const MAX_HEADER = 100_000_000;

/** The length field says how long the header is; refuses what no safetensors file begins with. */
export function headerLength(first8: Uint8Array, fileSize: number, source: string): number {
  if (first8.byteLength < 8) {
    throw new DataError(`Expected ${source} to be a safetensors file, it has only ${fileSize} bytes.`);
  }
  const view = new DataView(first8.buffer, first8.byteOffset, 8);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > MAX_HEADER) {
    throw new DataError(
      `Expected ${source} to be a safetensors file, as models are: its first 8 bytes give a header of ${length} bytes, above the ${MAX_HEADER} that there may be.`,
    );
  }
  if (8 + length > fileSize) {
    throw new DataError(
      `Expected ${source} to have at least ${8 + length} bytes (header), it has ${fileSize}: the file is cut off or no safetensors file.`,
    );
  }
  return length;
}

/** Where the string that opens at `at` closes: the first quote after it with an even number of backslashes before it. */
function closingQuote(json: string, at: number): number {
  for (let end = json.indexOf('"', at + 1); ; end = json.indexOf('"', end + 1)) {
    let slashes = 0;
    while (json[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end;
  }
}

/** The first key that an object of the (valid) JSON text holds twice. `JSON.parse` would silently keep the last. */
function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  let text = '';
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (c === '{') open.push(new Set());
    else if (c === '}') open.pop();
    else if (c === '"') {
      const end = closingQuote(json, i);
      text = json.slice(i, end + 1);
      i = end;
    } else if (c === ':') {
      // The last string before a colon is a key.
      const key = JSON.parse(text) as string;
      const keys = open[open.length - 1];
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

function parseJson(bytes: Uint8Array, source: string): Record<string, unknown> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  let parsed: unknown;
  try {
    parsed = text.startsWith('{') ? JSON.parse(text) : undefined;
  } catch (cause) {
    throw new DataError(`Expected the header of ${source} to be JSON: ${(cause as Error).message}.`, { cause });
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw new DataError(`Expected ${source} to be a safetensors file, its header is no JSON object.`);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined)
    throw new DataError(`Expected each name in the header of ${source} once, found ${show(twice)} twice.`);
  return parsed as Record<string, unknown>;
}

function parseMetadata(value: unknown, source: string): Record<string, string> {
  if (value === undefined) return {};
  const isText = (entry: unknown) => typeof entry === 'string';
  if (value === null || typeof value !== 'object' || !Object.values(value).every(isText)) {
    throw new DataError(`Expected \`__metadata__\` of ${source} to hold texts only.`);
  }
  return value as Record<string, string>;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function parseTensor(name: string, value: unknown, dataSize: number, source: string): TensorInfo {
  const where = `tensor ${show(name)} of ${source}`;
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPES, dtype)) {
    const hint = typeof dtype === 'string' ? didYouMean(dtype, Object.keys(DTYPES)) : '';
    throw new DataError(
      `Expected the dtype of ${where} to be one of ${Object.keys(DTYPES).join(', ')}, found ${show(dtype)}.${hint}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw new DataError(`Expected the shape of ${where} to be a list of sizes, found ${show(shape)}.`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount) || offsets[0] > offsets[1]) {
    throw new DataError(`Expected \`data_offsets\` of ${where} to be [begin, end], found ${show(offsets)}.`);
  }
  const [begin, end] = offsets as [number, number];
  const bytes = shape.reduce((a: number, b: number) => a * b, 1) * DTYPES[dtype as TensorDtype].size;
  if (end - begin !== bytes) {
    throw new DataError(
      `Expected ${where} to take ${bytes} bytes (${dtype}, shape [${shape.join(', ')}]), its offsets give ${end - begin}.`,
    );
  }
  if (end > dataSize) {
    throw new DataError(
      `Expected ${where} to end within the data, it ends at byte ${end} of ${dataSize}: the file is cut off or damaged.`,
    );
  }
  return { dtype: dtype as TensorDtype, shape: shape as number[], begin, end };
}

/** The format allows neither shared bytes nor bytes that belong to no tensor. */
function checkLayout(tensors: Map<string, TensorInfo>, dataSize: number, source: string): void {
  const sorted = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  let before = 'the header';
  for (const [name, { begin, end }] of sorted) {
    if (begin < at)
      throw new DataError(`Expected the tensors of ${source} not to overlap: ${show(name)} begins inside ${before}.`);
    if (begin > at) {
      throw new DataError(
        `Expected the tensors of ${source} to lie side by side, found ${begin - at} unused bytes before ${show(name)}.`,
      );
    }
    at = end;
    before = show(name);
  }
  if (at !== dataSize) {
    throw new DataError(`Expected ${source} to end with its last tensor, found ${dataSize - at} more bytes.`);
  }
}

/**
 * Checks and reads the header's JSON.
 * @param dataSize number of bytes after the header
 * @throws DataError naming what is wrong
 */
export function parseHeader(bytes: Uint8Array, dataSize: number, source: string): SafetensorsHeader {
  const json = parseJson(bytes, source);
  const tensors = new Map<string, TensorInfo>();
  for (const [name, value] of Object.entries(json)) {
    if (name !== '__metadata__') tensors.set(name, parseTensor(name, value, dataSize, source));
  }
  checkLayout(tensors, dataSize, source);
  return {
    tensors,
    metadata: parseMetadata(Object.hasOwn(json, '__metadata__') ? json.__metadata__ : undefined, source),
  };
}
