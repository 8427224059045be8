import { type JsonObject, type Label, parseNumber, TablePreprocessor, type Task } from '../data';
import { DataError } from '../errors';
import { inspectArtefact } from '../io';
import { MLPClassifier, MLPRegressor } from '../models';

/** How raw rows became X and which column was learned; kept in the model's file. */
export interface TableSetup {
  preprocessor: TablePreprocessor;
  target: string;
}

/** A model that was trained on a table. */
export type TableModel = TableSetup &
  ({ task: 'classification'; model: MLPClassifier } | { task: 'regression'; model: MLPRegressor });

export function setupToJson({ preprocessor, target }: TableSetup): JsonObject {
  return { kind: 'TableSetup', target, preprocessor: preprocessor.toJSON() };
}

function setupFromJson(table: JsonObject | undefined, file: string): TableSetup {
  if (table?.kind !== 'TableSetup' || typeof table.target !== 'string') {
    throw new DataError(
      `Expected ${file} to be a model that \`hebb train\` made: it does not say how rows become numbers. ` +
        'Models that were saved by a program are used from that program.',
    );
  }
  return { target: table.target, preprocessor: TablePreprocessor.fromJSON(table.preprocessor) };
}

const KINDS: Record<string, Task> = { MLPClassifier: 'classification', MLPRegressor: 'regression' };

/** @throws DataError when the file cannot be read or is no model of `hebb train` */
export async function loadTableModel(file: string): Promise<TableModel> {
  const { kind } = await inspectArtefact(file);
  const task = KINDS[kind];
  if (task === undefined) {
    throw new DataError(`Expected ${file} to hold an ${Object.keys(KINDS).join(' or ')}, found ${kind}.`);
  }
  if (task === 'classification') {
    const model = await MLPClassifier.load(file);
    return checkInputs({ task, model, ...setupFromJson(model.table, file) }, file);
  }
  const model = await MLPRegressor.load(file);
  return checkInputs({ task, model, ...setupFromJson(model.table, file) }, file);
}

function checkInputs(loaded: TableModel, file: string): TableModel {
  const features = loaded.preprocessor.featureNames.length;
  if (features !== loaded.model.inputs) {
    throw new DataError(`Expected the model in ${file} to have ${features} inputs, found ${loaded.model.inputs}.`);
  }
  return loaded;
}

/** The label that a cell stands for, in the type of the model's classes. */
export function labelOf(cell: string, classes: readonly Label[]): Label {
  const text = cell.trim();
  if (typeof classes[0] === 'string') return text;
  if (typeof classes[0] === 'boolean') return text.toLowerCase() === 'true';
  const value = parseNumber(text, '.');
  // A comma as the decimal mark; what is no number at all is refused by the encoder, in its own words.
  return Number.isNaN(value) ? parseNumber(text, ',') : value;
}
