import { assertFinite, Matrix, type MatrixLike, requireFitted, toMatrix } from '../data';
import { DataError, ShapeError } from '../errors';
import { readArtefact, writeArtefact } from '../io';
import { native, settle } from '../native';
import { checkInteger, checkKeys, checkNumber } from '../validate';

/** Options of `KernelDensity`. */
export interface KernelDensityOptions {
  /** Standard deviation of the kernel, in the units of X. Default 1. */
  bandwidth?: number;
  /** Threads to use at most; 0 (default) means the whole pool. */
  threads?: number;
}

/** A density estimate: the mean of a Gaussian kernel around each row, in float64. Exact; time is rows x queries. */
export class KernelDensity {
  private readonly settings: Required<KernelDensityOptions>;
  private rows: Matrix | undefined;

  /** @throws ArgumentError on an unknown option or one out of range */
  constructor(options: KernelDensityOptions = {}) {
    checkKeys(options, ['bandwidth', 'threads'], 'KernelDensity');
    this.settings = {
      bandwidth: checkNumber(options.bandwidth ?? 1, 'bandwidth', { min: 0, exclusiveMin: true }),
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
   * The log density at each row, in nats, computed in the background.
   * @throws HebbError before `fit`, ShapeError on other columns, NonFiniteError; rejects with AbortError
   */
  async scoreSamples(X: MatrixLike, options: { signal?: AbortSignal } = {}): Promise<Float64Array> {
    checkKeys(options, ['signal'], 'scoreSamples');
    const rows = requireFitted(this.rows, 'KernelDensity', 'scoreSamples');
    const x = toMatrix(X, 'X');
    if (x.cols !== rows.cols) {
      throw new ShapeError(`Expected \`X\` to have ${rows.cols} columns as at \`fit\`, received ${x.cols}.`);
    }
    assertFinite(x, 'X');
    const { bandwidth, threads } = this.settings;
    return settle(
      () => native().kernelDensity(rows.data, rows.rows, rows.cols, bandwidth, x.data, threads),
      options.signal,
    );
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
