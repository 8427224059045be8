import { ArgumentError, DataError } from '../errors';
import { didYouMean, show } from '../validate';
import { type Label, type Labels, type LabelType, labelType, uniqueLabels } from './labels';
import { type JsonObject, requireFitted, StateReader } from './state';

interface LabelState {
  type: LabelType;
  classes: Label[];
  numbers: Map<Label, number>;
}

function newState(type: LabelType, classes: Label[]): LabelState {
  return { type, classes, numbers: new Map(classes.map((label, c) => [label, c])) };
}

/**
 * Numbers the class labels 0..C-1 in ascending order (numbers by value, false before true, strings by code unit) and
 * gives them back in the type they came in: string[], number[], boolean[] or Int32Array.
 */
export class LabelEncoder {
  private state: LabelState | undefined;

  /** The labels in the order of their numbers. @throws HebbError with code ERR_NOT_FITTED */
  get classes(): readonly Label[] {
    return requireFitted(this.state, 'LabelEncoder', 'classes').classes;
  }

  /** The form in which labels come back. @throws HebbError with code ERR_NOT_FITTED */
  get type(): LabelType {
    return requireFitted(this.state, 'LabelEncoder', 'type').type;
  }

  /**
   * Learns the distinct labels.
   * @throws DataError without labels or with labels of mixed types
   * @throws NonFiniteError when a label is NaN or infinite
   */
  fit(y: Labels): this {
    const type = labelType(y);
    if (y.length === 0) throw new DataError('Expected `y` to hold at least 1 label, received 0.');
    this.state = newState(type, uniqueLabels(y));
    return this;
  }

  /**
   * The class numbers of the labels.
   * @throws DataError when a label was not seen by `fit`
   */
  transform(y: Labels, name = 'y'): Int32Array {
    const { numbers, classes } = requireFitted(this.state, 'LabelEncoder', 'transform');
    if (!Array.isArray(y) && !ArrayBuffer.isView(y)) labelType(y, name);
    const out = new Int32Array(y.length);
    for (let i = 0; i < y.length; i++) {
      const label = y[i] as Label;
      const c = numbers.get(label);
      if (c === undefined) {
        const known =
          classes.length > 10 ? `one of the ${classes.length} labels` : `one of ${classes.map(show).join(', ')}`;
        const hint = typeof label === 'string' ? didYouMean(label, classes.map(String)) : '';
        throw new DataError(
          `Expected \`${name}[${i}]\` to be ${known} seen in \`fit\`, received ${show(label)}.${hint}`,
        );
      }
      out[i] = c;
    }
    return out;
  }

  /** `fit` and `transform` in one. */
  fitTransform(y: Labels): Int32Array {
    return this.fit(y).transform(y);
  }

  /**
   * The labels of class numbers, in the type that `fit` was given.
   * @throws ArgumentError when a number is no class
   */
  inverseTransform(numbers: ArrayLike<number>): Labels {
    const { classes, type } = requireFitted(this.state, 'LabelEncoder', 'inverseTransform');
    const labels: Label[] = new Array(numbers.length);
    for (let i = 0; i < numbers.length; i++) {
      const label = classes[numbers[i]];
      if (label === undefined) {
        throw new ArgumentError(
          `Expected \`numbers[${i}]\` to be a class number from 0 to ${classes.length - 1}, received ${show(numbers[i])}.`,
        );
      }
      labels[i] = label;
    }
    return type === 'int32' ? Int32Array.from(labels as number[]) : (labels as string[] | number[] | boolean[]);
  }

  /** The learned state, for `fromJSON`. @throws HebbError with code ERR_NOT_FITTED */
  toJSON(): JsonObject {
    const { type, classes } = requireFitted(this.state, 'LabelEncoder', 'toJSON');
    return { kind: 'LabelEncoder', type, classes };
  }

  /** What `toJSON` gave, as an object again. @throws DataError when the state is damaged or of another kind */
  static fromJSON(json: unknown): LabelEncoder {
    const reader = new StateReader(json, 'LabelEncoder');
    const type = reader.oneOf('type', ['string', 'number', 'boolean', 'int32']);
    const classes = reader.array('classes') as Label[];
    const own = type === 'int32' ? 'number' : type;
    if (classes.length === 0 || !classes.every((c) => typeof c === own) || new Set(classes).size !== classes.length) {
      throw new DataError(`Expected \`classes\` in the saved state of LabelEncoder to be distinct ${own}s.`);
    }
    const encoder = new LabelEncoder();
    encoder.state = newState(type, classes);
    return encoder;
  }
}
