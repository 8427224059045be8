// Predictions in bf16 and int8: how far they are from float32's, on real digits; and that they are the same everywhere.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ArgumentError,
  Dense,
  datasets,
  Graph,
  type InferencePrecision,
  type Matrix,
  MLPClassifier,
  MLPRegressor,
  nativeInfo,
  optim,
  Sequential,
  setThreads,
  trainTestSplit,
} from '../../../lib';

const low: InferencePrecision[] = ['bf16', 'int8'];

const { X, y } = datasets.loadDigits();
const { XTrain, XTest, yTrain, yTest } = trainTestSplit(X, y, { testSize: 0.3, stratify: true, seed: 3 });
const options = { hidden: [128, 64], epochs: 15, seed: 5, standardize: true };

/** The largest change of a probability in each row, ascending. */
function changes(a: Matrix, b: Matrix): number[] {
  const out: number[] = [];
  for (let i = 0; i < a.rows; i++) {
    let most = 0;
    for (let j = 0; j < a.cols; j++) most = Math.max(most, Math.abs(a.get(i, j) - b.get(i, j)));
    out.push(most);
  }
  return out.sort((p, q) => p - q);
}

describe('predictions in reduced precision', () => {
  const model = new MLPClassifier(options);
  beforeAll(() => model.fit(XTrain, yTrain));
  afterEach(() => {
    model.precision = 'f32';
  });

  /** Bounds of the docstring of `precision`: median and largest change of a probability, and of accuracy. */
  const bounds = { f32: [0, 0, 0], bf16: [1e-4, 0.05, 0.005], int8: [1e-3, 0.2, 0.01] };

  test.each(low)('%s stays near float32 on held-out digits', (precision) => {
    const exact = { accuracy: model.score(XTest, yTest), proba: model.predictProba(XTest) };
    model.precision = precision;
    const rounded = { accuracy: model.score(XTest, yTest), proba: model.predictProba(XTest) };
    const moved = changes(exact.proba, rounded.proba);
    const [median, most] = [moved[moved.length >> 1], moved[moved.length - 1]];
    console.info(
      `${precision}: accuracy ${rounded.accuracy.toFixed(4)} (f32 ${exact.accuracy.toFixed(4)}), a row's largest change of a probability: median ${median.toExponential(1)}, most ${most.toExponential(1)}`,
    );
    const [medianBound, mostBound, accuracyBound] = bounds[precision];
    expect(median).toBeGreaterThan(0); // it is not simply float32
    expect(median).toBeLessThan(medianBound);
    expect(most).toBeLessThan(mostBound);
    expect(Math.abs(rounded.accuracy - exact.accuracy)).toBeLessThan(accuracyBound);
  });

  test.each(low)('%s gives the same bits for any thread count, sync or not', async (precision) => {
    model.precision = precision;
    const first = model.predictProba(XTest);
    const before = nativeInfo().threads;
    try {
      setThreads(3);
      model.precision = precision; // a new program
      expect(model.predictProba(XTest).data).toEqual(first.data);
      expect((await model.predictProbaAsync(XTest)).data).toEqual(first.data);
    } finally {
      setThreads(before);
    }
  });

  test.each(low)('%s is emulated with equal results on kernels without the instructions', async (precision) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hebb-precision-'));
    try {
      const file = path.join(folder, 'digits.safetensors');
      await model.save(file);
      const script = `
        const { MLPClassifier, datasets } = require(${JSON.stringify(path.resolve('dist'))});
        MLPClassifier.load(${JSON.stringify(file)}).then((model) => {
          model.precision = '${precision}';
          const { X } = datasets.loadDigits();
          process.stdout.write(JSON.stringify(Array.from(model.predictProba(X).data)));
        });`;
      const emulated = JSON.parse(
        execFileSync(process.execPath, ['-e', script], {
          env: { ...process.env, HEBB_ISA: 'scalar' },
          encoding: 'utf8',
          maxBuffer: 1 << 26,
        }),
      ) as number[];
      model.precision = precision;
      const here = model.predictProba(X).data;
      // A sum at the border of two roundings may fall to either side, which moves a value by one step of it.
      const apart = emulated.filter((value, i) => Math.abs(value - here[i]) > 1e-5).length;
      expect(apart / emulated.length).toBeLessThan(0.05);
      expect(Math.max(...emulated.map((value, i) => Math.abs(value - here[i])))).toBeLessThan(0.05);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('is a setting of the machine: files do not carry it', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hebb-precision-'));
    try {
      const file = path.join(folder, 'digits.safetensors');
      model.precision = 'int8';
      await model.save(file);
      const same = await MLPClassifier.load(file);
      expect(same.precision).toBe('f32');
      model.precision = 'f32';
      expect(same.predictProba(XTest).data).toEqual(model.predictProba(XTest).data);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('leaves training as it is', async () => {
    const other = new MLPClassifier({ ...options, precision: 'int8' });
    await other.fit(XTrain, yTrain);
    expect(other.precision).toBe('int8');
    expect(other.state()['layers.0.weight'].data).toEqual(model.state()['layers.0.weight'].data);
  });

  test('works for regression and free networks', async () => {
    const wine = datasets.loadWine();
    const target = wine.X.column(0);
    const regressor = new MLPRegressor({
      hidden: [32],
      epochs: 30,
      standardize: true,
      standardizeTarget: true,
      seed: 1,
    });
    await regressor.fit(wine.X, target);
    const exact = regressor.score(wine.X, target);
    regressor.precision = 'bf16';
    expect(Math.abs(regressor.score(wine.X, target) - exact)).toBeLessThan(0.01);

    const net = new Sequential([new Dense(32, { activation: 'relu' }), new Dense(10)]);
    net.compile({ loss: 'softmaxCrossEntropy', seed: 2, precision: 'bf16', standardize: true });
    await net.fit(XTrain, yTrain as unknown as number[], { epochs: 5 });
    expect(net.precision).toBe('bf16');
    const rounded = net.predict(XTest);
    net.precision = 'f32';
    const moved = changes(rounded, net.predict(XTest));
    expect(moved[moved.length >> 1]).toBeGreaterThan(0);
    expect(moved[moved.length >> 1]).toBeLessThan(0.01);
  });

  test('refuses what it cannot do', () => {
    expect(() => new MLPClassifier({ precision: 'fp8' as never })).toThrow(ArgumentError);
    expect(() => {
      model.precision = 'half' as never;
    }).toThrow("Expected `precision` to be one of 'f32', 'bf16', 'int8', received 'half'.");
    const graph = new Graph();
    const x = graph.input('x', ['B', 4]);
    const loss = graph.mean(graph.linear(x, 2));
    expect(() => graph.compile({ loss }, { maxBatch: 8, optimizer: optim.sgd(), precision: 'int8' })).toThrow(
      "Expected a program with an optimizer to have precision 'f32' or 'f64', received 'int8', which is for inference: train in 'f32' and load the weights into a second program.",
    );
    const program = graph.compile({ outputs: { loss } }, { maxBatch: 8, precision: 'int8' });
    const state = program.state();
    const [name] = Object.keys(state);
    const bad = { ...state, [name]: { ...state[name], data: Float32Array.from(state[name].data).fill(Number.NaN) } };
    expect(() => program.load(bad)).toThrow(/Expected finite weights/);
    expect(program.state()[name].data).toEqual(state[name].data);
  });
});
