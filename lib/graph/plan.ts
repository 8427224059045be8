import { ArgumentError, ShapeError } from '../errors';
import { checkInteger, checkNumber, checkSeed } from '../validate';
import { graphInfo } from './names';
import type { CompileOptions, InitialValues, Node, Optimizer, ParamOptions } from './types';

/** First word of a plan; changes when its form does (native/graph/plan.h). */
const MAGIC = 0x68620001;
const INITS = ['constant', 'uniform', 'normal', 'truncatedNormal', 'values'] as const;

/** What the plan says about a node. */
export interface NodeRecord {
  op: number;
  inputs: readonly number[];
  ints: readonly number[];
  floats: ArrayLike<number>;
}

export interface EncodedPlan {
  ints: Int32Array;
  floats: Float64Array;
}

/** Integer and real attributes of a parameter. */
export function encodeParam(
  shape: readonly number[],
  initial: InitialValues,
  options: Required<ParamOptions>,
): { ints: number[]; floats: number[] } {
  const kind = INITS.indexOf(initial.kind);
  if (kind < 0) throw new ArgumentError(`Expected an initial value of kind ${INITS.join(', ')}.`);
  const [a, b] =
    initial.kind === 'constant'
      ? [initial.value, 0]
      : initial.kind === 'uniform'
        ? [initial.low, initial.high]
        : initial.kind === 'values'
          ? [0, 0]
          : [initial.mean, initial.std];
  return {
    ints: [options.decay ? 1 : 0, options.trainable ? 1 : 0, kind, shape.length, ...shape],
    floats: [a, b, options.learningRateScale],
  };
}

const NONE: Omit<Optimizer, 'name'> = {
  momentum: 0,
  dampening: 0,
  beta1: 0,
  beta2: 0,
  eps: 0,
  alpha: 0,
  weightDecay: 0,
  l2: 0,
  clipNorm: Number.POSITIVE_INFINITY,
};

function hyper(optimizer: Optimizer | undefined): number[] {
  const o = optimizer ?? NONE;
  const values = [o.momentum, o.dampening, o.beta1, o.beta2, o.eps, o.alpha, o.weightDecay, o.l2];
  for (const value of values) checkNumber(value, 'optimizer', { min: 0 });
  if (!(o.clipNorm > 0)) {
    throw new ArgumentError(`Expected \`clipNorm\` to be a number above 0, received ${String(o.clipNorm)}.`);
  }
  return [...values, o.clipNorm];
}

function optimizerIndex(optimizer: Optimizer | undefined): number {
  if (optimizer === undefined) return -1;
  const index = graphInfo().optimizers.indexOf(optimizer.name);
  if (index < 0) throw new ArgumentError(`Expected a known optimizer, received '${optimizer.name}'.`);
  return index;
}

/** Writes the two arrays that native/graph/plan.h describes. */
export function encodePlan(
  records: readonly NodeRecord[],
  loss: Node | undefined,
  outputs: readonly Node[],
  options: CompileOptions,
): EncodedPlan {
  const maxBatch = checkInteger(options.maxBatch, 'maxBatch', { min: 1, max: 1 << 24 });
  const maxTime =
    options.maxTime === undefined ? 0 : checkInteger(options.maxTime, 'maxTime', { min: 1, max: 1 << 24 });
  const seed = checkSeed(options.seed ?? 0);
  const ints = [
    MAGIC,
    optimizerIndex(options.optimizer),
    loss?.id ?? -1,
    maxBatch,
    maxTime,
    seed | 0,
    Math.floor(seed / 2 ** 32),
    outputs.length,
    ...outputs.map((node) => node.id),
    records.length,
  ];
  let floatCount = 9;
  for (const record of records) {
    ints.push(record.op, record.inputs.length, ...record.inputs, record.ints.length, ...record.ints);
    ints.push(record.floats.length);
    floatCount += record.floats.length;
  }
  if (floatCount > 2 ** 30) throw new ShapeError('Expected constants of at most 2^30 values in all.');
  const floats = new Float64Array(floatCount);
  floats.set(hyper(options.optimizer));
  let at = 9;
  for (const record of records) {
    floats.set(record.floats, at);
    at += record.floats.length;
  }
  return { ints: Int32Array.from(ints), floats };
}
