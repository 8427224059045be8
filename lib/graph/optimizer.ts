import { ArgumentError } from '../errors';
import { checkKeys, checkNumber, checkOneOf, type NumberRange, show } from '../validate';
import type { Optimizer } from './types';

/** The names of the optimizers. */
export const OPTIMIZERS: readonly Optimizer['name'][] = ['sgd', 'momentum', 'nesterov', 'adam', 'adamw', 'rmsprop'];

const below1 = { min: 0, max: 1, exclusiveMax: true };
const RANGES: Record<Exclude<keyof Optimizer, 'name' | 'clipNorm'>, NumberRange> = {
  momentum: below1,
  dampening: { min: 0, max: 1 },
  beta1: below1,
  beta2: below1,
  eps: { min: 0 },
  alpha: below1,
  weightDecay: { min: 0 },
  l2: { min: 0 },
};
const FIELDS = Object.keys(RANGES) as (keyof typeof RANGES)[];
const EXPECTED = 'Expected `optimizer` to be what a factory such as `adam({ beta2: 0.99 })` returns';

/**
 * The description of an optimizer, every figure in its range. Without `clipNorm`, which JSON cannot hold when it is
 * Infinity, gradients are not clipped.
 * @throws ArgumentError when a field is missing, unknown or out of range
 */
export function checkOptimizer(value: unknown): Optimizer {
  if (typeof value === 'function') {
    throw new ArgumentError(`${EXPECTED}, received a function. Call it: \`${value.name || 'adam'}()\`.`);
  }
  if (value === null || typeof value !== 'object' || !('name' in value)) {
    throw new ArgumentError(`${EXPECTED}, received ${show(value)}.`);
  }
  const given = value as Optimizer;
  const name = checkOneOf(given.name, 'optimizer.name', OPTIMIZERS);
  checkKeys(given, ['name', ...FIELDS, 'clipNorm'], '`optimizer`');
  const missing = FIELDS.find((field) => given[field] === undefined);
  if (missing !== undefined) {
    throw new ArgumentError(
      `${EXPECTED}, received an object without \`${missing}\`. \`${name}()\` fills in what is left out.`,
    );
  }
  for (const field of FIELDS) checkNumber(given[field], `optimizer.${field}`, RANGES[field]);
  const clipNorm = given.clipNorm ?? Number.POSITIVE_INFINITY;
  if (typeof clipNorm !== 'number' || !(clipNorm > 0)) {
    throw new ArgumentError(`Expected \`optimizer.clipNorm\` to be a number above 0, received ${show(clipNorm)}.`);
  }
  return { ...given, clipNorm };
}
