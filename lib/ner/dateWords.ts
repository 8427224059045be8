// The words of English dates as pieces of regular expressions, and the calendar. Every piece is bounded.

const MONTH_NAMES = 'January February March April May June July August September October November December'.split(' ');
const WEEKDAY_NAMES = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');

/** Title, lower and upper case. */
const anyCase = (words: readonly string[]): string =>
  words.flatMap((word) => [word, word.toLowerCase(), word.toUpperCase()]).join('|');
const without = (words: readonly string[], left: readonly string[]) => words.filter((word) => !left.includes(word));

const TO_TWENTIETH =
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth'.split(
    ' ',
  );
/** First to thirty-first. */
export const ORDINALS: readonly string[] = [
  ...TO_TWENTIETH,
  ...TO_TWENTIETH.slice(0, 9).map((word) => `twenty-${word}`),
  'thirtieth',
  'thirty-first',
];
/** "first", "21st": the number. */
export const ordinalNumber = (ordinal: string | undefined): number =>
  ORDINALS.indexOf((ordinal ?? '').toLowerCase()) + 1 || Number.parseInt(ordinal ?? '', 10);
/** A regular expression for any of some ordinals, the longest first, also with capital letters. */
export const anyOrdinal = (words: readonly string[]): string =>
  [...words]
    .reverse()
    .map((word) => word.replace(/\b\w/g, (letter) => `[${letter.toUpperCase()}${letter}]`))
    .join('|');

export const SP = '\\s{1,2}';
/** Where a word begins: also "/" and "-" would make another thing of what follows. */
export const BEGIN = '(?<![\\p{L}\\p{Nd}.,/:_-]|[\\p{L}\\p{Nd}]’)';
export const END = '(?![\\p{L}\\p{Nd}_]|[-/][\\p{L}\\p{Nd}])';
/** Where a date with its year ends: "5 May 2020-present", but no "2020-7". */
export const END_OF_YEAR = '(?![\\p{L}\\p{Nd}_]|[-/]\\p{Nd}|/\\p{L})';
/** "may" and "march" in lower case are verbs; abbreviations too can be followed by a period. */
const SHORT_MONTHS = `(?:${anyCase(['Jan', 'Feb', 'Apr', 'Jun', 'Jul', 'Aug', 'Sept', 'Sep', 'Oct', 'Nov', 'Dec'])}|Mar|MAR)\\.?`;
export const MONTH = `(?:${anyCase(without(MONTH_NAMES, ['March', 'May']))}|March|May|MARCH|MAY|${SHORT_MONTHS})`;
/** With a year or an ordinal they are months. */
export const ANY_MONTH = `(?:${MONTH}|march|may|mar\\.?)`;
/** Months that name no people, and those that do. */
export const PLAIN_MONTH = `(?:${anyCase('January February July September October November December'.split(' '))})`;
export const NAMELIKE_MONTH = '(?:March|April|May|June|August)';
export const WEEKDAY = `(?:${anyCase(WEEKDAY_NAMES)})`;
export const ANY_WEEKDAY = `(?:${WEEKDAY}|(?:Mon|Tues?|Wed|Thu|Thurs?|Fri|Sat|Sun)\\.?)`;
export const DAY = '(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th|ST|ND|RD|TH)?(?![\\p{L}\\p{Nd}])';
export const ORDINAL_DAY = '(?:[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)';
export const YEAR = '(?:1[0-9]{3}|20[0-9]{2})(?![\\p{Nd}]|[.,][0-9])';
/** Between the ends of a period: also "and" behind "between". */
export const DASH = `(?:\\s?[-–—]\\s?|${SP}(?:to|through|until)${SP}|(?<=(?<!\\p{L})[Bb]etween\\s[\\p{L}\\p{Nd}. ]{1,16})${SP}and${SP})`;
export const COMMA = '(?:\\s?,\\s?|\\s{1,2})';
export const PART_OF_DAY = '(?:mornings?|afternoons?|evenings?|nights?)';
/** early, mid-, late: what narrows a period. */
export const PART = `(?:(?:[Ee]arly|[Ll]ate|[Mm]id|[Mm]id-to-late|[Ee]arly-to-mid)[-\\s])`;
/** A number in front of these counts them. */
export const NO_UNIT =
  '(?!\\s?%|\\s?[-\\s](?:percent|per\\scent|minutes?|hours?|seconds?|days?|weeks?|months?|years?|people|persons?|men|women|users|points?|met(?:re|er)s?|feet|foot|ft|miles?|km|kilomet(?:er|re)s?|tons?|tonnes?|pounds?|dollars?|euros?|times|words|pages|copies|seats|votes|members|students|employees|workers|troops|homes|houses|jobs|units|shares|species|calories|degrees|million|billion|thousand|hundred)(?![\\p{L}\\p{Nd}]))';

/** The number of a month (1 to 12), from its name or the first letters of it; 0 for another word. */
export function monthOf(name: string | undefined): number {
  const first = (name ?? '').slice(0, 3).toLowerCase();
  return MONTH_NAMES.findIndex((month) => first !== '' && month.toLowerCase().startsWith(first)) + 1;
}

const padded = (n: number | string, length = 2) => String(n).padStart(length, '0');

/** "1996-08-22", "1996-08", or "--08-22" without a year; undefined for a day that the month has not. */
export function isoDate(year: string | undefined, month: number, day?: string): string | undefined {
  if (month < 1 || month > 12) return undefined;
  if (day === undefined) return `${year}-${padded(month)}`;
  const d = Number.parseInt(day, 10);
  const last = new Date(Date.UTC(year === undefined ? 2000 : Number(year), month, 0)).getUTCDate();
  if (d < 1 || d > last) return undefined;
  return `${year ?? '-'}-${padded(month)}-${padded(d)}`;
}

/** A year as ISO 8601 writes it: 44 BC is -0043. */
export function isoYear(year: number): string {
  return year < 0 ? `-${padded(-year, 4)}` : padded(year, 4);
}

/** "from/to" where both can be read and follow one another. */
export function interval(from: string | undefined, to: string | undefined): string | undefined {
  return from !== undefined && to !== undefined && from < to ? `${from}/${to}` : undefined;
}

/** Months of a year as an interval: quarters and halves. */
export const months = (year: string, from: number, to: number): string =>
  `${year}-${padded(from)}/${year}-${padded(to)}`;
