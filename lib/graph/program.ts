import { ArgumentError, fromNative, ShapeError } from '../errors';
import { type NativeArray, type NativeProgram, type NativeProgramInfo, native } from '../native';
import { checkInteger, checkKeys, checkNumber, checkObject, checkOneOf, didYouMean, show } from '../validate';
import type { ParamRecord } from './builder';
import { guarded } from './column';
import { resolveShape } from './dims';
import { graphInfo } from './names';
import { encodePlan, type NodeRecord } from './plan';
import { checkLearningRate, predict, predictSync, run, runSync } from './run';
import type {
  AsyncRunOptions,
  CompileOptions,
  CompileTargets,
  Dataset,
  Feeds,
  FeedValue,
  ForwardOptions,
  Node,
  Outputs,
  OutputValue,
  PredictOptions,
  Program,
  ProgramMemory,
  RunOptions,
  SliceStats,
  StateDict,
  StateTensor,
  TrainingState,
} from './types';

export interface GraphParts {
  nodes: readonly Node[];
  records: readonly NodeRecord[];
  params: readonly ParamRecord[];
}

/** In the order of native/graph/program.h. */
const PRECISIONS = ['f32', 'f64', 'bf16', 'int8'] as const;

/** Native stores, as programRead and programWrite number them. */
const PARAM = 0;
const GRADIENT = 1;
const SLOT = 2;

export class CompiledProgram implements Program {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly paramNames: readonly string[];
  readonly memory: ProgramMemory;
  readonly handle: NativeProgram;
  readonly inputs: readonly Node[];
  readonly outputs: ReadonlyMap<string, Node>;
  readonly loss: Node | undefined;
  readonly maxBatch: number;
  private readonly params: readonly ParamRecord[];
  private readonly wide: boolean;
  private readonly slots: number;

  constructor(parts: GraphParts, targets: CompileTargets, options: CompileOptions) {
    this.loss = targets.loss;
    this.outputs = new Map(Object.entries(targets.outputs ?? {}));
    this.params = parts.params;
    const precision = checkOneOf(options.precision ?? 'f32', 'precision', PRECISIONS);
    this.wide = precision === 'f64';
    if (options.optimizer !== undefined && precision !== 'f32' && precision !== 'f64') {
      throw new ArgumentError(
        `Expected a program with an optimizer to have precision 'f32' or 'f64', received '${precision}', which is for inference: train in 'f32' and load the weights into a second program.`,
      );
    }
    this.maxBatch = options.maxBatch;
    this.inputs = parts.nodes.filter((node) => node.op === 'input');
    this.inputNames = this.inputs.map((node) => node.name);
    this.outputNames = [...this.outputs.keys()];
    this.paramNames = parts.params.map((param) => param.node.name);
    const info = graphInfo();
    const { optimizer } = options;
    this.slots = optimizer === undefined ? 0 : info.optimizerSlots[info.optimizers.indexOf(optimizer.name)];
    const plan = encodePlan(parts.records, targets.loss, [...this.outputs.values()], options);
    const labels = parts.nodes.map((node) => node.name);
    const threads = checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 });
    this.handle = guarded(() =>
      native().programCreate(plan.ints, plan.floats, labels, PRECISIONS.indexOf(precision), threads),
    );
    const [params, gradients, slots, activations] = this.info().bytes;
    this.memory = { params, gradients, slots, activations, total: params + gradients + slots + activations };
    parts.params.forEach((param, i) => {
      if (param.values !== undefined) this.write(PARAM, i, param.values, param.node.name);
    });
  }

  forward(feeds: Feeds, options: ForwardOptions = {}): Outputs {
    checkKeys(options, ['batch', 'outputs', 'training'], 'forward');
    const names = options.outputs ?? this.outputNames;
    const nodes = names.map((name) => this.outputNode(name));
    // A training pass must reach the loss, so that backward can follow.
    const training = options.training ?? false;
    const wanted = training && this.loss !== undefined ? [...nodes, this.loss] : nodes;
    const [batch, time, ...values] = guarded(() =>
      native().programForward(
        this.handle,
        this.feedList(feeds),
        this.batchOf(feeds, options.batch),
        Int32Array.from(wanted, (node) => node.id),
        training,
      ),
    );
    const out: Outputs = {};
    nodes.forEach((node, i) => {
      out[names[i]] = { data: values[i] as OutputValue['data'], shape: resolveShape(node.shape, batch, time) };
    });
    return out;
  }

  forwardInto(x: Float32Array | Int32Array, rows: number, out: Float32Array, options?: { finite?: boolean }): void {
    if (options !== undefined) checkKeys(options, ['finite'], 'forwardInto');
    if (rows === 0 && x.length === 0 && out.length === 0) return;
    try {
      native().programForwardInto(this.handle, x, rows, out, options?.finite ?? false);
    } catch (error) {
      throw this.explainInto(x, rows, out) ?? fromNative(error);
    }
  }

  /** What is wrong with the arguments of `forwardInto`, if anything is. */
  private explainInto(x: unknown, rows: unknown, out: unknown): Error | undefined {
    const [input] = this.inputs;
    const [output] = this.outputs.values();
    if (this.inputs.length !== 1 || this.outputs.size !== 1 || this.wide) {
      return new ArgumentError(
        `Expected a program of precision other than 'f64' with one input and one output for \`forwardInto\`, this one has ${this.inputs.length} and ${this.outputs.size}.`,
      );
    }
    const Wanted = (input as Node).dtype === 'i32' ? Int32Array : Float32Array;
    if (!(x instanceof Wanted)) return new ArgumentError(`Expected \`x\` to be a ${Wanted.name}, received ${show(x)}.`);
    if (!(out instanceof Float32Array))
      return new ArgumentError(`Expected \`out\` to be a Float32Array, received ${show(out)}.`);
    if (!Number.isInteger(rows) || (rows as number) < 1)
      return new ArgumentError(`Expected \`rows\` to be a positive integer, received ${show(rows)}.`);
    const size = (node: Node | undefined) =>
      (node as Node).shape.slice(1).reduce<number>((product, n) => product * Number(n), rows as number);
    if (x.length === size(input) && out.length === size(output)) return undefined;
    const shape = (node: Node | undefined) => `[${(node as Node).shape.join(', ')}]`;
    return new ShapeError(
      `Expected ${rows} rows of shape ${shape(input)} and ${shape(output)}, received ${x.length} and ${out.length} values.`,
    );
  }

  step(feeds: Feeds, learningRate: number, options: { batch?: number } = {}): number {
    const rate = checkLearningRate(learningRate);
    return guarded(() =>
      native().programStep(this.handle, this.feedList(feeds), this.batchOf(feeds, options.batch), rate),
    );
  }

  backward(seeds?: Feeds): void {
    for (const name of Object.keys(seeds ?? {})) this.outputNode(name);
    const list = [...this.outputs].map(([name, node]) => {
      const seed = seeds?.[name];
      return seed === undefined ? undefined : this.feedArray(node, seed);
    });
    guarded(() => native().programBackward(this.handle, list));
  }

  apply(learningRate: number, options: { gradientScale?: number } = {}): number {
    const scale = checkNumber(options.gradientScale ?? 1, 'gradientScale');
    return guarded(() => native().programApply(this.handle, checkLearningRate(learningRate), scale));
  }

  gradients(): StateDict {
    return this.readAll(GRADIENT);
  }

  run(data: Dataset, options: AsyncRunOptions = {}): Promise<SliceStats> {
    return run(this, data, options);
  }
  runSync(data: Dataset, options: RunOptions = {}): SliceStats {
    return runSync(this, data, options);
  }
  predict(data: Dataset, name: string, options: PredictOptions = {}): Promise<OutputValue> {
    return predict(this, data, name, options);
  }
  predictSync(data: Dataset, name: string, options: PredictOptions = {}): OutputValue {
    return predictSync(this, data, name, options);
  }

  state(): StateDict {
    return this.readAll(PARAM);
  }

  load(state: StateDict, options: { strict?: boolean } = {}): void {
    const strict = options.strict ?? true;
    const known = new Set(this.paramNames);
    for (const name of Object.keys(checkObject(state, 'state', 'tensors by the name of their parameter'))) {
      if (strict && !known.has(name)) {
        throw new ArgumentError(
          `Expected the parameters of this program, received '${name}'.${didYouMean(name, known)}`,
        );
      }
    }
    this.params.forEach(({ node, shape }, i) => {
      const tensor = state[node.name];
      if (tensor === undefined) {
        if (strict) throw new ArgumentError(`Expected a tensor for parameter '${node.name}', received none.`);
        return;
      }
      if (!Array.isArray(checkObject(tensor, node.name, 'data and shape').shape)) {
        throw new ArgumentError(`Expected '${node.name}' to have a shape, received ${show(tensor.shape)}.`);
      }
      if (tensor.shape.length !== shape.length || tensor.shape.some((n, axis) => n !== shape[axis])) {
        throw new ShapeError(`Expected '${node.name}' to have shape [${shape}], received [${tensor.shape}].`);
      }
      this.write(PARAM, i, tensor.data, node.name);
    });
  }

  trainingState(): TrainingState {
    const slots: Record<string, StateTensor> = {};
    for (let slot = 0; slot < this.slots; slot++) {
      for (const [name, tensor] of Object.entries(this.readAll(SLOT + slot))) slots[`${name}.${slot}`] = tensor;
    }
    const { updates, draws } = this.info();
    return { params: this.state(), slots, step: updates, draws };
  }

  loadTrainingState(state: TrainingState): void {
    this.load(state.params);
    this.params.forEach(({ node }, i) => {
      for (let slot = 0; slot < this.slots; slot++) {
        const name = `${node.name}.${slot}`;
        const tensor = state.slots[name];
        if (tensor === undefined) throw new ArgumentError(`Expected optimizer state for '${name}', received none.`);
        this.write(SLOT + slot, i, tensor.data, name);
      }
    });
    const top = { min: 0, max: Number.MAX_SAFE_INTEGER };
    const step = checkInteger(state.step, 'step', top);
    guarded(() => native().programSetPosition(this.handle, step, checkInteger(state.draws, 'draws', top)));
  }

  dispose(): void {
    native().programDispose(this.handle);
  }
  [Symbol.dispose](): void {
    this.dispose();
  }

  outputNode(name: string): Node {
    const node = this.outputs.get(name);
    if (node !== undefined) return node;
    throw new ArgumentError(
      `Expected an output of this program, received '${name}'.${didYouMean(name, this.outputNames)} Outputs: ${this.outputNames.join(', ')}.`,
    );
  }

  private info(): NativeProgramInfo {
    return guarded(() => native().programInfo(this.handle));
  }

  private feedArray(node: Node, value: FeedValue): NativeArray {
    const data: unknown = value instanceof Object && 'cols' in value ? value.data : value;
    if (node.dtype === 'i32') {
      if (data instanceof Int32Array) return data;
    } else if (data instanceof Float32Array) {
      return this.wide ? Float64Array.from(data) : data;
    } else if (data instanceof Float64Array) {
      return this.wide ? data : Float32Array.from(data);
    }
    const expected = node.dtype === 'i32' ? 'an Int32Array' : 'a Float32Array, a Float64Array or a Matrix';
    throw new ArgumentError(`Expected \`${node.name}\` to be ${expected}, received ${show(value)}.`);
  }

  private feedList(feeds: Feeds): (NativeArray | undefined)[] {
    for (const name of Object.keys(checkObject(feeds, 'feeds', 'values by the name of their input'))) {
      if (!this.inputNames.includes(name)) {
        throw new ArgumentError(
          `Expected inputs ${this.inputNames.join(', ')}, received '${name}'.${didYouMean(name, this.inputNames)}`,
        );
      }
    }
    return this.inputs.map((node) => {
      const value = feeds[node.name];
      return value === undefined ? undefined : this.feedArray(node, value);
    });
  }

  /** Rows of the minibatch where a Matrix says so; 0: they follow from the lengths. */
  private batchOf(feeds: Feeds, batch: number | undefined): number {
    if (batch !== undefined) return checkInteger(batch, 'batch', { min: 1, max: 0x7fffffff });
    for (const node of this.inputs) {
      const value = feeds[node.name];
      if (value instanceof Object && 'rows' in value && node.shape[0] === 'B') return value.rows;
    }
    return 0;
  }

  private readAll(store: number): StateDict {
    const out: StateDict = {};
    this.params.forEach(({ node, shape }, i) => {
      const count = shape.reduce((product, n) => product * n, 1);
      const data = this.wide ? new Float64Array(count) : new Float32Array(count);
      guarded(() => native().programRead(this.handle, store, i, data));
      out[node.name] = { data, shape };
    });
    return out;
  }

  private write(store: number, index: number, values: Float32Array | Float64Array, name: string): void {
    const expected = this.params[index].shape.reduce((product, n) => product * n, 1);
    if (values.length !== expected) {
      throw new ShapeError(`Expected '${name}' to hold ${expected} values, received ${values.length}.`);
    }
    const data = this.wide ? Float64Array.from(values) : Float32Array.from(values);
    guarded(() => native().programWrite(this.handle, store, index, data));
  }
}

export function compileProgram(parts: GraphParts, targets: CompileTargets, options: CompileOptions): Program {
  return new CompiledProgram(
    { nodes: [...parts.nodes], records: [...parts.records], params: [...parts.params] },
    targets,
    options,
  );
}
