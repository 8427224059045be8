import { ArgumentError } from '../errors';
import { show } from '../validate';
import { findDates } from './dates';
import { findMoney, findPercents } from './money';
import { findNumbers } from './numbers';

/**
 * What an entity says, where a rule could read it.
 *
 * - date: ISO 8601. A day `2020-05-17`, without its year `--05-17`, a month `2020-05`, a year `2020` (44 BC is `-0043`), a
 *   time `2020-01-02T10:00:00Z`, or an interval `from/to`, both included: days `2021-05-05/2021-05-07`, the fourth quarter
 *   of 2023 `2023-10/2023-12`, the 1990s `1990/1999`, the 19th century `1801/1900`. "early", "mid-" and "late" leave the
 *   value of the whole period. Numbers alone are read month first (12/11/2020), unless they cannot be. What is told from
 *   now ("yesterday") or cannot be read in one way ("03/04/21") has no value.
 * - money: the amount in units of the currency (50 cents are 0.5), for a range its lower end, and `to` its upper one. The
 *   currency is an ISO 4217 code (or BTC, ETH), null where the text leaves it open ("10 pesos"); bare "$", "£", "¥" and "Rs"
 *   are read as USD, GBP, JPY and INR. Vague amounts ("millions of dollars") have no value, nor have those that can be read
 *   in two ways ("€20.000").
 * - percent: a fraction of 1, for a range its lower end, and `to` its upper one.
 */
export type EntityValue =
  | { kind: 'date'; iso: string }
  | { kind: 'money'; amount: number; to?: number; currency: string | null }
  | { kind: 'percent'; fraction: number; to?: number };

/** What a rule found: UTF-16 offsets and, where it could be read, the value. */
export interface RuleMatch {
  label: 'DATE' | 'MONEY' | 'PERCENT';
  start: number;
  end: number;
  value?: EntityValue;
}

/** A match, and whether its form alone says that it is what it is: "5 May 2020" does, "May" and "2020" do not. */
export interface Finding extends RuleMatch {
  certain: boolean;
}

/** All findings of a text in order; of two that overlap the longer one is kept, of equal ones that with a value. */
export function findAll(text: string): Finding[] {
  const numbers = findNumbers(text);
  const all: Finding[] = [];
  for (const list of [findMoney(text, numbers), findPercents(text, numbers), findDates(text)]) {
    for (const finding of list) all.push(finding);
  }
  const rank = ({ value, certain }: Finding) => (value === undefined ? 0 : 2) + (certain ? 1 : 0);
  all.sort((a, b) => a.start - b.start || b.end - a.end || rank(b) - rank(a));
  const out: Finding[] = [];
  for (const finding of all) {
    const before = out.at(-1);
    if (before === undefined || finding.start >= before.end) out.push(finding);
    else if (finding.end - finding.start > before.end - before.start) out[out.length - 1] = finding;
  }
  return out;
}

/**
 * Dates, amounts of money and percentages in an English text, in order, without overlaps, without articles and
 * prepositions in front. Linear in the text.
 * @throws ArgumentError when `text` is no string
 */
export function findRuleEntities(text: string): RuleMatch[] {
  if (typeof text !== 'string') throw new ArgumentError(`Expected \`text\` to be a string, received ${show(text)}.`);
  return findAll(text).map(({ certain: _, ...match }) => match);
}
