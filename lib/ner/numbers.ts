/**
 * A number of a text in digits or words, with the magnitude behind it: "3.5 million", "1,00,000", "two thousand five
 * hundred", "half a million", "several million".
 */
export interface NumberPhrase {
  /** UTF-16 offsets. */
  start: number;
  end: number;
  inDigits: boolean;
  /**
   * The number is mantissa times ten to the exponent, the exponent that of the magnitude named last (0: none). The
   * mantissa is undefined where the phrase is vague ("several million"), or its digits cannot be read ("1,2345").
   */
  mantissa: string | undefined;
  exponent: number;
}

/** mantissa e(exponent + shift), correctly rounded: 12.3 with shift -2 is 0.123. */
export function toNumber({ mantissa, exponent }: NumberPhrase, shift = 0): number | undefined {
  return mantissa === undefined ? undefined : Number(`${mantissa}e${exponent + shift}`);
}

const SMALL = Object.fromEntries(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
    .split(' ')
    .map((word, n) => [word, n]),
);
const TENS = Object.fromEntries(
  'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ').map((word, n) => [word, 10 * n + 20]),
);
const MAGNITUDES: Readonly<Record<string, number>> = {
  thousand: 3,
  lakh: 5,
  lac: 5,
  million: 6,
  mln: 6,
  mil: 6,
  crore: 7,
  billion: 9,
  bln: 9,
  trillion: 12,
  trn: 12,
};
const SHORT: Readonly<Record<string, number>> = { k: 3, m: 6, mn: 6, mm: 6, b: 9, bn: 9, t: 12, tn: 12 };
const FRACTION_SIGNS: Readonly<Record<string, number>> = { '½': 0.5, '¼': 0.25, '¾': 0.75, '⅓': 1 / 3, '⅔': 2 / 3 };
const FRACTIONS: Readonly<Record<string, number>> = { half: 0.5, quarter: 0.25, third: 1 / 3, tenth: 0.1 };
const VAGUE = new Set(
  'few several couple dozens tens hundreds thousands lakhs crores millions billions trillions'.split(' '),
);

const MAGNITUDE_NAMES = Object.keys(MAGNITUDES).join('|');
const WORDS = [
  'an?',
  'half',
  'quarters?',
  'thirds?',
  'tenths?',
  'hundred',
  ...[SMALL, TENS, MAGNITUDES].flatMap(Object.keys),
  ...VAGUE,
].sort((a, b) => b.length - a.length);
const WORD = `(?:${WORDS.join('|')})(?![\\p{L}\\p{Nd}])`;
const BLANK = '[ \\u00A0\\u202F\\u2009]';
// Groups of three digits behind a no-break space belong to a number; those behind a plain blank may not.
// Behind plain blanks they do where a currency stands beside them.
const SPACED_GROUPS = `[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]{1,2})?(?![0-9])`;
const SIGNS = Object.keys(FRACTION_SIGNS).join('');
// 5½, 5 1/2, 1/2
const MIXED = `(?:[0-9]{1,3} ?)?[${SIGNS}]|(?<![/.,])(?:[0-9]{1,3}[ -])?[1-9]/[2-9](?![0-9/])`;
const DIGITS = `(?=[0-9.${SIGNS}])(?<![0-9])(?:${MIXED}|(?<=\\p{Sc} ?)${SPACED_GROUPS}|${SPACED_GROUPS}(?= ?(?:\\p{Sc}|(?:USD|EUR|GBP|euros?|dollars?)(?!\\p{L})))|[0-9]+(?:[.,'’][0-9]+|[\\u00A0\\u202F\\u2009][0-9]{3}(?![0-9]))*|(?<![\\p{L}0-9.,])\\.[0-9]+)`;
// At most 12 words, so that a text of number words alone is read in linear time. What is cheap to look at comes first: ASCII
// in front, then the word, then any letter in front.
const PHRASE = new RegExp(
  `(?<digits>${DIGITS})|(?<![a-z0-9'’-])(?=${WORD})(?<![\\p{L}\\p{Nd}])${WORD}(?:(?:${BLANK}|-|${BLANK}and${BLANK}|${BLANK}of${BLANK})${WORD}){0,11}`,
  'giu',
);
const LONG_MAGNITUDE = new RegExp(
  `(?:${BLANK}|-)?(hundred|${MAGNITUDE_NAMES})s?(?:${BLANK}(${MAGNITUDE_NAMES})s?)?(?![\\p{L}\\p{Nd}])`,
  'iuy',
);
const SHORT_MAGNITUDE = new RegExp(
  `(?:${BLANK}(?=[bB]n|BN|[mM]n|MN|mm|MM|[tT]n|[kKMB](?!\\p{L}))|)([kK]|[mM]n|MN|mm|MM|[mM]|[bB]n|BN|[bB]|[tT]n|[tT])(?![\\p{L}\\p{Nd}])`,
  'uy',
);

const MIXED_PARTS = new RegExp(`^(?:([0-9]{1,3})[ -]?)??(?:([${SIGNS}])|([1-9])/([2-9]))$`);

/** The decimal number that digits and their marks say in English or, where it is plain, in another way; else undefined. */
export function readDigits(digits: string): string | undefined {
  if (digits.length > 40) return undefined;
  const mixed = MIXED_PARTS.exec(digits);
  if (mixed !== null) {
    const [, whole, sign, over, under] = mixed;
    return String(Number(whole ?? 0) + (sign === undefined ? Number(over) / Number(under) : FRACTION_SIGNS[sign]!));
  }
  if (/^[0-9]*(?:\.[0-9]+)?$/.test(digits)) return digits.startsWith('.') ? `0${digits}` : digits;
  // 1,000,000.5 and, in lakhs and crores, 1,00,000
  if (/^[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$|^[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]+)?$/.test(digits)) {
    return digits.replaceAll(',', '');
  }
  // 1 000 000.5 and 1'000'000,5
  const spaced = /^([0-9]{1,3}(?:['’ \u00A0\u202F\u2009][0-9]{3})+)(?:[.,]([0-9]+))?$/u.exec(digits);
  if (spaced !== null) return `${spaced[1]!.replace(/[^0-9]/g, '')}${spaced[2] === undefined ? '' : `.${spaced[2]}`}`;
  // 1.000.000 and 1.234,56: a comma behind a point, or several points
  const continental = /^([0-9]{1,3}(?:\.[0-9]{3})+)(?:,([0-9]+))?$/.exec(digits);
  if (continental !== null)
    return `${continental[1]!.replaceAll('.', '')}${continental[2] === undefined ? '' : `.${continental[2]}`}`;
  // 4,99
  return /^[0-9]+,[0-9]{1,2}$/.test(digits) ? digits.replace(',', '.') : undefined;
}

type Kind = 'start' | 'unit' | 'teen' | 'ten' | 'hundred' | 'magnitude' | 'and';

/** What a word may follow in a cardinal number. */
const MAY_FOLLOW: Readonly<Record<Exclude<Kind, 'start'>, readonly Kind[]>> = {
  unit: ['start', 'ten', 'hundred', 'magnitude', 'and'],
  teen: ['start', 'hundred', 'magnitude', 'and'],
  ten: ['start', 'hundred', 'magnitude', 'and'],
  hundred: ['unit', 'teen'],
  magnitude: ['unit', 'teen', 'ten', 'hundred'],
  and: ['hundred', 'magnitude'],
};

function kindOf(word: string): Exclude<Kind, 'start'> | undefined {
  if (word === 'a' || word === 'an') return 'unit';
  if (word === 'hundred' || word === 'and') return word;
  if (word in MAGNITUDES) return 'magnitude';
  if (word in TENS) return 'ten';
  const small = SMALL[word];
  return small === undefined ? undefined : small < 10 ? 'unit' : 'teen';
}

/** "two thousand five hundred": the value and the exponent of a magnitude at the end; undefined when it is no number. */
function cardinal(words: readonly string[]): { value: number; exponent: number } | undefined {
  let before: Kind = 'start';
  let total = 0;
  let group = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const word of words) {
    const kind = kindOf(word);
    if (kind === undefined || !MAY_FOLLOW[kind].includes(before)) return undefined;
    if (kind === 'hundred') group *= 100;
    else if (kind === 'magnitude') {
      const exponent = MAGNITUDES[word]!;
      if (exponent >= smallest) return undefined;
      total += group * 10 ** exponent;
      group = 0;
      smallest = exponent;
    } else if (kind !== 'and') group += TENS[word] ?? SMALL[word] ?? 1;
    before = kind;
  }
  if (before === 'start' || before === 'and') return undefined;
  return { value: total + group, exponent: before === 'magnitude' ? smallest : 0 };
}

const FRACTION = new RegExp(
  `^(?:(an?|one|two|three) )?(half|quarter|third|tenth)s?(?: of)?(?: an?)?(?: (hundred|${MAGNITUDE_NAMES}))?$`,
);
const AND_A_FRACTION = new RegExp(`^(.+) and (?:a|one) (half|quarter)(?: (hundred|${MAGNITUDE_NAMES}))?$`);
const exponentOf = (name: string | undefined): number =>
  name === undefined ? 0 : name === 'hundred' ? 2 : MAGNITUDES[name]!;

type Reading = Pick<NumberPhrase, 'mantissa' | 'exponent'>;

/** Number words as a number; undefined when they are none, or several. */
function readWords(words: readonly string[]): Reading | undefined {
  const last = words.at(-1)!;
  if (words.some((word) => VAGUE.has(word))) {
    if (words.includes('and') || !(VAGUE.has(last) || last in MAGNITUDES)) return undefined;
    return { mantissa: undefined, exponent: exponentOf(last in MAGNITUDES ? last : undefined) };
  }
  const scaled = (value: number, exponent: number): Reading => ({ mantissa: String(value), exponent });
  const text = words.join(' ');
  const fraction = FRACTION.exec(text);
  if (fraction !== null) {
    const [, count = 'one', name, magnitude] = fraction;
    return scaled((SMALL[count] ?? 1) * FRACTIONS[name!]!, exponentOf(magnitude));
  }
  const mixed = AND_A_FRACTION.exec(text);
  if (mixed !== null) {
    const whole = cardinal(mixed[1]!.split(' '));
    if (whole === undefined || (mixed[3] !== undefined && whole.exponent > 0)) return undefined;
    // "a million and a half": half of a million
    const exponent = mixed[3] === undefined ? whole.exponent : exponentOf(mixed[3]);
    const mantissa = (mixed[3] === undefined ? whole.value / 10 ** exponent : whole.value) + FRACTIONS[mixed[2]!]!;
    return scaled(mantissa, exponent);
  }
  const whole = cardinal(words);
  return whole && scaled(whole.value / 10 ** whole.exponent, whole.exponent);
}

/** The numbers in a run of number words: from the left, each time the longest that can be read. */
function wordPhrases(text: string, start: number): NumberPhrase[] {
  const words = [...text.matchAll(/[a-z]+/gi)].map((match) => ({
    word: match[0].toLowerCase(),
    start: start + match.index,
    end: start + match.index + match[0].length,
  }));
  const out: NumberPhrase[] = [];
  for (let i = 0; i < words.length; ) {
    let next = i + 1;
    for (let j = words.length; j > i; j--) {
      const reading = readWords(words.slice(i, j).map(({ word }) => word));
      if (reading === undefined) continue;
      out.push({ start: words[i]!.start, end: words[j - 1]!.end, inDigits: false, ...reading });
      next = j;
      break;
    }
    i = next;
  }
  return out;
}

/** The magnitude behind digits: where it ends, and its exponent. */
function magnitudeAt(text: string, at: number): { end: number; exponent: number } {
  LONG_MAGNITUDE.lastIndex = at;
  const long = LONG_MAGNITUDE.exec(text);
  if (long !== null) {
    const exponent = exponentOf(long[1]!.toLowerCase()) + exponentOf(long[2]?.toLowerCase());
    return { end: LONG_MAGNITUDE.lastIndex, exponent };
  }
  SHORT_MAGNITUDE.lastIndex = at;
  const short = SHORT_MAGNITUDE.exec(text);
  if (short !== null) return { end: SHORT_MAGNITUDE.lastIndex, exponent: SHORT[short[1]!.toLowerCase()]! };
  return { end: at, exponent: 0 };
}

/** The numbers of an English text, in order. Linear in the text. */
export function findNumbers(text: string): NumberPhrase[] {
  const out: NumberPhrase[] = [];
  for (const match of text.matchAll(PHRASE)) {
    const digits = match.groups?.digits;
    if (digits === undefined) {
      for (const phrase of wordPhrases(match[0], match.index)) out.push(phrase);
      continue;
    }
    const { end, exponent } = magnitudeAt(text, match.index + digits.length);
    out.push({ start: match.index, end, inDigits: true, mantissa: readDigits(digits), exponent });
  }
  return out;
}
