import { datasets, Matrix, trainTestSplit } from '../../../lib/data';
import { MLPClassifier } from '../../../lib/models';
import { blobs, typed } from '../../helpers/blobs';

const small = { hidden: [16], epochs: 30, learningRate: 0.01, seed: 3 };

describe('MLPClassifier', () => {
  test('learns classes and says how sure it is', async () => {
    const { X, y } = blobs(50, 4);
    const model = new MLPClassifier<Int32Array>(small);
    const history = await model.fit(X, y);
    expect(history.loss).toHaveLength(30);
    expect(history.loss[29]).toBeLessThan(history.loss[0] / 2);
    expect(history.metrics.accuracy[29]).toBeGreaterThan(0.95);
    expect(model.score(X, y)).toBeGreaterThan(0.97);
    const proba = model.predictProba(X);
    expect([proba.rows, proba.cols]).toEqual([200, 4]);
    for (let i = 0; i < 200; i++) expect(proba.row(i).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    expect(model.parameters).toBe(2 * 16 + 16 + 16 * 4 + 4);
    expect([...model.classes]).toEqual([0, 1, 2, 3]);
  });

  test('labels come back in the type that was given', async () => {
    const { X, y } = blobs(20, 2);
    const forms = {
      strings: Array.from(y, (c) => ['cat', 'dog'][c]),
      numbers: Array.from(y, (c) => [2.5, 7][c]),
      booleans: Array.from(y, (c) => c === 1),
      int32: Int32Array.from(y, (c) => 10 * c),
    };
    for (const labels of Object.values(forms)) {
      const model = new MLPClassifier(small);
      await model.fit(X, labels);
      expect(model.predict(X)).toEqual(labels);
      expect(await model.predictAsync(X)).toEqual(labels);
    }
  });

  test('two classes: `threshold` decides', async () => {
    const { X, y } = blobs(60, 2, 0.9);
    const model = new MLPClassifier<Int32Array>({ ...small, threshold: 0.9 });
    await model.fit(X, y);
    const proba = model.predictProba(X).column(1);
    const expected = (threshold: number) => Int32Array.from(proba, (p) => (p >= threshold ? 1 : 0));
    expect(model.predict(X)).toEqual(expected(0.9));
    model.threshold = 0.2;
    expect(model.predict(X)).toEqual(expected(0.2));
    expect(expected(0.2)).not.toEqual(expected(0.9));
    expect(() => {
      model.threshold = 2;
    }).toThrow(typed('ArgumentError', /threshold/));
  });

  test('a linear model has no hidden layer and PyTorch names', async () => {
    const { X, y } = blobs(20, 3);
    const model = new MLPClassifier({ ...small, hidden: [] });
    await model.fit(X, y);
    const state = model.state();
    expect(Object.keys(state).sort()).toEqual(['layers.0.bias', 'layers.0.weight']);
    expect(state['layers.0.weight'].shape).toEqual([3, 2]);
  });

  test('probabilities are those of the weights that `state` gives', async () => {
    const { X, y } = blobs(20, 3);
    const model = new MLPClassifier({ ...small, activation: 'tanh', epochs: 3 });
    await model.fit(X, y);
    const state = model.state();
    const layer = (x: number[], i: number): number[] => {
      const { data: w, shape } = state[`layers.${i}.weight`];
      return Array.from({ length: shape[0] }, (_, o) =>
        x.reduce((sum, v, k) => sum + v * w[o * shape[1] + k], state[`layers.${i}.bias`].data[o]),
      );
    };
    const proba = model.predictProba(X);
    for (let i = 0; i < 5; i++) {
      const e = layer(layer([...X.row(i)], 0).map(Math.tanh), 1).map(Math.exp);
      const sum = e.reduce((a, b) => a + b, 0);
      for (const [c, v] of e.entries()) expect(proba.get(i, c)).toBeCloseTo(v / sum, 5);
    }
  });

  test('standardize keeps raw rows usable, and is learned on training rows alone', async () => {
    const { X, y } = blobs(50, 4);
    const scaled = Matrix.from(X);
    for (let i = 0; i < scaled.rows; i++) {
      scaled.set(i, 0, X.get(i, 0) * 1e4 + 5e5);
      scaled.set(i, 1, X.get(i, 1) * 1e-3);
    }
    const model = new MLPClassifier<Int32Array>({ ...small, standardize: true });
    await model.fit(scaled, y);
    expect(model.score(scaled, y)).toBeGreaterThan(0.97);
    const plain = new MLPClassifier<Int32Array>(small);
    await plain.fit(scaled, y);
    expect(plain.score(scaled, y)).toBeLessThan(0.9);
  });

  test.each([{ weightDecay: 2 }, { l2: 1 }])('%p shrinks weights, never biases', async (decay) => {
    const { X, y } = blobs(50, 4);
    const sgd = { optimizer: 'sgd', learningRate: 0.05 } as const;
    const largest = (model: MLPClassifier, kind: 'weight' | 'bias') =>
      Math.max(...[0, 1].map((i) => Math.max(...model.state()[`layers.${i}.${kind}`].data.map(Math.abs))));
    const [plain, decayed] = [{}, decay].map((more) => new MLPClassifier({ ...small, ...sgd, ...more }));
    for (const model of [plain, decayed]) await model.fit(X, y);
    expect(largest(decayed, 'weight')).toBeLessThan(largest(plain, 'weight') / 4);
    expect(largest(decayed, 'bias')).toBeGreaterThan(largest(plain, 'bias') / 2);
  });

  test('class weights move the decision towards the heavy class', async () => {
    const { X, y } = blobs(100, 2, 1.2);
    const share = async (classWeight: Record<string, number>) => {
      const model = new MLPClassifier<Int32Array>({ ...small, classWeight });
      await model.fit(X, y);
      return model.predict(X).reduce((a, b) => a + b, 0) / y.length;
    };
    expect(await share({ 1: 20 })).toBeGreaterThan((await share({ 0: 20 })) + 0.3);
  });

  test('fitSync gives the same weights as fit', async () => {
    const { X, y } = blobs(30, 3);
    const options = { ...small, dropout: 0.2, validationSplit: 0.2 };
    const [a, b] = [new MLPClassifier(options), new MLPClassifier(options)];
    const one = await a.fit(X, y);
    const two = b.fitSync(X, y);
    expect(two.loss).toEqual(one.loss);
    expect(two.valLoss).toEqual(one.valLoss);
    expect(b.state()).toEqual(a.state());
  });

  test('evaluate agrees with its definition', async () => {
    const { X, y } = blobs(30, 3, 0.8);
    const model = new MLPClassifier<Int32Array>(small);
    await model.fit(X, y);
    const proba = model.predictProba(X);
    const loss = y.reduce((sum, c, i) => sum - Math.log(proba.get(i, c)), 0) / y.length;
    const { accuracy, loss: told } = model.evaluate(X, y);
    expect(told).toBeCloseTo(loss, 5);
    expect(accuracy).toBe(model.score(X, y));
  });

  test('early stopping ends early and puts the best weights back', async () => {
    const { X, y } = blobs(40, 4, 1);
    const model = new MLPClassifier<Int32Array>({
      hidden: [64],
      epochs: 400,
      learningRate: 0.03,
      validationSplit: 0.3,
      earlyStopping: { patience: 5 },
      seed: 2,
    });
    const history = await model.fit(X, y);
    expect(history.stoppedBy).toBe('earlyStopping');
    const best = history.valLoss.indexOf(Math.min(...history.valLoss));
    expect(history.bestEpoch).toBe(best);
    expect(history.epochs).toHaveLength(best + 6);
  });

  test('the weights after early stopping are those of the best epoch', async () => {
    const { X, y } = blobs(40, 4, 1);
    const [XHeld, yHeld] = [blobs(30, 4, 1, 2).X, blobs(30, 4, 1, 2).y];
    const model = new MLPClassifier<Int32Array>({
      hidden: [64],
      epochs: 200,
      learningRate: 0.03,
      earlyStopping: { patience: 5 },
      seed: 2,
    });
    const history = await model.fit(X, y, { validationData: [XHeld, yHeld] });
    expect(model.evaluate(XHeld, yHeld).loss).toBeCloseTo(Math.min(...history.valLoss), 5);
  });

  test('onEpoch sees every epoch in order and may end the training', async () => {
    const { X, y } = blobs(20, 2);
    const model = new MLPClassifier(small);
    const seen: number[] = [];
    const history = await model.fit(X, y, {
      onEpoch: async ({ epoch, loss }) => {
        await null;
        seen.push(epoch);
        expect(loss).toBeGreaterThan(0);
      },
    });
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(history.stoppedBy).toBe('epochs');
    const stopped = await model.fit(X, y, { onEpoch: ({ epoch }) => epoch < 4 });
    expect(stopped.epochs).toHaveLength(5);
    expect(stopped.stoppedBy).toBe('callback');
  });

  test('partialFit goes on from where it was', async () => {
    const { X, y } = blobs(50, 3);
    const model = new MLPClassifier<Int32Array>({ ...small, batchSize: 16 });
    await model.partialFit(X.sliceRows(0, 60), y.slice(0, 60), { classes: [0, 1, 2] });
    const first = model.evaluate(X, y).loss;
    for (let pass = 0; pass < 20; pass++) {
      await model.partialFit(X.sliceRows(0, 60), y.slice(0, 60));
      await model.partialFit(X.sliceRows(60, 150), y.slice(60, 150));
    }
    expect(model.evaluate(X, y).loss).toBeLessThan(first / 2);
    await expect(
      model.partialFit(
        X,
        Int32Array.from(y, (c) => c + 1),
      ),
    ).rejects.toEqual(typed('DataError', /received 3/));
  });

  test('as many passes of partialFit are the same bits as epochs of fit', async () => {
    const { X, y } = blobs(50, 3);
    const options = { ...small, epochs: 4, batchSize: 16, dropout: 0.1 };
    const whole = new MLPClassifier<Int32Array>(options);
    await whole.fit(X, y);
    const parts = new MLPClassifier<Int32Array>(options);
    for (let pass = 0; pass < 4; pass++) await parts.partialFit(X, y);
    expect(parts.state()).toEqual(whole.state());
  });

  test('zero rows give zero predictions', async () => {
    const { X, y } = blobs(20, 3);
    const model = new MLPClassifier<Int32Array>(small);
    await model.fit(X, y);
    expect(model.predict(Matrix.zeros(0, 2))).toEqual(new Int32Array(0));
    expect(model.predictProba([]).rows).toBe(0);
  });

  test('many predictions at once, of any size, agree with one by one', async () => {
    const { X, y } = blobs(301, 3);
    const model = new MLPClassifier<Int32Array>(small);
    await model.fit(X, y);
    const all = model.predictProba(X);
    const parts = await Promise.all([7, 300, 903].map((end) => model.predictProbaAsync(X.sliceRows(0, end))));
    // Small minibatches may take another kernel: the last bits depend on the number of rows of a minibatch.
    for (const part of parts) expect(part.equals(all.sliceRows(0, part.rows), 1e-6)).toBe(true);
    for (const i of [0, 255, 256, 902]) {
      expect(model.predictProba(X.sliceRows(i, i + 1)).equals(all.sliceRows(i, i + 1), 1e-6)).toBe(true);
    }
  });

  test('data changed after the call do not matter', async () => {
    const { X, y } = blobs(50, 3);
    const options = { ...small, epochs: 5 };
    const [a, b] = [new MLPClassifier(options), new MLPClassifier(options)];
    await a.fit(X, y);
    const mine = X.clone();
    const labels = y.slice();
    const job = b.fit(mine, labels);
    mine.data.fill(7);
    labels.fill(0);
    structuredClone(mine.data.buffer, { transfer: [mine.data.buffer as ArrayBuffer] });
    await job;
    expect(b.state()).toEqual(a.state());
  });
});

describe('MLPClassifier refuses', () => {
  const { X, y } = blobs(10, 2);
  const bad: [string, Record<string, unknown>, RegExp][] = [
    ['an unknown option', { hiden: [3] }, /`hiden`.*Did you mean `hidden`/],
    ['a wrong activation', { activation: 'rellu' }, /`relu`/],
    ['a wrong optimizer', { optimizer: 'adamm' }, /`adam`/],
    ['hidden that is no array', { hidden: 100 }, /array of layer sizes/],
    ['a layer of 0 units', { hidden: [4, 0] }, /hidden\[1\]/],
    ['a negative learning rate', { learningRate: -1 }, /learningRate/],
    ['a learning rate of NaN', { learningRate: Number.NaN }, /learningRate/],
    ['a huge learning rate', { learningRate: 1e300 }, /learningRate/],
    ['0 epochs', { epochs: 0 }, /epochs/],
    ['half a batch', { batchSize: 0.5 }, /batchSize/],
    ['a dropout of 1', { dropout: 1 }, /dropout/],
    ['a negative weight decay', { weightDecay: -1 }, /weightDecay/],
    ['an infinite l2', { l2: Number.POSITIVE_INFINITY }, /l2/],
    ['a validation split of 1', { validationSplit: 1 }, /validationSplit/],
    ['a fractional seed', { seed: 0.5 }, /seed/],
    ['0 threads', { threads: 0 }, /threads/],
    ['a clip norm of 0', { clipNorm: 0 }, /clipNorm/],
    ['a threshold above 1', { threshold: 1.5 }, /threshold/],
    ['class weights of another form', { classWeight: 3 }, /classWeight/],
    ['standardize that is no boolean', { standardize: 'yes' }, /standardize/],
  ];
  test.each(bad)('%s', (_, options, message) => {
    expect(() => new MLPClassifier(options as never)).toThrow(typed('ArgumentError', message));
  });

  const calls: [string, () => Promise<unknown>, string, RegExp][] = [
    [
      'other numbers of rows',
      () => new MLPClassifier().fit(X, y.slice(0, 15)),
      'ShapeError',
      /20 rows to match `X`, received 15/,
    ],
    ['no rows', () => new MLPClassifier().fit([], []), 'DataError', /at least 1 row/],
    [
      'no columns',
      () => new MLPClassifier().fit(Matrix.zeros(3, 0), ['a', 'b', 'a']),
      'DataError',
      /at least 1 column/,
    ],
    ['one class', () => new MLPClassifier().fit(X, new Int32Array(20)), 'DataError', /2 classes/],
    ['ragged rows', () => new MLPClassifier().fit([[1, 2], [3]], ['a', 'b']), 'ShapeError', /row 1/],
    ['mixed labels', () => new MLPClassifier().fit([[1], [2]], ['a', 1] as never), 'DataError', /y\[1\]/],
    ['labels that are no array', () => new MLPClassifier().fit(X, 'abc' as never), 'ArgumentError', /`y`/],
    ['text in X', () => new MLPClassifier().fit([['a']] as never, ['a']), 'DataError', /row 0, column 0/],
    [
      'an unknown fit option',
      () => new MLPClassifier().fit(X, y, { onEpoc: () => 0 } as never),
      'ArgumentError',
      /`onEpoch`/,
    ],
    ['unknown class weights', () => new MLPClassifier({ classWeight: { 7: 2 } }).fit(X, y), 'ArgumentError', /'7'/],
    [
      'validation data of another width',
      () => new MLPClassifier().fit(X, y, { validationData: [[[1, 2, 3]], Int32Array.of(0)] }),
      'ShapeError',
      /2 columns/,
    ],
    [
      'early stopping on validation without validation rows',
      () => new MLPClassifier({ earlyStopping: { monitor: 'valLoss' } }).fit(X, y),
      'ArgumentError',
      /validationSplit/,
    ],
  ];
  test.each(calls)('%s', async (_, call, name, message) => {
    await expect(call()).rejects.toEqual(typed(name, message));
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%p in X, by row and column', async (value) => {
    const bad = X.clone();
    bad.set(13, 1, value);
    await expect(new MLPClassifier().fit(bad, y)).rejects.toEqual(typed('NonFiniteError', /row 13, column 1/));
    const model = new MLPClassifier({ epochs: 1 });
    await model.fit(X, y);
    expect(() => model.predict(bad)).toThrow(typed('NonFiniteError', /row 13, column 1/));
  });

  test('use before fit, another width, and a second fit at the same time', async () => {
    const model = new MLPClassifier({ hidden: [8], epochs: 20 });
    expect(() => model.predict(X)).toThrow(expect.objectContaining({ code: 'ERR_NOT_FITTED' }));
    await expect(model.save('/nowhere/x')).rejects.toEqual(expect.objectContaining({ code: 'ERR_NOT_FITTED' }));
    const job = model.fit(X, y);
    await expect(model.fit(X, y)).rejects.toEqual(typed('BusyError', /one training/));
    await job;
    expect(() => model.predict([[1, 2, 3]])).toThrow(typed('ShapeError', /2 columns.*received 3/));
    expect(() => model.score(X, y.slice(1))).toThrow(typed('ShapeError', /20 rows/));
    expect(() =>
      model.score(
        X,
        Int32Array.from(y, (c) => c + 5),
      ),
    ).toThrow(typed('DataError', /received 5/));
  });

  test('a loss that becomes NaN, and keeps the model that was', async () => {
    const model = new MLPClassifier<Int32Array>({ ...small, epochs: 3 });
    await model.fit(X, y);
    const before = model.state();
    const wild = new MLPClassifier<Int32Array>({
      hidden: [8],
      optimizer: 'sgd',
      learningRate: 1e6,
      epochs: 200,
      seed: 1,
    });
    const values = Matrix.from(X);
    for (let k = 0; k < values.data.length; k++) values.data[k] *= 1e12;
    await expect(wild.fit(values, y)).rejects.toEqual(typed('NonFiniteError', /./));
    expect(() => wild.predict(X)).toThrow(expect.objectContaining({ code: 'ERR_NOT_FITTED' }));
    expect(model.state()).toEqual(before);
  });
});

describe('accuracy on data sets that everybody knows', () => {
  const bar: [string, () => ReturnType<typeof datasets.loadIris>, number][] = [
    ['iris', datasets.loadIris, 0.93],
    ['wine', datasets.loadWine, 0.93],
    ['breast cancer', datasets.loadBreastCancer, 0.93],
  ];
  test.each(bar)('%s', async (_, load, least) => {
    const { X, y } = load();
    const split = trainTestSplit(X, y, { testSize: 0.25, stratify: true, seed: 1 });
    const model = new MLPClassifier<string[]>({
      hidden: [32],
      standardize: true,
      epochs: 60,
      learningRate: 3e-3,
      seed: 1,
    });
    await model.fit(split.XTrain, split.yTrain);
    expect(model.score(split.XTest, split.yTest)).toBeGreaterThanOrEqual(least);
  });
});
