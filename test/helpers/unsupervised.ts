import { datasets, Matrix } from '../../lib';
import { golden } from './golden';

interface Golden {
  wide: { rows: number; cols: number; values: number[] };
}

/** The data sets that scripts/golden/unsupervised.py names. */
export function namedData(name: string): Matrix {
  if (name === 'iris') return datasets.loadIris().X;
  if (name === 'wine') return datasets.loadWine().X;
  if (name === 'digits') return datasets.loadDigits().X;
  const { values, rows, cols } = golden<Golden>('unsupervised').wide;
  return Matrix.from(values, rows, cols);
}
