import { type JsonObject, type Label, LabelEncoder, type Labels, Matrix, type MatrixLike } from '../data';
import { DataError } from '../errors';
import { type Graph, initializers, type Node } from '../graph';
import { readArtefact } from '../io';
import { accuracy } from '../metrics';
import type { EarlyStoppingOptions, EpochRecord, History } from '../train';
import { checkKeys, checkNumber, checkSameRows, show } from '../validate';
import { ClassHead, winners } from './classHead';
import type { FitOptions } from './estimator';
import type { PredictAsyncOptions } from './fittedModel';
import type { Head } from './head';
import { MLPEstimator, optionsOf } from './mlpEstimator';
import { type ResolvedMLPOptions, resolveMLPOptions } from './mlpOptions';
import { checkFile, fromFile } from './modelFile';

/** Options of `Perceptron`. */
export interface PerceptronOptions {
  /** Size of a correction. Default 1. */
  learningRate?: number;
  /** The most passes over the rows; training ends before when a pass needs no correction. Default 100. */
  epochs?: number;
  /** Fraction of the rows that is held out. Default 0: none. */
  validationSplit?: number;
  /** Stop when the watched figure no longer improves. Default false. */
  earlyStopping?: boolean | EarlyStoppingOptions;
  /** Draw a new order of the rows each epoch. Default true. */
  shuffle?: boolean;
  /** Scale each column to mean 0 and standard deviation 1, kept in the model. Default false. */
  standardize?: boolean;
  /** Of everything random: the same seed gives the same bits. Default 0. */
  seed?: number;
  /** The most threads to use; results do not depend on it. Default: all of the pool. */
  threads?: number;
}

const KEYS = [
  'learningRate',
  'epochs',
  'validationSplit',
  'earlyStopping',
  'shuffle',
  'standardize',
  'seed',
  'threads',
];

/** A score below this counts as a mistake: what is exactly undecided, such as zero weights, has to be corrected too. */
const MARGIN = 1e-6;

/** One score a class, or one for two classes; loss sum max(0, margin - t s) over scores s with targets t of -1 or 1. */
class PerceptronHead implements Head<Labels> {
  readonly outputs: number;

  constructor(readonly encoder: LabelEncoder) {
    this.outputs = encoder.classes.length === 2 ? 1 : encoder.classes.length;
  }

  encode(y: Labels, name?: string): Matrix {
    const numbers = this.encoder.transform(y, name);
    const { outputs } = this;
    const targets = new Float32Array(numbers.length * outputs).fill(-1);
    for (let i = 0; i < numbers.length; i++) {
      if (outputs > 1) targets[i * outputs + numbers[i]] = 1;
      else if (numbers[i] === 1) targets[i] = 1;
    }
    return new Matrix(targets, numbers.length, outputs);
  }

  addLoss(graph: Graph, scores: Node): { loss: Node; metrics: Record<string, Node> } {
    const target = graph.input('y', ['B', this.outputs]);
    const short = graph.activation(graph.affine(graph.mul(scores, target), -1, MARGIN), 'relu');
    // `mean` is over rows and outputs; each row's corrections are to add up.
    return { loss: graph.mul(graph.mean(short), this.outputs), metrics: {} };
  }

  addOutput(_graph: Graph, scores: Node): Node {
    return scores;
  }

  converged(record: EpochRecord): boolean {
    return record.loss === 0;
  }

  classes(): JsonObject {
    return this.encoder.toJSON();
  }

  /** The class with the largest score; of two the second one when the score is above 0. */
  classNumbers(scores: Matrix): Int32Array {
    return winners(scores, (score) => score > 0);
  }
}

/**
 * Rosenblatt's perceptron: a linear model that is corrected by each row it gets wrong (one row at a time, first weights
 * zero). More than two classes are told apart one against the rest, as in scikit-learn. It finds a separating plane when
 * there is one, and has no probabilities: `MLPClassifier` with `hidden: []` is logistic regression.
 */
export class Perceptron<Y extends Labels = Labels> extends MLPEstimator<Labels, PerceptronHead> {
  protected readonly kind = 'Perceptron';
  protected readonly options: ResolvedMLPOptions;
  protected override readonly initializer = initializers.zeros;

  /** @throws ArgumentError when an option is unknown, of another type or out of range */
  constructor(options: PerceptronOptions = {}) {
    super();
    checkKeys(options, KEYS, 'Perceptron');
    const learningRate = checkNumber(options.learningRate ?? 1, 'learningRate', {
      min: 0,
      exclusiveMin: true,
      max: 1e6,
    });
    this.options = resolveMLPOptions(
      { ...options, learningRate, hidden: [], optimizer: 'sgd', batchSize: 1 },
      'Perceptron',
    );
  }

  /** The labels in ascending order. @throws HebbError with code ERR_NOT_FITTED */
  get classes(): readonly Label[] {
    return this.requireFitted('classes').head.encoder.classes;
  }

  /** Trains from zero weights on a background thread. @throws as `MLPClassifier.fit` */
  async fit(X: MatrixLike, y: Y, options: FitOptions<Labels> = {}): Promise<History> {
    return this.fitWith(X, y, options);
  }

  /** The same on the calling thread. */
  fitSync(X: MatrixLike, y: Y, options: Omit<FitOptions<Labels>, 'signal' | 'onBatch'> = {}): History {
    return this.fitSyncWith(X, y, options);
  }

  /** One pass over these rows from the present weights. The first call takes every label that will come in `classes`. */
  async partialFit(X: MatrixLike, y: Y, options: { classes?: Labels } = {}): Promise<History> {
    checkKeys(options, ['classes'], '`Perceptron.partialFit`');
    return this.partialFitWith(X, y, options.classes);
  }

  /** The label of each row, in the type that `fit` was given. Synchronous. @throws ShapeError, NonFiniteError */
  predict(X: MatrixLike): Y {
    return this.labelsOf(this.outputsOf(X, 'predict'));
  }

  /** `predict` on a background thread. */
  async predictAsync(X: MatrixLike, options: PredictAsyncOptions = {}): Promise<Y> {
    return this.labelsOf(await this.outputsOfAsync(X, 'predictAsync', options));
  }

  /** Signed distances from the planes, unnormalised: rows x 1 for two classes (above 0 is the second), else x classes. */
  decisionFunction(X: MatrixLike): Matrix {
    return this.outputsOf(X, 'decisionFunction').outputs;
  }

  /** Share of the rows whose label is predicted. @throws ShapeError when there are not as many labels as rows */
  score(X: MatrixLike, y: Y): number {
    const { outputs, head } = this.outputsOf(X, 'score');
    checkSameRows(ClassHead.rowsOf(y), 'y', outputs.rows, 'X');
    if (outputs.rows === 0) throw new DataError('Expected `X` to have at least 1 row, received 0.');
    return accuracy(head.encoder.transform(y), head.classNumbers(outputs));
  }

  /** Reads a model that `save` wrote. @throws DataError when the file is damaged, foreign or of another kind */
  static async load<Y extends Labels = Labels>(file: string): Promise<Perceptron<Y>> {
    checkFile(file);
    const artefact = await readArtefact(file, ['Perceptron']);
    const head = new PerceptronHead(LabelEncoder.fromJSON(artefact.classes));
    const { hidden: _, ...options } = optionsOf(artefact, file, KEYS);
    const model = fromFile(file, () => new Perceptron<Y>(options));
    model.restore(artefact, head, file);
    return model;
  }

  private labelsOf({ outputs, head }: { outputs: Matrix; head: PerceptronHead }): Y {
    return head.encoder.inverseTransform(head.classNumbers(outputs)) as Y;
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
    _train: Int32Array,
    _inputs: number,
    previous: PerceptronHead | undefined,
    all: unknown,
  ): PerceptronHead {
    if (previous !== undefined) return previous;
    const encoder = new LabelEncoder().fit((all as Labels | undefined) ?? y);
    if (encoder.classes.length < 2) {
      throw new DataError(`Expected \`y\` to hold at least 2 classes, received only ${show(encoder.classes[0])}.`);
    }
    return new PerceptronHead(encoder);
  }

  protected ownOptions(): JsonObject {
    return {};
  }
}
