import { type CurrencyMark, currencyAfter, currencyBefore, letterBefore, WORDLIKE_CODES } from './currencies';
import { type NumberPhrase, toNumber } from './numbers';
import type { Finding } from './rules';

const BLANK = '[ \\u00A0\\u202F]';
/** What money is done with: beside one of these "200 pounds" are no weight. */
const MONEY_WORD =
  /\b(?:pay|pays|paid|paying|payment|cost|costs|costing|price|priced|prices|worth|spend|spends|spent|spending|sold|sell|sells|buy|buys|bought|fine|fined|fines|earn|earns|earned|salary|wages?|fees?|charges?|charged|debts?|owes?|owed|saved?|raised?|raising|donated?|bill|bills|rent|deposit|loan|loans|borrowed|lent|grant|funding|funds?|budget|prize|reward|bonus|tax|taxes|invest|invested|investment|revenues?|profits?|turnover|cheque|cash|money|for)\b/i;
const WEIGHT_WORD =
  /\b(?:weigh|weighs|weighed|weighing|weight|lost|lose|losing|gained|gain|shed|lift|lifts|lifted|heavier|lighter|heavy|overweight)\b/i;
/** "10 million pounds of debt" is money, "of beef" is not. */
const OF_MONEY =
  /^ of (?:debts?|savings?|funding|funds?|investments?|aid|taxpayers?|public|government|private|profits?|revenues?|losses|sales|cuts|cash|money|loans?|spending|the|his|her|its|their|our|my|your|fines?)\b/i;
/** Behind "won" as the name of a currency stands no word that could have been won. */
const AFTER_WON =
  /^(?:$|[.,;:!?)(\]"'”’—–-]|[ \u00A0](?:a|an|per|for|to|in|and|or|on|from|of|by|at|was|were|is|are|as|worth|each|last|this|over|under|with|through|\(|\p{P}))(?![\p{L}])/u;

/** Does what stands around a name say that it is money? */
function isMoney(text: string, phrase: NumberPhrase, mark: CurrencyMark): boolean {
  const isOne = /^(?:an?|one)$/i.test(text.slice(phrase.start, phrase.end));
  const right = text.slice(mark.end, mark.end + 24);
  if (isOne && /^[ -](?:sign|store|menu|value|figure|amount)/i.test(right)) return false;
  // the 2020 Euro, 50 Cent
  if (mark.isPlural === false && !isOne && /^\p{Lu}\p{Ll}/u.test(mark.text)) return false;
  switch (mark.needs) {
    case undefined:
      return true;
    case 'plural':
      return mark.isPlural === true;
    case 'lowerCase':
      return /^\p{Ll}/u.test(mark.text) && (!isOne || mark.name === 'cent');
    case 'large':
      return isLarge(phrase) && !isOne && AFTER_WON.test(right);
    case 'money':
      return !isOne && isMoneyNotWeight(text, phrase, mark, right);
  }
}

/** Four digits and more, or a magnitude. */
const isLarge = (phrase: NumberPhrase): boolean => phrase.exponent >= 3 || (toNumber(phrase) ?? 0) >= 1000;

function isMoneyNotWeight(text: string, phrase: NumberPhrase, mark: CurrencyMark, right: string): boolean {
  if (text[mark.start] === '-' && !isLarge(phrase)) return false; // a 10-pound baby
  if (/^ of\b/i.test(right)) return OF_MONEY.test(right);
  const left = text.slice(Math.max(0, phrase.start - 40), phrase.start);
  if (WEIGHT_WORD.test(left) || /^ (?:in weight|heavier|lighter|overweight)\b/i.test(right)) return false;
  return phrase.exponent >= 6 || MONEY_WORD.test(left) || /^ (?:an?|per|each|apiece|in cash)\b/i.test(right);
}

interface Amount {
  start: number;
  end: number;
  phrase: NumberPhrase;
  mark: CurrencyMark;
  /** The currency stands in front. */
  isFirst: boolean;
}

/** A number with its currency; undefined when it has none. `from`: the text before is taken. */
function amountOf(text: string, phrase: NumberPhrase, from: number): Amount | undefined {
  const { start, end } = phrase;
  const first = phrase.inDigits
    ? (currencyBefore(text, start) ?? (phrase.exponent >= 6 ? letterBefore(text, start) : undefined))
    : undefined;
  if (first !== undefined && first.start >= from && isCode(text, first)) {
    if (/[\p{L}\p{Nd}]/u.test(text.slice(end, end + 1))) return undefined; // $5x
    const signed = /(?<![\p{L}\p{Nd}\p{Sc}%)\].,])[-−]$/u.test(text.slice(Math.max(0, first.start - 2), first.start));
    const begin = first.start - (signed && first.start > from ? 1 : 0);
    const mark = { ...first, negative: first.negative || begin < first.start };
    const again = currencyAfter(text, end);
    // "$5 USD", "¥3 bn yuan", "$5 million US dollars"
    if (again?.code != null && again.share === 1 && again.needs === undefined && !/^[€£¥₽₺₴₫₿]/.test(again.text)) {
      return { start: begin, end: again.end, phrase, mark: { ...mark, code: again.code }, isFirst: true };
    }
    return { start: begin, end, phrase, mark, isFirst: true };
  }
  if (/[\p{L}\p{Nd}_.]$/u.test(text.slice(Math.max(from, start - 1), start))) return undefined; // v5 dollars
  const last = currencyAfter(text, end, phrase.mantissa === undefined && !phrase.inDigits);
  if (last === undefined || !isMoney(text, phrase, last) || !isCode(text, last)) return undefined;
  return { start, end: last.end, phrase, mark: last, isFirst: false };
}

/** "TRY 10" among other words in capitals is no currency. */
function isCode(text: string, mark: CurrencyMark): boolean {
  if (!WORDLIKE_CODES.has(mark.text)) return true;
  const left = text.slice(Math.max(0, mark.start - 16), mark.start);
  return (
    !/\p{Lu}{2,}[^\p{L}]*$/u.test(left) &&
    !/^[^\p{L}]*\p{Lu}{2,}/u.test(text.slice(mark.end, mark.end + 16).replace(/^[\p{Nd}.,]+/u, ''))
  );
}

const JOIN = `(?:[-–—]|${BLANK}(?:[-–—]|to|(?<and>and))${BLANK})`;
const CONNECTOR = new RegExp(`^${JOIN}(?:[A-Z]{0,3}\\p{Sc}${BLANK}?|(?:[A-Z]{3})${BLANK})?$`, 'u');

/** Are two numbers the ends of one range? */
function isRange(text: string, low: NumberPhrase, high: NumberPhrase, lowStart: number): boolean {
  if (high.start - low.end > 12 || high.start < low.end) return false;
  const between = CONNECTOR.exec(text.slice(low.end, high.start));
  if (between === null) return false;
  const before = text.slice(Math.max(0, lowStart - 9), lowStart);
  if (between.groups?.and !== undefined) return /\bbetween[ \u00A0]$/i.test(before);
  if (/\bfrom[ \u00A0]$/i.test(before)) return false; // from $5 to $10: two amounts
  return true;
}

/** The lower end of a range in the magnitude of the upper one: "$5-$10 million" is 5 to 10 million. */
function lowerEnd(low: NumberPhrase, high: NumberPhrase): NumberPhrase {
  if (low.exponent > 0 || high.exponent === 0 || low.mantissa === undefined || high.mantissa === undefined) return low;
  return Number(low.mantissa) < Number(high.mantissa) ? { ...low, exponent: high.exponent } : low;
}

const HUNDREDTH = -2;

/** Money of countries that write a point between thousands, but not in English: "€20.000" can be read in two ways. */
const POINTED = new Set('EUR BRL TRY IDR VND DKK NOK SEK ISK ARS CLP COP UYU RUB UAH PLN CZK HUF RON'.split(' '));
const isUnclear = ({ mantissa = '', exponent }: NumberPhrase, code: string | null): boolean =>
  exponent === 0 && POINTED.has(code ?? '') && /^[1-9][0-9]{0,2}\.[0-9]{3}$/.test(mantissa);

function moneyOf({ phrase, mark }: Amount, high?: NumberPhrase): Finding['value'] {
  if (isUnclear(phrase, mark.code)) return undefined;
  const shift = mark.share === 1 ? 0 : HUNDREDTH;
  const amount = toNumber(high === undefined ? phrase : lowerEnd(phrase, high), shift);
  const to = high && toNumber(high, shift);
  if (amount === undefined || (high !== undefined && (to === undefined || to <= amount))) return undefined;
  return {
    kind: 'money',
    amount: mark.negative ? -amount : amount,
    ...(to === undefined ? {} : { to }),
    currency: mark.code,
  };
}

/** The other end of a range whose lower end has the currency: "$1.5-2 billion", "$5 to $10". */
function upperEnd(text: string, low: Amount, next: NumberPhrase | undefined): Amount | undefined {
  if (next === undefined || !next.inDigits || !low.isFirst || low.end !== low.phrase.end) return undefined;
  if (!isRange(text, low.phrase, next, low.start)) return undefined;
  const own = currencyBefore(text, next.start);
  const repeats = own !== undefined && own.code === low.mark.code && own.start > low.end;
  if (own !== undefined && own.start >= low.end && !repeats) return undefined;
  const isDash = /[-–—]/.test(text.slice(low.phrase.end, next.start));
  // "paid $5 to 10 people" is one amount and no range.
  if (!repeats && !isDash && next.exponent === 0) return undefined;
  const behind = text.slice(next.end, next.end + 2);
  if (/^[\p{L}\p{Nd}]|^-[\p{L}]/u.test(behind)) return undefined;
  return { ...low, end: next.end, phrase: next };
}

/**
 * "$3.5 million", "EUR 20", "five thousand dollars", "Rs 500 crore", "50p", "$1.5-2 billion": amounts of money. Names
 * that mean other things too (won, real, rand, pound, buck) count where their surroundings say money.
 */
export function findMoney(text: string, numbers: readonly NumberPhrase[]): Finding[] {
  const out: Finding[] = [];
  let from = 0;
  const push = (start: number, end: number, value: Finding['value']) => {
    out.push({ label: 'MONEY', start, end, certain: true, ...(value === undefined ? {} : { value }) });
    from = end;
  };
  for (let i = 0; i < numbers.length; i++) {
    const phrase = numbers[i]!;
    if (phrase.start < from) continue;
    const amount = amountOf(text, phrase, from);
    if (amount === undefined) continue;
    const high = upperEnd(text, amount, numbers[i + 1]);
    if (high !== undefined) {
      push(amount.start, high.end, moneyOf(amount, high.phrase));
      continue;
    }
    const low = numbers[i - 1];
    if (!amount.isFirst && low !== undefined && low.start >= from && isRange(text, low, phrase, low.start)) {
      push(low.start, amount.end, moneyOf({ ...amount, phrase: low }, phrase));
      continue;
    }
    push(amount.start, amount.end, moneyOf(amount));
  }
  return out;
}

const PERCENT = new RegExp(
  `${BLANK}?-?(?:%|percent(?:age(?:${BLANK}|-)points?)?(?!\\p{L})|per${BLANK}cent(?!\\p{L})|pct(?!\\p{L}))`,
  'iuy',
);
const PERCENT_CONNECTOR = new RegExp(`^(?:${BLANK}?%)?${JOIN}$`, 'iu');

/** "12.5 %", "seven percent", "5 to 10 per cent": shares, as fractions of 1. */
export function findPercents(text: string, numbers: readonly NumberPhrase[]): Finding[] {
  const out: Finding[] = [];
  numbers.forEach((phrase, i) => {
    PERCENT.lastIndex = phrase.end;
    if (!PERCENT.test(text) || /[\p{L}\p{Nd}_]$/u.test(text.slice(Math.max(0, phrase.start - 1), phrase.start))) return;
    const end = PERCENT.lastIndex;
    const low = numbers[i - 1];
    const before = out.at(-1);
    const between =
      low === undefined || phrase.start - low.end > 8
        ? null
        : PERCENT_CONNECTOR.exec(text.slice(low.end, phrase.start));
    const lead = low === undefined ? '' : text.slice(Math.max(0, low.start - 9), low.start);
    const isRange =
      between !== null &&
      !/\bfrom[ \u00A0]$/i.test(lead) &&
      (between.groups?.and === undefined || /\bbetween[ \u00A0]$/i.test(lead)) &&
      !/[\p{L}\p{Nd}\p{Sc}.,-]$/u.test(lead);
    const to = toNumber(phrase, HUNDREDTH);
    if (isRange) {
      if (before !== undefined && before.end > low!.start) out.pop();
      const fraction = toNumber(low!, HUNDREDTH);
      const value =
        fraction === undefined || to === undefined || to <= fraction
          ? {}
          : { value: { kind: 'percent' as const, fraction, to } };
      out.push({ label: 'PERCENT', start: low!.start, end, certain: true, ...value });
      return;
    }
    const sign = /(?<![\p{L}\p{Nd}%)\].,])[-−+]$/u.exec(text.slice(Math.max(0, phrase.start - 2), phrase.start))?.[0];
    const value =
      to === undefined
        ? {}
        : { value: { kind: 'percent' as const, fraction: sign === undefined || sign === '+' ? to : -to } };
    out.push({ label: 'PERCENT', start: phrase.start - (sign === undefined ? 0 : 1), end, certain: true, ...value });
  });
  return out;
}
