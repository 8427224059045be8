/** A piece of a text. `start` and `end` are UTF-16 offsets: `text.slice(start, end)` is the token. */
export interface Token {
  text: string;
  start: number;
  end: number;
}

/** A stretch of a text, in UTF-16 offsets. */
export interface TextRange {
  start: number;
  end: number;
}

// One sticky pattern, tried at each place that no token covers. Every part is either unambiguous or bounded, so that a
// text is read in time linear in its length (an e-mail's local part has 64 characters at most, RFC 5321).
const LETTER = String.raw`[\p{L}\p{M}\p{Nd}_\u00AD\u200C\u200D]`;
const SPACED = String.raw`(?![\p{Script=Han}\p{Script=Hiragana}])${LETTER}`;
const PIECES = [
  // words of URLs and e-mail
  String.raw`(?:https?:\/\/|www\.)[^\s<>"\p{Cc}]{1,2048}`,
  String.raw`[\p{L}\p{Nd}._%+-]{1,64}@[\p{L}\p{Nd}-]{1,63}(?:\.[\p{L}\p{Nd}-]{1,63}){1,8}`,
  // #tag, @name
  `[#@]${SPACED}+`,
  // US$, A$, €
  String.raw`[A-Z]{0,3}\p{Sc}`,
  // emoji: flags, keycaps, and sequences joined by ZWJ
  String.raw`\p{Regional_Indicator}{2}`,
  String.raw`[0-9#*]\uFE0F?\u20E3`,
  String.raw`\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?(?:\u200D\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?)*`,
  // 1,000.50  10:30  1996-08-22  24/7
  String.raw`\p{Nd}+(?:[.,:\/-]\p{Nd}+)*(?![\p{L}\p{M}_])`,
  // initials and abbreviations of single letters: U.S.  e.g.  J.
  String.raw`(?:\p{L}\.){2,16}(?!${LETTER})|\p{Lu}\.(?=\s)`,
  // ideographs and Hiragana one by one
  String.raw`[\p{Script=Han}\p{Script=Hiragana}]\p{M}*`,
  // words, with inner hyphens, apostrophes, ampersands and periods
  `${SPACED}+(?:[-'’&.]${SPACED}+)*`,
  // runs: ...  --  ==
  String.raw`\.{2,}|-{2,}|={2,}|\*{2,}|_{2,}|~{2,}`,
  // anything else alone, with its marks; a lone surrogate too
  String.raw`[^\s\p{Cc}]\p{M}*`,
];
const TOKEN = new RegExp(PIECES.map((piece) => `(${piece})`).join('|'), 'uy');
const URL_GROUP = 1;
const WORD_GROUP = 11;
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

/**
 * Words, punctuation, numbers, currency, URLs, e-mail addresses, emoji: what the tagger calls a word. White space and
 * control characters are left out, everything else is in exactly one token, so that offsets lead back to the text.
 * Linear in the text's length, whatever the text.
 */
export function tokenize(text: string, range: TextRange = { start: 0, end: text.length }): Token[] {
  const tokens: Token[] = [];
  const source = range.end === text.length ? text : text.slice(0, range.end);
  let at = range.start;
  while (at < source.length) {
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
    if (match[URL_GROUP] !== undefined) {
      end -= TRAILING.exec(match[0].slice(-64))?.[0].length ?? 0;
      if (end <= at) end = TOKEN.lastIndex;
      push(tokens, text, at, end);
    } else if (match[WORD_GROUP] !== undefined) {
      if (source[end] === '.' && ABBREVIATIONS.has(match[0].toLowerCase())) push(tokens, text, at, ++end);
      else pushWord(tokens, text, at, end);
    } else {
      push(tokens, text, at, end);
    }
    at = end;
  }
  return tokens;
}
