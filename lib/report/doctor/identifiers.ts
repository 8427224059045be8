import type { TableColumn } from '../../data';
import type { Finding } from '../types';
import { type Check, columnsText, excluding, features, leftOut, names, plural } from './context';

/** What to say to read a column in another way. */
function reading(column: string): string {
  const word = /^\w+$/.test(column);
  const code = `\`types: { ${word ? column : `'${column}'`}: 'number' }\``;
  return `say so, for example ${word ? `\`--types ${column}=number\`, in code ` : ''}${code}`;
}

/** Columns that name rows instead of describing them, and are left out. */
export const idColumns: Check = (input) => {
  const ids = features(input).filter((column) => column.type === 'id');
  const texts = features(input).filter((column) => column.type === 'text');
  const findings: Finding[] = [];
  if (ids.length > 0) {
    findings.push({
      code: 'id-column',
      severity: 'info',
      columns: names(ids),
      message: `${columnsText(names(ids), true)} ${plural(ids.length, 'looks', 'look')} like an identifier: nearly every row has a value of its own, which a model could only learn by heart.`,
      advice: `${leftOut(ids)} When the values do carry meaning, ${reading(ids[0].name)}.`,
    });
  }
  if (texts.length > 0) {
    findings.push({
      code: 'text-column',
      severity: 'info',
      columns: names(texts),
      message: `${columnsText(names(texts), true)} ${plural(texts.length, 'holds', 'hold')} free text, which this model cannot read.`,
      advice: `${leftOut(texts)} Take what matters out of the text into columns of its own.`,
    });
  }
  return findings;
};

const NUMBERING =
  /(^|[_\s.-])(no|nr|num|number|nummer|numero|code|ref|reference|serial|ticket|account|phone|zip|ssn)\.?$/i;
const NUMBERING_CAMEL = /[a-z](No|Nr|Num|Number|Nummer|Code|Ref)$/;

/** Fewest rows in which it means something that no number occurs twice, and the share of the rows that have their own. */
const MANY_ROWS = 20;
const NEARLY_ALL = 0.99;

/** Whether each row has a whole number of its own. */
function isNumbering(column: TableColumn): boolean {
  if (column.storage !== 'number' || column.type !== 'number' || !column.stats?.integer) return false;
  const filled = column.rows - column.missing;
  if (filled < MANY_ROWS) return false;
  if (column.distinctIsExact) return column.distinct === filled;
  const sorted = column.values.slice().sort();
  let distinct = 1;
  // Missing ones are sorted to the end.
  for (let i = 1; i < filled; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  return distinct >= NEARLY_ALL * filled;
}

/** Whole numbers that differ in every row and are features all the same: they may number the rows. */
export const idFeatures: Check = (input) =>
  features(input)
    .filter(isNumbering)
    .map(({ name }) => {
      const named = NUMBERING.test(name) || NUMBERING_CAMEL.test(name);
      return {
        code: 'id-feature',
        severity: named ? 'warning' : 'info',
        columns: [name],
        message: `Column '${name}' has another whole number in every row${named ? ' and the name of an identifier' : ''}: a model could learn the rows by heart from it.`,
        advice: `Leave it out if it numbers or names the rows (${excluding([name])}); keep it if it measures something.`,
      };
    });
