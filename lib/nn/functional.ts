import { Matrix, type MatrixLike, toMatrix } from '../data';
import { ArgumentError, ShapeError } from '../errors';
import { ACTIVATIONS, type Activation, graphInfo } from '../graph';
import { native } from '../native';
import { checkBoolean, checkKeys, checkNumber, checkOneOf, show } from '../validate';

/** Options of `matmul`. */
export interface MatmulOptions {
  /** Use A with rows and columns exchanged. Default false. */
  transposeA?: boolean;
  /** Use B with rows and columns exchanged. Default false. */
  transposeB?: boolean;
  /** Default 1. */
  alpha?: number;
  /** How much of what `out` holds is kept; needs `out`. Default 0: none of it is read. */
  beta?: number;
  /** Where the result goes, M x N; must share no memory with A or B. Default: a new matrix. */
  out?: Matrix;
}

const overlap = (a: Float32Array, b: Float32Array): boolean =>
  a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;

/**
 * alpha * op(A) * op(B) + beta * out, M x N, where op(A) is M x K and op(B) is K x N. Synchronous; large products use
 * the threads of the pool. An element is summed in one fixed order: the same bits for any number of threads.
 *
 * @throws ShapeError when the inner sizes differ or `out` has another shape
 * @throws ArgumentError when an option is unknown or of another type, or `out` shares memory with an operand
 */
export function matmul(A: MatrixLike, B: MatrixLike, options: MatmulOptions = {}): Matrix {
  checkKeys(options, ['transposeA', 'transposeB', 'alpha', 'beta', 'out'], 'matmul');
  const a = toMatrix(A, 'A');
  const b = toMatrix(B, 'B');
  const transposeA = checkBoolean(options.transposeA ?? false, 'transposeA');
  const transposeB = checkBoolean(options.transposeB ?? false, 'transposeB');
  const alpha = checkNumber(options.alpha ?? 1, 'alpha');
  const beta = checkNumber(options.beta ?? 0, 'beta');
  const [M, K] = transposeA ? [a.cols, a.rows] : [a.rows, a.cols];
  const [inner, N] = transposeB ? [b.cols, b.rows] : [b.rows, b.cols];
  if (K !== inner) {
    const text = (name: string, transposed: boolean) => (transposed ? `the transposed \`${name}\`` : `\`${name}\``);
    throw new ShapeError(
      `Expected ${text('B', transposeB)} to have ${K} rows to match the columns of ${text('A', transposeA)}, received ${inner}.`,
    );
  }
  const { out } = options;
  if (out === undefined) {
    if (beta !== 0) throw new ArgumentError(`Expected \`out\` to be given with \`beta\` ${beta}, received undefined.`);
    const made = Matrix.zeros(M, N);
    native().matmul(transposeA, transposeB, M, N, K, alpha, a.data, b.data, 0, made.data);
    return made;
  }
  if (!(out instanceof Matrix)) throw new ArgumentError(`Expected \`out\` to be a Matrix, received ${show(out)}.`);
  if (out.rows !== M || out.cols !== N) {
    throw new ShapeError(`Expected \`out\` to be ${M} x ${N}, received ${out.rows} x ${out.cols}.`);
  }
  if (overlap(out.data, a.data) || overlap(out.data, b.data)) {
    throw new ArgumentError('Expected `out` to share no memory with `A` or `B`.');
  }
  native().matmul(transposeA, transposeB, M, N, K, alpha, a.data, b.data, beta, out.data);
  return out;
}

/** What the elementwise and row-wise functions take: a Matrix, or a Float32Array (for row-wise functions: one row). */
export type FunctionalInput = Matrix | Float32Array;

interface Rows {
  rows: number;
  cols: number;
  data: Float32Array;
}

function rowsOf(x: FunctionalInput): Rows {
  if (x instanceof Matrix) return x;
  if (x instanceof Float32Array) return { rows: 1, cols: x.length, data: x };
  throw new ArgumentError(`Expected \`x\` to be a Matrix or a Float32Array, received ${show(x)}.`);
}

/** A value of the same kind and shape as `x` around `data`. */
function like<X extends FunctionalInput>(x: X, data: Float32Array): X {
  return (x instanceof Matrix ? new Matrix(data, x.rows, x.cols) : data) as X;
}

/**
 * f(x) for each element, by the name of f. Formulas and defaults are PyTorch's.
 *
 * @param alpha slope of 'leaky_relu' (0.01) or the scale of 'elu' (1)
 * @throws ArgumentError when the name is unknown or `x` is neither a Matrix nor a Float32Array
 */
export function activate<X extends FunctionalInput>(x: X, name: Activation, alpha?: number): X {
  checkOneOf(name, 'name', ACTIVATIONS);
  if (alpha !== undefined) checkNumber(alpha, 'alpha');
  const { data } = rowsOf(x);
  const { activations, activationAlphas } = graphInfo();
  const index = activations.indexOf(name);
  const y = new Float32Array(data.length);
  native().activate(index, alpha ?? activationAlphas[index], data, y);
  return like(x, y);
}

/** max(x, 0). */
export const relu = <X extends FunctionalInput>(x: X): X => activate(x, 'relu');
/** x for x > 0, else slope * x. Default slope 0.01. */
export const leakyRelu = <X extends FunctionalInput>(x: X, slope?: number): X => activate(x, 'leaky_relu', slope);
/** x for x > 0, else alpha * (e^x - 1). Default alpha 1. */
export const elu = <X extends FunctionalInput>(x: X, alpha?: number): X => activate(x, 'elu', alpha);
/** 1 / (1 + e^-x). */
export const sigmoid = <X extends FunctionalInput>(x: X): X => activate(x, 'sigmoid');
/** (e^x - e^-x) / (e^x + e^-x). */
export const tanh = <X extends FunctionalInput>(x: X): X => activate(x, 'tanh');
/** x Phi(x) (Hendrycks and Gimpel 2016), by erf; with `approximate` 'tanh' the formula x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). */
export const gelu = <X extends FunctionalInput>(x: X, approximate: 'none' | 'tanh' = 'none'): X =>
  activate(x, checkOneOf(approximate, 'approximate', ['none', 'tanh']) === 'tanh' ? 'gelu_tanh' : 'gelu');
/** x sigmoid(x). */
export const silu = <X extends FunctionalInput>(x: X): X => activate(x, 'silu');
/** log(1 + e^x). */
export const softplus = <X extends FunctionalInput>(x: X): X => activate(x, 'softplus');

function softmaxRows<X extends FunctionalInput>(x: X, log: boolean): X {
  const { rows, cols, data } = rowsOf(x);
  const y = new Float32Array(data.length);
  native().softmax(rows, cols, data, y, log);
  return like(x, y);
}

/** e^x / sum e^x over each row, stable for any finite x. @throws ArgumentError when `x` is of another type */
export function softmax<X extends FunctionalInput>(x: X): X {
  return softmaxRows(x, false);
}

/** log softmax(x) over each row. @throws ArgumentError when `x` is of another type */
export function logSoftmax<X extends FunctionalInput>(x: X): X {
  return softmaxRows(x, true);
}

/** Options of `layerNorm`. */
export interface LayerNormFunctionOptions {
  /** One gain a column. Default: 1. */
  gamma?: Float32Array;
  /** One shift a column. Default: 0. */
  beta?: Float32Array;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

/**
 * (x - mean) / sqrt(variance + eps) * gamma + beta over each row, with the population variance (Ba, Kiros, Hinton 2016).
 *
 * @throws ShapeError when `gamma` or `beta` has another length than a row
 * @throws ArgumentError when an option is unknown or `x` is of another type
 */
export function layerNorm<X extends FunctionalInput>(x: X, options: LayerNormFunctionOptions = {}): X {
  checkKeys(options, ['gamma', 'beta', 'eps'], 'layerNorm');
  const { rows, cols, data } = rowsOf(x);
  const gain = (value: Float32Array | undefined, name: string): Float32Array | null => {
    if (value === undefined) return null;
    if (!(value instanceof Float32Array)) {
      throw new ArgumentError(`Expected \`${name}\` to be a Float32Array, received ${show(value)}.`);
    }
    if (value.length !== cols) {
      throw new ShapeError(`Expected \`${name}\` to have ${cols} elements, one a column, received ${value.length}.`);
    }
    return value;
  };
  const gamma = gain(options.gamma, 'gamma');
  const beta = gain(options.beta, 'beta');
  const eps = checkNumber(options.eps ?? 1e-5, 'eps', { min: 0 });
  const y = new Float32Array(data.length);
  native().layerNorm(rows, cols, data, gamma, beta, eps, y, new Float32Array(2 * rows));
  return like(x, y);
}

/** Rows divided by their L2 norms (taken in float64); rows of zeros stay zeros. */
function unitRows({ rows, cols, data }: Rows): Matrix {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) {
    let squares = 0;
    for (let k = i * cols; k < (i + 1) * cols; k++) squares += data[k] * data[k];
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let k = i * cols; k < (i + 1) * cols; k++) out[k] = data[k] * scale;
  }
  return new Matrix(out, rows, cols);
}

/**
 * a b / (|a| |b|), from -1 to 1; 0 when one of them is all zeros. Two Float32Arrays give a number. Matrices give the
 * similarity of each row of A with each row of B (default: with each row of A itself), A.rows x B.rows.
 *
 * @throws ShapeError when the lengths of the rows differ
 * @throws ArgumentError when an operand is of another type
 */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number;
/** The similarity of each row of A with each row of B, A.rows x B.rows. */
export function cosineSimilarity(A: MatrixLike, B?: MatrixLike): Matrix;
export function cosineSimilarity(a: Float32Array | MatrixLike, b?: Float32Array | MatrixLike): number | Matrix {
  if (a instanceof Float32Array || b instanceof Float32Array) {
    if (!(a instanceof Float32Array && b instanceof Float32Array)) {
      throw new ArgumentError('Expected `a` and `b` to be both Float32Arrays or both matrices.');
    }
    if (a.length !== b.length) {
      throw new ShapeError(`Expected \`b\` to have ${a.length} elements to match \`a\`, received ${b.length}.`);
    }
    return cosineOfVectors(a, b);
  }
  const A = unitRows(toMatrix(a, 'A'));
  const B = b === undefined ? A : unitRows(toMatrix(b, 'B'));
  const out = matmul(A, B, { transposeB: true });
  for (let k = 0; k < out.data.length; k++) out.data[k] = Math.min(1, Math.max(-1, out.data[k]));
  return out;
}

function cosineOfVectors(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    dot += a[k] * b[k];
    aa += a[k] * a[k];
    bb += b[k] * b[k];
  }
  return aa > 0 && bb > 0 ? Math.min(1, Math.max(-1, dot / Math.sqrt(aa) / Math.sqrt(bb))) : 0;
}
