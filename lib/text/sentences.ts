import { ArgumentError } from '../errors';
import { show } from '../validate';
import type { TextRange } from './tokenizer';

// Going through the segments of one long text takes time quadratic in its length in V8, so the text is read in windows.
const WINDOW = 1000;
// How far on either side of a boundary is looked to see whether it is one.
const LEFT = 40;
const RIGHT = 24;

/** Behind these goes a name or a number, never a new sentence. */
const TITLE =
  /(?:^|[\s("'“‘])(?:Messrs|Mrs|Mr|Ms|Mx|Dr|Drs|Prof|Rev|Hon|Fr|Gen|Maj|Col|Capt|Cmdr|Lt|Sgt|Cpl|Sen|Rep|Gov|Pres|Supt|vs|e\.g|i\.e|cf|viz|a\.k\.a)\.\s*$/u;
/** Behind these a sentence may end: one does if the next begins with a word that begins sentences. */
const ABBREVIATION =
  /(?:^|[\s("'“‘])(?:Inc|Corp|Co|Cos|Ltd|LLC|Bros|Jr|Sr|Esq|St|Ste|Mt|Ft|Ph\.D|Ave|Blvd|Rd|Dept|Univ|Assn|Int|Intl|Natl|etc|est|approx|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Tues|Thurs|(?:\p{L}\.)+\p{L}|\p{Lu})\.["'”’)]?\s*$/u;
const BEFORE_NUMBER =
  /(?:^|[\s("'“‘])(?:[Nn]os?|Vol|[Ff]igs?|Eqs?|Sec|Ch|Art|pp?|ca?|approx|est|Rs|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.\s*$/u;
/** "so do I." ends a sentence. */
const PRONOUN = /\p{Ll} I\.["'”’)]?\s*$/u;
const STARTERS = new Set(
  (
    'a about according after again all also although an and another any are as at because before both but by can could ' +
    'despite did do does during each even every few finally first for from had has have he her here his how however i if ' +
    'in instead is it its last later let many maybe meanwhile more moreover most my neither never nevertheless next no ' +
    'nobody nor not nothing now of on once one only or other our perhaps please several she should similarly since so ' +
    'some soon still such than thank that the their then there therefore these they this those though thus to today ' +
    'together under unlike until we well were what when where whether which while who why will with would yes yet you your'
  ).split(' '),
);
/** A company's legal form behind a name that ends in "!" or "?". */
const LEGAL_FORM = /^(?:Inc|Corp|Co|Ltd|LLC|plc|GmbH|AG|SA)\b/;

/** Lines of text that was wrapped at some width: what stands on two of them may be one sentence. */
const WRAPPED_LINE = { min: 50, max: 120 };

const segmenters = new Map<string, Intl.Segmenter>();

function segmenter(locale: string): Intl.Segmenter {
  let found = segmenters.get(locale);
  if (found === undefined) {
    try {
      found = new Intl.Segmenter(locale, { granularity: 'sentence' });
    } catch (cause) {
      throw new ArgumentError(`Expected \`locale\` to be a language tag such as 'en', received ${show(locale)}.`, {
        cause,
      });
    }
    segmenters.set(locale, found);
  }
  return found;
}

/** Does the sentence go on over a line's end, in text that was wrapped? */
function isWrapped(window: string, index: number): boolean {
  const left = window.slice(Math.max(0, index - WRAPPED_LINE.max - 2), index);
  if (!/[^\s.!?:;]\r?\n$/.test(left) || !/^[\p{L}\p{Nd}]/u.test(window.slice(index, index + 2))) return false;
  const line = left.trimEnd();
  const length = line.length - line.lastIndexOf('\n') - 1;
  return length >= WRAPPED_LINE.min && length <= WRAPPED_LINE.max;
}

/** Is the boundary that Intl.Segmenter sees at `index` inside a sentence? */
function isInside(window: string, index: number): boolean {
  const left = window.slice(Math.max(0, index - LEFT), index);
  if (/[\n\u2028\u2029]\s*$/.test(left)) return isWrapped(window, index);
  // Without a blank an ASCII mark ends nothing: "http://a.b/?q=1". (Ideographic ones do.)
  if (/[.!?]["')\]]*$/.test(left)) return true;
  const right = window.slice(index, index + RIGHT);
  if (/[!?]["'”’)]?\s+$/.test(left)) return /^\p{Ll}/u.test(right) || LEGAL_FORM.test(right);
  if (TITLE.test(left)) return true;
  if (/^\p{Nd}/u.test(right)) return BEFORE_NUMBER.test(left);
  const word = /^["'“‘(]?([\p{L}'’]+)/u.exec(right)?.[1];
  if (word === undefined || PRONOUN.test(left)) return false;
  return ABBREVIATION.test(left) && !STARTERS.has(word.toLowerCase());
}

/** Where a window without a sentence's end is best cut: behind punctuation, else between words in lower case. */
function cutOf(window: string): number {
  const half = window.length / 2;
  for (const place of [/[,;:)\]}”]\s+(?=\S)/gu, /(?<!\p{L})\p{Ll}+\s+(?=\p{Ll})/gu, /\s+(?=\S)/gu]) {
    let cut = 0;
    for (const match of window.matchAll(place)) cut = match.index + match[0].length;
    if (cut > half) return cut;
  }
  // Never inside a surrogate pair.
  const last = window.charCodeAt(window.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? window.length - 1 : window.length;
}

/** The ends of the sentences that begin in a window; those up to the last one are sure. */
function endsOf(window: string, locale: string): number[] {
  const ends: number[] = [];
  for (const { segment, index } of segmenter(locale).segment(window)) {
    if (ends.length > 0 && isInside(window, index)) ends.pop();
    ends.push(index + segment.length);
  }
  return ends;
}

/** The sentences one by one. See splitSentences. */
export function* sentencesOf(text: string, locale = 'en'): Generator<TextRange> {
  if (typeof text !== 'string') throw new ArgumentError(`Expected \`text\` to be a string, received ${show(text)}.`);
  segmenter(locale);
  for (let at = 0; at < text.length; ) {
    const window = text.slice(at, at + WINDOW);
    const isLast = at + WINDOW >= text.length;
    const ends = endsOf(window, locale);
    if (!isLast) ends.pop(); // perhaps it goes on behind the window
    if (ends.length === 0) ends.push(cutOf(window));
    let begin = 0;
    for (const end of ends) {
      yield { start: at + begin, end: at + end };
      begin = end;
    }
    at += begin;
  }
}

/**
 * The sentences of a text, by `Intl.Segmenter`, with what it cuts in two put together: titles, initials, abbreviations
 * in front of names ("J.K. Rowling", "the U.S. Senate", "Apple Inc. CEO"), addresses of the web, lines of wrapped text.
 * Ranges follow one another and cover the whole text. A sentence of more than 1,000 characters is cut, behind
 * punctuation or between words in lower case where it has any. Linear in the text's length.
 * @throws ArgumentError when `text` is no string or `locale` no language tag
 */
export function splitSentences(text: string, locale = 'en'): TextRange[] {
  return [...sentencesOf(text, locale)];
}
