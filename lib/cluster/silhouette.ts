import { assertFinite, type MatrixLike, toMatrix } from '../data';
import { ArgumentError, DataError } from '../errors';
import { native, settle } from '../native';
import { checkKeys, checkLabels } from '../validate';

/**
 * How well rows fit their clusters, from -1 to 1 (Rousseeuw 1987): the mean of (b - a) / max(a, b), a the mean distance to
 * the own cluster, b that to the nearest other one. Time grows with the square of the rows.
 *
 * @param labels one a row; any strings or numbers
 * @param options.onProgress called with the fraction done, at most about 30 times a second
 * @throws ShapeError when labels and rows do not agree, ArgumentError unless there are 2 to rows - 1 clusters, DataError
 *   on data without columns or with squared distances that float32 does not hold, NonFiniteError on NaN or Infinity;
 *   rejects with AbortError
 */
export async function silhouetteScore(
  X: MatrixLike,
  labels: ArrayLike<string | number>,
  options: { signal?: AbortSignal; onProgress?: (done: number) => void } = {},
): Promise<number> {
  checkKeys(options, ['signal', 'onProgress'], 'silhouetteScore');
  const x = toMatrix(X, 'X');
  if (x.cols === 0) throw new DataError('Expected `X` to have at least 1 column, received 0.');
  assertFinite(x, 'X');
  checkLabels(labels, x.rows, 'X');
  const codes = new Map<string | number, number>();
  const coded = Int32Array.from(labels as ArrayLike<number>, (label) => {
    if (!codes.has(label)) codes.set(label, codes.size);
    return codes.get(label) as number;
  });
  if (codes.size < 2 || codes.size >= x.rows) {
    throw new ArgumentError(`Expected 2 to ${x.rows - 1} clusters for ${x.rows} rows, received ${codes.size}.`);
  }
  const { signal, onProgress } = options;
  const report = onProgress && ((values: Float64Array) => onProgress(values[0]));
  return settle(() => native().silhouette(x.data, x.rows, x.cols, coded, codes.size, 0, report), signal);
}
