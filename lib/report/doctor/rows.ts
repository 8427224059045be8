import type { TableColumn } from '../../data';
import { count, counted } from '../format';
import type { Finding } from '../types';
import { type Check, type DoctorInput, features, mix, percent, plural } from './context';

/** 53-bit hashes of the rows' cells: equal rows have equal ones, and others collide once in about 10^15 pairs. */
function rowHashes(columns: readonly TableColumn[], rows: ArrayLike<number>): Float64Array {
  const low = new Uint32Array(rows.length).fill(0x9e3779b9);
  const high = new Uint32Array(rows.length).fill(0x7f4a7c15);
  for (const column of columns) {
    const words =
      column.storage === 'words'
        ? column.codes
        : new Uint32Array(column.values.buffer, column.values.byteOffset, column.rows);
    for (let k = 0; k < rows.length; k++) {
      const word = words[rows[k]];
      low[k] = mix(low[k], word);
      high[k] = mix(high[k] + 0x51ed27, word);
    }
  }
  return Float64Array.from(low, (word, k) => (high[k] & 0x1fffff) * 2 ** 32 + word);
}

function contains(sorted: Float64Array, value: number): boolean {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle] < value) from = middle + 1;
    else to = middle;
  }
  return sorted[from] === value;
}

/** Columns whose cells tell rows apart: neither empty nor identifiers. */
const telling = (input: DoctorInput): TableColumn[] =>
  features(input).filter((column) => !['empty', 'constant', 'id'].includes(column.type));

/** Share of repeated rows above which it has to be asked whether they repeat by nature. */
const MANY_REPEATS = 0.5;

/** Combinations of values that there could be, for each row, above which rows do not meet by chance. */
const CHANCE = 10;

/**
 * Whether equal rows are copies of one another. Rows of few short columns repeat by nature: then there are hardly more
 * combinations of values than rows, or equal rows have different targets.
 */
function areCopies(input: DoctorInput, columns: readonly TableColumn[], rows: ArrayLike<number>): boolean {
  const combinations = columns.reduce((sum, column) => sum + Math.log(Math.max(1, column.distinct)), 0);
  if (combinations < Math.log(CHANCE * rows.length)) return false;
  if (input.target === undefined) return true;
  const target = input.table.column(input.target.name);
  return new Set(rowHashes(columns, rows)).size === new Set(rowHashes([...columns, target], rows)).size;
}

/** Test rows whose features are those of a train row: their score is that of learning by heart. */
export const duplicateRows: Check = (input) => {
  const columns = telling(input);
  const { split } = input;
  if (split === undefined || columns.length === 0 || split.test.length === 0) return [];
  const train = rowHashes(columns, split.train).sort();
  const copies = rowHashes(columns, split.test).filter((hash) => contains(train, hash)).length;
  const repeats = 1 - new Set(train).size / train.length;
  if (copies === 0 || (repeats > MANY_REPEATS && !areCopies(input, columns, split.train))) return [];
  const share = copies / split.test.length;
  return [
    {
      code: 'duplicate-rows',
      severity: share > 0.05 ? 'warning' : 'info',
      columns: [],
      message: `${copies} of ${split.test.length} test rows (${percent(share)}) ${plural(copies, 'has', 'have')} the same features as a row that is trained on, so the test score says too much.`,
      advice: 'Remove copies from the file before it is split, or keep rows that belong together in one part.',
    },
  ];
};

/** The rows without copies of earlier ones, as far as equal rows are copies. */
export function withoutCopies(input: DoctorInput, rows: Int32Array): Int32Array {
  const columns = telling(input);
  if (columns.length === 0 || rows.length === 0 || !areCopies(input, columns, rows)) return rows;
  const seen = new Set<number>();
  const hashes = rowHashes(columns, rows);
  return rows.filter((_, k) => seen.size < seen.add(hashes[k]).size);
}

function classCounts(labels: readonly (string | number)[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(String(label), (counts.get(String(label)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** The most frequent class has this many times the rows of the rarest. */
const IMBALANCE = 10;

/** Rows of a class below which nothing can be learned or measured. */
const RARE_CLASS = 10;

/** Classes of very different size, and classes with hardly any rows. */
export const classImbalance: Check = ({ target }) => {
  if (target?.task !== 'classification') return [];
  const counts = classCounts(target.labels);
  const findings: Finding[] = [];
  const rare = counts.filter(([, count]) => count < RARE_CLASS).map(([label, count]) => `'${label}' (${count})`);
  if (rare.length > 0) {
    findings.push({
      code: 'rare-class',
      severity: 'warning',
      columns: [target.name],
      message: `Of some classes there are fewer than ${RARE_CLASS} rows: ${rare.slice(0, 5).join(', ')}${rare.length > 5 ? ` and ${rare.length - 5} more` : ''}.`,
      advice: 'Collect more rows of them, join them with others, or leave them out.',
    });
  }
  const [most, fewest] = [counts[0], counts[counts.length - 1]];
  if (most[1] >= IMBALANCE * fewest[1]) {
    const share = most[1] / target.labels.length;
    findings.push({
      code: 'class-imbalance',
      severity: 'warning',
      columns: [target.name],
      message: `Class '${most[0]}' has ${Math.round(most[1] / fewest[1])} times the rows of '${fewest[0]}': always saying '${most[0]}' is already ${percent(share)} right.`,
      advice:
        "Judge by macro F1 or ROC AUC instead of accuracy, and weigh the classes (`--class-weight balanced`, in code `classWeight: 'balanced'`).",
    });
  }
  return findings;
};

/** Fewest rows with which training makes sense at all. */
const FEW_ROWS = 50;

/** Parameters a row above which a model can learn every row by heart many times over. */
export const PARAMETERS_PER_ROW = 20;

/** Too few rows: for anything, for the model's parameters, or to measure with. */
export const fewRows: Check = ({ table, split, target, parameters }) => {
  const rows = split?.train.length ?? target?.rows.length ?? table.rows;
  const findings: Finding[] = [];
  if (rows < FEW_ROWS) {
    findings.push({
      code: 'few-rows',
      severity: 'warning',
      columns: [],
      message: `There ${plural(rows, 'is only 1 row', `are only ${rows} rows`)} to learn from.`,
      advice: 'Expect a score that changes a lot with the split; use cross-validation, and collect more rows.',
    });
  }
  if (parameters !== undefined && parameters > PARAMETERS_PER_ROW * rows) {
    findings.push({
      code: 'few-rows-for-parameters',
      severity: 'warning',
      columns: [],
      message: `The model has ${count(parameters)} parameters for ${counted(rows, 'row')}, ${count(Math.round(parameters / rows))} a row: it can learn the rows by heart.`,
      advice: 'Take smaller hidden layers, more dropout or weight decay, or more rows.',
    });
  }
  if (split !== undefined && split.test.length > 0 && split.test.length < FEW_ROWS / 2) {
    findings.push({
      code: 'small-test',
      severity: 'info',
      columns: [],
      message: `The test part has only ${split.test.length} ${plural(split.test.length, 'row', 'rows')}: one row more or less is ${percent(1 / split.test.length)} of the score.`,
      advice: 'Take a larger test part, or use cross-validation.',
    });
  }
  return findings;
};
