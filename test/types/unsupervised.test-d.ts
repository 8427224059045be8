// Checked by `npm run typecheck`, never run.
import {
  type DBSCAN,
  GaussianMixture,
  type KernelDensity,
  KMeans,
  Matrix,
  type NeighborLists,
  type nearestNeighbors,
  PCA,
  TSNE,
  type TsneResult,
} from '../../lib';
import { type Equal, expectType } from './expect';

const X = Matrix.zeros(4, 2);
const signal = new AbortController().signal;

const tsne = new TSNE({ nComponents: 3, learningRate: 'auto', init: X, metric: 'cosine' });
expectType<Equal<Awaited<ReturnType<typeof tsne.fitTransform>>, TsneResult>>();
expectType<Equal<TsneResult['embedding'], Matrix>>();
tsne.fit(X, { signal, onProgress: ({ iteration, nIter }) => console.log(iteration / nIter) });
// @ts-expect-error a map has two or three dimensions
new TSNE({ nComponents: 4 });
// @ts-expect-error the word is `method`
new TSNE({ algorithm: 'exact' });

const kmeans = new KMeans({ nClusters: 3 });
expectType<Equal<Awaited<ReturnType<typeof kmeans.fit>>, KMeans>>();
expectType<Equal<typeof kmeans.labels, Int32Array>>();
expectType<Equal<Awaited<ReturnType<typeof KMeans.load>>, KMeans>>();
expectType<Equal<DBSCAN['labels'], Int32Array>>();
expectType<Equal<ReturnType<GaussianMixture['predict']>, Int32Array>>();
// @ts-expect-error no such covariance
new GaussianMixture({ covarianceType: 'round' });
expectType<Equal<ReturnType<KernelDensity['fit']>, KernelDensity>>();
expectType<Equal<ReturnType<PCA['transform']>, Matrix>>();
// @ts-expect-error no such solver
new PCA({ solver: 'lanczos' });
expectType<Equal<Awaited<ReturnType<typeof nearestNeighbors>>, NeighborLists>>();
