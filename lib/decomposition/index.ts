export { PCA, type PcaFitOptions, type PcaOptions } from './pca';
