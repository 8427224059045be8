import { assertFinite, Matrix, type MatrixLike, requireFitted, toMatrix } from '../data';
import { ArgumentError, DataError, fromNative, ShapeError } from '../errors';
import { readArtefact, writeArtefact } from '../io';
import { native, settle } from '../native';
import { checkInteger, checkKeys, checkNumber, checkOneOf } from '../validate';

/** How far apart two rows are; 'precomputed': X is a square matrix of distances. */
export type DbscanMetric = 'euclidean' | 'cosine' | 'manhattan' | 'precomputed';

const METRICS: readonly DbscanMetric[] = ['euclidean', 'cosine', 'manhattan', 'precomputed'];

/** Options of `DBSCAN`. */
export interface DbscanOptions {
  /** The radius of a neighbourhood, in the units of the metric. Default 0.5. */
  eps?: number;
  /** Rows within `eps`, the row itself included, that make a row a core. Default 5. */
  minSamples?: number;
  /** Default 'euclidean'. Cosine is 1 - cos of the angle between rows. */
  metric?: DbscanMetric;
  /** Threads to use at most; 0 (default) means the whole pool. */
  threads?: number;
}

/** Options of `DBSCAN.fit`. */
export interface DbscanFitOptions {
  /** Ends the work, which then rejects with AbortError. */
  signal?: AbortSignal;
  /** Called with the fraction done, at most about 30 times a second. */
  onProgress?: (done: number) => void;
}

interface Fitted {
  labels: Int32Array;
  core: Uint8Array;
  /** The rows that are cores; undefined for precomputed distances. */
  cores: Matrix | undefined;
}

/**
 * Density-based clustering (Ester, Kriegel, Sander and Xu 1996): clusters of any form, and noise. Distances are exact;
 * time grows with the square of the rows.
 */
export class DBSCAN {
  private readonly settings: Required<DbscanOptions>;
  private fitted: Fitted | undefined;

  /** @throws ArgumentError on an unknown option or one out of range */
  constructor(options: DbscanOptions = {}) {
    checkKeys(options, ['eps', 'minSamples', 'metric', 'threads'], 'DBSCAN');
    this.settings = {
      eps: checkNumber(options.eps ?? 0.5, 'eps', { min: 0, exclusiveMin: true }),
      minSamples: checkInteger(options.minSamples ?? 5, 'minSamples', { min: 1 }),
      metric: checkOneOf(options.metric ?? 'euclidean', 'metric', METRICS),
      threads: checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 }),
    };
  }

  /** The cluster of each row, numbered by their first core row; -1 is noise. @throws HebbError before `fit` */
  get labels(): Int32Array {
    return requireFitted(this.fitted, 'DBSCAN', 'labels').labels;
  }

  /** The rows that are cores, ascending. @throws HebbError before `fit` */
  get coreSampleIndices(): Int32Array {
    return coreIndices(requireFitted(this.fitted, 'DBSCAN', 'coreSampleIndices').core);
  }

  /**
   * Finds the clusters of X in the background.
   * @param X rows x columns, or rows x rows distances (metric 'precomputed')
   * @throws DataError on data without rows or columns, squared distances that float32 does not hold, rows of zeros for
   *   'cosine' or what are no distances, ShapeError on distances that are not square, NonFiniteError on NaN or Infinity; rejects with AbortError
   */
  async fit(X: MatrixLike, options: DbscanFitOptions = {}): Promise<this> {
    checkKeys(options, ['signal', 'onProgress'], 'fit');
    const x = toMatrix(X, 'X');
    if (x.rows === 0 || x.cols === 0) {
      throw new DataError(`Expected \`X\` to have rows and columns, received ${x.rows} x ${x.cols}.`);
    }
    assertFinite(x, 'X');
    const { eps, minSamples, metric, threads } = this.settings;
    const precomputed = metric === 'precomputed';
    if (precomputed && x.rows !== x.cols) {
      throw new ShapeError(`Expected precomputed distances to be square, received ${x.rows} x ${x.cols}.`);
    }
    const own = precomputed ? undefined : x.clone(); // the caller's may change before the cores are known
    const { signal, onProgress } = options;
    const report = onProgress && ((values: Float64Array) => onProgress(values[0]));
    const { labels, core } = await settle(
      () => native().dbscanFit(x.data, x.rows, x.cols, eps, minSamples, METRICS.indexOf(metric), threads, report),
      signal,
    );
    this.fitted = { labels, core, cores: own?.selectRows(coreIndices(core)) };
    return this;
  }

  /** `fit`, then the labels. @throws as `fit` */
  async fitPredict(X: MatrixLike, options: DbscanFitOptions = {}): Promise<Int32Array> {
    return (await this.fit(X, options)).labels;
  }

  /**
   * The cluster of the nearest core of each row, or -1 where none lies within `eps`. A row of the fit that lies near the
   * cores of two clusters may get the other one here.
   * @throws HebbError before `fit`, ArgumentError after a fit on distances, ShapeError on other columns, NonFiniteError
   */
  predict(X: MatrixLike): Int32Array {
    const { cores, labels, core } = requireFitted(this.fitted, 'DBSCAN', 'predict');
    if (cores === undefined) {
      throw new ArgumentError('Expected a fit on rows for `predict`, this one was on precomputed distances.');
    }
    const x = toMatrix(X, 'X');
    if (x.cols !== cores.cols) {
      throw new ShapeError(`Expected \`X\` to have ${cores.cols} columns as at \`fit\`, received ${x.cols}.`);
    }
    assertFinite(x, 'X');
    const { eps, metric, threads } = this.settings;
    const names = labels.filter((_, i) => core[i] === 1);
    const code = METRICS.indexOf(metric);
    try {
      return native().dbscanAssign(cores.data, cores.rows, cores.cols, names, eps, code, x.data, threads);
    } catch (error) {
      throw fromNative(error);
    }
  }

  /** Saves options, labels and cores. @throws HebbError before `fit`, DataError when the file cannot be written */
  async save(file: string): Promise<void> {
    const { labels, core, cores } = requireFitted(this.fitted, 'DBSCAN', 'save');
    await writeArtefact(file, {
      kind: 'DBSCAN',
      config: { options: { ...this.settings } },
      tensors: {
        labels: { data: labels, shape: [labels.length] },
        core: { data: core, shape: [core.length] },
        ...(cores && { cores: { data: cores.data, shape: [cores.rows, cores.cols] } }),
      },
    });
  }

  /** A saved model. @throws DataError when the file holds none */
  static async load(file: string): Promise<DBSCAN> {
    const { config, tensors } = await readArtefact(file, ['DBSCAN']);
    const [labels, core, cores] = [tensors.labels?.data, tensors.core?.data, tensors.cores];
    if (!(labels instanceof Int32Array && core instanceof Uint8Array && core.length === labels.length)) {
      throw new DataError(`Expected ${file} to hold int32 tensor \`labels\` and uint8 tensor \`core\` of one length.`);
    }
    const model = new DBSCAN((config as unknown as { options: DbscanOptions }).options);
    const [rows, cols] = cores?.shape ?? [];
    const rowsOfCores = cores?.data instanceof Float32Array ? new Matrix(cores.data, rows, cols) : undefined;
    model.fitted = { labels, core, cores: rowsOfCores };
    return model;
  }
}

function coreIndices(core: Uint8Array): Int32Array {
  const indices: number[] = [];
  core.forEach((is, i) => {
    if (is) indices.push(i);
  });
  return Int32Array.from(indices);
}
