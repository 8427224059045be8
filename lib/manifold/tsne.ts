import { Matrix, type MatrixLike, requireFitted, toMatrix } from '../data';
import { PCA } from '../decomposition';
import { ArgumentError } from '../errors';
import { type NativeTsneMap, native, settle } from '../native';
import { checkInteger, checkKeys, checkNumber } from '../validate';
import { METRICS, type Metric, NEIGHBOR_METHODS, nearestNeighbors } from './neighbors';
import { readTsne, writeTsne } from './tsneFile';
import { checkedInput, checkedStart, checkPerplexity, type TsnePrepared } from './tsneInput';
import {
  checkedSettings,
  type TsneInput,
  type TsneOptions,
  type TsneResult,
  type TsneRunOptions,
  type TsneSettings,
  type TsneSnapshot,
  type TsneStage,
  type TsneStepOptions,
  type TsneTransformOptions,
} from './tsneOptions';

const RUN_KEYS = ['signal', 'onProgress'];
const STAGE_CODES: readonly TsneStage[] = ['neighbors', 'affinities', 'start', 'optimize'];
const METHOD_CODES = { barnes_hut: 0, exact: 1, fft: 2 };
/** From so many points on the grid is faster than the tree (`npm run bench -- tsne` shows both). */
const FFT_POINTS = 5000;
const MIN_GAIN = 0.01;
const MIN_LEARNING_RATE = 50;
/** From so many columns on the randomized PCA is the faster one. */
const EXACT_PCA_COLUMNS = 2000;

function methodFor({ method, nComponents }: TsneSettings, points: number): keyof typeof METHOD_CODES {
  if (method !== 'auto') return method;
  return nComponents === 2 && points >= FFT_POINTS ? 'fft' : 'barnes_hut';
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
  private readonly settings: TsneSettings;
  private map: NativeTsneMap | undefined;
  private points = 0;
  private iterations = 0;
  private snapshots: TsneSnapshot[] = [];
  private features: Matrix | undefined;
  private reduction: PCA | undefined;
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
    const { nIter, earlyExaggerationIter, lateExaggerationIter, snapshotEvery: every } = this.settings;
    const ends = [earlyExaggerationIter, nIter - lateExaggerationIter, nIter];
    let stopped = false;
    while (this.iterations < nIter && !stopped) {
      const phase = ends.findIndex((end) => this.iterations < end);
      const next = every > 0 ? (Math.floor(this.iterations / every) + 1) * every : nIter;
      const count = Math.min(ends[phase] as number, next) - this.iterations;
      const over = phase === 2 ? { exaggeration: this.settings.lateExaggeration } : {};
      stopped = (await this.advance(count, phase === 0, over, options, nIter)) && phase > 0;
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
    const given = checkedInput(X, s);
    checkPerplexity(s.perplexity, given);
    const start = checkedStart(s.init, given.rows, s.nComponents);
    const { input, reduction } = await this.reduce(given, options.signal);
    const metric = s.metric === 'precomputed' ? 0 : METRICS.indexOf(s.metric);
    const startCode = start !== null ? 2 : s.init === 'random' || input.kind === 2 ? 1 : 0;
    const numbers = Float64Array.of(
      s.nComponents,
      METHOD_CODES[methodFor(s, input.rows)],
      s.perplexity,
      s.theta,
      metric,
      startCode,
      s.seed,
      s.threads,
      s.dof,
      NEIGHBOR_METHODS.indexOf(s.neighbors),
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
    this.reduction = reduction;
    this.result = { ...this.look(), klDivergence: Number.NaN, gradientNorm: Number.NaN };
  }

  /** The principal components of features that have more columns than `pcaComponents`. */
  private async reduce(
    input: TsnePrepared,
    signal: AbortSignal | undefined,
  ): Promise<{ input: TsnePrepared; reduction?: PCA }> {
    const { pcaComponents: nComponents, seed, threads } = this.settings;
    const { features } = input;
    if (features === undefined || nComponents === 0 || nComponents >= Math.min(features.rows, features.cols)) {
      return { input };
    }
    const solver = features.cols > EXACT_PCA_COLUMNS ? 'randomized' : 'exact';
    const reduction = new PCA({ nComponents, solver, seed, threads });
    const reduced = await reduction.fitTransform(features, { signal });
    return { input: { ...input, x: reduced.data, columns: reduced.cols, features: reduced }, reduction };
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
    const given = toMatrix(X, 'X');
    const queries = this.reduction === undefined ? given : this.reduction.transform(given);
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
    const numbers = Float64Array.of(
      perplexity,
      nIter,
      exaggeration,
      learningRate,
      0.8,
      0.25,
      threads,
      this.settings.dof,
    );
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
    const { init: _start, ...options } = this.settings;
    await writeTsne(file, {
      options,
      embedding,
      klDivergence,
      nIter,
      features: this.features,
      reduction: this.reduction,
    });
  }

  /** A saved map; `step` needs `prepare` again. @throws DataError when the file holds none */
  static async load(file: string): Promise<TSNE> {
    const { options, embedding, klDivergence, nIter, features, reduction } = await readTsne(file);
    const model = new TSNE(options);
    model.features = features;
    model.reduction = reduction;
    model.points = embedding.rows;
    model.iterations = nIter;
    model.result = { embedding, klDivergence, gradientNorm: Number.NaN, nIter, snapshots: [] };
    return model;
  }
}
