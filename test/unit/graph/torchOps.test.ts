import { Graph, initializers, type Node } from '../../../lib/graph';
import { sgd } from '../../../lib/optim';
import { golden, largestError } from '../../helpers/golden';

interface Tensor {
  shape: number[];
  data: number[];
}
interface Case {
  name: string;
  op: string;
  options: { name?: string; alpha?: number; affine?: boolean; reduction?: 'mean' | 'sum' };
  params: Record<string, Tensor>;
  feeds: Record<string, Tensor & { integer: boolean }>;
  output: number[];
  gradients: Record<string, number[]>;
}

const { cases } = golden<{ cases: Case[] }>('torch_ops');
// float32: a few roundings of sums of 30 terms; float64: those of PyTorch's own.
const TOLERANCE = { f32: 3e-6, f64: 1e-12 };
/** PyTorch's names of what layerNorm makes itself. */
const OWN: Record<string, string> = { gamma: 'norm.weight', beta: 'norm.bias' };

function apply(g: Graph, { op, options, feeds }: Case, x: Node): Node {
  const target = () => g.input('y', feeds.y.shape, feeds.y.integer ? 'i32' : 'f32');
  switch (op) {
    case 'activation':
      return g.activation(x, options.name as 'relu', options.alpha);
    case 'layerNorm':
      return g.layerNorm(x, { name: 'norm', ...options });
    case 'softmax':
    case 'logSoftmax':
      return g[op](x);
    case 'softmaxCrossEntropy':
    case 'bceWithLogits':
    case 'mse':
    case 'mae':
    case 'huber':
      return g[op](x, target(), options);
    default:
      throw new Error(`no op ${op}`);
  }
}

function program(of: Case, precision: 'f32' | 'f64') {
  const g = new Graph();
  const { x, ...own } = of.params;
  const output = apply(g, of, g.param('x', x.shape, initializers.values(Float64Array.from(x.data))));
  const { weights } = of.feeds;
  const loss = weights === undefined ? output : g.sum(g.mul(output, g.input('weights', weights.shape)));
  const built = g.compile({ loss, outputs: { output } }, { maxBatch: 1, optimizer: sgd(), precision });
  const state = Object.entries(own).map(([name, { data, shape }]) => [
    OWN[name],
    { data: Float64Array.from(data), shape },
  ]);
  built.load(Object.fromEntries(state), { strict: false });
  return built;
}

describe.each(['f32', 'f64'] as const)('values and gradients of PyTorch in %s', (precision) => {
  test.each(cases.map((c) => [c.name, c] as const))('%s', (_, of) => {
    const built = program(of, precision);
    const feeds = Object.entries(of.feeds).map(([name, { data, integer }]) => [
      name,
      integer ? Int32Array.from(data) : Float64Array.from(data),
    ]);
    const { output } = built.forward(Object.fromEntries(feeds), { training: true, batch: 1 });
    expect(largestError(output.data, of.output)).toBeLessThan(TOLERANCE[precision]);
    built.backward();
    const gradients = built.gradients();
    for (const [name, expected] of Object.entries(of.gradients)) {
      expect(largestError(gradients[OWN[name] ?? name].data, expected)).toBeLessThan(TOLERANCE[precision]);
    }
    built.dispose();
  });
});
