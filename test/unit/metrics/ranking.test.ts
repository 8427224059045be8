import { Matrix, type MatrixLike, Philox } from '../../../lib/data';
import * as metrics from '../../../lib/metrics';
import { thrown } from '../../helpers/errors';
import { golden, largestError } from '../../helpers/golden';

const { averagePrecision, logLoss, prCurve, rocAuc, rocCurve } = metrics;

interface Ranking {
  name: string;
  yTrue: number[];
  scores: number[];
  roc: (number | null)[][];
  rocAll: (number | null)[][];
  pr: number[][];
  averagePrecision: number;
  auc: number | null;
}
interface Probability {
  name: string;
  yTrue: number[];
  proba: number[][];
  single: boolean;
  logLoss: number;
  macro?: number;
  weighted?: number;
  binaryAuc?: number;
}
const { ranking, probability } = golden<{ ranking: Ranking[]; probability: Probability[] }>('metrics');

describe.each(ranking)('scikit-learn agrees: $name', (c) => {
  test.each([
    [true, c.roc],
    [false, c.rocAll],
  ])('ROC curve, dropIntermediate %s', (dropIntermediate, [fpr, tpr, thresholds]) => {
    const own = rocCurve(c.yTrue, c.scores, { dropIntermediate });
    expect(largestError(own.fpr, fpr)).toBeLessThan(1e-12);
    expect(largestError(own.tpr, tpr)).toBeLessThan(1e-12);
    expect(own.thresholds[0]).toBe(Number.POSITIVE_INFINITY);
    expect(largestError(own.thresholds.subarray(1), thresholds)).toBe(0);
  });

  test('precision-recall curve and its area', () => {
    const own = prCurve(c.yTrue, c.scores);
    expect(largestError(own.precision, c.pr[0])).toBeLessThan(1e-12);
    expect(largestError(own.recall, c.pr[1])).toBeLessThan(1e-12);
    expect(largestError(own.thresholds, c.pr[2])).toBe(0);
    expect(averagePrecision(c.yTrue, c.scores)).toBeCloseTo(c.averagePrecision, 12);
  });

  test('area under the ROC curve', () => {
    if (c.auc !== null) expect(rocAuc(c.yTrue, c.scores)).toBeCloseTo(c.auc, 12);
    else expect(thrown(() => rocAuc(c.yTrue, c.scores)).message).toContain('the ROC area is not defined otherwise');
  });
});

describe.each(probability)('scikit-learn agrees: $name', (c) => {
  const proba: MatrixLike = c.single ? Matrix.from(c.proba) : c.proba;

  test('log loss', () => {
    expect(largestError([logLoss(c.yTrue, proba)], [c.logLoss])).toBeLessThan(c.single ? 1e-6 : 1e-12);
  });

  test('area over several classes', () => {
    if (c.macro === undefined || c.weighted === undefined) return;
    expect(rocAuc(c.yTrue, proba)).toBeCloseTo(c.macro, 12);
    expect(rocAuc(c.yTrue, proba, { average: 'weighted' })).toBeCloseTo(c.weighted, 12);
  });

  test('area of two classes from two columns', () => {
    if (c.binaryAuc === undefined) return;
    const p = c.proba as unknown as number[];
    const both = p.map((v) => [1 - v, v]);
    expect(rocAuc(c.yTrue, both)).toBeCloseTo(c.binaryAuc, 12);
    expect(logLoss(c.yTrue, both)).toBeCloseTo(c.logLoss, 12);
  });
});

test.each([1, 2, 3])('the area is the share of ordered pairs (seed %i)', (seed) => {
  const rng = new Philox(seed);
  const n = 60;
  const y = Array.from({ length: n }, (_, i) => rng.below(i, 2) === 1);
  const scores = Array.from({ length: n }, (_, i) => rng.below(n + i, 12));
  let [pairs, wins] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (!y[i] || y[j]) continue;
      pairs++;
      wins += scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0;
    }
  }
  expect(rocAuc(y, scores)).toBeCloseTo(wins / pairs, 12);
  expect(
    rocAuc(
      y,
      scores.map((s) => -s),
    ),
  ).toBeCloseTo(1 - wins / pairs, 12);
});

test('words, a named positive class and the order of the columns', () => {
  const y = ['no', 'yes', 'yes', 'no'];
  const s = [0.1, 0.4, 0.35, 0.8];
  expect(rocAuc(y, s)).toBe(0.5);
  expect(averagePrecision(y, s, { posLabel: 'yes' })).toBeCloseTo(averagePrecision([0, 1, 1, 0], s), 15);
  expect(rocCurve(y, s, { posLabel: 'no' }).tpr.at(-1)).toBe(1);
  expect(rocAuc(y, s, { labels: ['yes', 'no'] })).toBe(1 - rocAuc(y, s));
  const three = [
    [0.2, 0.7, 0.1],
    [0.6, 0.3, 0.1],
    [0.1, 0.2, 0.7],
  ];
  expect(logLoss(['a', 'b', 'c'], three, { labels: ['b', 'a', 'c'] })).toBeCloseTo(
    -(Math.log(0.7) + Math.log(0.6) + Math.log(0.7)) / 3,
    12,
  );
  expect(logLoss(['a'], [[0.25, 0.75]], { labels: ['a', 'b'] })).toBeCloseTo(-Math.log(0.25), 12);
});

describe('bad input', () => {
  const y = [0, 1];
  const three = [
    [0.5, 0.3, 0.2],
    [0.5, 0.3, 0.2],
    [0.5, 0.3, 0.2],
  ];
  test.each<[string, () => unknown, string, string]>([
    ['lengths', () => rocAuc(y, [1]), 'ShapeError', 'Expected `scores` to have 2 rows to match `yTrue`, received 1.'],
    [
      'NaN scores',
      () => rocCurve(y, [0, Number.NaN]),
      'NonFiniteError',
      'Expected `scores` to hold finite numbers, received NaN at row 1.',
    ],
    [
      'infinite scores',
      () => rocAuc(y, Float32Array.of(0, Number.POSITIVE_INFINITY)),
      'NonFiniteError',
      'Expected `scores` to hold finite numbers, received Infinity at row 1.',
    ],
    ['no rows', () => prCurve([], []), 'DataError', 'Expected `scores` to have at least 1 row, received 0.'],
    [
      'three classes on a curve',
      () => rocCurve([0, 1, 2], [1, 2, 3]),
      'DataError',
      'Expected `yTrue` to have at most 2 classes for rocCurve, received 3.',
    ],
    [
      'words without posLabel',
      () => prCurve(['a', 'b'], [1, 2]),
      'ArgumentError',
      "Expected `posLabel` to name the positive class, one of 'a', 'b'.",
    ],
    [
      'a wrong posLabel',
      () => averagePrecision([2, 3], [1, 2]),
      'ArgumentError',
      'Expected `posLabel` to be one of 2, 3, received 1.',
    ],
    [
      'one class',
      () => rocAuc([1, 1], [0, 1]),
      'DataError',
      'Expected `yTrue` to have rows of each class, the ROC area is not defined otherwise; found only 1.',
    ],
    [
      'a class without rows',
      () => rocAuc([0, 1, 1], three, { labels: [0, 1, 2] }),
      'DataError',
      'Expected `yTrue` to have rows of each class, the ROC area is not defined otherwise; found none of 2.',
    ],
    [
      'labels that miss one',
      () => rocAuc([0, 1, 2], three, { labels: [0, 1] }),
      'DataError',
      'Expected the labels of `yTrue` to be among `labels`, received 2.',
    ],
    [
      'a wrong width',
      () =>
        rocAuc(
          [0, 1, 2],
          [
            [1, 0],
            [0, 1],
            [1, 0],
          ],
        ),
      'ShapeError',
      'Expected `scores` to have 3 columns, one a class, received 2.',
    ],
    [
      'scores that are no probabilities',
      () =>
        rocAuc(
          [0, 1, 2],
          [
            [1, 2, 3],
            [1, 2, 3],
            [1, 2, 3],
          ],
        ),
      'DataError',
      'Expected row 0 of `scores` to be probabilities with sum 1, their sum is 6.',
    ],
    [
      'log loss of logits',
      () =>
        logLoss(y, [
          [-1, 2],
          [0.5, 0.5],
        ]),
      'DataError',
      'Expected `proba` to be probabilities from 0 to 1, received -1 at row 0.',
    ],
    [
      'log loss of rows that do not sum to 1',
      () =>
        logLoss(y, [
          [0.5, 0.5],
          [0.5, 0.6],
        ]),
      'DataError',
      'Expected row 1 of `proba` to be probabilities with sum 1, their sum is 1.1.',
    ],
    [
      'log loss of one class',
      () => logLoss([1, 1], [0.5, 0.5]),
      'DataError',
      'Expected at least 2 classes for logLoss, received [1]. Name all of them in `labels`.',
    ],
    [
      'log loss of a wrong width',
      () => logLoss(y, three.slice(0, 2)),
      'ShapeError',
      'Expected `proba` to have 2 columns, one a class, received 3. Name all classes in `labels`.',
    ],
    [
      'log loss of an unknown label',
      () => logLoss([0, 5], [0.5, 0.5], { labels: [0, 1] }),
      'DataError',
      'Expected `yTrue[1]` to be among `labels`, received 5.',
    ],
    [
      'an unknown option',
      () => rocAuc(y, y, { multiClass: 'ovr' } as object),
      'ArgumentError',
      'Unknown option `multiClass` for rocAuc. Known options: labels, average.',
    ],
  ])('%s', (_, call, name, message) => {
    expect(thrown(call)).toEqual({ name, message });
  });
});
