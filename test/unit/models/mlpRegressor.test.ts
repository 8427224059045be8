import { datasets, Matrix, Philox, trainTestSplit } from '../../../lib/data';
import { MLPRegressor } from '../../../lib/models';
import { typed } from '../../helpers/blobs';

/** y0 = x0 * x1, y1 = x0 - 2 on a square. */
function surface(rows: number): { X: Matrix; product: number[]; both: Matrix } {
  const rng = new Philox(4, 98);
  const X = Matrix.zeros(rows, 2);
  for (let k = 0; k < X.data.length; k++) X.data[k] = 2 * rng.uniform(k) - 1;
  const both = Matrix.zeros(rows, 2);
  for (let i = 0; i < rows; i++) {
    both.set(i, 0, X.get(i, 0) * X.get(i, 1));
    both.set(i, 1, X.get(i, 0) - 2);
  }
  return { X, product: Array.from(both.column(0)), both };
}

const small = { hidden: [32], activation: 'tanh', epochs: 150, learningRate: 0.01, seed: 5 } as const;

describe('MLPRegressor', () => {
  const { X, product, both } = surface(400);

  test('learns one target and gives a Float32Array', async () => {
    const model = new MLPRegressor<number[]>(small);
    const history = await model.fit(X, product);
    expect(model.score(X, product)).toBeGreaterThan(0.97);
    expect(model.predict(X)).toBeInstanceOf(Float32Array);
    expect(history.metrics.r2).toHaveLength(150);
    expect(history.metrics.r2[149]).toBeGreaterThan(0.9);
  });

  test('learns several targets and gives a Matrix', async () => {
    const model = new MLPRegressor<Matrix>(small);
    await model.fit(X, both);
    const predicted = model.predict(X);
    expect(predicted).toBeInstanceOf(Matrix);
    expect([predicted.rows, predicted.cols]).toEqual([400, 2]);
    expect(model.score(X, both)).toBeGreaterThan(0.97);
  });

  test.each(['mae', 'huber'] as const)('learns with the loss %s', async (loss) => {
    const model = new MLPRegressor<number[]>({ ...small, loss });
    await model.fit(X, product);
    expect(model.score(X, product)).toBeGreaterThan(0.9);
  });

  test('standardizeTarget learns targets of any size and predicts in their units', async () => {
    const prices = product.map((v) => 5e5 + 1e5 * v);
    const scaled = new MLPRegressor<number[]>({ ...small, standardizeTarget: true });
    await scaled.fit(X, prices);
    expect(scaled.score(X, prices)).toBeGreaterThan(0.97);
    const raw = new MLPRegressor<number[]>({ ...small, epochs: 20 });
    await raw.fit(X, prices);
    expect(raw.score(X, prices)).toBeLessThan(0);
  });

  test('the validation R2 of an epoch is that of the rows', async () => {
    const model = new MLPRegressor<number[]>({ ...small, epochs: 40, standardizeTarget: true });
    const held = surface(123);
    const history = await model.fit(X, product, { validationData: [held.X, held.product] });
    expect(history.metrics.valR2[39]).toBeCloseTo(model.score(held.X, held.product), 4);
  });

  test('evaluate gives the errors in the units of the target', async () => {
    const model = new MLPRegressor<number[]>({ ...small, epochs: 5 });
    await model.fit(X, product);
    const errors = model.predict(X) as Float32Array;
    const squares = product.map((v, i) => (errors[i] - v) ** 2);
    const { mse, rmse, mae } = model.evaluate(X, product);
    const mean = squares.reduce((a, b) => a + b, 0) / 400;
    expect(mse).toBeCloseTo(mean, 6);
    expect(rmse).toBeCloseTo(Math.sqrt(mean), 6);
    expect(mae).toBeCloseTo(squares.reduce((a, b) => a + Math.sqrt(b), 0) / 400, 6);
  });

  test('partialFit goes on', async () => {
    const model = new MLPRegressor<number[]>({ ...small });
    for (let pass = 0; pass < 60; pass++) await model.partialFit(X, product);
    expect(model.score(X, product)).toBeGreaterThan(0.8);
  });

  test('diabetes: R2 on held-out rows', async () => {
    const { X, y } = datasets.loadDiabetes();
    const split = trainTestSplit(X, y, { testSize: 0.25, seed: 3 });
    const model = new MLPRegressor<Float64Array>({
      hidden: [16],
      standardize: true,
      standardizeTarget: true,
      epochs: 40,
      l2: 1e-3,
      seed: 1,
    });
    await model.fit(split.XTrain, split.yTrain);
    const r2 = model.score(split.XTest, split.yTest);
    console.log(`diabetes: R2 ${r2.toFixed(3)} on held-out rows`);
    expect(r2).toBeGreaterThan(0.3);
  });

  test('refuses bad targets', async () => {
    const fitted = (y: unknown) => new MLPRegressor({ epochs: 1 }).fit(X, y as never);
    await expect(fitted(product.slice(1))).rejects.toEqual(typed('ShapeError', /400 rows.*received 399/));
    const holed = [...product];
    holed[17] = Number.NaN;
    await expect(fitted(holed)).rejects.toEqual(typed('NonFiniteError', /row 17/));
    holed[17] = 1e300;
    await expect(fitted(holed)).rejects.toEqual(typed('NonFiniteError', /too large for float32/));
    await expect(fitted(product.map(String))).rejects.toEqual(typed('DataError', /y\[0\]/));
    const model = new MLPRegressor<Matrix>({ epochs: 1 });
    await model.fit(X, both);
    expect(() => model.score(X, Matrix.zeros(400, 3))).toThrow(typed('ShapeError', /2 columns/));
    expect(() => new MLPRegressor({ loss: 'mee' as never })).toThrow(typed('ArgumentError', /`mae`|`mse`/));
    expect(() => new MLPRegressor({ threshold: 0.5 } as never)).toThrow(typed('ArgumentError', /threshold/));
  });
});
