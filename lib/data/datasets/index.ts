import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataError } from '../../errors';
import { Matrix } from '../matrix';

/** A data set that comes with the package. */
export interface TabularDataset<Y> {
  /** rows x features. */
  X: Matrix;
  /** One label or number a row. */
  y: Y;
  /** One name a column of `X`. */
  featureNames: string[];
  /** What the rows are and where they come from. */
  description: string;
  /** The terms under which the data may be passed on; the full attribution is in data/tabular/ATTRIBUTION.md. */
  licence: string;
}

/** A data set with class labels. */
export interface ClassificationDataset<Y> extends TabularDataset<Y> {
  /** The classes in ascending order. */
  classNames: string[];
}

/** A data set with a numeric target. */
export interface RegressionDataset extends TabularDataset<Float64Array> {
  /** What the target is. */
  targetName: string;
}

/** The package's data/tabular: three levels above this file, in lib/ as well as in dist/. */
const FOLDER = path.join(__dirname, '..', '..', '..', 'data', 'tabular');

interface Table {
  X: Matrix;
  featureNames: string[];
  last: string[];
}

/** Our own files: no quotes, no missing cells, the target in the last column. */
function readTable(file: string): Table {
  const full = path.join(FOLDER, file);
  let text: string;
  try {
    const bytes = readFileSync(full);
    text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (cause) {
    throw new DataError(`Expected the data set ${full} to be readable: ${(cause as Error).message}`, { cause });
  }
  const [header, ...lines] = text.trimEnd().split(/\r?\n/);
  const featureNames = header.split(',').slice(0, -1);
  const cols = featureNames.length;
  const X = Matrix.zeros(lines.length, cols);
  const last = lines.map((line, i) => {
    const cells = line.split(',');
    for (let j = 0; j < cols; j++) X.data[i * cols + j] = Number(cells[j]);
    return cells[cols];
  });
  return { X, featureNames, last };
}

function namedClasses(file: string, description: string): ClassificationDataset<string[]> {
  const { X, featureNames, last } = readTable(file);
  const classNames = [...new Set(last)].sort();
  return { X, y: last, featureNames, classNames, description, licence: 'CC BY 4.0' };
}

/**
 * Handwritten digits: 1,797 images of 8 x 8 pixels from 0 (paper) to 16 (ink), row after row; labels 0 to 9.
 *
 * Source: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI, test part.
 * @throws DataError when the package's data file cannot be read
 */
export function loadDigits(): ClassificationDataset<Int32Array> & { imageShape: [number, number] } {
  const { X, featureNames, last } = readTable('digits.csv.gz');
  return {
    X,
    y: Int32Array.from(last, Number),
    featureNames,
    classNames: Array.from({ length: 10 }, (_, digit) => String(digit)),
    imageShape: [8, 8],
    description:
      'Handwritten digits, 8 x 8 grey levels. E. Alpaydin, C. Kaynak 1998, Optical Recognition of Handwritten Digits, UCI.',
    licence: 'CC BY 4.0',
  };
}

/**
 * Iris: 150 flowers of three species, sepal and petal length and width in centimetres.
 *
 * Source: Fisher 1936, UCI, corrected to Fisher's paper.
 * @throws DataError when the package's data file cannot be read
 */
export function loadIris(): ClassificationDataset<string[]> {
  return namedClasses('iris.csv', 'Measures of three species of iris, in centimetres. R. A. Fisher 1936, UCI.');
}

/**
 * Wine: 178 wines of three cultivars, 13 measures in very different units.
 *
 * Source: Aeberhard and Forina 1992, UCI.
 * @throws DataError when the package's data file cannot be read
 */
export function loadWine(): ClassificationDataset<string[]> {
  return namedClasses(
    'wine.csv',
    'Chemical analysis of wines of three cultivars. S. Aeberhard, M. Forina 1992, Wine, UCI.',
  );
}

/**
 * Breast cancer: 569 masses, 30 measures of their cell nuclei, 'malignant' or 'benign'.
 *
 * Source: Wolberg, Street, Mangasarian 1995, Breast Cancer Wisconsin (Diagnostic), UCI.
 * @throws DataError when the package's data file cannot be read
 */
export function loadBreastCancer(): ClassificationDataset<string[]> {
  return namedClasses(
    'breast_cancer.csv',
    'Cell nuclei of breast masses, malignant or benign. W. Wolberg, W. Street, O. Mangasarian 1995, Breast Cancer Wisconsin (Diagnostic), UCI.',
  );
}

/**
 * Diabetes: ten measures of 442 patients in their original units, and the progress of the disease a year later.
 *
 * Source: Efron, Hastie, Johnstone, Tibshirani 2004, Least Angle Regression.
 * @throws DataError when the package's data file cannot be read
 */
export function loadDiabetes(): RegressionDataset {
  const { X, featureNames, last } = readTable('diabetes.csv');
  return {
    X,
    y: Float64Array.from(last, Number),
    featureNames,
    targetName: 'progression',
    description:
      'Diabetes patients and the progress of their disease a year later. B. Efron, T. Hastie, I. Johnstone, R. Tibshirani 2004, Least Angle Regression.',
    licence: 'None stated by its origin; facts and figures, with attribution.',
  };
}
