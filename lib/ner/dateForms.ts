// The ways to write a date in English.
import {
  ANY_MONTH,
  ANY_WEEKDAY,
  anyOrdinal,
  BEGIN,
  COMMA,
  DASH,
  DAY,
  END,
  END_OF_YEAR,
  interval,
  isoDate,
  isoYear,
  MONTH,
  monthOf,
  months,
  NAMELIKE_MONTH,
  NO_UNIT,
  ORDINAL_DAY,
  ORDINALS,
  ordinalNumber,
  PART,
  PART_OF_DAY,
  PLAIN_MONTH,
  SP,
  WEEKDAY,
  YEAR,
} from './dateWords';

export type Groups = Readonly<Record<string, string | undefined>>;

/** One way to write a date. */
export interface Form {
  /** What the group `lead` finds in front of it belongs to the date. */
  pattern: RegExp;
  /** The keys of WordStarts.of where a match can begin: the pattern is tried there alone. Without: all over the text. */
  starts: readonly string[] | undefined;
  /** The form alone says that it is a date. */
  certain: boolean;
  /** ISO 8601; undefined where the text does not fix it, null when it is no date after all. */
  iso?: (groups: Groups) => string | undefined | null;
}

/** The pattern is compiled when it is first used: loading the package does not wait for it. */
function form(starts: readonly string[] | undefined, certain: boolean, source: string, iso?: Form['iso']): Form {
  let pattern: RegExp | undefined;
  return {
    get pattern() {
      pattern ??= new RegExp(source, starts === undefined ? 'gu' : 'yu');
      return pattern;
    },
    starts,
    certain,
    ...(iso && { iso }),
  };
}

// How the words that forms begin with begin themselves.
const keys = (list: string): readonly string[] => list.split(' ');
const DIGIT = ['0'];
const MONTHS = keys('jan feb mar apr may jun jul aug sep oct nov dec');
const WEEKDAYS = keys('mon tue wed thu fri sat sun');
const PARTS = keys('ear lat mid');
const NEARBY = keys('las nex thi');
const ORDINAL_WORDS = keys('fir sec thi fou fif six sev eig nin ten ele twe');
const QUARTER_WORDS = keys('fir sec thi fou');
const MAY_MARCH = keys('may mar');
const DAYS_OR_MONTHS = [...WEEKDAYS, ...MONTHS];
const DAYS_OR_DIGIT = [...WEEKDAYS, ...DIGIT];
const PARTS_OR_MONTHS = [...PARTS, ...MONTHS];
const PARTS_OR_DIGIT = [...PARTS, ...DIGIT];

const century = (year: string | undefined) => year?.slice(0, 2) ?? '';

const ISO_DAY = (k: 1 | 2) => `(?<y${k}>${YEAR})-(?<m${k}>0[1-9]|1[0-2])-(?<d${k}>0[1-9]|[12][0-9]|3[01])`;
const DASH_ALONE = '\\s?[-–—]\\s?';

const periodOf = ({ d1, m1, y1, d2, m2, y2 }: Groups) =>
  interval(isoDate(y1, monthOf(m1), d1), isoDate(y2, monthOf(m2), d2));

/** Periods whose two ends are whole dates. */
const PERIODS: readonly Form[] = [
  // 2020-01-02/2020-03-04, 2020-01-02 – 2020-03-04
  form(DIGIT, true, `${BEGIN}${ISO_DAY(1)}(?:/|\\s[-–—]\\s|[–—])${ISO_DAY(2)}${END}`, ({ y1, m1, d1, y2, m2, d2 }) =>
    interval(isoDate(y1, Number(m1), d1), isoDate(y2, Number(m2), d2)),
  ),
  // May 2020-June 2021, 5 May 2020 – 7 June 2021
  form(
    undefined,
    true,
    `(?<=[0-9])(?=${DASH_ALONE})(?<=${BEGIN}(?<lead>(?:(?<d1>${DAY})${SP})?(?<m1>${ANY_MONTH})${COMMA}(?<y1>${YEAR})))${DASH_ALONE}(?:(?<d2>${DAY})${SP})?(?<m2>${ANY_MONTH})${COMMA}(?<y2>${YEAR})${END_OF_YEAR}`,
    periodOf,
  ),
  // May 5, 2020 – June 7, 2021
  form(
    undefined,
    true,
    `(?<=[0-9])(?=${DASH_ALONE})(?<=${BEGIN}(?<lead>(?<m1>${MONTH})${SP}(?<d1>${DAY})${COMMA}(?<y1>${YEAR})))${DASH_ALONE}(?<m2>${MONTH})${SP}(?<d2>${DAY})${COMMA}(?<y2>${YEAR})${END_OF_YEAR}`,
    periodOf,
  ),
];

/** Dates of days. */
const DAYS: readonly Form[] = [
  // 1996-08-22, 2020/3/1, 2024.05.06, 2020-01-02T10:00:00Z
  form(
    DIGIT,
    true,
    `${BEGIN}(?<y>1[0-9]{3}|20[0-9]{2})(?<s>[-/.])(?<m>0?[1-9]|1[0-2])\\k<s>(?<d>0?[1-9]|[12][0-9]|3[01])(?:[T ](?<time>[0-2][0-9]:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?)(?<zone>Z|[-+][0-9]{2}:?[0-9]{2})?)?(?![\\p{L}\\p{Nd}_]|[-/.][0-9])`,
    ({ y, m, d, time, zone = '' }) => {
      const day = isoDate(y, Number(m), d);
      return day === undefined || time === undefined ? day : `${day}T${time.replace(',', '.')}${zone}`;
    },
  ),
  // 12/31/2020 (month first, unless it cannot be), 31.12.2020 (day first)
  form(DIGIT, true, `${BEGIN}(?<a>[0-9]{1,2})(?<s>[./-])(?<b>[0-9]{1,2})\\k<s>(?<y>${YEAR})${END}`, ({ a, s, b, y }) =>
    s === '.' || Number(a) > 12 ? isoDate(y, Number(b), a) : isoDate(y, Number(a), b),
  ),
  // 03/04/21: neither the order nor the century is known
  form(DIGIT, true, `${BEGIN}(?:0?[1-9]|[12][0-9]|3[01])/(?:0?[1-9]|[12][0-9]|3[01])/[0-9]{2}${END}`),
  // 25-Dec-2023, 25-Dec-23
  form(DIGIT, true, `${BEGIN}(?<d>[0-3]?[0-9])-(?<m>${ANY_MONTH})-(?<y>${YEAR}|[0-9]{2})${END}`, ({ d, m, y }) =>
    y?.length === 4 ? isoDate(y, monthOf(m), d) : undefined,
  ),
  // Friday, August 22nd, 1996; August 22; May 5-7, 2021; May 30 to June 2, 2021
  form(
    DAYS_OR_MONTHS,
    true,
    `${BEGIN}(?:${ANY_WEEKDAY}${COMMA})?(?<m>${MONTH})${SP}(?<d>${DAY})(?:${DASH}(?:(?<m2>${MONTH})${SP})?(?<d2>${DAY}))?(?:${COMMA}(?:of${SP})?(?<y>${YEAR})${NO_UNIT}${END_OF_YEAR}|(?!${COMMA}${YEAR}[-/])(?![\\p{L}\\p{Nd}_]|-\\p{L}|[:.,][0-9])${NO_UNIT})`,
    ({ m, d, m2, d2, y }) => span(y, monthOf(m), d, m2, d2),
  ),
  // may 5th, march 3 2021
  form(
    MAY_MARCH,
    true,
    `${BEGIN}(?<m>may|march|mar\\.?)${SP}(?:(?<d>${ORDINAL_DAY})(?:${COMMA}(?<y>${YEAR}))?|(?<d2>${DAY})${COMMA}(?<y2>${YEAR}))${END}`,
    ({ m, d, y, d2, y2 }) => isoDate(y ?? y2, monthOf(m), d ?? d2),
  ),
  // 22nd of August 1996; 22 Aug; 5-7 May 2021; 30 May to 2 June 2021
  form(
    DAYS_OR_DIGIT,
    true,
    `${BEGIN}(?:${ANY_WEEKDAY}${COMMA}(?:the${SP})?)?(?<d>${DAY})(?:(?:${SP}(?<m2>${MONTH}))?${DASH}(?<d2>${DAY}))?${SP}(?:(?:day${SP})?of${SP})?(?<m>${MONTH})(?:${COMMA}(?<y>${YEAR})${NO_UNIT}${END_OF_YEAR}|(?!${COMMA}${YEAR}[-/])${END})`,
    // The month behind belongs to both days, or to the second where the first has its own.
    ({ d, d2, m, m2, y }) =>
      m2 === undefined ? span(y, monthOf(m), d, undefined, d2) : span(y, monthOf(m2), d, m, d2),
  ),
  // the first of May, the twenty-fifth of December 1999
  form(
    ['of'],
    false,
    `(?<=${BEGIN}(?<lead>(?<n>${anyOrdinal(ORDINALS)})${SP}(?:day${SP})?))of${SP}(?<m>${MONTH})(?:${COMMA}(?<y>${YEAR})${NO_UNIT})?${END}`,
    ({ n, m, y }) => isoDate(y, monthOf(m), String(ordinalNumber(n))),
  ),
  form(
    DIGIT,
    true,
    `${BEGIN}(?<d>${DAY})${SP}(?:of${SP})?(?<m>may|march|mar\\.?)${COMMA}(?<y>${YEAR})${END}`,
    ({ d, m, y }) => isoDate(y, monthOf(m), d),
  ),
];

/** A day, or an interval of days, of one month or two. */
function span(y: string | undefined, m: number, d: string | undefined, m2: string | undefined, d2: string | undefined) {
  const from = isoDate(y, m, d);
  return d2 === undefined ? from : interval(from, isoDate(y, m2 === undefined ? m : monthOf(m2), d2));
}

// A month or weekday behind these is one, whatever follows; behind the others, unless a name follows ("by June Carter").
const AT_A_TIME =
  '(?:[Ii]n|[Oo]n|[Ss]ince|[Uu]ntil|[Tt]ill|[Ll]ast|[Nn]ext|[Tt]his|[Ee]very|[Ee]ach|[Dd]uring|[Tt]hroughout|[Ee]arly|[Ll]ate|[Mm]id|[Cc]oming|[Pp]ast)';
const MAYBE_AT_A_TIME = '(?:[Bb]y|[Oo]f|[Ff]or|[Ff]rom|[Tt]o|[Bb]efore|[Aa]fter|[Bb]etween|[Tt]hrough|[Aa]round)';
const NO_NAME = '(?![\\s-]\\p{Lu}[\\p{L}]|\\s?&)';
const RELATIVE = '(?:[Ll]ast|[Nn]ext|[Tt]his|[Tt]his past|[Tt]his coming)';
const NO_TITLE =
  '(?!\\s(?:Times|Telegraph|Mirror|Express|Post|Mail|Star|Herald|Tribune|Show|FM|Night (?:Live|Football|Raw))(?!\\p{L}))';
const WHOLE = `(?![\\p{L}\\p{Nd}_]|[.@][\\p{L}\\p{Nd}]|[-/][\\p{L}\\p{Nd}])`;

/** Holidays that are the same day each year. */
const HOLIDAYS: Readonly<Record<string, readonly [month: number, day: string]>> = {
  "New Year's Day": [1, '1'],
  "Valentine's Day": [2, '14'],
  Halloween: [10, '31'],
  'Christmas Eve': [12, '24'],
  'Christmas Day': [12, '25'],
  'Boxing Day': [12, '26'],
  "New Year's Eve": [12, '31'],
};

/** Months, weekdays and the words for days near today. */
const NAMED: readonly Form[] = [
  // August 1996, March to August 2011, early May 2020
  form(
    PARTS_OR_MONTHS,
    true,
    `${BEGIN}${PART}?(?:(?<m1>${ANY_MONTH})${DASH})?(?<m>${ANY_MONTH})(?:${SP}of)?${COMMA}(?<y>${YEAR})${NO_UNIT}${END_OF_YEAR}`,
    ({ m1, m, y }) => {
      const to = isoDate(y, monthOf(m));
      return m1 === undefined ? to : interval(isoDate(y, monthOf(m1)), to);
    },
  ),
  form(MONTHS, false, `(?<=(?<!\\p{L})${AT_A_TIME}${SP})(?:${PLAIN_MONTH}|${NAMELIKE_MONTH})${WHOLE}`),
  form(MONTHS, false, `(?<=(?<!\\p{L})${MAYBE_AT_A_TIME}${SP})(?:${PLAIN_MONTH}|${NAMELIKE_MONTH})${WHOLE}${NO_NAME}`),
  form(
    [...PARTS, ...NEARBY],
    false,
    `${BEGIN}(?:${PART}|${RELATIVE}${SP})(?:${PLAIN_MONTH}|${NAMELIKE_MONTH})${WHOLE}`,
  ),
  form(MONTHS, false, `${BEGIN}(?<!\\p{Lu}[\\p{L}'’]{1,20}\\s)${PLAIN_MONTH}${WHOLE}${NO_NAME}`),
  form(NEARBY, false, `${BEGIN}${RELATIVE}${SP}${WEEKDAY}s?(?:${SP}${PART_OF_DAY})?${WHOLE}${NO_TITLE}`),
  form(
    WEEKDAYS,
    false,
    `(?<=(?<!\\p{L})(?:${AT_A_TIME}|${MAYBE_AT_A_TIME})${SP})${WEEKDAY}s?(?:${SP}${PART_OF_DAY})?${WHOLE}${NO_TITLE}`,
  ),
  form(
    WEEKDAYS,
    false,
    `${BEGIN}(?<!\\p{Lu}[\\p{L}'’]{1,20}\\s)${WEEKDAY}s?(?:${SP}${PART_OF_DAY})?${WHOLE}(?!\\s\\p{Lu}\\p{L})`,
  ),
  form(keys('yes tom'), false, `${BEGIN}(?:yesterday|tomorrow)(?:${SP}${PART_OF_DAY})?${WHOLE}`),
  form(
    keys('day tod ton'),
    false,
    `${BEGIN}(?:day${SP}(?:before${SP}yesterday|after${SP}tomorrow)|today|tonight)${WHOLE}`,
  ),
  // In capitals at the begin of a sentence alone: USA Today, The Today Show
  form(
    keys('yes tod tom ton'),
    false,
    `(?<=^|[.!?:;"“”(\\n]\\s{0,2})(?:Yesterday|Today|Tomorrow|Tonight)(?:${SP}${PART_OF_DAY})?${WHOLE}(?!\\s(?:Show|FM|Never)(?!\\p{L}))`,
  ),
  // Christmas Eve 2019, Thanksgiving
  form(
    keys('new chr box tha hal goo eas val mot fat lab mem vet'),
    false,
    `${BEGIN}(?<h>New${SP}Year['’]s${SP}(?:Eve|Day)|Christmas(?:${SP}(?:Eve|Day))?|Boxing${SP}Day|Thanksgiving(?:${SP}Day)?|Halloween|Good${SP}Friday|Easter(?:${SP}(?:Sunday|Monday))?|Valentine['’]s${SP}Day|(?:Mother|Father)['’]s${SP}Day|Labou?r${SP}Day|Memorial${SP}Day|Veterans${SP}Day)(?:${COMMA}(?:of${SP})?(?<y>${YEAR})${NO_UNIT})?${WHOLE}(?!\\s\\p{Lu}\\p{L})`,
    ({ h, y }) => {
      const [month, day] = HOLIDAYS[h!.replace(/\s+/g, ' ').replace('’', "'")] ?? [];
      return month === undefined ? undefined : isoDate(y, month, day);
    },
  ),
];

const TENS =
  '(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-(?:one|two|three|four|five|six|seven|eight|nine))?';
const LARGE = '(?:dozen|hundred|thousand|million|billion)';
const COUNT = `(?:(?:[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,4}(?:\\.[0-9]{1,2})?|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|${TENS}|a few|several|a couple of|few|couple of)(?:[\\s-]${LARGE}){0,2}(?:${SP}and${SP}a${SP}half)?|(?:${LARGE}s${SP}of${SP}){1,2}|half${SP}an?)`;
const UNIT = '(?:hours?|days?|weekends?|weeks?|fortnights?|months?|quarters?|years?|decades?|centur(?:y|ies))';

/** Time told from now. */
const RELATIVES: readonly Form[] = [
  form(
    [...PARTS, ...NEARBY, ...keys('pas com fol pre')],
    true,
    `${BEGIN}(?:(?:[Ee]arly|[Ll]ate|[Ll]ater|[Ee]arlier)${SP})?(?:[Ll]ast|[Nn]ext|[Tt]his|[Pp]ast|[Cc]oming|[Ff]ollowing|[Pp]revious)${SP}(?:(?:few|several|couple${SP}of|[0-9]{1,4}|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty)[\\s-]{1,2})?(?:week|month|year|quarter|decade|weekend|season|spring|summer|autumn|fall|winter|${UNIT.slice(3, -1)})${WHOLE}(?<!(?:[Tt]his|[Ll]ast|[Nn]ext)${SP}(?:hour|day|hours|days))`,
  ),
  form(
    keys('thi las'),
    true,
    `${BEGIN}(?:[Tt]his${SP}(?:morning|afternoon|evening)|[Ll]ast${SP}(?:night|evening))${WHOLE}`,
  ),
  // three days ago, two and a half years later, a year and a half ago, 66 million years ago
  form(
    [
      ...DIGIT,
      ...keys('a an one two thr fou fiv six sev eig nin ten ele twe fif thi for few cou doz hun tho mil bil hal'),
    ],
    true,
    `${BEGIN}${COUNT}(?:[\\s-]{1,2}|(?<=\\s))${UNIT}(?:${SP}and${SP}a${SP}half)?${SP}(?:ago|later|earlier|from${SP}now|hence)${WHOLE}`,
  ),
];

const QUARTERS = ['first', 'second', 'third', 'fourth'];

function quarter(n: string | undefined, y: string | undefined): string | undefined {
  const q = QUARTERS.includes(n ?? '') ? QUARTERS.indexOf(n!) + 1 : Number.parseInt(n ?? '', 10);
  return y === undefined || !(q >= 1 && q <= 4) ? undefined : months(y, 3 * q - 2, 3 * q);
}

const CENTURY = `(?:[0-9]{1,2}(?:st|nd|rd|th)|${anyOrdinal(ORDINALS.slice(0, 21))})`;
const ERA = '(?:BCE|BC|B\\.C\\.(?:E\\.)?|CE|AD|A\\.D\\.)';
const isBefore = (era: string | undefined): boolean => era?.startsWith('B') === true;

/** Years and what is made of them. */
const YEARS: readonly Form[] = [
  // 1999-2004, 2021-22, 1990 to 1995
  form(
    DIGIT,
    true,
    `${BEGIN}(?<a>${YEAR})(?:\\s?[-–—/]\\s?(?<b>${YEAR})|(?:-|\\s-\\s)(?<d>1[3-9]|[2-9][0-9])|\\s?[–—/]\\s?(?<e>[0-9]{2})|${SP}(?:to|until|through)${SP}(?<c>${YEAR}))${NO_UNIT}${END}`,
    ({ a, b, c, d, e }) => years(a, b ?? c ?? d ?? e) ?? null,
  ),
  form(
    DIGIT,
    true,
    `(?<=(?<!\\p{L})[Bb]etween${SP})(?<a>${YEAR})${SP}and${SP}(?<b>${YEAR})${NO_UNIT}${END}`,
    ({ a, b }) => years(a, b) ?? null,
  ),
  // 2021-03
  form(DIGIT, true, `${BEGIN}(?<y>${YEAR})-(?<m>0[1-9]|1[0-2])${END}`, ({ y, m }) =>
    Number(m) === (Number(y) % 100) + 1 ? undefined : isoDate(y, Number(m)),
  ),
  // the 1990s, early 1980s, 1980s-90s, the '90s
  form(
    PARTS_OR_DIGIT,
    true,
    `${BEGIN}${PART}?(?<a>(?:1[0-9]{2}|20[0-9])0)['’]?s(?:${DASH}['’]?(?<b>(?:1[0-9]|20)?[0-9]0)['’]?s)?${END}`,
    ({ a, b }) => {
      if (a?.endsWith('00')) return undefined; // a decade, or a century
      const last = b === undefined ? a : b.length === 4 ? b : century(a) + b;
      return interval(a, String(Number(last) + 9));
    },
  ),
  form([...PARTS, "'"], false, `(?<![\\p{L}\\p{Nd}])${PART}?['’‘]\\s?[2-9]0s${WHOLE}`),
  form(DIGIT, false, `(?<=(?<!\\p{L})(?:[Tt]he|[Ee]arly|[Ll]ate|[Mm]id)[-\\s])[2-9]0s${WHOLE}`),
  // the 19th century, the eighteenth and nineteenth centuries, the 3rd century BC
  form(
    [...PARTS_OR_DIGIT, ...ORDINAL_WORDS],
    true,
    `${BEGIN}${PART}?(?:(?<a>${CENTURY})(?:${SP}and${SP}|${DASH}|,\\s))?(?<b>${CENTURY})\\s?[-\\s]\\s?[Cc]entur(?:y|ies)(?:${SP}(?<era>${ERA}))?(?![\\p{L}\\p{Nd}])`,
    ({ a, b, era }) => {
      const [from, to] = [ordinalNumber(a ?? b), ordinalNumber(b)];
      if (isBefore(era) || !(from >= 1 && to >= from && to <= 30)) return undefined;
      return `${isoYear(100 * from - 99)}/${isoYear(100 * to)}`;
    },
  ),
  // Q3 2023, 2023-Q3, 3Q23, Q4 of 2023, the third quarter of 2023, H1 2023
  form(
    ['q'],
    true,
    `${BEGIN}Q(?<q>[1-4])(?:${SP}of${SP}|[-/\\s])?['’]?(?:(?<y>${YEAR})|[0-9]{2}(?!\\p{Nd}))${NO_UNIT}${END}`,
    ({ q, y }) => quarter(q, y),
  ),
  form(DIGIT, true, `${BEGIN}(?<y>${YEAR})[-\\s]?Q(?<q>[1-4])${END}`, ({ q, y }) => quarter(q, y)),
  form(DIGIT, true, `${BEGIN}(?<q>[1-4])Q\\s?(?:(?<y>${YEAR})|[0-9]{2}(?!\\p{Nd}))${END}`, ({ q, y }) => quarter(q, y)),
  form(
    [...DIGIT, ...QUARTER_WORDS],
    true,
    `${BEGIN}(?<q>${QUARTERS.join('|')}|1st|2nd|3rd|4th)[\\s-]quarter(?:${SP}of)?${SP}(?<y>${YEAR})${END}`,
    ({ q, y }) => quarter(q, y),
  ),
  form(
    keys('h fir sec'),
    true,
    `${BEGIN}(?:H(?<h>[12])(?:${SP}of)?${SP}|(?<w>first|second)${SP}half${SP}of${SP})(?<y>${YEAR})${END}`,
    ({ h, w, y }) => ((h ?? (w === 'first' ? '1' : '2')) === '1' ? months(y!, 1, 6) : months(y!, 7, 12)),
  ),
  form(['q'], false, `(?<!\\p{Lu}[\\p{L}]{1,20}\\s|[\\p{L}\\p{Nd}.,/:_-])Q[1-4]${WHOLE}${NO_NAME}`),
  // the third quarter, the first quarter of last year
  form(
    QUARTER_WORDS,
    false,
    `${BEGIN}(?:${anyOrdinal(QUARTERS)})[\\s-]quarter(?:${SP}of${SP}(?:this|last|next|the)${SP}(?:fiscal${SP}|financial${SP})?year)?${WHOLE}(?!-|${SP}(?:of|century|final|moon)(?!\\p{L}))`,
  ),
  // Whose fiscal year it is, the text does not say.
  form(
    keys('fy fis'),
    true,
    `${BEGIN}(?:FY\\s?['’]?(?:${YEAR}|[0-9]{2})|(?:[Ff]iscal|FY)${SP}(?:[Yy]ear${SP})?${YEAR})${END}`,
  ),
  form(
    [...PARTS, ...keys('spr sum aut fal win')],
    true,
    `${BEGIN}${PART}?(?:[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter)(?:${SP}of)?${SP}${YEAR}${END}`,
  ),
  // 44 BC, 300-200 BC, AD 79, 476 AD
  form(
    DIGIT,
    true,
    `${BEGIN}(?:(?<a>[0-9]{1,5})\\s?[-–]\\s?)?(?<b>[0-9]{1,5})\\s?(?<era>${ERA})(?![\\p{L}\\p{Nd}]|\\s\\p{Lu}\\p{Ll})`,
    ({ a, b, era }) => {
      const year = (n: string | undefined) => isoYear(isBefore(era) ? 1 - Number(n) : Number(n));
      if (Number(b) === 0) return undefined;
      return a === undefined ? year(b) : `${year(a)}/${year(b)}`;
    },
  ),
  form(keys('ad a'), true, `${BEGIN}(?:AD|A\\.D\\.)\\s?(?<y>[1-9][0-9]{0,3})${END}`, ({ y }) => isoYear(Number(y))),
  // early 2020, mid-2021
  form(PARTS, true, `${BEGIN}${PART}(?<y>${YEAR})${NO_UNIT}${END}`, ({ y }) => y),
  // A year alone: behind what stands before years, and not in front of what it would count.
  form(
    DIGIT,
    false,
    `(?<=(?<!\\p{L})(?:[Ii]n|[Ss]ince|[Uu]ntil|[Bb]y|[Ff]rom|[Dd]uring|[Oo]f|[Bb]efore|[Aa]fter|[Tt]o|[Aa]round|[Cc]irca|[Yy]ear|[Bb]orn|[Bb]orn in|[Ll]ast in)${SP}|(?:^|[^\\p{L}\\p{Nd}]\\s?|\\s)\\(\\s?|(?<!\\p{Nd})${YEAR}(?:,|\\sand|\\sor|,\\sand)\\s)(?<y>${YEAR})${NO_UNIT}${END}`,
    ({ y }) => y,
  ),
];

/** Years as an interval; the second may be two digits of the same century. */
function years(a: string | undefined, b: string | undefined): string | undefined {
  return interval(a, b?.length === 2 ? century(a) + b : b);
}

export const FORMS: readonly Form[] = [...PERIODS, ...DAYS, ...NAMED, ...RELATIVES, ...YEARS];
