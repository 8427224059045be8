import { type Cell, type Label, type Labels, Matrix, type RawRowOptions, TablePreprocessor, type Task } from '../data';
import { ArgumentError, DataError } from '../errors';
import { inspectArtefact } from '../io';
import { MLPClassifier } from './mlpClassifier';
import { MLPRegressor } from './mlpRegressor';
import { checkFile } from './modelFile';

const TASKS: Record<string, Task> = { MLPClassifier: 'classification', MLPRegressor: 'regression' };

/** What a model lacks to work behind a preprocessor; undefined when nothing. */
function misfit(model: MLPClassifier | MLPRegressor, { featureNames }: TablePreprocessor): string | undefined {
  const features = featureNames.length;
  if (features !== model.inputs) return `${features} inputs, one a feature of its columns, found ${model.inputs}`;
  const targets = model instanceof MLPRegressor ? model.outputs : 1;
  return targets === 1 ? undefined : `one target, found ${targets}`;
}

/**
 * A model together with how rows of a table become its input: raw rows go in, labels or numbers come out. Models of
 * `hebb train` are read by `TableModel.load`, and what code saves here is a model for `hebb predict`, `evaluate` and
 * `inspect`.
 *
 * ```ts
 * const model = await TableModel.load<string>('churn.safetensors');
 * model.predictRecords([{ city: 'Oslo', member: 'yes', spent: '1,250.00' }]);   // ['stays']
 * ```
 *
 * Columns are found by name, further ones are left aside. Cells of another form than in training count as missing or as
 * "other"; `onUnknown` is told of them and `handleUnknown: 'error'` refuses them.
 */
export class TableModel<Y extends Label = Label> {
  /** Whether it tells classes or a number. */
  readonly task: Task;
  /** The column that the model predicts; undefined when the preprocessor was fitted without `target`. */
  readonly target: string | undefined;

  /**
   * @param model a fitted model
   * @param preprocessor the fitted preprocessor that made its X
   * @throws ArgumentError when the model has another number of inputs than the preprocessor makes features, or is a
   *   regression of several targets
   * @throws HebbError with code ERR_NOT_FITTED
   */
  constructor(
    readonly model: MLPClassifier | MLPRegressor,
    readonly preprocessor: TablePreprocessor,
  ) {
    this.task = model instanceof MLPClassifier ? 'classification' : 'regression';
    this.target = preprocessor.target;
    const wrong = misfit(model, preprocessor);
    if (wrong !== undefined) throw new ArgumentError(`Expected \`model\` to have ${wrong}.`);
  }

  /**
   * Reads a model that `hebb train`, `save`, or `model.save` after `model.table = preprocessor.toJSON()` wrote.
   * @throws DataError when the file cannot be read, is damaged, newer, no MLPClassifier or MLPRegressor, or does not say
   *   how rows become numbers
   */
  static async load<Y extends Label = Label>(file: string): Promise<TableModel<Y>> {
    checkFile(file);
    const { kind } = await inspectArtefact(file);
    if (!Object.hasOwn(TASKS, kind)) {
      throw new DataError(`Expected ${file} to hold an ${Object.keys(TASKS).join(' or ')}, found ${kind}.`);
    }
    const model = TASKS[kind] === 'classification' ? await MLPClassifier.load(file) : await MLPRegressor.load(file);
    if (model.table === undefined) {
      throw new DataError(
        `Expected ${file} to say how the rows of a table become numbers, as files of \`hebb train\` and TableModel.save do: ` +
          `it was saved by a program as a plain ${kind} and is used from there.`,
      );
    }
    const preprocessor = TablePreprocessor.fromJSON(model.table);
    const wrong = misfit(model, preprocessor);
    if (wrong !== undefined) throw new DataError(`Expected the model in ${file} to have ${wrong}.`);
    return new TableModel<Y>(model, preprocessor);
  }

  /** The labels in the order of the columns of `predictProbaRows`; empty for a regression. */
  get classes(): readonly Y[] {
    return this.model instanceof MLPClassifier ? (this.model.classes as readonly Y[]) : [];
  }

  /**
   * The label, or the number, of each row. Synchronous; for the background use
   * `model.predictAsync(preprocessor.transformRows(rows, header))`.
   *
   * @param rows raw cells
   * @param header their names; the order does not matter
   * @throws DataError, ShapeError, ArgumentError as `TablePreprocessor.transformRows`
   */
  predictRows(rows: readonly (readonly Cell[])[], header: readonly string[], options: RawRowOptions = {}): Y[] {
    return this.predict(this.preprocessor.transformRows(rows, header, options));
  }

  /** The same for objects of cells by column name. @throws as `TablePreprocessor.transformRecords` */
  predictRecords(records: readonly Readonly<Record<string, Cell>>[], options: RawRowOptions = {}): Y[] {
    return this.predict(this.preprocessor.transformRecords(records, options));
  }

  /** The probability of each class, rows x classes. @throws ArgumentError for a regression; otherwise as `predictRows` */
  predictProbaRows(rows: readonly (readonly Cell[])[], header: readonly string[], options: RawRowOptions = {}): Matrix {
    return this.classifier('predictProbaRows').predictProba(this.preprocessor.transformRows(rows, header, options));
  }

  /** The same for objects of cells by column name. @throws as `predictProbaRows` */
  predictProbaRecords(records: readonly Readonly<Record<string, Cell>>[], options: RawRowOptions = {}): Matrix {
    return this.classifier('predictProbaRecords').predictProba(this.preprocessor.transformRecords(records, options));
  }

  /**
   * Writes model and preprocessing into one safetensors file, beside and renamed.
   * @throws DataError when the file cannot be written
   */
  async save(file: string): Promise<void> {
    this.model.table = this.preprocessor.toJSON();
    await this.model.save(file);
  }

  private predict(X: Matrix): Y[] {
    const predicted: Labels | Float32Array | Matrix = this.model.predict(X);
    return Array.from((predicted instanceof Matrix ? predicted.data : predicted) as ArrayLike<Label>) as Y[];
  }

  private classifier(method: string): MLPClassifier {
    if (this.model instanceof MLPClassifier) return this.model;
    throw new ArgumentError(
      `Expected a classifier for \`${method}\`, this model is a regression. Use the methods without Proba.`,
    );
  }
}
