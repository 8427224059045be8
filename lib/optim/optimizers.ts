import { ArgumentError } from '../errors';
import type { Optimizer } from '../graph';
import { checkKeys, checkNumber, show } from '../validate';

/** What every optimizer takes. */
export interface CommonOptions {
  /** Decoupled decay, as AdamW: w -= lr * weightDecay * w. Biases and gains are left alone. Default 0 (adamw: 0.01). */
  weightDecay?: number;
  /** lambda in loss + lambda * sum(w^2). PyTorch's SGD `weight_decay` is 2 * l2. Default 0. */
  l2?: number;
  /** Gradients whose global L2 norm is larger are scaled down to it. Default: never. */
  clipNorm?: number;
}
export interface MomentumOptions extends CommonOptions {
  /** Default 0.9. */
  momentum?: number;
  /** Default 0. */
  dampening?: number;
}
export interface AdamOptions extends CommonOptions {
  /** Decay rate of the first moment. Default 0.9. */
  beta1?: number;
  /** Decay rate of the second moment. Default 0.999. */
  beta2?: number;
  /** Default 1e-8. */
  eps?: number;
}
export interface RmspropOptions extends CommonOptions {
  /** Smoothing constant. Default 0.99. */
  alpha?: number;
  /** Default 1e-8. */
  eps?: number;
}

const COMMON = ['weightDecay', 'l2', 'clipNorm'] as const;
const below1 = { min: 0, max: 1, exclusiveMax: true };

function make(name: Optimizer['name'], options: CommonOptions, own: Partial<Optimizer>, weightDecay = 0): Optimizer {
  const clipNorm = options.clipNorm ?? Number.POSITIVE_INFINITY;
  if (typeof clipNorm !== 'number' || !(clipNorm > 0)) {
    throw new ArgumentError(`Expected \`clipNorm\` to be a number above 0, received ${show(clipNorm)}.`);
  }
  return Object.freeze({
    name,
    momentum: 0,
    dampening: 0,
    beta1: 0,
    beta2: 0,
    eps: 0,
    alpha: 0,
    weightDecay: checkNumber(options.weightDecay ?? weightDecay, 'weightDecay', { min: 0 }),
    l2: checkNumber(options.l2 ?? 0, 'l2', { min: 0 }),
    clipNorm,
    ...own,
  });
}

/** w -= lr * g */
export function sgd(options: CommonOptions = {}): Optimizer {
  checkKeys(options, COMMON, 'sgd');
  return make('sgd', options, {});
}

function heavyBall(name: 'momentum' | 'nesterov', options: MomentumOptions): Optimizer {
  const dampened = name === 'momentum';
  checkKeys(options, [...COMMON, 'momentum', ...(dampened ? ['dampening'] : [])], name);
  return make(name, options, {
    momentum: checkNumber(options.momentum ?? 0.9, 'momentum', below1),
    dampening: checkNumber(options.dampening ?? 0, 'dampening', { min: 0, max: 1 }),
  });
}
/** v = momentum * v + (1 - dampening) * g; w -= lr * v (Polyak; PyTorch's SGD with momentum). */
export function momentum(options: MomentumOptions = {}): Optimizer {
  return heavyBall('momentum', options);
}
/** v = momentum * v + g; w -= lr * (g + momentum * v) (Sutskever et al. 2013; PyTorch's nesterov). */
export function nesterov(options: Omit<MomentumOptions, 'dampening'> = {}): Optimizer {
  return heavyBall('nesterov', options);
}

function moments(name: 'adam' | 'adamw', options: AdamOptions, weightDecay: number): Optimizer {
  checkKeys(options, [...COMMON, 'beta1', 'beta2', 'eps'], name);
  return make(
    name,
    options,
    {
      beta1: checkNumber(options.beta1 ?? 0.9, 'beta1', below1),
      beta2: checkNumber(options.beta2 ?? 0.999, 'beta2', below1),
      eps: checkNumber(options.eps ?? 1e-8, 'eps', { min: 0, exclusiveMin: true }),
    },
    weightDecay,
  );
}
/** Adam (Kingma and Ba 2015) with PyTorch's defaults. Embedding-like tables are updated lazily, as SparseAdam. */
export function adam(options: AdamOptions = {}): Optimizer {
  return moments('adam', options, 0);
}
/** Adam with decoupled weight decay (Loshchilov and Hutter 2019), 0.01 by default. */
export function adamw(options: AdamOptions = {}): Optimizer {
  return moments('adamw', options, 0.01);
}

/** v = alpha * v + (1 - alpha) * g^2; w -= lr * g / (sqrt(v) + eps) */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  checkKeys(options, [...COMMON, 'alpha', 'eps'], 'rmsprop');
  return make('rmsprop', options, {
    alpha: checkNumber(options.alpha ?? 0.99, 'alpha', below1),
    eps: checkNumber(options.eps ?? 1e-8, 'eps', { min: 0, exclusiveMin: true }),
  });
}
