export { DBSCAN, type DbscanOptions } from './dbscan';
export {
  type CovarianceType,
  GaussianMixture,
  type GaussianMixtureOptions,
  type MixtureFitOptions,
} from './gaussianMixture';
export { KernelDensity, type KernelDensityOptions } from './kernelDensity';
export { KMeans, type KMeansFitOptions, type KMeansOptions, type KMeansProgress } from './kmeans';
export { silhouetteScore } from './silhouette';
