import type { Table, TableColumn, Target } from '../../data';
import { count } from '../format';
import type { Finding } from '../types';

/** What is known before training. Checks that need more than there is stay silent. */
export interface DoctorInput {
  /** As `readCsv` or `Table.fromRecords` give it. */
  table: Table;
  /** The column to predict, as `takeTarget` gives it. */
  target?: Target;
  /** Row numbers of the table in each part. */
  split?: { train: ArrayLike<number>; test: ArrayLike<number> };
  /** Whether columns will be scaled before they reach the model, as `TablePreprocessor` does by default. Default false. */
  scaled?: boolean;
  /** Columns that are left out on purpose. */
  exclude?: readonly string[];
  /** Parameters of the model to be trained. */
  parameters?: number;
}

/** One check: what it finds, worst first within the check. */
export type Check = (input: DoctorInput) => Finding[];

/** Columns that the model may see. */
export function features({ table, target, exclude = [] }: DoctorInput): TableColumn[] {
  return table.columns.filter((column) => column.name !== target?.name && !exclude.includes(column.name));
}

/** Names of columns. */
export const names = (columns: readonly TableColumn[]): string[] => columns.map((column) => column.name);

/** 'a', 'b' and 3 more. */
export function list(names: readonly string[], most = 5): string {
  const quoted = names.slice(0, most).map((name) => `'${name}'`);
  if (names.length > most) return `${quoted.join(', ')} and ${count(names.length - most)} more`;
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`;
}

/** "column 'a'" or "columns 'a' and 'b'", with a capital when it begins a sentence. */
export function columnsText(names: readonly string[], capital = false): string {
  return `${capital ? 'C' : 'c'}olumn${plural(names.length, '', 's')} ${list(names)}`;
}

/** One of two words, by a count. */
export const plural = (count: number, one: string, many: string): string => (count === 1 ? one : many);

/** What becomes of columns that are no features. */
export const leftOut = (columns: readonly unknown[]): string =>
  plural(columns.length, 'It is left out.', 'They are left out.');

/** Columns that are written out where they are told to be left out; of more, a few stand for all. */
const WRITTEN_OUT = 10;

/** What to say to leave columns out: on the command line, which parts names by commas, and in code. */
export function excluding(columns: readonly string[]): string {
  const shown = columns.slice(0, WRITTEN_OUT);
  const more = columns.length > shown.length;
  const code = `\`exclude: [${shown.map((name) => `'${name}'`).join(', ')}${more ? ', ...' : ''}]\``;
  const plain = shown.every((name) => /^[\w.-]+$/.test(name));
  return plain ? `\`--exclude ${shown.join(',')}${more ? ',...' : ''}\`, in code ${code}` : code;
}

/** A share for people: 3 %, 0.4 %, < 0.1 %. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return '< 0.1 %';
  return `${value >= 10 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} %`;
}

/** Mixes a 32-bit word into a hash (the finaliser of MurmurHash3). */
export function mix(hash: number, word: number): number {
  let h = hash ^ word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
