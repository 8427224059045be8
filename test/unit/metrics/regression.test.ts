import { Matrix } from '../../../lib/data';
import { mae, medianAbsoluteError, mse, r2, rmse } from '../../../lib/metrics';
import { thrown } from '../../helpers/errors';
import { golden, largestError } from '../../helpers/golden';

const figures = { mse, rmse, mae, medianAbsoluteError, r2 };
type Name = keyof typeof figures;
type Case = { name: string; yTrue: number[]; yPred: number[] } & Record<Name, number | null>;
const cases = golden<{ regression: Case[] }>('metrics').regression;

describe.each(cases)('scikit-learn agrees: $name', (c) => {
  test.each(Object.keys(figures) as Name[])('%s', (name) => {
    expect(largestError([figures[name](c.yTrue, c.yPred)], [c[name]])).toBeLessThan(1e-9);
  });
});

test('forms of the targets', () => {
  const t = [1, 2, 3];
  expect(mse(Float32Array.from(t), [1, 2, 6])).toBe(3);
  expect(mae(Int32Array.from(t), Matrix.from([[1], [2], [6]]))).toBe(1);
  expect(rmse([[1, 0]], Matrix.from([[4, 4]]))).toBe(3.5);
});

test('a long sum keeps its precision', () => {
  const n = 1_000_000;
  const truth = new Float32Array(n);
  const predicted = new Float32Array(n).fill(0.1);
  const exact = Math.fround(0.1) ** 2;
  expect(Math.abs(mse(truth, predicted) / exact - 1)).toBeLessThan(1e-10);
});

test.each<[string, () => unknown, string, string]>([
  ['lengths', () => mse([1, 2], [1]), 'ShapeError', 'Expected `yPred` to have 2 rows to match `yTrue`, received 1.'],
  [
    'widths',
    () => r2([[1, 2]], [[1]]),
    'ShapeError',
    'Expected `yPred` to have 2 columns to match `yTrue`, received 1.',
  ],
  [
    'NaN',
    () => mae([1, 2], [1, Number.NaN]),
    'NonFiniteError',
    'Expected `yPred` to hold finite numbers, received NaN at row 1.',
  ],
  [
    'NaN in a matrix',
    () =>
      mae(
        [
          [1, 2],
          [3, Number.NaN],
        ],
        [
          [1, 2],
          [3, 4],
        ],
      ),
    'NonFiniteError',
    'Expected `yTrue` to hold finite numbers, received NaN at row 1, column 1.',
  ],
  ['no rows', () => rmse([], []), 'DataError', 'Expected `yTrue` to have at least 1 row, received 0.'],
  ['no columns', () => rmse([[]], [[]]), 'ShapeError', 'Expected `yTrue` to have at least 1 column, received 0.'],
  [
    'words',
    () => rmse(['a'] as unknown as number[], [1]),
    'DataError',
    "Expected `yTrue[0]` to be a number, received 'a'.",
  ],
  [
    'nothing',
    () => rmse(undefined as unknown as number[], [1]),
    'ArgumentError',
    'Expected `yTrue` to be a Matrix, an array of rows or { data, rows, cols }, received undefined.',
  ],
])('refuses %s', (_, call, name, message) => {
  expect(thrown(call)).toEqual({ name, message });
});
