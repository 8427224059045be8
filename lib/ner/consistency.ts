import { type NativeNerChanges, type NativeNerEntities, type NativeNerNames, native } from '../native';
import type { WordSpan } from './scheme';

/** An entity among the words of a sentence, with its probability. */
export interface Mention extends WordSpan {
  score: number;
}

/** Types of people. */
const PERSON = /^per(?:son)?$/i;

/** Takes the sentences of documents as they are tagged, then tells what changes when their names become consistent. */
export const namesOfDocuments = (types: readonly string[]): NativeNerNames =>
  native().nerNames(Uint8Array.from(types, (type) => (PERSON.test(type) ? 1 : 0)));

/** The numbers 0, 1, ... for documents in the order in which they come. */
export function numberDocuments(documents: readonly (number | undefined)[]): Int32Array {
  const numbers = new Map<number | undefined, number>();
  return Int32Array.from(documents, (document) => {
    const number = numbers.get(document) ?? numbers.size;
    numbers.set(document, number);
    return number;
  });
}

/** Puts each entity into the list of its sentence. */
export function sortMentions(
  { entities, scores }: NativeNerEntities,
  types: readonly string[],
  listOf: (sentence: number) => Mention[],
): void {
  for (let k = 0; k < scores.length; k++) {
    const [start, end, type] = [entities[4 * k + 1]!, entities[4 * k + 2]!, types[entities[4 * k + 3]!]!];
    listOf(entities[4 * k]!).push({ start, end, type, score: scores[k]! });
  }
}

/** The sentences that change, with all entities that they then have. */
export function changedMentions(changes: NativeNerChanges, types: readonly string[]): Map<number, Mention[]> {
  const changed = new Map<number, Mention[]>();
  for (const sentence of changes.sentences) changed.set(sentence, []);
  sortMentions(changes, types, (sentence) => changed.get(sentence)!);
  return changed;
}
