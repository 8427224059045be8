import { assertFinite, Matrix, type MatrixLike, requireFitted, toMatrix } from '../data';
import { PCA } from '../decomposition';
import { ArgumentError, BusyError, ShapeError } from '../errors';
import { native, settle } from '../native';
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
  type TsneStepOptions,
  type TsneTransformOptions,
} from './tsneOptions';
import { stageReporter, TsneRun } from './tsneRun';

const RUN_KEYS = ['signal', 'onProgress'];
const METHOD_CODES = { barnes_hut: 0, exact: 1, fft: 2 };
/** From so many points on the grid is faster than the tree (`npm run bench -- tsne` shows both). */
const FFT_POINTS = 30000;
/** From so many columns on the randomized PCA is the faster one. */
const EXACT_PCA_COLUMNS = 2000;

/** How the repulsion of so many points is summed; what 'auto' stands for. */
export function methodFor(
  { method, nComponents }: Pick<TsneSettings, 'method' | 'nComponents'>,
  points: number,
): keyof typeof METHOD_CODES {
  if (method !== 'auto') return method;
  return nComponents === 2 && points >= FFT_POINTS ? 'fft' : 'barnes_hut';
}

/**
 * t-distributed stochastic neighbour embedding (van der Maaten and Hinton 2008), by the Barnes-Hut method (van der
 * Maaten 2014) on all threads in the background, on a grid, or exactly.
 *
 *     const { embedding } = await new TSNE({ perplexity: 30, seed: 42 }).fitTransform(X);
 *
 * The map can be run further (`step`), and new points can be placed in it (`transform`). One fit or step runs at a time.
 */
export class TSNE {
  private readonly settings: TsneSettings;
  private run: TsneRun | undefined;
  private features: Matrix | undefined;
  private reduction: PCA | undefined;
  /** The newest map: of a loaded one, or of the run when its last part ended. */
  private loaded: TsneResult | undefined;
  /** The method at work. */
  private working: string | undefined;

  /** @throws ArgumentError on an unknown option or one out of range */
  constructor(options: TsneOptions = {}) {
    this.settings = checkedSettings(options);
  }

  private result(method: string): TsneResult {
    return requireFitted(this.run?.result ?? this.loaded, 'TSNE', method);
  }

  /** The map, points x nComponents; after an aborted fit or step as it was then. @throws HebbError before `fit` */
  get embedding(): Matrix {
    return this.result('embedding').embedding;
  }

  /** Kullback-Leibler divergence of the map. @throws HebbError before `fit` */
  get klDivergence(): number {
    return this.result('klDivergence').klDivergence;
  }

  /** Lets one method at a time change the map. */
  private async alone<T>(method: string, work: () => Promise<T>): Promise<T> {
    this.refuseBusy(method);
    this.working = method;
    try {
      return await work();
    } finally {
      this.working = undefined;
    }
  }

  private refuseBusy(method: string): void {
    if (this.working === undefined) return;
    throw new BusyError(
      `Expected this TSNE to be idle for \`${method}\`, \`${this.working}\` is at work: await it first, or use a TSNE of its own.`,
    );
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
    return this.alone('fitTransform', async () => {
      const run = await this.prepareRun(X, options);
      await run.advance(this.settings.nIter, {}, options);
      return run.result;
    });
  }

  /**
   * The first stages alone: neighbours, affinities and start. `step` then runs the optimisation bit by bit.
   * @throws as `fitTransform`
   */
  async prepare(X: TsneInput, options: TsneRunOptions = {}): Promise<void> {
    checkKeys(options, RUN_KEYS, 'prepare');
    await this.alone('prepare', () => this.prepareRun(X, options));
  }

  private async prepareRun(X: TsneInput, options: TsneRunOptions): Promise<TsneRun> {
    const s = this.settings;
    const given = checkedInput(X, s);
    checkPerplexity(s.perplexity, given);
    const start = checkedStart(s.init, given.rows, s.nComponents);
    // Without a reduction nothing is awaited before the addon has copied what the caller may change.
    const reduction = this.reductionFor(given);
    const input = reduction === undefined ? given : await this.reduce(given, reduction, options);
    const features = reduction === undefined ? given.features?.clone() : input.features;
    const run = await this.startRun(input, start, options);
    this.features = features;
    this.reduction = reduction;
    return run;
  }

  /** @param before the map that the run goes on from */
  private async startRun(
    input: TsnePrepared,
    start: Float32Array | null,
    options: TsneRunOptions,
    before?: TsneResult,
  ): Promise<TsneRun> {
    const s = this.settings;
    const base = before?.nIter ?? 0;
    const metric = s.metric === 'precomputed' ? 0 : METRICS.indexOf(s.metric);
    const numbers = Float64Array.of(
      s.nComponents,
      METHOD_CODES[methodFor(s, input.rows)],
      input.kind === 3 ? 1 : s.perplexity,
      s.theta,
      metric,
      start !== null ? 2 : s.init === 'random' || input.kind >= 2 ? 1 : 0,
      s.seed,
      s.threads,
      s.dof,
      NEIGHBOR_METHODS.indexOf(s.neighbors),
    );
    const { kind, x, indices, rows, columns, affinities: p } = input;
    const [starts, places, values] = [p?.starts ?? null, p?.columns ?? null, p?.values ?? null];
    const report = stageReporter(options, base, s.nIter);
    const tell = report && ((reported: Float64Array) => report(reported, base));
    const map = new (native().Tsne)();
    await settle(
      () => map.prepare(kind, x, indices, rows, columns, numbers, start, starts, places, values, tell),
      options.signal,
      () => before,
    );
    this.run = new TsneRun(map, s, rows, base);
    return this.run;
  }

  /** The PCA of features that have more columns than `pcaComponents`. */
  private reductionFor({ features }: TsnePrepared): PCA | undefined {
    const { pcaComponents: nComponents, seed, threads } = this.settings;
    if (features === undefined || nComponents === 0 || nComponents >= Math.min(features.rows, features.cols)) {
      return undefined;
    }
    const solver = features.cols > EXACT_PCA_COLUMNS ? 'randomized' : 'exact';
    return new PCA({ nComponents, solver, seed, threads });
  }

  private async reduce(
    input: TsnePrepared,
    reduction: PCA,
    { signal, onProgress }: TsneRunOptions,
  ): Promise<TsnePrepared> {
    const report = stageReporter({ onProgress }, 0, this.settings.nIter);
    const features = await reduction.fitTransform(input.features as Matrix, {
      signal,
      onProgress: report && ((done) => report(Float64Array.of(0, done, Number.NaN, Number.NaN), 0)),
    });
    return { ...input, x: features.data, columns: features.cols, features };
  }

  /**
   * Runs `count` more iterations, after `prepare` or after a fit; for annealing or an interface that draws each map. The
   * iterations are those of `fitTransform`: phases, snapshots and stops count from the start of the map, and beyond
   * `nIter` the last phase goes on. A loaded map finds its neighbours and affinities anew first.
   *
   * @returns the result after them; `nIter` tells whether the run stopped by itself before
   * @throws HebbError before `prepare`, ArgumentError on a loaded map of distances, neighbours or affinities; rejects as
   *   `fitTransform`
   */
  async step(count = 1, options: TsneStepOptions = {}): Promise<TsneResult> {
    checkKeys(options, ['exaggeration', 'learningRate', 'momentum', ...RUN_KEYS], 'step');
    checkInteger(count, 'count', { min: 1 });
    for (const key of ['exaggeration', 'learningRate'] as const) {
      if (options[key] !== undefined) checkNumber(options[key], key, { min: 0, exclusiveMin: true });
    }
    if (options.momentum !== undefined) checkNumber(options.momentum, 'momentum', { min: 0, max: 0.999 });
    return this.alone('step', async () => {
      const run = this.run ?? (await this.resume(options));
      await run.advance(run.iteration + count, options, options);
      return run.result;
    });
  }

  /** A loaded map as a run. */
  private async resume(options: TsneRunOptions): Promise<TsneRun> {
    const before = this.result('step');
    const { features } = this;
    if (features === undefined) {
      throw new ArgumentError(
        'Expected a map of features for `step` after loading, this one was made of distances: fit a new TSNE whose `init` ' +
          'is its embedding.',
      );
    }
    const [rows, columns] = [features.rows, features.cols];
    return this.startRun(
      { kind: 0, x: features.data, indices: null, rows, columns },
      before.embedding.data,
      options,
      before,
    );
  }

  /**
   * Places new points in the map without moving it: each starts at the middle of its neighbours' places and is then
   * moved by their attraction and the repulsion of all points (openTSNE's partial embedding).
   *
   * @param X points x features, with the columns of the fit
   * @returns points x nComponents
   * @throws HebbError before `fit`, ArgumentError after a fit on distances, neighbour lists or affinities, ShapeError on
   *   other columns, NonFiniteError on NaN or Infinity; rejects with AbortError, and with BusyError while a fit or step
   *   is at work
   */
  async transform(X: MatrixLike, options: TsneTransformOptions = {}): Promise<Matrix> {
    checkKeys(options, ['perplexity', 'nIter', 'exaggeration', 'learningRate', ...RUN_KEYS], 'transform');
    this.refuseBusy('transform');
    const { embedding } = this.result('transform');
    if (this.features === undefined) {
      throw new ArgumentError('Expected a map of features for `transform`, this one was made of distances.');
    }
    const queries = this.checkedQueries(X, this.features);
    const most = embedding.rows;
    const perplexity = checkNumber(options.perplexity ?? Math.min(5, most), 'perplexity', { min: 1, max: most });
    const nIter = checkInteger(options.nIter ?? 250, 'nIter', { min: 0 });
    const positive = { min: 0, exclusiveMin: true };
    const exaggeration = checkNumber(options.exaggeration ?? 1.5, 'exaggeration', positive);
    const learningRate = checkNumber(options.learningRate ?? 0.1, 'learningRate', positive);
    if (queries.rows === 0) return Matrix.zeros(0, embedding.cols);
    const { signal, onProgress } = options;
    const { threads, dof } = this.settings;
    const k = Math.min(most, Math.max(1, Math.floor(3 * perplexity)));
    const metric = this.settings.metric as Metric;
    const map = embedding.data.slice(); // the caller holds the embedding too
    const searched = onProgress && ((done: number) => onProgress({ stage: 'neighbors', done, etaMs: Number.NaN }));
    const lists = await nearestNeighbors(this.features, { k, metric, queries, threads, signal, onProgress: searched });
    const numbers = Float64Array.of(perplexity, nIter, exaggeration, learningRate, 0.8, 0.25, threads, dof);
    const begun = performance.now();
    const placed =
      onProgress &&
      (([done]: Float64Array) => {
        const etaMs = done > 0 ? ((performance.now() - begun) / done) * (1 - done) : Number.NaN;
        onProgress({ stage: 'place', done, etaMs });
      });
    const out = await settle(
      () => native().tsnePlace(map, embedding.cols, lists.indices, lists.distances, k, numbers, placed),
      signal,
    );
    return new Matrix(out, queries.rows, embedding.cols);
  }

  private checkedQueries(X: MatrixLike, { cols }: Matrix): Matrix {
    const x = toMatrix(X, 'X');
    if (this.reduction !== undefined) return this.reduction.transform(x);
    if (x.cols !== cols) {
      throw new ShapeError(`Expected \`X\` to have ${cols} columns as at \`fit\`, received ${x.cols}.`);
    }
    assertFinite(x, 'X');
    return x;
  }

  /**
   * Saves the map, and the features it was made of, so that `transform` and `step` work after loading.
   * @throws HebbError before `fit`, DataError when the file cannot be written
   */
  async save(file: string): Promise<void> {
    const { embedding, klDivergence, nIter } = this.result('save');
    const { init: _start, ...options } = this.settings;
    const { features, reduction } = this;
    await writeTsne(file, { options, embedding, klDivergence, nIter, features, reduction });
  }

  /** A saved map. @throws DataError when the file holds none */
  static async load(file: string): Promise<TSNE> {
    const { options, embedding, klDivergence, nIter, features, reduction } = await readTsne(file);
    const model = new TSNE(options);
    model.features = features;
    model.reduction = reduction;
    model.loaded = { embedding, klDivergence, gradientNorm: Number.NaN, nIter, snapshots: [] };
    return model;
  }
}
