import { Philox } from '../../lib/data';
import { ACTIVATIONS, type Feeds, FUNCTIONS, Graph, initializers, type Node, type Program } from '../../lib/graph';
import { sgd } from '../../lib/optim';

/** A small graph around one op: parameters in, a scalar out, and what to feed. */
export interface GraphCase {
  name: string;
  /** The native op that it is about. */
  op: string;
  build(kit: CaseKit, size: number): Node;
}

/** Draws values and remembers what has to be fed. */
export class CaseKit {
  readonly g = new Graph();
  readonly feeds: Record<string, Float64Array | Int32Array> = {};
  readonly batch = 3;
  readonly time = 2;
  private readonly rng = new Philox(11);
  private drawn = 0;

  values(count: number, low = -1, high = 1): Float64Array {
    return Float64Array.from({ length: count }, () => low + (high - low) * this.rng.uniform(this.drawn++));
  }
  integers(count: number, below: number, low = 0): Int32Array {
    return Int32Array.from(this.values(count, low, below), Math.floor);
  }
  param(name: string, shape: number[], low = -1, high = 1): Node {
    const count = shape.reduce((product, n) => product * n, 1);
    return this.g.param(name, shape, initializers.values(this.values(count, low, high)));
  }
  /** Parameters spread over a minibatch: [B, ...shape] = rows picked from a table by the row number. */
  rows(name: string, width: number, low = -1, high = 1): Node {
    return this.g.embeddingWith(this.param(name, [this.batch, width], low, high), this.g.rowNumbers('B'));
  }
  input(name: string, shape: (number | 'B' | 'T')[], low = -1, high = 1): Node {
    this.feeds[name] = this.values(this.count(shape), low, high);
    return this.g.input(name, shape);
  }
  ids(name: string, shape: (number | 'B' | 'T')[], below: number, low = 0): Node {
    this.feeds[name] = this.integers(this.count(shape), below, low);
    return this.g.input(name, shape, 'i32');
  }
  /** Six labels below `n`, or from `low`. */
  six(n: number, low = 0): Node {
    return this.ids('labels', [6], n, low);
  }
  private count(shape: (number | 'B' | 'T')[]): number {
    const sizes = shape.map((d) => (d === 'B' ? this.batch : d === 'T' ? this.time : d));
    return sizes.reduce((product, n) => product * n, 1);
  }
  /** A scalar to which every element of y contributes with a weight of its own. */
  weigh(y: Node): Node {
    if (y.shape.includes(0)) return this.g.sum(y); // nothing to weigh, and inputs are never empty
    const weights = this.input(`weights${this.drawn}`, y.shape as (number | 'B' | 'T')[], 0.5, 1.5);
    return this.g.sum(this.g.mul(y, weights));
  }
}

const cases: GraphCase[] = [];
const add = (op: string, name: string, build: GraphCase['build']) => cases.push({ op, name: `${op}: ${name}`, build });

add('input', 'B and T', (k) => k.weigh(k.g.linear(k.input('x', ['B', 'T', 4]), 3)));
add('param', 'used twice', (k, n) => {
  const p = k.param('p', [n]);
  return k.weigh(k.g.mul(p, k.g.exp(p)));
});
add('constant', 'a factor', (k) => k.weigh(k.g.mul(k.param('p', [2, 3]), k.g.constant([1, 2, 3]))));
add('rowNumbers', 'labels of a contrastive loss', (k, n) => {
  const logits = k.g.matmul(k.rows('a', n), k.rows('b', n), { transposeB: true });
  return k.g.softmaxCrossEntropy(logits, k.g.rowNumbers('B'));
});

for (const activation of ACTIVATIONS) {
  add('linear', activation, (k, n) => k.weigh(k.g.linear(k.rows('x', n), n + 1, { activation })));
  add('unary', activation, (k, n) => k.weigh(k.g.activation(k.param('x', [2, n], -3, 3), activation)));
}
add('linear', 'no activation', (k, n) => k.weigh(k.g.linear(k.rows('x', n), 5)));
add('linear', 'no bias', (k, n) => k.weigh(k.g.linear(k.rows('x', n), 5, { bias: false, activation: 'tanh' })));
add('linear', 'three dimensions', (k, n) => k.weigh(k.g.linear(k.param('x', [2, 3, n]), 2, { activation: 'gelu' })));
add('linear', 'tied weights', (k) => {
  const table = k.param('table', [7, 4]);
  const h = k.g.embeddingWith(table, k.ids('ids', ['B'], 7));
  return k.g.softmaxCrossEntropy(k.g.linearWith(k.g.activation(h, 'tanh'), table), k.ids('labels', ['B'], 7));
});

for (const transposeA of [false, true]) {
  for (const transposeB of [false, true]) {
    const options = { transposeA, transposeB, scale: 0.7 };
    const name = `${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`;
    const a = (n: number) => (transposeA ? [n, 3] : [3, n]);
    const b = (n: number) => (transposeB ? [4, n] : [n, 4]);
    add('matmul', name, (k, n) => k.weigh(k.g.matmul(k.param('a', a(n)), k.param('b', b(n)), options)));
    add('matmul', `${name} batched`, (k, n) =>
      k.weigh(k.g.matmul(k.param('a', [2, 2, ...a(n)]), k.param('b', [2, 2, ...b(n)]), options)),
    );
    add('matmul', `${name} shared`, (k, n) =>
      k.weigh(k.g.matmul(k.param('a', [2, ...a(n)]), k.param('b', b(n)), options)),
    );
  }
}

for (const fn of FUNCTIONS) {
  const positive = ['log', 'sqrt', 'rsqrt', 'reciprocal'].includes(fn);
  add('unary', fn, (k, n) => k.weigh(k.g.fn(k.param('x', [2, n], positive ? 0.5 : -2, 2), fn)));
}
for (const fn of ['add', 'sub', 'mul', 'div', 'min', 'max'] as const) {
  const shapes: [string, (n: number) => number[], (n: number) => number[]][] = [
    ['same shape', (n) => [3, n], (n) => [3, n]],
    ['a row', (n) => [3, n], (n) => [n]],
    ['a column', (n) => [3, n], () => [3, 1]],
    ['a scalar', (n) => [3, n], () => []],
    ['a scalar first', () => [], (n) => [2, n]],
    ['an outer product', (n) => [n, 1], () => [1, 4]],
    ['a middle axis', (n) => [2, 1, n], () => [2, 3, 1]],
  ];
  for (const [name, a, b] of shapes) {
    add('binary', `${fn}, ${name}`, (k, n) => k.weigh(k.g[fn](k.param('a', a(n)), k.param('b', b(n), 0.5, 2))));
  }
  add('binary', `${fn}, both the same`, (k, n) => {
    const x = k.param('x', [n], 0.5, 2);
    return k.weigh(k.g[fn](x, x));
  });
}

add('affine', 'scale and shift', (k, n) => k.weigh(k.g.square(k.g.affine(k.param('x', [n]), -2, 0.3))));
add('clip', 'both bounds', (k, n) => k.weigh(k.g.clip(k.param('x', [4, n], -2, 2), -0.7, 0.9)));
for (const op of ['sum', 'mean'] as const) {
  for (const axis of [0, 1, 2, [0, 1], [1, 2], [0, 2], [0, 1, 2]]) {
    for (const keepDims of [false, true]) {
      add(op, `axis ${axis}${keepDims ? ', kept' : ''}`, (k, n) =>
        k.weigh(k.g.square(k.g[op](k.param('x', [2, 3, n]), { axis, keepDims }))),
      );
    }
  }
  add(op, 'a scalar', (k) => k.weigh(k.g.square(k.g[op](k.param('x', [])))));
  add(op, 'twice used', (k, n) => {
    const x = k.param('x', [3, n]);
    return k.g.add(k.weigh(k.g.square(x)), k.g[op](x));
  });
}
add('reshape', 'of an op', (k, n) => k.weigh(k.g.exp(k.g.reshape(k.g.square(k.param('x', [2, n])), [n, 2]))));
add('reshape', 'of a parameter used twice', (k, n) => {
  const x = k.param('x', [2, n]);
  return k.g.add(k.weigh(k.g.exp(k.g.reshape(x, [2 * n]))), k.weigh(k.g.square(x)));
});
add('reshape', 'B to B*T', (k) =>
  k.weigh(k.g.exp(k.g.reshape(k.g.linear(k.input('x', ['B', 'T', 4]), 2), ['B', 'T', 2]))),
);
add('stopGradient', 'one of two ways', (k, n) => {
  const x = k.param('x', [n]);
  return k.weigh(k.g.mul(x, k.g.stopGradient(k.g.exp(k.input('y', [n])))));
});
for (const axes of [
  [1, 0, 2],
  [2, 1, 0],
  [0, 2, 1],
  [1, 2, 0],
]) {
  add('transpose', `${axes}`, (k, n) => k.weigh(k.g.square(k.g.transpose(k.param('x', [2, 3, n]), axes))));
}
for (const axis of [0, 1, 2]) {
  const shape = (n: number, m: number) => [2, 3, n].map((d, i) => (i === axis ? m : d));
  add('concat', `axis ${axis}`, (k, n) =>
    k.weigh(
      k.g.square(k.g.concat([k.param('a', shape(n, 1)), k.param('b', shape(n, n)), k.param('c', shape(n, 2))], axis)),
    ),
  );
  add('slice', `axis ${axis}`, (k, n) => k.weigh(k.g.square(k.g.slice(k.param('x', shape(n, n + 2)), axis, 1, n))));
}
add('slice', 'twice used', (k) => {
  const x = k.param('x', [2, 4]);
  return k.g.add(k.weigh(k.g.exp(x)), k.weigh(k.g.slice(x, -1, 2, 2)));
});
add('slice', 'T rows of a table', (k) =>
  k.weigh(k.g.add(k.input('x', ['B', 'T', 4]), k.g.slice(k.param('positions', [5, 4]), 0, 0, 'T'))),
);

add('softmax', 'rows', (k, n) => k.weigh(k.g.square(k.g.softmax(k.param('x', [3, n], -2, 2)))));
add('logSoftmax', 'rows', (k, n) => k.weigh(k.g.square(k.g.logSoftmax(k.param('x', [3, n], -2, 2)))));
add('layerNorm', 'with gain and bias', (k, n) => k.weigh(k.g.layerNorm(k.param('x', [3, n + 1]))));
add('layerNorm', 'without', (k, n) =>
  k.weigh(k.g.square(k.g.layerNorm(k.param('x', [2, 2, n + 1]), { affine: false }))),
);
add('layerNorm', 'of an input', (k, n) => k.weigh(k.g.layerNorm(k.input('x', ['B', n + 1]))));
add('l2Normalize', 'rows', (k, n) => k.weigh(k.g.square(k.g.l2Normalize(k.param('x', [3, n])))));
add('l2Normalize', 'shorter than eps', (k, n) => k.weigh(k.g.l2Normalize(k.param('x', [3, n]), 1e3)));
add('dropout', 'half', (k, n) => k.weigh(k.g.square(k.g.dropout(k.param('x', [5, n]), 0.5))));
add('dropout', 'none', (k, n) => k.weigh(k.g.square(k.g.dropout(k.param('x', [5, n]), 0))));

add('embedding', 'row-sparse', (k, n) => k.weigh(k.g.square(k.g.embedding(k.ids('ids', ['B', 4], 5, -1), 5, n))));
add('embedding', 'one table, two ids', (k, n) => {
  const table = k.param('table', [6, n]);
  const a = k.g.embeddingWith(table, k.ids('a', ['B', 3], 6));
  return k.g.add(k.weigh(k.g.exp(a)), k.weigh(k.g.square(k.g.embeddingWith(table, k.ids('b', ['B', 3], 6, -1)))));
});
for (const mode of ['sum', 'mean'] as const) {
  add('embeddingBag', mode, (k, n) =>
    k.weigh(k.g.square(k.g.embeddingBag(k.ids('ids', ['B', 5], 6, -2), 6, n, { mode }))),
  );
  add('embeddingBag', `${mode}, dense`, (k, n) => {
    const table = k.param('table', [6, n]);
    return k.g.add(
      k.weigh(k.g.embeddingBagWith(table, k.ids('ids', ['B', 5], 6, -2), mode)),
      k.weigh(k.g.square(table)),
    );
  });
}
add('pick', 'by label', (k, n) => k.weigh(k.g.exp(k.g.pick(k.rows('x', n), k.ids('labels', ['B'], n, -1)))));

add('softmaxCrossEntropy', 'labels', (k, n) => k.g.softmaxCrossEntropy(k.rows('x', n), k.ids('y', ['B'], n)));
add('softmaxCrossEntropy', 'ignored labels', (k, n) => k.g.softmaxCrossEntropy(k.param('x', [6, n]), k.six(n, -1)));
add('softmaxCrossEntropy', 'smoothing, class weights', (k, n) =>
  k.g.softmaxCrossEntropy(k.param('x', [6, n]), k.six(n, -1), {
    labelSmoothing: 0.1,
    classWeights: k.values(n, 0.5, 2),
  }),
);
add('softmaxCrossEntropy', 'sum', (k, n) =>
  k.g.softmaxCrossEntropy(k.rows('x', n), k.ids('y', ['B'], n), { reduction: 'sum' }),
);
add('softmaxCrossEntropy', 'probabilities', (k, n) => {
  const p = k.g.stopGradient(k.g.softmax(k.input('p', ['B', n], -1, 2)));
  return k.g.softmaxCrossEntropy(k.rows('x', n), p, { labelSmoothing: 0.2, classWeights: k.values(n, 0.5, 2) });
});
add('softmaxCrossEntropy', 'part of a sum', (k, n) => {
  const x = k.rows('x', n);
  const loss = k.g.softmaxCrossEntropy(x, k.ids('y', ['B'], n));
  return k.g.add(k.g.mul(loss, 2.5), k.weigh(k.g.square(x)));
});
for (const reduction of ['mean', 'sum'] as const) {
  add('bceWithLogits', reduction, (k, n) =>
    k.g.bceWithLogits(k.rows('x', n), k.input('y', ['B', n], 0, 1), { reduction, positiveWeight: 1.7 }),
  );
  add('mse', reduction, (k, n) => k.g.mse(k.rows('x', n), k.rows('y', n), { reduction }));
  add('mae', reduction, (k, n) => k.g.mae(k.rows('x', n), k.rows('y', n), { reduction }));
  add('huber', reduction, (k, n) => k.g.huber(k.rows('x', n), k.rows('y', n), { reduction, delta: 0.6 }));
}
for (const reduction of ['mean', 'sum'] as const) {
  const scores = (k: CaseKit, n: number) => ({
    transitions: k.param('transitions', [n, n]),
    start: k.param('start', [n]),
    end: k.param('end', [n]),
  });
  add('crfLoss', `sequences of a minibatch, ${reduction}`, (k, n) =>
    k.g.crfLoss(k.g.reshape(k.rows('x', 4 * n, -3, 3), ['B', 4, n]), k.ids('y', ['B', 4], n), scores(k, n), {
      reduction,
    }),
  );
  add('crfLoss', `sequences of any length, ${reduction}`, (k, n) => {
    const x = k.param('x', [6, 3, n], -3, 3);
    const loss = k.g.crfLoss(x, k.ids('y', [6, 3], n, -1), scores(k, n), { reduction });
    return k.g.add(k.g.mul(loss, 1.5), k.weigh(k.g.square(x)));
  });
}

/** Ops without a gradient; tests of their own. */
export const WITHOUT_GRADIENT = ['accuracy', 'binaryAccuracy', 'crfDecode'];

export const GRAPH_CASES: readonly GraphCase[] = cases;

/** Ops with cases that need at least one class, element or input column. */
const NEVER_EMPTY = ['stopGradient', 'slice', 'softmaxCrossEntropy', 'bceWithLogits', 'crfLoss'];

/** Whether a case has a meaning at this size. */
export function takes({ op }: GraphCase, size: number): boolean {
  return size > 0 || !NEVER_EMPTY.includes(op);
}

export interface BuiltCase {
  program: Program;
  feeds: Feeds;
  batch: number;
}

export function buildCase(graphCase: GraphCase, size: number, precision: 'f32' | 'f64'): BuiltCase {
  const kit = new CaseKit();
  const loss = graphCase.build(kit, size);
  const program = kit.g.compile(
    { loss, outputs: { loss } },
    { maxBatch: 4, maxTime: 3, optimizer: sgd(), precision, seed: 9 },
  );
  return { program, feeds: kit.feeds, batch: kit.batch };
}

/** Loss and gradients of one training pass, always with the first dropout mask. */
export function lossAndGradients({ program, feeds, batch }: BuiltCase) {
  program.loadTrainingState({ ...program.trainingState(), draws: 0 });
  const loss = program.forward(feeds, { training: true, batch }).loss.data[0];
  program.backward();
  return { loss, gradients: program.gradients() };
}

/**
 * The worst difference between backward and central differences, relative above 1, over the parameters of a float64
 * program: every one, or `perParam` of each.
 */
export function gradientError(built: BuiltCase, perParam = Number.POSITIVE_INFINITY): number {
  const { program, feeds, batch } = built;
  const { gradients } = lossAndGradients(built);
  const state = program.trainingState();
  const h = 1e-5;
  let worst = 0;
  for (const [name, { data, shape }] of Object.entries(state.params)) {
    const stride = Math.max(1, Math.floor(data.length / perParam));
    for (let i = 0; i < data.length; i += stride) {
      const at = (delta: number) => {
        const moved = Float64Array.from(data);
        moved[i] += delta;
        program.loadTrainingState({ ...state, params: { ...state.params, [name]: { data: moved, shape } }, draws: 0 });
        return program.forward(feeds, { training: true, batch }).loss.data[0];
      };
      const expected = (at(h) - at(-h)) / (2 * h);
      const actual = gradients[name].data[i];
      worst = Math.max(worst, Math.abs(actual - expected) / Math.max(1, Math.abs(expected)));
    }
  }
  program.loadTrainingState(state);
  return worst;
}
