import { ArgumentError, DataError } from '../errors';
import type { StateDict, StateTensor } from '../graph';
import type { Artefact } from '../io';
import { show } from '../validate';

/**
 * The tensors of a file as weights.
 * @throws DataError when one holds no real numbers, or NaN or Infinity
 */
export function weightsOf({ tensors }: Pick<Artefact, 'tensors'>, file: string): StateDict {
  const weights: Record<string, StateTensor> = {};
  for (const [name, { data, shape, dtype }] of Object.entries(tensors)) {
    if (!(data instanceof Float32Array || data instanceof Float64Array)) {
      throw new DataError(`Expected tensor '${name}' of ${file} to hold real numbers, found ${dtype}.`);
    }
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new DataError(`Expected tensor '${name}' of ${file} to be finite, found ${data[bad]} at element ${bad}.`);
    }
    weights[name] = { data, shape };
  }
  return weights;
}

/** The saved preprocessing by name; files of other programs may have none. */
export function preprocessingOf({ preprocessing }: Artefact): Record<string, unknown> {
  return preprocessing !== null && typeof preprocessing === 'object' && !Array.isArray(preprocessing)
    ? (preprocessing as Record<string, unknown>)
    : {};
}

/** Makes a model from the options of a file, whose faults are the file's. */
export function fromFile<T>(file: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof ArgumentError)) throw cause;
    throw new DataError(`Expected the saved options of ${file} to be usable: ${cause.message}`, { cause });
  }
}

export function checkFile(file: unknown): asserts file is string {
  if (typeof file !== 'string' || file === '' || file.includes('\0')) {
    throw new ArgumentError(`Expected \`file\` to be the path of a file, received ${show(file)}.`);
  }
}
