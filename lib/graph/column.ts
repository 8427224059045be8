import {
  assertAttached,
  coefficientsOf,
  isFloat32Array,
  isInt32Array,
  isShared,
  nonFinite,
  type StandardScaler,
  scalerOf,
} from '../data';
import { ArgumentError, DataError, fromNative, ShapeError } from '../errors';
import { type NativeColumn, type NativeJob, native, settle } from '../native';
import { show } from '../validate';
import type { ColumnValue, DType } from './types';

/** Native work that can run on either side. */
export interface Work<T> {
  /** On a background thread. */
  start(): Promise<T>;
  /** On the calling thread. */
  now(): T;
}

/** Runs a native call and gives its error the typed class. */
export function guarded<R>(call: () => R): R {
  try {
    return call();
  } catch (error) {
    throw fromNative(error);
  }
}

interface Values {
  dtype: DType;
  rows: number;
  width: number;
  data: Float32Array | Int32Array;
}

function readFlat(name: string, data: Float32Array | Int32Array, rows: number): Values {
  assertAttached(data, name);
  if (rows === 0 ? data.length !== 0 : data.length === 0 || data.length % rows !== 0) {
    throw new ShapeError(`Expected column '${name}' to hold a multiple of ${rows} values, received ${data.length}.`);
  }
  return { dtype: isInt32Array(data) ? 'i32' : 'f32', width: rows === 0 ? 1 : data.length / rows, data, rows };
}

function readValues(name: string, value: ColumnValue, rows: number): Values {
  if (isFloat32Array(value) || isInt32Array(value)) return readFlat(name, value, rows);
  if (value !== null && typeof value === 'object' && isFloat32Array(value.data)) {
    if (value.data.length === value.rows * value.cols) {
      return { dtype: 'f32', width: value.cols, data: value.data, rows: value.rows };
    }
    assertAttached(value.data, name);
    throw new DataError(
      `Expected column '${name}' to hold ${value.rows} x ${value.cols} values, found ${value.data.length}.`,
    );
  }
  throw new ArgumentError(
    `Expected column '${name}' to be a Matrix, a Float32Array or an Int32Array, received ${show(value)}.`,
  );
}

/**
 * One column of rows in native memory: a copy, except of a SharedArrayBuffer, which nobody can detach and which is read
 * in place. It may become part of several data sets.
 */
export class Column {
  readonly dtype: DType;
  readonly rows: number;
  readonly width: number;
  readonly handle: NativeColumn;

  /**
   * @param rows settles the width of flat arrays
   * @param finite what to call the values when NaN and Infinity are to be refused
   * @throws NonFiniteError naming row and column; ShapeError when the values do not fill the rows
   */
  constructor(name: string, value: ColumnValue, rows: number, finite?: string) {
    const { dtype, width, data, rows: count } = readValues(name, value, rows);
    this.dtype = dtype;
    this.rows = count;
    this.width = width;
    const made = guarded(() => native().columnCreate(data, count, width, finite !== undefined, isShared(data)));
    if (typeof made === 'number') {
      throw nonFinite({ data: data as Float32Array, cols: width }, made, finite as string);
    }
    this.handle = made;
  }

  /** The scaler of these rows, or of all. @throws DataError with a column of nothing but NaN */
  scaler(indices: Int32Array | undefined, threads: number): Work<StandardScaler> {
    const rows = indices ?? null;
    return work(
      () => native().columnMoments(this.handle, rows, threads, true),
      () => native().columnMoments(this.handle, rows, threads, false),
      scalerOf,
    );
  }

  /** Scales the values in place, as `scaler.transform` does; a column that was read in place becomes a copy. */
  standardize(scaler: StandardScaler, threads: number): Work<void> {
    const { center, scale } = coefficientsOf(scaler);
    return work(
      () => native().columnStandardize(this.handle, center, scale, threads, true),
      () => native().columnStandardize(this.handle, center, scale, threads, false),
      () => undefined,
    );
  }

  /** Data sets that have the column keep it. */
  dispose(): void {
    native().columnDispose(this.handle);
  }
}

function work<N, T>(start: () => NativeJob<N>, now: () => N, result: (value: N) => T): Work<T> {
  return {
    start: async () => result(await settle(start)),
    now: () => result(guarded(now)),
  };
}
