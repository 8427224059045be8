import { DataError, HebbError } from '../errors';
import { isNumberIn, type NumberRange, rangeText, show } from '../validate';

/** Anything that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object: the saved form of an encoder or a scaler. `kind` is the class's name. */
export type JsonObject = { readonly [key: string]: Json };

/** Refuses a call that needs `fit` before. */
export function requireFitted<T>(state: T | undefined, owner: string, method: string): T {
  if (state === undefined) {
    throw new HebbError('ERR_NOT_FITTED', `Expected ${owner} to be fitted before \`${method}\`. Call \`fit\` first.`);
  }
  return state;
}

/**
 * Reads the fields of a saved object and names the one that is wrong.
 * @throws DataError when the object is of another kind, or from the reading methods when a field has another form
 */
export class StateReader {
  private readonly fields: Record<string, unknown>;

  constructor(
    state: unknown,
    private readonly kind: string,
  ) {
    if (state === null || typeof state !== 'object' || (state as { kind?: unknown }).kind !== kind) {
      const found = (state as { kind?: unknown } | null)?.kind;
      throw new DataError(
        `Expected the saved state of a ${kind}, received ${found === undefined ? show(state) : `kind ${show(found)}`}.`,
      );
    }
    this.fields = state as Record<string, unknown>;
  }

  private refuse(key: string, expected: string): never {
    throw new DataError(
      `Expected \`${key}\` in the saved state of ${this.kind} to be ${expected}, received ${show(this.fields[key])}.`,
    );
  }

  number(key: string): number {
    const value = this.fields[key];
    return typeof value === 'number' ? value : this.refuse(key, 'a number');
  }

  boolean(key: string): boolean {
    const value = this.fields[key];
    return typeof value === 'boolean' ? value : this.refuse(key, 'true or false');
  }

  string(key: string): string {
    const value = this.fields[key];
    return typeof value === 'string' ? value : this.refuse(key, 'a string');
  }

  oneOf<const T extends string>(key: string, allowed: readonly T[]): T {
    const value = this.fields[key];
    return (allowed as readonly unknown[]).includes(value)
      ? (value as T)
      : this.refuse(key, `one of ${allowed.map((a) => `'${a}'`).join(', ')}`);
  }

  array(key: string, length?: number): readonly unknown[] {
    const value = this.fields[key];
    if (!Array.isArray(value)) return this.refuse(key, 'an array');
    return length === undefined || value.length === length ? value : this.refuse(key, `an array of ${length} elements`);
  }

  /** Finite numbers, inside of `range`. */
  numbers(key: string, length?: number, range: NumberRange = {}): Float64Array {
    const values = this.array(key, length);
    if (!values.every((value) => isNumberIn(value, range))) {
      return this.refuse(key, `an array of numbers, each ${rangeText(range)}`);
    }
    return Float64Array.from(values as readonly number[]);
  }

  strings(key: string, length?: number): string[] {
    const values = this.array(key, length);
    return values.every((v) => typeof v === 'string') ? (values as string[]) : this.refuse(key, 'an array of strings');
  }
}
