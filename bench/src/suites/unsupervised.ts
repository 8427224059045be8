import { KMeans, nearestNeighbors, PCA } from '../../../dist/index.js';
import type { Case } from '../harness';
import type { Suite, Summary } from '../suite';
import { missingMnist, mnist, mnistPixels } from './samples';
import { give, seconds, sklearn } from './sklearn';

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
    const worker = await sklearn(threads, context);
    const [raw, x] = [mnistPixels(), await mnist()];
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
    const fitPca = async () => {
      made.pca = await new PCA({ nComponents: 50, threads }).fit(raw);
    };
    const fitKmeans = async () => {
      made.kmeans = await new KMeans({ nClusters: 10, init, threads }).fit(x);
    };
    const made: { pca?: PCA; kmeans?: KMeans } = {};
    const cases = [
      make('neighbours, k = 90', 1 / 0.45, () => nearestNeighbors(x, { k: 90, threads }), 'sklearn_neighbors', {
        k: 90,
      }),
      make('PCA 784 -> 50', 2, fitPca, 'sklearn_pca', { k: 50 }),
      make('k-means, k = 10', 2, fitKmeans, 'sklearn_kmeans', {}),
    ];
    const afterwards = async (): Promise<Summary[]> => {
      if (worker === undefined || made.pca === undefined || made.kmeans === undefined) return [];
      const [ratio, inertia] = [
        await worker.call<number>('quality', { name: 'pca quality' }),
        await worker.call<number>('quality', { name: 'kmeans quality' }),
      ];
      const share = made.pca.explainedVarianceRatio.reduce((sum, v) => sum + v, 0);
      return [
        {
          text: `PCA: explained share of the variance ${share.toFixed(5)}, scikit-learn ${ratio.toFixed(5)}`,
          target: 'equal',
          reached: share >= ratio - 1e-5,
        },
        {
          text: `k-means: inertia ${made.kmeans.inertia.toPrecision(7)}, scikit-learn ${inertia.toPrecision(7)}`,
          target: 'equal',
          reached: made.kmeans.inertia <= inertia * 1.0001,
        },
      ];
    };
    return { cases, afterwards, close: () => worker?.close() };
  },
};
