import {
  isNumericArray,
  type Label,
  type Labels,
  labelType,
  type MatrixLike,
  type NumericVector,
  toFloat64,
  toMatrix,
  uniqueLabels,
} from '../data';
import { ArgumentError, DataError, NonFiniteError, ShapeError } from '../errors';
import { checkSameRows, show } from '../validate';

/** Row-major numbers in the precision they were given in. */
export interface Table {
  data: Float32Array | Float64Array;
  rows: number;
  cols: number;
}

/** Two label vectors as class numbers; -1 marks a label that is not among `classes`. */
export interface LabelPair {
  classes: readonly Label[];
  truth: Int32Array;
  predicted: Int32Array;
}

export function checkRows(rows: number, name: string): void {
  if (rows === 0) throw new DataError(`Expected \`${name}\` to have at least 1 row, received 0.`);
}

/** The class numbers of labels; -1 for those that are not listed. */
export function numberLabels(labels: Labels, classes: readonly Label[]): Int32Array {
  const numbers = new Map(classes.map((label, c) => [label, c]));
  const out = new Int32Array(labels.length);
  for (let i = 0; i < labels.length; i++) out[i] = numbers.get(labels[i]) ?? -1;
  return out;
}

const plainType = (labels: Labels, name: string): string => {
  const type = labelType(labels, name);
  return type === 'int32' ? 'number' : type;
};

/** Checks an explicit list of classes against the labels' type. */
export function checkClasses(classes: Labels | undefined, type: string, rows: number): readonly Label[] | undefined {
  if (classes === undefined) return undefined;
  const own = plainType(classes, 'labels');
  const list = Array.from(classes as ArrayLike<Label>);
  if (list.length === 0) throw new ArgumentError('Expected `labels` to list at least 1 class, received none.');
  if (own !== type && rows > 0)
    throw new DataError(`Expected \`labels\` to hold ${type}s like \`yTrue\`, received ${show(list[0])}.`);
  if (new Set(list).size !== list.length)
    throw new ArgumentError(`Expected \`labels\` to be distinct, received ${show(list)}.`);
  return list;
}

/**
 * Checks true and predicted labels and numbers them. Classes are those of `labels`, else all that occur, ascending.
 * @throws ShapeError when the lengths differ; DataError for no rows or mixed types
 */
export function labelPair(yTrue: Labels, yPred: Labels, labels?: Labels): LabelPair {
  const type = plainType(yTrue, 'yTrue');
  const other = plainType(yPred, 'yPred');
  checkSameRows(yPred.length, 'yPred', yTrue.length, 'yTrue');
  checkRows(yTrue.length, 'yTrue');
  if (type !== other) {
    throw new DataError(`Expected \`yPred\` to hold ${type}s like \`yTrue\`, received ${show(yPred[0])}.`);
  }
  const classes = checkClasses(labels, type, yTrue.length) ?? uniqueLabels(yTrue, yPred);
  return { classes, truth: numberLabels(yTrue, classes), predicted: numberLabels(yPred, classes) };
}

/**
 * A matrix or a vector (one column) of finite numbers; arrays of numbers keep their float64 values.
 * @throws NonFiniteError when a number is NaN or infinite
 */
export function numberTable(value: MatrixLike | NumericVector, name: string): Table {
  let table: Table;
  const isRows = Array.isArray(value) && (Array.isArray(value[0]) || isNumericArray(value[0]));
  if (isRows) {
    const { rows, cols } = toMatrix(value as MatrixLike, name);
    const data = new Float64Array(rows * cols);
    for (const [i, row] of (value as number[][]).entries()) data.set(row, i * cols);
    table = { data, rows, cols };
  } else if (Array.isArray(value) || isNumericArray(value)) {
    const data = value instanceof Float32Array ? value : toFloat64(value as NumericVector, name);
    table = { data, rows: data.length, cols: 1 };
  } else {
    table = toMatrix(value as MatrixLike, name);
  }
  const { data, rows, cols } = table;
  checkRows(rows, name);
  if (cols === 0) throw new ShapeError(`Expected \`${name}\` to have at least 1 column, received 0.`);
  for (let k = 0; k < data.length; k++) {
    if (!Number.isFinite(data[k])) {
      const column = cols === 1 ? '' : `, column ${k % cols}`;
      throw new NonFiniteError(
        `Expected \`${name}\` to hold finite numbers, received ${data[k]} at row ${Math.floor(k / cols)}${column}.`,
      );
    }
  }
  return table;
}

/** The label that counts as positive: the given one, 1 for numbers, true for booleans. */
export function positiveLabel(posLabel: Label | undefined, labels: readonly Label[]): Label {
  if (posLabel !== undefined) return posLabel;
  if (typeof labels[0] === 'string') {
    throw new ArgumentError(
      `Expected \`posLabel\` to name the positive class, one of ${labels.slice(0, 5).map(show).join(', ')}.`,
    );
  }
  return typeof labels[0] === 'boolean' ? true : 1;
}
