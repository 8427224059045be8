import { CODE_FIRST, type TableColumn, type Target } from '../../data';
import { type Check, type DoctorInput, excluding, features, mix, percent } from './context';
import { withoutCopies } from './rows';

/** The share of what there is to be known above guessing, from which a single column is suspect. */
const SUSPECT = 0.98;

/** Fewest rows for the check to mean anything. */
const MIN_ROWS = 40;

/** Fewest rows of a word on average: rarer words fit by chance. */
const ROWS_PER_WORD = 5;

/** Cells that are looked at, over all columns together, and rows at most. */
const MAX_CELLS = 4_000_000;
const MAX_SAMPLE = 20_000;

/** Whether the k-th row is learned from; the others are tried. Drawn by hash, as files often are in some order. */
const isLearned = (k: number): boolean => (mix(0x9e3779b9, k) & 1) === 0;

/** The place of the value nearest to `value` in an ascending list. */
function nearestPlace(sorted: readonly number[], value: number): number {
  let [from, to] = [0, sorted.length - 1];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle] < value) from = middle + 1;
    else to = middle;
  }
  return from > 0 && value - sorted[from - 1] < sorted[from] - value ? from - 1 : from;
}

/**
 * The group of each row: of words the word, of numbers the nearest one of the rows that are learned from (nearest
 * neighbour in one dimension). Missing cells are a group, too.
 */
function groupsOf(column: TableColumn, rows: Int32Array): { group: Int32Array; count: number } | undefined {
  if (column.storage === 'words') {
    const count = column.dictionary.length + CODE_FIRST;
    return count * ROWS_PER_WORD > rows.length ? undefined : { group: rows.map((i) => column.codes[i]), count };
  }
  const { values } = column;
  const learned = Float32Array.from(
    rows.filter((i, k) => isLearned(k) && !Number.isNaN(values[i])),
    (i) => values[i],
  );
  const centers = [...new Set(learned.sort())];
  if (centers.length === 0) return undefined;
  const group = rows.map((i) => (Number.isNaN(values[i]) ? centers.length : nearestPlace(centers, values[i])));
  return { group, count: centers.length + 1 };
}

/** The class numbers of a target, and how many there are. */
function numbered(labels: readonly (string | number)[]): { classes: Int32Array; count: number } {
  const numbers = new Map<string | number, number>();
  const classes = Int32Array.from(labels, (label: string | number) => {
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    return numbers.get(label) as number;
  });
  return { classes, count: numbers.size };
}

function largestOf(counts: Float64Array, from: number, length: number): number {
  let best = from;
  for (let c = from + 1; c < from + length; c++) if (counts[c] > counts[best]) best = c;
  return best - from;
}

/**
 * How much a column alone tells of the classes: each group says its most frequent class, learned on one half of the rows
 * and tried on the other. 0 is no better than the most frequent class, 1 is always right.
 */
function classSkill(group: Int32Array, groups: number, classes: Int32Array, classCount: number): number {
  const counts = new Float64Array(groups * classCount);
  const all = new Float64Array(classCount);
  for (let k = 0; k < group.length; k++) {
    if (!isLearned(k)) continue;
    counts[group[k] * classCount + classes[k]]++;
    all[classes[k]]++;
  }
  const usual = largestOf(all, 0, classCount);
  const says = Int32Array.from({ length: groups }, (_, g) => largestOf(counts, g * classCount, classCount));
  let [right, guessed, tried] = [0, 0, 0];
  for (let k = 0; k < group.length; k++) {
    if (isLearned(k)) continue;
    tried++;
    if (says[group[k]] === classes[k]) right++;
    if (usual === classes[k]) guessed++;
  }
  return tried === guessed ? 0 : (right - guessed) / (tried - guessed);
}

/** How much a column alone tells of a quantity: R2 of the groups' means, learned on one half and tried on the other. */
function numberSkill(group: Int32Array, groups: number, values: Float64Array): number {
  const sums = new Float64Array(groups);
  const counts = new Float64Array(groups);
  let [sum, count] = [0, 0];
  for (let k = 0; k < group.length; k++) {
    if (!isLearned(k)) continue;
    sums[group[k]] += values[k];
    counts[group[k]]++;
    sum += values[k];
    count++;
  }
  let [error, total] = [0, 0];
  for (let k = 0; k < group.length; k++) {
    if (isLearned(k)) continue;
    const g = group[k];
    error += (values[k] - (counts[g] === 0 ? sum / count : sums[g] / counts[g])) ** 2;
    total += (values[k] - sum / count) ** 2;
  }
  return total === 0 ? 0 : 1 - error / total;
}

/** The squared correlation of a numeric column with a quantity: what groups of equal size miss of long tails. */
function linearSkill(column: TableColumn, { rows, values }: { rows: Int32Array; values: Float64Array }): number {
  if (column.storage === 'words' || column.missing > column.rows / 2) return 0;
  let [n, sx, sy] = [0, 0, 0];
  for (let k = 0; k < rows.length; k++) {
    const x = column.values[rows[k]];
    if (Number.isNaN(x)) continue;
    n++;
    sx += x;
    sy += values[k];
  }
  let [xx, xy, yy] = [0, 0, 0];
  for (let k = 0; k < rows.length; k++) {
    const x = column.values[rows[k]] - sx / n;
    if (Number.isNaN(x)) continue;
    const y = values[k] - sy / n;
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  return xx === 0 || yy === 0 ? 0 : (xy * xy) / (xx * yy);
}

function skillOf(column: TableColumn, target: Target): number {
  const cut = groupsOf(column, target.rows);
  if (cut === undefined) return 0;
  if (target.task === 'regression') {
    return Math.max(numberSkill(cut.group, cut.count, target.values), linearSkill(column, target));
  }
  const { classes, count } = numbered(target.labels);
  if (cut.count * count > MAX_CELLS) return 0;
  return classSkill(cut.group, cut.count, classes, count);
}

/** The target in the rows of which `keep` is true. */
function inRows(target: Target, keep: (row: number, k: number) => boolean): Target {
  const rows = target.rows.filter(keep);
  const kept = (_: unknown, k: number) => keep(target.rows[k], k);
  if (target.task === 'regression') return { ...target, rows, values: target.values.filter(kept) };
  return { ...target, rows, labels: (target.labels as string[]).filter(kept) };
}

/** Evenly spaced rows of the target, at most `most`; without copies, which would tell their own target. */
function sampled(input: DoctorInput, target: Target, most: number): Target {
  const step = Math.ceil(target.rows.length / most);
  const thinned = step === 1 ? target : inRows(target, (_, k) => k % step === 0);
  const rows = new Set(withoutCopies(input, thinned.rows));
  return rows.size === thinned.rows.length ? thinned : inRows(thinned, (row) => rows.has(row));
}

/** A column that predicts the target alone: often the target in other words, or something known only afterwards. */
export const targetLeakage: Check = (input) => {
  const { target } = input;
  if (target === undefined) return [];
  const usable = features(input).filter((column) => ['number', 'category', 'boolean', 'date'].includes(column.type));
  const most = Math.min(MAX_SAMPLE, Math.max(1000, Math.floor(MAX_CELLS / usable.length)));
  const sample = sampled(input, target, most);
  if (sample.rows.length < MIN_ROWS) return [];
  const suspects = usable
    .map((column) => ({ name: column.name, skill: skillOf(column, sample) }))
    .filter(({ skill }) => skill >= SUSPECT);
  return suspects.map(({ name, skill }) => ({
    code: 'target-leakage',
    severity: 'error',
    columns: [name, target.name],
    message: `Column '${name}' predicts '${target.name}' all alone (${percent(skill)} of what there is to know).`,
    advice: `Leave it out (${excluding([name])}) unless it is really known when a prediction is made: columns like this are often the target in other words, or filled in afterwards.`,
  }));
};
