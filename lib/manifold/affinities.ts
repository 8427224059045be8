import { Matrix, type MatrixLike } from '../data';
import { ArgumentError, DataError, ShapeError } from '../errors';
import { native, settle } from '../native';
import { checkInteger, checkKeys, checkNumber, checkOneOf, checkSeed } from '../validate';
import {
  checkedMatrix,
  checkNeighborLists,
  fraction,
  isFloat32Array,
  isInt32Array,
  type NeighborLists,
} from './neighbors';

/** Options of a stage of t-SNE. */
export interface StageOptions {
  /** Threads to use at most; 0 (default) means the whole pool. Results do not depend on it. */
  threads?: number;
  /** Ends the work, which then rejects with AbortError. */
  signal?: AbortSignal;
  /** Called with the fraction done, at most about 30 times a second. */
  onProgress?: (done: number) => void;
}

const STAGE_KEYS = ['threads', 'signal', 'onProgress'];

/** How much each point attends to each of its neighbours: p_j|i, which sum to 1 for each point. */
export interface ConditionalAffinities {
  /** [n, k] row after row. */
  readonly indices: Int32Array;
  /** [n, k] */
  readonly probabilities: Float32Array;
  /** Neighbours of each point. */
  readonly k: number;
}

/**
 * The symmetric affinities P of t-SNE, p_ij = (p_j|i + p_i|j) / 2n, as compressed sparse rows (scipy's indptr, indices,
 * data): columns and values of row i lie from starts[i] to starts[i + 1]. All values sum to 1; columns ascend, and the
 * diagonal is left out.
 */
export interface Affinities {
  /** n + 1 places in `columns` and `values`. */
  readonly starts: Int32Array;
  /** The other point of each entry. */
  readonly columns: Int32Array;
  /** p_ij of each entry. */
  readonly values: Float32Array;
}

function checkedThreads({ threads = 0 }: StageOptions): number {
  return checkInteger(threads, 'threads', { min: 0, max: 256 });
}

/**
 * Perplexity calibration: for each point the width of a Gaussian for which its neighbours' probabilities have the wanted
 * perplexity (van der Maaten and Hinton 2008), and those probabilities. With more than `perplexity` neighbours at one least distance, these share alike.
 *
 * @param neighbors of `nearestNeighbors`; about 3 * perplexity of each point
 * @param options.perplexity default 30, at most k
 * @throws ArgumentError, DataError, ShapeError on what is no list of neighbours; rejects with AbortError
 */
export async function calibrateAffinities(
  neighbors: NeighborLists,
  options: StageOptions & { perplexity?: number } = {},
): Promise<ConditionalAffinities> {
  checkKeys(options, ['perplexity', ...STAGE_KEYS], 'calibrateAffinities');
  checkNeighborLists(neighbors);
  const { k } = neighbors;
  const perplexity = checkNumber(options.perplexity ?? 30, 'perplexity', { min: 1, max: k });
  const threads = checkedThreads(options);
  const indices = neighbors.indices.slice();
  const probabilities = await settle(
    () => native().tsneCalibrate(neighbors.distances, k, perplexity, threads, fraction(options.onProgress)),
    options.signal,
  );
  return { indices, probabilities, k };
}

/**
 * Symmetric affinities of conditional ones.
 *
 * @throws DataError, ShapeError on arrays that do not fit, and where P has more than 2^31 - 1 entries; rejects with
 *   AbortError
 */
export async function symmetrizeAffinities(
  conditional: ConditionalAffinities,
  options: StageOptions = {},
): Promise<Affinities> {
  checkKeys(options, STAGE_KEYS, 'symmetrizeAffinities');
  const { indices, probabilities, k } = conditional;
  checkInteger(k, 'k', { min: 1 });
  if (!isInt32Array(indices) || !isFloat32Array(probabilities)) {
    throw new DataError('Expected an Int32Array `indices` and a Float32Array `probabilities`.');
  }
  if (indices.length !== probabilities.length || indices.length % k !== 0) {
    throw new ShapeError(
      `Expected \`indices\` and \`probabilities\` to hold n x ${k} elements each, received ${indices.length} and ${probabilities.length}.`,
    );
  }
  const n = indices.length / k;
  for (let e = 0; e < indices.length; e++) {
    const [j, p] = [indices[e] as number, probabilities[e] as number];
    if (!(j >= 0 && j < n && j !== Math.floor(e / k) && p >= 0 && p <= 1)) {
      throw new DataError(
        `Expected another point from 0 to ${n - 1} and a probability for point ${Math.floor(e / k)}, received ${j} and ${p}.`,
      );
    }
  }
  const threads = checkedThreads(options);
  return settle(
    () => native().tsneSymmetrize(indices, probabilities, k, threads, fraction(options.onProgress)),
    options.signal,
  );
}

/** Options of `initialMap`. */
export interface InitialMapOptions extends StageOptions {
  /** Dimensions of the map: 2 (default) or 3. */
  nComponents?: 2 | 3;
  /** 'pca' (default): the first principal components of X; 'random': normal. */
  init?: 'pca' | 'random';
  /** Default 0. */
  seed?: number;
}

/**
 * Where t-SNE starts: points x nComponents with a standard deviation of 1e-4 along the first axis, small enough that the
 * optimisation is free to move all of it.
 *
 * @param X points x features
 * @throws ArgumentError, DataError, NonFiniteError; rejects with AbortError
 */
export async function initialMap(X: MatrixLike, options: InitialMapOptions = {}): Promise<Matrix> {
  checkKeys(options, ['nComponents', 'init', 'seed', ...STAGE_KEYS], 'initialMap');
  const x = checkedMatrix(X, 'X', 2);
  const dims = checkComponents(options.nComponents ?? 2);
  const random = checkOneOf(options.init ?? 'pca', 'init', ['pca', 'random']) === 'random';
  const seed = checkSeed(options.seed ?? 0);
  const threads = checkedThreads(options);
  const start = await settle(
    () => native().tsneStart(x.data, x.rows, x.cols, dims, random, seed, threads, fraction(options.onProgress)),
    options.signal,
  );
  return new Matrix(start, x.rows, dims);
}

export function checkComponents(value: unknown): 2 | 3 {
  if (value !== 2 && value !== 3) {
    throw new ArgumentError(`Expected \`nComponents\` to be 2 or 3, received ${String(value)}.`);
  }
  return value;
}

/** Whether something has the fields of affinities. */
export function isAffinities(value: unknown): value is Affinities {
  return value !== null && typeof value === 'object' && 'starts' in value && 'columns' in value && 'values' in value;
}

/**
 * Refuses arrays that cut no rows; the addon looks at what is in them.
 * @returns the number of points
 */
export function checkAffinities({ starts, columns, values }: Affinities): number {
  if (!isInt32Array(starts) || !isInt32Array(columns) || !isFloat32Array(values)) {
    throw new DataError('Expected affinities with Int32Arrays `starts` and `columns` and a Float32Array `values`.');
  }
  const n = starts.length - 1;
  const ascending = n >= 1 && starts[0] === 0 && starts.every((start, i) => i === 0 || start >= starts[i - 1]);
  if (!ascending || starts[n] !== columns.length || columns.length !== values.length) {
    throw new ShapeError(
      `Expected \`starts\` to ascend from 0 to the ${columns.length} \`columns\` and ${values.length} \`values\`, ` +
        `received ${starts.length} from ${starts[0]} to ${starts[n]}.`,
    );
  }
  return n;
}
