import { ArgumentError } from '../errors';
import { checkInteger, checkNumber, show } from '../validate';

/** A learning rate as a pure function of the number of updates done, from 0. */
export type Schedule = (step: number) => number;

/** What every schedule takes. */
export interface WarmupOptions {
  /** Updates over which the rate rises linearly to its full value: (step + 1) / warmup of it. Default 0. */
  warmup?: number;
}

/** The schedule behind a warm-up; its own steps begin when the warm-up ends. */
function warmed(peak: number, options: WarmupOptions, after: Schedule): Schedule {
  const warmup = checkInteger(options.warmup ?? 0, 'warmup', { min: 0 });
  return (step) => (step < warmup ? (peak * (step + 1)) / warmup : after(step - warmup));
}
const positive = (value: number, name: string) => checkNumber(value, name, { min: 0 });

/** Always `rate`. */
export function constant(rate: number, options: WarmupOptions = {}): Schedule {
  positive(rate, 'rate');
  return warmed(rate, options, () => rate);
}

/** `rate` times `gamma` (default 0.1) for every `every` updates done. */
export function stepDecay(rate: number, options: WarmupOptions & { every: number; gamma?: number }): Schedule {
  positive(rate, 'rate');
  const every = checkInteger(options.every, 'every', { min: 1 });
  const gamma = checkNumber(options.gamma ?? 0.1, 'gamma', { min: 0, max: 1 });
  return warmed(rate, options, (step) => rate * gamma ** Math.floor(step / every));
}

/** `rate` times `gamma` to the power of updates done / `every` (default 1). */
export function exponential(rate: number, options: WarmupOptions & { gamma: number; every?: number }): Schedule {
  positive(rate, 'rate');
  const gamma = checkNumber(options.gamma, 'gamma', { min: 0, max: 1 });
  const every = checkInteger(options.every ?? 1, 'every', { min: 1 });
  return warmed(rate, options, (step) => rate * gamma ** (step / every));
}

/**
 * Half a cosine from `rate` down to `minimum` (default 0) at update `steps`, warm-up included, and `minimum` from there
 * on (Loshchilov and Hutter 2017, without restarts).
 */
export function cosine(rate: number, options: WarmupOptions & { steps: number; minimum?: number }): Schedule {
  positive(rate, 'rate');
  const steps = checkInteger(options.steps, 'steps', { min: 1 });
  const minimum = positive(options.minimum ?? 0, 'minimum');
  const length = Math.max(1, steps - (options.warmup ?? 0));
  return warmed(rate, options, (step) => {
    return minimum + ((rate - minimum) * (1 + Math.cos(Math.PI * Math.min(1, step / length)))) / 2;
  });
}

/** Rates of `count` updates from `first` on: what a slice of training takes. */
export function sampleSchedule(schedule: Schedule | number, first: number, count: number): Float64Array {
  const rates = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const rate = typeof schedule === 'number' ? schedule : schedule(first + i);
    if (typeof rate !== 'number' || !Number.isFinite(rate) || rate < 0) {
      throw new ArgumentError(
        `Expected the learning rate to be a finite number of at least 0, received ${show(rate)} for update ${first + i}.`,
      );
    }
    rates[i] = rate;
  }
  return rates;
}
