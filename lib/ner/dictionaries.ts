import { ArgumentError, DataError } from '../errors';
import { type NativeNerModel, native } from '../native';
import { tokenize } from '../text';
import { show } from '../validate';
import type { WordClusters } from './options';
import { packTexts } from './packing';

const MAX_LISTS = 64;

/** Adds name lists to a native model; the first gets number `firstList`. */
export function addDictionaries(
  model: NativeNerModel,
  dictionaries: Readonly<Record<string, readonly string[]>>,
  firstList: number,
): void {
  if (typeof dictionaries !== 'object' || dictionaries === null || Array.isArray(dictionaries)) {
    throw new ArgumentError(
      `Expected \`dictionaries\` to be an object of arrays such as { drug: ['aspirin'] }, received ${show(dictionaries)}.`,
    );
  }
  const names = Object.keys(dictionaries);
  if (firstList + names.length > MAX_LISTS) {
    throw new ArgumentError(`Expected at most ${MAX_LISTS - firstList} dictionaries, received ${names.length}.`);
  }
  const words: string[] = [];
  const counts: number[] = [];
  const lists: number[] = [];
  names.forEach((name, k) => {
    const phrases = dictionaries[name];
    if (!Array.isArray(phrases))
      throw new ArgumentError(`Expected dictionary ${show(name)} to be an array, received ${show(phrases)}.`);
    phrases.forEach((phrase, i) => {
      if (typeof phrase !== 'string')
        throw new DataError(
          `Expected entry ${i} of dictionary ${show(name)} to be a string, received ${show(phrase)}.`,
        );
      const tokens = tokenize(phrase);
      if (tokens.length === 0) return;
      for (const token of tokens) words.push(token.text);
      counts.push(tokens.length);
      lists.push(firstList + k);
    });
  });
  const { text, lengths } = packTexts(words);
  native().nerAddPhrases(model, text, lengths, Int32Array.from(counts), Uint8Array.from(lists));
}

/** Gives a native model word classes. */
export function setClusters(model: NativeNerModel, clusters: WordClusters): void {
  if (typeof clusters !== 'object' || clusters === null || Array.isArray(clusters)) {
    throw new ArgumentError(
      `Expected \`clusters\` to be a Map or an object of words and their numbers, received ${show(clusters)}.`,
    );
  }
  const entries =
    clusters instanceof Map ? [...clusters] : Object.entries(clusters as Record<string, readonly number[]>);
  const ids: number[] = [];
  for (const [word, own] of entries) {
    if (!Array.isArray(own) || own.some((id) => !Number.isInteger(id) || id < 0 || id > 0xffffffff)) {
      throw new DataError(
        `Expected the clusters of ${show(word)} to be integers from 0 to 2^32 - 1, received ${show(own)}.`,
      );
    }
    for (const id of own) ids.push(id);
  }
  const { text, lengths } = packTexts(entries.map(([word]) => word));
  native().nerSetClusters(
    model,
    text,
    lengths,
    Int32Array.from(entries, ([, own]) => own.length),
    Uint32Array.from(ids),
  );
}
