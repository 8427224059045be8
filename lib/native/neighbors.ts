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
  /** [rows, components], or empty when they were not asked for. */
  scores: Float32Array;
}

/** Rows of a symmetric matrix of affinities: columns and values of row i lie from starts[i] to starts[i + 1]. */
export interface NativeAffinities {
  starts: Int32Array;
  columns: Int32Array;
  values: Float32Array;
}

/** One t-SNE map; runs one job at a time. */
export interface NativeTsneMap {
  /**
   * kind: 0 features [rows, columns], 1 distances [rows, rows], 2 neighbour distances [rows, columns] with `indices`,
   * 3 affinities in `starts`, `affinityColumns`, `values`.
   * numbers: dims, method (0 tree, 1 exact, 2 grid), perplexity, theta, metric, start (0 pca, 1 random, 2 given), seed,
   * threads, degrees of freedom, neighbours (0 exact, 1 approximate, 2 auto).
   * Progress: stage (0 neighbours, 1 affinities, 2 start, 3 optimisation), done, KL divergence, gradient norm.
   */
  prepare(
    kind: number,
    x: Float32Array | null,
    indices: Int32Array | null,
    rows: number,
    columns: number,
    numbers: Float64Array,
    start: Float32Array | null,
    starts: Int32Array | null,
    affinityColumns: Int32Array | null,
    values: Float32Array | null,
    onProgress?: NativeProgress,
  ): NativeJob<undefined>;
  /**
   * numbers: iterations, exaggeration, momentum, learning rate, min gain, min gradient norm, patience.
   * Result: iterations done, gradient norm, KL divergence, converged, aborted (0 or 1); a cancelled run resolves too.
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
  /** The run was cancelled: the best so far, or no centers at all. */
  aborted: boolean;
}

export interface NativeMixture {
  weights: Float64Array;
  means: Float64Array;
  covariances: Float64Array;
  logLikelihood: number;
  iterations: number;
  converged: boolean;
  /** The run was cancelled: the best so far, or 0 iterations. */
  aborted: boolean;
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
  /** p_j|i [rows, k] from distances to neighbours, nearest first. Progress: the fraction done, here and below. */
  tsneCalibrate(
    distances: Float32Array,
    k: number,
    perplexity: number,
    threads: number,
    onProgress?: NativeProgress,
  ): NativeJob<Float32Array>;
  tsneSymmetrize(
    indices: Int32Array,
    probabilities: Float32Array,
    k: number,
    threads: number,
    onProgress?: NativeProgress,
  ): NativeJob<NativeAffinities>;
  /** [rows, dims] */
  tsneStart(
    x: Float32Array,
    rows: number,
    columns: number,
    dims: number,
    random: boolean,
    seed: number,
    threads: number,
    onProgress?: NativeProgress,
  ): NativeJob<Float32Array>;
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
    weights: Float32Array | null,
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
  /** [rows, clusters] */
  kmeansDistances(
    x: Float32Array,
    rows: number,
    dims: number,
    centers: Float32Array,
    clusters: number,
    threads: number,
  ): Float32Array;
  /** metric: 0 euclidean, 1 cosine, 2 manhattan, 3 precomputed; labels: -1 for noise; core: 0 or 1 */
  dbscanFit(
    x: Float32Array,
    rows: number,
    dims: number,
    eps: number,
    minSamples: number,
    metric: number,
    threads: number,
    onProgress?: NativeProgress,
  ): NativeJob<{ labels: Int32Array; core: Uint8Array }>;
  dbscanAssign(
    cores: Float32Array,
    rows: number,
    dims: number,
    labels: Int32Array,
    eps: number,
    metric: number,
    queries: Float32Array,
    threads: number,
  ): Int32Array;
  silhouette(
    x: Float32Array,
    rows: number,
    dims: number,
    labels: Int32Array,
    clusters: number,
    threads: number,
    onProgress?: NativeProgress,
  ): NativeJob<number>;
  /**
   * numbers: components, covariance (0 full, 1 diagonal, 2 spherical, 3 tied), max iterations, tolerance,
   * regularization, threads, seed, runs. Without labels k-means starts it. Progress: iteration, mean log-likelihood.
   */
  mixtureFit(
    x: Float32Array,
    rows: number,
    dims: number,
    labels: Int32Array | null,
    numbers: Float64Array,
    onProgress?: NativeProgress,
  ): NativeJob<NativeMixture>;
  mixtureScore(
    x: Float32Array,
    rows: number,
    weights: Float64Array,
    means: Float64Array,
    covariances: Float64Array,
    type: number,
    threads: number,
  ): { logDensity: Float64Array; responsibilities: Float64Array };
  mixtureSample(
    count: number,
    seed: number,
    weights: Float64Array,
    means: Float64Array,
    covariances: Float64Array,
    type: number,
  ): { rows: Float32Array; labels: Int32Array };
  /** kernel: 0 gaussian, 1 tophat, 2 epanechnikov, 3 exponential, 4 linear, 5 cosine */
  kernelDensity(
    x: Float32Array,
    rows: number,
    dims: number,
    bandwidth: number,
    queries: Float32Array,
    kernel: number,
    threads: number,
    onProgress?: NativeProgress,
  ): NativeJob<Float64Array>;
  /** queries: the rows that are looked at; null: all. */
  mapTrust(
    x: Float32Array,
    dims: number,
    y: Float32Array,
    mapDims: number,
    rows: number,
    k: number,
    queries: Int32Array | null,
    threads: number,
    onProgress?: NativeProgress,
  ): NativeJob<number>;
  /** numbers: perplexity, affinities of all pairs, degrees of freedom, threads. Affinities count when x is null. */
  mapDivergence(
    x: Float32Array | null,
    dims: number,
    y: Float32Array,
    mapDims: number,
    rows: number,
    numbers: Float64Array,
    starts: Int32Array | null,
    columns: Int32Array | null,
    values: Float32Array | null,
    onProgress?: NativeProgress,
  ): NativeJob<number>;
  /**
   * numbers: components, share of the variance (above 0: decides on the components), randomized, oversampling,
   * power iterations, seed, threads, scores (0 none, 1 plain, 2 whitened). Progress: the fraction done.
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
    variance: Float64Array,
    whiten: boolean,
    threads: number,
    inverse: boolean,
  ): Float32Array;
}
