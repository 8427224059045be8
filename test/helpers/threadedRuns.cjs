// Scenes for test/integration/threads.test.ts, each a process of its own: node -r register.cjs threadedRuns.cjs <scene>
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { createDataset, Graph } = require('../../lib/graph');
const { adam } = require('../../lib/optim');

/** A run of `steps` minibatches of a net that takes about a millisecond each. */
function longRun(steps, options = {}) {
  const g = new Graph();
  const x = g.input('x', ['B', 200]);
  const y = g.input('y', ['B'], 'i32');
  const h = g.linear(g.linear(x, 256, { activation: 'relu' }), 256, { activation: 'relu' });
  const loss = g.softmaxCrossEntropy(g.linear(h, 10), y);
  const program = g.compile({ loss }, { maxBatch: 64, optimizer: adam(), seed: 1 });
  const rows = 128;
  const data = createDataset(
    {
      x: Float32Array.from({ length: rows * 200 }, (_, i) => Math.sin(i)),
      y: Int32Array.from({ length: rows }, (_, i) => i % 10),
    },
    { rows },
  );
  const indices = Int32Array.from({ length: steps * 64 }, (_, i) => i % rows);
  return program.run(data, { indices, learningRates: 1e-3, ...options });
}

async function main(scene) {
  if (scene === 'concurrent') {
    // Ten workers run side by side; each reports its loss.
    const losses = await Promise.all(
      Array.from({ length: 10 }, () => {
        const worker = new Worker(__filename, {
          workerData: { steps: 60 },
          execArgv: ['-r', `${__dirname}/register.cjs`],
        });
        return new Promise((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
        });
      }),
    );
    console.log(JSON.stringify({ losses }));
  } else if (scene === 'terminate') {
    // Workers are ended in the middle of a run; the process goes on and can still train.
    for (let i = 0; i < 5; i++) {
      const worker = new Worker(__filename, {
        workerData: { steps: 1e5 },
        execArgv: ['-r', `${__dirname}/register.cjs`],
      });
      await new Promise((resolve, reject) => {
        worker.once('error', reject);
        worker.once('message', resolve);
      });
      const asked = performance.now();
      await worker.terminate();
      console.error(`terminate: ${(performance.now() - asked).toFixed(1)} ms`);
    }
    const { steps } = await longRun(5);
    console.log(JSON.stringify({ steps }));
  } else if (scene === 'exit') {
    // process.exit() in the middle of a run.
    longRun(1e5).catch(() => {});
    setTimeout(() => {
      console.log(JSON.stringify({ exiting: true }));
      process.exit(7);
    }, 150);
  } else if (scene === 'end') {
    // An aborted run leaves nothing that keeps the process alive.
    const controller = new AbortController();
    const running = longRun(1e5, { signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    const name = await running.catch((error) => error.name);
    console.log(JSON.stringify({ name }));
  }
}

if (isMainThread) {
  main(process.argv[2]);
} else {
  const started = longRun(workerData.steps, {
    onProgress: workerData.steps > 1000 ? () => parentPort.postMessage('running') : undefined,
  });
  started.then((stats) => parentPort.postMessage(stats.loss));
}
