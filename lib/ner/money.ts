import type { RuleMatch } from './rules';

// A number starts where no digit stands before, and every part is bounded, so that a text of digits alone is read once.
const NUMBER = String.raw`(?<![\p{Nd}.,])(?:\p{Nd}{1,3}(?:,\p{Nd}{3}){1,6}|\p{Nd}{1,15})(?:\.\p{Nd}{1,9})?(?!\p{Nd})`;
const WORD_NUMBERS: Record<string, number> = {
  a: 1,
  an: 1,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  fifteen: 15,
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
  'a hundred': 100,
  'one hundred': 100,
  hundred: 100,
  half: 0.5,
};
const MAGNITUDES: Record<string, number> = {
  hundred: 1e2,
  thousand: 1e3,
  k: 1e3,
  million: 1e6,
  mn: 1e6,
  m: 1e6,
  billion: 1e9,
  bn: 1e9,
  b: 1e9,
  trillion: 1e12,
  tn: 1e12,
};
const SYMBOLS: Record<string, string> = {
  $: 'USD',
  US$: 'USD',
  A$: 'AUD',
  AU$: 'AUD',
  C$: 'CAD',
  CA$: 'CAD',
  NZ$: 'NZD',
  HK$: 'HKD',
  S$: 'SGD',
  R$: 'BRL',
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
  '₿': 'XBT',
};
const NAMES: Record<string, string> = {
  dollar: 'USD',
  buck: 'USD',
  cent: 'USD',
  euro: 'EUR',
  pound: 'GBP',
  pence: 'GBP',
  yen: 'JPY',
  yuan: 'CNY',
  renminbi: 'CNY',
  rupee: 'INR',
  ruble: 'RUB',
  rouble: 'RUB',
  won: 'KRW',
  franc: 'CHF',
  krone: 'NOK',
  krona: 'SEK',
  peso: 'MXN',
  lira: 'TRY',
  rand: 'ZAR',
  shekel: 'ILS',
  zloty: 'PLN',
  real: 'BRL',
  dirham: 'AED',
  riyal: 'SAR',
  baht: 'THB',
};
const HUNDREDTHS = new Set(['cent', 'pence']);
const QUALIFIED: Record<string, string> = {
  'us dollar': 'USD',
  'u.s. dollar': 'USD',
  'american dollar': 'USD',
  'canadian dollar': 'CAD',
  'australian dollar': 'AUD',
  'hong kong dollar': 'HKD',
  'new zealand dollar': 'NZD',
  'singapore dollar': 'SGD',
  'british pound': 'GBP',
  'swiss franc': 'CHF',
  'indian rupee': 'INR',
  'danish krone': 'DKK',
  'norwegian krone': 'NOK',
  'swedish krona': 'SEK',
  'mexican peso': 'MXN',
  'pound sterling': 'GBP',
};
const CODES =
  'USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|CNY|RMB|INR|RUB|KRW|SEK|NOK|DKK|PLN|CZK|HUF|TRY|ZAR|BRL|MXN|SGD|HKD|ILS|AED|SAR|THB|VND|NGN|UAH';

const words = (keys: string[]) =>
  [...keys]
    .sort((a, b) => b.length - a.length)
    .map((k) => k.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('|');
const GAP = String.raw`[ \u00A0\u202F]?`;
const MAGNITUDE = String.raw`(?:${GAP}-?(?<magnitude>${words(Object.keys(MAGNITUDES))})(?![\p{L}\p{Nd}]))?`;
const RANGE = String.raw`(?:${GAP}(?:-|–|to)${GAP}(?:[\p{Sc}])?\p{Nd}{1,9}(?:[.,]\p{Nd}{1,9})?)?`;
const SYMBOL_FIRST = String.raw`(?<symbol>(?<!\p{L})(?:[A-Z]{1,2})?\p{Sc}|(?<!\p{L})(?:${CODES})(?= ?\p{Nd}))${GAP}(?<n1>${NUMBER.replace('(?<![\\p{Nd}.,])', '')})${RANGE}`;
const NAME_LAST = String.raw`(?:(?<n2>${NUMBER})|(?<![\p{L}-])(?<w2>${words(Object.keys(WORD_NUMBERS))}))(?:${GAP}-?(?<magnitude2>${words(Object.keys(MAGNITUDES).filter((m) => m.length > 2))})(?!\p{L}))?(?:${GAP}-?)(?<name>(?:${words(Object.keys(QUALIFIED))}|${words(Object.keys(NAMES))})s?(?![\p{L}\p{Nd}])|(?:${CODES})(?![\p{L}\p{Nd}])|[€£])`;
const MONEY = new RegExp(`${SYMBOL_FIRST}${MAGNITUDE}|${NAME_LAST}`, 'giu');
const PERCENT = new RegExp(
  String.raw`(?<number>[-−+]?${NUMBER})${GAP}-?(?:%|percent(?:age points?)?(?!\p{L})|per cent(?!\p{L})|pct(?!\p{L}))`,
  'giu',
);

const toNumber = (digits: string) => Number(digits.replace(/,/g, '').replace('−', '-'));

function amountOf(groups: Record<string, string | undefined>): { amount: number; currency: string | null } | undefined {
  const magnitude = groups.magnitude ?? groups.magnitude2;
  const factor = magnitude === undefined ? 1 : (MAGNITUDES[magnitude.toLowerCase()] as number);
  if (groups.symbol !== undefined) {
    const symbol = groups.symbol.toUpperCase();
    const currency =
      SYMBOLS[symbol] ?? (/^[A-Z]{3}$/.test(symbol) ? symbol : (SYMBOLS[symbol.at(-1) as string] ?? null));
    return { amount: toNumber(groups.n1 as string) * factor, currency: currency === 'RMB' ? 'CNY' : currency };
  }
  const name = (groups.name as string).toLowerCase();
  const singular = name.endsWith('s') ? name.slice(0, -1) : name;
  const base = QUALIFIED[singular] ?? NAMES[name] ?? NAMES[singular] ?? SYMBOLS[name] ?? name.toUpperCase();
  const value = groups.n2 !== undefined ? toNumber(groups.n2) : WORD_NUMBERS[(groups.w2 as string).toLowerCase()];
  if (value === undefined) return undefined;
  const share = HUNDREDTHS.has(singular) || HUNDREDTHS.has(name) ? 0.01 : 1;
  return { amount: value * factor * share, currency: base === 'RMB' ? 'CNY' : base };
}

/** "$3.5 million", "EUR 20", "five thousand dollars", with amount and ISO 4217 code ($ alone is read as USD). */
export function findMoney(text: string): RuleMatch[] {
  const out: RuleMatch[] = [];
  for (const match of text.matchAll(MONEY)) {
    const amount = amountOf(match.groups as Record<string, string | undefined>);
    const start = match.index;
    if (amount === undefined) continue;
    out.push({ label: 'MONEY', start, end: start + match[0].length, value: { kind: 'money', ...amount } });
  }
  return out;
}

/** "12.5 %", "7 percent": the fraction is of 1. */
export function findPercents(text: string): RuleMatch[] {
  return [...text.matchAll(PERCENT)].map((match) => ({
    label: 'PERCENT',
    start: match.index,
    end: match.index + match[0].length,
    value: { kind: 'percent', fraction: toNumber((match.groups as { number: string }).number) / 100 },
  }));
}
