import { assertFinite, Matrix, type MatrixLike, Philox, requireFitted, toMatrix } from '../data';
import { ArgumentError, DataError, ShapeError } from '../errors';
import { readArtefact, writeArtefact } from '../io';
import { native, settle } from '../native';
import { checkInteger, checkKeys, checkNumber, checkOneOf, checkSeed } from '../validate';

/**
 * The form of the kernel over u = distance / bandwidth: exp(-u^2 / 2), 1, 1 - u^2, exp(-u), 1 - u or cos(pi u / 2); all but
 * 'gaussian' and 'exponential' end at u = 1.
 */
export type DensityKernel = 'gaussian' | 'tophat' | 'epanechnikov' | 'exponential' | 'linear' | 'cosine';

const KERNELS: readonly DensityKernel[] = ['gaussian', 'tophat', 'epanechnikov', 'exponential', 'linear', 'cosine'];

/** Options of `KernelDensity`. */
export interface KernelDensityOptions {
  /** Width of the kernel (the standard deviation of 'gaussian'), in the units of X. Default 1. */
  bandwidth?: number;
  /** Default 'gaussian'. */
  kernel?: DensityKernel;
  /** Threads to use at most; 0 (default) means the whole pool. */
  threads?: number;
}

/** Options of `KernelDensity.scoreSamples`. */
export interface DensityScoreOptions {
  /** Ends the work, which then rejects with AbortError. */
  signal?: AbortSignal;
  /** Called with the fraction done, at most about 30 times a second. */
  onProgress?: (done: number) => void;
}

/**
 * A density estimate: the mean of a kernel around each row (Rosenblatt 1956, Parzen 1962), in float64. Exact; time is
 * rows x queries.
 */
export class KernelDensity {
  private readonly settings: Required<KernelDensityOptions>;
  private rows: Matrix | undefined;

  /** @throws ArgumentError on an unknown option or one out of range */
  constructor(options: KernelDensityOptions = {}) {
    checkKeys(options, ['bandwidth', 'kernel', 'threads'], 'KernelDensity');
    this.settings = {
      bandwidth: checkNumber(options.bandwidth ?? 1, 'bandwidth', { min: 0, exclusiveMin: true }),
      kernel: checkOneOf(options.kernel ?? 'gaussian', 'kernel', KERNELS),
      threads: checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 }),
    };
  }

  /** Keeps a copy of X. @throws DataError on data without rows or columns, NonFiniteError on NaN or Infinity */
  fit(X: MatrixLike): this {
    const x = Matrix.from(X);
    if (x.rows === 0 || x.cols === 0) {
      throw new DataError(`Expected \`X\` to have rows and columns, received ${x.rows} x ${x.cols}.`);
    }
    assertFinite(x, 'X');
    this.rows = x;
    return this;
  }

  /**
   * The log density at each row, in nats, computed in the background; -Infinity where no kernel reaches.
   * @throws HebbError before `fit`, ShapeError on other columns, NonFiniteError; rejects with AbortError
   */
  async scoreSamples(X: MatrixLike, options: DensityScoreOptions = {}): Promise<Float64Array> {
    checkKeys(options, ['signal', 'onProgress'], 'scoreSamples');
    const rows = requireFitted(this.rows, 'KernelDensity', 'scoreSamples');
    const x = toMatrix(X, 'X');
    if (x.cols !== rows.cols) {
      throw new ShapeError(`Expected \`X\` to have ${rows.cols} columns as at \`fit\`, received ${x.cols}.`);
    }
    assertFinite(x, 'X');
    const { bandwidth, kernel, threads } = this.settings;
    const { signal, onProgress } = options;
    const report = onProgress && ((values: Float64Array) => onProgress(values[0]));
    const code = KERNELS.indexOf(kernel);
    return settle(
      () => native().kernelDensity(rows.data, rows.rows, rows.cols, bandwidth, x.data, code, threads, report),
      signal,
    );
  }

  /** The sum of the log densities of X, as scikit-learn's. @throws as `scoreSamples` */
  async score(X: MatrixLike, options: DensityScoreOptions = {}): Promise<number> {
    return (await this.scoreSamples(X, options)).reduce((a, b) => a + b, 0);
  }

  /**
   * Draws rows from the density: a row of the fit, moved by a draw from its kernel ('gaussian' or 'tophat').
   * @param count rows to draw. Default 1
   * @param options.seed the same seed draws the same rows. Default 0
   * @throws HebbError before `fit`, ArgumentError on other kernels
   */
  sample(count = 1, options: { seed?: number } = {}): Matrix {
    checkKeys(options, ['seed'], 'sample');
    const rows = requireFitted(this.rows, 'KernelDensity', 'sample');
    const { bandwidth, kernel } = this.settings;
    if (kernel !== 'gaussian' && kernel !== 'tophat') {
      throw new ArgumentError(`Expected the kernel 'gaussian' or 'tophat' for \`sample\`, this one is '${kernel}'.`);
    }
    const out = Matrix.zeros(checkInteger(count, 'count', { min: 0 }), rows.cols);
    const seed = checkSeed(options.seed ?? 0);
    const [choice, direction, radius] = [new Philox(seed, 70), new Philox(seed, 71), new Philox(seed, 72)];
    for (let i = 0; i < count; i++) {
      const center = rows.row(Math.min(rows.rows - 1, Math.floor(choice.uniform(i) * rows.rows)));
      const step = Float64Array.from(center, (_, c) => direction.normal(i * rows.cols + c));
      // A point of the ball: a direction, and a radius whose power of the dimension is uniform.
      const length = Math.hypot(...step) || 1;
      const reach = kernel === 'gaussian' ? 1 : radius.uniform(i) ** (1 / rows.cols) / length;
      out.row(i).set(step.map((v, c) => center[c] + bandwidth * reach * v));
    }
    return out;
  }

  /** Saves the model. @throws HebbError before `fit`, DataError when the file cannot be written */
  async save(file: string): Promise<void> {
    const { data, rows, cols } = requireFitted(this.rows, 'KernelDensity', 'save');
    const tensors = { rows: { data, shape: [rows, cols] } };
    await writeArtefact(file, { kind: 'KernelDensity', config: { options: { ...this.settings } }, tensors });
  }

  /** A saved model. @throws DataError when the file holds none */
  static async load(file: string): Promise<KernelDensity> {
    const { config, tensors } = await readArtefact(file, ['KernelDensity']);
    const { rows } = tensors;
    if (!(rows?.data instanceof Float32Array && rows.shape.length === 2)) {
      throw new DataError(`Expected ${file} to hold a float32 tensor \`rows\`.`);
    }
    const model = new KernelDensity((config as unknown as { options: KernelDensityOptions }).options);
    return model.fit(new Matrix(rows.data, rows.shape[0] as number, rows.shape[1] as number));
  }
}
