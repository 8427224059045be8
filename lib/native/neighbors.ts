/** What the addon offers for neighbours, t-SNE, decomposition and clustering. */
import type { NativeJob, NativeProgress } from './contract';

export interface NativeNeighbors {
  /** [rows, k], nearest first. */
  indices: Int32Array;
  distances: Float32Array;
}

export interface NativePca {
  mean: Float64Array;
  /** [components, dims] */
  axes: Float64Array;
  variance: Float64Array;
  totalVariance: number;
}

/** One t-SNE map; runs one job at a time. */
export interface NativeTsneMap {
  /**
   * kind: 0 features [rows, columns], 1 distances [rows, rows], 2 neighbour distances [rows, columns] with `indices`.
   * numbers: dims, exact, perplexity, theta, metric, start (0 pca, 1 random, 2 given), seed, threads,
   * degrees of freedom, neighbours (0 exact, 1 approximate, 2 auto).
   * Progress: stage (0 neighbours, 1 affinities, 2 start, 3 optimisation), done, KL divergence, gradient norm.
   */
  prepare(
    kind: number,
    x: Float32Array,
    indices: Int32Array | null,
    rows: number,
    columns: number,
    numbers: Float64Array,
    start: Float32Array | null,
    onProgress?: NativeProgress,
  ): NativeJob<undefined>;
  /**
   * numbers: iterations, exaggeration, momentum, learning rate, min gain, min gradient norm, patience.
   * Result: iterations done, gradient norm, KL divergence, converged (0 or 1).
   */
  run(numbers: Float64Array, onProgress?: NativeProgress): NativeJob<Float64Array>;
  /** [rows, dims]; null before `prepare` has ended well. */
  embedding(): Float32Array | null;
  /** Iterations done since `prepare`. */
  iterations(): number;
}

export interface NativeKMeans {
  /** [clusters, dims] */
  centers: Float32Array;
  labels: Int32Array;
  inertia: number;
  iterations: number;
}

export interface NativeNeighborhood {
  /** metric: 0 euclidean, 1 cosine, 2 manhattan. Without queries each row of x, itself left out. */
  /** numbers: k, metric, method (0 exact, 1 approximate, 2 auto), recall, seed, threads */
  nearestNeighbors(
    x: Float32Array,
    rows: number,
    dims: number,
    queries: Float32Array | null,
    numbers: Float64Array,
    onProgress?: NativeProgress,
  ): NativeJob<NativeNeighbors>;
  Tsne: new () => NativeTsneMap;
  /** numbers: perplexity, iterations, exaggeration, learning rate, momentum, max step, threads, dof */
  tsnePlace(
    map: Float32Array,
    dims: number,
    indices: Int32Array,
    distances: Float32Array,
    k: number,
    numbers: Float64Array,
    onProgress?: NativeProgress,
  ): NativeJob<Float32Array>;
  /**
   * numbers: clusters, max iterations, tolerance, runs, batch (0: Lloyd), seed, threads.
   * Progress: iteration, inertia.
   */
  kmeansFit(
    x: Float32Array,
    rows: number,
    dims: number,
    numbers: Float64Array,
    centers: Float32Array | null,
    onProgress?: NativeProgress,
  ): NativeJob<NativeKMeans>;
  kmeansAssign(
    x: Float32Array,
    rows: number,
    dims: number,
    centers: Float32Array,
    clusters: number,
    threads: number,
  ): { labels: Int32Array; inertia: number };
  /** labels: -1 for noise; core: 0 or 1 */
  dbscanFit(
    x: Float32Array,
    rows: number,
    dims: number,
    eps: number,
    minSamples: number,
    threads: number,
  ): NativeJob<{ labels: Int32Array; core: Uint8Array }>;
  silhouette(
    x: Float32Array,
    rows: number,
    dims: number,
    labels: Int32Array,
    clusters: number,
    threads: number,
  ): NativeJob<number>;
  /**
   * numbers: components, covariance (0 full, 1 diagonal, 2 spherical), max iterations, tolerance, regularization,
   * threads. Progress: iteration, mean log-likelihood.
   */
  mixtureFit(
    x: Float32Array,
    rows: number,
    dims: number,
    labels: Int32Array,
    numbers: Float64Array,
    onProgress?: NativeProgress,
  ): NativeJob<{
    weights: Float64Array;
    means: Float64Array;
    covariances: Float64Array;
    logLikelihood: number;
    iterations: number;
    converged: boolean;
  }>;
  mixtureScore(
    x: Float32Array,
    rows: number,
    weights: Float64Array,
    means: Float64Array,
    covariances: Float64Array,
    type: number,
    threads: number,
  ): { logDensity: Float64Array; responsibilities: Float64Array };
  kernelDensity(
    x: Float32Array,
    rows: number,
    dims: number,
    bandwidth: number,
    queries: Float32Array,
    threads: number,
  ): NativeJob<Float64Array>;
  /** what: 0 trustworthiness (value = k), 1 divergence of all pairs, 2 of neighbours (value = perplexity) */
  mapQuality(
    what: number,
    x: Float32Array,
    dims: number,
    y: Float32Array,
    mapDims: number,
    rows: number,
    value: number,
    threads: number,
  ): NativeJob<number>;
  /**
   * numbers: components, share of the variance (above 0: decides on the components), randomized, oversampling,
   * power iterations, seed, threads. Progress: the fraction done.
   */
  pcaFit(
    x: Float32Array,
    rows: number,
    dims: number,
    numbers: Float64Array,
    onProgress?: NativeProgress,
  ): NativeJob<NativePca>;
  /** inverse: x holds coordinates along the components, the result rows in the original columns. */
  pcaTransform(
    x: Float32Array,
    rows: number,
    mean: Float64Array,
    axes: Float64Array,
    scale: Float64Array | null,
    components: number,
    threads: number,
    inverse: boolean,
  ): Float32Array;
}
