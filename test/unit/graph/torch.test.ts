import { createDataset, Graph, initializers, type Optimizer } from '../../../lib/graph';
import { adam, adamw, momentum, nesterov, rmsprop, sgd } from '../../../lib/optim';
import { golden, largestError } from '../../helpers/golden';

interface Run {
  factory: 'sgd' | 'momentum' | 'nesterov' | 'adam' | 'adamw' | 'rmsprop';
  options: Record<string, number>;
  learningRate: number;
  losses: number[];
  weights: number[][];
}
interface Golden {
  sizes: number[];
  batch: number;
  x: number[];
  y: number[];
  initial: number[][];
  runs: Record<string, Run>;
}

const factories = { sgd, momentum, nesterov, adam, adamw, rmsprop };
const data = golden<Golden>('torch_mlp');

function net(optimizer: Optimizer, precision: 'f32' | 'f64') {
  const g = new Graph();
  const [inputs, a, b, classes] = data.sizes;
  const given = (index: number) => initializers.values(Float32Array.from(data.initial[index]));
  const x = g.input('x', ['B', inputs]);
  const y = g.input('y', ['B'], 'i32');
  const layer = (node: typeof x, out: number, i: number, activation?: 'tanh' | 'relu') =>
    g.linear(node, out, { name: `layer${i}`, weightInit: given(2 * i), biasInit: given(2 * i + 1), activation });
  const logits = layer(layer(layer(x, a, 0, 'tanh'), b, 1, 'relu'), classes, 2);
  const loss = g.softmaxCrossEntropy(logits, y);
  return g.compile({ loss, outputs: { logits } }, { maxBatch: data.batch, optimizer, precision });
}

describe.each(Object.entries(data.runs))('PyTorch %s', (_, run) => {
  const optimizer = factories[run.factory](run.options);
  const feedsOf = (step: number) => {
    const first = (step * data.batch) % data.y.length;
    const width = data.sizes[0];
    return {
      x: Float32Array.from(data.x.slice(first * width, (first + data.batch) * width)),
      y: Int32Array.from(data.y.slice(first, first + data.batch)),
    };
  };

  test.each(['f32', 'f64'] as const)('step by step in %s', (precision) => {
    const program = net(optimizer, precision);
    const losses = run.losses.map((_loss, step) => program.step(feedsOf(step), run.learningRate));
    expect(largestError(losses, run.losses)).toBeLessThan(1e-4);
    const state = Object.values(program.state());
    const errors = state.map((tensor, i) => largestError(tensor.data, run.weights[i]));
    expect(Math.max(...errors)).toBeLessThan(1e-4);
  });

  test('in one slice', () => {
    const program = net(optimizer, 'f32');
    const rows = data.y.length;
    const set = createDataset({ x: Float32Array.from(data.x), y: Int32Array.from(data.y) }, { rows });
    const indices = Int32Array.from({ length: run.losses.length * data.batch }, (_row, i) => i % rows);
    const { losses, steps } = program.runSync(set, { indices, learningRates: run.learningRate, keepLosses: true });
    expect(steps).toBe(run.losses.length);
    expect(largestError(losses ?? [], run.losses)).toBeLessThan(1e-4);
  });
});
