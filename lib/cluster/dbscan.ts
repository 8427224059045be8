import { assertFinite, type MatrixLike, requireFitted, toMatrix } from '../data';
import { DataError } from '../errors';
import { readArtefact, writeArtefact } from '../io';
import { native, settle } from '../native';
import { checkInteger, checkKeys, checkNumber } from '../validate';

/** Options of `DBSCAN`. */
export interface DbscanOptions {
  /** The radius of a neighbourhood, in the units of X. Default 0.5. */
  eps?: number;
  /** Rows within `eps`, the row itself included, that make a row a core. Default 5. */
  minSamples?: number;
  /** Threads to use at most; 0 (default) means the whole pool. */
  threads?: number;
}

/**
 * Density-based clustering (Ester, Kriegel, Sander and Xu 1996): clusters of any form, and noise. Distances are exact;
 * time grows with the square of the rows.
 */
export class DBSCAN {
  private readonly settings: Required<DbscanOptions>;
  private fitted: { labels: Int32Array; core: Uint8Array } | undefined;

  /** @throws ArgumentError on an unknown option or one out of range */
  constructor(options: DbscanOptions = {}) {
    checkKeys(options, ['eps', 'minSamples', 'threads'], 'DBSCAN');
    this.settings = {
      eps: checkNumber(options.eps ?? 0.5, 'eps', { min: 0, exclusiveMin: true }),
      minSamples: checkInteger(options.minSamples ?? 5, 'minSamples', { min: 1 }),
      threads: checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 }),
    };
  }

  /** The cluster of each row, numbered by their first core row; -1 is noise. */
  get labels(): Int32Array {
    return requireFitted(this.fitted, 'DBSCAN', 'labels').labels;
  }

  /** The rows that are cores, ascending. */
  get coreSampleIndices(): Int32Array {
    const { core } = requireFitted(this.fitted, 'DBSCAN', 'coreSampleIndices');
    const indices: number[] = [];
    core.forEach((is, i) => {
      if (is) indices.push(i);
    });
    return Int32Array.from(indices);
  }

  /**
   * Finds the clusters of X in the background.
   * @throws DataError on data without rows or columns, NonFiniteError on NaN or Infinity; rejects with AbortError
   */
  async fit(X: MatrixLike, options: { signal?: AbortSignal } = {}): Promise<this> {
    checkKeys(options, ['signal'], 'fit');
    const x = toMatrix(X, 'X');
    if (x.rows === 0 || x.cols === 0) {
      throw new DataError(`Expected \`X\` to have rows and columns, received ${x.rows} x ${x.cols}.`);
    }
    assertFinite(x, 'X');
    const { eps, minSamples, threads } = this.settings;
    this.fitted = await settle(
      () => native().dbscanFit(x.data, x.rows, x.cols, eps, minSamples, threads),
      options.signal,
    );
    return this;
  }

  /** `fit`, then the labels. */
  async fitPredict(X: MatrixLike, options: { signal?: AbortSignal } = {}): Promise<Int32Array> {
    return (await this.fit(X, options)).labels;
  }

  /** Saves options, labels and cores. @throws HebbError before `fit`, DataError when the file cannot be written */
  async save(file: string): Promise<void> {
    const { labels, core } = requireFitted(this.fitted, 'DBSCAN', 'save');
    await writeArtefact(file, {
      kind: 'DBSCAN',
      config: { options: { ...this.settings } },
      tensors: { labels: { data: labels, shape: [labels.length] }, core: { data: core, shape: [core.length] } },
    });
  }

  /** A saved model. @throws DataError when the file holds none */
  static async load(file: string): Promise<DBSCAN> {
    const { config, tensors } = await readArtefact(file, ['DBSCAN']);
    const [labels, core] = [tensors.labels?.data, tensors.core?.data];
    if (!(labels instanceof Int32Array && core instanceof Uint8Array && core.length === labels.length)) {
      throw new DataError(`Expected ${file} to hold int32 tensor \`labels\` and uint8 tensor \`core\` of one length.`);
    }
    const model = new DBSCAN((config as unknown as { options: DbscanOptions }).options);
    model.fitted = { labels, core };
    return model;
  }
}
