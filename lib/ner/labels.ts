import { DataError } from '../errors';
import { didYouMean } from '../validate';
import { checkSentence, type TaggedSentence } from './conll';
import { convertTags, detectScheme, parseTag, type Scheme, tagNames, UNKNOWN_TAG } from './scheme';

/** The tags that a tagger works with inside, and the scheme it answers in. */
export interface TagVocabulary {
  types: string[];
  /** Inside. */
  encoding: 'BIO' | 'BIOES';
  /** Outside. */
  scheme: Scheme;
  names: string[];
}

export function vocabularyOf(sentences: readonly TaggedSentence[], encoding: 'BIO' | 'BIOES'): TagVocabulary {
  const types = new Set<string>();
  sentences.forEach(({ tokens, tags, annotates }, s) => {
    checkSentence(tokens, tags, s);
    tags.forEach((tag, i) => {
      if (tag === UNKNOWN_TAG) return;
      let parsed: ReturnType<typeof parseTag>;
      try {
        parsed = parseTag(tag);
      } catch (cause) {
        throw new DataError(`Sentence ${s}, word ${i}: ${(cause as Error).message}`, { cause });
      }
      if (parsed !== undefined) types.add(parsed.type);
    });
    for (const type of annotates ?? []) types.add(type);
  });
  const sorted = [...types].sort();
  if (sorted.length === 0)
    throw new DataError('Expected at least one entity among the training sentences, found none.');
  const scheme = detectScheme(sentences.map((sentence) => sentence.tags));
  return { types: sorted, encoding, scheme, names: tagNames(sorted, encoding) };
}

/** Whole tags of dev and test sentences as indices; refuses types that the tagger does not know. */
export function encodeTags(sentences: readonly TaggedSentence[], vocabulary: TagVocabulary, what: string): Int32Array {
  const index = new Map(vocabulary.names.map((name, i) => [name, i]));
  const out: number[] = [];
  sentences.forEach(({ tokens, tags }, s) => {
    checkSentence(tokens, tags, s);
    for (const tag of convertTags(tags, vocabulary.encoding)) {
      const at = index.get(tag);
      if (at === undefined) {
        const type = tag.slice(2);
        throw new DataError(
          `Expected the tags of ${what} to be of types ${vocabulary.types.join(', ')}, sentence ${s} has ${type}.${didYouMean(type, vocabulary.types)}`,
        );
      }
      out.push(at);
    }
  });
  return Int32Array.from(out);
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
