import { DataError } from '../errors';
import type { NativeSentences } from '../native';
import { show } from '../validate';
import type { TaggedSentence } from './sentence';
import type { Turns } from './turns';

/** Words joined into one string with their lengths: how texts cross into native code. */
export function packTexts(texts: readonly string[]): { text: string; lengths: Int32Array } {
  const lengths = new Int32Array(texts.length);
  for (let i = 0; i < texts.length; i++) lengths[i] = texts[i]!.length;
  return { text: texts.join(''), lengths };
}

/** Collects sentences one by one, checked. */
class Packer {
  readonly #words: string[] = [];
  readonly #counts: number[] = [];
  #features: string[] | undefined;
  readonly #featureCounts: number[] = [];

  get words(): number {
    return this.#words.length;
  }

  add(tokens: unknown, features: unknown, s: number): void {
    if (!Array.isArray(tokens))
      throw new DataError(`Expected sentence ${s} to be an array of words, received ${show(tokens)}.`);
    tokens.forEach((token, i) => {
      if (typeof token !== 'string') {
        throw new DataError(`Expected word ${i} of sentence ${s} to be a string, received ${show(token)}.`);
      }
      this.#words.push(token);
    });
    this.#counts.push(tokens.length);
    if (features !== undefined) this.#addFeatures(tokens.length, features, s);
    else if (this.#features !== undefined) for (const _ of tokens) this.#featureCounts.push(0);
  }

  #addFeatures(count: number, features: unknown, s: number): void {
    if (!Array.isArray(features) || features.length !== count) {
      const received = Array.isArray(features) ? String(features.length) : show(features);
      throw new DataError(
        `Expected \`features\` of sentence ${s} to have a list for each of its ${count} words, received ${received}.`,
      );
    }
    if (this.#features === undefined) {
      this.#features = [];
      // The sentences before had none.
      for (let i = this.#words.length - count; i > 0; i--) this.#featureCounts.push(0);
    }
    for (let i = 0; i < count; i++) {
      const list = features[i] ?? [];
      if (!Array.isArray(list) || list.some((feature) => typeof feature !== 'string')) {
        throw new DataError(
          `Expected the features of word ${i} of sentence ${s} to be strings, received ${show(list)}.`,
        );
      }
      for (const feature of list) this.#features.push(feature);
      this.#featureCounts.push(list.length);
    }
  }

  done(): NativeSentences {
    const { text, lengths } = packTexts(this.#words);
    const features =
      this.#features === undefined
        ? null
        : { ...packTexts(this.#features), counts: Int32Array.from(this.#featureCounts) };
    return [text, lengths, Int32Array.from(this.#counts), features];
  }
}

type Features = readonly (string[][] | undefined)[];

/** Sentences in the form of the native calls. Throws DataError naming the sentence and word that is wrong. */
export function packSentences(sentences: readonly (readonly string[])[], features: Features = []): NativeSentences {
  const packer = new Packer();
  for (let s = 0; s < sentences.length; s++) packer.add(sentences[s], features[s], s);
  return packer.done();
}

/** The same of tagged sentences, with turns for the event loop. */
export async function packTagged(sentences: readonly TaggedSentence[], turns: Turns): Promise<NativeSentences> {
  const packer = new Packer();
  for (let s = 0; s < sentences.length; s++) {
    packer.add(sentences[s]!.tokens, sentences[s]!.features, s);
    if ((s & 255) === 0) await turns.pause();
  }
  return packer.done();
}

/** Sentences first..end-1 of some. */
export interface Batch {
  readonly first: number;
  readonly end: number;
  readonly packed: NativeSentences;
}

/** Sentences in batches of some thousand words. */
export function* packBatches(
  sentences: readonly (readonly string[])[],
  features: Features,
  words: number,
): Generator<Batch> {
  let packer = new Packer();
  let first = 0;
  for (let s = 0; s < sentences.length; s++) {
    packer.add(sentences[s], features[s], s);
    if (packer.words < words && s + 1 < sentences.length) continue;
    yield { first, end: s + 1, packed: packer.done() };
    packer = new Packer();
    first = s + 1;
  }
}
