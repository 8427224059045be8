import type { TextRange } from '../text';
import type { NamedEntity } from './entity';
import { type Finding, findAll } from './rules';

// The words that a learned date may have beside what a rule read in it.
const DATE_WORD =
  /^(?:[\p{P}\s]+|\p{Nd}+(?:[.:]\p{Nd}+)?(?:st|nd|rd|th|s|am|pm)?|(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)(?:\.|uary|ruary|ch|il|e|y|ust|tember|ober|ember)?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|early|late|mid|later|earlier|beginning|start|middle|end|turn|of|the|s|mornings?|afternoons?|evenings?|nights?|noon|midnight|[ap]\.?m\.?|gmt|utc|spring|summer|autumn|fall|winter|hours?|days?|weeks?|weekends?|months?|years?|decades?|century|centuries|quarter|half|season|fiscal|year|bce?|ad|ce|last|next|this|past|coming|following|previous|ago|first|second|third|fourth|one|two|three|four|five|six|seven|eight|nine|ten|age|era|period)$/iu;
const PIECES = /[\p{L}\p{M}\p{Nd}]+(?:[.:]\p{Nd}+)?|[^\p{L}\p{M}\p{Nd}]+/gu;

const isOfDates = (text: string): boolean => (text.match(PIECES) ?? []).every((piece) => DATE_WORD.test(piece));

/** A bare number behind one of these, a hyphen or a number sign is no date: "Windows 2000", "Room 1990", "555-1234". */
const NUMBERED =
  /(?:(?:Windows|Office|Room|Flight|Suite|Gate|Channel|Route|Highway|Boeing|Airbus|Model|Section|Article|Chapter|Page|Building|Apartment|Apt\.?|Unit|Box|Version|Number|No\.?|Bus|Train|Line|Platform)\s|[-#/\p{Nd}]\s?)$/u;
const LEADING_MONTH = /^(?:[A-Z][a-z]{2,8})\s(?=\p{Nd}+\s(?:minutes|hours|days|weeks|months|years)$)/u;

const YEAR = /^(?:1[0-9]{3}|20[0-9]{2})$/;

/** A learned date without what is no part of one; undefined when nothing is left. A year alone has its value. */
function cleanDate(text: string, entity: NamedEntity): NamedEntity | undefined {
  let { start, end } = entity;
  const pieces = [...entity.text.matchAll(PIECES)];
  while (pieces.length > 0 && !(DATE_WORD.test(pieces[0]![0]) && /[\p{L}\p{Nd}]/u.test(pieces[0]![0]))) {
    // Words that no rule knows stay ("Meiji period"), as long as nothing but they lead to a date.
    if (!/\p{Nd}/u.test(entity.text)) break;
    start += pieces.shift()![0].length;
  }
  if (start >= end) return undefined;
  start += LEADING_MONTH.exec(text.slice(start, end))?.[0].length ?? 0;
  const words = text.slice(start, end);
  if (start > entity.start && /^\p{Nd}{1,3}$/u.test(words)) return undefined; // "Tab 3"
  if (/^\p{Nd}+$/u.test(words) && NUMBERED.test(text.slice(Math.max(0, start - 24), start))) return undefined;
  return {
    ...entity,
    text: words,
    start,
    end,
    ...(YEAR.test(words) && { value: { kind: 'date' as const, iso: words } }),
  };
}

/** A learned entity as it stays where no rule knows better. */
function asLearned(text: string, entity: NamedEntity): NamedEntity[] {
  if (entity.label !== 'DATE') return [entity];
  const date = cleanDate(text, entity);
  return date === undefined ? [] : [date];
}

/** The findings of the rules in a part of a text, by offsets of the whole. */
function findIn(text: string, { start, end }: TextRange): Finding[] {
  const found = findAll(text.slice(start, end));
  return start === 0 ? found : found.map((f) => ({ ...f, start: f.start + start, end: f.end + start }));
}

/** The entity of a rule's finding. */
const entityOf = (text: string, { start, end, label, value }: Finding): NamedEntity => ({
  text: text.slice(start, end),
  label,
  start,
  end,
  score: 1,
  ...(value === undefined ? {} : { value }),
});

/** In a learned date beside what a rule read: the year or the month of another day. */
const OTHER_DATE =
  /(?<!\p{Nd})(?:1\p{Nd}{3}|20\p{Nd}{2})(?!\p{Nd})|(?<!\p{L})(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/iu;

/** What stands between the ends of a period. */
const TO = /^\s?(?:[-–—/]|to|until|through|and)\s?$/;

/** A weekday and its date, or the two ends of a period, as two entities, where they were learned so; each has its value. */
function twoDates(text: string, rule: Finding, learned: readonly NamedEntity[]): NamedEntity[] | undefined {
  const [first, second] = learned;
  if (first === undefined || second === undefined || learned.length > 2) return undefined;
  if (first.start !== rule.start || second.end !== rule.end) return undefined;
  const between = text.slice(first.end, second.start);
  const iso = rule.value?.kind === 'date' ? rule.value.iso : undefined;
  const withIso = (entity: NamedEntity, own: string | undefined): NamedEntity =>
    own === undefined ? entity : { ...entity, value: { kind: 'date', iso: own } };
  if (/^\s?,?\s$/.test(between) && /^\p{L}+\.?$/u.test(first.text)) return [first, withIso(second, iso)];
  if (!TO.test(between)) return undefined;
  const [from, to] = iso?.split('/') ?? [];
  return to === undefined ? undefined : [withIso(first, from), withIso(second, to)];
}

/** What comes of a finding and the learned entities that it overlaps. */
function settle(text: string, rule: Finding, learned: readonly NamedEntity[]): NamedEntity[] {
  if (learned.length === 0) return [entityOf(text, rule)];
  const alike = learned.every(({ label }) => label === rule.label);
  // "May" and "2020" alone are no reason to take a name apart.
  if (!alike && !rule.certain) return learned.flatMap((entity) => asLearned(text, entity));
  const [only] = learned;
  if (alike && learned.length === 1 && rule.label === 'DATE' && only !== undefined) {
    const holds = only.start <= rule.start && only.end >= rule.end;
    const more = holds && isOfDates(text.slice(only.start, rule.start)) && isOfDates(text.slice(rule.end, only.end));
    const rest = text.slice(only.start, rule.start) + text.slice(rule.end, only.end);
    if (more) return [rule.value === undefined || OTHER_DATE.test(rest) ? only : { ...only, value: rule.value }];
  }
  if (alike && rule.label === 'DATE') {
    const parts = twoDates(text, rule, learned);
    if (parts !== undefined) return parts;
  }
  return [entityOf(text, rule)];
}

/**
 * Learned entities and those of the rules in a part of a text (default: all of it) as one list in order. Where both
 * overlap, the rule's bounds hold, unless a learned date has more words of dates, a weekday and its date or the ends of a
 * period were learned as two, or a rule that is not certain meets a learned name.
 */
export function mergeRuleEntities(
  text: string,
  learned: readonly NamedEntity[],
  range: TextRange = { start: 0, end: text.length },
): NamedEntity[] {
  const out: NamedEntity[] = [];
  const keep = (entities: readonly NamedEntity[]) => {
    for (const entity of entities) {
      const before = out.at(-1);
      if (before === undefined || before.end <= entity.start) out.push(entity);
    }
  };
  let l = 0;
  for (const rule of findIn(text, range)) {
    while (l < learned.length && learned[l]!.end <= rule.start) keep(asLearned(text, learned[l++]!));
    const first = l;
    while (l < learned.length && learned[l]!.start < rule.end) l++;
    keep(settle(text, rule, learned.slice(first, l)));
    // A name that reaches behind the rule may meet the next one too.
    if (l > first && out.at(-1) === learned[l - 1] && learned[l - 1]!.end > rule.end) {
      out.pop();
      l--;
    }
  }
  for (; l < learned.length; l++) keep(asLearned(text, learned[l]!));
  return out;
}
