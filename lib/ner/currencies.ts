// How English texts name currencies. A mark that many countries use stands for the best known one where it has nothing
// beside it ($ USD, £ GBP, ¥ JPY, Rs INR); names that nobody reads as one country's (peso, franc, krone) have no code.

const SYMBOLS: Readonly<Record<string, string>> = {
  $: 'USD',
  '€': 'EUR',
  '£': 'GBP',
  '¥': 'JPY',
  '₹': 'INR',
  '₽': 'RUB',
  '₩': 'KRW',
  '₺': 'TRY',
  '₴': 'UAH',
  '₪': 'ILS',
  '₫': 'VND',
  '₱': 'PHP',
  '฿': 'THB',
  '₦': 'NGN',
  '₿': 'BTC',
  '₸': 'KZT',
  '₾': 'GEL',
  '৳': 'BDT',
  '₡': 'CRC',
  '₲': 'PYG',
  '₭': 'LAK',
  '₮': 'MNT',
  '₵': 'GHS',
  '¢': 'USD',
};
/** Letters in front of a symbol: US$, NT$, CN¥. */
const PREFIXED: Readonly<Record<string, string>> = {
  US$: 'USD',
  A$: 'AUD',
  AU$: 'AUD',
  C$: 'CAD',
  CA$: 'CAD',
  CDN$: 'CAD',
  NZ$: 'NZD',
  HK$: 'HKD',
  S$: 'SGD',
  SG$: 'SGD',
  R$: 'BRL',
  NT$: 'TWD',
  TW$: 'TWD',
  MX$: 'MXN',
  J$: 'JMD',
  RD$: 'DOP',
  N$: 'NAD',
  FJ$: 'FJD',
  TT$: 'TTD',
  'CN¥': 'CNY',
  'JP¥': 'JPY',
  'RMB¥': 'CNY',
  'E£': 'EGP',
  'UK£': 'GBP',
};

/** Codes of ISO 4217 that are read where they stand in capitals beside a number; BTC and ETH are not ISO's. */
const CODES = (
  'USD EUR GBP JPY CHF CAD AUD NZD CNY RMB INR RUB KRW SEK NOK DKK ISK PLN CZK HUF RON BGN TRY ZAR BRL MXN ARS CLP COP PEN ' +
  'SGD HKD TWD MYR IDR PHP THB VND PKR BDT LKR ILS AED SAR QAR KWD BHD OMR JOD EGP MAD TND NGN KES GHS UGX TZS ETB UAH KZT ' +
  'GEL BTC ETH'
).split(' ');
const AS_WRITTEN: Readonly<Record<string, string>> = { RMB: 'CNY' };
/** Words of English: beside other words in capitals they are no codes. */
export const WORDLIKE_CODES: ReadonlySet<string> = new Set(['TRY', 'RUB', 'RON', 'COP', 'PEN', 'MAD', 'GEL', 'PHP']);
/** Other marks in front of a number. */
const FIRST_MARKS: Readonly<Record<string, string | null>> = {
  Rs: 'INR',
  'Rs.': 'INR',
  RM: 'MYR',
  Rp: 'IDR',
  Tk: 'BDT',
  KSh: 'KES',
  Ksh: 'KES',
  'KSh.': 'KES',
  'Ksh.': 'KES',
  USh: 'UGX',
  TSh: 'TZS',
  Sh: null,
  'GH¢': 'GHS',
  'GH₵': 'GHS',
  GHC: 'GHS',
  Dh: null,
  Dhs: null,
  QR: 'QAR',
  SR: 'SAR',
  LE: 'EGP',
  kr: null,
};
/** Single letters: only in front of a large amount, without a blank ("N500 million", "R2bn"). */
const LETTER_MARKS: Readonly<Record<string, string | null>> = { N: 'NGN', R: 'ZAR', P: null, K: null };
/** Other marks behind a number. */
const LAST_MARKS: Readonly<Record<string, string | null>> = { kr: null, Kč: 'CZK', zł: 'PLN', Ft: 'HUF' };

interface Name {
  code: string | null;
  /** Of the currency; default 1. */
  share?: number;
  /** Default: the name and s. */
  plurals?: readonly string[];
  /** It means other things too: read only where what stands beside it says money (money.ts). */
  needs?: 'large' | 'money' | 'lowerCase' | 'plural';
}

const NAMES: Readonly<Record<string, Name>> = {
  dollar: { code: 'USD' },
  buck: { code: 'USD', needs: 'plural' },
  cent: { code: 'USD', share: 0.01, needs: 'lowerCase' },
  euro: { code: 'EUR' },
  eurocent: { code: 'EUR', share: 0.01 },
  pound: { code: 'GBP', needs: 'money' },
  quid: { code: 'GBP', plurals: ['quid'] },
  penny: { code: null, share: 0.01, plurals: ['pennies'] },
  pence: { code: 'GBP', share: 0.01, plurals: ['pence'] },
  yen: { code: 'JPY', plurals: ['yen'] },
  yuan: { code: 'CNY', plurals: ['yuan'] },
  renminbi: { code: 'CNY', plurals: ['renminbi'] },
  rupee: { code: 'INR' },
  ruble: { code: 'RUB' },
  rouble: { code: 'RUB' },
  won: { code: 'KRW', plurals: ['won'], needs: 'large' },
  franc: { code: null },
  krone: { code: null, plurals: ['kroner'] },
  krona: { code: 'SEK', plurals: ['kronor'] },
  koruna: { code: 'CZK' },
  peso: { code: null },
  lira: { code: 'TRY', plurals: ['liras', 'lire'] },
  rand: { code: 'ZAR', plurals: ['rand', 'rands'], needs: 'lowerCase' },
  shekel: { code: 'ILS' },
  zloty: { code: 'PLN', plurals: ['zloty', 'zlotys'] },
  złoty: { code: 'PLN', plurals: ['złoty', 'złotys'] },
  forint: { code: 'HUF', plurals: ['forint', 'forints'] },
  real: { code: 'BRL', plurals: ['reais'], needs: 'plural' },
  dirham: { code: null },
  dinar: { code: null },
  riyal: { code: null },
  baht: { code: 'THB', plurals: ['baht'] },
  ringgit: { code: 'MYR', plurals: ['ringgit'] },
  rupiah: { code: 'IDR', plurals: ['rupiah'] },
  naira: { code: 'NGN', plurals: ['naira'] },
  hryvnia: { code: 'UAH', plurals: ['hryvnia', 'hryvnias'] },
  shilling: { code: null },
  cedi: { code: 'GHS' },
  kwacha: { code: null, plurals: ['kwacha', 'kwachas'] },
  pula: { code: 'BWP', plurals: ['pula'] },
  taka: { code: 'BDT', plurals: ['taka'] },
  birr: { code: 'ETB', plurals: ['birr'] },
  kyat: { code: 'MMK', plurals: ['kyat', 'kyats'] },
  dong: { code: 'VND', plurals: ['dong'] },
  tenge: { code: 'KZT', plurals: ['tenge'] },
  bitcoin: { code: 'BTC', plurals: ['bitcoin', 'bitcoins'] },
};

/** Whose money: adjectives in front of a name, and the codes that they give it. */
const ADJECTIVES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'us|u.s|american': { dollar: 'USD', cent: 'USD' },
  canadian: { dollar: 'CAD', cent: 'CAD' },
  australian: { dollar: 'AUD', cent: 'AUD' },
  'new zealand': { dollar: 'NZD' },
  'hong kong': { dollar: 'HKD' },
  singapore: { dollar: 'SGD' },
  'taiwan|taiwanese': { dollar: 'TWD' },
  jamaican: { dollar: 'JMD' },
  'british|sterling': { pound: 'GBP' },
  egyptian: { pound: 'EGP' },
  lebanese: { pound: 'LBP', lira: 'LBP' },
  syrian: { pound: 'SYP' },
  sudanese: { pound: 'SDG' },
  swiss: { franc: 'CHF' },
  'cfa|west african': { franc: 'XOF' },
  french: { franc: 'FRF' },
  indian: { rupee: 'INR' },
  pakistani: { rupee: 'PKR' },
  'sri lankan': { rupee: 'LKR' },
  nepalese: { rupee: 'NPR' },
  danish: { krone: 'DKK', crown: 'DKK' },
  norwegian: { krone: 'NOK', crown: 'NOK' },
  swedish: { krona: 'SEK', krone: 'SEK', crown: 'SEK' },
  icelandic: { krona: 'ISK', krone: 'ISK' },
  czech: { koruna: 'CZK', crown: 'CZK' },
  mexican: { peso: 'MXN' },
  argentine: { peso: 'ARS' },
  chilean: { peso: 'CLP' },
  colombian: { peso: 'COP' },
  'philippine|filipino': { peso: 'PHP' },
  brazilian: { real: 'BRL' },
  'korean|south korean': { won: 'KRW' },
  'south african': { rand: 'ZAR' },
  turkish: { lira: 'TRY' },
  italian: { lira: 'ITL' },
  'saudi|saudi arabian': { riyal: 'SAR' },
  qatari: { riyal: 'QAR' },
  iranian: { rial: 'IRR' },
  'uae|emirati': { dirham: 'AED' },
  moroccan: { dirham: 'MAD' },
  kuwaiti: { dinar: 'KWD' },
  jordanian: { dinar: 'JOD' },
  serbian: { dinar: 'RSD' },
  kenyan: { shilling: 'KES' },
  russian: { ruble: 'RUB', rouble: 'RUB' },
  chinese: { yuan: 'CNY' },
  japanese: { yen: 'JPY' },
  israeli: { shekel: 'ILS' },
};

const quote = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const oneOf = (words: Iterable<string>) =>
  [...words]
    .sort((a, b) => b.length - a.length)
    .map(quote)
    .join('|');
const BLANK = '[ \\u00A0\\u202F]';

const singulars = new Map<string, string>();
for (const [name, { plurals = [`${name}s`] }] of Object.entries(NAMES)) {
  for (const form of [name, ...plurals]) singulars.set(form, name);
}
const adjectives = new Map(
  Object.entries(ADJECTIVES).flatMap(([names, codes]) => names.split('|').map((name) => [name, codes] as const)),
);
const OTHER_NAMES = [...new Set(Object.values(ADJECTIVES).flatMap(Object.keys))].filter((name) => !(name in NAMES));
for (const name of OTHER_NAMES) {
  singulars.set(name, name);
  singulars.set(`${name}s`, name);
}

/** A currency in front of a number, with the text up to the number (and its sign): "US$", "EUR ", "Rs. ". */
const FIRST = new RegExp(
  `(?:(?<![\\p{L}\\p{Nd}])(?<prefix>[A-Z]{1,3}?)(?<gap>${BLANK}?)|)(?<symbol>\\p{Sc})${BLANK}?(?<sign>[-−])?$|(?<![\\p{L}\\p{Nd}])(?<code>${oneOf([...CODES, ...Object.keys(FIRST_MARKS)])})(?:${BLANK}?\\$)?${BLANK}?$`,
  'u',
);
/** The words behind a number: an adjective of two words at most, a name, and "sterling". */
const WORDS_BEHIND = new RegExp(
  `(?:${BLANK}(?<of>of)${BLANK}|${BLANK}?-?)(\\p{L}[\\p{L}.]{0,15})(?:${BLANK}(\\p{L}[\\p{L}.]{0,15}))?(?:${BLANK}(\\p{L}[\\p{L}.]{0,15}))?`,
  'uy',
);
const LAST_MARK = new RegExp(
  `${BLANK}?(?:(?<code>${oneOf([...CODES, ...Object.keys(LAST_MARKS)])})(?![\\p{L}\\p{Nd}])|(?<symbol>[€£¥₽₺₴₫¢₿])|(?<pence>(?<=(?<![0-9.,])[1-9][0-9]?)p(?![\\p{L}\\p{Nd}])))`,
  'uy',
);

export interface CurrencyMark {
  /** UTF-16 offsets of the mark. */
  start: number;
  end: number;
  code: string | null;
  share: number;
  negative: boolean;
  /** As written in the text. */
  text: string;
  needs?: Name['needs'];
  /** The singular of a name, and whether its plural is written. */
  name?: string;
  isPlural?: boolean;
}

/** A single letter as the currency of a large amount that begins at `at`. */
export function letterBefore(text: string, at: number): CurrencyMark | undefined {
  const letter = text[at - 1] ?? '';
  if (!(letter in LETTER_MARKS) || /[\p{L}\p{Nd}-]$/u.test(text.slice(Math.max(0, at - 2), at - 1))) return undefined;
  return { start: at - 1, end: at, code: LETTER_MARKS[letter]!, share: 1, negative: false, text: letter };
}

/** The currency in front of a number that begins at `at`. */
export function currencyBefore(text: string, at: number): CurrencyMark | undefined {
  const window = text.slice(Math.max(0, at - 12), at);
  const match = FIRST.exec(window);
  if (match === null) return undefined;
  const { prefix = '', gap = '', symbol, sign, code } = match.groups as Record<string, string | undefined>;
  // "a US $ 5 note" is one mark, "PLAN A $5" is not.
  const isPrefix = prefix !== '' && (gap === '' || prefix.length > 1);
  const skipped = isPrefix ? 0 : prefix.length + gap.length;
  const start = at - match[0].length + skipped;
  const base = { start, end: at, share: 1, negative: sign !== undefined, text: text.slice(start, at) };
  if (code !== undefined) {
    return { ...base, code: code in FIRST_MARKS ? FIRST_MARKS[code]! : (AS_WRITTEN[code] ?? code), text: code };
  }
  const written = isPrefix ? prefix + symbol : symbol!;
  const known = isPrefix ? (PREFIXED[written] ?? (CODES.includes(prefix) ? prefix : null)) : SYMBOLS[written];
  return { ...base, code: known === undefined ? null : (AS_WRITTEN[known!] ?? known), text: written };
}

const isPlural = (name: string, written: string): boolean => (NAMES[name]?.plurals ?? [`${name}s`]).includes(written);

/** A name behind a number, with the adjective in front of it. */
function nameAfter(text: string, at: number, isVague: boolean): CurrencyMark | undefined {
  WORDS_BEHIND.lastIndex = at;
  const match = WORDS_BEHIND.exec(text);
  if (match === null || (match.groups?.of !== undefined && !isVague)) return undefined;
  const behind = WORDS_BEHIND.lastIndex;
  const words = match.slice(2).map((word) => word?.replace(/\.$/, ''));
  const k = words.findIndex((word) => word !== undefined && singulars.has(word.toLowerCase()));
  if (k < 0 || /\p{L}\p{Nd}/u.test(text.slice(behind - 1, behind + 1))) return undefined;
  const name = singulars.get(words[k]!.toLowerCase())!;
  const { code = null, share = 1, needs } = NAMES[name] ?? {};
  let qualified: string | null | undefined;
  if (k > 0) {
    const adjective = words.slice(0, k).join(' ');
    const codes = adjectives.get(adjective.toLowerCase());
    // "Bhutanese dollars": some currency, not the one that the bare name says.
    if (codes === undefined && !(k === 1 && /^\p{Lu}\p{Ll}+(?:ese|ian|ish|ani)$/u.test(adjective))) return undefined;
    qualified = codes?.[name] ?? null;
  } else if (words[1]?.toLowerCase() === 'sterling') {
    qualified = 'GBP';
  }
  const last = qualified === 'GBP' && k === 0 ? words[1]! : words[k]!;
  const end = text.indexOf(last, at + match[0].indexOf(words[k]!)) + last.length;
  return {
    start: at,
    end,
    code: qualified === undefined ? code : qualified,
    share,
    negative: false,
    text: words[k]!,
    name,
    isPlural: isPlural(name, words[k]!.toLowerCase()),
    ...(qualified !== undefined || needs === undefined ? {} : { needs }),
  };
}

/** The currency behind a number that ends at `at`; behind a vague one ("millions") also with "of". */
export function currencyAfter(text: string, at: number, isVague = false): CurrencyMark | undefined {
  const named = nameAfter(text, at, isVague);
  if (named !== undefined) return named;
  LAST_MARK.lastIndex = at;
  const mark = LAST_MARK.exec(text);
  if (mark === null) return undefined;
  const { code, symbol, pence } = mark.groups as Record<string, string | undefined>;
  const found = { start: at, end: LAST_MARK.lastIndex, negative: false, text: mark[0].trim() };
  if (pence !== undefined) return { ...found, code: 'GBP', share: 0.01 };
  if (symbol !== undefined) return { ...found, code: SYMBOLS[symbol] ?? null, share: symbol === '¢' ? 0.01 : 1 };
  return { ...found, code: code! in LAST_MARKS ? LAST_MARKS[code!]! : (AS_WRITTEN[code!] ?? code!), share: 1 };
}
