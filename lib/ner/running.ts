import { mergeRuleEntities } from './merge';
import { spansToTags, tagsToSpans } from './scheme';

const NO_SPACE_BEFORE = /^(?:[,.;:!?)\]%]|'s|n't|’s)/;
const NO_SPACE_AFTER = /[([$€£#]$/;

/** "59 . 5" and "530 , 000" are numbers that a tokenizer took apart. */
const isInsideNumber = (text: string, token: string): boolean =>
  /\d[.,]$/.test(text) && (text.endsWith('.') ? /^\d/ : /^\d{3}$/).test(token);

/** Words as running text, and where each begins and ends. */
function running(tokens: readonly string[]): { text: string; places: { start: number; end: number }[] } {
  let text = '';
  const places = tokens.map((token) => {
    const joined = NO_SPACE_BEFORE.test(token) || NO_SPACE_AFTER.test(text) || isInsideNumber(text.slice(-8), token);
    if (text !== '' && !joined) text += ' ';
    text += token;
    return { start: text.length - token.length, end: text.length };
  });
  return { text, places };
}

/**
 * The tags of a sentence with what the rules find merged in: the words are written as running text, entities are merged
 * there as in extractEntities, and led back to the words. In BIO.
 */
export function mergeRuleTags(tokens: readonly string[], tags: readonly string[]): string[] {
  const { text, places } = running(tokens);
  const learned = tagsToSpans(tags).map(({ start, end, type }) => {
    const [from, to] = [places[start]!.start, places[end - 1]!.end];
    return { text: text.slice(from, to), label: type, start: from, end: to, score: 1 };
  });
  const merged = mergeRuleEntities(text, learned);
  const spans: { start: number; end: number; type: string }[] = [];
  let w = 0;
  for (const { label, start, end } of merged) {
    while (w < places.length && places[w]!.end <= start) w++;
    const first = w;
    while (w < places.length && places[w]!.start < end) w++;
    if (w > first) spans.push({ start: first, end: w, type: label });
  }
  return spansToTags(spans, tokens.length);
}
