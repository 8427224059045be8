import { Philox } from '../../../lib/data';
import { createDataset, Graph, type Program } from '../../../lib/graph';
import { MLPRegressor } from '../../../lib/models';
import { thrown } from '../../helpers/errors';

const noise = (count: number) => {
  const rng = new Philox(5);
  return Float32Array.from({ length: count }, (_, i) => rng.normal(i));
};

function net(maxBatch = 4): Program {
  const g = new Graph();
  const hidden = g.linear(g.input('x', ['B', 3]), 5, { name: 'first', activation: 'tanh' });
  return g.compile({ outputs: { y: g.linear(hidden, 2, { name: 'last' }) } }, { maxBatch, seed: 3 });
}

test.each([1, 3, 4, 5, 8, 11])('%i rows, of minibatches of at most 4, are what forward gives', (rows) => {
  const program = net();
  const x = noise(rows * 3);
  const out = new Float32Array(rows * 2);
  program.forwardInto(x, rows, out);
  for (let i = 0; i < rows; i++) {
    const { y } = program.forward({ x: x.slice(i * 3, i * 3 + 3) });
    expect(out[2 * i]).toBeCloseTo(y.data[0], 5);
    expect(out[2 * i + 1]).toBeCloseTo(y.data[1], 5);
  }
});

test('no rows', () => {
  net().forwardInto(new Float32Array(), 0, new Float32Array());
});

test('integers in', () => {
  const g = new Graph();
  const rows = g.embedding(g.input('ids', ['B'], 'i32'), 6, 2, { name: 'table' });
  const program = g.compile({ outputs: { y: rows } }, { maxBatch: 2 });
  const ids = Int32Array.of(5, 0, 3);
  const out = new Float32Array(6);
  program.forwardInto(ids, 3, out);
  const table = program.state()['table.weight'].data;
  expect([...out]).toEqual([...ids].flatMap((id) => [table[2 * id], table[2 * id + 1]]));
  expect(thrown(() => program.forwardInto(new Float32Array(3), 3, out)).message).toContain('Expected `x` to be a');
  expect(thrown(() => program.forwardInto(Int32Array.of(6), 1, new Float32Array(2))).message).toContain('below 6');
});

test.each<[string, unknown[], string]>([
  ['a short x', [new Float32Array(5), 2, new Float32Array(4)], 'Expected 2 rows of shape'],
  ['a short out', [new Float32Array(6), 2, new Float32Array(3)], 'received 6 and 3 values.'],
  ['an x of integers', [new Int32Array(6), 2, new Float32Array(4)], 'Expected `x` to be a Float32Array'],
  ['a list', [[1, 2, 3], 1, new Float32Array(2)], 'Expected `x` to be a Float32Array'],
  ['an out of another kind', [new Float32Array(3), 1, new Float64Array(2)], 'Expected `out` to be a Float32Array'],
  ['half a row', [new Float32Array(3), 0.5, new Float32Array(2)], 'Expected `rows` to be a positive integer'],
])('refuses %s', (_, args, message) => {
  const program = net();
  expect(thrown(() => program.forwardInto(...(args as [Float32Array, number, Float32Array]))).message).toContain(
    message,
  );
});

test('reads x where it lies, views of it too, and keeps no hold of it', () => {
  const g = new Graph();
  const x = g.input('x', ['B', 6]);
  const pairs = g.reshape(x, ['B', 2, 3]);
  const both = g.add(g.activation(pairs, 'relu'), pairs);
  const program = g.compile({ outputs: { y: g.reshape(both, ['B', 6]) } }, { maxBatch: 4 });
  const all = noise(8 + 42); // 7 rows in the middle of a larger array
  const rows = all.subarray(3, 45);
  const before = [...all];
  const out = new Float32Array(42);
  program.forwardInto(rows, 7, out);
  expect([...out]).toEqual([...rows].map((v) => Math.fround(Math.max(v, 0) + v)));
  expect([...all]).toEqual(before);
  program.forward({ x: new Float32Array(6).fill(7) });
  expect([...all]).toEqual(before);

  const h = new Graph();
  const same = h.compile({ outputs: { y: h.reshape(h.input('x', ['B', 4]), ['B', 2, 2]) } }, { maxBatch: 2 });
  const copy = new Float32Array(12);
  same.forwardInto(all.subarray(1, 13), 3, copy);
  expect([...copy]).toEqual(before.slice(1, 13));
});

test('NaN and Infinity pass, or are refused', () => {
  const program = net();
  const out = new Float32Array(14);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const x = noise(21);
    x[17] = bad;
    program.forwardInto(x, 7, out);
    expect(Number.isNaN(out[2 * 5])).toBe(Number.isNaN(bad)); // tanh of Infinity is 1
    const error = thrown(() => program.forwardInto(x, 7, out, { finite: true }));
    expect(error.name).toBe('NonFiniteError');
    expect(error.message).toContain(Number.isNaN(bad) ? 'received NaN' : 'received Infinity');
    x[17] = 1;
    program.forwardInto(x, 7, out, { finite: true });
    expect(out.every(Number.isFinite)).toBe(true);
  }
  expect(
    thrown(() => program.forwardInto(noise(3), 1, new Float32Array(2), { finit: true } as object)).message,
  ).toContain('Unknown option `finit`');
});

test('refuses a program of two outputs, one that runs, and one that is gone', async () => {
  const g = new Graph();
  const x = g.input('x', ['B', 3]);
  const two = g.compile({ outputs: { x: g.activation(x, 'tanh'), y: g.activation(x, 'relu') } }, { maxBatch: 1 });
  const [one, out] = [new Float32Array(3), new Float32Array(3)];
  expect(thrown(() => two.forwardInto(one, 1, out)).message).toContain('this one has 1 and 2.');

  const program = net(64);
  const data = createDataset({ x: new Float32Array(3_000_000) }, { rows: 1_000_000 }); // long enough to be met running
  const running = program.predict(data, 'y');
  expect(thrown(() => program.forwardInto(one, 1, new Float32Array(2))).name).toBe('BusyError');
  await running;
  program.forwardInto(one, 1, new Float32Array(2));
  program.dispose();
  expect(thrown(() => program.forwardInto(one, 1, new Float32Array(2))).message).toContain('disposed');
});

test('is the path of synchronous predictions', async () => {
  const x = noise(300 * 3);
  const X = { data: x, rows: 300, cols: 3 };
  const model = new MLPRegressor({ hidden: [4], epochs: 1, standardize: false });
  await model.fit(X, noise(300));
  expect(model.predict(X)).toEqual(await model.predictAsync(X));
});
