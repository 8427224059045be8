import { ArgumentError, ShapeError } from '../errors';
import { checkInteger, checkSeed } from '../validate';
import { graphInfo } from './names';
import { checkOptimizer } from './optimizer';
import type { CompileOptions, InitialValues, Node, ParamOptions } from './types';

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

const HYPER = ['momentum', 'dampening', 'beta1', 'beta2', 'eps', 'alpha', 'weightDecay', 'l2', 'clipNorm'] as const;

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
  const optimizer = options.optimizer === undefined ? undefined : checkOptimizer(options.optimizer);
  const ints = [
    MAGIC,
    optimizer === undefined ? -1 : graphInfo().optimizers.indexOf(optimizer.name),
    loss?.id ?? -1,
    maxBatch,
    maxTime,
    seed | 0,
    Math.floor(seed / 2 ** 32),
    outputs.length,
    ...outputs.map((node) => node.id),
    records.length,
  ];
  let floatCount = HYPER.length;
  for (const record of records) {
    ints.push(record.op, record.inputs.length, ...record.inputs, record.ints.length, ...record.ints);
    ints.push(record.floats.length);
    floatCount += record.floats.length;
  }
  if (floatCount > 2 ** 30) throw new ShapeError('Expected constants of at most 2^30 values in all.');
  const floats = new Float64Array(floatCount);
  if (optimizer !== undefined) floats.set(HYPER.map((name) => optimizer[name]));
  let at = HYPER.length;
  for (const record of records) {
    floats.set(record.floats, at);
    at += record.floats.length;
  }
  return { ints: Int32Array.from(ints), floats };
}
