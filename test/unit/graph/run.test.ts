import { Philox } from '../../../lib/data';
import { AbortError } from '../../../lib/errors';
import { createDataset, type Dataset, Graph, type Program } from '../../../lib/graph';
import { nativeInfo, setThreads } from '../../../lib/native';
import { adam, sgd } from '../../../lib/optim';
import { rejected, thrown } from '../../helpers/errors';

const noise = (seed: number, count: number) => {
  const rng = new Philox(seed);
  return Float32Array.from({ length: count }, (_, i) => rng.uniform(i) * 2 - 1);
};
const labels = (seed: number, count: number, classes: number) =>
  Int32Array.from(noise(seed, count), (x) => Math.floor(((x + 1) / 2) * classes));

interface Size {
  inputs: number;
  hidden: number;
  batch: number;
}
const SMALL: Size = { inputs: 6, hidden: 8, batch: 16 };
const LARGE: Size = { inputs: 200, hidden: 400, batch: 96 };
/** Row numbers for `steps` minibatches out of few rows. */
const repeated = (size: Size, rows: number, steps: number) =>
  Int32Array.from({ length: steps * size.batch }, (_, i) => i % rows);

function net(size: Size, options: { seed?: number; dropout?: number; clipNorm?: number } = {}): Program {
  const g = new Graph();
  const x = g.input('x', ['B', size.inputs]);
  const y = g.input('y', ['B'], 'i32');
  const a = g.layerNorm(g.linear(x, size.hidden, { name: 'first', activation: 'gelu' }));
  const b = g.dropout(g.linear(a, size.hidden, { name: 'second', activation: 'relu' }), options.dropout ?? 0.2);
  const logits = g.linear(g.add(a, b), 10, { name: 'last' });
  const loss = g.softmaxCrossEntropy(logits, y);
  return g.compile(
    { loss, outputs: { logits, proba: g.softmax(logits), accuracy: g.accuracy(logits, y) } },
    { maxBatch: size.batch, optimizer: adam({ clipNorm: options.clipNorm ?? 1 }), seed: options.seed ?? 1 },
  );
}
const rowsOf = (size: Size, rows: number): Dataset =>
  createDataset({ x: noise(2, rows * size.inputs), y: labels(3, rows, 10) }, { rows });

describe('determinism', () => {
  const threads = nativeInfo().threads;
  afterAll(() => setThreads(threads));

  test('the same bits with 1, 2, 3 and 7 threads', () => {
    setThreads(7);
    const data = rowsOf(LARGE, 200);
    const results = [1, 2, 3, 7].map((count) => {
      const program = net(LARGE);
      const stats = program.runSync(data, { learningRates: 1e-3, threads: count, keepLosses: true });
      const proba = program.predictSync(data, 'proba', { threads: count }).data;
      return { losses: stats.losses, accuracy: stats.metrics.accuracy, proba, state: program.state() };
    });
    for (const result of results.slice(1)) expect(result).toEqual(results[0]);
    expect(results[0].losses?.every(Number.isFinite)).toBe(true);
  });

  test('another seed: other weights and other dropout', () => {
    const a = net(SMALL, { seed: 1 }).state();
    const b = net(SMALL, { seed: 2 }).state();
    expect(a['first.weight']).not.toEqual(b['first.weight']);
    expect(net(SMALL, { seed: 1 }).state()).toEqual(a);
  });

  test('a resumed run goes on with the same bits', () => {
    const data = rowsOf(SMALL, 80);
    const whole = net(SMALL);
    whole.runSync(data, { learningRates: 1e-2 });
    const saved = whole.trainingState();
    whole.runSync(data, { learningRates: 1e-2 });
    const resumed = net(SMALL, { seed: 1 });
    resumed.loadTrainingState(saved);
    resumed.runSync(data, { learningRates: 1e-2 });
    expect(resumed.trainingState()).toEqual(whole.trainingState());
  });
});

describe('a run', () => {
  test('evaluates without changing anything, and predicts what forward gives', () => {
    const data = rowsOf(SMALL, 50);
    const x = noise(2, 50 * SMALL.inputs);
    const program = net(SMALL);
    const before = program.trainingState();
    const stats = program.runSync(data, { mode: 'evaluate' });
    expect(program.trainingState()).toEqual(before);
    expect(stats).toMatchObject({ steps: 4, rows: 50 });
    const { data: proba, shape } = program.predictSync(data, 'proba', { batchSize: 7 });
    expect(shape).toEqual([50, 10]);
    const direct = program.forward({ x: x.slice(0, 16 * SMALL.inputs) }, { outputs: ['proba'] }).proba;
    // Few rows may take another kernel: the last bits depend on the number of rows of a minibatch.
    for (const [i, value] of direct.data.entries()) expect(proba[i]).toBeCloseTo(value, 6);
    const some = program.predictSync(data, 'proba', { indices: Int32Array.of(3, 49, 3) });
    for (let i = 0; i < 10; i++) {
      expect(some.data[i]).toBeCloseTo(proba[30 + i]!, 6);
      expect(some.data[10 + i]).toBeCloseTo(proba[490 + i]!, 6);
    }
  });

  test('weighs means by rows', () => {
    const data = rowsOf(SMALL, 50);
    const program = net(SMALL);
    const whole = program.runSync(data, { mode: 'evaluate', keepLosses: true });
    const { losses } = whole;
    const expected = ((losses?.[0] ?? 0) + (losses?.[1] ?? 0) + (losses?.[2] ?? 0)) * 16 + (losses?.[3] ?? 0) * 2;
    expect(whole.loss).toBeCloseTo(expected / 50, 12);
    const singles = program.runSync(data, { mode: 'evaluate', batchSize: 1 });
    expect(singles.loss).toBeCloseTo(whole.loss, 5);
    expect(singles.metrics.accuracy).toBeCloseTo(whole.metrics.accuracy, 12);
  });

  test('accumulated minibatches are one large one', () => {
    const data = rowsOf(SMALL, 64);
    const large = net({ ...SMALL, batch: 64 }, { dropout: 0 });
    const small = net(SMALL, { dropout: 0 });
    for (let i = 0; i < 3; i++) {
      large.runSync(data, { learningRates: 1e-2 });
      small.runSync(data, { learningRates: 1e-2, accumulate: 4 });
    }
    const [a, b] = [large.state(), small.state()];
    for (const name of Object.keys(a)) {
      a[name].data.forEach((value: number, i: number) => {
        expect(Math.abs(value - b[name].data[i])).toBeLessThan(1e-4);
      });
    }
  });

  test('of several epochs measures each', () => {
    const data = rowsOf(SMALL, 40);
    const apart = net(SMALL);
    const together = net(SMALL);
    const one = () => apart.runSync(data, { learningRates: 1e-2 });
    const calls = [one(), one(), one()];
    const stats = together.runSync(data, { learningRates: 1e-2, epochs: 3 });
    expect(stats).toMatchObject({ steps: 9, rows: 120 });
    expect(stats.epochs).toEqual(calls.map((call) => ({ ...call, seconds: expect.any(Number) })));
    expect(stats.metrics.accuracy).toBeCloseTo(
      calls.reduce((sum, call) => sum + call.metrics.accuracy / 3, 0),
      12,
    );
    expect(together.state()).toEqual(apart.state());
    expect(one().epochs).toBeUndefined();
    const indices = new Int32Array(7);
    expect(thrown(() => together.runSync(data, { learningRates: 1, epochs: 2, indices })).message).toBe(
      'Expected row indices for 2 epochs of as many rows each, received 7.',
    );
  });

  test('uses one learning rate an update', () => {
    const data = rowsOf(SMALL, 48);
    const program = net(SMALL);
    const before = program.state();
    program.runSync(data, { learningRates: Float32Array.of(0, 0, 0) });
    expect(program.state()).toEqual(before);
    expect(thrown(() => program.runSync(data, { learningRates: Float32Array.of(1, 1) })).message).toBe(
      'Expected a learning rate for each of 3 updates, received 2.',
    );
  });

  test('reports progress, and the callback may throw', async () => {
    const data = rowsOf(LARGE, 300);
    const indices = repeated(LARGE, 300, 200);
    const program = net(LARGE);
    const seen: number[] = [];
    await program.run(data, {
      indices,
      learningRates: 1e-3,
      onProgress: ({ step, steps, loss }) => {
        expect(steps).toBe(200);
        expect(Number.isFinite(loss)).toBe(true);
        seen.push(step);
      },
    });
    expect(seen.length).toBeGreaterThan(0);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    const failing = program.run(data, {
      indices,
      learningRates: 1e-3,
      onProgress: () => {
        throw new Error('enough');
      },
    });
    await expect(failing).rejects.toThrow('enough');
  });

  test('is aborted within a minibatch and tells how far it came', async () => {
    const data = rowsOf(LARGE, 300);
    const indices = repeated(LARGE, 300, 10_000);
    const program = net(LARGE);
    const controller = new AbortController();
    let running: Promise<unknown> | undefined;
    await new Promise<void>((resolve) => {
      const options = { indices, learningRates: 1e-3, signal: controller.signal, onProgress: () => resolve() };
      running = program.run(data, options);
    });
    const asked = performance.now();
    controller.abort(new Error('changed my mind'));
    const error: unknown = await running!.catch((e: unknown) => e);
    process.stdout.write(`abort: rejected after ${(performance.now() - asked).toFixed(1)} ms\n`);
    expect(error).toBeInstanceOf(AbortError);
    const { partial, cause } = error as AbortError<{ steps: number; loss: number }>;
    expect(partial?.steps).toBeGreaterThan(0);
    expect(partial?.steps).toBeLessThan(10_000);
    expect(Number.isFinite(partial?.loss)).toBe(true);
    expect(cause).toEqual(new Error('changed my mind'));
    // The program is free again.
    expect(program.runSync(rowsOf(LARGE, 96), { learningRates: 1e-3 }).steps).toBe(1);
    expect((await rejected(program.run(data, { learningRates: 1, signal: AbortSignal.abort() }))).name).toBe(
      'AbortError',
    );
  });

  test('that is aborted in the middle of a minibatch leaves no trace of it', async () => {
    const data = rowsOf(LARGE, 300);
    const indices = repeated(LARGE, 300, 5_000);
    for (const wait of [5, 9, 14, 20, 33]) {
      const [program, twin] = [net(LARGE), net(LARGE)];
      const controller = new AbortController();
      const running = program.run(data, { indices, learningRates: 1e-3, signal: controller.signal });
      setTimeout(() => controller.abort(), wait);
      const error: unknown = await running.catch((e: unknown) => e);
      expect(error).toBeInstanceOf(AbortError);
      const steps = (error as AbortError<{ steps: number }>).partial?.steps ?? 0;
      if (steps > 0) twin.runSync(data, { indices: indices.slice(0, steps * LARGE.batch), learningRates: 1e-3 });
      expect(program.trainingState()).toEqual(twin.trainingState());
    }
  });

  test('refuses a second call while it runs', async () => {
    const data = rowsOf(LARGE, 300);
    const indices = repeated(LARGE, 300, 1000);
    const program = net(LARGE);
    const controller = new AbortController();
    const running = program.run(data, { indices, learningRates: 1e-3, signal: controller.signal });
    const busy = { name: 'BusyError', message: expect.stringContaining('running') };
    expect(await rejected(program.run(data, { learningRates: 1e-3 }))).toEqual(busy);
    expect(thrown(() => program.runSync(data, { learningRates: 1e-3 }))).toEqual(busy);
    expect(thrown(() => program.forward({ x: noise(1, LARGE.inputs) }, { outputs: ['logits'] }))).toEqual(busy);
    expect(thrown(() => program.state())).toEqual(busy);
    expect(thrown(() => program.load(net(LARGE).state()))).toEqual(busy);
    controller.abort();
    await running.catch(() => undefined);
    expect(program.paramNames).toEqual(Object.keys(program.state()));
  });

  test('does not care what happens to the caller`s arrays', async () => {
    const expected = net(SMALL);
    const rows = 4000;
    expected.runSync(rowsOf(SMALL, rows), { learningRates: 1e-3 });
    const x = noise(2, rows * SMALL.inputs);
    const y = labels(3, rows, 10);
    const indices = Int32Array.from({ length: rows }, (_, i) => i);
    const rates = new Float64Array(250).fill(1e-3);
    const program = net(SMALL);
    const running = program.run(createDataset({ x, y }, { rows }), { learningRates: rates, indices });
    x.fill(Number.NaN);
    structuredClone(y.buffer, { transfer: [y.buffer] });
    structuredClone(indices.buffer, { transfer: [indices.buffer] });
    rates.fill(1e9);
    await running;
    expect(program.state()).toEqual(expected.state());
  });

  test('goes on after dispose, which frees when it ends', async () => {
    const program = net(SMALL);
    const data = rowsOf(SMALL, 2000);
    const running = program.run(data, { learningRates: 1e-3 });
    program.dispose();
    data.dispose();
    expect((await running).steps).toBe(125);
    expect(thrown(() => program.state()).message).toBe('Expected a live program, received one that was disposed.');
    program.dispose();
  });
});

describe('a loss that is not finite', () => {
  test('names the step and the first bad node', () => {
    const rows = 64;
    const x = noise(2, rows * SMALL.inputs);
    x[40 * SMALL.inputs] = Number.NaN;
    const data = createDataset({ x, y: labels(3, rows, 10) }, { rows });
    const program = net(SMALL, { dropout: 0.5 });
    const before = program.state();
    expect(thrown(() => program.runSync(data, { learningRates: 1e-3 }))).toEqual({
      name: 'NonFiniteError',
      message:
        'Expected finite numbers, received NaN in the forward pass of step 3 of this run (update 3): ' +
        'first in `x` (input) at element 48 of shape [B, 6].',
    });
    // Two good steps were made, the bad one changed nothing.
    const state = program.state();
    expect(state).not.toEqual(before);
    for (const { data: values } of Object.values(state)) expect(values.every(Number.isFinite)).toBe(true);
  });

  test('names an op that overflows', () => {
    const g = new Graph();
    const x = g.input('x', ['B', 2]);
    const h = g.exp(g.linear(x, 2, { name: 'up', weightInit: () => ({ kind: 'constant', value: 60 }) }));
    const program = g.compile({ loss: g.mean(h) }, { maxBatch: 1, optimizer: sgd() });
    expect(thrown(() => program.step({ x: Float32Array.of(1, 1) }, 0.1)).message).toBe(
      'Expected finite numbers, received Infinity in the forward pass of step 1: ' +
        'first in `unary` (unary) at element 0 of shape [B, 2].',
    );
  });
});

describe('bad input', () => {
  const program = net(SMALL);
  const x = noise(1, 2 * SMALL.inputs);
  const cases: [string, () => unknown, string][] = [
    [
      'a label out of range',
      () => program.step({ x, y: Int32Array.of(3, 10) }, 1),
      'Expected `y` to hold integers below 10, received 10 at position 1.',
    ],
    [
      'too few values',
      () => program.step({ x: x.slice(1), y: Int32Array.of(1, 2) }, 1),
      'Expected `x` to hold 12 values, shape [B, 6] with B = 2, received 11.',
    ],
    [
      'other rows',
      () => program.step({ x, y: Int32Array.of(1) }, 1),
      'Expected `y` to hold 2 values, shape [B] with B = 2, received 1.',
    ],
    [
      'too many rows',
      () => program.forward({ x: noise(1, 17 * 6) }, { outputs: ['logits'] }),
      'Expected at most 16 rows (maxBatch), received 17.',
    ],
    ['a missing input', () => program.step({ x }, 1), 'Expected a value for input `y`, received none.'],
    [
      'an unknown input',
      () => program.step({ x, Y: Int32Array.of(1) }, 1),
      "Expected inputs x, y, received 'Y'. Did you mean `y`?",
    ],
    [
      'labels as real numbers',
      () => program.step({ x, y: new Float32Array(2) }, 1),
      'Expected `y` to be an Int32Array, received Float32Array(2).',
    ],
    [
      'backward first',
      () => program.backward(),
      'Expected forward({ ... }, { training: true }) right before backward().',
    ],
    ['apply first', () => program.apply(1), 'Expected backward() before apply().'],
    [
      'an unknown output',
      () => program.forward({ x }, { outputs: ['logit'] }),
      "Expected an output of this program, received 'logit'. Did you mean `logits`? Outputs: logits, proba, accuracy.",
    ],
    [
      'rows that are not there',
      () => program.runSync(rowsOf(SMALL, 4), { mode: 'evaluate', indices: Int32Array.of(4) }),
      'Expected row indices from 0 to 3, received 4.',
    ],
    [
      'an unknown option',
      () => program.runSync(rowsOf(SMALL, 4), { batchsize: 3 } as object),
      'Unknown option `batchsize` for runSync. Did you mean `batchSize`?',
    ],
    ['no learning rate', () => program.runSync(rowsOf(SMALL, 4)), 'Expected `learningRates` for a training run.'],
    [
      'a column of the wrong width',
      () => program.runSync(createDataset({ x, y: Int32Array.of(1, 2, 3) }), { mode: 'evaluate' }),
      'to have rows of shape [B, 6], received rows of 4 values',
    ],
  ];
  test.each(cases)('%s', (_, call, message) => {
    expect(thrown(call).message).toContain(message);
  });
});
