import type { Matrix } from '../data';
import { ArgumentError, DataError, ShapeError } from '../errors';
import { type Affinities, checkAffinities, isAffinities } from './affinities';
import { checkedMatrix, checkNeighborLists, type NeighborLists } from './neighbors';
import type { TsneInput, TsneSettings } from './tsneOptions';

/** Fewer points make no map. */
const MIN_POINTS = 4;

/** What the native side is given: 0 features, 1 distances, 2 neighbour distances with indices, 3 affinities. */
export interface TsnePrepared {
  kind: 0 | 1 | 2 | 3;
  x: Float32Array | null;
  indices: Int32Array | null;
  rows: number;
  columns: number;
  /** X itself, when that is what was given. */
  features?: Matrix;
  affinities?: Affinities;
}

function isNeighborLists(input: TsneInput): input is NeighborLists {
  return input !== null && typeof input === 'object' && 'indices' in input && 'distances' in input;
}

function refuseExact({ method }: TsneSettings, received: string): void {
  if (method === 'exact') {
    throw new ArgumentError(`Expected features or distances for method 'exact', received ${received}.`);
  }
}

export function checkedInput(input: TsneInput, s: TsneSettings): TsnePrepared {
  if (isNeighborLists(input)) {
    const rows = checkNeighborLists(input);
    refuseExact(s, 'neighbour lists');
    return { kind: 2, x: input.distances, indices: input.indices, rows, columns: input.k };
  }
  if (input !== null && typeof input === 'object' && 'affinities' in input) {
    const { affinities } = input;
    const rows = checkAffinities(affinities);
    refuseExact(s, 'affinities');
    return { kind: 3, x: null, indices: null, rows, columns: 1, affinities };
  }
  if (isAffinities(input)) {
    throw new ArgumentError('Expected affinities as `{ affinities }`, received their fields alone.');
  }
  const x = checkedMatrix(input, 'X', MIN_POINTS);
  if (s.metric !== 'precomputed') {
    return { kind: 0, x: x.data, indices: null, rows: x.rows, columns: x.cols, features: x };
  }
  if (x.cols !== x.rows) {
    throw new ShapeError(`Expected precomputed distances to be square, received ${x.rows} x ${x.cols}.`);
  }
  return { kind: 1, x: x.data, indices: null, rows: x.rows, columns: x.cols };
}

export function checkPerplexity(perplexity: number, { kind, rows, columns }: TsnePrepared): void {
  if (rows < MIN_POINTS) {
    throw new DataError(`Expected at least ${MIN_POINTS} points, received ${rows}.`);
  }
  if (kind === 3) return;
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
  return start.data.slice();
}
