import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ChildResult, root, runCode } from '../helpers/child';

/** Made-up rows of any size, the same in every process. */
const DATA = `
const { Matrix, MLPClassifier, setThreads } = require('hebb');
function data(rows, cols, classes) {
  const X = Matrix.zeros(rows, cols);
  for (let k = 0; k < X.data.length; k++) X.data[k] = Math.sin(1 + k * 1.7) * Math.cos(k * 0.013);
  const y = Int32Array.from({ length: rows }, (_, i) => (X.data[i * cols] > 0 ? 1 : 0) + (i % 7 === 0 ? classes - 2 : 0));
  return [X, y];
}
`;

function json<T>(result: ChildResult): T {
  if (result.code !== 0) throw new Error(`exit code ${result.code}, ${result.signal}\n${result.stderr}`);
  return JSON.parse(result.stdout) as T;
}

describe('training in a process', () => {
  test('the event loop goes on ticking during fit', () => {
    const { gap, ticks, ms } = json<{ gap: number; ticks: number; ms: number }>(
      runCode(`${DATA}
        (async () => {
          const [X, y] = data(20000, 256, 10);
          const model = new MLPClassifier({ hidden: [256, 128], batchSize: 128, epochs: 6, validationSplit: 0.1 });
          await new MLPClassifier({ epochs: 1 }).fit(X.sliceRows(0, 32), y.slice(0, 32)); // loads the addon
          let [last, gap, ticks] = [performance.now(), 0, 0];
          const begin = last;
          const timer = setInterval(() => {
            const now = performance.now();
            gap = Math.max(gap, now - last);
            last = now;
            ticks++;
          }, 1);
          // The call itself counts too: it checks and copies the data.
          await model.fit(X, y, { onBatch() {}, onEpoch() {} });
          clearInterval(timer);
          console.log(JSON.stringify({ gap, ticks, ms: performance.now() - begin }));
        })();`),
    );
    console.log(
      `largest gap of a 1 ms interval during fit: ${gap.toFixed(1)} ms (${ticks} ticks in ${ms.toFixed(0)} ms)`,
    );
    expect(ticks).toBeGreaterThan(ms / 50);
  });

  test.each([
    ['a Float32Array, which is copied', '(values) => values'],
    [
      'a SharedArrayBuffer, which is read in place',
      '(values) => { const out = new Float32Array(new SharedArrayBuffer(values.byteLength)); out.set(values); return out; }',
    ],
  ])('the event loop goes on ticking while the rows of MNIST are made ready: %s', (form, stored) => {
    const { gap, call, ticks } = json<{ gap: number; call: number; ticks: number }>(
      runCode(`${DATA}
        (async () => {
          const [{ data: values }, y] = data(60000, 784, 10);
          const X = new Matrix((${stored})(values), 60000, 784);
          const model = new MLPClassifier({ hidden: [16], batchSize: 256, epochs: 1, validationSplit: 0.1, standardize: true });
          await new MLPClassifier({ epochs: 1 }).fit(X.sliceRows(0, 32), y.slice(0, 32)); // loads the addon
          let [last, gap, ticks, before] = [performance.now(), 0, 0, undefined];
          const timer = setInterval(() => {
            const now = performance.now();
            gap = Math.max(gap, now - last);
            last = now;
            ticks++;
          }, 1);
          const begin = last;
          const job = model.fit(X, y, { onBatch() { before ??= ticks; } });
          const call = performance.now() - begin;
          await job;
          clearInterval(timer);
          console.log(JSON.stringify({ gap, call, ticks: before }));
        })();`),
    );
    console.log(
      `60,000 x 784 in ${form}: fit() returned after ${call.toFixed(1)} ms; largest gap ${gap.toFixed(1)} ms; ` +
        `${ticks} ticks before the first minibatch was done`,
    );
    // Of the stages (values copied, measured, scaled), each of which the loop gets to turn between.
    expect(ticks).toBeGreaterThan(10);
  });

  test('an abort ends a big fit, and the model keeps what was learned', () => {
    const { ms, name, epochs, fitted } = json<{ ms: number; name: string; epochs: number; fitted: boolean }>(
      runCode(`${DATA}
        (async () => {
          const [X, y] = data(4000, 512, 10);
          const model = new MLPClassifier({ hidden: [2048, 2048], batchSize: 256, epochs: 1000 });
          const controller = new AbortController();
          let asked, timer;
          const abort = () => { asked = performance.now(); controller.abort(); };
          // In the middle of the training, however long its preparation takes.
          const onBatch = () => { timer ??= setTimeout(abort, 500); };
          try {
            await model.fit(X, y, { signal: controller.signal, onBatch });
          } catch (error) {
            const ms = performance.now() - asked;
            const fitted = model.predict(X.sliceRows(0, 3)).length === 3;
            console.log(JSON.stringify({ ms, name: error.name, epochs: error.partial.epochs.length, fitted }));
          }
        })();`),
    );
    console.log(`abort of a 512-2048-2048-10 fit returned in ${ms.toFixed(1)} ms, after ${epochs} epochs`);
    expect(name).toBe('AbortError');
    expect(fitted).toBe(true);
  });

  test('a signal that fired before leaves the model alone', () => {
    const result = json<string[]>(
      runCode(`${DATA}
        (async () => {
          const [X, y] = data(40, 4, 3);
          const model = new MLPClassifier({ epochs: 2 });
          const errors = [];
          await model.fit(X, y, { signal: AbortSignal.abort('no') }).catch((e) => errors.push(e.name, e.cause));
          try { model.predict(X); } catch (e) { errors.push(e.code); }
          console.log(JSON.stringify(errors));
        })();`),
    );
    expect(result).toEqual(['AbortError', 'no', 'ERR_NOT_FITTED']);
  });

  test('an abort puts the best epoch back when there are validation rows', () => {
    const { best, told, bestEpoch, epochs } = json<{ best: number; told: number; bestEpoch: number; epochs: number }>(
      runCode(`${DATA}
        (async () => {
          const [X, y] = data(600, 8, 3);
          const [XHeld, yHeld] = data(300, 8, 3);
          const model = new MLPClassifier({ hidden: [64], epochs: 100000, learningRate: 0.02, seed: 3 });
          const controller = new AbortController();
          const onEpoch = ({ epoch }) => { if (epoch === 60) controller.abort(); };
          const { partial } = await model
            .fit(X, y, { signal: controller.signal, onEpoch, validationData: [XHeld, yHeld] })
            .catch((error) => error);
          console.log(JSON.stringify({
            best: Math.min(...partial.valLoss), told: model.evaluate(XHeld, yHeld).loss,
            bestEpoch: partial.bestEpoch, epochs: partial.epochs.length,
          }));
        })();`),
    );
    expect(epochs).toBeLessThanOrEqual(62);
    expect(bestEpoch).toBeLessThan(epochs);
    expect(told).toBeCloseTo(best, 4);
  });

  test('the same seed gives the same bits with 1, 2, 3 and 7 threads; another seed does not', () => {
    const digests = json<string[]>(
      runCode(`${DATA}
        const { createHash } = require('node:crypto');
        setThreads(7);
        (async () => {
          const [X, y] = data(3000, 100, 10);
          const out = [];
          for (const [threads, seed] of [[1, 5], [2, 5], [3, 5], [7, 5], [2, 6]]) {
            const model = new MLPClassifier({ hidden: [300, 100], dropout: 0.2, batchSize: 256, epochs: 3, threads, seed,
              clipNorm: 1, weightDecay: 0.01, l2: 1e-4, optimizer: 'adamw', validationSplit: 0.1 });
            const history = await model.fit(X, y);
            const hash = createHash('sha256').update(JSON.stringify([history.loss, history.valLoss, history.metrics]));
            for (const [name, { data }] of Object.entries(model.state())) hash.update(name).update(data);
            out.push(hash.digest('hex'));
          }
          console.log(JSON.stringify(out));
        })();`),
    );
    expect(new Set(digests.slice(0, 4)).size).toBe(1);
    expect(digests[4]).not.toBe(digests[0]);
  });

  test('ten fits at once in worker threads finish', () => {
    const scores = json<number[]>(
      runCode(`
        const { Worker } = require('node:worker_threads');
        const code = ${JSON.stringify(`${DATA}
          const { parentPort, workerData } = require('node:worker_threads');
          const [X, y] = data(500, 10, 3);
          const model = new MLPClassifier({ hidden: [32], epochs: 40, learningRate: 0.01, seed: workerData });
          model.fit(X, y).then(() => parentPort.postMessage(model.score(X, y)));`)};
        const one = (seed) => new Promise((resolve, reject) => {
          const worker = new Worker(code, { eval: true, workerData: seed });
          let score;
          worker.on('message', (value) => { score = value; });
          worker.on('error', reject);
          worker.on('exit', () => resolve(score));
        });
        Promise.all(Array.from({ length: 10 }, (_, i) => one(i))).then((scores) => console.log(JSON.stringify(scores)));`),
    );
    expect(scores).toHaveLength(10);
    for (const score of scores) expect(score).toBeGreaterThan(0.6);
  });

  test('worker.terminate() in the middle of a fit leaves the process alive', () => {
    const { codes, score } = json<{ codes: number[]; score: number }>(
      runCode(`${DATA}
        const { Worker } = require('node:worker_threads');
        const code = ${JSON.stringify(`${DATA}
          const { parentPort } = require('node:worker_threads');
          const [X, y] = data(3000, 64, 5);
          new MLPClassifier({ hidden: [512, 512], epochs: 100000 }).fit(X, y, { onBatch() {} });
          setTimeout(() => parentPort.postMessage('running'), 50);`)};
        const one = () => new Promise((resolve, reject) => {
          const worker = new Worker(code, { eval: true });
          worker.on('message', () => worker.terminate().then(resolve));
          worker.on('error', reject);
        });
        (async () => {
          const codes = [];
          for (let i = 0; i < 5; i++) codes.push(...(await Promise.all([one(), one()])));
          const [X, y] = data(200, 8, 3);
          const model = new MLPClassifier({ epochs: 20 });
          await model.fit(X, y);
          console.log(JSON.stringify({ codes, score: model.score(X, y) }));
        })();`),
    );
    expect(codes).toHaveLength(10);
    expect(score).toBeGreaterThan(0.3);
  });

  test('process.exit() in the middle of a fit exits at once with its code', () => {
    const result = runCode(`${DATA}
      const [X, y] = data(3000, 64, 5);
      new MLPClassifier({ hidden: [1024, 1024], epochs: 100000 }).fit(X, y);
      setTimeout(() => {
        const begin = Date.now();
        process.on('exit', () => process.stdout.write(String(begin)));
        process.exit(7);
      }, 300);`);
    const ms = Date.now() - Number(result.stdout);
    console.log(`process.exit() in mid-fit: the process was gone after ${ms} ms`);
    expect([result.code, result.signal]).toEqual([7, null]);
  });

  test('the process ends by itself when a fit is done', () => {
    const result = runCode(`${DATA}
      const [X, y] = data(100, 4, 3);
      new MLPClassifier({ epochs: 3 }).fit(X, y).then(() => console.log('done'));`);
    expect([result.code, result.stdout]).toEqual([0, 'done\n']);
  });

  test('10,000 fits that are thrown away keep memory flat', () => {
    const { early, late, ms } = json<{ early: number; late: number; ms: number }>(
      runCode(
        `${DATA}
        (async () => {
          const [X, y] = data(16, 4, 3);
          const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
          // Native memory is freed in the event loop's turn after its owner was collected.
          const rss = async () => {
            for (let i = 0; i < 2; i++) { await pause(); global.gc(); }
            await pause();
            return process.memoryUsage().rss / 2 ** 20;
          };
          let early;
          const begin = performance.now();
          for (let i = 0; i < 10000; i++) {
            const model = new MLPClassifier({ hidden: [8], epochs: 1, batchSize: 16, standardize: true });
            await model.fit(X, y);
            model.predict(X);
            if (i === 1999) early = await rss();
          }
          console.log(JSON.stringify({ early, late: await rss(), ms: performance.now() - begin }));
        })();`,
        ['--expose-gc'],
      ),
    );
    const each = ((ms / 10_000) * 1000).toFixed(0);
    console.log(`10,000 fits: ${early.toFixed(0)} MiB after 2,000, ${late.toFixed(0)} MiB after all; ${each} us each`);
    expect(late - early).toBeLessThan(100);
  }, 180_000);

  const limits = process.platform !== 'win32';
  (limits ? test : test.skip)('a disk that is full keeps the old file, leaves no pieces and the process alive', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hebb-full-'));
    const file = path.join(folder, 'model.safetensors');
    const code = `${DATA}
      process.on('SIGXFSZ', () => {});
      (async () => {
        const [X, y] = data(100, 8, 3);
        const model = new MLPClassifier({ hidden: [512, 512], epochs: 1 });
        await model.fit(X, y);
        const error = await model.save(${JSON.stringify(file)}).catch((e) => e);
        console.log(JSON.stringify({ name: error.name, message: error.message, rows: model.predict(X).length }));
      })();`;
    try {
      writeFileSync(file, 'the old model');
      // Files of this process may have 64 blocks of 512 or 1024 bytes; the model needs a megabyte.
      const shell = spawnSync('/bin/sh', ['-c', 'ulimit -f 64; exec "$0" -e "$1"', process.execPath, code], {
        cwd: root,
        encoding: 'utf8',
      });
      const { name, message, rows } = JSON.parse(shell.stdout) as { name: string; message: string; rows: number };
      expect(name).toBe('DataError');
      expect(message).toMatch(/Could not write .*EFBIG/);
      expect(rows).toBe(100);
      expect(readFileSync(file, 'utf8')).toBe('the old model');
      expect(readdirSync(folder)).toEqual(['model.safetensors']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
