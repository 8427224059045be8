import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KMeans, Matrix, nearestNeighbors, PCA, TSNE } from '../../../dist/index.js';
import type { Case, Result } from '../harness';
import { PythonWorker } from '../peers/python';
import { tsnePackages } from '../peers/tsne';
import type { Suite, SuiteContext, Summary } from '../suite';
import { digits, missingMnist, mnist, mnistPixels } from './samples';

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1e3;
};

/** The first principal components, the first of standard deviation 1e-4: one start for all contestants. */
async function startOf(x: Matrix, dims: number): Promise<Matrix> {
  const z = await new PCA({ nComponents: dims }).fitTransform(x);
  let squares = 0;
  for (let i = 0; i < z.rows; i++) squares += z.get(i, 0) ** 2;
  const factor = 1e-4 / Math.sqrt(squares / z.rows);
  return new Matrix(
    z.data.map((v) => v * factor),
    z.rows,
    z.cols,
  );
}

const scratch = mkdtempSync(path.join(tmpdir(), 'hebb-bench-'));

async function give(worker: PythonWorker, name: string, x: Matrix): Promise<void> {
  const file = path.join(scratch, `${name}.f32`);
  writeFileSync(file, x.data);
  await worker.call('load_matrix', { name, path: file, rows: x.rows, cols: x.cols });
}

interface Work {
  name: string;
  data: () => Promise<Matrix> | Matrix;
  atLeast?: number;
  dims?: 2 | 3;
}

async function tsneCase(work: Work, threads: number, worker: PythonWorker | undefined): Promise<Case> {
  const x = await work.data();
  const dims = work.dims ?? 2;
  const init = await startOf(x, dims);
  if (worker) {
    await give(worker, work.name, x);
    await give(worker, `${work.name} start`, init);
  }
  return {
    name: work.name,
    threads,
    work: { amount: x.rows, unit: 'point' },
    ...(worker && work.atLeast && { target: { ratio: [{ peer: 'scikit-learn', atLeast: work.atLeast }] } }),
    contestants: [
      { name: 'hebb', measure: () => seconds(() => new TSNE({ nComponents: dims, init, threads }).fit(x)) },
      ...(worker
        ? [{ name: 'scikit-learn', measure: () => worker.call<number>('sklearn_tsne', { name: work.name, dims }) }]
        : []),
    ],
  };
}

/** hebb alone, on the whole of MNIST, for each thread count. */
async function large(context: SuiteContext): Promise<Case[]> {
  const x = await mnist(70000);
  const init = await startOf(x, 2);
  return context.threads.map((threads) => ({
    name: 'mnist 70k',
    threads,
    work: { amount: x.rows, unit: 'point' },
    contestants: [{ name: 'hebb', measure: () => seconds(() => new TSNE({ init, threads }).fit(x)) }],
  }));
}

/** Digits beside the packages of npm, all on one thread. */
function packages(context: SuiteContext): Case {
  const x = digits();
  const rows = x.toArray().map((row) => row.map((value) => value / 16));
  const peers = tsnePackages(rows, context);
  return {
    name: 'digits, npm',
    threads: 1,
    work: { amount: x.rows, unit: 'point' },
    ...(peers.length > 0 && { target: { ratio: [{ peer: 'best', atLeast: 30 }] } }),
    contestants: [{ name: 'hebb', measure: () => seconds(() => new TSNE({ threads: 1 }).fit(x)) }, ...peers],
  };
}

function summarize(results: Result[]): Summary[] {
  const at = (name: string, threads: number) =>
    results.find((one) => one.case === name && one.threads === threads)?.figures[0]?.median;
  const [one, two] = [at('mnist 70k', 1), at('mnist 70k', 2)];
  if (one === undefined || two === undefined) return [];
  const scaling: Summary = {
    text: `MNIST 70k, 2 threads against 1: ${(one / two).toFixed(2)}x`,
    target: '>= 1.5x',
    reached: one / two >= 1.5,
  };
  const small = at('mnist 10k', 2);
  if (small === undefined) return [scaling];
  const [growth, most] = [two / 70 / (small / 10), Math.log(70000) / Math.log(10000)];
  return [
    scaling,
    {
      text: `time a point, 70k against 10k (2 threads): ${growth.toFixed(2)}x`,
      target: `<= ${most.toFixed(2)}x, log n`,
      reached: growth <= most,
    },
  ];
}

async function python(threads: number, context: SuiteContext): Promise<PythonWorker | undefined> {
  const worker = await PythonWorker.start(threads, ['numpy', 'sklearn']);
  if (typeof worker === 'string') {
    context.note(`scikit-learn is left out: ${worker}`);
    return undefined;
  }
  context.version('scikit-learn', worker.versions.sklearn!);
  return worker;
}

/** Whole t-SNE runs: from the matrix to the map, 1,000 iterations, the same start. */
export const tsne: Suite = {
  name: 'tsne',
  description: 't-SNE from matrix to map: perplexity 30, 1,000 iterations, theta 0.5 (a filter picks sizes)',
  rounds: 1,
  warmUp: false,
  async setup(context) {
    const threads = Math.max(...context.threads);
    const worker = await python(threads, context);
    const works: Work[] = [{ name: 'digits', data: digits, atLeast: 12 }];
    const missing = missingMnist();
    if (missing) context.note(`MNIST is left out: ${missing}`);
    else {
      works.push(
        { name: 'mnist 5k', data: () => mnist(5000), atLeast: 20 },
        { name: 'mnist 5k, 3-D', data: () => mnist(5000), atLeast: 10, dims: 3 },
        { name: 'mnist 10k', data: () => mnist(10000), atLeast: 20 },
        { name: 'mnist 20k', data: () => mnist(20000), atLeast: 30 },
      );
    }
    const cases: Case[] = [];
    for (const work of works) cases.push(await tsneCase(work, threads, worker));
    cases.push(packages(context));
    if (!missing) cases.push(...(await large(context)));
    return { cases, close: () => worker?.close() };
  },
  summarize,
};

/** Neighbours, PCA and k-means on the whole of MNIST. */
export const unsupervised: Suite = {
  name: 'unsupervised',
  description: 'MNIST 70k: exact neighbours, PCA 784 -> 50, k-means',
  rounds: 3,
  async setup(context) {
    const missing = missingMnist();
    if (missing) {
      context.note(`left out: ${missing}`);
      return { cases: [] };
    }
    const threads = Math.max(...context.threads);
    const worker = await python(threads, context);
    const [raw, x] = [mnistPixels(), await mnist(70000)];
    const init = x.selectRows(Array.from({ length: 10 }, (_, c) => c * 7000));
    if (worker) {
      await give(worker, 'pixels', raw);
      await give(worker, 'mnist', x);
      await give(worker, 'centers', init);
    }
    const make = (
      name: string,
      atLeast: number,
      hebb: () => Promise<unknown>,
      task: string,
      options: object,
    ): Case => ({
      name,
      threads,
      work: { amount: x.rows, unit: 'row' },
      ...(worker && { target: { ratio: [{ peer: 'scikit-learn', atLeast }] } }),
      contestants: [
        { name: 'hebb', measure: () => seconds(hebb) },
        ...(worker ? [{ name: 'scikit-learn', measure: () => worker.call<number>(task, options) }] : []),
      ],
    });
    const cases = [
      make('neighbours, k = 90', 1 / 0.45, () => nearestNeighbors(x, { k: 90, threads }), 'sklearn_neighbors', {
        k: 90,
      }),
      make('PCA 784 -> 50', 2, () => new PCA({ nComponents: 50, threads }).fit(raw), 'sklearn_pca', { k: 50 }),
      make('k-means, k = 10', 2, () => new KMeans({ nClusters: 10, init, threads }).fit(x), 'sklearn_kmeans', {}),
    ];
    return { cases, close: () => worker?.close() };
  },
};
