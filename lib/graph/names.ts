import { type NativeGraphInfo, native } from '../native';

/** Activations by their native names; a test holds this list against the native one. */
export const ACTIVATIONS = [
  'identity',
  'relu',
  'leaky_relu',
  'elu',
  'sigmoid',
  'tanh',
  'gelu',
  'gelu_tanh',
  'silu',
  'softplus',
] as const;

/** Elementwise functions of `Graph.fn`. */
export type ElementwiseFunction = 'abs' | 'erf' | 'exp' | 'log' | 'negate' | 'reciprocal' | 'rsqrt' | 'sqrt' | 'square';
export const FUNCTIONS: readonly ElementwiseFunction[] = [
  'abs',
  'erf',
  'exp',
  'log',
  'negate',
  'reciprocal',
  'rsqrt',
  'sqrt',
  'square',
];

let info: NativeGraphInfo | undefined;

/** Names and numbers of the native tables, read once. */
export function graphInfo(): NativeGraphInfo {
  info ??= native().graphInfo();
  return info;
}

/** Every op, in the order of its index in plans. */
export function opNames(): readonly string[] {
  return graphInfo().ops;
}
