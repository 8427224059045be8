import { ArgumentError, DataError } from '../errors';
import { checkOneOf, show } from '../validate';

/**
 * How entities are written as one tag a word: `BIO` (B-PER I-PER O), `BIOES` (also E- for the last and S- for a single
 * word), `IO` (I-PER O: entities of one type that touch are one).
 */
export type Scheme = 'BIO' | 'BIOES' | 'IO';

export const SCHEMES: readonly Scheme[] = ['BIO', 'BIOES', 'IO'];

/** An entity as words [start, end) of a sentence. */
export interface WordSpan {
  start: number;
  end: number;
  type: string;
}

const TAG = /^([BIESLUM])-(.+)$/su;
// BILOU and BMEWO call the same parts by other letters.
const SAME_PART: Record<string, 'B' | 'I' | 'E' | 'S'> = { B: 'B', I: 'I', M: 'I', E: 'E', L: 'E', S: 'S', U: 'S' };

/** The part and type of a tag; undefined for O. Throws DataError for what is no tag. */
export function parseTag(tag: string): { part: 'B' | 'I' | 'E' | 'S'; type: string } | undefined {
  if (tag === 'O') return undefined;
  const match = typeof tag === 'string' ? TAG.exec(tag) : null;
  if (match === null) throw new DataError(`Expected a tag such as 'O', 'B-PER' or 'I-PER', received ${show(tag)}.`);
  return { part: SAME_PART[match[1] as string] as 'B', type: match[2] as string };
}

/**
 * The entities of a tag sequence of any scheme. With `strict`, only well-formed ones (B I* of one type; with E and S
 * present: B I* E or S); otherwise by conlleval's rule: a word that continues nothing begins an entity.
 */
export function tagsToSpans(tags: readonly string[], options: { strict?: boolean } = {}): WordSpan[] {
  return options.strict ? strictSpans(tags) : lenientSpans(tags);
}

// conlleval.pl's startOfChunk and endOfChunk.
function lenientSpans(tags: readonly string[]): WordSpan[] {
  const spans: WordSpan[] = [];
  let open: WordSpan | undefined;
  tags.forEach((tag, i) => {
    const parsed = parseTag(tag);
    const continues =
      parsed !== undefined && open?.type === parsed.type && (parsed.part === 'I' || parsed.part === 'E');
    if (continues && open !== undefined) {
      open.end = i + 1;
    } else {
      open = parsed && { start: i, end: i + 1, type: parsed.type };
      if (open !== undefined) spans.push(open);
    }
    if (parsed?.part === 'E' || parsed?.part === 'S') open = undefined;
  });
  return spans;
}

function strictSpans(tags: readonly string[]): WordSpan[] {
  const parsed = tags.map(parseTag);
  const ended = parsed.some((p) => p?.part === 'E' || p?.part === 'S');
  const spans: WordSpan[] = [];
  for (let i = 0; i < parsed.length; i++) {
    const first = parsed[i];
    if (first?.part === 'S') spans.push({ start: i, end: i + 1, type: first.type });
    if (first?.part !== 'B') continue;
    let end = i + 1;
    while (parsed[end]?.part === 'I' && parsed[end]?.type === first.type) end++;
    const last = parsed[end];
    const continued = last?.type === first.type && last.part === 'E';
    if (ended ? continued : !(last?.part === 'I')) {
      spans.push({ start: i, end: continued ? end + 1 : end, type: first.type });
    }
    i = (continued ? end + 1 : end) - 1;
  }
  return spans;
}

/** Writes entities as tags. Throws DataError when two overlap or one leaves the sentence. */
export function spansToTags(spans: readonly WordSpan[], length: number, scheme: Scheme = 'BIO'): string[] {
  checkOneOf(scheme, 'scheme', SCHEMES);
  const tags = new Array<string>(length).fill('O');
  for (const { start, end, type } of spans) {
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end <= start || end > length) {
      throw new DataError(`Expected spans inside a sentence of ${length} words, received ${type} [${start}, ${end}).`);
    }
    for (let i = start; i < end; i++) {
      if (tags[i] !== 'O') {
        throw new DataError(`Expected spans that do not overlap, ${type} [${start}, ${end}) meets ${tags[i]} at ${i}.`);
      }
      tags[i] = `${partAt(i, start, end, scheme)}-${type}`;
    }
  }
  return tags;
}

function partAt(i: number, start: number, end: number, scheme: Scheme): string {
  if (scheme === 'IO') return 'I';
  if (scheme === 'BIO') return i === start ? 'B' : 'I';
  if (end - start === 1) return 'S';
  return i === start ? 'B' : i === end - 1 ? 'E' : 'I';
}

/** The same entities in another scheme; sequences that are not well formed are read by conlleval's rule. */
export function convertTags(tags: readonly string[], to: Scheme): string[] {
  return spansToTags(tagsToSpans(tags), tags.length, to);
}

/** A valid sequence with the same entities: an I- that continues nothing becomes B-, and so on. */
export function repairTags(tags: readonly string[], scheme: Scheme = detectScheme([tags])): string[] {
  return convertTags(tags, scheme);
}

/** The scheme that some tag sequences are written in: BIOES when an E- or S- occurs, IO without any B-, else BIO. */
export function detectScheme(sequences: Iterable<readonly string[]>): Scheme {
  let begins = false;
  let insides = false;
  for (const tags of sequences) {
    for (const tag of tags) {
      const part = tag === UNKNOWN_TAG ? undefined : parseTag(tag)?.part;
      if (part === 'E' || part === 'S') return 'BIOES';
      begins ||= part === 'B';
      insides ||= part === 'I';
    }
  }
  return insides && !begins ? 'IO' : 'BIO';
}

/** The tag of a word of which nothing is known, for training on partly labelled data. */
export const UNKNOWN_TAG = '?';

/** All tags of a scheme for some types, `O` first. */
export function tagNames(types: readonly string[], scheme: Scheme): string[] {
  const parts = { IO: ['I'], BIO: ['B', 'I'], BIOES: ['B', 'I', 'E', 'S'] }[scheme];
  if (parts === undefined) throw new ArgumentError(`Expected a scheme, received ${show(scheme)}.`);
  return ['O', ...types.flatMap((type) => parts.map((part) => `${part}-${type}`))];
}
