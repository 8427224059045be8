import { type Scheme, spansToTags, tagsToSpans, type WordSpan } from './scheme';
import type { Turns } from './turns';

/** Longer names are left alone. */
const MOST_WORDS = 8;
/** A name is one everywhere in a document when more than this share of its places was tagged. */
const SHARE = 1 / 3;
/** From so many places on, a name that was not is none. */
const ENOUGH_PLACES = 3;

/** An entity among the words of a sentence, with its probability where that is known. */
export interface Mention extends WordSpan {
  score?: number;
}

/** Types of people, and what a last name of theirs looks like. */
const PERSON = /^per(?:son)?$/i;
const LAST_NAME = /^\p{Lu}[\p{L}\p{M}'’-]{2,}$/u;

interface Name {
  words: number;
  /** How often it was tagged as each type, in the order in which the types were met, and the sum of the scores. */
  votes: Map<string, number>;
  scores: number;
  /** The same of whole names of people that end with it. */
  wholes: Map<string, number>;
  wholeScores: number;
  /** A common word as well: it stands somewhere in lower case. */
  common: boolean;
  /** Where it stands, tagged as just these words or not at all: number of the sentence, number of the first word. */
  places: number[];
  tagged: number;
}

/** Names by their words, one after the other. */
interface Branch {
  name?: Name;
  /** The last name that this word is in lower case. */
  lastName?: Name;
  next?: Map<string, Branch>;
}

/** Of words that were in no entity, and of those that have become one. */
const NONE = -1;
const NEW = -2;

const MARKS = 1 << 14;

/** A number of a word's first and last letter and its length, below MARKS. */
function markOf(word: string): number {
  const end = word.length - 1;
  return end < 0 ? 0 : (word.charCodeAt(0) ^ (word.charCodeAt(end) << 4) ^ (end << 9)) & (MARKS - 1);
}

/**
 * Names that a document repeats. A tagger sees one sentence at a time: a name that it knows from its neighbours in some
 * places it misses in others. Label consistency by majority, in the manner of Krishnan and Manning 2006 ("An effective
 * two-stage model for exploiting non-local dependencies in named entity recognition"), as one pass after the tagging.
 * A last name that was never tagged by itself is one as well when whole names of people end with it and it is no common
 * word.
 *
 * Use: `add` all sentences, `find` in each by its number, then `changes`. Linear in the words.
 */
export class NamesOfDocument {
  readonly #sentences: { tokens: readonly string[]; mentions: readonly Mention[]; firstWord: number }[] = [];
  #words = 0;
  /** In the order in which they were first tagged. */
  readonly #names: Name[] = [];
  readonly #roots = new Map<string, Branch>();
  /** 1 at the marks of the words that names begin with: most other words need no look into the map. */
  readonly #marks = new Uint8Array(MARKS);
  /** For each word of the document the number of its entity in its sentence. */
  #owners: Int32Array | undefined;

  /** Takes the next sentence and what was tagged in it. */
  add(tokens: readonly string[], mentions: readonly Mention[]): void {
    this.#sentences.push({ tokens, mentions, firstWord: this.#words });
    this.#words += tokens.length;
    for (const { start, end, type, score = 1 } of mentions) {
      if (end - start > MOST_WORDS) continue;
      const name = this.#nameOf(tokens, start, end);
      name.votes.set(type, (name.votes.get(type) ?? 0) + 1);
      name.scores += score;
      if (end - start > 1 && PERSON.test(type) && LAST_NAME.test(tokens[end - 1]!)) {
        const last = this.#nameOf(tokens, end - 1, end);
        last.wholes.set(type, (last.wholes.get(type) ?? 0) + 1);
        last.wholeScores += score;
        this.#branchOf([tokens[end - 1]!.toLowerCase()], 0, 1).lastName = last;
      }
    }
  }

  #branchOf(tokens: readonly string[], start: number, end: number): Branch {
    this.#marks[markOf(tokens[start]!)] = 1;
    let branches = this.#roots;
    for (let i = start; ; i++) {
      const branch = branches.get(tokens[i]!) ?? {};
      branches.set(tokens[i]!, branch);
      if (i + 1 === end) return branch;
      branch.next ??= new Map();
      branches = branch.next;
    }
  }

  #nameOf(tokens: readonly string[], start: number, end: number): Name {
    const branch = this.#branchOf(tokens, start, end);
    if (branch.name === undefined) {
      const none = { votes: new Map(), scores: 0, wholes: new Map(), wholeScores: 0 };
      branch.name = { words: end - start, ...none, common: false, places: [], tagged: 0 };
      this.#names.push(branch.name);
    }
    return branch.name;
  }

  /** Finds the places of the names in a sentence, those inside of or across other entities left out. */
  find(s: number): void {
    if (this.#names.length === 0) return;
    const { tokens, firstWord } = this.#sentences[s]!;
    for (let start = 0; start < tokens.length; start++) {
      const first = tokens[start]!;
      let branch = this.#marks[markOf(first)] === 1 ? this.#roots.get(first) : undefined;
      if (branch?.lastName !== undefined) branch.lastName.common = true;
      for (let end = start + 1; branch !== undefined; end++) {
        if (branch.name !== undefined) this.#meet(branch.name, s, firstWord + start, firstWord + tokens.length);
        branch = end < tokens.length ? branch.next?.get(tokens[end]!) : undefined;
      }
    }
  }

  /** A name that stands at `word`, in a sentence that ends before word `sentenceEnd`. */
  #meet(name: Name, s: number, word: number, sentenceEnd: number): void {
    this.#owners ??= this.#allOwners();
    const owners = this.#owners;
    const end = word + name.words;
    const owner = owners[word]!;
    for (let i = word + 1; i < end; i++) if (owners[i] !== owner) return;
    if (owner !== NONE) {
      if (word > this.#sentences[s]!.firstWord && owners[word - 1] === owner) return;
      if (end < sentenceEnd && owners[end] === owner) return;
      name.tagged++;
    }
    name.places.push(s, word);
  }

  #allOwners(): Int32Array {
    const owners = new Int32Array(this.#words).fill(NONE);
    for (const { mentions, firstWord } of this.#sentences) {
      for (const [k, { start, end }] of mentions.entries()) owners.fill(k, firstWord + start, firstWord + end);
    }
    return owners;
  }

  /** The sentences whose entities change, by their numbers, with all of them in order. */
  changes(): Map<number, Mention[]> {
    const changed = new Map<number, { gone: Set<number>; added: Mention[] }>();
    const changeOf = (s: number) => {
      const change = changed.get(s) ?? { gone: new Set(), added: [] };
      changed.set(s, change);
      return change;
    };
    const owners = this.#owners ?? new Int32Array(0);
    const longestFirst = [...this.#names].sort((a, b) => b.words - a.words);
    for (const name of longestFirst) {
      const { words, places, tagged } = name;
      const count = places.length / 2;
      const isLastName = name.votes.size === 0;
      const votes = isLastName ? name.wholes : name.votes;
      const [type, most] = [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best));
      const spreads = isLastName ? !name.common : most > SHARE * count;
      if (spreads ? tagged === count : count < ENOUGH_PLACES || tagged > SHARE * count) continue;
      const score = (isLastName ? name.wholeScores : name.scores) / [...votes.values()].reduce((sum, n) => sum + n, 0);
      for (let k = 0; k < places.length; k += 2) {
        const s = places[k]!;
        const word = places[k + 1]!;
        const owner = owners[word]!;
        if (owner >= 0) {
          if (!spreads) changeOf(s).gone.add(owner);
        } else if (spreads && owners.subarray(word, word + words).every((of) => of === NONE)) {
          owners.fill(NEW, word, word + words); // no shorter name stands here any more
          const start = word - this.#sentences[s]!.firstWord;
          changeOf(s).added.push({ start, end: start + words, type, score });
        }
      }
    }
    return new Map(
      [...changed].map(([s, { gone, added }]) => {
        const kept = this.#sentences[s]!.mentions.filter((_, k) => !gone.has(k));
        return [s, [...kept, ...added].sort((a, b) => a.start - b.start)];
      }),
    );
  }
}

/** Makes the tags of sentences consistent within their documents, in place. `documents`: of each sentence. */
export async function makeConsistent(
  sentences: readonly (readonly string[])[],
  tags: string[][],
  documents: readonly (number | undefined)[],
  scheme: Scheme,
  turns: Turns,
): Promise<void> {
  const groups = new Map<number | undefined, { names: NamesOfDocument; members: number[] }>();
  for (let s = 0; s < sentences.length; s++) {
    const group = groups.get(documents[s]) ?? { names: new NamesOfDocument(), members: [] };
    groups.set(documents[s], group);
    group.members.push(s);
    group.names.add(sentences[s]!, tags[s]!.some((tag) => tag !== 'O') ? tagsToSpans(tags[s]!) : []);
    if ((s & 63) === 0) await turns.pause();
  }
  for (const { names, members } of groups.values()) {
    for (let k = 0; k < members.length; k++) {
      names.find(k);
      if ((k & 63) === 0) await turns.pause();
    }
    for (const [k, mentions] of names.changes()) {
      const s = members[k]!;
      tags[s] = spansToTags(mentions, tags[s]!.length, scheme);
    }
    await turns.pause();
  }
}
