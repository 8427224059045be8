import { type Matrix, type MatrixLike, toMatrix } from '../data';
import { ArgumentError } from '../errors';
import { native, settle } from '../native';
import { checkInteger, checkKeys, checkLabels, checkNumber, checkOneOf, checkSameRows } from '../validate';
import { type Affinities, checkAffinities, isAffinities, type StageOptions } from './affinities';
import { checkedMatrix, fraction, nearestNeighbors } from './neighbors';

/** Options of the functions that compare neighbours. */
export interface MapQualityOptions extends StageOptions {
  /** Neighbours that are looked at. Default 10. */
  k?: number;
  /**
   * Points that are looked at instead of all of them, for time that grows with the points and not with their square: so
   * many draws of one fixed sequence, which depends on the number of points alone. 0 (default): all points.
   */
  sample?: number;
}

const KEYS = ['k', 'sample', 'threads', 'signal', 'onProgress'];

function checkedPair(X: MatrixLike, map: MatrixLike): { x: Matrix; y: Matrix } {
  const x = checkedMatrix(X, 'X', 4);
  const y = checkedMatrix(map, 'map');
  checkSameRows(y.rows, 'map', x.rows, 'X');
  return { x, y };
}

function checkedK({ k = 10 }: MapQualityOptions, most: number): number {
  return checkInteger(k, 'k', { min: 1, max: most });
}

const checkedThreads = ({ threads = 0 }: StageOptions) => checkInteger(threads, 'threads', { min: 0, max: 256 });

/** The rows that are looked at, by a linear congruential sequence (Numerical Recipes'); undefined: all. */
function sampledRows({ sample = 0 }: MapQualityOptions, rows: number): Int32Array | undefined {
  checkInteger(sample, 'sample', { min: 0, max: 2 ** 31 - 1 });
  if (sample === 0) return undefined;
  let state = 12345;
  return Int32Array.from({ length: sample }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Number((BigInt(state) * BigInt(rows)) >> 32n);
  });
}

/** The k nearest other points of each row that is looked at, [rows, k]. */
async function neighborsOf(
  x: Matrix,
  k: number,
  rows: Int32Array | undefined,
  { threads, signal, onProgress }: StageOptions,
): Promise<Int32Array> {
  if (rows === undefined)
    return (await nearestNeighbors(x, { k, method: 'exact', threads, signal, onProgress })).indices;
  const queries = x.selectRows(rows);
  const found = await nearestNeighbors(x, { k: k + 1, method: 'exact', queries, threads, signal, onProgress });
  const others = new Int32Array(rows.length * k);
  for (const [q, row] of rows.entries()) {
    const near = found.indices.subarray(q * (k + 1), (q + 1) * (k + 1)).filter((j) => j !== row);
    others.set(near.subarray(0, k), q * k);
  }
  return others;
}

async function trust(x: Matrix, y: Matrix, options: MapQualityOptions): Promise<number> {
  const k = checkedK(options, Math.ceil(x.rows / 2) - 1);
  const rows = sampledRows(options, x.rows) ?? null;
  const [threads, report] = [checkedThreads(options), fraction(options.onProgress)];
  return settle(
    () => native().mapTrust(x.data, x.cols, y.data, y.cols, x.rows, k, rows, threads, report),
    options.signal,
  );
}

/**
 * Trustworthiness of a map, 0 to 1 (Venna and Kaski 2001): points that are near in the map but far in X lower it. As
 * scikit-learn's, but points that are equally far share the best of their ranks.
 *
 * @param X points x features
 * @param map points x dimensions
 * @throws ShapeError when rows differ, ArgumentError unless k < points / 2, NonFiniteError; rejects with AbortError
 */
export async function trustworthiness(
  X: MatrixLike,
  map: MatrixLike,
  options: MapQualityOptions = {},
): Promise<number> {
  checkKeys(options, KEYS, 'trustworthiness');
  const { x, y } = checkedPair(X, map);
  return trust(x, y, options);
}

/**
 * Continuity of a map, 0 to 1 (Venna and Kaski 2001): points that are near in X but far in the map lower it.
 * @throws as `trustworthiness`
 */
export async function continuity(X: MatrixLike, map: MatrixLike, options: MapQualityOptions = {}): Promise<number> {
  checkKeys(options, KEYS, 'continuity');
  const { x, y } = checkedPair(X, map);
  return trust(y, x, options);
}

/** The share of each point's k nearest in X that are among its k nearest in the map. @throws as `trustworthiness` */
export async function knnRecall(X: MatrixLike, map: MatrixLike, options: MapQualityOptions = {}): Promise<number> {
  checkKeys(options, KEYS, 'knnRecall');
  const { x, y } = checkedPair(X, map);
  const k = checkedK(options, x.rows - 1);
  const rows = sampledRows(options, x.rows);
  const { onProgress } = options;
  const half = (from: number) => onProgress && ((done: number) => onProgress(from + done / 2));
  // Both begin before anything is awaited: the caller may change the data then.
  const [inMap, inX] = await Promise.all([
    neighborsOf(y, k, rows, { ...options, onProgress: half(0) }),
    neighborsOf(x, k, rows, { ...options, onProgress: half(0.5) }),
  ]);
  let kept = 0;
  for (let from = 0; from < inX.length; from += k) {
    const real = new Set(inX.subarray(from, from + k));
    for (const j of inMap.subarray(from, from + k)) if (real.has(j)) kept++;
  }
  return kept / inX.length;
}

/**
 * The share of points whose label is that of most of their k nearest in the map; ties go to the label that comes first
 * in order.
 * @throws ShapeError when there is not one label a point, ArgumentError when k is not below the points
 */
export async function knnAccuracy(
  map: MatrixLike,
  labels: ArrayLike<string | number>,
  options: MapQualityOptions = {},
): Promise<number> {
  checkKeys(options, KEYS, 'knnAccuracy');
  const y = checkedMatrix(map, 'map', 2);
  checkLabels(labels, y.rows, 'map');
  const k = checkedK(options, y.rows - 1);
  const order = [...new Set(Array.from(labels))].sort((a, b) => (a < b ? -1 : 1));
  const code = new Map(order.map((label, c) => [label, c]));
  const coded = Int32Array.from(labels as ArrayLike<number>, (label) => code.get(label) as number);
  const rows = sampledRows(options, y.rows);
  const near = await neighborsOf(y, k, rows, options);
  const count = near.length / k;
  const votes = new Int32Array(order.length);
  let right = 0;
  for (let q = 0; q < count; q++) {
    votes.fill(0);
    for (const j of near.subarray(q * k, (q + 1) * k)) votes[coded[j]]++;
    let most = 0;
    for (let c = 1; c < votes.length; c++) if (votes[c] > votes[most]) most = c;
    if (most === coded[rows?.[q] ?? q]) right++;
  }
  return right / count;
}

/** Up to so many points the divergence takes the affinities of all pairs by default. */
const ALL_PAIRS = 5000;

/** Options of `mapDivergence`. */
export interface MapDivergenceOptions extends StageOptions {
  /** Degrees of freedom of the map's kernel. Default 1. */
  dof?: number;
  /** Of X only; default 30. */
  perplexity?: number;
  /**
   * Of X only. 'all': affinities of all pairs, points^2 floats (default up to 5,000 points); 'neighbors': those of the
   * 3 * perplexity nearest, which is what the Barnes-Hut method works on.
   */
  pairs?: 'all' | 'neighbors';
}

/**
 * Kullback-Leibler divergence of a map from affinities P, in nats, with the exact sum over all pairs of the map: time
 * grows with the square of the points.
 *
 * @param P affinities (`symmetrizeAffinities`), or features X, points x columns, whose affinities are computed first
 * @param map points x 2 or 3
 * @throws ShapeError, ArgumentError, DataError, NonFiniteError; rejects with AbortError
 */
export async function mapDivergence(
  P: MatrixLike | Affinities,
  map: MatrixLike,
  options: MapDivergenceOptions = {},
): Promise<number> {
  const given = isAffinities(P);
  const own = given ? [] : ['perplexity', 'pairs'];
  checkKeys(options, ['dof', ...own, 'threads', 'signal', 'onProgress'], 'mapDivergence');
  const x = given ? undefined : checkedMatrix(P, 'X', 4);
  const y = checkedMatrix(toMatrix(map, 'map'), 'map');
  const rows = given ? checkAffinities(P) : (x as Matrix).rows;
  checkSameRows(y.rows, 'map', rows, given ? 'P' : 'X');
  if (y.cols !== 2 && y.cols !== 3) {
    throw new ArgumentError(`Expected \`map\` to have 2 or 3 columns, received ${y.cols}.`);
  }
  const perplexity = checkNumber(options.perplexity ?? Math.min(30, rows - 1), 'perplexity', { min: 1, max: rows - 1 });
  const pairs = checkOneOf(options.pairs ?? (rows <= ALL_PAIRS ? 'all' : 'neighbors'), 'pairs', ['all', 'neighbors']);
  const dof = checkNumber(options.dof ?? 1, 'dof', { min: 0.05, max: 100 });
  const numbers = Float64Array.of(perplexity, pairs === 'all' ? 1 : 0, dof, checkedThreads(options));
  const { starts = null, columns = null, values = null } = given ? P : {};
  const report = fraction(options.onProgress);
  return settle(
    () =>
      native().mapDivergence(
        x?.data ?? null,
        x?.cols ?? 0,
        y.data,
        y.cols,
        rows,
        numbers,
        starts,
        columns,
        values,
        report,
      ),
    options.signal,
  );
}
