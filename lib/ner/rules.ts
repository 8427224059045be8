import { findDates } from './dates';
import { findMoney, findPercents } from './money';
import type { EntityValue, NamedEntity } from './tagger';

/** What a rule found: UTF-16 offsets and, where it could be read, the value. */
export interface RuleMatch {
  label: 'DATE' | 'MONEY' | 'PERCENT';
  start: number;
  end: number;
  value?: EntityValue;
}

/** Dates, amounts of money and percentages in an English text, in order, without overlaps. Linear in the text. */
export function findRuleEntities(text: string): RuleMatch[] {
  const all = [...findMoney(text), ...findPercents(text), ...findDates(text)];
  // Of two that overlap the longer one is kept.
  all.sort((a, b) => a.start - b.start || b.end - a.end);
  const out: RuleMatch[] = [];
  for (const match of all) {
    const before = out.at(-1);
    if (before === undefined || match.start >= before.end) out.push(match);
    else if (match.end - match.start > before.end - before.start) out[out.length - 1] = match;
  }
  return out;
}

/** A date in numbers or with its month: what a rule reads with certainty. */
const isWhole = (rule: RuleMatch): boolean => rule.label !== 'DATE' || rule.value !== undefined;

/**
 * Learned entities and rule entities as one list in order. Where both overlap, a learned entity of the rule's type that
 * holds the match, or that the rule could not read, keeps its bounds and takes the value; otherwise the rule's match
 * replaces what it overlaps.
 */
export function mergeRuleEntities(text: string, learned: readonly NamedEntity[]): NamedEntity[] {
  const rules = findRuleEntities(text);
  const out: NamedEntity[] = [];
  let l = 0;
  for (const rule of rules) {
    while (l < learned.length && (learned[l] as NamedEntity).end <= rule.start) out.push(learned[l++] as NamedEntity);
    const { start, end, label, value } = rule;
    const overlapping = learned[l];
    const alike = overlapping !== undefined && overlapping.label === label && overlapping.start < end;
    const holds = alike && overlapping.start <= start && overlapping.end >= end;
    if (holds || (alike && !isWhole(rule))) {
      out.push(value === undefined ? overlapping : { ...overlapping, value });
      l++;
      continue;
    }
    const before = out.at(-1);
    if (before !== undefined && before.end > start) continue; // inside an entity already taken
    while (l < learned.length && (learned[l] as NamedEntity).start < end) l++;
    out.push({ text: text.slice(start, end), label, start, end, score: 1, ...(value === undefined ? {} : { value }) });
  }
  out.push(...learned.slice(l));
  return out;
}
