import { FORMS, type Form, type Groups } from './dateForms';
import type { Finding } from './rules';
import { WordStarts } from './wordStarts';

/** Round numbers and those of other centuries count things more often than they are years: "in 2000 metres". */
function isCount(text: string, { y }: Groups, end: number): boolean {
  const year = Number(y);
  if (year >= 1900 && year < 2050 && year % 100 !== 0) return false;
  return (
    /^[ \u00A0-](?:\p{Ll}{2,}s|\p{Ll}*(?:children|people|men|women))(?![\p{L}])/u.test(text.slice(end, end + 24)) &&
    !/^ (?:was|is|has|this|its|as)\b/.test(text.slice(end, end + 6))
  );
}

/** The matches of a form, from left to right, without overlaps: what `matchAll` of its pattern finds. */
export function* matchesOf(
  { pattern, starts }: Form,
  text: string,
  places: WordStarts,
): Generator<RegExpExecArray, void, undefined> {
  if (starts === undefined) return yield* text.matchAll(pattern);
  let from = 0;
  for (const place of places.of(starts)) {
    if (place < from) continue;
    pattern.lastIndex = place;
    const match = pattern.exec(text);
    if (match === null) continue;
    from = pattern.lastIndex;
    yield match;
  }
}

/** Dates and years of an English text; forms may overlap. Without "the", "in" and other words that only lead to them. */
export function findDates(text: string): Finding[] {
  const out: Finding[] = [];
  const places = new WordStarts(text);
  for (const form of FORMS) {
    const { certain, iso } = form;
    for (const match of matchesOf(form, text, places)) {
      const groups = (match.groups ?? {}) as Groups;
      const end = match.index + match[0].length;
      if (!certain && groups.y !== undefined && isCount(text, groups, end)) continue;
      const value = iso?.(groups);
      if (value === null) continue;
      out.push({
        label: 'DATE',
        start: match.index - (groups.lead?.length ?? 0),
        end,
        certain,
        ...(value === undefined ? {} : { value: { kind: 'date', iso: value } }),
      });
    }
  }
  return out;
}
