import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Philox } from '../../../lib/data';
import {
  encodeSafetensors,
  parseSafetensors,
  readNpy,
  readSafetensors,
  readSafetensorsHeader,
  type TensorInput,
  writeSafetensors,
} from '../../../lib/io';
import { rejected, thrown } from '../../helpers/errors';
import { describeWithNumpy, runPython, temporaryFolder } from '../../helpers/files';

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);

/** A file from a header (object or text) and a number of data bytes. */
function build(header: unknown, dataBytes: number): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([head, text, Buffer.alloc(dataBytes)]);
}

const tensors: Record<string, TensorInput> = {
  flags: { data: Uint8Array.of(1, 0, 255), shape: [3] },
  'layer.0.weight': { data: Float32Array.of(1.5, -2, 3, 4, 5, 6), shape: [2, 3] },
  moment: { data: Float64Array.of(Math.PI), shape: [] },
  ids: { data: Int32Array.of(-1, 2 ** 31 - 1), shape: [2, 1] },
  big: { data: BigInt64Array.of(-(2n ** 63n), 5n), shape: [2] },
  nothing: { data: new Float32Array(0), shape: [0, 7] },
};

function expectSame(actual: Record<string, TensorInput>, expected: Record<string, TensorInput>): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, { data, shape }] of Object.entries(expected)) {
    expect([name, actual[name].shape, actual[name].data]).toEqual([name, shape, data]);
  }
}

describe('safetensors', () => {
  test('round trip through a file and through memory', async () => {
    const file = at('all.safetensors');
    await writeSafetensors(file, tensors, { note: 'ünï "quoted" \\ ✓', empty: '' });
    const read = await readSafetensors(file);
    expectSame(read.tensors, tensors);
    expect(read.metadata).toEqual({ note: 'ünï "quoted" \\ ✓', empty: '' });
    expect(read.tensors.big.dtype).toBe('I64');
    const bytes = Buffer.concat(encodeSafetensors(tensors));
    expectSame(parseSafetensors(bytes).tensors, tensors);
    expectSame(parseSafetensors(Buffer.concat([Buffer.alloc(1), bytes]).subarray(1)).tensors, tensors);
  });

  test('the header alone', async () => {
    await writeSafetensors(at('head.safetensors'), tensors);
    const { tensors: infos, metadata } = await readSafetensorsHeader(at('head.safetensors'));
    expect(infos.get('layer.0.weight')).toMatchObject({ dtype: 'F32', shape: [2, 3] });
    expect(metadata).toEqual({});
  });

  test('header and tensors are aligned, equal content gives equal bytes', () => {
    const bytes = Buffer.concat(encodeSafetensors(tensors, { a: 'b' }));
    const length = Number(bytes.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    for (const [name, { data }] of Object.entries(tensors)) {
      expect(header[name].data_offsets[0] % data.BYTES_PER_ELEMENT).toBe(0);
    }
    expect(Buffer.concat(encodeSafetensors(tensors, { a: 'b' })).equals(bytes)).toBe(true);
  });

  test('a file without tensors', () => {
    expect(parseSafetensors(Buffer.concat(encodeSafetensors({}, { a: 'b' })))).toEqual({
      tensors: {},
      metadata: { a: 'b' },
    });
  });

  test('values are copied out of the bytes', () => {
    const bytes = Buffer.concat(encodeSafetensors({ a: { data: Float32Array.of(1), shape: [1] } }));
    const { tensors: read } = parseSafetensors(bytes);
    bytes.fill(0);
    expect(read.a.data[0]).toBe(1);
  });

  test('names that objects treat specially', () => {
    const odd = Object.fromEntries(
      ['__proto__', 'constructor', '', 'a"b\\', '7'].map((name, i) => [name, { data: Float32Array.of(i), shape: [1] }]),
    );
    expectSame(parseSafetensors(Buffer.concat(encodeSafetensors(odd))).tensors, odd);
  });

  test('a long metadata text with escapes', () => {
    const text = '"\\{}:'.repeat(400_000);
    expect(parseSafetensors(Buffer.concat(encodeSafetensors({}, { text }))).metadata.text).toBe(text);
  });
});

const one = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };

describe('damaged and foreign files', () => {
  test.each<[string, Buffer, string]>([
    ['an empty file', Buffer.alloc(0), 'Expected f to be a safetensors file, it has only 0 bytes.'],
    ['five bytes', Buffer.from('hello'), 'Expected f to be a safetensors file, it has only 5 bytes.'],
    [
      'text',
      Buffer.from('a,b,c\n1,2,3\n4,5,6\n'),
      'Expected f to be a safetensors file, as models are: its first 8 bytes give a header of 3184337832590322700 bytes, above the 100000000 that there may be.',
    ],
    [
      'an oversized header',
      build('{}', 0).fill(0xff, 0, 5),
      'Expected f to be a safetensors file, as models are: its first 8 bytes give a header of 1099511627775 bytes, above the 100000000 that there may be.',
    ],
    [
      'a header past the end',
      Buffer.concat([Buffer.from([200, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')]),
      'Expected f to have at least 208 bytes (header), it has 10: the file is cut off or no safetensors file.',
    ],
    ['a header that is no JSON', build('{"a": nonsense}', 0), 'Expected the header of f to be JSON: '],
    [
      'a header of another kind',
      build('[1, 2]', 0),
      'Expected f to be a safetensors file, its header is no JSON object.',
    ],
    ['a null header', build('null', 0), 'Expected f to be a safetensors file, its header is no JSON object.'],
    [
      'an unknown dtype',
      build({ a: { ...one, dtype: 'F31' } }, 4),
      "Expected the dtype of tensor 'a' of f to be one of F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, found 'F31'. Did you mean `F32`?",
    ],
    ['a tensor that is null', build({ a: null }, 4), "Expected the dtype of tensor 'a' of f to be one of "],
    [
      'a dtype from a prototype',
      build({ a: { ...one, dtype: 'toString' } }, 4),
      "Expected the dtype of tensor 'a' of f to be one of ",
    ],
    [
      'a negative size',
      build({ a: { ...one, shape: [-1] } }, 4),
      "Expected the shape of tensor 'a' of f to be a list of sizes, found [-1].",
    ],
    [
      'offsets the wrong way round',
      build({ a: { ...one, data_offsets: [4, 0] } }, 4),
      "Expected `data_offsets` of tensor 'a' of f to be [begin, end], found [4,0].",
    ],
    [
      'offsets that are fractions',
      build({ a: { ...one, data_offsets: [0, 4.5] } }, 4),
      "Expected `data_offsets` of tensor 'a' of f to be [begin, end], found [0,4.5].",
    ],
    [
      'a shape that does not fit',
      build({ a: { ...one, shape: [2] } }, 4),
      "Expected tensor 'a' of f to take 8 bytes (F32, shape [2]), its offsets give 4.",
    ],
    ['a huge shape', build({ a: { ...one, shape: [2 ** 50, 2 ** 50] } }, 4), "Expected tensor 'a' of f to take "],
    [
      'cut off data',
      build({ a: one }, 3),
      "Expected tensor 'a' of f to end within the data, it ends at byte 4 of 3: the file is cut off or damaged.",
    ],
    [
      'overlapping tensors',
      build({ a: { ...one, shape: [2], data_offsets: [0, 8] }, b: { ...one, data_offsets: [4, 8] } }, 8),
      "Expected the tensors of f not to overlap: 'b' begins inside 'a'.",
    ],
    [
      'a gap',
      build({ a: { ...one, data_offsets: [4, 8] } }, 8),
      "Expected the tensors of f to lie side by side, found 4 unused bytes before 'a'.",
    ],
    ['bytes at the end', build({ a: one }, 6), 'Expected f to end with its last tensor, found 2 more bytes.'],
    [
      'a name twice',
      build(
        `{"a":${JSON.stringify(one)},"b":{"dtype":"U8","shape":[0],"data_offsets":[4,4]},"\\u0061":${JSON.stringify(one)}}`,
        4,
      ),
      "Expected each name in the header of f once, found 'a' twice.",
    ],
    [
      'a metadata key twice',
      build('{"__metadata__":{"x":"1","x":"2"}}', 0),
      "Expected each name in the header of f once, found 'x' twice.",
    ],
    ['metadata with numbers', build({ __metadata__: { a: 1 } }, 0), 'Expected `__metadata__` of f to hold texts only.'],
  ])('%s', (_, bytes, message) => {
    const error = thrown(() => parseSafetensors(bytes, 'f'));
    expect(error.name).toBe('DataError');
    expect(error.message.slice(0, message.length)).toBe(message);
    if (message.endsWith('.')) expect(error.message).toBe(message);
  });

  test('the same key in different objects is no duplicate', () => {
    const header = { __metadata__: { dtype: '{"dtype": {"dtype": 1}}' }, dtype: one };
    expect(Object.keys(parseSafetensors(build(header, 4)).tensors)).toEqual(['dtype']);
  });

  test('every truncation of a file is refused', async () => {
    const bytes = Buffer.concat(encodeSafetensors(tensors, { a: 'b' }));
    for (let length = 0; length < bytes.length; length++) {
      expect(thrown(() => parseSafetensors(bytes.subarray(0, length))).name).toBe('DataError');
    }
    writeFileSync(at('cut.safetensors'), bytes);
    truncateSync(at('cut.safetensors'), bytes.length - 1);
    expect((await rejected(readSafetensors(at('cut.safetensors')))).name).toBe('DataError');
  });

  test.each([1, 2, 3, 4, 5, 6])(
    'random damage gives a DataError or a valid read, never another error (seed %i)',
    (seed) => {
      const rng = new Philox(seed);
      const clean = Buffer.concat(encodeSafetensors(tensors, { a: 'b' }));
      for (let round = 0; round < 300; round++) {
        const bytes = Buffer.from(clean);
        for (let k = 0; k < 1 + rng.below(round * 8, 4); k++) {
          bytes[rng.below(round * 8 + 1 + 2 * k, bytes.length)] = rng.below(round * 8 + 2 + 2 * k, 256);
        }
        try {
          parseSafetensors(bytes);
        } catch (error) {
          expect((error as Error).name).toBe('DataError');
        }
      }
    },
  );

  test('files that cannot be read', async () => {
    expect(await rejected(readSafetensors(at('none')))).toEqual({
      name: 'DataError',
      message: `Could not read ${at('none')}: no such file or folder (ENOENT).`,
    });
    expect((await rejected(readSafetensors(folder))).message).toMatch(/it is (not a regular file|a folder)/);
  });

  test.each<[string, Record<string, unknown>, string, string]>([
    [
      'no typed array',
      { a: { data: [1], shape: [1] } },
      'ArgumentError',
      "Expected tensor 'a' to hold a typed array, received [1].",
    ],
    [
      'a wrong shape',
      { a: { data: new Float32Array(3), shape: [2] } },
      'ShapeError',
      "Expected tensor 'a' of shape [2] to have 2 elements, received 3.",
    ],
    [
      'no shape',
      { a: { data: new Float32Array(3) } },
      'ShapeError',
      "Expected the shape of tensor 'a' to be a list of sizes, received undefined.",
    ],
    [
      'the reserved name',
      { __metadata__: { data: new Float32Array(1), shape: [1] } },
      'ArgumentError',
      'Expected a tensor name other than `__metadata__`.',
    ],
  ])('writing refuses %s', (_, bad, name, message) => {
    expect(thrown(() => encodeSafetensors(bad as Record<string, TensorInput>))).toEqual({ name, message });
  });

  test('writing refuses metadata that are no texts', () => {
    expect(thrown(() => encodeSafetensors({}, { a: 1 } as unknown as Record<string, string>)).message).toBe(
      "Expected metadata 'a' to be a text, received 1.",
    );
  });
});

describeWithNumpy('numpy', () => {
  test('reads what was written here', async () => {
    await writeSafetensors(at('ours.safetensors'), tensors, { a: 'ü' });
    const read = JSON.parse(runPython('scripts/interop/safetensors_numpy.py', 'read', at('ours.safetensors')));
    expect(read.metadata).toEqual({ a: 'ü' });
    expect(read.tensors['layer.0.weight']).toEqual({ dtype: 'float32', shape: [2, 3], values: [1.5, -2, 3, 4, 5, 6] });
    expect(read.tensors.ids).toEqual({ dtype: 'int32', shape: [2, 1], values: [-1, 2 ** 31 - 1] });
    expect(read.tensors.moment).toEqual({ dtype: 'float64', shape: [], values: [Math.PI] });
    expect(read.tensors.flags.values).toEqual([1, 0, 255]);
    expect(read.tensors.nothing.shape).toEqual([0, 7]);
  });

  test('writes what is read here: every type, all 65,536 halves', async () => {
    runPython('scripts/interop/safetensors_numpy.py', 'write', at('theirs.safetensors'));
    const { tensors: read, metadata } = await readSafetensors(at('theirs.safetensors'));
    expect(metadata).toEqual({ 'made by': 'numpy', ünï: '✓' });
    for (const dtype of ['F64', 'F32', 'I64', 'I32', 'I16', 'I8', 'U64', 'U32', 'U16', 'U8']) {
      expect([dtype, read[dtype].dtype, read[dtype].shape]).toEqual([dtype, dtype, [2, 3]]);
      expect(Array.from(read[dtype].data as ArrayLike<unknown>, Number)).toEqual([0, 1, 2, 3, 100, 127]);
    }
    expect(read.BOOL.data).toEqual(Uint8Array.of(1, 0, 1));
    for (const dtype of ['F16', 'BF16']) {
      expect(read[dtype].dtype).toBe(dtype);
      const [own, numpy] = [read[dtype].data, read[`${dtype} as F32`].data] as Float32Array[];
      expect(own).toHaveLength(65536);
      // Object.is tells -0 from 0 and takes NaN for equal.
      expect(own.findIndex((value, i) => !Object.is(value, numpy[i]))).toBe(-1);
    }
    expect(read.empty.shape).toEqual([0, 4]);
    expect([read.scalar.shape, read.scalar.data[0]]).toEqual([[], 0.5]);
  });
});

test('a named pipe is refused instead of waited for', async () => {
  const pipe = at('pipe');
  execFileSync('mkfifo', [pipe]);
  const message = `Could not read ${pipe}: it is not a regular file.`;
  expect(await rejected(readSafetensors(pipe))).toEqual({ name: 'DataError', message });
  expect(await rejected(readNpy(pipe))).toEqual({ name: 'DataError', message });
});
