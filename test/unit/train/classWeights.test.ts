import { checkClassWeight, resolveClassWeight } from '../../../lib/train';

const error = (message: RegExp) =>
  expect.objectContaining({ name: 'ArgumentError', message: expect.stringMatching(message) });

describe('class weights', () => {
  test("'balanced' is scikit-learn's n / (C * rows of the class)", () => {
    const weights = resolveClassWeight('balanced', ['a', 'b', 'c'], [6, 3, 1]);
    expect([...(weights as Float32Array)]).toEqual([10 / 18, 10 / 9, 10 / 3].map(Math.fround));
  });

  test('by label, 1 for the rest', () => {
    expect(resolveClassWeight({ b: 3 }, ['a', 'b'], [1, 1])).toEqual(Float32Array.of(1, 3));
    expect(resolveClassWeight({ 7: 2 }, [3, 7], [1, 1])).toEqual(Float32Array.of(1, 2));
    expect(resolveClassWeight(new Map([[true, 4]]), [false, true], [1, 1])).toEqual(Float32Array.of(1, 4));
    expect(resolveClassWeight(undefined, ['a', 'b'], [1, 1])).toBeUndefined();
  });

  test('refuses other labels and weights', () => {
    expect(() => resolveClassWeight({ setosa: 2, versicolour: 1 }, ['setosa', 'versicolor'], [1, 1])).toThrow(
      error(/`versicolor`/),
    );
    expect(() => checkClassWeight({ a: -1 })).toThrow(error(/above 0/));
    expect(() => checkClassWeight({ a: Number.NaN })).toThrow(error(/above 0/));
    expect(() => checkClassWeight('balance')).toThrow(error(/`balanced`/));
    expect(() => checkClassWeight([1, 2])).toThrow(error(/Map/));
  });
});
