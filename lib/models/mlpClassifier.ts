import { type JsonObject, type Label, LabelEncoder, type Labels, Matrix, type MatrixLike, range } from '../data';
import { DataError, ShapeError } from '../errors';
import { readArtefact } from '../io';
import { accuracy, logLoss } from '../metrics';
import type { History } from '../train';
import { checkKeys, checkSameRows } from '../validate';
import { ClassHead } from './classHead';
import type { FitOptions } from './estimator';
import type { PredictAsyncOptions } from './fittedModel';
import { MLPEstimator, optionsOf } from './mlpEstimator';
import {
  type MLPClassifierOptions,
  type ResolvedMLPOptions,
  resolveClassifierOptions,
  resolveMLPOptions,
  SAVED_KEYS,
} from './mlpOptions';
import { checkFile, fromFile } from './modelFile';

const OWN_KEYS = ['threshold', 'classWeight', 'labelSmoothing'];

/** What `evaluate` of a classifier tells. */
export interface ClassifierEvaluation {
  /** Share of the rows whose label was predicted. */
  accuracy: number;
  /** Mean negative log-probability of the true labels (float64, without class weights and label smoothing). */
  loss: number;
}

/**
 * A multi-layer perceptron that tells classes apart, trained on cross-entropy. Two classes have one output unit (a
 * logistic one), more have a softmax. Labels are strings, numbers, booleans or an Int32Array, and come back as such.
 *
 * ```ts
 * const model = new MLPClassifier({ hidden: [64], standardize: true, epochs: 50, seed: 7 });
 * await model.fit(X, labels);
 * model.predict(newX);
 * ```
 */
export class MLPClassifier<Y extends Labels = Labels> extends MLPEstimator<Labels, ClassHead> {
  protected readonly kind = 'MLPClassifier';
  protected readonly options: ResolvedMLPOptions;
  private readonly own: ReturnType<typeof resolveClassifierOptions>;

  /** @throws ArgumentError when an option is unknown, of another type or out of range */
  constructor(options: MLPClassifierOptions = {}) {
    super();
    this.options = resolveMLPOptions(options, 'MLPClassifier', OWN_KEYS);
    this.own = resolveClassifierOptions(options);
  }

  /** The labels in ascending order: that of the columns of `predictProba`. @throws HebbError when not fitted */
  get classes(): readonly Label[] {
    return this.requireFitted('classes').head.encoder.classes;
  }

  /** The probability from which the second of two classes is predicted; may be changed at any time. */
  get threshold(): number {
    return this.own.threshold;
  }

  set threshold(value: number) {
    this.own.threshold = resolveClassifierOptions({ threshold: value }).threshold;
  }

  /**
   * Trains from new weights on a background thread. The data are copied before the promise is returned, which takes the
   * calling thread up to a millisecond a megabyte; rows in a SharedArrayBuffer are read in place instead, and must stay as
   * they are until the training is done.
   *
   * @param X rows x columns, finite
   * @param y one label a row
   * @throws ShapeError when there are not as many labels as rows
   * @throws DataError without rows, with one class only, or with mixed or unknown labels
   * @throws NonFiniteError when X holds NaN or Infinity, or when the loss becomes NaN
   * @throws AbortError when `signal` fires; `partial` is the history and the model keeps the best weights so far
   * @throws BusyError while another training of this model runs
   */
  async fit(X: MatrixLike, y: Y, options: FitOptions<Labels> = {}): Promise<History> {
    return this.fitWith(X, y, options);
  }

  /** The same on the calling thread: the event loop stands still meanwhile. `signal` and `onBatch` are of no use. */
  fitSync(X: MatrixLike, y: Y, options: Omit<FitOptions<Labels>, 'signal' | 'onBatch'> = {}): History {
    return this.fitSyncWith(X, y, options);
  }

  /**
   * One pass over these rows that goes on from the present weights, with the optimizer's state of the last
   * `partialFit`. The first call on a new model needs every label that will come, in `classes` (default: those of `y`),
   * and learns the scaler of `standardize` from its rows.
   *
   * @throws as `fit`; DataError when a label is none of the classes
   */
  async partialFit(X: MatrixLike, y: Y, options: { classes?: Labels } = {}): Promise<History> {
    checkKeys(options, ['classes'], '`MLPClassifier.partialFit`');
    return this.partialFitWith(X, y, options.classes);
  }

  /** The label of each row, in the type that `fit` was given. Synchronous. @throws ShapeError, NonFiniteError */
  predict(X: MatrixLike): Y {
    return this.labelsOf(this.outputsOf(X, 'predict'));
  }

  /**
   * The labels that `predict` would give, from probabilities that `predictProba` gave.
   * @throws ShapeError when there are not as many columns as classes
   */
  labelsFromProba(proba: Matrix): Y {
    const { head } = this.requireFitted('labelsFromProba');
    const classes = head.encoder.classes.length;
    if (proba.cols !== classes) {
      throw new ShapeError(`Expected \`proba\` to have ${classes} columns, one a class, received ${proba.cols}.`);
    }
    const outputs = classes === 2 ? new Matrix(proba.column(1), proba.rows, 1) : proba;
    return this.labelsOf({ outputs, head });
  }

  /** `predict` on a background thread. */
  async predictAsync(X: MatrixLike, options: PredictAsyncOptions = {}): Promise<Y> {
    return this.labelsOf(await this.outputsOfAsync(X, 'predictAsync', options));
  }

  /** The probability of each class, rows x classes in the order of `classes`. Synchronous. */
  predictProba(X: MatrixLike): Matrix {
    const { outputs, head } = this.outputsOf(X, 'predictProba');
    return head.probabilities(outputs);
  }

  /** `predictProba` on a background thread. */
  async predictProbaAsync(X: MatrixLike, options: PredictAsyncOptions = {}): Promise<Matrix> {
    const { outputs, head } = await this.outputsOfAsync(X, 'predictProbaAsync', options);
    return head.probabilities(outputs);
  }

  /** Share of the rows whose label is predicted. @throws ShapeError when there are not as many labels as rows */
  score(X: MatrixLike, y: Y): number {
    return this.evaluate(X, y).accuracy;
  }

  /** Accuracy and log loss. @throws as `predict`; DataError without rows or when a label is none of the classes */
  evaluate(X: MatrixLike, y: Y): ClassifierEvaluation {
    const { outputs, head } = this.outputsOf(X, 'evaluate');
    checkSameRows(ClassHead.rowsOf(y), 'y', outputs.rows, 'X');
    if (outputs.rows === 0) throw new DataError('Expected `X` to have at least 1 row, received 0.');
    const truth = head.encoder.transform(y);
    const labels = range(head.encoder.classes.length);
    return {
      accuracy: accuracy(truth, head.classNumbers(outputs, this.own.threshold)),
      loss: logLoss(truth, head.probabilities(outputs), { labels }),
    };
  }

  /**
   * Reads a model that `save` wrote, or one that another program wrote in the same form.
   * @throws DataError when the file cannot be read, is damaged, foreign, newer, or holds another kind of model
   */
  static async load<Y extends Labels = Labels>(file: string): Promise<MLPClassifier<Y>> {
    checkFile(file);
    const artefact = await readArtefact(file, ['MLPClassifier']);
    const head = ClassHead.fromJSON(artefact.classes, file);
    const options = optionsOf(artefact, file, [...SAVED_KEYS, 'threshold', 'labelSmoothing']);
    const model = fromFile(file, () => new MLPClassifier<Y>(options));
    model.restore(artefact, head, file);
    return model;
  }

  private labelsOf({ outputs, head }: { outputs: Matrix; head: ClassHead }): Y {
    return head.encoder.inverseTransform(head.classNumbers(outputs, this.own.threshold)) as Y;
  }

  protected rowsOf(y: Labels, name?: string): number {
    return ClassHead.rowsOf(y, name);
  }

  protected copyOf(y: Labels): Labels {
    return ClassHead.copyOf(y);
  }

  protected strata(y: Labels): Int32Array {
    return new LabelEncoder().fitTransform(y);
  }

  protected makeHead(
    y: Labels,
    train: Int32Array,
    _inputs: number,
    previous: ClassHead | undefined,
    classes: unknown,
  ): ClassHead {
    if (previous !== undefined) return previous;
    const { classWeight, labelSmoothing } = this.own;
    return ClassHead.learn((classes as Labels | undefined) ?? y, y, train, { classWeight, labelSmoothing });
  }

  protected ownOptions(): JsonObject {
    const { threshold, labelSmoothing } = this.own;
    return { threshold, labelSmoothing };
  }
}
