// What the bundled model gives on gold words with its rules: words are written as running text, rules are merged into
// the learned entities there, and the result is led back to the words.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { mergeRuleEntities } = require('../../dist/ner/rules.js');
const { spansToTags, tagsToSpans } = require('../../dist/index.js');

const NO_SPACE_BEFORE = /^(?:[,.;:!?)\]%]|'s|n't|’s)/;
const NO_SPACE_AFTER = /[([$€£#]$/;

/** "59 . 5" and "530 , 000" are numbers that a tokenizer took apart. */
const insideNumber = (text, token) => /\d[.,]$/.test(text) && (text.endsWith('.') ? /^\d/ : /^\d{3}$/).test(token);

/** A sentence's words as running text, and where each begins and ends. */
function running(tokens) {
  let text = '';
  const places = tokens.map((token) => {
    const joined = NO_SPACE_BEFORE.test(token) || NO_SPACE_AFTER.test(text) || insideNumber(text.slice(-8), token);
    if (text !== '' && !joined) text += ' ';
    text += token;
    return { start: text.length - token.length, end: text.length };
  });
  return { text, places };
}

/** The tags of a sentence with the rules' entities merged in. */
export function mergeRules(tokens, tags) {
  const { text, places } = running(tokens);
  const learned = tagsToSpans(tags).map(({ start, end, type }) => {
    const [from, to] = [places[start].start, places[end - 1].end];
    return { text: text.slice(from, to), label: type, start: from, end: to, score: 1 };
  });
  const spans = mergeRuleEntities(text, learned).flatMap(({ label, start, end }) => {
    const first = places.findIndex((p) => p.end > start);
    const last = places.findLastIndex((p) => p.start < end);
    return first < 0 || last < first ? [] : [{ start: first, end: last + 1, type: label }];
  });
  return spansToTags(
    spans.filter((span, k) => k === 0 || span.start >= spans[k - 1].end),
    tokens.length,
  );
}
