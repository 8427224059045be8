import { ArgumentError, ShapeError } from '../errors';
import { checkBoolean, checkInteger, checkKeys, checkNumber, checkOneOf } from '../validate';
import { GraphBuilder } from './builder';
import { encodeDim, encodeShape } from './dims';
import { kaimingUniform, linearBias, normal, ones, zeros } from './initializers';
import { ACTIVATIONS, type ElementwiseFunction, FUNCTIONS, graphInfo } from './names';
import { compileProgram } from './program';
import type {
  Activation,
  AxisOptions,
  CompileOptions,
  CompileTargets,
  CrfScores,
  Dim,
  LinearOptions,
  LossOptions,
  Node,
  Program,
  Shape,
  TableOptions,
} from './types';

const reductionIndex = (options: LossOptions) =>
  checkOneOf(options.reduction ?? 'mean', 'reduction', ['mean', 'sum'] as const) === 'sum' ? 1 : 0;

/**
 * A computation, built node by node and compiled into a `Program`. Shapes are checked as nodes are added. Methods that
 * make parameters say how these are named; weights are [out, in] as PyTorch's.
 */
export class Graph extends GraphBuilder {
  // ---- layers and products

  /** y = activation(x W^T + b): x [..., in] to [..., out]. */
  linear(x: Node, out: number, options: LinearOptions = {}): Node {
    checkKeys(options, ['name', 'activation', 'alpha', 'bias', 'weightInit', 'biasInit'], 'linear');
    this.checkNode(x, 'linear');
    const inputs = x.shape.at(-1);
    if (typeof inputs !== 'number') {
      throw new ShapeError(`Expected linear to have an input whose last dimension is a number, received [${x.shape}].`);
    }
    const name = options.name ?? this.freshName('linear');
    const weight = this.param(`${name}.weight`, [out, inputs], options.weightInit ?? kaimingUniform());
    const bias =
      (options.bias ?? true) ? this.param(`${name}.bias`, [out], options.biasInit ?? linearBias(inputs)) : undefined;
    return this.linearWith(x, weight, bias, options);
  }

  /** y = activation(x W^T + b) with given nodes: weight [out, in], bias [out]. For tied weights. */
  linearWith(x: Node, weight: Node, bias?: Node, options: Pick<LinearOptions, 'activation' | 'alpha'> = {}): Node {
    const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
    if (options.activation === undefined) return this.addNode('linear', inputs, [-1], [0]);
    const [index, alpha] = this.activationIndex(options.activation, options.alpha);
    return this.addNode('linear', inputs, [index], [alpha]);
  }

  /** scale * op(a) op(b) over the last two dimensions; leading ones agree, or b has none and is shared. */
  matmul(a: Node, b: Node, options: { transposeA?: boolean; transposeB?: boolean; scale?: number } = {}): Node {
    checkKeys(options, ['transposeA', 'transposeB', 'scale'], 'matmul');
    const flag = (value: boolean | undefined, name: string) => (checkBoolean(value ?? false, name) ? 1 : 0);
    const ints = [flag(options.transposeA, 'transposeA'), flag(options.transposeB, 'transposeB')];
    return this.addNode('matmul', [a, b], ints, [checkNumber(options.scale ?? 1, 'scale')]);
  }

  // ---- elementwise

  /** An activation by name. `alpha`: slope of leaky_relu, scale of elu. */
  activation(x: Node, name: Activation, alpha?: number): Node {
    const [index, value] = this.activationIndex(name, alpha);
    return this.addNode('unary', [x], [0, index], [value]);
  }

  /** An elementwise function by name; exp, log, sqrt, square, abs and negate have methods of their own. */
  fn(x: Node, name: ElementwiseFunction): Node {
    const index = graphInfo().functions.indexOf(checkOneOf(name, 'name', FUNCTIONS));
    return this.addNode('unary', [x], [1, index], [graphInfo().functionAlphas[index]]);
  }
  /** e^x, elementwise. */
  exp(x: Node): Node {
    return this.fn(x, 'exp');
  }
  /** The natural logarithm, elementwise. */
  log(x: Node): Node {
    return this.fn(x, 'log');
  }
  /** The square root, elementwise. */
  sqrt(x: Node): Node {
    return this.fn(x, 'sqrt');
  }
  /** x * x, elementwise. */
  square(x: Node): Node {
    return this.fn(x, 'square');
  }
  /** |x|, elementwise. */
  abs(x: Node): Node {
    return this.fn(x, 'abs');
  }
  /** -x, elementwise. */
  negate(x: Node): Node {
    return this.fn(x, 'negate');
  }

  /** a + b with numpy's broadcasting; b may be a number. */
  add(a: Node, b: Node | number): Node {
    return typeof b === 'number' ? this.affine(a, 1, b) : this.binary('add', a, b);
  }
  /** a - b with numpy's broadcasting; b may be a number. */
  sub(a: Node, b: Node | number): Node {
    return typeof b === 'number' ? this.affine(a, 1, -b) : this.binary('sub', a, b);
  }
  /** a * b, elementwise, with numpy's broadcasting; b may be a number. */
  mul(a: Node, b: Node | number): Node {
    return typeof b === 'number' ? this.affine(a, b, 0) : this.binary('mul', a, b);
  }
  /** a / b, elementwise, with numpy's broadcasting; b may be a number. */
  div(a: Node, b: Node | number): Node {
    return typeof b === 'number' ? this.affine(a, 1 / b, 0) : this.binary('div', a, b);
  }
  /** The smaller one; equal ones share the gradient. */
  min(a: Node, b: Node): Node {
    return this.binary('min', a, b);
  }
  /** The larger one; equal ones share the gradient. */
  max(a: Node, b: Node): Node {
    return this.binary('max', a, b);
  }
  /** scale * x + shift. */
  affine(x: Node, scale: number, shift: number): Node {
    return this.addNode('affine', [x], [], [checkNumber(scale, 'scale'), checkNumber(shift, 'shift')]);
  }
  /** min(max(x, low), high); the gradient is 1 inside the bounds and 0 outside. */
  clip(x: Node, low: number, high: number): Node {
    return this.addNode('clip', [x], [], [checkNumber(low, 'low'), checkNumber(high, 'high', { min: low })]);
  }
  /** Inverted dropout with probability `p` of zero: active in training passes only. */
  dropout(x: Node, p: number): Node {
    return this.addNode('dropout', [x], [], [checkNumber(p, 'p', { min: 0, max: 1, exclusiveMax: true })]);
  }
  /** The same value, through which no gradient flows. */
  stopGradient(x: Node): Node {
    return this.addNode('stopGradient', [x]);
  }

  // ---- reductions, shapes

  /** The sum over one axis, several or all. */
  sum(x: Node, options: AxisOptions = {}): Node {
    return this.reduce('sum', x, options);
  }
  /** The mean over one axis, several or all; NaN of no elements. */
  mean(x: Node, options: AxisOptions = {}): Node {
    return this.reduce('mean', x, options);
  }
  /** The same values, row-major, in another shape of as many elements. */
  reshape(x: Node, shape: Shape): Node {
    return this.addNode('reshape', [x], encodeShape(shape, 'reshape'));
  }
  /** Dimension i of the result is dimension axes[i] of x; default: all reversed. */
  transpose(x: Node, axes?: readonly number[]): Node {
    this.checkNode(x, 'transpose');
    return this.addNode('transpose', [x], axes ?? x.shape.map((_, i) => x.shape.length - 1 - i));
  }
  /** Values side by side along one axis (default: the last); their other dimensions agree. */
  concat(nodes: readonly Node[], axis = -1): Node {
    const first = nodes[0];
    this.checkNode(first, 'concat');
    return this.addNode('concat', nodes, [this.axisOf(first, axis)]);
  }
  /** Elements start to start + length of one axis. */
  slice(x: Node, axis: number, start: number, length: Dim): Node {
    this.checkNode(x, 'slice');
    const { factor, symbols } = encodeDim(length, 'slice');
    return this.addNode('slice', [x], [this.axisOf(x, axis), start, factor, symbols]);
  }
  /** The integers 0, 1, ... of a dimension: the labels of in-batch contrastive losses, positions. */
  rowNumbers(dim: Dim = 'B'): Node {
    const { factor, symbols } = encodeDim(dim, 'rowNumbers');
    return this.addNode('rowNumbers', [], [factor, symbols]);
  }

  // ---- over the last dimension

  /** exp(x) / sum(exp(x)) over the last dimension. */
  softmax(x: Node): Node {
    return this.addNode('softmax', [x]);
  }
  /** The logarithm of `softmax`, exact where a probability is too small for float32. */
  logSoftmax(x: Node): Node {
    return this.addNode('logSoftmax', [x]);
  }
  /** (x - mean) / sqrt(var + eps) * gain + bias, with parameters `<name>.weight` and `<name>.bias`. */
  layerNorm(x: Node, options: { name?: string; eps?: number; affine?: boolean } = {}): Node {
    checkKeys(options, ['name', 'eps', 'affine'], 'layerNorm');
    this.checkNode(x, 'layerNorm');
    const eps = checkNumber(options.eps ?? 1e-5, 'eps', { min: 0 });
    if (!(options.affine ?? true)) return this.addNode('layerNorm', [x], [], [eps]);
    const width = x.shape.at(-1);
    if (typeof width !== 'number') {
      throw new ShapeError(
        `Expected layerNorm to have an input whose last dimension is a number, received [${x.shape}].`,
      );
    }
    const name = options.name ?? this.freshName('layerNorm');
    const gain = this.param(`${name}.weight`, [width], ones);
    const bias = this.param(`${name}.bias`, [width], zeros);
    return this.addNode('layerNorm', [x, gain, bias], [], [eps]);
  }
  /** x / max(|x|, eps). */
  l2Normalize(x: Node, eps = 1e-12): Node {
    return this.addNode('l2Normalize', [x], [], [checkNumber(eps, 'eps', { min: 0, exclusiveMin: true })]);
  }

  // ---- lookups. A negative index means "nothing": zeros, and no gradient.

  /** Rows of a table [rows, width] by id: ids [...] to [..., width]. Gradients and updates are row-sparse. */
  embedding(ids: Node, rows: number, width: number, options: TableOptions = {}): Node {
    return this.embeddingWith(this.table('embedding', rows, width, options), ids);
  }
  /** `embedding` with a given table [rows, width]. */
  embeddingWith(table: Node, ids: Node): Node {
    return this.addNode('embedding', [table, ids]);
  }
  /** The sum or mean of the rows of a bag: ids [..., L], padded with -1, to [..., width]. Row-sparse. */
  embeddingBag(ids: Node, rows: number, width: number, options: TableOptions & { mode?: 'sum' | 'mean' } = {}): Node {
    const { mode, ...table } = options;
    return this.embeddingBagWith(this.table('embeddingBag', rows, width, table), ids, mode);
  }
  /** `embeddingBag` with a given table [rows, width]. */
  embeddingBagWith(table: Node, ids: Node, mode: 'sum' | 'mean' = 'mean'): Node {
    return this.addNode(
      'embeddingBag',
      [table, ids],
      [checkOneOf(mode, 'mode', ['sum', 'mean'] as const) === 'sum' ? 0 : 1],
    );
  }
  /** x[..., index]: the element of the last dimension that each index names. */
  pick(x: Node, index: Node): Node {
    return this.addNode('pick', [x, index]);
  }

  // ---- losses (scalars) and metrics

  /**
   * Softmax cross-entropy. Targets: labels i32 [...], where a negative one is ignored, or probabilities [..., classes].
   * Means are PyTorch's: weighted by the class weights of the labels.
   */
  softmaxCrossEntropy(
    logits: Node,
    targets: Node,
    options: LossOptions & { labelSmoothing?: number; classWeights?: ArrayLike<number> } = {},
  ): Node {
    checkKeys(options, ['reduction', 'labelSmoothing', 'classWeights'], 'softmaxCrossEntropy');
    const smoothing = checkNumber(options.labelSmoothing ?? 0, 'labelSmoothing', {
      min: 0,
      max: 1,
      exclusiveMax: true,
    });
    const inputs = [logits, targets];
    if (options.classWeights !== undefined) {
      for (const w of Array.from(options.classWeights)) checkNumber(w, 'classWeights', { min: 0 });
      inputs.push(this.constant(options.classWeights));
    }
    return this.addNode('softmaxCrossEntropy', inputs, [reductionIndex(options)], [smoothing]);
  }
  /** Binary cross-entropy on logits; targets in [0, 1] of the same shape. `positiveWeight` multiplies the positive term. */
  bceWithLogits(logits: Node, targets: Node, options: LossOptions & { positiveWeight?: number } = {}): Node {
    checkKeys(options, ['reduction', 'positiveWeight'], 'bceWithLogits');
    const weight = checkNumber(options.positiveWeight ?? 1, 'positiveWeight', { min: 0, exclusiveMin: true });
    return this.addNode('bceWithLogits', [logits, targets], [reductionIndex(options)], [weight]);
  }
  /** (x - target)^2, of the same shape; their mean or sum. */
  mse(x: Node, target: Node, options: LossOptions = {}): Node {
    checkKeys(options, ['reduction'], 'mse');
    return this.addNode('mse', [x, target], [reductionIndex(options)]);
  }
  /** |x - target|, of the same shape; their mean or sum. */
  mae(x: Node, target: Node, options: LossOptions = {}): Node {
    checkKeys(options, ['reduction'], 'mae');
    return this.addNode('mae', [x, target], [reductionIndex(options)]);
  }
  /** Quadratic within `delta` (default 1), linear outside, as PyTorch's HuberLoss. */
  huber(x: Node, target: Node, options: LossOptions & { delta?: number } = {}): Node {
    checkKeys(options, ['reduction', 'delta'], 'huber');
    const delta = checkNumber(options.delta ?? 1, 'delta', { min: 0, exclusiveMin: true });
    return this.addNode('huber', [x, target], [reductionIndex(options)], [delta]);
  }
  /**
   * Parameters of a CRF over `tags` tags, zeros at first: `<name>.transitions`, `<name>.start_transitions` and
   * `<name>.end_transitions`. What is given as -1e8 or less is never taken.
   */
  crfScores(tags: number, options: { name?: string } = {}): CrfScores {
    checkKeys(options, ['name'], 'crfScores');
    checkInteger(tags, 'tags', { min: 1, max: 4096 });
    const name = options.name ?? this.freshName('crf');
    return {
      transitions: this.param(`${name}.transitions`, [tags, tags], zeros),
      start: this.param(`${name}.start_transitions`, [tags], zeros),
      end: this.param(`${name}.end_transitions`, [tags], zeros),
    };
  }
  /**
   * The negative log likelihood of tags under a linear-chain CRF (Lafferty, McCallum, Pereira 2001): emissions
   * [..., length, K], tags i32 [..., length]. A sequence ends at its first negative tag. 'mean' is over the sequences that
   * have tags.
   *
   *   score(y) = start[y0] + sum_i e[i, y_i] + sum_{i > 0} transitions[y_{i-1}, y_i] + end[y_{n-1}]
   *   loss = log(sum over all y' of exp(score(y'))) - score(y)
   */
  crfLoss(emissions: Node, tags: Node, scores: CrfScores, options: LossOptions = {}): Node {
    checkKeys(options, ['reduction'], 'crfLoss');
    const { transitions, start, end } = scores;
    return this.addNode('crfLoss', [emissions, transitions, start, end, tags], [reductionIndex(options)]);
  }
  /**
   * The tags of the best sequences (Viterbi), i32 [..., length]. With `lengths`, i32 [..., length], a sequence ends at its
   * first negative element (tags, or ids padded with -1), and what follows is -1. An output, no index of other ops.
   */
  crfDecode(emissions: Node, scores: CrfScores, lengths?: Node): Node {
    const { transitions, start, end } = scores;
    return this.addNode('crfDecode', [emissions, transitions, start, end, ...(lengths === undefined ? [] : [lengths])]);
  }
  /** The share of rows whose largest logit is that of the label. Free beside a cross-entropy of the same two nodes. */
  accuracy(logits: Node, labels: Node): Node {
    return this.addNode('accuracy', [logits, labels]);
  }
  /** The share of elements with (logit > 0) equal to (target > 0.5). */
  binaryAccuracy(logits: Node, targets: Node): Node {
    return this.addNode('binaryAccuracy', [logits, targets]);
  }

  /** Plans memory, draws the first values of the parameters, and gives the program that runs this graph. */
  compile(targets: CompileTargets, options: CompileOptions): Program {
    checkKeys(targets, ['loss', 'outputs'], 'compile');
    checkKeys(options, ['maxBatch', 'maxTime', 'optimizer', 'seed', 'threads', 'precision'], 'compile');
    if (targets.loss !== undefined) this.checkNode(targets.loss, 'loss');
    for (const [name, node] of Object.entries(targets.outputs ?? {})) this.checkNode(node, `output '${name}'`);
    return compileProgram({ nodes: this.nodes, records: this.records, params: this.params }, targets, options);
  }

  private activationIndex(name: Activation, alpha: number | undefined): [number, number] {
    const index = graphInfo().activations.indexOf(checkOneOf(name, 'activation', ACTIVATIONS));
    return [index, alpha === undefined ? graphInfo().activationAlphas[index] : checkNumber(alpha, 'alpha')];
  }
  private binary(name: string, a: Node, b: Node): Node {
    return this.addNode('binary', [a, b], [graphInfo().binaries.indexOf(name)]);
  }
  private table(stem: string, rows: number, width: number, options: TableOptions): Node {
    checkKeys(options, ['name', 'init'], stem);
    return this.param(`${options.name ?? this.freshName(stem)}.weight`, [rows, width], options.init ?? normal());
  }
  private axisOf(x: Node, axis: number): number {
    const rank = x.shape.length;
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
      throw new ArgumentError(`Expected an axis from ${-rank} to ${rank - 1} of [${x.shape}], received ${axis}.`);
    }
    return axis < 0 ? axis + rank : axis;
  }
  /** The native op takes neighbouring axes; others are reduced group by group, last ones first. */
  private reduce(op: 'sum' | 'mean', x: Node, options: AxisOptions): Node {
    checkKeys(options, ['axis', 'keepDims'], op);
    this.checkNode(x, op);
    const rank = x.shape.length;
    const keep = checkBoolean(options.keepDims ?? false, 'keepDims') ? 1 : 0;
    const given = options.axis ?? x.shape.map((_, i) => i);
    const axes = [...new Set((typeof given === 'number' ? [given] : [...given]).map((a) => this.axisOf(x, a)))];
    axes.sort((a, b) => a - b);
    if (rank === 0) return this.addNode(op, [x], [0, 0, keep]);
    let node = x;
    while (axes.length > 0) {
      const last = axes.pop() as number;
      let first = last;
      while (axes.at(-1) === first - 1) first = axes.pop() as number;
      node = this.addNode(op, [node], [first, last, keep]);
    }
    return node;
  }
}
