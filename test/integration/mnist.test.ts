// A classifier of MNIST, and what its accuracy loses in reduced precision.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Matrix, MLPClassifier } from '../../lib';
import { dataPath, describeWithData } from '../helpers/data';

const NEEDED = ['mnist/train-images.idx.gz', 'mnist/train-labels.idx.gz'];

/** The first `count` items of an idx file of bytes: 16 bytes of header for images, 8 for labels. */
function idx(file: string, header: number, count: number): Uint8Array {
  const bytes = gunzipSync(readFileSync(dataPath('mnist', file)));
  const size = (bytes.length - header) / bytes.readUInt32BE(4);
  return bytes.subarray(header, header + count * size);
}

function part(name: 'train' | 'test', count: number): { X: Matrix; y: Int32Array } {
  const pixels = Float32Array.from(idx(`${name}-images.idx.gz`, 16, count), (value) => value / 255);
  return { X: new Matrix(pixels, count, 784), y: Int32Array.from(idx(`${name}-labels.idx.gz`, 8, count)) };
}

describeWithData('MNIST', [...NEEDED, 'mnist/test-images.idx.gz', 'mnist/test-labels.idx.gz'], () => {
  test('784-128-10 learns 10,000 digits, and keeps its accuracy in bf16 and int8', async () => {
    const train = part('train', 10_000);
    const held = part('test', 10_000);
    const model = new MLPClassifier<Int32Array>({ hidden: [128], batchSize: 32, epochs: 4, seed: 7 });
    await model.fit(train.X, train.y);
    const accuracies = (['f32', 'bf16', 'int8'] as const).map((precision) => {
      model.precision = precision;
      return model.score(held.X, held.y);
    });
    const [f32, bf16, int8] = accuracies;
    console.info(`accuracy on 10,000 held-out digits: f32 ${f32}, bf16 ${bf16}, int8 ${int8}`);
    expect(f32).toBeGreaterThan(0.93);
    expect(Math.abs(bf16 - f32)).toBeLessThanOrEqual(0.002);
    expect(Math.abs(int8 - f32)).toBeLessThanOrEqual(0.005);
  }, 60_000);
});
