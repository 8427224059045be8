import { runCode } from '../helpers/child';

/** Ends `count` workers that run `code` on the built package, `width` at a time; prints the exit codes that came. */
const PARENT = `
const { Worker } = require('node:worker_threads');
async function endWorkers({ code, count, width, stop }) {
  const codes = new Set();
  const one = (k) => new Promise((resolve, reject) => {
    const worker = new Worker(code, { eval: true, workerData: k });
    worker.on('error', reject);
    worker.on('message', () => stop(worker, k));
    worker.on('exit', (exit) => { codes.add(exit); resolve(); });
  });
  let next = 0;
  await Promise.all(Array.from({ length: width }, async () => { while (next < count) await one(next++); }));
  console.log(JSON.stringify([...codes]));
}
const terminate = (worker, k) => setTimeout(() => worker.terminate(), k % 7);
`;

const WORKER = `
const { MLPClassifier, datasets } = require('hebb');
const { parentPort, workerData } = require('node:worker_threads');
const { X, y } = datasets.loadIris();
`;

/** The exit codes of the workers, when the parent outlived them all. */
function codesOf(code: string, options: { count: number; stop?: string }): number[] {
  const { count, stop = '() => {}' } = options;
  const result = runCode(
    `${PARENT} endWorkers({ code: ${JSON.stringify(WORKER + code)}, count: ${count}, width: 3, stop: ${stop} });`,
  );
  if (result.code !== 0) throw new Error(`exit code ${result.code}, ${result.signal}\n${result.stderr}`);
  return JSON.parse(result.stdout) as number[];
}

// A tiny net settles thousands of jobs a second, so that an end falls between any two steps of one.
describe('the end of a worker leaves the process alive', () => {
  test('worker.terminate() while a tiny net is trained', () => {
    const fit = `new MLPClassifier({ hidden: [8], epochs: 1e6 }).fit(X, y, {
      onBatch() {}, onEpoch({ epoch }) { if (epoch === 50) parentPort.postMessage('running'); } });`;
    expect(codesOf(fit, { count: 120, stop: 'terminate' })).toEqual([1]);
  }, 180_000);

  test('worker.terminate() while it predicts in the background', () => {
    const predict = `(async () => {
      const model = new MLPClassifier({ hidden: [8], epochs: 1 });
      await model.fit(X, y);
      parentPort.postMessage('running');
      for (;;) await Promise.all([model.predictAsync(X), model.predictAsync(X)]);
    })();`;
    expect(codesOf(predict, { count: 100, stop: 'terminate' })).toEqual([1]);
  }, 180_000);

  test('process.exit() inside of it', () => {
    const exit = `new MLPClassifier({ hidden: [8], epochs: 1e6 }).fit(X, y, {
      onEpoch({ epoch }) { if (epoch === workerData) process.exit(3); } });`;
    expect(codesOf(exit, { count: 100 })).toEqual([3]);
  }, 180_000);
});
