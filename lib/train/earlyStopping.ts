import { ArgumentError } from '../errors';
import { checkBoolean, checkInteger, checkKeys, checkNumber, checkOneOf } from '../validate';
import type { EpochRecord } from './history';

/** When training ends before its last epoch. */
export interface EarlyStoppingOptions {
  /** Epochs without improvement after which training ends. Default 10. */
  patience?: number;
  /** An improvement smaller than this does not count. Default 0. */
  minDelta?: number;
  /**
   * What is watched: 'valLoss' (the default with validation rows), 'loss' (the default without), or a metric of the
   * history such as 'valAccuracy' or 'valR2'.
   */
  monitor?: string;
  /** Whether a larger value is better: 'min' for losses, 'max' for the rest by default. */
  mode?: 'min' | 'max';
  /** Put the weights of the best epoch back at the end. Default true. */
  restoreBest?: boolean;
}

export type EarlyStopping = Required<EarlyStoppingOptions>;

const KEYS = ['patience', 'minDelta', 'monitor', 'mode', 'restoreBest'] as const;

/**
 * The option `earlyStopping` as it was given, each part of it checked.
 * @throws ArgumentError when it is neither true, false nor an object, or when a part is unknown or out of range
 */
export function checkEarlyStopping(value: boolean | EarlyStoppingOptions): boolean | EarlyStoppingOptions {
  if (typeof value === 'boolean') return value;
  checkKeys(value, KEYS, '`earlyStopping`');
  const { patience, minDelta, monitor, mode, restoreBest } = value;
  if (patience !== undefined) checkInteger(patience, 'earlyStopping.patience', { min: 1, max: 2 ** 31 });
  if (minDelta !== undefined) checkNumber(minDelta, 'earlyStopping.minDelta', { min: 0 });
  if (monitor !== undefined && (typeof monitor !== 'string' || monitor === '')) {
    throw new ArgumentError("Expected `earlyStopping.monitor` to be the name of a figure, such as 'valLoss'.");
  }
  if (mode !== undefined) checkOneOf(mode, 'earlyStopping.mode', ['min', 'max']);
  if (restoreBest !== undefined) checkBoolean(restoreBest, 'earlyStopping.restoreBest');
  return value;
}

/**
 * The option `earlyStopping` with its defaults; undefined when it is off.
 * @throws ArgumentError
 */
export function resolveEarlyStopping(
  value: boolean | EarlyStoppingOptions | undefined,
  hasValidation: boolean,
): EarlyStopping | undefined {
  const checked = checkEarlyStopping(value ?? false);
  if (checked === false) return undefined;
  const given: EarlyStoppingOptions = checked === true ? {} : checked;
  const monitor = given.monitor ?? (hasValidation ? 'valLoss' : 'loss');
  if (monitor.startsWith('val') && !hasValidation) {
    throw new ArgumentError(
      `Expected validation rows for \`earlyStopping.monitor\` '${monitor}'. Set \`validationSplit\`, or watch 'loss'.`,
    );
  }
  return {
    monitor,
    patience: given.patience ?? 10,
    minDelta: given.minDelta ?? 0,
    mode: given.mode ?? (/loss$/i.test(monitor) ? 'min' : 'max'),
    restoreBest: given.restoreBest ?? true,
  };
}

/** The figure of an epoch that goes by this name, or undefined. */
export function figure(record: EpochRecord, name: string): number | undefined {
  if (name === 'loss') return record.loss;
  if (name === 'valLoss') return record.valLoss;
  return record.metrics[name];
}

/** Watches one figure over the epochs. */
export class BestTracker {
  best: number;
  bestEpoch = -1;
  private waited = 0;

  constructor(
    readonly monitor: string,
    private readonly mode: 'min' | 'max',
    private readonly minDelta = 0,
    private readonly patience = Number.POSITIVE_INFINITY,
  ) {
    this.best = mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /**
   * Takes an epoch in: whether it is the best so far, and whether patience has run out.
   * @throws ArgumentError when the epochs have no such figure
   */
  see(record: EpochRecord): { improved: boolean; exhausted: boolean } {
    const value = figure(record, this.monitor);
    if (value === undefined) {
      const known = ['loss', ...(record.valLoss === undefined ? [] : ['valLoss']), ...Object.keys(record.metrics)];
      throw new ArgumentError(
        `Expected \`earlyStopping.monitor\` to be one of ${known.join(', ')}, received '${this.monitor}'.`,
      );
    }
    const gain = this.mode === 'min' ? this.best - value : value - this.best;
    const improved = gain > this.minDelta || (this.bestEpoch < 0 && !Number.isNaN(value));
    if (improved) {
      this.best = value;
      this.bestEpoch = record.epoch;
      this.waited = 0;
    } else {
      this.waited++;
    }
    return { improved, exhausted: this.waited >= this.patience };
  }
}
