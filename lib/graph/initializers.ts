import { ShapeError } from '../errors';
import { checkNumber } from '../validate';
import type { Initializer } from './types';

/**
 * Inputs and outputs of one unit: of a weight [out, in] simply those; of more dimensions as PyTorch counts them, the
 * ones behind the first two multiplied in.
 */
function fans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  if (shape.length < 2) {
    throw new ShapeError(
      `Expected a shape of at least two dimensions for an initializer that scales by its inputs, received [${shape}].`,
    );
  }
  const [out, inputs, ...rest] = shape as readonly [number, number, ...number[]];
  const field = rest.reduce((product, n) => product * n, 1);
  return { fanIn: inputs * field, fanOut: out * field };
}

/** 0 everywhere. */
export const zeros: Initializer = () => ({ kind: 'constant', value: 0 });
/** 1 everywhere. */
export const ones: Initializer = () => ({ kind: 'constant', value: 1 });
/** One value everywhere. */
export const constant = (value: number): Initializer => {
  checkNumber(value, 'value');
  return () => ({ kind: 'constant', value });
};
/** Uniform in [low, high). */
export const uniform = (low: number, high: number): Initializer => {
  checkNumber(low, 'low');
  checkNumber(high, 'high', { min: low });
  return () => ({ kind: 'uniform', low, high });
};
/** Normal, with mean 0 and standard deviation 1 by default. */
export const normal = (mean = 0, std = 1): Initializer => {
  checkNumber(mean, 'mean');
  checkNumber(std, 'std', { min: 0 });
  return () => ({ kind: 'normal', mean, std });
};
/** Normal, redrawn until within two standard deviations. */
export const truncatedNormal = (mean = 0, std = 1): Initializer => {
  checkNumber(mean, 'mean');
  checkNumber(std, 'std', { min: 0 });
  return () => ({ kind: 'truncatedNormal', mean, std });
};
/** Row-major values, copied when the graph is compiled. */
export const values = (data: Float32Array | Float64Array): Initializer => {
  return () => ({ kind: 'values', values: data });
};

/**
 * Uniform with the bound gain * sqrt(3 / fanIn), gain = sqrt(2 / (1 + a^2)) (He et al. 2015). The default a = sqrt(5)
 * is what PyTorch's nn.Linear uses: a bound of 1 / sqrt(fanIn).
 */
export const kaimingUniform = (a = Math.sqrt(5)): Initializer => {
  checkNumber(a, 'a');
  return (shape) => {
    const bound = Math.sqrt(6 / ((1 + a * a) * Math.max(1, fans(shape).fanIn)));
    return { kind: 'uniform', low: -bound, high: bound };
  };
};
/** Normal with std sqrt(2 / fanIn): for ReLU-like activations (He et al. 2015). */
export const heNormal: Initializer = (shape) => {
  return { kind: 'normal', mean: 0, std: Math.sqrt(2 / Math.max(1, fans(shape).fanIn)) };
};
/** Uniform with the bound sqrt(6 / fanIn): for ReLU-like activations (He et al. 2015). */
export const heUniform: Initializer = kaimingUniform(0);
/** Uniform with the bound gain * sqrt(6 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export const xavierUniform = (gain = 1): Initializer => {
  checkNumber(gain, 'gain');
  return (shape) => {
    const { fanIn, fanOut } = fans(shape);
    const bound = gain * Math.sqrt(6 / Math.max(1, fanIn + fanOut));
    return { kind: 'uniform', low: -bound, high: bound };
  };
};
/** Normal with std gain * sqrt(2 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export const xavierNormal = (gain = 1): Initializer => {
  checkNumber(gain, 'gain');
  return (shape) => {
    const { fanIn, fanOut } = fans(shape);
    return { kind: 'normal', mean: 0, std: gain * Math.sqrt(2 / Math.max(1, fanIn + fanOut)) };
  };
};
/** Uniform within 1 / sqrt(inputs): PyTorch's default for the bias of a layer with so many inputs. */
export const linearBias = (inputs: number): Initializer => {
  const bound = 1 / Math.sqrt(Math.max(1, inputs));
  return () => ({ kind: 'uniform', low: -bound, high: bound });
};
