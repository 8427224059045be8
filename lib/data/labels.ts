import { ArgumentError, DataError, NonFiniteError } from '../errors';
import { show } from '../validate';
import { isInt32Array, isNumericArray, type NumericArray } from './arrays';

/** Class labels, one a row. Predictions come back in the same type. */
export type Labels = readonly string[] | readonly number[] | readonly boolean[] | Int32Array;

/** One class label. */
export type Label = string | number | boolean;

/** Numeric targets or scores, one a row. */
export type NumericVector = readonly number[] | NumericArray;

/** The form that labels were given in, kept so that they can come back in it. */
export type LabelType = 'string' | 'number' | 'boolean' | 'int32';

/**
 * The form of a label vector, after checking that every label has it.
 * @throws ArgumentError when the value is no array of labels
 * @throws DataError when labels are of mixed types
 * @throws NonFiniteError when a label is NaN or infinite
 */
export function labelType(labels: Labels, name = 'y'): LabelType {
  if (isInt32Array(labels)) return 'int32';
  if (!Array.isArray(labels)) {
    throw new ArgumentError(
      `Expected \`${name}\` to be an array of strings, numbers or booleans, or an Int32Array, received ${show(labels)}.`,
    );
  }
  const type = typeof labels[0];
  if (labels.length === 0) return 'number';
  for (let i = 0; i < labels.length; i++) {
    const value: unknown = labels[i];
    const own = typeof value;
    if (own !== 'string' && own !== 'number' && own !== 'boolean') {
      throw new DataError(`Expected \`${name}[${i}]\` to be a string, number or boolean, received ${show(value)}.`);
    }
    if (own !== type) {
      throw new DataError(`Expected \`${name}[${i}]\` to be a ${type} like \`${name}[0]\`, received ${show(value)}.`);
    }
    if (own === 'number' && !Number.isFinite(value)) {
      throw new NonFiniteError(`Expected \`${name}\` to hold finite labels, received ${value} at row ${i}.`);
    }
  }
  return type as LabelType;
}

/** Order of class labels: numbers by value, false before true, strings by UTF-16 code unit. */
export function compareLabels(a: Label, b: Label): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The distinct labels in ascending order. */
export function uniqueLabels(...vectors: readonly Labels[]): Label[] {
  const seen = new Set<Label>();
  for (const labels of vectors) for (const label of labels as Iterable<Label>) seen.add(label === 0 ? 0 : label);
  return [...seen].sort(compareLabels);
}

/** The labels at these rows, in the form they were given in. */
export function selectLabels<T extends Labels | NumericVector>(labels: T, indices: ArrayLike<number>): T {
  const source = labels as ArrayLike<unknown>;
  if (isNumericArray(labels)) {
    const Typed = labels.constructor as new (length: number) => NumericArray;
    const out = new Typed(indices.length);
    for (let k = 0; k < indices.length; k++) out[k] = source[indices[k]] as number;
    return out as unknown as T;
  }
  return Array.from(indices, (i) => source[i]) as unknown as T;
}

/**
 * Numeric targets or scores as float64.
 * @throws ArgumentError when the value is no array
 * @throws DataError when an element is not a number
 * @throws NonFiniteError when an element is NaN or infinite
 */
export function toFloat64(values: NumericVector, name = 'y'): Float64Array {
  if (!Array.isArray(values) && !isNumericArray(values)) {
    throw new ArgumentError(`Expected \`${name}\` to be an array of numbers, received ${show(values)}.`);
  }
  const out = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'number') {
      throw new DataError(`Expected \`${name}[${i}]\` to be a number, received ${show(value)}.`);
    }
    if (!Number.isFinite(value)) {
      throw new NonFiniteError(`Expected \`${name}\` to hold finite numbers, received ${value} at row ${i}.`);
    }
    out[i] = value;
  }
  return out;
}
