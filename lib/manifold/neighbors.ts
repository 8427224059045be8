import { assertFinite, type Matrix, type MatrixLike, toMatrix } from '../data';
import { DataError, ShapeError } from '../errors';
import { native, settle } from '../native';
import { checkInteger, checkKeys, checkNumber, checkOneOf, checkSeed } from '../validate';

/** How far apart two rows are. Cosine is 1 - cos of the angle between them. */
export type Metric = 'euclidean' | 'cosine' | 'manhattan';

export const METRICS: readonly Metric[] = ['euclidean', 'cosine', 'manhattan'];

/**
 * How neighbours are found. 'approximate' looks into the clusters nearest to a point's own, as many as it takes for the
 * wanted recall on a sample; its distances are exact, but some neighbours are missed for farther ones. 'auto' is exact
 * up to 20,000 points: an approximate search saves next to nothing there.
 */
export type NeighborMethod = 'exact' | 'approximate' | 'auto';

export const NEIGHBOR_METHODS: readonly NeighborMethod[] = ['exact', 'approximate', 'auto'];

/** The recall that an approximate search aims at. */
export const RECALL = 0.995;

/** The k nearest of each of n points. */
export interface NeighborLists {
  /** [n, k] row after row, nearest first. */
  readonly indices: Int32Array;
  /** Their distances, [n, k]. */
  readonly distances: Float32Array;
  /** Neighbours of each point. */
  readonly k: number;
}

/** Options of `nearestNeighbors`. */
export interface NeighborOptions {
  /** Neighbours of each point. Default 10. */
  k?: number;
  /** Default 'euclidean'. */
  metric?: Metric;
  /** Default 'exact'. */
  method?: NeighborMethod;
  /** Approximate: the share of the true neighbours to find, measured on a sample. Default 0.995. */
  recall?: number;
  /** Approximate: same seed, same lists, for any number of threads. Default 0. */
  seed?: number;
  /** Points to find neighbours for; without it those of each row of X, the row itself left out by its number. */
  queries?: MatrixLike;
  /** Threads to use at most; 0 (default) means the whole pool. */
  threads?: number;
  /** Ends the work, which then rejects with AbortError. */
  signal?: AbortSignal;
  /** Called with the fraction done, at most about 30 times a second. */
  onProgress?: (done: number) => void;
}

const KEYS = ['k', 'metric', 'method', 'recall', 'seed', 'queries', 'threads', 'signal', 'onProgress'];

/** What the addon reports to a callback that wants the fraction done. */
export function fraction(onProgress: ((done: number) => void) | undefined) {
  return onProgress === undefined ? undefined : (values: Float64Array) => onProgress(values[0] as number);
}

/** A matrix that an algorithm can be given: at least one row and column, finite. */
export function checkedMatrix(value: MatrixLike, name: string, minRows = 1): Matrix {
  const matrix = toMatrix(value, name);
  if (matrix.cols === 0) throw new DataError(`Expected \`${name}\` to have at least 1 column, received 0.`);
  if (matrix.rows < minRows) {
    throw new DataError(`Expected \`${name}\` to have at least ${minRows} rows, received ${matrix.rows}.`);
  }
  assertFinite(matrix, name);
  return matrix;
}

/**
 * The k nearest neighbours of each row, computed in the background on all threads; exact unless `method` says otherwise.
 *
 * Candidates come from blocked matrix products, their order from distances computed by differences; ties go to the lower
 * index. The result does not depend on the number of threads.
 *
 * @param X points x features
 * @throws ArgumentError on options out of range, ShapeError when queries have other columns, DataError on too few rows
 *   or, for 'cosine', a row of zeros, NonFiniteError on NaN or Infinity; rejects with AbortError
 */
export async function nearestNeighbors(X: MatrixLike, options: NeighborOptions = {}): Promise<NeighborLists> {
  checkKeys(options, KEYS, 'nearestNeighbors');
  const { k = 10, metric = 'euclidean', method = 'exact', threads = 0, signal, onProgress } = options;
  checkOneOf(metric, 'metric', METRICS);
  checkOneOf(method, 'method', NEIGHBOR_METHODS);
  const recall = checkNumber(options.recall ?? RECALL, 'recall', { min: 0, max: 1 });
  const seed = checkSeed(options.seed ?? 0);
  checkInteger(threads, 'threads', { min: 0, max: 256 });
  const x = checkedMatrix(X, 'X', options.queries === undefined ? 2 : 1);
  const queries = options.queries === undefined ? undefined : checkedMatrix(options.queries, 'queries', 0);
  if (queries !== undefined && queries.cols !== x.cols) {
    throw new ShapeError(`Expected \`queries\` to have ${x.cols} columns to match \`X\`, received ${queries.cols}.`);
  }
  checkInteger(k, 'k', { min: 1, max: queries === undefined ? x.rows - 1 : x.rows });
  if (queries?.rows === 0) return { indices: new Int32Array(0), distances: new Float32Array(0), k };
  const methodCode = NEIGHBOR_METHODS.indexOf(method);
  const numbers = Float64Array.of(k, METRICS.indexOf(metric), methodCode, recall, seed, threads);
  const { indices, distances } = await settle(
    () => native().nearestNeighbors(x.data, x.rows, x.cols, queries?.data ?? null, numbers, fraction(onProgress)),
    signal,
  );
  return { indices, distances, k };
}

const kindOf = (value: unknown) => Object.prototype.toString.call(value); // instanceof fails across realms
export const isInt32Array = (value: unknown): value is Int32Array => kindOf(value) === '[object Int32Array]';
export const isFloat32Array = (value: unknown): value is Float32Array => kindOf(value) === '[object Float32Array]';

/** Refuses neighbour lists whose sizes, indices or distances make no sense, or that hold the point itself. */
export function checkNeighborLists(lists: NeighborLists): number {
  const { indices, distances, k } = lists;
  checkInteger(k, 'k', { min: 1 });
  if (!isInt32Array(indices) || !isFloat32Array(distances)) {
    throw new DataError('Expected neighbour lists with an Int32Array `indices` and a Float32Array `distances`.');
  }
  if (indices.length !== distances.length || indices.length % k !== 0) {
    throw new ShapeError(
      `Expected \`indices\` and \`distances\` to hold n x ${k} elements each, received ${indices.length} and ${distances.length}.`,
    );
  }
  const n = indices.length / k;
  if (k >= n) throw new ShapeError(`Expected fewer neighbours than points, received k = ${k} for ${n} points.`);
  for (let e = 0; e < indices.length; e++) {
    const [i, j, d] = [Math.floor(e / k), indices[e] as number, distances[e] as number];
    if (j < 0 || j >= n || j === i) {
      throw new DataError(`Expected neighbours of point ${i} to be other points from 0 to ${n - 1}, received ${j}.`);
    }
    if (!(d >= (e % k === 0 ? 0 : (distances[e - 1] as number)) && d < Number.POSITIVE_INFINITY)) {
      throw new DataError(`Expected ascending finite distances for point ${i}, received ${d} at place ${e % k}.`);
    }
  }
  return n;
}
