import { ArgumentError } from '../errors';
import { show } from '../validate';

/** A piece of a text. `start` and `end` are UTF-16 offsets: `text.slice(start, end)` is the token. */
export interface Token {
  /** The characters from `start` to `end`. */
  text: string;
  /** Offset of the first character. */
  start: number;
  /** Offset after the last character. */
  end: number;
}

/** A stretch of a text, in UTF-16 offsets. */
export interface TextRange {
  /** Offset of the first character. */
  start: number;
  /** Offset after the last character. */
  end: number;
}

// One sticky pattern, tried at each place that no token covers. Every part is either unambiguous or bounded, so that a
// text is read in time linear in its length (an e-mail's local part has 64 characters at most, RFC 5321).
const LETTERS = String.raw`\p{L}\p{M}\p{Nd}_\u00AD\u200C\u200D`;
// of scripts that put spaces between words
const SPACED = String.raw`[[${LETTERS}]--[\p{Script=Han}\p{Script=Hiragana}]]`;
// A number and what is written onto it is one token, as in the Penn Treebank and CoNLL corpora: 1,000.50  10:30am  21st
// 1980s-90s  2020-01-02T10:00:00Z. Between digits , . : / join, between any two of its characters hyphens do.
const NUMBER = String.raw`\p{Nd}${SPACED}*(?:(?:(?<=\p{Nd})[.,:\/](?=\p{Nd})|[\-'’&])${SPACED}+)*`;
// What may follow a pictograph: a variation selector, a skin tone, or the tags that name a flag's country.
const PICTOGRAPH = String.raw`\p{Extended_Pictographic}(?:[\uFE0F\p{Emoji_Modifier}]|[\u{E0020}-\u{E007E}]{1,16}\u{E007F})?`;
const PIECES: readonly { kind?: 'url' | 'word'; pattern: string }[] = [
  // up to a blank, or punctuation of Chinese and Japanese
  { kind: 'url', pattern: String.raw`(?:https?:\/\/|www\.)[^\s<>"\p{Cc}\u3000-\u303F\uFF00-\uFFEF]{1,2048}` },
  // e-mail
  { pattern: String.raw`[\p{L}\p{Nd}._%+\-]{1,64}@[\p{L}\p{Nd}\-]{1,63}(?:\.[\p{L}\p{Nd}\-]{1,63}){1,8}` },
  // #tag, @name
  { pattern: `[#@]${SPACED}+` },
  // US$, A$, €
  { pattern: String.raw`[A-Z]{0,3}\p{Sc}` },
  // flags, keycaps, and other emoji with what ZWJ joins to them
  { pattern: String.raw`\p{Regional_Indicator}{2}` },
  { pattern: String.raw`[0-9#*]\uFE0F?\u20E3` },
  { pattern: String.raw`${PICTOGRAPH}(?:\u200D${PICTOGRAPH})*` },
  { kind: 'word', pattern: NUMBER },
  // initials and abbreviations of single letters: U.S.  e.g.  J.
  { pattern: String.raw`(?:\p{L}\.){2,16}(?![${LETTERS}])|\p{Lu}\.(?=\s)` },
  // ideographs and Hiragana one by one
  { pattern: String.raw`[\p{Script=Han}\p{Script=Hiragana}]\p{M}*` },
  // words, with inner hyphens, apostrophes, ampersands and periods
  { kind: 'word', pattern: String.raw`${SPACED}+(?:[\-'’&.]${SPACED}+)*` },
  // runs: ...  --  ==
  { pattern: String.raw`\.{2,}|-{2,}|={2,}|\*{2,}|_{2,}|~{2,}` },
  // anything else alone, with its marks; a lone surrogate too
  { pattern: String.raw`[^\s\p{Cc}]\p{M}*` },
];
const TOKEN = new RegExp(PIECES.map(({ pattern }) => `(${pattern})`).join('|'), 'vy');
const groupsOf = (kind: 'url' | 'word') => PIECES.flatMap((piece, k) => (piece.kind === kind ? [k + 1] : []));
const URL_GROUPS = groupsOf('url');
const WORD_GROUPS = groupsOf('word');
const [LINE_FEED, SPACE, COMMA] = [10, 32, 44];

/** Where the letters of ASCII from `at` on end. */
function endOfLetters(text: string, at: number): number {
  let end = at;
  for (let unit = text.charCodeAt(end) | 32; unit >= 97 && unit <= 122; unit = text.charCodeAt(end) | 32) end++;
  return end;
}

const SKIPPED = /[\s\p{Cc}]+/uy;
const TRAILING = /[.,;:!?'"’”)\]}>*]+$/u;
const CONTRACTION = /^(.+?)(n['’]t|['’](?:s|re|ve|ll|d|m))$/iu;
const ABBREVIATIONS = new Set(
  (
    'mr mrs ms dr prof rev gen col capt lt sgt sen rep gov st jr sr inc corp co ltd llc bros dept univ vs etc no vol fig ' +
    'jan feb mar apr jun jul aug sep sept oct nov dec mt ft approx est'
  ).split(' '),
);

function push(tokens: Token[], text: string, start: number, end: number): void {
  if (end > start) tokens.push({ text: text.slice(start, end), start, end });
}

/** A word's own parts: "can't" is "ca" + "n't", "Apple's" is "Apple" + "'s" (Penn Treebank). */
function pushWord(tokens: Token[], text: string, start: number, end: number): void {
  // A contraction's ending is looked for in the last characters of a word of moderate length only.
  const parts = end - start <= 64 ? CONTRACTION.exec(text.slice(start, end)) : null;
  const cut = parts === null ? end : start + (parts[1] as string).length;
  push(tokens, text, start, cut);
  push(tokens, text, cut, end);
}

/** How much behind an address is not its own: punctuation, and brackets that were not opened in it: ".../Mercury_(planet)". */
function trailingOf(url: string): number {
  const trailing = TRAILING.exec(url.slice(-64))?.[0] ?? '';
  const inside = url.slice(0, url.length - trailing.length);
  const closes = trailing.startsWith(')') && inside.lastIndexOf('(') > inside.lastIndexOf(')');
  return trailing.length - (closes ? 1 : 0);
}

function checkedRange(text: unknown, range: TextRange | undefined): TextRange {
  if (typeof text !== 'string') throw new ArgumentError(`Expected \`text\` to be a string, received ${show(text)}.`);
  const { start, end } = range ?? { start: 0, end: text.length };
  const whole = Number.isInteger(start) && Number.isInteger(end);
  if (!whole || start < 0 || end < start || end > text.length) {
    throw new ArgumentError(
      `Expected \`range\` to be { start, end } within the text's ${text.length} UTF-16 units, received { start: ${show(start)}, end: ${show(end)} }.`,
    );
  }
  return { start, end };
}

/**
 * Words, punctuation, numbers, currency, URLs, e-mail addresses, emoji: what the tagger calls a word. White space and
 * control characters are left out, everything else is in exactly one token, so that offsets lead back to the text.
 * Numbers keep what is written onto them ("21st", "2.5bn", "10:30am"). Linear in the text's length, whatever the text.
 * @param range the part to read, in UTF-16 offsets; default the whole text
 * @throws ArgumentError when `text` is no string or `range` is not within it
 */
export function tokenize(text: string, range?: TextRange): Token[] {
  const { start, end: stop } = checkedRange(text, range);
  const tokens: Token[] = [];
  const source = stop === text.length ? text : text.slice(0, stop);
  let at = start;
  while (at < source.length) {
    // Most blanks, and most words of most texts: a shortcut to what SKIPPED and TOKEN would find.
    if (source.charCodeAt(at) === SPACE) {
      at++;
      continue;
    }
    const plain = endOfLetters(source, at);
    const next = plain > at ? source.charCodeAt(plain) : 0;
    if (next === SPACE || next === COMMA || next === LINE_FEED) {
      push(tokens, text, at, plain);
      at = plain;
      continue;
    }
    SKIPPED.lastIndex = at;
    if (SKIPPED.test(source)) {
      at = SKIPPED.lastIndex;
      continue;
    }
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(source);
    if (match === null) {
      at++; // unreachable while the last piece takes anything
      continue;
    }
    let end = TOKEN.lastIndex;
    if (URL_GROUPS.some((group) => match[group] !== undefined)) {
      end = Math.max(at + 1, end - trailingOf(match[0]));
      push(tokens, text, at, end);
    } else if (WORD_GROUPS.some((group) => match[group] !== undefined)) {
      if (source[end] === '.' && ABBREVIATIONS.has(match[0].toLowerCase())) push(tokens, text, at, ++end);
      else pushWord(tokens, text, at, end);
    } else {
      push(tokens, text, at, end);
    }
    at = end;
  }
  return tokens;
}
