import type { NumericColumn, TableColumn, WordsColumn } from '../../data';
import type { Finding } from '../types';
import { type Check, columnsText, excluding, features, leftOut, list, names, percent, plural } from './context';

/** Columns without information: empty ones and ones with a single value. */
export const constantColumns: Check = (input) => {
  const findings: Finding[] = [];
  const empty = features(input).filter((column) => column.type === 'empty');
  const constant = features(input).filter((column) => column.type === 'constant');
  if (empty.length > 0) {
    findings.push({
      code: 'empty-column',
      severity: 'warning',
      columns: names(empty),
      message: `${columnsText(names(empty), true)} ${plural(empty.length, 'has', 'have')} no value in any row.`,
      advice: `${leftOut(empty)} Check whether the file was exported whole.`,
    });
  }
  if (constant.length > 0) {
    findings.push({
      code: 'constant-column',
      severity: 'info',
      columns: names(constant),
      message: `${columnsText(names(constant), true)} ${plural(constant.length, 'has', 'have')} the same value in every row, so nothing can be learned from ${plural(constant.length, 'it', 'them')}.`,
      advice: `${leftOut(constant)} Remove ${plural(constant.length, 'it', 'them')} from the file.`,
    });
  }
  return findings;
};

/** A short key that equal columns share; only columns with the same key are compared cell by cell. */
function fingerprint(column: TableColumn): string {
  if (column.storage === 'words') return `w ${column.missing} ${column.counts.slice(0, 50).join(',')}`;
  const { stats } = column;
  return `n ${column.missing} ${stats?.min} ${stats?.max} ${stats?.mean} ${stats?.std}`;
}

/**
 * Equal words, or words that are named differently and part the rows in the same way. Words that hardly ever repeat part
 * the rows alike in any two columns, so they have to be the same.
 */
function sameWords(a: WordsColumn, b: WordsColumn): boolean {
  if (!a.distinctIsExact || !b.distinctIsExact || !a.codes.every((code, i) => code === b.codes[i])) return false;
  return a.distinct * 2 <= a.rows - a.missing || a.dictionary.every((word, k) => word === b.dictionary[k]);
}

/** Equal cells. */
function sameCells(a: TableColumn, b: TableColumn): boolean {
  if (a.storage === 'words' || b.storage === 'words') {
    return a.storage === 'words' && b.storage === 'words' && sameWords(a, b);
  }
  return a.values.every((value, i) => Object.is(value, b.values[i]));
}

/** Columns that hold the same as another one. */
export const duplicateColumns: Check = (input) => {
  const groups = new Map<string, TableColumn[][]>();
  for (const column of features(input)) {
    if (column.type === 'empty' || column.type === 'constant') continue;
    const key = fingerprint(column);
    const alike = groups.get(key) ?? [];
    const group = alike.find(([first]) => sameCells(first, column));
    if (group !== undefined) group.push(column);
    else alike.push([column]);
    groups.set(key, alike);
  }
  return [...groups.values()]
    .flat()
    .filter((group) => group.length > 1)
    .map((group) => ({
      code: 'duplicate-column',
      severity: 'warning',
      columns: names(group),
      message: `${columnsText(names(group), true)} say the same in every row.`,
      advice: `Keep ${list(names(group).slice(0, 1))} and leave out the ${plural(group.length - 1, 'other', 'others')} (${excluding(names(group).slice(1))}): copies add weights to learn and no knowledge.`,
    }));
};

/** A share of missing cells from which a column is worth a warning. */
const MANY_MISSING = 0.3;

/** Cells without a value. */
export const missingValues: Check = (input) => {
  const rows = input.table.rows;
  const holes = features(input).filter((column) => column.missing > 0 && column.type !== 'empty');
  if (holes.length === 0) return [];
  holes.sort((a, b) => b.missing - a.missing);
  const worst = holes[0].missing / rows;
  const many = worst >= MANY_MISSING;
  return [
    {
      code: 'missing-values',
      severity: many ? 'warning' : 'info',
      columns: names(holes),
      message: `${columnsText(names(holes), true)} ${plural(holes.length, `has missing cells, in ${percent(worst)} of the rows`, `have missing cells, in at most ${percent(worst)} of the rows ('${holes[0].name}')`)}.`,
      advice: many
        ? 'Missing numbers become the median and are marked in a column of their own. Consider leaving out columns that are mostly empty, and find out why the cells are missing.'
        : 'Missing numbers become the median, missing categories a category of their own; both are marked. Nothing has to be done.',
    },
  ];
};

/** Rows that cannot be used because their target is missing. */
export const missingTarget: Check = ({ table, target }) => {
  const missing = target === undefined ? 0 : table.rows - target.rows.length;
  if (target === undefined || missing === 0) return [];
  return [
    {
      code: 'missing-target',
      severity: missing > table.rows * MANY_MISSING ? 'warning' : 'info',
      columns: [target.name],
      message: `${missing} of ${table.rows} rows ${plural(missing, 'has', 'have')} no value in the target '${target.name}' and ${plural(missing, 'is', 'are')} left out.`,
      advice: 'Check whether such rows were meant to be predicted, or whether the target got lost.',
    },
  ];
};

/** A ratio of the columns' deviations from which gradients of the small ones drown. */
const SCALE_RATIO = 100;

/** Numbers in very different units that reach the model as they are. */
export const unscaledColumns: Check = (input) => {
  if (input.scaled) return [];
  const numeric = features(input).filter(
    (column): column is NumericColumn => column.type === 'number' && ((column as NumericColumn).stats?.std ?? 0) > 0,
  );
  if (numeric.length < 2) return [];
  const spread = (column: NumericColumn): number => column.stats?.std ?? 0;
  const sorted = [...numeric].sort((a, b) => spread(b) - spread(a));
  const [widest, narrowest] = [sorted[0], sorted[sorted.length - 1]];
  const ratio = spread(widest) / spread(narrowest);
  if (ratio < SCALE_RATIO) return [];
  return [
    {
      code: 'unscaled-columns',
      severity: 'warning',
      columns: [widest.name, narrowest.name],
      message: `Column '${widest.name}' spreads ${Number(ratio.toPrecision(2)).toLocaleString('en')} times as wide as '${narrowest.name}', and the columns are not scaled: the wide ones drown the others.`,
      advice: 'Scale the columns, with StandardScaler or the scaling of TablePreprocessor.',
    },
  ];
};

/** Words that spread over many output columns. */
const MANY_CATEGORIES = 50;

/** Categories that are too many to learn each. */
export const manyCategories: Check = (input) => {
  const columns = features(input).filter((column) => column.type === 'category' && column.distinct > MANY_CATEGORIES);
  return columns.map((column) => ({
    code: 'many-categories',
    severity: 'info',
    columns: [column.name],
    message: `Column '${column.name}' has ${column.distinctIsExact ? '' : 'more than '}${column.distinct} categories; the ${MANY_CATEGORIES} most frequent get a column each, the others share one.`,
    advice: 'Group them to fewer when the rare ones matter, for example towns to regions.',
  }));
};
