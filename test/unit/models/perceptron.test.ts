import { Matrix } from '../../../lib/data';
import { MLPClassifier, Perceptron } from '../../../lib/models';
import { blobs, typed } from '../../helpers/blobs';

describe('Perceptron', () => {
  test('finds a separating plane, then stops', async () => {
    const { X, y } = blobs(50, 2, 0.2);
    const labels = Array.from(y, (c) => ['left', 'right'][c]);
    const model = new Perceptron<string[]>({ seed: 1 });
    const history = await model.fit(X, labels);
    expect(history.stoppedBy).toBe('converged');
    expect(history.loss.at(-1)).toBe(0);
    expect(model.predict(X)).toEqual(labels);
    expect(model.score(X, labels)).toBe(1);
    expect(Object.keys(model.state()).sort()).toEqual(['layers.0.bias', 'layers.0.weight']);
  });

  test('one step is the classic correction: w += t x, b += t', async () => {
    const X = Matrix.from([[2, -3]]);
    const model = new Perceptron({ epochs: 1, shuffle: false });
    await model.partialFit(X, [1], { classes: [0, 1] });
    const { 'layers.0.weight': weight, 'layers.0.bias': bias } = model.state();
    expect([...weight.data, ...bias.data]).toEqual([2, -3, 1]);
    // What is right by now is left alone; the opposite label is corrected back.
    await model.partialFit(X, [1]);
    expect([...model.state()['layers.0.weight'].data]).toEqual([2, -3]);
    await model.partialFit(X, [0]);
    expect([...model.state()['layers.0.weight'].data]).toEqual([0, 0]);
  });

  test('tells more than two classes apart, one against the rest', async () => {
    const { X, y } = blobs(40, 4, 0.15);
    const model = new Perceptron<Int32Array>({ epochs: 50, seed: 2 });
    await model.fit(X, y);
    expect(model.score(X, y)).toBeGreaterThan(0.95);
    expect(model.decisionFunction(X).cols).toBe(4);
  });

  test('cannot learn exclusive or, which a hidden layer can', async () => {
    const X = Matrix.from([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const y = [0, 1, 1, 0];
    const linear = new Perceptron<number[]>({ epochs: 50 });
    const history = await linear.fit(X, y);
    expect(history.stoppedBy).toBe('epochs');
    expect(linear.score(X, y)).toBeLessThan(1);
    const deep = new MLPClassifier<number[]>({ hidden: [16], activation: 'tanh', epochs: 400, learningRate: 0.03 });
    await deep.fit(X, y);
    expect(deep.score(X, y)).toBe(1);
  });

  test('refuses options of other models', () => {
    expect(() => new Perceptron({ hidden: [3] } as never)).toThrow(typed('ArgumentError', /hidden/));
    expect(() => new Perceptron({ learningRate: 0 })).toThrow(typed('ArgumentError', /learningRate/));
  });
});
