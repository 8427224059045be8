import { type JsonObject, type Matrix, type MatrixLike, StandardScaler } from '../data';
import { DataError, ShapeError } from '../errors';
import { readArtefact } from '../io';
import { mae, mse, r2, rmse, type Targets } from '../metrics';
import type { History } from '../train';
import { checkBoolean, checkKeys, checkOneOf, checkSameRows } from '../validate';
import type { FitOptions } from './estimator';
import type { PredictAsyncOptions } from './fittedModel';
import { MLPEstimator, optionsOf } from './mlpEstimator';
import {
  type MLPRegressorOptions,
  type RegressionLoss,
  type ResolvedMLPOptions,
  resolveMLPOptions,
  SAVED_KEYS,
} from './mlpOptions';
import { checkFile, fromFile, preprocessingOf, weightsOf } from './modelFile';
import { shapeOfWeights } from './network';
import { copyTargets, targetRows, toTargets, ValueHead } from './valueHead';

const OWN_KEYS = ['loss', 'standardizeTarget'];
const LOSSES: readonly RegressionLoss[] = ['mse', 'mae', 'huber'];

/** What `evaluate` of a regressor tells, in the units of the targets; of several targets the mean over them. */
export interface RegressorEvaluation {
  /** 1 - residual sum of squares / total sum of squares. */
  r2: number;
  /** Mean squared error, in the units of the targets. */
  mse: number;
  /** Its root. */
  rmse: number;
  /** Mean absolute error. */
  mae: number;
}

/**
 * A multi-layer perceptron that predicts one number a row, or several.
 *
 * ```ts
 * const model = new MLPRegressor({ hidden: [64], standardize: true, standardizeTarget: true, seed: 7 });
 * await model.fit(X, prices);
 * model.predict(newX);
 * ```
 */
export class MLPRegressor<Y extends Targets = Targets> extends MLPEstimator<Targets, ValueHead> {
  protected readonly kind = 'MLPRegressor';
  protected readonly options: ResolvedMLPOptions;
  private readonly own: { loss: RegressionLoss; standardizeTarget: boolean };

  /** @throws ArgumentError when an option is unknown, of another type or out of range */
  constructor(options: MLPRegressorOptions = {}) {
    super();
    this.options = resolveMLPOptions(options, 'MLPRegressor', OWN_KEYS);
    this.own = {
      loss: checkOneOf(options.loss ?? 'mse', 'loss', LOSSES),
      standardizeTarget: checkBoolean(options.standardizeTarget ?? false, 'standardizeTarget'),
    };
  }

  /**
   * Trains from new weights on a background thread. The data are copied before the promise is returned, which takes the
   * calling thread up to a millisecond a megabyte; rows in a SharedArrayBuffer are read in place instead, and must stay as
   * they are until the training is done.
   *
   * @param X rows x columns, finite
   * @param y one number a row, or rows x targets
   * @throws ShapeError when there are not as many targets as rows
   * @throws DataError without rows
   * @throws NonFiniteError when X or y holds NaN or Infinity, or when the loss becomes NaN
   * @throws AbortError when `signal` fires; `partial` is the history and the model keeps the best weights so far
   * @throws BusyError while another training of this model runs
   */
  async fit(X: MatrixLike, y: Y, options: FitOptions<Targets> = {}): Promise<History> {
    return this.fitWith(X, y, options);
  }

  /** The same on the calling thread: the event loop stands still meanwhile. `signal` and `onBatch` are of no use. */
  fitSync(X: MatrixLike, y: Y, options: Omit<FitOptions<Targets>, 'signal' | 'onBatch'> = {}): History {
    return this.fitSyncWith(X, y, options);
  }

  /**
   * One pass over these rows that goes on from the present weights, with the optimizer's state of the last
   * `partialFit`. The first call on a new model learns the scalers of `standardize` and `standardizeTarget`.
   * @throws as `fit`
   */
  async partialFit(X: MatrixLike, y: Y, options: Record<string, never> = {}): Promise<History> {
    checkKeys(options, [], '`MLPRegressor.partialFit`');
    return this.partialFitWith(X, y, undefined);
  }

  /**
   * A Float32Array when `fit` was given a vector, a Matrix rows x targets when it was given one. Synchronous.
   * @throws ShapeError, NonFiniteError
   */
  predict(X: MatrixLike): Y extends MatrixLike ? Matrix : Float32Array {
    return this.valuesOf(this.outputsOf(X, 'predict'));
  }

  /** `predict` on a background thread. */
  async predictAsync(
    X: MatrixLike,
    options: PredictAsyncOptions = {},
  ): Promise<Y extends MatrixLike ? Matrix : Float32Array> {
    return this.valuesOf(await this.outputsOfAsync(X, 'predictAsync', options));
  }

  /** R2, 1 for a perfect model and 0 for always saying the mean. @throws as `evaluate` */
  score(X: MatrixLike, y: Y): number {
    return this.evaluate(X, y).r2;
  }

  /** How far predictions are off. @throws ShapeError when `y` has other rows or columns; DataError without rows */
  evaluate(X: MatrixLike, y: Y): RegressorEvaluation {
    const { outputs, head } = this.outputsOf(X, 'evaluate');
    const predicted = head.decode(outputs);
    const { matrix: truth } = toTargets(y);
    checkSameRows(truth.rows, 'y', predicted.rows, 'X');
    if (truth.rows === 0) throw new DataError('Expected `X` to have at least 1 row, received 0.');
    if (truth.cols !== predicted.cols) {
      throw new ShapeError(`Expected \`y\` to have ${predicted.cols} columns as in \`fit\`, received ${truth.cols}.`);
    }
    return {
      r2: r2(y, predicted),
      mse: mse(y, predicted),
      rmse: rmse(y, predicted),
      mae: mae(y, predicted),
    };
  }

  /**
   * Reads a model that `save` wrote, or one that another program wrote in the same form.
   * @throws DataError when the file cannot be read, is damaged, foreign, newer, or holds another kind of model
   */
  static async load<Y extends Targets = Targets>(file: string): Promise<MLPRegressor<Y>> {
    checkFile(file);
    const artefact = await readArtefact(file, ['MLPRegressor']);
    const { outputs } = shapeOfWeights(weightsOf(artefact, file), file);
    const { targetScaler } = preprocessingOf(artefact);
    const scaler = targetScaler === undefined ? undefined : StandardScaler.fromJSON(targetScaler);
    if (scaler !== undefined && scaler.mean.length !== outputs) {
      throw new DataError(
        `Expected the target scaler of ${file} to have ${outputs} columns, found ${scaler.mean.length}.`,
      );
    }
    const head = new ValueHead(outputs, outputs === 1 && artefact.config.vector !== false, scaler);
    const options = optionsOf(artefact, file, [...SAVED_KEYS, ...OWN_KEYS]);
    const model = fromFile(file, () => new MLPRegressor<Y>(options));
    model.restore(artefact, head, file);
    return model;
  }

  private valuesOf({
    outputs,
    head,
  }: {
    outputs: Matrix;
    head: ValueHead;
  }): Y extends MatrixLike ? Matrix : Float32Array {
    const values = head.decode(outputs);
    return (head.vector ? values.data : values) as Y extends MatrixLike ? Matrix : Float32Array;
  }

  protected rowsOf(y: Targets, name?: string): number {
    return targetRows(y, name);
  }

  protected copyOf(y: Targets, name?: string): Targets {
    return copyTargets(y, name);
  }

  protected strata(): undefined {
    return undefined;
  }

  protected makeHead(y: Targets, train: Int32Array, _inputs: number, previous: ValueHead | undefined): ValueHead {
    return previous ?? ValueHead.learn(y, train, this.own);
  }

  protected ownOptions(): JsonObject {
    return { ...this.own, vector: this.requireFitted('save').head.vector };
  }
}
