import { createContext, runInContext } from 'node:vm';
import { Matrix } from '../../../lib/data';
import { MLPClassifier, MLPRegressor, Sequential } from '../../../lib/models';
import { Dense } from '../../../lib/nn';
import { adam } from '../../../lib/optim';
import { blobs } from '../../helpers/blobs';
import { rejected, thrown } from '../../helpers/errors';

const { X, y } = blobs(20, 2);
const small = { hidden: [4], epochs: 3, batchSize: 8 };
const classifier = () => new MLPClassifier<Int32Array>(small);

describe('the constructor refuses', () => {
  test.each<[string, object, string]>([
    ['an unknown part of earlyStopping', { earlyStopping: { pateince: 3 } }, 'Did you mean `patience`?'],
    ['a word for earlyStopping', { earlyStopping: 'yes' }, 'Expected the options of `earlyStopping` to be an object'],
    ['no epochs of patience', { earlyStopping: { patience: 0 } }, '`earlyStopping.patience`'],
    ['an unknown optimizer', { optimizer: { name: 'adan' } }, 'Did you mean `adam`?'],
    ['a name and nothing else', { optimizer: { name: 'adam' } }, '`adam()` fills in what is left out.'],
    ['a factory', { optimizer: adam }, 'received a function. Call it: `adam()`.'],
    ['an unknown part of an optimizer', { optimizer: { ...adam(), beta_1: 1 } }, 'Did you mean `beta1`?'],
    ['a decay rate of 1', { optimizer: { ...adam(), beta1: 1 } }, 'Expected `optimizer.beta1` to be a finite number'],
    ['a number for an optimizer', { optimizer: 5 }, 'returns, received 5.'],
  ])('%s', (_, options, message) => {
    // A Sequential takes `earlyStopping` with `fit`.
    const compile = () => new Sequential([new Dense(2)]).compile({ loss: 'mse', ...options });
    const makes = [() => new MLPClassifier(options), () => new MLPRegressor(options)];
    for (const make of 'optimizer' in options ? [...makes, compile] : makes) {
      expect(thrown(make)).toEqual({ name: 'ArgumentError', message: expect.stringContaining(message) });
    }
  });
});

describe('fit refuses up front', () => {
  test.each<[string, object, string]>([
    ['no AbortSignal', { signal: {} }, 'Expected `signal` to be an AbortSignal, received'],
    ['a word for a signal', { signal: 'abc' }, "Expected `signal` to be an AbortSignal, received 'abc'."],
    ['a number for onEpoch', { onEpoch: 5 }, 'Expected `onEpoch` to be a function, received 5.'],
    ['a number for onBatch', { onBatch: 5 }, 'Expected `onBatch` to be a function, received 5.'],
    ['a number of validationData', { validationData: 5 }, 'Expected `validationData` to be [X, y], received 5.'],
    ['null for validationData', { validationData: null }, 'Expected `validationData` to be [X, y], received null.'],
    ['an object of validationData', { validationData: { X, y } }, 'Expected `validationData` to be [X, y], received'],
    [
      'NaN in validationData',
      { validationData: [[[Number.NaN, 1]], [1]] },
      'Expected `validationData[0]` to hold finite',
    ],
    ['too few labels in validationData', { validationData: [X, [1]] }, '`validationData[1]`'],
  ])('%s', async (_, options, message) => {
    const model = classifier();
    const error = await rejected(model.fit(X, y, options as never));
    expect(error.message).toContain(message);
    await model.fit(X, y); // and may go on
  });

  test('options of predictions', async () => {
    const model = classifier();
    await model.fit(X, y);
    expect((await rejected(model.predictAsync(X, { sginal: 1 } as never))).message).toContain('Did you mean `signal`?');
    expect((await rejected(model.predictAsync(X, null as never))).name).toBe('ArgumentError');
    expect((await rejected(model.predictAsync(X, { signal: {} } as never))).message).toContain('AbortSignal');
  });

  test('rows whose memory is gone', async () => {
    const gone = X.clone();
    structuredClone(gone.data.buffer, { transfer: [gone.data.buffer as ArrayBuffer] });
    const model = classifier();
    expect((await rejected(model.fit(gone, y))).message).toContain('was detached');
    const labels = Int32Array.from(y);
    structuredClone(labels.buffer, { transfer: [labels.buffer] });
    for (const other of [model, new MLPRegressor(small)] as MLPRegressor[]) {
      expect((await rejected(other.fit(X, labels))).message).toContain('Expected `y` to hold its elements');
    }
    await model.fit(X, y);
    expect(thrown(() => model.predict(gone)).message).toContain('was detached');
  });

  test('a path with a zero byte', async () => {
    const model = classifier();
    await model.fit(X, y);
    expect((await rejected(model.save('a\0b'))).message).toContain('Expected `file` to be the path of a file');
  });
});

describe('the data of a fit', () => {
  test('in every form are the caller`s to change afterwards', async () => {
    const expected = classifier();
    await expected.fit(X, y);
    const plain = { data: X.data.slice(), rows: X.rows, cols: X.cols };
    const model = classifier();
    const job = model.fit(plain, y);
    plain.data.fill(9);
    await job;
    expect(model.state()).toEqual(expected.state());

    const targets = { data: Float32Array.from(y), rows: y.length, cols: 1 };
    const [a, b] = [new MLPRegressor(small), new MLPRegressor(small)];
    await a.fit(X, { ...targets, data: targets.data.slice() });
    const second = b.fit(X, targets);
    targets.data.fill(9);
    await second;
    expect(b.state()).toEqual(a.state());
  });

  test('may come from another realm', async () => {
    const { array } = runInContext('({ array: new Float32Array(80) })', createContext({})) as { array: Float32Array };
    array.set(X.data);
    const [a, b] = [classifier(), classifier()];
    await a.fit(X, y);
    await b.fit(new Matrix(array, X.rows, X.cols), y);
    expect(b.state()).toEqual(a.state());
  });

  test('may be shared between threads', async () => {
    const data = new Float32Array(new SharedArrayBuffer(X.data.byteLength));
    data.set(X.data);
    for (const standardize of [false, true]) {
      const [a, b] = [new MLPClassifier({ ...small, standardize }), new MLPClassifier({ ...small, standardize })];
      await a.fit(X, y);
      await b.fit(new Matrix(data, X.rows, X.cols), y);
      expect(b.state()).toEqual(a.state());
    }
    expect(Float32Array.from(data)).toEqual(X.data);
  });
});

describe('partialFit', () => {
  test('goes on after a pass that failed, from the last one that did not', async () => {
    const options = { ...small, learningRate: 0.01, standardize: false };
    const model = new MLPRegressor(options);
    const targets = Float64Array.from(y);
    await model.partialFit(X, targets);
    const before = model.state();
    const wild = Matrix.from(X.toArray().map((row) => row.map((x) => x * 1e38)));
    expect((await rejected(model.partialFit(wild, targets))).name).toBe('NonFiniteError');
    expect(model.state()).toEqual(before);
    await model.partialFit(X, targets);
    expect((model.predict(X) as Float32Array).every(Number.isFinite)).toBe(true);
  });

  test('a first pass that failed leaves nothing behind', async () => {
    const model = new MLPRegressor({ ...small, standardize: false });
    const wild = Matrix.from(X.toArray().map((row) => row.map((x) => x * 1e38)));
    expect((await rejected(model.partialFit(wild, Float64Array.from(y)))).name).toBe('NonFiniteError');
    await model.partialFit(X, Float64Array.from(y));
    expect((model.predict(X) as Float32Array).every(Number.isFinite)).toBe(true);
  });

  test('ends well when the model is disposed of meanwhile', async () => {
    const model = classifier();
    const pass = model.partialFit(X, y);
    model.dispose();
    await pass;
    expect(model.predict(X)).toHaveLength(X.rows);
  });
});

test('estimators free what they hold at the end of a block', async () => {
  const models = [classifier(), new MLPRegressor(small), new Sequential([new Dense(2)])];
  for (const model of models) expect(typeof model[Symbol.dispose]).toBe('function');
  const [model] = models as [MLPClassifier<Int32Array>];
  await model.fit(X, y);
  model[Symbol.dispose]();
  expect(model.predict(X)).toHaveLength(X.rows);
});
