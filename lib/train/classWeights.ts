import type { Label } from '../data';
import { ArgumentError } from '../errors';
import { checkNumber, checkOneOf, didYouMean, show } from '../validate';

/**
 * A weight for each class: 'balanced' gives n / (C * rows of the class), as in scikit-learn; an object or a Map gives
 * weights by label, and 1 to labels that are not named.
 */
export type ClassWeight = 'balanced' | Readonly<Record<string, number>> | ReadonlyMap<Label, number>;

/** Refuses what is no class weight; whether its labels exist is known only once the classes are. */
export function checkClassWeight(value: unknown, name = 'classWeight'): ClassWeight {
  if (typeof value === 'string') return checkOneOf(value, name, ['balanced'] as const);
  if (value === null || typeof value !== 'object' || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw new ArgumentError(
      `Expected \`${name}\` to be 'balanced', an object or a Map from label to weight, received ${show(value)}.`,
    );
  }
  const weights = value as Readonly<Record<string, number>> | ReadonlyMap<Label, number>;
  for (const [label, weight] of entries(weights)) {
    checkNumber(weight, `${name}[${show(label)}]`, { min: 0, exclusiveMin: true, max: 1e6 });
  }
  return weights;
}

function entries(weights: Readonly<Record<string, number>> | ReadonlyMap<Label, number>): [Label, number][] {
  return weights instanceof Map ? [...weights.entries()] : Object.entries(weights);
}

/**
 * The weights in the order of the classes, float32.
 * @param counts training rows of each class
 * @throws ArgumentError when a label is none of the classes
 */
export function resolveClassWeight(
  value: ClassWeight | undefined,
  classes: readonly Label[],
  counts: ArrayLike<number>,
): Float32Array | undefined {
  if (value === undefined) return undefined;
  const out = new Float32Array(classes.length).fill(1);
  if (value === 'balanced') {
    let rows = 0;
    for (let c = 0; c < classes.length; c++) rows += counts[c];
    // A class without training rows (all of them went into the validation part) has no say in the loss.
    for (let c = 0; c < classes.length; c++) if (counts[c] > 0) out[c] = rows / (classes.length * counts[c]);
    return out;
  }
  const names = classes.map(String);
  for (const [label, weight] of entries(value as Exclude<ClassWeight, string>)) {
    const c = names.indexOf(String(label));
    if (c < 0) {
      throw new ArgumentError(
        `Expected \`classWeight\` to name classes of \`y\` (${names.slice(0, 10).join(', ')}), ` +
          `received ${show(label)}.${didYouMean(String(label), names)}`,
      );
    }
    out[c] = weight;
  }
  return out;
}
