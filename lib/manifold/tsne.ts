import { Matrix, type MatrixLike, requireFitted, toMatrix } from '../data';
import { ArgumentError, DataError, ShapeError } from '../errors';
import { readArtefact, writeArtefact } from '../io';
import { type NativeTsneMap, native, settle } from '../native';
import { checkInteger, checkKeys, checkNumber, checkOneOf, checkSeed, show } from '../validate';
import {
  checkDistances,
  checkedMatrix,
  checkNeighborLists,
  METRICS,
  type Metric,
  type NeighborLists,
  nearestNeighbors,
} from './neighbors';

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
   * Step size for the gradient without the factor 4 of the paper (bhtsne's and openTSNE's convention; scikit-learn's
   * `learning_rate` is a quarter of it). Default 'auto' = points / earlyExaggeration, at least 50.
   */
  learningRate?: number | 'auto';
  /** Iterations in all, those with early exaggeration included. Default 1000. */
  nIter?: number;
  /** Factor on the attraction in the first iterations. Default 12. */
  earlyExaggeration?: number;
  /** How many iterations have it. Default 250, at most nIter. */
  earlyExaggerationIter?: number;
  /** Factor on the attraction afterwards; above 1 clusters are denser. Default 1. */
  exaggeration?: number;
  /** Momentum with early exaggeration and afterwards. Default 0.8 for both, as openTSNE's (bhtsne's first one is 0.5). */
  initialMomentum?: number;
  finalMomentum?: number;
  /**
   * Accuracy of the Barnes-Hut method, 0 (exact) to 1: a cell of full width w counts as one mass from the distance
   * w / theta on, as in scikit-learn (bhtsne, Multicore-TSNE and oneDAL mean half the width). Default 0.5.
   */
  theta?: number;
  /** 'barnes_hut' (default) or 'exact', which needs points^2 floats and time. */
  method?: 'barnes_hut' | 'exact';
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
  /** Stop when the KL divergence has not fallen for so many iterations; 0 (default): never. */
  nIterWithoutProgress?: number;
  /** Keep a copy of the map every so many iterations; 0 (default): none. */
  snapshotEvery?: number;
}

/** What `TSNE` accepts: points x features, distances (metric 'precomputed'), or neighbour lists. */
export type TsneInput = MatrixLike | NeighborLists;

export type TsneStage = 'neighbors' | 'affinities' | 'start' | 'optimize';

export interface TsneProgress {
  stage: TsneStage;
  /** Iterations done; 0 before 'optimize'. */
  iteration: number;
  nIter: number;
  /** Of the map at the last look (every 50 iterations); NaN before the first. */
  klDivergence: number;
  gradientNorm: number;
  /** Estimated milliseconds to the end; NaN before the optimisation runs. */
  etaMs: number;
}

export interface TsneRunOptions {
  signal?: AbortSignal;
  /** Called at most about 30 times a second. */
  onProgress?: (progress: TsneProgress) => void;
}

/** A copy of the map on the way. */
export interface TsneSnapshot {
  iteration: number;
  embedding: Matrix;
}

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

export interface TsneStepOptions extends TsneRunOptions {
  /** Factor on the attraction. Default: the option `exaggeration`. */
  exaggeration?: number;
  learningRate?: number;
  momentum?: number;
}

export interface TsneTransformOptions extends TsneRunOptions {
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
  'initialMomentum',
  'finalMomentum',
  'theta',
  'method',
  'init',
  'metric',
  'seed',
  'threads',
  'minGradNorm',
  'nIterWithoutProgress',
  'snapshotEvery',
];
const RUN_KEYS = ['signal', 'onProgress'];
const STAGE_CODES: readonly TsneStage[] = ['neighbors', 'affinities', 'start', 'optimize'];
const MIN_GAIN = 0.01;
const MIN_LEARNING_RATE = 50;
const MIN_POINTS = 4;

type Settings = Required<TsneOptions>;

function checkComponents(value: unknown): 2 | 3 {
  if (value !== 2 && value !== 3) {
    throw new ArgumentError(`Expected \`nComponents\` to be 2 or 3, received ${show(value)}.`);
  }
  return value;
}

function checkedSettings(options: TsneOptions): Settings {
  checkKeys(options, KEYS, 'TSNE');
  const positive = { min: 0, exclusiveMin: true };
  const nIter = checkInteger(options.nIter ?? 1000, 'nIter', { min: 1, max: 1e9 });
  const learningRate = options.learningRate ?? 'auto';
  const init: NonNullable<TsneOptions['init']> = options.init ?? 'pca';
  return {
    nComponents: checkComponents(options.nComponents ?? 2),
    perplexity: checkNumber(options.perplexity ?? 30, 'perplexity', { min: 1 }),
    learningRate: learningRate === 'auto' ? 'auto' : checkNumber(learningRate, 'learningRate', positive),
    nIter,
    earlyExaggeration: checkNumber(options.earlyExaggeration ?? 12, 'earlyExaggeration', positive),
    earlyExaggerationIter: checkInteger(
      options.earlyExaggerationIter ?? Math.min(250, nIter),
      'earlyExaggerationIter',
      { min: 0, max: nIter },
    ),
    exaggeration: checkNumber(options.exaggeration ?? 1, 'exaggeration', positive),
    initialMomentum: checkNumber(options.initialMomentum ?? 0.8, 'initialMomentum', { min: 0, max: 0.999 }),
    finalMomentum: checkNumber(options.finalMomentum ?? 0.8, 'finalMomentum', { min: 0, max: 0.999 }),
    theta: checkNumber(options.theta ?? 0.5, 'theta', { min: 0, max: 1 }),
    method: checkOneOf(options.method ?? 'barnes_hut', 'method', ['barnes_hut', 'exact']),
    init: typeof init === 'string' ? checkOneOf<'pca' | 'random'>(init, 'init', ['pca', 'random']) : init,
    metric: checkOneOf(options.metric ?? 'euclidean', 'metric', [...METRICS, 'precomputed'] as const),
    seed: checkSeed(options.seed ?? 0),
    threads: checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 }),
    minGradNorm: checkNumber(options.minGradNorm ?? 1e-7, 'minGradNorm', { min: 0 }),
    nIterWithoutProgress: checkInteger(options.nIterWithoutProgress ?? 0, 'nIterWithoutProgress', { min: 0 }),
    snapshotEvery: checkInteger(options.snapshotEvery ?? 0, 'snapshotEvery', { min: 0 }),
  };
}

/** What the native side is given: 0 features, 1 distances, 2 neighbour distances with indices. */
interface Prepared {
  kind: 0 | 1 | 2;
  x: Float32Array;
  indices: Int32Array | null;
  rows: number;
  columns: number;
  features?: Matrix;
}

function isNeighborLists(input: TsneInput): input is NeighborLists {
  return input !== null && typeof input === 'object' && 'indices' in input && 'distances' in input;
}

function checkedInput(input: TsneInput, s: Settings): Prepared {
  if (isNeighborLists(input)) {
    const rows = checkNeighborLists(input);
    if (s.method === 'exact') {
      throw new ArgumentError("Expected features or distances for method 'exact', received neighbour lists.");
    }
    return { kind: 2, x: input.distances, indices: input.indices, rows, columns: input.k };
  }
  const x = checkedMatrix(input, 'X', MIN_POINTS);
  if (s.metric === 'precomputed') checkDistances(x);
  const kind = s.metric === 'precomputed' ? 1 : 0;
  return { kind, x: x.data, indices: null, rows: x.rows, columns: x.cols, features: kind === 0 ? x : undefined };
}

function checkPerplexity(perplexity: number, { kind, rows, columns }: Prepared): void {
  if (rows < MIN_POINTS) {
    throw new DataError(`Expected at least ${MIN_POINTS} points, received ${rows}.`);
  }
  const most = kind === 2 ? columns : rows - 1;
  if (perplexity > most) {
    throw new ArgumentError(
      `Expected \`perplexity\` to be at most ${most} for ${rows} points${kind === 2 ? ` with ${columns} neighbours` : ''}, ` +
        `received ${perplexity}. A third of that or less is usual.`,
    );
  }
}

function checkedStart(init: Settings['init'], rows: number, dims: number): Float32Array | null {
  if (typeof init === 'string') return null;
  const start = checkedMatrix(init, 'init');
  if (start.rows !== rows || start.cols !== dims) {
    throw new ShapeError(`Expected \`init\` to be ${rows} x ${dims}, received ${start.rows} x ${start.cols}.`);
  }
  return start.data;
}

/**
 * t-distributed stochastic neighbour embedding (van der Maaten and Hinton 2008), by the Barnes-Hut method (van der
 * Maaten 2014) on all threads in the background, or exactly.
 *
 *     const { embedding } = await new TSNE({ perplexity: 30, seed: 42 }).fitTransform(X);
 *
 * The map can be run further (`step`), and new points can be placed in it (`transform`).
 */
export class TSNE {
  private readonly settings: Settings;
  private map: NativeTsneMap | undefined;
  private points = 0;
  private iterations = 0;
  private snapshots: TsneSnapshot[] = [];
  private features: Matrix | undefined;
  private result: TsneResult | undefined;

  /** @throws ArgumentError on an unknown option or one out of range */
  constructor(options: TsneOptions = {}) {
    this.settings = checkedSettings(options);
  }

  /** The map, points x nComponents. @throws HebbError before `fit` */
  get embedding(): Matrix {
    return requireFitted(this.result, 'TSNE', 'embedding').embedding;
  }

  /** Kullback-Leibler divergence of the map. @throws HebbError before `fit` */
  get klDivergence(): number {
    return requireFitted(this.result, 'TSNE', 'klDivergence').klDivergence;
  }

  /** `fitTransform` that gives the model back. */
  async fit(X: TsneInput, options: TsneRunOptions = {}): Promise<this> {
    await this.fitTransform(X, options);
    return this;
  }

  /**
   * Computes the map of X in the background.
   *
   * @throws ArgumentError, ShapeError, DataError, NonFiniteError on input that cannot be mapped; rejects with AbortError
   *   when `signal` ends it, whose `partial` is the result so far (undefined before the optimisation began), and with
   *   BusyError when this TSNE is at work already
   */
  async fitTransform(X: TsneInput, options: TsneRunOptions = {}): Promise<TsneResult> {
    checkKeys(options, RUN_KEYS, 'fitTransform');
    await this.prepare(X, options);
    const { nIter, earlyExaggerationIter: early, snapshotEvery } = this.settings;
    let stopped = false;
    while (this.iterations < nIter && !stopped) {
      const inEarly = this.iterations < early;
      const end = inEarly ? early : nIter;
      const next = snapshotEvery > 0 ? (Math.floor(this.iterations / snapshotEvery) + 1) * snapshotEvery : end;
      const count = Math.min(end, next) - this.iterations;
      stopped = (await this.advance(count, inEarly, {}, options, nIter)) && !inEarly;
    }
    return this.current();
  }

  /**
   * The first stages alone: neighbours, affinities and start. `step` then runs the optimisation bit by bit.
   * @throws as `fitTransform`
   */
  async prepare(X: TsneInput, options: TsneRunOptions = {}): Promise<void> {
    checkKeys(options, RUN_KEYS, 'prepare');
    const s = this.settings;
    const input = checkedInput(X, s);
    checkPerplexity(s.perplexity, input);
    const start = checkedStart(s.init, input.rows, s.nComponents);
    const metric = s.metric === 'precomputed' ? 0 : METRICS.indexOf(s.metric);
    const startCode = start !== null ? 2 : s.init === 'random' || input.kind === 2 ? 1 : 0;
    const numbers = Float64Array.of(
      s.nComponents,
      s.method === 'exact' ? 1 : 0,
      s.perplexity,
      s.theta,
      metric,
      startCode,
      s.seed,
      s.threads,
    );
    const map = new (native().Tsne)();
    await settle(
      () =>
        map.prepare(
          input.kind,
          input.x,
          input.indices,
          input.rows,
          input.columns,
          numbers,
          start,
          this.reporter(options, s.nIter),
        ),
      options.signal,
    );
    this.map = map;
    this.points = input.rows;
    this.iterations = 0;
    this.snapshots = [];
    this.features = input.features;
    this.result = { ...this.look(), klDivergence: Number.NaN, gradientNorm: Number.NaN };
  }

  /**
   * Runs `count` more iterations, after `prepare` or after a fit; for late exaggeration, annealing or an interface that
   * draws each map.
   * @throws HebbError before `prepare`; rejects as `fitTransform`
   */
  async step(count = 1, options: TsneStepOptions = {}): Promise<TsneResult> {
    checkKeys(options, ['exaggeration', 'learningRate', 'momentum', ...RUN_KEYS], 'step');
    checkInteger(count, 'count', { min: 1 });
    for (const key of ['exaggeration', 'learningRate'] as const) {
      if (options[key] !== undefined) checkNumber(options[key], key, { min: 0, exclusiveMin: true });
    }
    if (options.momentum !== undefined) checkNumber(options.momentum, 'momentum', { min: 0, max: 0.999 });
    await this.advance(count, this.iterations < this.settings.earlyExaggerationIter, options, options);
    return this.current();
  }

  /** Whether the run stopped by itself before `count` iterations. */
  private async advance(
    count: number,
    early: boolean,
    over: Pick<TsneStepOptions, 'exaggeration' | 'learningRate' | 'momentum'>,
    { signal, onProgress }: TsneRunOptions,
    nIter = this.iterations + count,
  ): Promise<boolean> {
    const map = requireFitted(this.map, 'TSNE', 'step');
    const s = this.settings;
    const rate = s.learningRate === 'auto' ? this.autoLearningRate() : s.learningRate;
    const numbers = Float64Array.of(
      count,
      over.exaggeration ?? (early ? s.earlyExaggeration : s.exaggeration),
      over.momentum ?? (early ? s.initialMomentum : s.finalMomentum),
      over.learningRate ?? rate,
      MIN_GAIN,
      early ? 0 : s.minGradNorm,
      early ? 0 : s.nIterWithoutProgress,
    );
    const partial = (): TsneResult => this.look();
    const outcome = await settle(() => map.run(numbers, this.reporter({ onProgress }, nIter)), signal, partial);
    const [, gradientNorm, klDivergence, converged] = outcome as unknown as [number, number, number, number];
    this.result = { ...this.look(), klDivergence, gradientNorm };
    if (s.snapshotEvery > 0 && this.iterations % s.snapshotEvery === 0) {
      this.snapshots.push({ iteration: this.iterations, embedding: this.result.embedding });
    }
    return converged === 1;
  }

  private autoLearningRate(): number {
    return Math.max(this.points / this.settings.earlyExaggeration, MIN_LEARNING_RATE);
  }

  /** The map as it is now, with the figures of the last run. */
  private look(): TsneResult {
    const map = requireFitted(this.map, 'TSNE', 'embedding');
    const data = map.embedding() as Float32Array;
    this.iterations = map.iterations();
    return {
      embedding: new Matrix(data, this.points, this.settings.nComponents),
      klDivergence: this.result?.klDivergence ?? Number.NaN,
      gradientNorm: this.result?.gradientNorm ?? Number.NaN,
      nIter: this.iterations,
      snapshots: this.snapshots,
    };
  }

  private current(): TsneResult {
    const result = requireFitted(this.result, 'TSNE', 'embedding');
    return { ...result, nIter: this.iterations, snapshots: [...this.snapshots] };
  }

  private reporter({ onProgress }: TsneRunOptions, nIter: number): ((values: Float64Array) => void) | undefined {
    if (onProgress === undefined) return undefined;
    const begun = performance.now();
    const from = this.iterations;
    return (values) => {
      const [code, done, klDivergence, gradientNorm] = values as unknown as [number, number, number, number];
      const stage = STAGE_CODES[code] as TsneStage;
      const iteration = stage === 'optimize' ? done : 0;
      const spent = performance.now() - begun;
      const etaMs = iteration > from ? (spent / (iteration - from)) * (nIter - iteration) : Number.NaN;
      onProgress({ stage, iteration, nIter, klDivergence, gradientNorm, etaMs });
    };
  }

  /**
   * Places new points in the map without moving it: each starts at the middle of its neighbours' places and is then
   * moved by their attraction and the repulsion of all points (openTSNE's partial embedding).
   *
   * X of the fit is read again: it must not have been changed.
   *
   * @throws HebbError before `fit`, ArgumentError after a fit on distances or neighbour lists, ShapeError on other
   *   columns; rejects with AbortError
   */
  async transform(X: MatrixLike, options: TsneTransformOptions = {}): Promise<Matrix> {
    checkKeys(options, ['perplexity', 'nIter', 'exaggeration', 'learningRate', ...RUN_KEYS], 'transform');
    const { embedding } = requireFitted(this.result, 'TSNE', 'transform');
    if (this.features === undefined) {
      throw new ArgumentError('Expected a map of features for `transform`, this one was made of distances.');
    }
    const queries = toMatrix(X, 'X');
    if (queries.rows === 0) return Matrix.zeros(0, embedding.cols);
    const most = embedding.rows;
    const perplexity = checkNumber(options.perplexity ?? Math.min(5, most), 'perplexity', { min: 1, max: most });
    const nIter = checkInteger(options.nIter ?? 250, 'nIter', { min: 0 });
    const positive = { min: 0, exclusiveMin: true };
    const exaggeration = checkNumber(options.exaggeration ?? 1.5, 'exaggeration', positive);
    const learningRate = checkNumber(options.learningRate ?? 0.1, 'learningRate', positive);
    const { signal, onProgress } = options;
    const { threads } = this.settings;
    const k = Math.min(most, Math.max(1, Math.floor(3 * perplexity)));
    const metric = this.settings.metric as Metric;
    const lists = await nearestNeighbors(this.features, { k, metric, queries, threads, signal });
    const numbers = Float64Array.of(perplexity, nIter, exaggeration, learningRate, 0.8, 0.25, threads);
    const report = this.reporter({ onProgress }, nIter);
    const placed = await settle(
      () =>
        native().tsnePlace(embedding.data, embedding.cols, lists.indices, lists.distances, lists.k, numbers, report),
      signal,
    );
    return new Matrix(placed, queries.rows, embedding.cols);
  }

  /**
   * Saves the map, and the features it was made of when `transform` is to work after loading.
   * @throws HebbError before `fit`, DataError when the file cannot be written
   */
  async save(file: string): Promise<void> {
    const { embedding, klDivergence, nIter } = requireFitted(this.result, 'TSNE', 'save');
    const { init: _start, ...config } = this.settings;
    const tensors = {
      embedding: { data: embedding.data, shape: [embedding.rows, embedding.cols] },
      ...(this.features === undefined
        ? {}
        : { features: { data: this.features.data, shape: [this.features.rows, this.features.cols] } }),
    };
    const figures = { nIter, ...(Number.isFinite(klDivergence) ? { klDivergence } : {}) };
    await writeArtefact(file, { kind: 'TSNE', config: { options: config, ...figures }, tensors });
  }

  /** A saved map; `step` needs `prepare` again. @throws DataError when the file holds none */
  static async load(file: string): Promise<TSNE> {
    const { config, tensors } = await readArtefact(file, ['TSNE']);
    const { options, klDivergence, nIter } = config as unknown as {
      options: TsneOptions;
      klDivergence?: number;
      nIter?: number;
    };
    const model = new TSNE(options);
    const matrix = (name: string): Matrix | undefined => {
      const tensor = tensors[name];
      if (tensor === undefined) return undefined;
      const [rows, cols] = tensor.shape;
      if (!(tensor.data instanceof Float32Array) || tensor.shape.length !== 2) {
        throw new DataError(`Expected tensor \`${name}\` of ${file} to be a float32 matrix.`);
      }
      return new Matrix(tensor.data, rows as number, cols as number);
    };
    const embedding = matrix('embedding');
    if (embedding === undefined) throw new DataError(`Expected ${file} to hold a tensor \`embedding\`, found none.`);
    model.features = matrix('features');
    model.points = embedding.rows;
    model.iterations = nIter ?? 0;
    model.result = {
      embedding,
      klDivergence: klDivergence ?? Number.NaN,
      gradientNorm: Number.NaN,
      nIter: model.iterations,
      snapshots: [],
    };
    return model;
  }
}
