// The engine is more than an MLP: five programs made of graph ops train, and their gradients are right.
import { Philox } from '../../../lib/data';
import { createDataset, type Feeds, Graph, type Node, type Optimizer, type Program } from '../../../lib/graph';
import { adam, sgd } from '../../../lib/optim';
import { gradientError } from '../../helpers/graphCases';

const noise = (seed: number, count: number, low = -1, high = 1) => {
  const rng = new Philox(seed);
  return Float32Array.from({ length: count }, (_, i) => low + (high - low) * rng.uniform(i));
};
const integers = (seed: number, count: number, below: number) =>
  Int32Array.from(noise(seed, count, 0, below), Math.floor);

/** Compiles the same graph in double precision and compares its gradients with central differences. */
function checkGradients(build: (g: Graph) => Node, feeds: Feeds, batch: number, tolerance = 1e-6) {
  const g = new Graph();
  const loss = build(g);
  const program = g.compile(
    { loss, outputs: { loss } },
    { maxBatch: batch, optimizer: sgd(), precision: 'f64', seed: 2 },
  );
  expect(gradientError({ program, feeds, batch }, 40)).toBeLessThan(tolerance);
}

describe('a residual block with layer norm', () => {
  const build = (g: Graph, inputs = 6, width = 12) => {
    const x = g.input('x', ['B', inputs]);
    const y = g.input('y', ['B'], 'i32');
    let h = g.linear(x, width);
    for (let block = 0; block < 2; block++) {
      const inner = g.linear(g.linear(h, 2 * width, { activation: 'gelu' }), width);
      h = g.layerNorm(g.add(h, g.dropout(inner, 0.1)));
    }
    const logits = g.linear(h, 3);
    return { loss: g.softmaxCrossEntropy(logits, y), accuracy: g.accuracy(logits, y) };
  };

  test('gradients', () => {
    checkGradients((g) => build(g, 4, 5).loss, { x: noise(1, 20), y: integers(2, 5, 3) }, 5);
  });

  test('trains', () => {
    const rows = 300;
    const x = noise(3, rows * 6);
    const y = Int32Array.from({ length: rows }, (_, i) => {
      const [a, b, c] = x.subarray(i * 6);
      return a * b > 0.1 ? 0 : c > a ? 1 : 2;
    });
    const g = new Graph();
    const { loss, accuracy } = build(g);
    const program = g.compile({ loss, outputs: { accuracy } }, { maxBatch: 30, optimizer: adam(), seed: 1 });
    const data = createDataset({ x, y }, { rows });
    const first = program.runSync(data, { mode: 'evaluate' });
    for (let epoch = 0; epoch < 60; epoch++) program.runSync(data, { learningRates: 3e-3 });
    const last = program.runSync(data, { mode: 'evaluate' });
    expect(last.loss).toBeLessThan(first.loss / 4);
    expect(last.metrics.accuracy).toBeGreaterThan(0.9);
  });
});

describe('two towers with InfoNCE at temperature 0.07', () => {
  const build = (g: Graph, a = 8, b = 5, width = 6) => {
    const left = g.l2Normalize(g.linear(g.linear(g.input('a', ['B', a]), 16, { activation: 'tanh' }), width));
    const right = g.l2Normalize(g.linear(g.linear(g.input('b', ['B', b]), 16, { activation: 'tanh' }), width));
    const logits = g.matmul(left, right, { transposeB: true, scale: 1 / 0.07 });
    const own = g.rowNumbers('B');
    const ways = [g.softmaxCrossEntropy(logits, own), g.softmaxCrossEntropy(g.transpose(logits), own)];
    return { loss: g.mul(g.add(ways[0], ways[1]), 0.5), accuracy: g.accuracy(logits, own) };
  };

  test('gradients', () => {
    checkGradients((g) => build(g, 3, 4, 3).loss, { a: noise(4, 15), b: noise(5, 20) }, 5, 1e-5);
  });

  test('trains to tell each pair from the others', () => {
    // Both sides are linear views of one hidden vector of 3 numbers.
    const rows = 256;
    const hidden = noise(6, rows * 3);
    const view = (seed: number, width: number) => {
      const m = noise(seed, 3 * width);
      return Float32Array.from({ length: rows * width }, (_, i) => {
        const [row, col] = [Math.floor(i / width), i % width];
        return [0, 1, 2].reduce((sum, k) => sum + hidden[row * 3 + k] * m[k * width + col], 0);
      });
    };
    const data = createDataset({ a: view(7, 8), b: view(8, 5) }, { rows });
    const g = new Graph();
    const { loss, accuracy } = build(g);
    const program = g.compile({ loss, outputs: { accuracy } }, { maxBatch: 64, optimizer: adam(), seed: 1 });
    const before = program.runSync(data, { mode: 'evaluate' });
    for (let epoch = 0; epoch < 120; epoch++) program.runSync(data, { learningRates: 5e-3 });
    const after = program.runSync(data, { mode: 'evaluate' });
    expect(before.metrics.accuracy).toBeLessThan(0.3);
    expect(after.metrics.accuracy).toBeGreaterThan(0.9);
  });
});

describe('an embedding bag with row-sparse gradients', () => {
  const build = (g: Graph, tableRows: number, width: number, length: number) => {
    const ids = g.input('ids', ['B', length], 'i32');
    const y = g.input('y', ['B', 1]);
    const bag = g.embeddingBag(ids, tableRows, width, { name: 'words' });
    return g.bceWithLogits(g.linear(bag, 1), y);
  };
  /** Documents of words; the label asks whether more than half come from the odd ids. */
  const documents = (rows: number, length: number, tableRows: number, words: number) => {
    const drawn = integers(9, rows * length, words);
    const step = Math.floor(tableRows / words);
    const ids = drawn.map((word) => word * step + (word & 1));
    ids.forEach((_, i) => {
      if (i % length === length - 1 && (i / length) % 3 < 1) ids[i] = -1;
    });
    const y = Float32Array.from({ length: rows }, (_, r) => {
      const odd = drawn.subarray(r * length, r * length + length - 1).reduce((sum, word) => sum + (word & 1), 0);
      return odd > (length - 1) / 2 ? 1 : 0;
    });
    return { ids, y };
  };

  test('gradients', () => {
    const feeds = documents(5, 4, 7, 7);
    checkGradients((g) => build(g, 8, 3, 4), { ids: feeds.ids, y: feeds.y }, 5);
  });

  test('a table of 2^20 rows trains, touching only rows of the minibatch', () => {
    const [rows, length, width] = [512, 9, 16];
    const timeOf = (tableRows: number) => {
      const { ids, y } = documents(rows, length, tableRows, 64);
      const data = createDataset({ ids, y }, { rows });
      const g = new Graph();
      const loss = build(g, tableRows, width, length);
      const program = g.compile({ loss }, { maxBatch: 32, optimizer: adam({ clipNorm: 1 }), seed: 4 });
      const before = process.memoryUsage().rss;
      const first = program.runSync(data, { learningRates: 1e-2 });
      let stats = first;
      for (let epoch = 0; epoch < 30; epoch++) stats = program.runSync(data, { learningRates: 1e-2 });
      const grown = process.memoryUsage().rss - before;
      expect(stats.loss).toBeLessThan(first.loss / 3);
      return { program, ids, perStep: stats.seconds / stats.steps, grown };
    };
    const small = timeOf(2 ** 10);
    const large = timeOf(2 ** 20);
    const { memory } = large.program;
    process.stdout.write(
      `embedding bag: ${(small.perStep * 1e6).toFixed(1)} us a step with 2^10 rows, ${(large.perStep * 1e6).toFixed(1)} us ` +
        `with 2^20; resident memory grew by ${(large.grown / 2 ** 20).toFixed(1)} of ${memory.slots / 2 ** 20} MiB of slots\n`,
    );
    // Two moments of 64 MiB each: a dense pass would have touched all of it.
    expect(memory.slots).toBeGreaterThan(100 * 2 ** 20);
    expect(large.grown).toBeLessThan(memory.slots / 4);

    const touched = new Set(large.ids);
    const fresh = new Graph();
    build(fresh, 2 ** 20, width, length);
    const untouched = fresh.compile(
      { outputs: { table: fresh.find('words.weight') as Node } },
      { maxBatch: 1, seed: 4 },
    );
    const table = large.program.state()['words.weight'].data;
    const initial = untouched.state()['words.weight'].data;
    let changed = 0;
    for (let row = 0; row < 2 ** 20; row++) {
      const same = table[row * width] === initial[row * width] && table[row * width + 15] === initial[row * width + 15];
      if (!same) changed++;
      if (!same && !touched.has(row)) throw new Error(`Row ${row} changed, but no minibatch named it.`);
    }
    expect(changed).toBe([...touched].filter((id) => id >= 0).length);
  });
});

describe('a clipped policy objective', () => {
  const build = (g: Graph, states = 4, actions = 3) => {
    const state = g.input('state', ['B', states]);
    const action = g.input('action', ['B'], 'i32');
    const oldLogp = g.input('oldLogp', ['B']);
    const advantage = g.input('advantage', ['B']);
    const logits = g.linear(g.linear(state, 16, { activation: 'tanh' }), actions);
    const all = g.logSoftmax(logits);
    const ratio = g.exp(g.sub(g.pick(all, action), oldLogp));
    const objective = g.min(g.mul(ratio, advantage), g.mul(g.clip(ratio, 0.8, 1.2), advantage));
    const entropy = g.mean(g.sum(g.mul(g.exp(all), all), { axis: -1 }));
    return { loss: g.add(g.negate(g.mean(objective)), g.mul(entropy, 0.01)), probabilities: g.softmax(logits) };
  };

  test('gradients', () => {
    const feeds = {
      state: noise(1, 24),
      action: integers(2, 6, 3),
      oldLogp: noise(3, 6, -1.3, -0.9),
      advantage: noise(4, 6),
    };
    checkGradients((g) => build(g).loss, feeds, 6);
  });

  test('learns which action each state rewards', () => {
    const g = new Graph();
    const { loss, probabilities } = build(g);
    const program = g.compile({ loss, outputs: { probabilities } }, { maxBatch: 120, optimizer: adam(), seed: 1 });
    const rows = 120;
    const state = Float32Array.from({ length: rows * 4 }, (_, i) => (i % 4 === Math.floor(i / 4) % 4 ? 1 : 0));
    const best = (row: number) => (row % 4) % 3;
    const draw = new Philox(8);
    let reward = 0;
    for (let round = 0; round < 40; round++) {
      const p = program.forward({ state }, { outputs: ['probabilities'] }).probabilities.data;
      const action = Int32Array.from({ length: rows }, (_, row) => {
        let u = draw.uniform(round * rows + row);
        let a = 0;
        while (a < 2 && u >= p[row * 3 + a]) u -= p[row * 3 + a++];
        return a;
      });
      const rewards = Float32Array.from(action, (a, row) => (a === best(row) ? 1 : 0));
      reward = rewards.reduce((sum, r) => sum + r, 0) / rows;
      const advantage = rewards.map((r) => r - reward);
      const oldLogp = Float32Array.from(action, (a, row) => Math.log(p[row * 3 + a]));
      for (let pass = 0; pass < 4; pass++) program.step({ state, action, oldLogp, advantage }, 1e-2);
    }
    expect(reward).toBeGreaterThan(0.9);
  });
});

describe('a loss whose gradient JavaScript computes', () => {
  const compile = (precision: 'f32' | 'f64', optimizer: Optimizer): Program => {
    const g = new Graph();
    const y = g.linear(g.linear(g.input('x', ['B', 2]), 12, { activation: 'silu' }), 1);
    return g.compile({ outputs: { y } }, { maxBatch: 64, optimizer, precision, seed: 3 });
  };
  /** The pinball loss of the 0.8 quantile, with dL/dy. */
  const pinball = (y: ArrayLike<number>, target: Float32Array) => {
    const gradient = new Float64Array(target.length);
    let loss = 0;
    target.forEach((t, i) => {
      const gap = t - y[i];
      loss += Math.max(0.8 * gap, -0.2 * gap) / target.length;
      gradient[i] = (gap > 0 ? -0.8 : 0.2) / target.length;
    });
    return { loss, gradient };
  };

  test('gradients', () => {
    const program = compile('f64', sgd());
    const x = noise(1, 20);
    const target = noise(2, 10);
    const out = program.forward({ x }, { training: true }).y;
    program.backward({ y: pinball(out.data, target).gradient });
    const gradients = program.gradients();
    const state = program.state();
    for (const [name, { data, shape }] of Object.entries(state)) {
      data.forEach((value: number, i: number) => {
        const at = (v: number) => {
          const moved = Float64Array.from(data);
          moved[i] = v;
          program.load({ ...state, [name]: { data: moved, shape } });
          return pinball(program.forward({ x }).y.data, target).loss;
        };
        const expected = (at(value + 1e-6) - at(value - 1e-6)) / 2e-6;
        expect(Math.abs(gradients[name].data[i] - expected)).toBeLessThan(1e-7);
      });
    }
  });

  test('trains: four fifths of the targets end below', () => {
    const program = compile('f32', adam());
    const rows = 64;
    const x = noise(5, rows * 2);
    const spread = noise(6, rows);
    const target = Float32Array.from({ length: rows }, (_, i) => x[2 * i] - 0.5 * x[2 * i + 1] + spread[i]);
    const losses: number[] = [];
    for (let step = 0; step < 800; step++) {
      const { loss, gradient } = pinball(program.forward({ x }, { training: true }).y.data, target);
      losses.push(loss);
      program.backward({ y: gradient });
      expect(program.apply(5e-3)).toBeGreaterThan(0);
    }
    const y = program.forward({ x }).y.data;
    const below = target.filter((t, i) => t <= y[i]).length / rows;
    expect(losses[799]).toBeLessThan(losses[0] / 2);
    expect(Math.abs(below - 0.8)).toBeLessThan(0.1);
  });
});
