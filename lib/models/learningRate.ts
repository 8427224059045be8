import { ArgumentError } from '../errors';
import { constant, cosine, exponential, type Schedule, stepDecay } from '../optim';
import { checkKeys, checkNumber, checkOneOf, show } from '../validate';

/** A schedule in epochs, as plain data: it is saved with the model. */
export interface EpochSchedule {
  /**
   * 'constant'; 'step': times `gamma` (default 0.1) every `everyEpochs` epochs (default 10); 'exponential': times
   * `gamma` (default 0.95) each epoch, smoothly; 'cosine': half a cosine down to `minimum` at the last epoch.
   */
  schedule: 'constant' | 'step' | 'exponential' | 'cosine';
  /** The highest rate. */
  rate: number;
  /** Epochs over which the rate rises linearly to `rate`; fractions are fine. Default 0. */
  warmupEpochs?: number;
  /** Of 'step': epochs between two falls of the rate. Default 10. */
  everyEpochs?: number;
  /** The factor of 'step' (default 0.1) and 'exponential' (default 0.95). */
  gamma?: number;
  /** Default 0. */
  minimum?: number;
}

/** A rate, a schedule in epochs, or a function of the number of optimizer steps done. */
export type LearningRate = number | EpochSchedule | Schedule;

const OWN_KEYS: Record<EpochSchedule['schedule'], readonly string[]> = {
  constant: [],
  step: ['everyEpochs', 'gamma'],
  exponential: ['gamma'],
  cosine: ['minimum'],
};
const RATE = { min: 0, exclusiveMin: true, max: 1e6 };

/** @throws ArgumentError when it is none of the three forms */
export function checkLearningRate(value: unknown): LearningRate {
  if (typeof value === 'function') return value as Schedule;
  if (typeof value === 'number') return checkNumber(value, 'learningRate', RATE);
  if (value === null || typeof value !== 'object') {
    throw new ArgumentError(
      `Expected \`learningRate\` to be a number, a schedule such as { schedule: 'cosine', rate: 0.01 } or a function, ` +
        `received ${show(value)}.`,
    );
  }
  const given = value as EpochSchedule;
  const kind = checkOneOf(given.schedule, 'learningRate.schedule', Object.keys(OWN_KEYS) as (keyof typeof OWN_KEYS)[]);
  checkKeys(given, ['schedule', 'rate', 'warmupEpochs', ...OWN_KEYS[kind]], `the schedule '${kind}'`);
  checkNumber(given.rate, 'learningRate.rate', RATE);
  const optional = (
    key: 'warmupEpochs' | 'everyEpochs' | 'gamma' | 'minimum',
    range: Parameters<typeof checkNumber>[2],
  ) => {
    if (given[key] !== undefined) checkNumber(given[key], `learningRate.${key}`, range);
  };
  optional('warmupEpochs', { min: 0 });
  optional('everyEpochs', { min: 0, exclusiveMin: true });
  optional('gamma', { min: 0, max: 1 });
  optional('minimum', { min: 0, max: given.rate });
  return { ...given };
}

/** The rate as the trainer takes it, for so many steps an epoch. */
export function scheduleOf(value: LearningRate, stepsPerEpoch: number, epochs: number): number | Schedule {
  if (typeof value !== 'object') return value;
  const steps = (count: number) => Math.max(1, Math.round(count * stepsPerEpoch));
  const warmup = Math.round((value.warmupEpochs ?? 0) * stepsPerEpoch);
  switch (value.schedule) {
    case 'constant':
      return constant(value.rate, { warmup });
    case 'step':
      return stepDecay(value.rate, { warmup, every: steps(value.everyEpochs ?? 10), gamma: value.gamma ?? 0.1 });
    case 'exponential':
      return exponential(value.rate, { warmup, every: stepsPerEpoch, gamma: value.gamma ?? 0.95 });
    case 'cosine':
      return cosine(value.rate, { warmup, steps: steps(epochs), minimum: value.minimum ?? 0 });
  }
}
