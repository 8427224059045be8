import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ColumnHint, DecimalMark, Task } from '../data';
import { ACTIVATIONS, type Activation } from '../graph';
import type { CsvEncoding } from '../io';
import type { OptimizerName } from '../models';
import { nearest } from '../validate';

/** How a CSV file is read, as far as it is not found out. */
export interface CsvArguments {
  delimiter?: string;
  header?: boolean;
  decimal?: DecimalMark;
  encoding?: CsvEncoding;
  types?: Record<string, ColumnHint>;
}

export interface TrainArguments extends CsvArguments {
  target: string;
  task: 'auto' | Task;
  exclude?: string[];
  /** Default: by the number of rows. */
  hidden?: number[];
  activation: Activation;
  optimizer: OptimizerName;
  learningRate?: number;
  weightDecay?: number;
  l2: number;
  dropout: number;
  epochs: number;
  batchSize?: number;
  /** Default: `PATIENCE`. */
  patience?: number;
  validationSplit: number;
  testSplit: number;
  classWeight?: 'balanced';
  threshold?: number;
  seed: number;
  threads?: number;
  model?: string;
  report?: string;
  force: boolean;
}

/** Epochs without improvement before a training stops, when nothing is said. */
export const PATIENCE = 15;

export const integer =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`Expected an integer from ${min} to ${max}.`);
    }
    return value;
  };

/** A number from `min` to `max`; `open` leaves the upper end out. */
export const number =
  (min: number, max: number, open = false) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= min) || !(open ? value < max : value <= max)) {
      throw new InvalidArgumentError(`Expected a number from ${min} to ${open ? 'below ' : ''}${max}.`);
    }
    return value;
  };

/** Numbers of units, '64,32'; 'none' for a linear model. */
function layers(text: string): number[] {
  if (text === 'none') return [];
  return text.split(',').map((part) => integer(1, 2 ** 24)(part));
}

export const list = (text: string): string[] => text.split(',').filter((part) => part !== '');

const HINTS: readonly ColumnHint[] = ['number', 'category', 'date'];

/** 'zip=category,when=date' */
function columnTypes(text: string): Record<string, ColumnHint> {
  const out: Record<string, ColumnHint> = {};
  for (const part of list(text)) {
    const at = part.lastIndexOf('=');
    const hint = part.slice(at + 1) as ColumnHint;
    if (at < 1 || !HINTS.includes(hint)) {
      const near = nearest(hint, HINTS);
      throw new InvalidArgumentError(
        `Expected COLUMN=TYPE with a type of ${HINTS.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`,
      );
    }
    out[part.slice(0, at)] = hint;
  }
  return out;
}

function delimiter(text: string): string {
  const value = text === '\\t' || text === 'tab' ? '\t' : text;
  if (!/^[^"\r\n]$/.test(value)) throw new InvalidArgumentError("Expected one character, or 'tab'.");
  return value;
}

const OPTIMIZERS: readonly OptimizerName[] = ['sgd', 'momentum', 'nesterov', 'adam', 'adamw', 'rmsprop'];

/** The options of every command that reads a CSV file. */
export function addCsvOptions(command: Command): Command {
  return command
    .option('--delimiter <char>', 'between cells (default: found out)', delimiter)
    .option('--header', 'the first record names the columns (default: found out)')
    .option('--no-header', 'there are no names; columns are column_1, column_2, ...')
    .addOption(new Option('--decimal <mark>', 'of numbers (default: found out)').choices(['.', ',']))
    .addOption(new Option('--encoding <name>', 'of the file (default: utf8)').choices(['utf8', 'latin1']));
}

export function addTrainOptions(command: Command): Command {
  return addCsvOptions(
    command
      .requiredOption('-t, --target <column>', 'the column to predict')
      .addOption(
        new Option('--task <task>', 'what kind of target it is')
          .choices(['auto', 'classification', 'regression'])
          .default('auto'),
      )
      .option('--model <file>', 'where the model goes (default: the CSV name with .safetensors)')
      .option('--report <file>', 'write a page with curves and figures, e.g. report.html')
      .option('-f, --force', 'overwrite files that are there', false)
      .option('--exclude <columns>', 'columns to leave out, separated by commas', list)
      .option('--types <list>', 'read columns as number, category or date, e.g. zip=category', columnTypes)
      .option('--hidden <sizes>', "units of the hidden layers, or 'none' (default: 64,32, fewer for few rows)", layers)
      .addOption(new Option('--activation <name>', 'of the hidden layers').choices([...ACTIVATIONS]).default('relu'))
      .addOption(new Option('--optimizer <name>', 'how weights are updated').choices([...OPTIMIZERS]).default('adam'))
      .option('--learning-rate <rate>', 'size of an update (default: 0.001)', number(1e-12, 1e6))
      .option('--epochs <n>', 'the most passes over the rows', integer(1, 1e9), 200)
      .option('--batch-size <n>', 'rows of an update (default: by the number of rows)', integer(1, 2 ** 24))
      .option('--dropout <p>', 'share of hidden units that is zeroed', number(0, 1, true), 0)
      .option('--weight-decay <x>', 'decoupled decay of the weights', number(0, 1e6))
      .option('--l2 <x>', 'lambda in loss + lambda * sum(w^2)', number(0, 1e6), 0)
      .option(
        '--patience <n>',
        `epochs without improvement before stopping; 0 never stops (default: ${PATIENCE})`,
        integer(0, 2 ** 31),
      )
      .option('--validation-split <x>', 'share of the rows that decides when to stop', number(0, 0.9), 0.1)
      .option('--test-split <x>', 'share of the rows that is only tested on', number(0, 0.9), 0.2)
      .addOption(new Option('--class-weight <how>', 'weigh rare classes more').choices(['balanced']))
      .option('--threshold <p>', 'two classes: probability from which the second is said', number(0, 1))
      .option('--seed <n>', 'of split, weights and order: the same seed gives the same model', integer(0), 0)
      .option('--threads <n>', 'the most threads to use', integer(1, 256)),
  );
}
