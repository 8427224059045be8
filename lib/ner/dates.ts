import type { RuleMatch } from './rules';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH =
  '(?:January|February|March|April|May|June|July|August|September|October|November|December|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\\.?)';
const WEEKDAY = '(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)';
const DAY = '(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?';
const YEAR = '(?:1[0-9]{3}|20[0-9]{2})';
const EDGE = '(?![\\p{L}\\p{Nd}])';
const BEFORE = '(?<![\\p{L}\\p{Nd}.,/:-])';
const SP = '[ \\u00A0]';

// Every part is bounded and begins at an edge, so that any text is read in linear time.
const FORMS: readonly { pattern: RegExp; iso: (g: Record<string, string | undefined>) => string | undefined }[] = [
  {
    // 1996-08-22, 2020/3/1
    pattern: new RegExp(`${BEFORE}(?<y>${YEAR})[-/](?<m>0?[1-9]|1[0-2])[-/](?<d>0?[1-9]|[12][0-9]|3[01])${EDGE}`, 'gu'),
    iso: (g) => isoDate(g.y, Number(g.m), g.d),
  },
  {
    // 12/31/2020 (month first, unless it cannot be), 31.12.2020 (day first)
    pattern: new RegExp(`${BEFORE}(?<a>[0-9]{1,2})(?<s>[./-])(?<b>[0-9]{1,2})\\k<s>(?<y>${YEAR})${EDGE}`, 'gu'),
    iso: (g) => {
      const [a, b] = [Number(g.a), Number(g.b)];
      const dayFirst = g.s === '.' || a > 12;
      return dayFirst ? isoDate(g.y, b, String(a)) : isoDate(g.y, a, String(b));
    },
  },
  {
    // Friday, August 22nd, 1996; August 22
    pattern: new RegExp(
      `${BEFORE}(?:${WEEKDAY},?${SP})?(?<m>${MONTH})${SP}(?<d>${DAY})(?:${SP}?(?:-|–)${SP}?${DAY})?(?:,?${SP}(?<y>${YEAR}))?${EDGE}`,
      'gu',
    ),
    iso: (g) => isoDate(g.y, monthOf(g.m), g.d),
  },
  {
    // the 22nd of August 1996, 22 Aug
    pattern: new RegExp(
      `${BEFORE}(?:${WEEKDAY},?${SP})?(?:the${SP})?(?<d>${DAY})${SP}(?:of${SP})?(?<m>${MONTH})(?:,?${SP}(?<y>${YEAR}))?${EDGE}`,
      'gu',
    ),
    iso: (g) => isoDate(g.y, monthOf(g.m), g.d),
  },
  {
    pattern: new RegExp(`${BEFORE}(?<m>${MONTH})(?:${SP}of)?,?${SP}(?<y>${YEAR})${EDGE}`, 'gu'),
    iso: (g) => isoDate(g.y, monthOf(g.m)),
  },
  // A month alone: "May" and "March" only behind a preposition.
  {
    pattern: new RegExp(
      `${BEFORE}(?:January|February|April|June|July|August|September|October|November|December)${EDGE}`,
      'gu',
    ),
    iso: () => undefined,
  },
  {
    pattern: new RegExp(
      `(?<=\\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Ll]ast|[Nn]ext|[Tt]his|[Ee]arly|[Ll]ate|[Bb]y|[Oo]f)${SP})(?:May|March)${EDGE}`,
      'gu',
    ),
    iso: () => undefined,
  },
  {
    pattern: new RegExp(
      `${BEFORE}(?:the${SP})?(?:early${SP}|late${SP}|mid-?${SP}?)?(?<y>1[0-9]{2}0|20[0-9]0)s${EDGE}`,
      'gu',
    ),
    iso: () => undefined,
  },
  { pattern: new RegExp(`${BEFORE}Q[1-4]${SP}${YEAR}${EDGE}`, 'gu'), iso: () => undefined },
  {
    pattern: new RegExp(
      `(?<=\\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Bb]y|[Ff]rom|[Dd]uring|[Oo]f|[Bb]efore|[Aa]fter|[Tt]o|[Aa]nd|[Ee]arly|[Ll]ate|[Aa]round|[Cc]irca|[Yy]ear|[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter|[Bb]orn|-|–|\\()${SP}?)(?<y>${YEAR})(?![\\p{L}\\p{Nd}]|[.,][0-9]|${SP}?%)`,
      'gu',
    ),
    iso: (g) => g.y,
  },
  {
    pattern: new RegExp(
      `${BEFORE}(?:(?:[Ll]ast|[Nn]ext|[Tt]his|[Oo]n)${SP})?${WEEKDAY}(?:${SP}(?:morning|afternoon|evening|night))?${EDGE}`,
      'gu',
    ),
    iso: () => undefined,
  },
  {
    pattern: new RegExp(`${BEFORE}(?:[Yy]esterday|[Tt]oday|[Tt]omorrow|[Tt]onight)${EDGE}`, 'gu'),
    iso: () => undefined,
  },
  {
    pattern: new RegExp(
      `${BEFORE}(?:[Ll]ast|[Nn]ext|[Tt]his)${SP}(?:week|month|year|quarter|decade|century|weekend|spring|summer|autumn|fall|winter)${EDGE}`,
      'gu',
    ),
    iso: () => undefined,
  },
];

function monthOf(name: string | undefined): number {
  return MONTHS.indexOf((name ?? '').slice(0, 3).toLowerCase()) + 1;
}

const two = (n: number) => String(n).padStart(2, '0');

/** "1996-08-22", "1996-08", or "--08-22" without a year; undefined for a day that the month has not. */
function isoDate(year: string | undefined, month: number, day?: string): string | undefined {
  if (month < 1 || month > 12) return undefined;
  if (day === undefined) return `${year}-${two(month)}`;
  const d = Number.parseInt(day, 10);
  const last = new Date(Date.UTC(year === undefined ? 2000 : Number(year), month, 0)).getUTCDate();
  if (d < 1 || d > last) return undefined;
  return `${year ?? '-'}-${two(month)}-${two(d)}`;
}

/** Dates and years of an English text, the longest first where forms meet. */
export function findDates(text: string): RuleMatch[] {
  const out: RuleMatch[] = [];
  for (const { pattern, iso } of FORMS) {
    for (const match of text.matchAll(pattern)) {
      // "On Monday" is "Monday": the preposition belongs to no date.
      const skip = /^[Oo]n[ \u00A0]/.exec(match[0])?.[0].length ?? 0;
      const value = iso((match.groups ?? {}) as Record<string, string | undefined>);
      out.push({
        label: 'DATE',
        start: match.index + skip,
        end: match.index + match[0].length,
        ...(value === undefined ? {} : { value: { kind: 'date', iso: value } }),
      });
    }
  }
  return out;
}
