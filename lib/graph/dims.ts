import { ShapeError } from '../errors';
import { show } from '../validate';
import type { Dim, Shape } from './types';

/** The bits of a dimension that stand for B and T, as native/graph/shape.h has them. */
const BATCH = 1;
const TIME = 2;
const LARGEST = 0x7fffffff;

/** A dimension as the plan has it: `factor` times B and T where `symbols` says so. */
export interface EncodedDim {
  factor: number;
  symbols: number;
}

const SYMBOLIC = /^(?:([1-9][0-9]*)\*)?(B\*T|B|T)$/;

export function encodeDim(dim: Dim, where: string): EncodedDim {
  if (typeof dim === 'number') {
    if (Number.isInteger(dim) && dim >= 0 && dim <= LARGEST) return { factor: dim, symbols: 0 };
  } else if (typeof dim === 'string') {
    const match = SYMBOLIC.exec(dim);
    const factor = Number(match?.[1] ?? 1);
    if (match !== null && factor <= LARGEST) {
      const symbols = match[2] as string;
      return { factor, symbols: (symbols.includes('B') ? BATCH : 0) | (symbols.includes('T') ? TIME : 0) };
    }
  }
  throw new ShapeError(
    `Expected the dimensions of ${where} to be whole numbers, 'B', 'T' or products such as '4*B', received ${show(dim)}.`,
  );
}

export function decodeDim(factor: number, symbols: number): Dim {
  if (symbols === 0) return factor;
  const letters = symbols === BATCH ? 'B' : symbols === TIME ? 'T' : 'B*T';
  return factor === 1 ? letters : `${factor}*${letters}`;
}

/** [rank, (factor, symbols)...] */
export function encodeShape(shape: Shape, where: string): number[] {
  if (!Array.isArray(shape)) {
    throw new ShapeError(`Expected the shape of ${where} to be an array, received ${show(shape)}.`);
  }
  const out = [shape.length];
  for (const dim of shape) {
    const { factor, symbols } = encodeDim(dim, where);
    out.push(factor, symbols);
  }
  return out;
}

/** The dimensions for a minibatch of `batch` rows and `time` steps. */
export function resolveShape(shape: Shape, batch: number, time: number): number[] {
  return shape.map((dim) => {
    const { factor, symbols } = encodeDim(dim, 'a node');
    return factor * (symbols & BATCH ? batch : 1) * (symbols & TIME ? time : 1);
  });
}
