import type { NativeNerTags } from '../native';
import { sentencesOf, type Token, tokenize } from '../text';
import { type Mention, NamesOfDocument } from './consistency';
import type { NamedEntity } from './entity';

/** Some sentences of a text, in UTF-16 offsets: what is worked on at a time. */
export interface TextBlock {
  start: number;
  end: number;
  sentences: Token[][];
}

// A few milliseconds of work, so that the event loop can have its turn between two of them.
const LENGTH = 8192;

/** A text in blocks of whole sentences. */
export function* blocksOf(text: string): Generator<TextBlock> {
  let block: TextBlock = { start: 0, end: 0, sentences: [] };
  for (const range of sentencesOf(text)) {
    block.sentences.push(tokenize(text, range));
    block.end = range.end;
    if (block.end - block.start < LENGTH) continue;
    yield block;
    block = { start: block.end, end: block.end, sentences: [] };
  }
  if (block.sentences.length > 0) yield block;
}

/** The words of a block's sentences. */
export const wordsOf = ({ sentences }: TextBlock): string[][] =>
  sentences.map((tokens) => tokens.map((token) => token.text));

// A text is made consistent in parts of so many characters, which bounds what is kept of it.
const PART = 1 << 20;

/** Blocks of a text whose entities are made consistent: `add` them, `find` in each, then `entities` of each. */
export class TextPart {
  readonly blocks: TextBlock[] = [];
  readonly #text: string;
  readonly #types: readonly string[];
  readonly #names = new NamesOfDocument();
  /** The number of each block's first sentence. */
  readonly #first = [0];
  /** What was tagged in each sentence of each block. */
  readonly #mentions: Mention[][][] = [];
  #changes: Map<number, Mention[]> | undefined;

  constructor(text: string, types: readonly string[]) {
    this.#text = text;
    this.#types = types;
  }

  get isFull(): boolean {
    return this.blocks.length > 0 && this.blocks.at(-1)!.end - this.blocks[0]!.start >= PART;
  }

  /** Takes a block, its words and what was tagged there. */
  add(block: TextBlock, words: string[][], { entities, scores }: NativeNerTags): void {
    const mentions: Mention[][] = block.sentences.map(() => []);
    scores.forEach((score, k) => {
      const type = this.#types[entities[4 * k + 3]!]!;
      mentions[entities[4 * k]!]!.push({ start: entities[4 * k + 1]!, end: entities[4 * k + 2]!, type, score });
    });
    const k = this.blocks.push(block) - 1;
    this.#first.push(this.#first[k]! + words.length);
    this.#mentions.push(mentions);
    for (const [s, tokens] of words.entries()) this.#names.add(tokens, mentions[s]!);
  }

  /** Looks for the names of all blocks in the k-th. */
  find(k: number): void {
    for (let s = this.#first[k]!; s < this.#first[k + 1]!; s++) this.#names.find(s);
  }

  /** The entities of the k-th block. */
  entities(k: number): NamedEntity[] {
    this.#changes ??= this.#names.changes();
    const changes = this.#changes;
    const text = this.#text;
    return this.blocks[k]!.sentences.flatMap((tokens, s) =>
      (changes.get(this.#first[k]! + s) ?? this.#mentions[k]![s]!).map((mention): NamedEntity => {
        const { start } = tokens[mention.start]!;
        const { end } = tokens[mention.end - 1]!;
        return { text: text.slice(start, end), label: mention.type, start, end, score: mention.score! };
      }),
    );
  }
}
