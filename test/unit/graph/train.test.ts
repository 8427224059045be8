import { Philox } from '../../../lib/data';
import { createDataset, Graph } from '../../../lib/graph';
import { adam } from '../../../lib/optim';

/** Points of the square and the sign of x * y: not separable by a line. */
function quadrants(rows: number) {
  const rng = new Philox(5);
  const x = Float32Array.from({ length: rows * 2 }, (_, i) => rng.uniform(i) * 2 - 1);
  const y = Int32Array.from({ length: rows }, (_, i) => (x[2 * i] * x[2 * i + 1] > 0 ? 1 : 0));
  return createDataset({ x, y }, { rows });
}

function quadrantNet(seed: number) {
  const g = new Graph();
  const x = g.input('x', ['B', 2]);
  const y = g.input('y', ['B'], 'i32');
  const logits = g.linear(g.linear(x, 16, { activation: 'tanh' }), 2);
  const loss = g.softmaxCrossEntropy(logits, y);
  return g.compile(
    { loss, outputs: { logits, accuracy: g.accuracy(logits, y) } },
    { maxBatch: 32, optimizer: adam(), seed },
  );
}

test('a small net learns the quadrants', () => {
  const data = quadrants(256);
  const program = quadrantNet(3);
  for (let epoch = 0; epoch < 100; epoch++) program.runSync(data, { learningRates: 1e-2 });
  const { loss, metrics, rows } = program.runSync(data, { mode: 'evaluate' });
  expect(rows).toBe(256);
  expect(loss).toBeLessThan(0.1);
  expect(metrics.accuracy).toBeGreaterThan(0.97);
});

test('a job on a background thread gives the same bits', async () => {
  const data = quadrants(250);
  const sync = quadrantNet(4);
  const background = quadrantNet(4);
  const expected = sync.runSync(data, { learningRates: 1e-2, keepLosses: true });
  const actual = await background.run(data, { learningRates: 1e-2, keepLosses: true });
  expect(actual.losses).toEqual(expected.losses);
  expect(background.state()).toEqual(sync.state());
  expect(quadrantNet(5).state()).not.toEqual(quadrantNet(4).state());
});
