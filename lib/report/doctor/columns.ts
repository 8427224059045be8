import type { NumericColumn, TableColumn } from '../../data';
import type { Finding } from '../types';
import { type Check, columnsText, features, list, percent } from './context';

const names = (columns: readonly TableColumn[]): string[] => columns.map((column) => column.name);
const plural = (columns: readonly unknown[], one: string, many: string): string => (columns.length === 1 ? one : many);

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
      message: `${columnsText(names(empty), true)} ${plural(empty, 'has', 'have')} no value in any row.`,
      advice: 'They are left out. Check whether the file was exported whole.',
    });
  }
  if (constant.length > 0) {
    findings.push({
      code: 'constant-column',
      severity: 'info',
      columns: names(constant),
      message: `${columnsText(names(constant), true)} ${plural(constant, 'has', 'have')} the same value in every row, so nothing can be learned from ${plural(constant, 'it', 'them')}.`,
      advice: 'They are left out. Remove them from the file.',
    });
  }
  return findings;
};

/** A short key that equal columns share; only columns with the same key are compared cell by cell. */
function fingerprint(column: TableColumn): string {
  if (column.storage === 'words') return `w ${column.missing} ${column.counts.join(',').slice(0, 200)}`;
  const { stats } = column;
  return `n ${column.missing} ${stats?.min} ${stats?.max} ${stats?.mean} ${stats?.std}`;
}

/** Equal cells; words may be named differently as long as they part the rows in the same way. */
function sameCells(a: TableColumn, b: TableColumn): boolean {
  if (a.storage === 'words' || b.storage === 'words') {
    return a.storage === 'words' && b.storage === 'words' && a.codes.every((code, i) => code === b.codes[i]);
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
      advice: `Keep ${list(names(group).slice(0, 1))} and leave out the ${group.length === 2 ? 'other' : 'others'}: copies add weights to learn and no knowledge.`,
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
      message: `${columnsText(names(holes), true)} ${plural(holes, 'has', 'have')} missing cells, at most ${percent(worst)} of the rows ('${holes[0].name}').`,
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
      message: `${missing} of ${table.rows} rows have no value in the target '${target.name}' and are left out.`,
      advice: 'Check whether they were meant to be predicted, or whether the target got lost.',
    },
  ];
};

/** Cells that are no numbers or dates in a column of them. */
export const unreadableCells: Check = (input) => {
  const columns = features(input).filter((column) => column.invalid > 0);
  return columns.map((column) => ({
    code: 'unreadable-cells',
    severity: 'warning',
    columns: [column.name],
    message: `${column.invalid} ${column.invalid === 1 ? 'cell' : 'cells'} of column '${column.name}' ${column.invalid === 1 ? 'is' : 'are'} no ${column.type === 'date' ? 'date' : 'number'}, for example '${column.invalidExample}', and count as missing.`,
    advice: 'Correct them in the file, or leave them empty when the value is unknown.',
  }));
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

/** Columns that name rows instead of describing them. */
export const idColumns: Check = (input) => {
  const ids = features(input).filter((column) => column.type === 'id');
  const texts = features(input).filter((column) => column.type === 'text');
  const findings: Finding[] = [];
  if (ids.length > 0) {
    findings.push({
      code: 'id-column',
      severity: 'info',
      columns: names(ids),
      message: `${columnsText(names(ids), true)} ${plural(ids, 'looks', 'look')} like an identifier: nearly every row has a value of its own, which a model could only learn by heart.`,
      advice: 'They are left out. When the values do carry meaning, give the column another form.',
    });
  }
  if (texts.length > 0) {
    findings.push({
      code: 'text-column',
      severity: 'info',
      columns: names(texts),
      message: `${columnsText(names(texts), true)} ${plural(texts, 'holds', 'hold')} free text, which this model cannot read.`,
      advice: 'They are left out. Take what matters out of the text into columns of its own.',
    });
  }
  return findings;
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
