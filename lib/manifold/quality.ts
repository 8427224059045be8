import { type Matrix, type MatrixLike, toMatrix } from '../data';
import { ArgumentError } from '../errors';
import { native, settle } from '../native';
import { checkInteger, checkKeys, checkNumber, checkSameRows } from '../validate';
import { checkedMatrix, nearestNeighbors } from './neighbors';

/** Options of the quality functions. */
export interface MapQualityOptions {
  /** Neighbours that are looked at. Default 10. */
  k?: number;
  signal?: AbortSignal;
}

function checkedPair(X: MatrixLike, map: MatrixLike): { x: Matrix; y: Matrix } {
  const x = checkedMatrix(X, 'X', 4);
  const y = checkedMatrix(map, 'map');
  checkSameRows(y.rows, 'map', x.rows, 'X');
  return { x, y };
}

function checkedK({ k = 10 }: MapQualityOptions, most: number): number {
  return checkInteger(k, 'k', { min: 1, max: most });
}

async function trust(x: Matrix, y: Matrix, k: number, signal?: AbortSignal): Promise<number> {
  return settle(() => native().mapQuality(0, x.data, x.cols, y.data, y.cols, x.rows, k, 0), signal);
}

/**
 * Trustworthiness of a map, 0 to 1 (Venna and Kaski 2001): points that are near in the map but far in X lower it. As
 * scikit-learn's; time grows with the square of the points.
 *
 * @param X points x features
 * @param map points x dimensions
 * @throws ShapeError when rows differ, ArgumentError unless k < points / 2; rejects with AbortError
 */
export async function trustworthiness(
  X: MatrixLike,
  map: MatrixLike,
  options: MapQualityOptions = {},
): Promise<number> {
  checkKeys(options, ['k', 'signal'], 'trustworthiness');
  const { x, y } = checkedPair(X, map);
  return trust(x, y, checkedK(options, Math.ceil(x.rows / 2) - 1), options.signal);
}

/** Continuity of a map, 0 to 1: points that are near in X but far in the map lower it. @throws as `trustworthiness` */
export async function continuity(X: MatrixLike, map: MatrixLike, options: MapQualityOptions = {}): Promise<number> {
  checkKeys(options, ['k', 'signal'], 'continuity');
  const { x, y } = checkedPair(X, map);
  return trust(y, x, checkedK(options, Math.ceil(x.rows / 2) - 1), options.signal);
}

/** The share of each point's k nearest in X that are among its k nearest in the map. @throws as `trustworthiness` */
export async function knnRecall(X: MatrixLike, map: MatrixLike, options: MapQualityOptions = {}): Promise<number> {
  checkKeys(options, ['k', 'signal'], 'knnRecall');
  const { x, y } = checkedPair(X, map);
  const k = checkedK(options, x.rows - 1);
  const inX = await nearestNeighbors(x, { k, signal: options.signal });
  const inMap = await nearestNeighbors(y, { k, signal: options.signal });
  let kept = 0;
  for (let i = 0; i < x.rows; i++) {
    const real = new Set(inX.indices.subarray(i * k, (i + 1) * k));
    for (const j of inMap.indices.subarray(i * k, (i + 1) * k)) if (real.has(j)) kept++;
  }
  return kept / (x.rows * k);
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
  checkKeys(options, ['k', 'signal'], 'knnAccuracy');
  const y = checkedMatrix(map, 'map', 2);
  checkSameRows(labels.length, 'labels', y.rows, 'map');
  const k = checkedK(options, y.rows - 1);
  const { indices } = await nearestNeighbors(y, { k, signal: options.signal });
  const order = [...new Set(Array.from(labels))].sort((a, b) => (a < b ? -1 : 1));
  const code = new Map(order.map((label, c) => [label, c]));
  let right = 0;
  for (let i = 0; i < y.rows; i++) {
    const votes = new Int32Array(order.length);
    for (const j of indices.subarray(i * k, (i + 1) * k)) {
      const c = code.get(labels[j] as string | number) as number;
      votes[c] = (votes[c] as number) + 1;
    }
    if (order[votes.indexOf(Math.max(...votes))] === labels[i]) right++;
  }
  return right / y.rows;
}

/** Up to so many points the divergence takes the affinities of all pairs by default. */
const ALL_PAIRS = 5000;

/**
 * Kullback-Leibler divergence of a map from the affinities of X, in nats, with the exact sum over all pairs of the map.
 *
 * @param map points x 2 or 3
 * @param options.pairs 'all': affinities of all pairs, points^2 floats (default up to 5,000 points); 'neighbors': those
 *   of the 3 * perplexity nearest, which is what the Barnes-Hut method works on
 * @throws ShapeError, ArgumentError, NonFiniteError; rejects with AbortError
 */
export async function mapDivergence(
  X: MatrixLike,
  map: MatrixLike,
  options: { perplexity?: number; pairs?: 'all' | 'neighbors'; signal?: AbortSignal } = {},
): Promise<number> {
  checkKeys(options, ['perplexity', 'pairs', 'signal'], 'mapDivergence');
  const { x, y } = checkedPair(X, toMatrix(map, 'map'));
  if (y.cols !== 2 && y.cols !== 3)
    throw new ArgumentError(`Expected \`map\` to have 2 or 3 columns, received ${y.cols}.`);
  const perplexity = checkNumber(options.perplexity ?? 30, 'perplexity', { min: 1, max: x.rows - 1 });
  const all = (options.pairs ?? (x.rows <= ALL_PAIRS ? 'all' : 'neighbors')) === 'all';
  return settle(
    () => native().mapQuality(all ? 1 : 2, x.data, x.cols, y.data, y.cols, x.rows, perplexity, 0),
    options.signal,
  );
}
