import type { JsonObject } from '../data';
import { ArgumentError } from '../errors';
import {
  ACTIVATIONS,
  type Activation,
  checkOptimizer,
  type InferencePrecision,
  OPTIMIZERS,
  type Optimizer,
} from '../graph';
import { adam, adamw, momentum, nesterov, rmsprop, sgd } from '../optim';
import { type ClassWeight, checkClassWeight, checkEarlyStopping, type EarlyStoppingOptions } from '../train';
import { checkBoolean, checkInteger, checkKeys, checkNumber, checkOneOf, checkSeed, show } from '../validate';
import { checkLearningRate, type LearningRate } from './learningRate';

/** The names of the optimizers of lib/optim. */
export type OptimizerName = Optimizer['name'];

/** Options that MLPClassifier and MLPRegressor share. */
export interface MLPOptions {
  /** Units of each hidden layer; [] is a linear model. Default [100]. */
  hidden?: readonly number[];
  /** Of the hidden layers. Default 'relu'. */
  activation?: Activation;
  /**
   * 'sgd', 'momentum', 'nesterov', 'adam', 'adamw', 'rmsprop' with PyTorch's defaults, or what a factory such as
   * `adam({ beta2: 0.99 })` returns. Default 'adam'.
   */
  optimizer?: OptimizerName | Optimizer;
  /**
   * A number, a schedule such as `{ schedule: 'cosine', rate: 0.01, warmupEpochs: 2 }`, or a function of the optimizer
   * step. Default 0.001; 0.01 for 'rmsprop' (PyTorch's).
   */
  learningRate?: LearningRate;
  /** Gradients are scaled down to this global L2 norm when theirs is larger. Default: no clipping. */
  clipNorm?: number;
  /** Rows of a minibatch. Default 'auto': 32 below 10,000 training rows, 128 below 100,000, else 256. */
  batchSize?: number | 'auto';
  /** Passes over the training rows. Default 100. */
  epochs?: number;
  /** Decoupled decay (AdamW's): w -= learningRate * weightDecay * w, never of biases. Default 0; 0.01 for 'adamw'. */
  weightDecay?: number;
  /** lambda in loss + lambda * sum(w^2), never of biases. Default 0. */
  l2?: number;
  /** Probability with which a hidden unit is zeroed in training (inverted dropout). Default 0. */
  dropout?: number;
  /** Fraction of the rows that is held out to measure `valLoss`; for classes in their shares. Default 0: none. */
  validationSplit?: number;
  /** Stop when the watched figure has not improved for `patience` epochs, and put the best weights back. */
  earlyStopping?: boolean | EarlyStoppingOptions;
  /** Draw a new order of the rows each epoch. Default true. */
  shuffle?: boolean;
  /**
   * Scale each column of X to mean 0 and standard deviation 1 (of the training rows); kept in the model and in its
   * file, so that `predict` takes raw rows. Default false.
   */
  standardize?: boolean;
  /** Of initial weights, order, dropout and the validation rows: the same seed gives the same bits. Default 0. */
  seed?: number;
  /** The most threads to use; results do not depend on it. Default: all of the pool (see `setThreads`). */
  threads?: number;
  /**
   * Of predictions and `evaluate`: 'f32' (default), 'bf16' or 'int8', which are faster on CPUs that have the
   * instructions ('bf16' on some Intel CPUs for single rows only). Training is float32 always, and so are saved weights;
   * like `threads` it does not go into the file.
   */
  precision?: InferencePrecision;
}

export interface MLPClassifierOptions extends MLPOptions {
  /** Two classes: the probability from which the second one (in ascending order) is predicted. Default 0.5. */
  threshold?: number;
  /** Weights of the classes in the loss. Default: all 1. */
  classWeight?: ClassWeight;
  /** PyTorch's label smoothing: this share of each target is spread over all classes. Default 0. */
  labelSmoothing?: number;
}

/** Losses of `MLPRegressor`. */
export type RegressionLoss = 'mse' | 'mae' | 'huber';

export interface MLPRegressorOptions extends MLPOptions {
  /** 'mse' (default), 'mae', or 'huber' with delta 1. */
  loss?: RegressionLoss;
  /**
   * Scale each target to mean 0 and standard deviation 1 (of the training rows) while training; predictions come back
   * in the original units, losses are told in scaled ones. Default false.
   */
  standardizeTarget?: boolean;
}

/** What every training needs, checked and with defaults. */
export type TrainingOptions = Omit<ResolvedMLPOptions, 'hidden' | 'activation' | 'dropout'>;

/** The checked options with their defaults. */
export type ResolvedMLPOptions = Required<Omit<MLPOptions, 'clipNorm' | 'earlyStopping' | 'threads' | 'weightDecay'>> &
  Pick<MLPOptions, 'clipNorm' | 'earlyStopping' | 'threads' | 'weightDecay'>;

const KEYS = [
  'hidden',
  'activation',
  'optimizer',
  'learningRate',
  'clipNorm',
  'batchSize',
  'epochs',
  'weightDecay',
  'l2',
  'dropout',
  'validationSplit',
  'earlyStopping',
  'shuffle',
  'standardize',
  'seed',
  'threads',
  'precision',
] as const;

export const PRECISIONS: readonly InferencePrecision[] = ['f32', 'bf16', 'int8'];

const MAX_UNITS = 2 ** 24;
const MAX_EPOCHS = 1e9;
const MAX_BATCH = 2 ** 24;

function checkHidden(value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length > 1000) {
    throw new ArgumentError(
      `Expected \`hidden\` to be an array of layer sizes such as [256, 128], received ${show(value)}.`,
    );
  }
  return value.map((units, i) => checkInteger(units, `hidden[${i}]`, { min: 1, max: MAX_UNITS }));
}

function optimizerOption(value: unknown): OptimizerName | Optimizer {
  if (typeof value === 'string') return checkOneOf(value, 'optimizer', OPTIMIZERS);
  return checkOptimizer(value);
}

const FACTORIES = { sgd, momentum, nesterov, adam, adamw, rmsprop };

/** The optimizer with the decay and clipping that stand beside it. */
export function optimizerOf(
  options: Pick<TrainingOptions, 'optimizer' | 'weightDecay' | 'l2' | 'clipNorm'>,
): Optimizer {
  const { optimizer, weightDecay, l2, clipNorm } = options;
  const shared = {
    ...(weightDecay === undefined ? {} : { weightDecay }),
    ...(l2 === 0 ? {} : { l2 }),
    ...(clipNorm === undefined ? {} : { clipNorm }),
  };
  return typeof optimizer === 'string' ? FACTORIES[optimizer](shared) : { ...optimizer, ...shared };
}

/** @throws ArgumentError when an option is unknown, of another type or out of range */
export function resolveMLPOptions(
  given: MLPOptions,
  owner: string,
  ownKeys: readonly string[] = [],
): ResolvedMLPOptions {
  checkKeys(given, [...KEYS, ...ownKeys], owner);
  const optimizer = optimizerOption(given.optimizer ?? 'adam');
  const name = typeof optimizer === 'string' ? optimizer : optimizer.name;
  const batchSize = given.batchSize ?? 'auto';
  const out: ResolvedMLPOptions = {
    hidden: checkHidden(given.hidden ?? [100]),
    activation: checkOneOf(given.activation ?? 'relu', 'activation', ACTIVATIONS),
    optimizer,
    learningRate: checkLearningRate(given.learningRate ?? (name === 'rmsprop' ? 0.01 : 0.001)),
    batchSize: batchSize === 'auto' ? batchSize : checkInteger(batchSize, 'batchSize', { min: 1, max: MAX_BATCH }),
    epochs: checkInteger(given.epochs ?? 100, 'epochs', { min: 1, max: MAX_EPOCHS }),
    l2: checkNumber(given.l2 ?? 0, 'l2', { min: 0, max: 1e6 }),
    dropout: checkNumber(given.dropout ?? 0, 'dropout', { min: 0, max: 1, exclusiveMax: true }),
    validationSplit: checkNumber(given.validationSplit ?? 0, 'validationSplit', { min: 0, max: 1, exclusiveMax: true }),
    shuffle: checkBoolean(given.shuffle ?? true, 'shuffle'),
    standardize: checkBoolean(given.standardize ?? false, 'standardize'),
    seed: checkSeed(given.seed ?? 0),
    precision: checkOneOf(given.precision ?? 'f32', 'precision', PRECISIONS),
  };
  if (given.clipNorm !== undefined) {
    out.clipNorm = checkNumber(given.clipNorm, 'clipNorm', { min: 0, exclusiveMin: true });
  }
  if (given.weightDecay !== undefined) {
    out.weightDecay = checkNumber(given.weightDecay, 'weightDecay', { min: 0, max: 1e6 });
  }
  if (given.threads !== undefined) out.threads = checkInteger(given.threads, 'threads', { min: 1, max: 256 });
  if (given.earlyStopping !== undefined) out.earlyStopping = checkEarlyStopping(given.earlyStopping);
  return out;
}

/** The options of a classifier beyond the shared ones. */
export function resolveClassifierOptions(given: MLPClassifierOptions): {
  threshold: number;
  classWeight: ClassWeight | undefined;
  labelSmoothing: number;
} {
  return {
    threshold: checkNumber(given.threshold ?? 0.5, 'threshold', { min: 0, max: 1 }),
    classWeight: given.classWeight === undefined ? undefined : checkClassWeight(given.classWeight),
    labelSmoothing: checkNumber(given.labelSmoothing ?? 0, 'labelSmoothing', { min: 0, max: 1, exclusiveMax: true }),
  };
}

/** Rows of a minibatch for so many training rows. */
export function batchSizeFor(option: number | 'auto', rows: number): number {
  const size = option === 'auto' ? (rows < 10_000 ? 32 : rows < 100_000 ? 128 : 256) : option;
  return Math.max(1, Math.min(size, rows));
}

/** An optimizer without a `clipNorm` of Infinity, which JSON cannot hold. */
function finite(optimizer: unknown): unknown {
  if (typeof optimizer === 'string') return optimizer;
  const { clipNorm, ...rest } = optimizer as Optimizer;
  return Number.isFinite(clipNorm) ? optimizer : rest;
}

/** The options that go into a file: not those of the machine that computes. Schedules that are functions do not either. */
export const SAVED_KEYS = KEYS.filter((key) => key !== 'threads' && key !== 'precision');

/** @internal */
export function savedOptions(options: TrainingOptions): JsonObject {
  const out: Record<string, unknown> = {};
  for (const key of SAVED_KEYS) {
    const value = (options as Partial<ResolvedMLPOptions>)[key];
    if (value !== undefined && typeof value !== 'function') out[key] = key === 'optimizer' ? finite(value) : value;
  }
  return out as JsonObject;
}
