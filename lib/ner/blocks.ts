import type { NativeNerTags } from '../native';
import { sentencesOf, type Token, tokenize } from '../text';
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

/** What was tagged in a block, as entities of the text. */
export function blockEntities(
  text: string,
  { sentences }: TextBlock,
  { entities, scores }: NativeNerTags,
  types: readonly string[],
): NamedEntity[] {
  return Array.from(scores, (score, k) => {
    const tokens = sentences[entities[4 * k]!]!;
    const { start } = tokens[entities[4 * k + 1]!]!;
    const { end } = tokens[entities[4 * k + 2]! - 1]!;
    return { text: text.slice(start, end), label: types[entities[4 * k + 3]!]!, start, end, score };
  });
}
