import type { NativeNerChanges, NativeNerNames, NativeNerTags } from '../native';
import { sentencesOf, type Token, tokenize } from '../text';
import { changedMentions, type Mention, namesOfDocuments, sortMentions } from './consistency';
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

/** Blocks of a text whose entities are made consistent: `add` them, `settle`, then `entities` of each. */
export class TextPart {
  readonly blocks: TextBlock[] = [];
  /** Takes the sentences of the blocks as they are tagged. */
  readonly names: NativeNerNames;
  readonly #text: string;
  readonly #types: readonly string[];
  /** The number of each block's first sentence. */
  readonly #first = [0];
  /** The entities of each sentence. */
  readonly #mentions: Mention[][] = [];

  constructor(text: string, types: readonly string[]) {
    this.#text = text;
    this.#types = types;
    this.names = namesOfDocuments(types);
  }

  get isFull(): boolean {
    return this.blocks.length > 0 && this.blocks.at(-1)!.end - this.blocks[0]!.start >= PART;
  }

  /** Takes a block and what was tagged there. */
  add(block: TextBlock, found: NativeNerTags): void {
    const first = this.#mentions.length;
    for (const _ of block.sentences) this.#mentions.push([]);
    sortMentions(found, this.#types, (s) => this.#mentions[first + s]!);
    this.blocks.push(block);
    this.#first.push(this.#mentions.length);
  }

  /** Takes what changes when names become consistent. */
  settle(changes: NativeNerChanges): void {
    for (const [s, mentions] of changedMentions(changes, this.#types)) this.#mentions[s] = mentions;
  }

  /** The entities of the k-th block. */
  entities(k: number): NamedEntity[] {
    const text = this.#text;
    return this.blocks[k]!.sentences.flatMap((tokens, s) =>
      this.#mentions[this.#first[k]! + s]!.map((mention): NamedEntity => {
        const { start } = tokens[mention.start]!;
        const { end } = tokens[mention.end - 1]!;
        return { text: text.slice(start, end), label: mention.type, start, end, score: mention.score };
      }),
    );
  }
}
