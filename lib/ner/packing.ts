import { DataError } from '../errors';
import type { NativeSentences } from '../native';
import { show } from '../validate';

/** Words joined into one string with their lengths: how texts cross into native code. */
export function packTexts(texts: readonly string[]): { text: string; lengths: Int32Array } {
  const lengths = new Int32Array(texts.length);
  for (let i = 0; i < texts.length; i++) lengths[i] = (texts[i] as string).length;
  return { text: texts.join(''), lengths };
}

function checkTokens(tokens: unknown, s: number): asserts tokens is string[] {
  if (!Array.isArray(tokens))
    throw new DataError(`Expected sentence ${s} to be an array of words, received ${show(tokens)}.`);
  for (let i = 0; i < tokens.length; i++) {
    if (typeof tokens[i] !== 'string') {
      throw new DataError(`Expected word ${i} of sentence ${s} to be a string, received ${show(tokens[i])}.`);
    }
  }
}

function packFeatures(sentences: readonly (readonly string[])[], features: readonly (string[][] | undefined)[]) {
  if (features.every((f) => f === undefined)) return null;
  const flat: string[] = [];
  const counts: number[] = [];
  sentences.forEach((tokens, s) => {
    const own = features[s];
    if (own !== undefined && (!Array.isArray(own) || own.length !== tokens.length)) {
      throw new DataError(
        `Expected \`features\` of sentence ${s} to have a list for each of its ${tokens.length} words.`,
      );
    }
    tokens.forEach((_, i) => {
      const list = own?.[i] ?? [];
      if (!Array.isArray(list) || list.some((f) => typeof f !== 'string')) {
        throw new DataError(
          `Expected the features of word ${i} of sentence ${s} to be strings, received ${show(list)}.`,
        );
      }
      for (const feature of list) flat.push(feature);
      counts.push(list.length);
    });
  });
  return { ...packTexts(flat), counts: Int32Array.from(counts) };
}

/** Sentences in the form of the native calls. Throws DataError naming the sentence and word that is wrong. */
export function packSentences(
  sentences: readonly (readonly string[])[],
  features: readonly (string[][] | undefined)[] = [],
): NativeSentences {
  const counts = new Int32Array(sentences.length);
  const words: string[] = [];
  for (let s = 0; s < sentences.length; s++) {
    const tokens = sentences[s];
    checkTokens(tokens, s);
    counts[s] = tokens.length;
    for (const token of tokens) words.push(token);
  }
  const { text, lengths } = packTexts(words);
  return [text, lengths, counts, features.length === 0 ? null : packFeatures(sentences, features)];
}
