import { isNumericArray } from '../data';
import { AbortError, ArgumentError, fromNative } from '../errors';
import { type NativeRunArguments, type NativeSlice, type NativeSliceStats, native, settle } from '../native';
import { checkBoolean, checkInteger, checkKeys, checkNumber, checkOneOf, didYouMean, show } from '../validate';
import { datasetHandle } from './dataset';
import { resolveShape } from './dims';
import type { CompiledProgram } from './program';
import type {
  AsyncRunOptions,
  Dataset,
  EpochStats,
  Node,
  OutputValue,
  PredictOptions,
  RunOptions,
  SliceStats,
} from './types';

const RUN_OPTIONS = [
  'indices',
  'epochs',
  'batchSize',
  'learningRates',
  'mode',
  'accumulate',
  'keepLosses',
  'columns',
  'threads',
] as const;
const PREDICT_OPTIONS = ['indices', 'batchSize', 'columns', 'threads', 'signal'] as const;

/** Pairs inputs with columns: those that `columns` names, else those of the same name. */
function pairs(program: CompiledProgram, data: Dataset, columns: Readonly<Record<string, string>> = {}) {
  for (const name of Object.keys(columns)) {
    if (!program.inputNames.includes(name)) {
      throw new ArgumentError(
        `Expected \`columns\` to name inputs of the program, received '${name}'.${didYouMean(name, program.inputNames)}`,
      );
    }
  }
  const names = Object.keys(data.columns);
  const nodes: number[] = [];
  const indices: number[] = [];
  for (const node of program.inputs) {
    const column = columns[node.name] ?? node.name;
    const index = names.indexOf(column);
    if (index < 0 && columns[node.name] !== undefined) {
      throw new ArgumentError(`Expected a column of the data set, received '${column}'.${didYouMean(column, names)}`);
    }
    if (index < 0) continue;
    nodes.push(node.id);
    indices.push(index);
  }
  return { nodes: Int32Array.from(nodes), columns: Int32Array.from(indices) };
}

function slice(program: CompiledProgram, data: Dataset, options: RunOptions | PredictOptions): NativeSlice {
  const { indices } = options;
  if (indices !== undefined && !(indices instanceof Int32Array)) {
    throw new ArgumentError('Expected `indices` to be an Int32Array.');
  }
  const feeds = pairs(program, data, options.columns);
  const batchSize = checkInteger(options.batchSize ?? program.maxBatch, 'batchSize', {
    min: 1,
    max: program.maxBatch,
  });
  const threads = checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 });
  return [program.handle, datasetHandle(data), feeds.nodes, feeds.columns, indices ?? null, batchSize, threads];
}

interface Prepared {
  args: NativeRunArguments;
  metricNames: string[];
  keepLosses: boolean;
  epochs: number;
}

/** A step size: weights are float32, larger ones would be infinite. */
export function checkLearningRate(value: unknown, name = 'learningRate'): number {
  return checkNumber(value, name, { min: 0, max: 3.4e38 });
}

function readRates(rates: unknown): Float64Array {
  if (typeof rates === 'number') return Float64Array.of(checkLearningRate(rates, 'learningRates'));
  if (!Array.isArray(rates) && !isNumericArray(rates)) {
    throw new ArgumentError(
      `Expected \`learningRates\` to be a number or an array of numbers, received ${show(rates)}.`,
    );
  }
  return Float64Array.from(rates, (rate, i) => checkLearningRate(rate, `learningRates[${i}]`));
}

function prepare(program: CompiledProgram, data: Dataset, options: RunOptions): Prepared {
  const train = checkOneOf(options.mode ?? 'train', 'mode', ['train', 'evaluate'] as const) === 'train';
  const rates = options.learningRates;
  if (train && rates === undefined) throw new ArgumentError('Expected `learningRates` for a training run.');
  const scalars = [...program.outputs].filter(([, node]) => node.shape.length === 0 && node.dtype === 'f32');
  const keepLosses = checkBoolean(options.keepLosses ?? false, 'keepLosses');
  const epochs = checkInteger(options.epochs ?? 1, 'epochs', { min: 1, max: 1e6 });
  return {
    args: [
      ...slice(program, data, options),
      train,
      rates === undefined ? null : readRates(rates),
      checkInteger(options.accumulate ?? 1, 'accumulate', { min: 1, max: 0x7fffffff }),
      keepLosses,
      Int32Array.from(scalars, ([, node]) => node.id),
      epochs,
    ],
    metricNames: scalars.map(([name]) => name),
    keepLosses,
    epochs,
  };
}

function named(names: readonly string[], values: Float64Array): Record<string, number> {
  const metrics: Record<string, number> = {};
  names.forEach((name, i) => {
    metrics[name] = values[i];
  });
  return metrics;
}

function toStats(stats: NativeSliceStats, { metricNames, keepLosses, epochs }: Prepared): SliceStats {
  const { steps, rows, loss, seconds } = stats;
  const out: SliceStats = { steps, rows, loss, metrics: named(metricNames, stats.metrics), seconds };
  if (keepLosses) out.losses = stats.losses;
  if (epochs > 1) out.epochs = toEpochs(stats.epochs, metricNames);
  return out;
}

function toEpochs(values: Float64Array, metricNames: readonly string[]): EpochStats[] {
  const out: EpochStats[] = [];
  const width = 4 + metricNames.length;
  for (let at = 0; at < values.length; at += width) {
    const [steps, rows, loss, seconds] = values.subarray(at, at + 4);
    out.push({ steps, rows, loss, metrics: named(metricNames, values.subarray(at + 4, at + width)), seconds });
  }
  return out;
}

export function runSync(program: CompiledProgram, data: Dataset, options: RunOptions): SliceStats {
  checkKeys(options, RUN_OPTIONS, 'runSync');
  const prepared = prepare(program, data, options);
  try {
    return toStats(native().programRun(...prepared.args, false), prepared);
  } catch (error) {
    throw fromNative(error);
  }
}

export async function run(program: CompiledProgram, data: Dataset, options: AsyncRunOptions): Promise<SliceStats> {
  checkKeys(options, [...RUN_OPTIONS, 'signal', 'onProgress'], 'run');
  const { signal, onProgress } = options;
  const prepared = prepare(program, data, options);
  const report = onProgress && (([step, steps, loss]: Float64Array) => onProgress({ step, steps, loss }));
  const stats = await settle(() => native().programRun(...prepared.args, true, report), signal);
  const result = toStats(stats, prepared);
  if (stats.aborted) throw new AbortError(undefined, { partial: result, cause: signal?.reason });
  return result;
}

function shaped(node: Node, rows: number, data: Float32Array | Float64Array): OutputValue {
  // One row of the output with T = 1 tells how many values a time step has; the rest of the length is time.
  const perStep = resolveShape(node.shape, 1, 1).reduce((product, n) => product * n, 1);
  const time = rows * perStep > 0 ? data.length / (rows * perStep) : 1;
  return { data, shape: resolveShape(node.shape, rows, time) };
}

export function predictSync(
  program: CompiledProgram,
  data: Dataset,
  name: string,
  options: PredictOptions,
): OutputValue {
  checkKeys(options, PREDICT_OPTIONS, 'predictSync');
  const node = program.outputNode(name);
  try {
    const values = native().programPredict(...slice(program, data, options), node.id, false);
    return shaped(node, options.indices?.length ?? data.rows, values);
  } catch (error) {
    throw fromNative(error);
  }
}

export async function predict(
  program: CompiledProgram,
  data: Dataset,
  name: string,
  options: PredictOptions,
): Promise<OutputValue> {
  checkKeys(options, PREDICT_OPTIONS, 'predict');
  const node = program.outputNode(name);
  const args = slice(program, data, options);
  const values = await settle(() => native().programPredict(...args, node.id, true), options.signal);
  if (values === null) throw new AbortError(undefined, { cause: options.signal?.reason });
  return shaped(node, options.indices?.length ?? data.rows, values);
}
