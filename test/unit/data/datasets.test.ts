import { readFileSync } from 'node:fs';
import path from 'node:path';
import { datasets } from '../../../lib/data';
import { golden, largestError } from '../../helpers/golden';

interface Expected {
  shape: [number, number];
  columnSums: number[];
  lastRow: number[];
  counts: Record<string, number>;
  lastLabel: string;
  ySum: number;
}
const expected = golden<Record<string, Expected>>('datasets');

const loaders = {
  digits: datasets.loadDigits,
  iris: datasets.loadIris,
  wine: datasets.loadWine,
  breast_cancer: datasets.loadBreastCancer,
  diabetes: datasets.loadDiabetes,
};

function countLabels(labels: Iterable<unknown>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const label of labels) counts[String(label)] = (counts[String(label)] ?? 0) + 1;
  return counts;
}

describe.each(Object.entries(loaders))('%s', (name, load) => {
  const data = load();

  test('scikit-learn loads the same numbers', () => {
    const { shape, columnSums, lastRow } = expected[name];
    expect([data.X.rows, data.X.cols]).toEqual(shape);
    const sums = Array.from({ length: data.X.cols }, (_, j) => data.X.column(j).reduce((a, b) => a + b, 0));
    expect(largestError(sums, columnSums)).toBeLessThan(1e-6);
    expect(largestError(data.X.row(data.X.rows - 1), lastRow)).toBeLessThan(1e-7);
  });

  test('names, text and licence', () => {
    expect(data.y).toHaveLength(data.X.rows);
    expect(data.featureNames).toHaveLength(data.X.cols);
    expect(new Set(data.featureNames).size).toBe(data.X.cols);
    expect(data.description.length).toBeGreaterThan(30);
    expect(data.licence).not.toBe('');
  });
});

test.each(['digits', 'iris', 'wine', 'breast_cancer'] as const)('labels of %s', (name) => {
  const data = loaders[name]();
  expect(countLabels(data.y)).toEqual(expected[name].counts);
  expect(String(data.y.at(-1))).toBe(expected[name].lastLabel);
  expect(data.classNames).toEqual(Object.keys(expected[name].counts).sort());
});

test('the target of diabetes', () => {
  expect(datasets.loadDiabetes().y.reduce((a, b) => a + b)).toBe(expected.diabetes.ySum);
});

test('digits are 8 x 8 images, labels an Int32Array', () => {
  const { X, y, imageShape } = datasets.loadDigits();
  expect(imageShape).toEqual([8, 8]);
  expect(y).toBeInstanceOf(Int32Array);
  expect([Math.min(...X.data), Math.max(...X.data)]).toEqual([0, 16]);
});

test('the package ships the files', () => {
  const manifest = JSON.parse(readFileSync(path.join(__dirname, '../../../package.json'), 'utf8'));
  expect(manifest.files).toContain('data');
});
