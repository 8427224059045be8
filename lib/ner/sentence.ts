import { ArgumentError, DataError } from '../errors';
import { show } from '../validate';
import { parseTag, UNKNOWN_TAG } from './scheme';

/** A sentence with one tag a word. */
export interface TaggedSentence {
  tokens: string[];
  /** In any scheme; `'?'` is a word of which nothing is known (training only). */
  tags: string[];
  /** The caller's own features of each word (training, tagging and evaluation). */
  features?: string[][];
  /** The types that this sentence's source annotates, when not all: elsewhere `O` says nothing of other types. */
  annotates?: string[];
  /** Other columns of a CoNLL file, for each word: part of speech, chunk. Nothing is learned from them. */
  columns?: string[][];
  /** The number of its document in a CoNLL file that marks them. */
  document?: number;
}

/** Refuses what is no sentence: words and tags differ in number, wrong tags, `annotates` that is no list of types. */
export function checkSentence(sentence: unknown, s: number): asserts sentence is TaggedSentence {
  const { tokens, tags, annotates } = (sentence ?? {}) as TaggedSentence;
  if (!Array.isArray(tokens) || !Array.isArray(tags)) {
    throw new DataError(
      `Expected sentence ${s} to be { tokens: string[], tags: string[] }, received ${show(tokens)} and ${show(tags)}.`,
    );
  }
  if (tokens.length !== tags.length) {
    throw new DataError(
      `Expected sentence ${s} to have a tag for each of its ${tokens.length} words, received ${tags.length}.`,
    );
  }
  const isList = annotates === undefined || Array.isArray(annotates);
  if (!isList || annotates?.some((type) => typeof type !== 'string' || type === '')) {
    throw new DataError(
      `Expected \`annotates\` of sentence ${s} to be an array of types such as ['PER', 'LOC'], received ${show(annotates)}.`,
    );
  }
  tags.forEach((tag, i) => {
    if (tag === UNKNOWN_TAG) return;
    let type: string | undefined;
    try {
      type = parseTag(tag)?.type;
    } catch (cause) {
      throw new DataError(`Sentence ${s}, word ${i}: ${(cause as Error).message}`, { cause });
    }
    if (type !== undefined && annotates !== undefined && !annotates.includes(type)) {
      throw new DataError(
        `Expected the entities of sentence ${s} to be of the types that it annotates (${annotates.join(', ')}), word ${i} is ${tag}.`,
      );
    }
  });
}

/** Refuses what is no array of sentences. */
export function checkSentences(sentences: unknown, name: string): asserts sentences is readonly TaggedSentence[] {
  if (!Array.isArray(sentences)) {
    throw new ArgumentError(`Expected \`${name}\` to be an array of sentences, received ${show(sentences)}.`);
  }
  sentences.forEach(checkSentence);
}

/** Refuses '?' where tags are compared: there is nothing to compare with. */
export function checkKnown(sentences: readonly TaggedSentence[], name: string): void {
  sentences.forEach(({ tags }, s) => {
    const i = tags.indexOf(UNKNOWN_TAG);
    if (i >= 0) {
      throw new DataError(
        `Expected the tags of \`${name}\` to be known, sentence ${s} has '?' at word ${i}: '?' is for training only.`,
      );
    }
  });
}
