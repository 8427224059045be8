import { DataError } from '../errors';
import { didYouMean } from '../validate';

import { convertTags, detectScheme, parseTag, type Scheme, tagNames, UNKNOWN_TAG } from './scheme';
import type { TaggedSentence } from './sentence';

/** The tags that a tagger works with inside, and the scheme it answers in. */
export interface TagVocabulary {
  types: string[];
  /** Inside. */
  encoding: 'BIO' | 'BIOES';
  /** Outside. */
  scheme: Scheme;
  names: string[];
}

/** More would make the matrix of transitions larger than any model. */
const MAX_TAGS = 4096;

/** The vocabulary of checked sentences. */
export function vocabularyOf(sentences: readonly TaggedSentence[], encoding: 'BIO' | 'BIOES'): TagVocabulary {
  const types = new Set<string>();
  for (const { tags, annotates } of sentences) {
    for (const tag of tags) {
      const type = tag === UNKNOWN_TAG ? undefined : parseTag(tag)?.type;
      if (type !== undefined) types.add(type);
    }
    for (const type of annotates ?? []) types.add(type);
  }
  const sorted = [...types].sort();
  if (sorted.length === 0)
    throw new DataError('Expected at least one entity among the training sentences, found none.');
  const scheme = detectScheme(sentences.map((sentence) => sentence.tags));
  const names = tagNames(sorted, encoding);
  if (names.length > MAX_TAGS) {
    const most = Math.floor((MAX_TAGS - 1) / (encoding === 'BIO' ? 2 : 4));
    throw new DataError(
      `Expected at most ${most} types of entity among the training sentences, found ${sorted.length}: ${sorted.slice(0, 3).join(', ')}, ... Is another column that of the tags?`,
    );
  }
  return { types: sorted, encoding, scheme, names };
}

function typeIndex(type: string, types: readonly string[], where: string): number {
  const at = types.indexOf(type);
  if (at < 0) {
    throw new DataError(
      `Expected the tags of ${where} to be of types ${types.join(', ')}, received ${type}.${didYouMean(type, types)}`,
    );
  }
  return at;
}

/** Dev sentences as indices of tags, and which types each sentence annotates: a row of `masks` [types], or -1 for all. */
export function encodeDev(
  sentences: readonly TaggedSentence[],
  { names, types, encoding }: TagVocabulary,
): { tags: Int32Array; annotated: Int32Array; masks: Uint8Array } {
  const index = new Map(names.map((name, i) => [name, i]));
  const tags: number[] = [];
  const rows = new Map<string, number>();
  const masks: number[] = [];
  const annotated = sentences.map(({ tags: own, annotates }, s) => {
    const where = `sentence ${s} of \`dev\``;
    for (const tag of convertTags(own, encoding)) {
      if (tag !== 'O') typeIndex(tag.slice(2), types, where);
      tags.push(index.get(tag)!);
    }
    if (annotates === undefined) return -1;
    const key = [...annotates].sort().join('\n');
    const row = rows.get(key) ?? rows.size;
    if (!rows.has(key)) {
      rows.set(key, row);
      for (const type of types) masks.push(annotates.includes(type) ? 1 : 0);
    }
    return row;
  });
  return { tags: Int32Array.from(tags), annotated: Int32Array.from(annotated), masks: Uint8Array.from(masks) };
}

const inside = (name: string) => name.startsWith('I-') || name.startsWith('E-');

/**
 * Training tags: an index, or -1 - m for "any tag of masks[m]".
 *
 * A word tagged '?' may be anything. In a sentence whose source annotates only some types, O means "O or a type that
 * was not annotated" (marginalised as Tsuboi et al. 2008 do for conditional random fields).
 */
export function encodePartialTags(
  sentences: readonly TaggedSentence[],
  vocabulary: TagVocabulary,
): { tags: Int32Array; masks: Uint8Array | null } {
  const { names, encoding } = vocabulary;
  const index = new Map(names.map((name, i) => [name, i]));
  const masks: Uint8Array[] = [];
  const maskOf = new Map<string, number>();
  const allow = (key: string, allowed: (name: string) => boolean): number => {
    let m = maskOf.get(key);
    if (m === undefined) {
      m = masks.length;
      maskOf.set(key, m);
      masks.push(Uint8Array.from(names, (name) => (allowed(name) ? 1 : 0)));
    }
    return -1 - m;
  };
  const out: number[] = [];
  sentences.forEach(({ tags, annotates }, s) => {
    const known = tags.map((tag) => (tag === UNKNOWN_TAG ? 'O' : tag));
    const annotated = annotates === undefined ? undefined : new Set(annotates);
    convertTags(known, encoding).forEach((tag, i) => {
      if (tags[i] === UNKNOWN_TAG) {
        // An entity that was known to begin before cannot be known to go on here: words beside '?' keep their own tags.
        out.push(allow('?', () => true));
      } else if (tag === 'O' && annotated !== undefined) {
        out.push(allow([...annotated].sort().join('\n'), (name) => name === 'O' || !annotated.has(name.slice(2))));
      } else {
        const at = index.get(tag);
        if (at === undefined) throw new DataError(`Sentence ${s}, word ${i}: unknown tag ${tag}.`);
        // Next to an unknown word an entity may be longer than it looks.
        const beside = tag !== 'O' && (tags[i - 1] === UNKNOWN_TAG || tags[i + 1] === UNKNOWN_TAG);
        if (!beside) out.push(at);
        else out.push(allow(`type ${tag.slice(2)} ${inside(tag)}`, (name) => name.slice(2) === tag.slice(2)));
      }
    });
  });
  const flat = new Uint8Array(masks.length * names.length);
  masks.forEach((mask, m) => {
    flat.set(mask, m * names.length);
  });
  return { tags: Int32Array.from(out), masks: masks.length === 0 ? null : flat };
}
