import { assertFinite, Matrix, type MatrixLike, type NumericVector, requireFitted, toMatrix } from '../data';
import { AbortError, ArgumentError, DataError, fromNative, NonFiniteError, ShapeError } from '../errors';
import { readArtefact, writeArtefact } from '../io';
import { native, settle } from '../native';
import { checkInteger, checkKeys, checkNumber, checkOneOf, checkSameRows, checkSeed } from '../validate';

/** Options of `KMeans`. */
export interface KMeansOptions {
  /** Clusters to find. Default 8. */
  nClusters?: number;
  /** Where to start: 'k-means++' (default) or a matrix nClusters x columns. */
  init?: 'k-means++' | MatrixLike;
  /** Seedings to try, the best of which is kept; always 1 with a given start. Default 1. */
  nInit?: number;
  /** Iterations at most, or passes over the data for mini-batches. Default 300. */
  maxIter?: number;
  /** Stop when the centers move by less, squared and summed, as a share of the mean column variance. Default 1e-4. */
  tol?: number;
  /** Rows of a mini-batch: faster and a little worse on very many rows. 0 (default): all rows each time. */
  batchSize?: number;
  /** Same seed, same clusters. Default 0. */
  seed?: number;
  /** Threads to use at most; 0 (default) means the whole pool. Results do not depend on it. */
  threads?: number;
}

/** What `onProgress` of `KMeans.fit` gets. */
export interface KMeansProgress {
  /** Iterations done, or passes over the data for mini-batches. */
  iteration: number;
  /** The weighted sum of squared distances of the rows to their centers. */
  inertia: number;
}

/** What there is of a fit that was aborted: the `partial` of its AbortError. */
export interface KMeansResult {
  /** nClusters x columns. */
  clusterCenters: Matrix;
  /** The cluster of each row. */
  labels: Int32Array;
  /** The weighted sum of squared distances of the rows to their centers. */
  inertia: number;
  /** Iterations done. */
  nIter: number;
}

/** Options of `KMeans.fit`. */
export interface KMeansFitOptions {
  /** How much each row counts, at least 0. Default: all alike. */
  sampleWeight?: NumericVector;
  /** Ends the work, which then rejects with AbortError. */
  signal?: AbortSignal;
  /** Called at most about 30 times a second. */
  onProgress?: (progress: KMeansProgress) => void;
}

const KEYS: readonly (keyof KMeansOptions)[] = [
  'nClusters',
  'init',
  'nInit',
  'maxIter',
  'tol',
  'batchSize',
  'seed',
  'threads',
];

interface Fitted {
  centers: Matrix;
  labels: Int32Array;
  inertia: number;
  iterations: number;
}

type Settings = Required<KMeansOptions>;

const resultOf = ({ centers: clusterCenters, labels, inertia, iterations: nIter }: Fitted): KMeansResult => {
  return { clusterCenters, labels, inertia, nIter };
};

/**
 * k-means clustering: centers that make the sum of squared distances of rows to their nearest center small (Lloyd 1982),
 * from the start of k-means++ (Arthur and Vassilvitskii 2007), or by mini-batches (Sculley 2010).
 */
export class KMeans {
  private readonly settings: Settings;
  private fitted: Fitted | undefined;

  /** @throws ArgumentError on an unknown option or one out of range */
  constructor(options: KMeansOptions = {}) {
    checkKeys(options, KEYS, 'KMeans');
    const init: Settings['init'] = options.init ?? 'k-means++';
    this.settings = {
      nClusters: checkInteger(options.nClusters ?? 8, 'nClusters', { min: 1 }),
      init: typeof init === 'string' ? checkOneOf<'k-means++'>(init, 'init', ['k-means++']) : init,
      nInit: checkInteger(options.nInit ?? 1, 'nInit', { min: 1 }),
      maxIter: checkInteger(options.maxIter ?? 300, 'maxIter', { min: 1 }),
      tol: checkNumber(options.tol ?? 1e-4, 'tol', { min: 0 }),
      batchSize: checkInteger(options.batchSize ?? 0, 'batchSize', { min: 0 }),
      seed: checkSeed(options.seed ?? 0),
      threads: checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 }),
    };
  }

  private state(method: string): Fitted {
    return requireFitted(this.fitted, 'KMeans', method);
  }

  /** nClusters x columns. @throws HebbError before `fit` */
  get clusterCenters(): Matrix {
    return this.state('clusterCenters').centers;
  }

  /** The cluster of each row of the data that were fitted, from 0 on. @throws HebbError before `fit` */
  get labels(): Int32Array {
    return this.state('labels').labels;
  }

  /** The weighted sum of squared distances of those rows to their centers. @throws HebbError before `fit` */
  get inertia(): number {
    return this.state('inertia').inertia;
  }

  /** Iterations of the fit that was kept. @throws HebbError before `fit` */
  get nIter(): number {
    return this.state('nIter').iterations;
  }

  private start(x: Matrix): Float32Array | null {
    const { init, nClusters } = this.settings;
    if (typeof init === 'string') return null;
    const centers = toMatrix(init, 'init');
    if (centers.rows !== nClusters || centers.cols !== x.cols) {
      throw new ShapeError(
        `Expected \`init\` to be ${nClusters} x ${x.cols}, received ${centers.rows} x ${centers.cols}.`,
      );
    }
    assertFinite(centers, 'init');
    return centers.data;
  }

  private weights(given: NumericVector | undefined, rows: number): Float32Array | null {
    if (given === undefined) return null;
    checkSameRows(given.length, 'sampleWeight', rows, 'X');
    const weights = Float32Array.from(given);
    const wrong = weights.findIndex((w) => !(w >= 0 && w < Number.POSITIVE_INFINITY));
    if (wrong >= 0) {
      const message = `Expected \`sampleWeight\` to hold finite numbers of at least 0, received ${given[wrong]} for row ${wrong}.`;
      throw Number.isFinite(given[wrong]) ? new ArgumentError(message) : new NonFiniteError(message);
    }
    if (!weights.some((w) => w > 0)) {
      throw new ArgumentError('Expected `sampleWeight` to hold a number above 0, received only zeros.');
    }
    return weights;
  }

  /**
   * Finds the clusters of X in the background.
   * @param X rows x columns
   * @throws ArgumentError when there are fewer rows than clusters, DataError on data without columns or with squared
   *   distances that float32 does not hold, ShapeError on weights of another length, NonFiniteError on NaN or Infinity;
   *   rejects with AbortError, whose `partial` is a KMeansResult (undefined before the first iteration)
   */
  async fit(X: MatrixLike, options: KMeansFitOptions = {}): Promise<this> {
    checkKeys(options, ['sampleWeight', 'signal', 'onProgress'], 'fit');
    const x = toMatrix(X, 'X');
    if (x.cols === 0) throw new DataError('Expected `X` to have at least 1 column, received 0.');
    assertFinite(x, 'X');
    const { nClusters, maxIter, tol, batchSize, seed, threads } = this.settings;
    if (x.rows < nClusters) {
      throw new ArgumentError(
        `Expected \`nClusters\` to be at most ${x.rows} for ${x.rows} rows, received ${nClusters}.`,
      );
    }
    const centers = this.start(x);
    const weights = this.weights(options.sampleWeight, x.rows);
    const nInit = centers === null ? this.settings.nInit : 1;
    const numbers = Float64Array.of(nClusters, maxIter, tol, nInit, batchSize, seed, threads);
    const { signal, onProgress } = options;
    const report =
      onProgress === undefined
        ? undefined
        : (v: Float64Array) => onProgress({ iteration: v[0] as number, inertia: v[1] as number });
    const { aborted, ...found } = await settle(
      () => native().kmeansFit(x.data, x.rows, x.cols, numbers, centers, weights, report),
      signal,
    );
    const began = found.centers.length > 0;
    const fitted = { ...found, centers: new Matrix(found.centers, began ? nClusters : 0, x.cols) };
    if (aborted) {
      const partial = began ? resultOf(fitted) : undefined;
      throw new AbortError('The operation was aborted.', { cause: signal?.reason, partial });
    }
    this.fitted = fitted;
    return this;
  }

  private checked(X: MatrixLike, centers: Matrix): Matrix {
    const x = toMatrix(X, 'X');
    if (x.cols !== centers.cols) {
      throw new ShapeError(`Expected \`X\` to have ${centers.cols} columns as at \`fit\`, received ${x.cols}.`);
    }
    assertFinite(x, 'X');
    return x;
  }

  private assign(X: MatrixLike, method: string): { labels: Int32Array; inertia: number } {
    const { centers } = this.state(method);
    const x = this.checked(X, centers);
    try {
      return native().kmeansAssign(x.data, x.rows, x.cols, centers.data, centers.rows, this.settings.threads);
    } catch (error) {
      throw fromNative(error);
    }
  }

  /**
   * The nearest cluster of each row.
   * @throws HebbError before `fit`, ShapeError on other columns, NonFiniteError, DataError on rows too far for float32
   */
  predict(X: MatrixLike): Int32Array {
    return this.assign(X, 'predict').labels;
  }

  /** `fit`, then the labels of X. @throws as `fit` */
  async fitPredict(X: MatrixLike, options: KMeansFitOptions = {}): Promise<Int32Array> {
    return (await this.fit(X, options)).labels;
  }

  /** The distances of rows to the centers, rows x nClusters. @throws as `predict` */
  transform(X: MatrixLike): Matrix {
    const { centers } = this.state('transform');
    const x = this.checked(X, centers);
    try {
      const out = native().kmeansDistances(x.data, x.rows, x.cols, centers.data, centers.rows, this.settings.threads);
      return new Matrix(out, x.rows, centers.rows);
    } catch (error) {
      throw fromNative(error);
    }
  }

  /** Minus the sum of squared distances of rows to their nearest center: larger is better. @throws as `predict` */
  score(X: MatrixLike): number {
    return -this.assign(X, 'score').inertia;
  }

  /** Saves the model. @throws HebbError before `fit`, DataError when the file cannot be written */
  async save(file: string): Promise<void> {
    const { centers, labels, inertia, iterations } = this.state('save');
    const { init: _start, ...options } = this.settings;
    await writeArtefact(file, {
      kind: 'KMeans',
      config: { options, inertia, iterations },
      tensors: {
        centers: { data: centers.data, shape: [centers.rows, centers.cols] },
        labels: { data: labels, shape: [labels.length] },
      },
    });
  }

  /** A saved model. @throws DataError when the file holds none */
  static async load(file: string): Promise<KMeans> {
    const { config, tensors } = await readArtefact(file, ['KMeans']);
    const { options, inertia, iterations } = config as unknown as {
      options: KMeansOptions;
      inertia: number;
      iterations: number;
    };
    const { centers, labels } = tensors;
    if (!(centers?.data instanceof Float32Array && centers.shape.length === 2 && labels?.data instanceof Int32Array)) {
      throw new DataError(`Expected ${file} to hold float32 tensor \`centers\` and int32 tensor \`labels\`.`);
    }
    const model = new KMeans(options);
    const [rows, cols] = centers.shape as [number, number];
    model.fitted = { centers: new Matrix(centers.data, rows, cols), labels: labels.data, inertia, iterations };
    return model;
  }
}
