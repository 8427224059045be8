import { isTooLarge, type TableColumn, type WordsColumn } from '../../data';
import { count, counted } from '../format';
import type { Finding } from '../types';
import { type Check, type DoctorInput, plural } from './context';

/** The columns that a training looks at: features and the target. */
function used({ table, target, exclude = [] }: DoctorInput): TableColumn[] {
  return table.columns.filter(({ name }) => name === target?.name || !exclude.includes(name));
}

/** Cells that are no numbers or dates in a column of them. */
export const unreadableCells: Check = (input) => {
  const columns = used(input).filter((column) => column.invalid > 0);
  return columns.map(({ name, storage, invalid, invalidExample = '', invalidRow = 0 }) => {
    const what = storage === 'date' ? 'a date' : isTooLarge(invalidExample) ? 'a number below 3.4e38' : 'a number';
    return {
      code: 'unreadable-cells',
      severity: 'warning',
      columns: [name],
      message: `${counted(invalid, 'cell')} of column '${name}' cannot be read as ${what}, for example '${invalidExample}' in row ${count(invalidRow + 1)}, and ${plural(invalid, 'counts', 'count')} as missing.`,
      advice: 'Correct such cells in the file, or leave them empty when the value is unknown.',
    };
  });
};

/** A share of cells with a unit from which a column without units on the others is not of one kind. */
const FEW_UNITS = 0.01;

/** Numbers of a column that carry different units: $12 and 12 EUR, or 45 % and 45. */
export const mixedUnits: Check = (input) => {
  const findings: Finding[] = [];
  for (const column of used(input)) {
    if (column.storage !== 'number' || column.units.size === 0) continue;
    const filled = column.rows - column.missing;
    const bare = filled - [...column.units.values()].reduce((sum, count) => sum + count, 0);
    const kinds: [string, number][] = [...column.units].map(([unit, count]) => [`'${unit}'`, count]);
    if (bare > FEW_UNITS * filled) kinds.push(['none', bare]);
    if (kinds.length < 2) continue;
    findings.push({
      code: 'mixed-units',
      severity: 'warning',
      columns: [column.name],
      message: `Column '${column.name}' has numbers of different units: ${kinds.map(([unit, count]) => `${unit} (${count})`).join(', ')}. They are read without them, and per cent as hundredths.`,
      advice: 'Convert the numbers to one unit in the file.',
    });
  }
  return findings;
};

/** A share of words that are numbers with the same unit from which a column is meant to be one of numbers. */
const MOST_WORDS = 0.9;

const NUMBER_AND_UNIT = /^[-+]?\d[\d.,' ]*?\s*([\p{L}\u00b0/\u00b2\u00b3]+)$/u;

/** The unit behind most of the words of a column, all numbers otherwise; undefined when they are words. */
function unitOf({ dictionary }: WordsColumn): string | undefined {
  const counts = new Map<string, number>();
  for (const word of dictionary) {
    const unit = NUMBER_AND_UNIT.exec(word)?.[1];
    if (unit !== undefined) counts.set(unit, (counts.get(unit) ?? 0) + 1);
  }
  const [unit, count] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
  return dictionary.length >= 5 && count >= MOST_WORDS * dictionary.length ? unit : undefined;
}

/** Numbers that are read as words because a unit stands behind them. */
export const numbersWithUnits: Check = (input) => {
  const findings: Finding[] = [];
  for (const column of used(input)) {
    const unit = column.storage === 'words' ? unitOf(column) : undefined;
    if (unit === undefined) continue;
    const [example] = (column as WordsColumn).dictionary;
    findings.push({
      code: 'numbers-with-units',
      severity: 'warning',
      columns: [column.name],
      message: `Column '${column.name}' holds numbers with '${unit}' behind them, for example '${example}', and is read as words.`,
      advice: `Write plain numbers into the cells and the unit into the column's name.`,
    });
  }
  return findings;
};
