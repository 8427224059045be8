import { ArgumentError, DataError } from '../errors';
import { checkInteger, checkOneOf, show } from '../validate';

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

type ParsedTag = Readonly<{ part: 'B' | 'I' | 'E' | 'S'; type: string }>;

/** Tags that were parsed before, up to a number that no scheme reaches. */
const parsedTags = new Map<string, ParsedTag>();
const MOST_PARSED = 4096;

/** The part and type of a tag; undefined for O. Throws DataError for what is no tag. */
export function parseTag(tag: string): ParsedTag | undefined {
  if (tag === 'O') return undefined;
  const known = parsedTags.get(tag);
  if (known !== undefined) return known;
  const match = typeof tag === 'string' ? TAG.exec(tag) : null;
  if (match === null) throw new DataError(`Expected a tag such as 'O', 'B-PER' or 'I-PER', received ${show(tag)}.`);
  const parsed = { part: SAME_PART[match[1] as string] as 'B', type: match[2] as string };
  if (parsedTags.size < MOST_PARSED) parsedTags.set(tag, parsed);
  return parsed;
}

/** Refuses what is no array of strings. */
export function checkTags(tags: unknown, what: string): asserts tags is readonly string[] {
  const wrong = Array.isArray(tags) ? tags.findIndex((tag) => typeof tag !== 'string') : -1;
  if (!Array.isArray(tags) || wrong >= 0) {
    throw new ArgumentError(
      `Expected ${what} to be an array of tags, received ${wrong >= 0 ? `${show((tags as unknown[])[wrong])} at ${wrong}` : show(tags)}.`,
    );
  }
}

/**
 * The entities of a tag sequence. By default by conlleval's rule, in any scheme: a word that continues nothing begins an
 * entity. With `strict` only what is well formed in `scheme` (default: that of the tags): BIO B I*, BIOES B I* E or S, IO
 * I+, each of one type; as seqeval's strict mode has it, an entity ends where another type goes on (B-PER I-ORG: one PER).
 * @throws DataError for what is no tag; ArgumentError for what is no array
 */
export function tagsToSpans(tags: readonly string[], options: { strict?: boolean; scheme?: Scheme } = {}): WordSpan[] {
  checkTags(tags, '`tags`');
  if (!options.strict) return lenientSpans(tags);
  return strictSpans(tags, checkOneOf(options.scheme ?? detectScheme([tags]), 'scheme', SCHEMES));
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

function strictSpans(tags: readonly string[], scheme: Scheme): WordSpan[] {
  const parsed = tags.map(parseTag);
  const spans: WordSpan[] = [];
  for (let i = 0; i < parsed.length; i++) {
    const first = parsed[i];
    if (first === undefined) continue;
    const { part, type } = first;
    if (scheme === 'BIOES' && part === 'S') spans.push({ start: i, end: i + 1, type });
    if (part !== (scheme === 'IO' ? 'I' : 'B')) continue;
    let end = i + 1;
    while (parsed[end]?.part === 'I' && parsed[end]?.type === type) end++;
    if (scheme === 'BIOES') {
      const closed = parsed[end]?.part === 'E' && parsed[end]?.type === type;
      if (closed) spans.push({ start: i, end: end + 1, type });
    } else {
      spans.push({ start: i, end, type });
    }
    i = end - 1;
  }
  return spans;
}

/** Writes entities as tags. Throws DataError when two overlap or one leaves the sentence. */
export function spansToTags(spans: readonly WordSpan[], length: number, scheme: Scheme = 'BIO'): string[] {
  checkOneOf(scheme, 'scheme', SCHEMES);
  if (!Array.isArray(spans)) throw new ArgumentError(`Expected \`spans\` to be an array, received ${show(spans)}.`);
  checkInteger(length, 'length', { min: 0 });
  const tags = new Array<string>(length).fill('O');
  for (const span of spans) {
    const { start, end, type } = (span ?? {}) as WordSpan;
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
export function detectScheme(sequences: readonly (readonly string[])[]): Scheme {
  if (!Array.isArray(sequences)) {
    throw new ArgumentError(`Expected \`sequences\` to be an array of tag sequences, received ${show(sequences)}.`);
  }
  let begins = false;
  let insides = false;
  for (const tags of sequences) {
    checkTags(tags, 'each sequence');
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
