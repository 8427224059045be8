import { DataError } from '../errors';
import { type Token, tokenize } from '../text';
import { show } from '../validate';
import type { TaggedSentence } from './conll';
import { type Scheme, spansToTags, tagsToSpans, type WordSpan } from './scheme';

/** An entity as a stretch of a text, in UTF-16 offsets. */
export interface CharSpan {
  start: number;
  end: number;
  label: string;
}

/** A text with the entities in it. */
export interface AnnotatedText {
  text: string;
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
 * @throws DataError naming the line
 */
export function parseJsonLines(text: string, source = 'the JSON lines'): AnnotatedText[] {
  const out: AnnotatedText[] = [];
  text.split('\n').forEach((line, n) => {
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

export function formatJsonLines(texts: readonly AnnotatedText[]): string {
  return texts.map(({ text, spans }) => `${JSON.stringify({ text, spans })}\n`).join('');
}

/**
 * The words that character spans cover. A span that begins or ends inside a word takes the whole word (`outcome`
 * 'widened'); one that covers no word is left out ('lost').
 */
export function alignSpans(
  tokens: readonly Token[],
  spans: readonly CharSpan[],
): { words: WordSpan[]; widened: CharSpan[]; lost: CharSpan[] } {
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

/** A text with spans as a tagged sentence, by our tokenizer. */
export function toTaggedSentence({ text, spans }: AnnotatedText, scheme: Scheme = 'BIO'): TaggedSentence {
  const tokens = tokenize(text);
  return {
    tokens: tokens.map((t) => t.text),
    tags: spansToTags(alignSpans(tokens, spans).words, tokens.length, scheme),
  };
}

/** The entities of tagged tokens as stretches of the text that the tokens came from. */
export function toCharSpans(tokens: readonly Token[], tags: readonly string[]): CharSpan[] {
  return tagsToSpans(tags).map(({ start, end, type }) => ({
    start: (tokens[start] as Token).start,
    end: (tokens[end - 1] as Token).end,
    label: type,
  }));
}
