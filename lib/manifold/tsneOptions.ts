import type { Matrix, MatrixLike } from '../data';
import { ArgumentError } from '../errors';
import { checkInteger, checkKeys, checkNumber, checkOneOf, checkSeed } from '../validate';
import { type Affinities, checkComponents } from './affinities';
import { METRICS, type Metric, NEIGHBOR_METHODS, type NeighborLists, type NeighborMethod } from './neighbors';

/** Options of `TSNE`. */
export interface TsneOptions {
  /** Dimensions of the map: 2 (default) or 3. */
  nComponents?: 2 | 3;
  /**
   * About how many neighbours each point attends to. Default 30; at most points - 1. From (points - 1) / 3 on every other
   * point is a neighbour, and maps lose their structure.
   */
  perplexity?: number;
  /**
   * Step size for the gradient without the factor 4 of the paper (bhtsne's and openTSNE's convention; four times
   * scikit-learn's `learning_rate`: 800 for its 200). Default 'auto' = points / earlyExaggeration, at least 50.
   */
  learningRate?: number | 'auto';
  /** Iterations in all, those with early exaggeration included. Default 1000. */
  nIter?: number;
  /** Factor on the attraction in the first iterations. Default 12. */
  earlyExaggeration?: number;
  /** How many iterations have it. Default 250, at most a quarter of nIter. */
  earlyExaggerationIter?: number;
  /** Factor on the attraction afterwards; above 1 clusters are denser. Default 1. */
  exaggeration?: number;
  /** Factor on the attraction in the last iterations, which draws clusters together (Linderman et al. 2019). Default 4. */
  lateExaggeration?: number;
  /** How many of the last iterations have it, at most those after the early exaggeration. Default 0. */
  lateExaggerationIter?: number;
  /**
   * Degrees of freedom of the map's Student kernel (1 + d^2 / dof)^(-(dof + 1) / 2) (van der Maaten 2009). Default 1, the
   * usual kernel, in maps of 2 and of 3 dimensions (scikit-learn takes nComponents - 1). Below 1 the tails are heavier
   * and clusters fall into finer ones (Kobak et al. 2019).
   */
  dof?: number;
  /** Momentum with early exaggeration. Default 0.8, as openTSNE's (bhtsne's is 0.5). */
  initialMomentum?: number;
  /** Momentum afterwards. Default 0.8. */
  finalMomentum?: number;
  /**
   * Accuracy of the Barnes-Hut method, 0 (exact) to 1: a cell of full width w counts as one mass from the distance
   * w / theta on, as in scikit-learn (bhtsne, Multicore-TSNE and oneDAL mean half the width). Default 0.5.
   */
  theta?: number;
  /**
   * How the repulsion of all points is summed: 'barnes_hut' (van der Maaten 2014), 'fft', interpolation on a grid, which
   * is the faster one for many points and for maps of two dimensions only (compare Linderman et al. 2019), or 'exact',
   * which needs points^2 floats and time. 'auto' (default) is 'fft' where it wins, else 'barnes_hut'.
   */
  method?: TsneMethod;
  /**
   * How neighbours are found (see `nearestNeighbors`): 'auto' (default) is exact up to 20,000 points, then
   * approximate with a recall of about 0.995. The exact method needs none.
   */
  neighbors?: NeighborMethod;
  /**
   * Reduce features to so many principal components first: distances in many columns cost time and are noisy. Default 0:
   * never; nor when X has no more columns or rows than that.
   */
  pcaComponents?: number;
  /** 'pca' (default; 'random' for neighbour lists), 'random', or a matrix points x nComponents. */
  init?: 'pca' | 'random' | MatrixLike;
  /** 'euclidean' (default), 'cosine', 'manhattan', or 'precomputed': X is a square matrix of distances. */
  metric?: Metric | 'precomputed';
  /** Same seed, same map, to the bit, for any number of threads. Default 0. */
  seed?: number;
  /** Threads to use at most; 0 (default) means the whole pool. */
  threads?: number;
  /** Stop when |gradient| sqrt(points) is below this after the early exaggeration. Default 1e-7. */
  minGradNorm?: number;
  /**
   * Stop when the KL divergence has not fallen for so many iterations after the early exaggeration; it is looked at every
   * 50. 0 (default): never.
   */
  nIterWithoutProgress?: number;
  /** Keep a copy of the start and of the map every so many iterations; 0 (default): none. */
  snapshotEvery?: number;
}

/** The values of `TsneOptions.method`. */
export const TSNE_METHODS = ['auto', 'barnes_hut', 'exact', 'fft'] as const;
/** How the repulsion of all points is summed. */
export type TsneMethod = (typeof TSNE_METHODS)[number];

/**
 * What `TSNE` accepts: points x features, distances (metric 'precomputed'), neighbour lists (`nearestNeighbors`), or
 * affinities (`symmetrizeAffinities`), which need no perplexity.
 */
export type TsneInput = MatrixLike | NeighborLists | { readonly affinities: Affinities };

/** The parts of a run, in this order. A reduction by PCA and a look at distances come first and count as neighbours. */
export type TsneStage = 'start' | 'neighbors' | 'affinities' | 'optimize';

/** What `onProgress` gets. */
export interface TsneProgress {
  /** What is at work. */
  stage: TsneStage;
  /** The fraction of the stage that is done, 0 to 1. */
  done: number;
  /** Iterations done since the start of the map. */
  iteration: number;
  /** The iteration at which this run ends. */
  nIter: number;
  /** Of the map at the last look (every 50 iterations); NaN before the first. */
  klDivergence: number;
  /** Norm of the gradient at the last look; NaN before the first. */
  gradientNorm: number;
  /** Estimated milliseconds to the end; NaN before the second look at the optimisation. */
  etaMs: number;
}

/** Options of `fit`, `fitTransform`, `prepare`. */
export interface TsneRunOptions {
  /** Ends the work, which then rejects with AbortError. */
  signal?: AbortSignal;
  /** Called at most about 30 times a second. */
  onProgress?: (progress: TsneProgress) => void;
}

/** A copy of the map on the way; iteration 0 is its start. */
export interface TsneSnapshot {
  /** Iterations that it has behind it. */
  iteration: number;
  /** points x nComponents */
  embedding: Matrix;
}

/** A map and its figures; also the `partial` of an AbortError. */
export interface TsneResult {
  /** points x nComponents */
  embedding: Matrix;
  /** Kullback-Leibler divergence of the map from the affinities, in nats, without exaggeration. */
  klDivergence: number;
  /** Norm of the last gradient. */
  gradientNorm: number;
  /** Iterations done since the start. */
  nIter: number;
  /** Empty unless `snapshotEvery` is set. */
  snapshots: TsneSnapshot[];
}

/** Options of `step`. */
export interface TsneStepOptions extends TsneRunOptions {
  /** Factor on the attraction. Default: that of the phase (early, main, late) which each iteration lies in. */
  exaggeration?: number;
  /** Default: the option `learningRate`. */
  learningRate?: number;
  /** Default: that of the phase. */
  momentum?: number;
}

/** What `onProgress` of `transform` gets. */
export interface TsneTransformProgress {
  /** Neighbours in the map are searched, then the points are placed. */
  stage: 'neighbors' | 'place';
  /** The fraction of the stage that is done, 0 to 1. */
  done: number;
  /** Estimated milliseconds to the end; NaN until some points are placed. */
  etaMs: number;
}

/** Options of `transform`. */
export interface TsneTransformOptions {
  /** Ends the work, which then rejects with AbortError. */
  signal?: AbortSignal;
  /** Called at most about 30 times a second. */
  onProgress?: (progress: TsneTransformProgress) => void;
  /** Neighbours that a new point attends to. Default 5. */
  perplexity?: number;
  /** Default 250. */
  nIter?: number;
  /** Default 1.5. */
  exaggeration?: number;
  /** Default 0.1. */
  learningRate?: number;
}

const KEYS: readonly (keyof TsneOptions)[] = [
  'nComponents',
  'perplexity',
  'learningRate',
  'nIter',
  'earlyExaggeration',
  'earlyExaggerationIter',
  'exaggeration',
  'lateExaggeration',
  'lateExaggerationIter',
  'dof',
  'initialMomentum',
  'finalMomentum',
  'theta',
  'method',
  'neighbors',
  'pcaComponents',
  'init',
  'metric',
  'seed',
  'threads',
  'minGradNorm',
  'nIterWithoutProgress',
  'snapshotEvery',
];
export type TsneSettings = Required<TsneOptions>;

function checkMethod(value: TsneMethod, nComponents: number): TsneMethod {
  const method = checkOneOf(value, 'method', TSNE_METHODS);
  if (method === 'fft' && nComponents !== 2) {
    throw new ArgumentError(
      `Expected \`nComponents\` to be 2 for method 'fft', received ${nComponents}: use 'barnes_hut'.`,
    );
  }
  return method;
}

export function checkedSettings(options: TsneOptions): TsneSettings {
  checkKeys(options, KEYS, 'TSNE');
  const positive = { min: 0, exclusiveMin: true };
  const nIter = checkInteger(options.nIter ?? 1000, 'nIter', { min: 1, max: 1e9 });
  const learningRate = options.learningRate ?? 'auto';
  const init: NonNullable<TsneOptions['init']> = options.init ?? 'pca';
  const nComponents = checkComponents(options.nComponents ?? 2);
  const early = checkInteger(
    options.earlyExaggerationIter ?? Math.min(250, Math.floor(nIter / 4)),
    'earlyExaggerationIter',
    {
      min: 0,
      max: nIter,
    },
  );
  return {
    nComponents,
    perplexity: checkNumber(options.perplexity ?? 30, 'perplexity', { min: 1 }),
    learningRate: learningRate === 'auto' ? 'auto' : checkNumber(learningRate, 'learningRate', positive),
    nIter,
    earlyExaggeration: checkNumber(options.earlyExaggeration ?? 12, 'earlyExaggeration', positive),
    earlyExaggerationIter: early,
    exaggeration: checkNumber(options.exaggeration ?? 1, 'exaggeration', positive),
    lateExaggeration: checkNumber(options.lateExaggeration ?? 4, 'lateExaggeration', positive),
    lateExaggerationIter: checkInteger(options.lateExaggerationIter ?? 0, 'lateExaggerationIter', {
      min: 0,
      max: nIter - early,
    }),
    dof: checkNumber(options.dof ?? 1, 'dof', { min: 0.05, max: 100 }),
    initialMomentum: checkNumber(options.initialMomentum ?? 0.8, 'initialMomentum', { min: 0, max: 0.999 }),
    finalMomentum: checkNumber(options.finalMomentum ?? 0.8, 'finalMomentum', { min: 0, max: 0.999 }),
    theta: checkNumber(options.theta ?? 0.5, 'theta', { min: 0, max: 1 }),
    method: checkMethod(options.method ?? 'auto', nComponents),
    neighbors: checkOneOf(options.neighbors ?? 'auto', 'neighbors', NEIGHBOR_METHODS),
    pcaComponents: checkInteger(options.pcaComponents ?? 0, 'pcaComponents', { min: 0 }),
    init: typeof init === 'string' ? checkOneOf<'pca' | 'random'>(init, 'init', ['pca', 'random']) : init,
    metric: checkOneOf(options.metric ?? 'euclidean', 'metric', [...METRICS, 'precomputed'] as const),
    seed: checkSeed(options.seed ?? 0),
    threads: checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 }),
    minGradNorm: checkNumber(options.minGradNorm ?? 1e-7, 'minGradNorm', { min: 0 }),
    nIterWithoutProgress: checkInteger(options.nIterWithoutProgress ?? 0, 'nIterWithoutProgress', { min: 0 }),
    snapshotEvery: checkInteger(options.snapshotEvery ?? 0, 'snapshotEvery', { min: 0 }),
  };
}
