import { ArgumentError, fromNative, ShapeError } from '../errors';
import { native } from '../native';
import { checkBoolean, checkKeys, checkNumber, show } from '../validate';
import { decodeDim, encodeShape } from './dims';
import { graphInfo } from './names';
import { encodeParam, type NodeRecord } from './plan';
import type { DType, Initializer, Node, ParamOptions, Shape } from './types';

/** A parameter of a graph, as the program needs it. */
export interface ParamRecord {
  node: Node;
  shape: readonly number[];
  /** Set when the first values are given and not drawn. */
  values: Float32Array | Float64Array | undefined;
}

const PARAM_OPTIONS = ['decay', 'learningRateScale', 'trainable'] as const;

/** Keeps the nodes of a graph and asks the addon for the shape of each one that is added. */
export class GraphBuilder {
  protected readonly nodes: Node[] = [];
  protected readonly records: NodeRecord[] = [];
  protected readonly params: ParamRecord[] = [];
  private readonly names = new Set<string>();
  private readonly counters = new Map<string, number>();

  /** Adds a node of a native op. Its shape follows from `inputs` and the attributes. */
  protected addNode(
    op: string,
    inputs: readonly Node[],
    ints: readonly number[] = [],
    floats: ArrayLike<number> = [],
    name?: string,
  ): Node {
    const index = graphInfo().ops.indexOf(op);
    if (index < 0) throw new ArgumentError(`Expected a known op, received '${op}'.`);
    const shapes: number[] = [];
    for (const input of inputs) {
      this.checkNode(input, op);
      shapes.push(input.dtype === 'i32' ? 1 : 0, ...encodeShape(input.shape, input.name));
    }
    for (const value of ints) {
      if ((value | 0) !== value) throw new ArgumentError(`Expected 32-bit integers for ${op}, received ${value}.`);
    }
    let inferred: Int32Array;
    try {
      inferred = native().inferShape(index, Int32Array.from(shapes), Int32Array.from(ints), Float64Array.from(floats));
    } catch (error) {
      throw fromNative(error);
    }
    const shape = Array.from({ length: inferred[1] }, (_, i) => decodeDim(inferred[2 + 2 * i], inferred[3 + 2 * i]));
    const node: Node = {
      id: this.nodes.length,
      op,
      name: this.takeName(name ?? this.freshName(op)),
      shape,
      dtype: inferred[0] === 1 ? 'i32' : 'f32',
    };
    this.nodes.push(Object.freeze(node));
    this.records.push({ op: index, inputs: inputs.map((input) => input.id), ints: [...ints], floats });
    return node;
  }

  /** Refuses anything that is not a node of this graph. */
  protected checkNode(node: unknown, where: string): asserts node is Node {
    const id = node instanceof Object ? (node as Partial<Node>).id : undefined;
    if (id === undefined || this.nodes[id] !== node) {
      throw new ArgumentError(`Expected a node of this graph for ${where}, received ${show(node)}.`);
    }
  }

  /** A name of its own for a layer: 'linear', 'linear2', ... */
  protected freshName(stem: string): string {
    let name: string;
    do {
      const count = (this.counters.get(stem) ?? 0) + 1;
      this.counters.set(stem, count);
      name = count === 1 ? stem : `${stem}${count}`;
    } while (this.names.has(name));
    return name;
  }

  private takeName(name: string): string {
    if (typeof name !== 'string' || name === '') {
      throw new ArgumentError(`Expected a name to be a string that is not empty, received ${show(name)}.`);
    }
    if (this.names.has(name))
      throw new ArgumentError(`Expected names to be unique in a graph, received '${name}' twice.`);
    this.names.add(name);
    return name;
  }

  /** A value that is fed: a minibatch of rows `['B', ...]`, labels, ids. */
  input(name: string, shape: Shape, dtype: DType = 'f32'): Node {
    if (dtype !== 'f32' && dtype !== 'i32') {
      throw new ArgumentError(`Expected \`dtype\` to be 'f32' or 'i32', received ${show(dtype)}.`);
    }
    return this.addNode('input', [], [dtype === 'i32' ? 1 : 0, ...encodeShape(shape, name)], [], name);
  }

  /** A trainable array. Used by several ops (tied weights), its gradients add up. */
  param(name: string, shape: readonly number[], init: Initializer, options: ParamOptions = {}): Node {
    checkKeys(options, PARAM_OPTIONS, 'param');
    for (const n of shape) {
      if (!Number.isInteger(n) || n < 0) {
        throw new ShapeError(
          `Expected the dimensions of parameter '${name}' to be whole numbers, received ${show(n)}.`,
        );
      }
    }
    const full: Required<ParamOptions> = {
      decay: checkBoolean(options.decay ?? shape.length >= 2, 'decay'),
      trainable: checkBoolean(options.trainable ?? true, 'trainable'),
      learningRateScale: checkNumber(options.learningRateScale ?? 1, 'learningRateScale', { min: 0 }),
    };
    const initial = init(shape);
    const count = shape.reduce((product, n) => product * n, 1);
    const given = initial.kind === 'values' ? initial.values : undefined;
    if (given !== undefined && given.length !== count) {
      throw new ShapeError(
        `Expected ${count} initial values for parameter '${name}' of shape [${shape}], received ${given.length}.`,
      );
    }
    const { ints, floats } = encodeParam(shape, initial, full);
    const node = this.addNode('param', [], ints, floats, name);
    this.params.push({ node, shape: [...shape], values: given?.slice() });
    return node;
  }

  /** Fixed values, row-major. */
  constant(values: ArrayLike<number>, shape: readonly number[] = [values.length]): Node {
    return this.addNode('constant', [], [shape.length, ...shape], Float64Array.from(values));
  }

  /** Parameters are looked up by name (tied weights, tests). */
  find(name: string): Node | undefined {
    return this.nodes.find((node) => node.name === name);
  }
}
