import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Matrix } from '../../../lib/data';
import type { Graph, Node } from '../../../lib/graph';
import { writeArtefact } from '../../../lib/io';
import { MLPClassifier, Sequential } from '../../../lib/models';
import { Activation, Dense, Dropout, Embedding, Flatten, Layer, LayerNorm, MeanPool, Residual } from '../../../lib/nn';
import { blobs, typed } from '../../helpers/blobs';

const folder = mkdtempSync(path.join(tmpdir(), 'hebb-sequential-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => path.join(folder, name);

const { X, y } = blobs(50, 4);

describe('Sequential', () => {
  test('learns classes from class numbers', async () => {
    const model = new Sequential([new Dense(16), new Activation('tanh'), new Dropout(0.1), new Dense(4)]);
    model.compile({ loss: 'softmaxCrossEntropy', learningRate: 0.02, seed: 1 });
    const history = await model.fit(X, y, { epochs: 40 });
    expect(history.metrics.accuracy.at(-1)).toBeGreaterThan(0.9);
    const proba = model.predict(X);
    for (let i = 0; i < 200; i += 20) expect(proba.row(i).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    const { accuracy, loss } = model.evaluate(X, y);
    expect(accuracy).toBeGreaterThan(0.95);
    expect(loss).toBeLessThan(0.3);
    expect(await model.predictAsync(X)).toEqual(proba);
    expect(Object.keys(model.state()).sort()).toEqual([
      'layers.0.bias',
      'layers.0.weight',
      'layers.3.bias',
      'layers.3.weight',
    ]);
  });

  test('the same layers, seed and data give the bits of MLPClassifier', async () => {
    const classifier = new MLPClassifier<Int32Array>({ hidden: [16], epochs: 5, seed: 3, batchSize: 32 });
    await classifier.fit(X, y);
    const model = new Sequential([new Dense(16, { activation: 'relu' }), new Dense(4)]);
    await model.compile({ loss: 'softmaxCrossEntropy', seed: 3 }).fit(X, y, { epochs: 5, batchSize: 32 });
    expect(model.predict(X).data).toEqual(classifier.predictProba(X).data);
  });

  test('learns from probabilities, several yes-or-no outputs, and real numbers', async () => {
    const hot = Matrix.zeros(200, 4);
    for (let i = 0; i < 200; i++) hot.set(i, y[i], 1);
    const soft = new Sequential([new Dense(4)]).compile({ loss: 'softmaxCrossEntropy', learningRate: 0.05 });
    await soft.fit(X, hot, { epochs: 40 });
    expect(soft.evaluate(X, hot).loss).toBeLessThan(0.4);

    const bits = Matrix.zeros(200, 2);
    for (let i = 0; i < 200; i++) for (const j of [0, 1]) bits.set(i, j, (y[i] >> j) & 1);
    const yesNo = new Sequential([new Dense(2)]).compile({ loss: 'binaryCrossEntropy', learningRate: 0.05 });
    await yesNo.fit(X, bits, { epochs: 40 });
    expect(yesNo.evaluate(X, bits).accuracy).toBeGreaterThan(0.97);

    for (const loss of ['mse', 'mae', 'huber'] as const) {
      const model = new Sequential([new Dense(16, { activation: 'gelu' }), new Dense(2)]);
      model.compile({ loss, learningRate: 0.02, standardize: true });
      await model.fit(X, X, { epochs: 60, validationSplit: 0.2 });
      expect(model.evaluate(X, X).r2).toBeGreaterThan(0.9);
    }
  });

  test('residual blocks and layer norm', async () => {
    const block = () => new Residual([new LayerNorm(), new Dense(16, { activation: 'silu' }), new Dense(16)]);
    const model = new Sequential([new Dense(16), block(), block(), new Dense(4, { bias: false })]);
    model.compile({ loss: 'softmaxCrossEntropy', learningRate: 0.01, clipNorm: 1, optimizer: 'adamw' });
    await model.fit(X, y, { epochs: 30 });
    expect(model.evaluate(X, y).accuracy).toBeGreaterThan(0.95);
    expect(Object.keys(model.state())).toContain('layers.1.block.1.weight');
    expect(model.summary()).toMatch(/layers\.1 Residual \[B, 16\]/);
  });

  test('ids through an embedding', async () => {
    const ids = Matrix.from(Array.from({ length: 300 }, (_, i) => [i % 10, (i * 7) % 10, (i * 3) % 10]));
    const sums = Array.from({ length: 300 }, (_, i) => ids.row(i).reduce((a, b) => a + b, 0));
    for (const pool of [new MeanPool(), new Flatten()]) {
      const model = new Sequential([new Embedding(10, 8), pool, new Dense(1)]);
      model.compile({ loss: 'mse', learningRate: 0.05 });
      await model.fit(ids, sums, { epochs: 80 });
      expect(model.evaluate(ids, sums).r2).toBeGreaterThan(0.95);
    }
    const model = new Sequential([new Embedding(10, 8), new Flatten(), new Dense(1)]).compile({ loss: 'mse' });
    await expect(model.fit([[1, 10, 2]], [1])).rejects.toEqual(
      typed('DataError', /ids below 10.*received 10 at row 0, column 1/),
    );
    await expect(model.fit([[1, 0.5, 2]], [1])).rejects.toEqual(typed('DataError', /received 0.5/));
  });

  test('a loss of graph operations', async () => {
    const cauchy = (graph: Graph, outputs: Node, targets: Node) =>
      graph.mean(graph.log(graph.add(graph.square(graph.sub(outputs, targets)), 1)));
    const model = new Sequential([new Dense(16, { activation: 'tanh' }), new Dense(2)]);
    model.compile({ loss: cauchy, learningRate: 0.02 });
    const history = await model.fit(X, X, { epochs: 60 });
    expect(history.loss.at(-1)).toBeLessThan(history.loss[0] / 5);
    await model.save(at('custom.safetensors'));
    const same = await Sequential.load(at('custom.safetensors'));
    expect(same.predict(X)).toEqual(model.predict(X));
    await expect(same.fit(X, X)).rejects.toEqual(expect.objectContaining({ code: 'ERR_NOT_COMPILED' }));
    same.compile({ loss: cauchy });
    await same.partialFit(X, X);
  });

  test('a layer of your own', async () => {
    class Squared extends Layer {
      readonly kind = 'Squared';
      build(graph: Graph, x: Node) {
        return graph.square(x);
      }
      toJSON() {
        return { kind: this.kind };
      }
    }
    const rows = Matrix.from(Array.from({ length: 100 }, (_, i) => [(i - 50) / 25]));
    const squares = Array.from(rows.data, (v) => v * v);
    const model = new Sequential([new Squared(), new Dense(1)]).compile({ loss: 'mse', learningRate: 0.1 });
    await model.fit(rows, squares, { epochs: 60 });
    expect(model.evaluate(rows, squares).r2).toBeGreaterThan(0.99);
    await model.save(at('own.safetensors'));
    await expect(Sequential.load(at('own.safetensors'))).rejects.toEqual(typed('DataError', /Squared/));
  });

  test('a saved model comes back and goes on learning', async () => {
    const model = new Sequential([
      new Dense(8, { activation: 'elu' }),
      new Residual([new LayerNorm({ eps: 1e-4 }), new Dense(8), new Activation('leaky_relu', 0.2), new Dropout(0.1)]),
      new Dense(4),
    ]);
    model.compile({ loss: 'softmaxCrossEntropy', learningRate: 0.01, standardize: true, seed: 5 });
    await model.fit(X, y, { epochs: 5, earlyStopping: { patience: 3 } });
    await model.save(at('model.safetensors'));
    const same = await Sequential.load(at('model.safetensors'));
    expect(same.predict(X)).toEqual(model.predict(X));
    expect(same.evaluate(X, y)).toEqual(model.evaluate(X, y));
    const before = same.evaluate(X, y).loss;
    for (let pass = 0; pass < 5; pass++) await same.partialFit(X, y);
    expect(same.evaluate(X, y).loss).toBeLessThan(before);
  });

  test('files whose weights do not fit the layers are refused', async () => {
    await writeArtefact(at('bad.safetensors'), {
      kind: 'Sequential',
      config: { layers: [{ kind: 'Dense', units: 3 }], loss: 'mse', inputs: 2, outputs: 3 },
      tensors: {
        'layers.0.weight': { data: new Float32Array(8), shape: [4, 2] },
        'layers.0.bias': { data: new Float32Array(4), shape: [4] },
      },
    });
    await expect(Sequential.load(at('bad.safetensors'))).rejects.toEqual(typed('DataError', /layers\.0\.weight/));
    await writeArtefact(at('bare.safetensors'), { kind: 'Sequential', config: {}, tensors: {} });
    await expect(Sequential.load(at('bare.safetensors'))).rejects.toEqual(typed('DataError', /layers/));
  });

  test('refuses wrong use', async () => {
    expect(() => new Sequential([])).toThrow(typed('ArgumentError', /layers/));
    expect(() => new Sequential([{}] as never)).toThrow(typed('ArgumentError', /layer 0/));
    expect(() => new Dense(0)).toThrow(typed('ArgumentError', /units/));
    expect(() => new Dense(4, { activaton: 'relu' } as never)).toThrow(typed('ArgumentError', /`activation`/));
    const model = new Sequential([new Dense(4)]);
    await expect(model.fit(X, y)).rejects.toEqual(expect.objectContaining({ code: 'ERR_NOT_COMPILED' }));
    expect(() => model.compile({ loss: 'mze' as never })).toThrow(typed('ArgumentError', /`mse`|`mae`/));
    expect(() => model.compile({ loss: 'mse', epochs: 3 } as never)).toThrow(typed('ArgumentError', /epochs/));
    model.compile({ loss: 'softmaxCrossEntropy' });
    await expect(model.fit(X, y, { epoch: 3 } as never)).rejects.toEqual(typed('ArgumentError', /`epochs`/));
    await expect(
      model.fit(
        X,
        Int32Array.from(y, (c) => c + 1),
      ),
    ).rejects.toEqual(typed('DataError', /from 0 to 3, received 4/));
    await expect(model.fit(X, Matrix.zeros(200, 3))).rejects.toEqual(typed('ShapeError', /4 columns/));
    const pooled = new Sequential([new MeanPool(), new Dense(1)]).compile({ loss: 'mse' });
    await expect(pooled.fit(X, X.column(0))).rejects.toEqual(typed('ShapeError', /three dimensions/));
    const cubic = new Sequential([new Embedding(5, 2)]).compile({ loss: 'mse' });
    await expect(cubic.fit([[1]], [1])).rejects.toEqual(typed('ShapeError', /Flatten/));
  });
});
