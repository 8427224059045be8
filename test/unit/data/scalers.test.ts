import { Matrix, MinMaxScaler, Philox, StandardScaler } from '../../../lib/data';
import { thrown } from '../../helpers/errors';
import { golden, largestError } from '../../helpers/golden';

type Table = (number | null)[][];
interface ScalerCase {
  name: string;
  X: Table;
  mean: number[];
  variance: number[];
  scale: number[];
  standard: Table;
  minMax: Table;
  range: Table;
}
const cases = golden<{ scalers: ScalerCase[] }>('data').scalers;
const matrix = (table: Table) => Matrix.from(table.map((row) => row.map((v) => v ?? Number.NaN)));

describe.each(cases)('scikit-learn agrees on $name', ({ X, mean, variance, scale, standard, minMax, range }) => {
  test('StandardScaler', () => {
    const scaler = new StandardScaler().fit(matrix(X));
    expect(largestError(scaler.mean, mean)).toBeLessThan(1e-13);
    expect(largestError(scaler.variance, variance)).toBeLessThan(1e-11);
    expect(largestError(scaler.scale, scale)).toBeLessThan(1e-11);
    expect(largestError(scaler.transform(matrix(X)).data, standard.flat())).toBeLessThan(1e-7);
  });

  test('MinMaxScaler', () => {
    expect(largestError(new MinMaxScaler().fitTransform(matrix(X)).data, minMax.flat())).toBeLessThan(1e-7);
    const ranged = new MinMaxScaler({ featureRange: [-1, 2] }).fitTransform(matrix(X));
    expect(largestError(ranged.data, range.flat())).toBeLessThan(1e-7);
  });
});

describe.each([
  ['StandardScaler', () => new StandardScaler(), StandardScaler.fromJSON],
  ['StandardScaler without mean', () => new StandardScaler({ withMean: false }), StandardScaler.fromJSON],
  ['StandardScaler without std', () => new StandardScaler({ withStd: false }), StandardScaler.fromJSON],
  ['MinMaxScaler', () => new MinMaxScaler({ featureRange: [-3, 5] }), MinMaxScaler.fromJSON],
] as const)('%s on random input', (_, make, fromJSON) => {
  test.each([1, 2, 3, 4])('goes there and back, and through JSON (seed %i)', (seed) => {
    const rng = new Philox(seed);
    const X = Matrix.zeros(1 + rng.below(0, 40), 1 + rng.below(1, 6));
    for (let k = 0; k < X.data.length; k++) X.data[k] = rng.normal(k + 10) * 10 ** (k % 3);
    const scaler = make().fit(X);
    const scaled = scaler.transform(X);
    expect(scaler.inverseTransform(scaled).equals(X, 1e-3)).toBe(true);
    const again = fromJSON(JSON.parse(JSON.stringify(scaler)));
    expect(again.transform(X).equals(scaled)).toBe(true);
    expect(again.toJSON()).toEqual(scaler.toJSON());
  });
});

describe('options and policies', () => {
  const X = [[0], [10]];

  test('withMean and withStd', () => {
    expect(new StandardScaler({ withStd: false }).fitTransform(X).toArray()).toEqual([[-5], [5]]);
    expect(new StandardScaler({ withMean: false }).fitTransform(X).toArray()).toEqual([[0], [2]]);
  });

  test('clip keeps unseen values inside the range', () => {
    const Y = [[-5], [5], [20]];
    expect(new MinMaxScaler().fit(X).transform(Y).toArray()).toEqual([[-0.5], [0.5], [2]]);
    expect(new MinMaxScaler({ clip: true }).fit(X).transform(Y).toArray()).toEqual([[0], [0.5], [1]]);
  });

  test('learned values can be read', () => {
    const scaler = new MinMaxScaler().fit(X);
    expect([...scaler.dataMin, ...scaler.dataMax]).toEqual([0, 10]);
  });

  test.each([
    ['StandardScaler', () => new StandardScaler()],
    ['MinMaxScaler', () => new MinMaxScaler()],
  ] as const)('%s refuses bad input', (name, make) => {
    expect(thrown(() => make().transform(X)).message).toBe(
      `Expected ${name} to be fitted before \`transform\`. Call \`fit\` first.`,
    );
    expect(thrown(() => make().toJSON()).message).toContain('before `toJSON`');
    expect(thrown(() => make().inverseTransform(X)).message).toContain('before `inverseTransform`');
    expect(thrown(() => make().fit([]))).toEqual({
      name: 'DataError',
      message: `Expected \`X\` to have at least 1 row to fit ${name}, received 0.`,
    });
    expect(thrown(() => make().fit([[], []])).message).toContain('at least 1 column');
    expect(thrown(() => make().fit([[1, Number.NaN]])).message).toBe(
      'Expected column 1 of `X` to hold at least one number, received only NaN.',
    );
    expect(thrown(() => make().fit([[1], [Number.NEGATIVE_INFINITY]]))).toEqual({
      name: 'NonFiniteError',
      message: 'Expected `X` to hold no infinite numbers, received -Infinity at row 1, column 0.',
    });
    expect(
      thrown(() =>
        make()
          .fit(X)
          .transform([[1, 2]]),
      ),
    ).toEqual({
      name: 'ShapeError',
      message: 'Expected `X` to have 1 columns as in `fit`, received 2.',
    });
  });

  test('bad options', () => {
    expect(thrown(() => new StandardScaler({ withmean: true } as object)).message).toBe(
      'Unknown option `withmean` for StandardScaler. Did you mean `withMean`? Known options: withMean, withStd.',
    );
    expect(thrown(() => new MinMaxScaler({ featureRange: [1, 0] })).message).toBe(
      'Expected `featureRange[1]` to be a finite number above 1, received 0.',
    );
    expect(thrown(() => new MinMaxScaler({ featureRange: 3 as unknown as [number, number] })).message).toBe(
      'Expected `featureRange` to be [low, high], received 3.',
    );
  });

  test('damaged states', () => {
    const state = JSON.parse(JSON.stringify(new StandardScaler().fit(X)));
    expect(thrown(() => MinMaxScaler.fromJSON(state)).message).toBe(
      "Expected the saved state of a MinMaxScaler, received kind 'StandardScaler'.",
    );
    expect(thrown(() => StandardScaler.fromJSON(null)).name).toBe('DataError');
    expect(thrown(() => StandardScaler.fromJSON({ ...state, scale: [1, 2] })).message).toBe(
      'Expected `scale` in the saved state of StandardScaler to be an array of 1 elements, received [1,2].',
    );
    expect(thrown(() => StandardScaler.fromJSON({ ...state, mean: ['a'] })).message).toContain('an array of numbers');
    expect(thrown(() => StandardScaler.fromJSON({ ...state, withStd: 1 })).message).toContain('to be true or false');
  });
});
