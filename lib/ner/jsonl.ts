import { ArgumentError, DataError, ShapeError } from '../errors';
import { type Token, tokenize } from '../text';
import { show } from '../validate';
import { type Scheme, spansToTags, tagsToSpans, type WordSpan } from './scheme';
import type { TaggedSentence } from './sentence';

/** An entity as a stretch of a text, in UTF-16 offsets. */
export interface CharSpan {
  start: number;
  end: number;
  label: string;
}

/** A text with the entities in it. */
export interface AnnotatedText {
  /** The whole text. */
  text: string;
  /** Its entities. */
  spans: CharSpan[];
}

function readSpan(value: unknown, where: string, length: number): CharSpan {
  const from = Array.isArray(value) ? { start: value[0], end: value[1], label: value[2] } : value;
  const { start, end, label } = (from ?? {}) as CharSpan;
  const ok = Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end > start && end <= length;
  if (!ok || typeof label !== 'string' || label === '') {
    throw new DataError(
      `Expected the spans of ${where} to be { start, end, label } inside its ${length} characters, received ${show(JSON.stringify(value) ?? value)}.`,
    );
  }
  return { start, end, label };
}

/** Sorted, and refused when two of them overlap. */
function checkSpans(spans: CharSpan[], where: string): CharSpan[] {
  const sorted = [...spans].sort((a, b) => a.start - b.start || a.end - b.end);
  sorted.forEach((span, i) => {
    const before = sorted[i - 1];
    if (before !== undefined && span.start < before.end) {
      throw new DataError(
        `Expected the spans of ${where} not to overlap: ${before.label} [${before.start}, ${before.end}) and ${span.label} [${span.start}, ${span.end}).`,
      );
    }
  });
  return sorted;
}

/**
 * Reads JSON lines `{"text": "...", "spans": [{"start": 0, "end": 5, "label": "ORG"}]}`; `entities` or `label` (as
 * doccano writes it) for `spans`, and [start, end, label] triples, are understood. Offsets are UTF-16 units.
 * @throws DataError naming the line; ArgumentError when `text` is no string
 */
export function parseJsonLines(text: string, source = 'the JSON lines'): AnnotatedText[] {
  if (typeof text !== 'string') throw new ArgumentError(`Expected \`text\` to be a string, received ${show(text)}.`);
  const out: AnnotatedText[] = [];
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .forEach((line, n) => {
      if (line.trim() === '') return;
      const where = `line ${n + 1} of ${source}`;
      let value: Record<string, unknown>;
      try {
        value = JSON.parse(line);
      } catch (cause) {
        throw new DataError(`Expected ${where} to be JSON: ${(cause as Error).message}.`, { cause });
      }
      const spans = value?.spans ?? value?.entities ?? value?.label ?? [];
      if (typeof value?.text !== 'string' || !Array.isArray(spans)) {
        throw new DataError(`Expected ${where} to be { text, spans }, received ${show(line)}.`);
      }
      const content = value.text;
      out.push({
        text: content,
        spans: checkSpans(
          spans.map((span) => readSpan(span, where, content.length)),
          where,
        ),
      });
    });
  return out;
}

/**
 * Writes JSON lines that parseJsonLines reads back: spans are sorted.
 * @throws DataError for what parseJsonLines would refuse; ArgumentError when `texts` is no array
 */
export function formatJsonLines(texts: readonly AnnotatedText[]): string {
  if (!Array.isArray(texts)) throw new ArgumentError(`Expected \`texts\` to be an array, received ${show(texts)}.`);
  return texts
    .map((annotated, k) => {
      const { text, spans } = checkAnnotated(annotated, `text ${k}`);
      return `${JSON.stringify({ text, spans })}\n`;
    })
    .join('');
}

/** The text and its spans, checked and sorted. */
function checkAnnotated(value: unknown, where: string): AnnotatedText {
  const { text, spans } = (value ?? {}) as AnnotatedText;
  if (typeof text !== 'string' || !Array.isArray(spans)) {
    throw new DataError(`Expected ${where} to be { text, spans }, received ${show(value)}.`);
  }
  return {
    text,
    spans: checkSpans(
      spans.map((span) => readSpan(span, where, text.length)),
      where,
    ),
  };
}

/**
 * The words that character spans cover. A span that begins or ends inside a word takes the whole word (`outcome`
 * 'widened'); one that covers no word is left out ('lost').
 * @throws DataError for spans that overlap; ArgumentError for what are no arrays
 */
export function alignSpans(
  tokens: readonly Token[],
  spans: readonly CharSpan[],
): { words: WordSpan[]; widened: CharSpan[]; lost: CharSpan[] } {
  if (!Array.isArray(tokens) || !Array.isArray(spans)) {
    throw new ArgumentError(
      `Expected \`tokens\` and \`spans\` to be arrays, received ${show(tokens)}, ${show(spans)}.`,
    );
  }
  const words: WordSpan[] = [];
  const widened: CharSpan[] = [];
  const lost: CharSpan[] = [];
  let at = 0;
  for (const span of checkSpans([...spans], 'the text')) {
    while (at < tokens.length && (tokens[at] as Token).end <= span.start) at++;
    let end = at;
    while (end < tokens.length && (tokens[end] as Token).start < span.end) end++;
    const before = words.at(-1);
    if (before !== undefined && before.end > at) at = before.end;
    if (end <= at) {
      lost.push(span);
      continue;
    }
    words.push({ start: at, end, type: span.label });
    const exact = (tokens[at] as Token).start === span.start && (tokens[end - 1] as Token).end === span.end;
    if (!exact) widened.push(span);
  }
  return { words, widened, lost };
}

/**
 * A text with spans as a tagged sentence, by our tokenizer. `widened` are the spans that begin or end inside a word and
 * took the whole of it, `lost` those that cover no word of their own: they are not among the tags.
 * @throws DataError for spans that overlap or leave the text
 */
export function toTaggedSentence(
  annotated: AnnotatedText,
  scheme: Scheme = 'BIO',
): TaggedSentence & { widened: CharSpan[]; lost: CharSpan[] } {
  const { text, spans } = checkAnnotated(annotated, 'the text');
  const tokens = tokenize(text);
  const { words, widened, lost } = alignSpans(tokens, spans);
  return {
    tokens: tokens.map((t) => t.text),
    tags: spansToTags(words, tokens.length, scheme),
    widened,
    lost,
  };
}

/** The entities of tagged tokens as stretches of the text that the tokens came from. */
export function toCharSpans(tokens: readonly Token[], tags: readonly string[]): CharSpan[] {
  if (!Array.isArray(tokens) || !Array.isArray(tags) || tokens.length !== tags.length) {
    const [words, received] = [tokens, tags].map((list) => (Array.isArray(list) ? String(list.length) : show(list)));
    throw new ShapeError(`Expected \`tags\` to have a tag for each of the words, received ${received} for ${words}.`);
  }
  return tagsToSpans(tags).map(({ start, end, type }) => ({
    start: (tokens[start] as Token).start,
    end: (tokens[end - 1] as Token).end,
    label: type,
  }));
}
