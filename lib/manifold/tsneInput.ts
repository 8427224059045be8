import type { Matrix } from '../data';
import { ArgumentError, DataError, ShapeError } from '../errors';
import { checkDistances, checkedMatrix, checkNeighborLists, type NeighborLists } from './neighbors';
import type { TsneInput, TsneSettings } from './tsneOptions';

/** Fewer points make no map. */
const MIN_POINTS = 4;

/** What the native side is given: 0 features, 1 distances, 2 neighbour distances with indices. */
export interface TsnePrepared {
  kind: 0 | 1 | 2;
  x: Float32Array;
  indices: Int32Array | null;
  rows: number;
  columns: number;
  features?: Matrix;
}

function isNeighborLists(input: TsneInput): input is NeighborLists {
  return input !== null && typeof input === 'object' && 'indices' in input && 'distances' in input;
}

export function checkedInput(input: TsneInput, s: TsneSettings): TsnePrepared {
  if (isNeighborLists(input)) {
    const rows = checkNeighborLists(input);
    if (s.method === 'exact') {
      throw new ArgumentError("Expected features or distances for method 'exact', received neighbour lists.");
    }
    return { kind: 2, x: input.distances, indices: input.indices, rows, columns: input.k };
  }
  const x = checkedMatrix(input, 'X', MIN_POINTS);
  if (s.metric === 'precomputed') checkDistances(x);
  const kind = s.metric === 'precomputed' ? 1 : 0;
  return { kind, x: x.data, indices: null, rows: x.rows, columns: x.cols, features: kind === 0 ? x : undefined };
}

export function checkPerplexity(perplexity: number, { kind, rows, columns }: TsnePrepared): void {
  if (rows < MIN_POINTS) {
    throw new DataError(`Expected at least ${MIN_POINTS} points, received ${rows}.`);
  }
  const most = kind === 2 ? columns : rows - 1;
  if (perplexity > most) {
    throw new ArgumentError(
      `Expected \`perplexity\` to be at most ${most} for ${rows} points${kind === 2 ? ` with ${columns} neighbours` : ''}, ` +
        `received ${perplexity}. A third of that or less is usual.`,
    );
  }
}

export function checkedStart(init: TsneSettings['init'], rows: number, dims: number): Float32Array | null {
  if (typeof init === 'string') return null;
  const start = checkedMatrix(init, 'init');
  if (start.rows !== rows || start.cols !== dims) {
    throw new ShapeError(`Expected \`init\` to be ${rows} x ${dims}, received ${start.rows} x ${start.cols}.`);
  }
  return start.data;
}
