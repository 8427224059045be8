import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createDataset, Graph } from '../../../lib/graph';
import { adam } from '../../../lib/optim';

setFlagsFromString('--expose-gc');
jest.setTimeout(300_000);
const gc = runInNewContext('gc') as () => void;

function tiny(dispose: boolean) {
  const g = new Graph();
  const x = g.input('x', ['B', 8]);
  const y = g.input('y', ['B'], 'i32');
  const loss = g.softmaxCrossEntropy(g.linear(g.linear(x, 64, { activation: 'relu' }), 3), y);
  const program = g.compile({ loss }, { maxBatch: 32, optimizer: adam() });
  const data = createDataset({ x: new Float32Array(256).fill(0.5), y: new Int32Array(32) }, { rows: 32 });
  program.runSync(data, { learningRates: 1e-3 });
  if (dispose) {
    program.dispose();
    data.dispose();
  }
}

// Finalizers of native objects run between tasks.
const settle = async () => {
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
};

test.each([
  ['left to the garbage collector', false],
  ['disposed', true],
])('memory stays flat over 10,000 programs %s', async (name, dispose) => {
  const measured: number[] = [];
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 2000; i++) {
      tiny(dispose);
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await settle();
    measured.push(process.memoryUsage().rss / 2 ** 20);
  }
  process.stdout.write(
    `resident MiB after each 2,000 programs ${name}: ${measured.map((m) => m.toFixed(1)).join(' ')}\n`,
  );
  // 8,000 programs of 20 KiB each would be 160 MiB.
  expect(measured[4] - measured[0]).toBeLessThan(50);
});
