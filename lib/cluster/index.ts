export { DBSCAN, type DbscanFitOptions, type DbscanMetric, type DbscanOptions } from './dbscan';
export {
  type CovarianceType,
  GaussianMixture,
  type GaussianMixtureOptions,
  type MixtureFitOptions,
  type MixtureResult,
} from './gaussianMixture';
export {
  type DensityKernel,
  type DensityScoreOptions,
  KernelDensity,
  type KernelDensityOptions,
} from './kernelDensity';
export { KMeans, type KMeansFitOptions, type KMeansOptions, type KMeansProgress, type KMeansResult } from './kmeans';
export { silhouetteScore } from './silhouette';
