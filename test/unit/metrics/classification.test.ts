import type { Labels } from '../../../lib/data';
import * as metrics from '../../../lib/metrics';
import { thrown } from '../../helpers/errors';
import { golden, largestError } from '../../helpers/golden';

const { accuracy, classificationReport, confusionMatrix, f1, precision, recall } = metrics;

interface Case {
  name: string;
  yTrue: number[];
  yPred: number[];
  labels: number[] | null;
  scores: { average: metrics.Average; posLabel?: number; zeroDivision: 0 | 1; prf: number[] }[];
  accuracy: number;
  confusion: number[][];
  confusion_true: number[][];
  confusion_predicted: number[][];
  confusion_all: number[][];
  perClass: number[][];
}
const cases = golden<{ classification: Case[] }>('metrics').classification;

describe.each(cases)('scikit-learn agrees: $name', (c) => {
  const labels = c.labels ?? undefined;

  test('accuracy', () => {
    expect(accuracy(c.yTrue, c.yPred)).toBeCloseTo(c.accuracy, 12);
  });

  test('confusion matrix', () => {
    expect(confusionMatrix(c.yTrue, c.yPred, { labels }).matrix).toEqual(c.confusion);
    for (const normalize of ['true', 'predicted', 'all'] as const) {
      const { matrix } = confusionMatrix(c.yTrue, c.yPred, { labels, normalize });
      expect(largestError(matrix.flat(), c[`confusion_${normalize}`].flat())).toBeLessThan(1e-12);
    }
  });

  test.each(c.scores)('$average, 0 / 0 = $zeroDivision, positive $posLabel', ({ prf, ...options }) => {
    const all = { ...options, labels };
    const own = [precision(c.yTrue, c.yPred, all), recall(c.yTrue, c.yPred, all), f1(c.yTrue, c.yPred, all)];
    expect(largestError(own, prf)).toBeLessThan(1e-12);
  });

  test('report', () => {
    const report = classificationReport(c.yTrue, c.yPred, { labels });
    const [p, r, f, support] = c.perClass;
    expect(
      largestError(
        report.perClass.map((s) => s.precision),
        p,
      ),
    ).toBeLessThan(1e-12);
    expect(
      largestError(
        report.perClass.map((s) => s.recall),
        r,
      ),
    ).toBeLessThan(1e-12);
    expect(
      largestError(
        report.perClass.map((s) => s.f1),
        f,
      ),
    ).toBeLessThan(1e-12);
    expect(report.perClass.map((s) => s.support)).toEqual(support);
    expect(report.accuracy).toBeCloseTo(c.accuracy, 12);
    const averages = [report.macro, report.micro, report.weighted].map((s) => [s.precision, s.recall, s.f1]);
    const expected = c.scores.filter((s) => s.zeroDivision === 0 && s.average !== 'binary').map((s) => s.prf);
    expect(largestError(averages.flat(), expected.flat())).toBeLessThan(1e-12);
  });
});

describe('zeroDivision NaN', () => {
  test('is given back and left out of averages', () => {
    const never: [number[], number[]] = [
      [0, 1, 0, 1],
      [0, 0, 0, 0],
    ];
    expect(precision(...never, { zeroDivision: Number.NaN })).toBeNaN();
    expect(precision(...never, { average: 'macro', zeroDivision: Number.NaN })).toBe(0.5);
    expect(precision(...never, { average: 'macro', zeroDivision: 1 })).toBe(0.75);
    expect(recall([0], [0], { labels: [5], average: 'macro', zeroDivision: Number.NaN })).toBeNaN();
  });
});

describe('other forms of labels', () => {
  test('Int32Array, strings and booleans', () => {
    expect(accuracy(Int32Array.of(1, 2, 3), [1, 2, 4])).toBeCloseTo(2 / 3, 15);
    expect(f1([true, false, true], [true, true, true])).toBe(0.8);
    expect(f1(['a', 'b'], ['a', 'a'], { posLabel: 'a' })).toBeCloseTo(2 / 3, 15);
  });

  test('texts', () => {
    const confusion = confusionMatrix(['cat', 'dog', 'dog'], ['cat', 'cat', 'dog']);
    expect(String(confusion)).toBe(
      ['actual \\ predicted  cat  dog', 'cat                   1    0', 'dog                   1    1'].join('\n'),
    );
    expect(String(classificationReport(['cat', 'dog', 'dog'], ['cat', 'cat', 'dog']))).toBe(
      [
        '              precision  recall      f1  support',
        'cat              0.5000  1.0000  0.6667        1',
        'dog              1.0000  0.5000  0.6667        2',
        'accuracy                         0.6667        3',
        'macro avg        0.7500  0.7500  0.6667        3',
        'weighted avg     0.8333  0.6667  0.6667        3',
      ].join('\n'),
    );
  });
});

describe('bad input', () => {
  const bad = (value: unknown) => value as Labels;

  test.each<[string, () => unknown, string, string]>([
    [
      'different lengths',
      () => accuracy([1, 2], [1]),
      'ShapeError',
      'Expected `yPred` to have 2 rows to match `yTrue`, received 1.',
    ],
    ['no rows', () => accuracy([], []), 'DataError', 'Expected `yTrue` to have at least 1 row, received 0.'],
    [
      'different types',
      () => accuracy([1], ['1']),
      'DataError',
      "Expected `yPred` to hold numbers like `yTrue`, received '1'.",
    ],
    [
      'NaN',
      () => accuracy([1, Number.NaN], [1, 1]),
      'NonFiniteError',
      'Expected `yTrue` to hold finite labels, received NaN at row 1.',
    ],
    [
      'no array',
      () => accuracy(bad(5), [1]),
      'ArgumentError',
      'Expected `yTrue` to be an array of strings, numbers or booleans, or an Int32Array, received 5.',
    ],
    [
      'binary of three classes',
      () => f1([0, 1, 2], [0, 1, 2]),
      'ArgumentError',
      "Expected `average` to be 'macro', 'micro' or 'weighted' for 3 classes, received 'binary'.",
    ],
    [
      'strings without posLabel',
      () => precision(['a', 'b'], ['a', 'b']),
      'ArgumentError',
      "Expected `posLabel` to name the positive class, one of 'a', 'b'.",
    ],
    [
      'a wrong posLabel',
      () => recall([0, 2], [0, 2]),
      'ArgumentError',
      'Expected `posLabel` to be one of 0, 2, received 1.',
    ],
    [
      'an unknown average',
      () => f1([0], [0], { average: 'makro' as 'macro' }),
      'ArgumentError',
      "Expected `average` to be one of 'binary', 'macro', 'micro', 'weighted', received 'makro'. Did you mean `macro`?",
    ],
    [
      'an unknown option',
      () => f1([0], [0], { avg: 'macro' } as object),
      'ArgumentError',
      'Unknown option `avg` for f1. Known options: average, posLabel, labels, zeroDivision.',
    ],
    [
      'zeroDivision 2',
      () => f1([0], [0], { zeroDivision: 2 }),
      'ArgumentError',
      'Expected `zeroDivision` to be 0, 1 or NaN, received 2.',
    ],
    [
      'labels that do not occur',
      () => confusionMatrix([0], [0], { labels: [7] }),
      'DataError',
      'Expected at least one of `labels` to occur in `yTrue`, received [7].',
    ],
    [
      'labels of another type',
      () => confusionMatrix([0], [0], { labels: ['a'] }),
      'DataError',
      "Expected `labels` to hold numbers like `yTrue`, received 'a'.",
    ],
    [
      'a label twice',
      () => confusionMatrix([0], [0], { labels: [0, 0] }),
      'ArgumentError',
      'Expected `labels` to be distinct, received [0,0].',
    ],
    [
      'empty labels',
      () => confusionMatrix([0], [0], { labels: [] }),
      'ArgumentError',
      'Expected `labels` to list at least 1 class, received none.',
    ],
    [
      'a wrong normalize',
      () => confusionMatrix([0], [0], { normalize: 'pred' as 'all' }),
      'ArgumentError',
      "Expected `normalize` to be one of 'none', 'true', 'predicted', 'all', received 'pred'.",
    ],
    [
      'report options',
      () => classificationReport([0], [0], { digits: 2 } as object),
      'ArgumentError',
      'Unknown option `digits` for classificationReport. Known options: labels, zeroDivision.',
    ],
  ])('%s', (_, call, name, message) => {
    expect(thrown(call)).toEqual({ name, message });
  });
});
