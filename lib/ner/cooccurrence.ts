import { Matrix } from '../data';
import { Turns } from './turns';

/** Lower-cased words that are frequent enough, most frequent first, and how often each was seen. */
export interface Words {
  list: string[];
  counts: Float64Array;
  /** Sentences as places in `list`, -1 for words that are not in it. */
  sentences: Int32Array[];
}

/** Counts the words of a corpus; `next` gives its sentences one after the other. */
export async function countWords(
  sentences: Iterable<readonly string[]>,
  minCount: number,
  maxWords: number,
  signal?: AbortSignal,
): Promise<Words> {
  const turns = new Turns(signal);
  const numbers = new Map<string, number>();
  const counts: number[] = [];
  const read: Int32Array[] = [];
  for (const tokens of sentences) {
    const numbered = new Int32Array(tokens.length);
    tokens.forEach((token, i) => {
      const word = token.toLowerCase();
      let number = numbers.get(word);
      if (number === undefined) {
        number = counts.push(0) - 1;
        numbers.set(word, number);
      }
      counts[number] = (counts[number] as number) + 1;
      numbered[i] = number;
    });
    read.push(numbered);
    await turns.pause();
  }
  const words = [...numbers.keys()];
  // Ties keep the order of the first appearance: the same corpus gives the same list everywhere.
  const kept = words.map((_, k) => k).filter((k) => (counts[k] as number) >= minCount);
  kept.sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  kept.length = Math.min(kept.length, maxWords);
  const places = new Int32Array(words.length).fill(-1);
  kept.forEach((k, place) => {
    places[k] = place;
  });
  for (const sentence of read) {
    for (let i = 0; i < sentence.length; i++) sentence[i] = places[sentence[i] as number] as number;
    await turns.pause();
  }
  return {
    list: kept.map((k) => words[k] as string),
    counts: Float64Array.from(kept, (k) => counts[k] as number),
    sentences: read,
  };
}

/**
 * Positive pointwise mutual information of words with the words beside them, [words, 2 contexts]: what stands before a
 * word and what stands behind it, within `window` places, are different contexts, since who is called what shows in the
 * order. Context frequencies are smoothed by the power 0.75 (Levy, Goldberg, Dagan 2015, "Improving distributional
 * similarity with lessons learned from word embeddings").
 *
 *   ppmi[w, c] = max(0, log(n[w, c] n / (n[w] n[c]))), n[c] in proportion to its power 0.75
 */
export async function ppmi(words: Words, contexts: number, window: number, signal?: AbortSignal): Promise<Matrix> {
  const turns = new Turns(signal);
  const cols = 2 * contexts;
  const x = Matrix.zeros(words.list.length, cols);
  const data = x.data;
  for (const sentence of words.sentences) {
    for (let i = 0; i < sentence.length; i++) {
      const word = sentence[i] as number;
      if (word < 0) continue;
      for (let d = -window; d <= window; d++) {
        const beside = sentence[i + d];
        if (d === 0 || beside === undefined || beside < 0 || beside >= contexts) continue;
        const at = word * cols + beside + (d > 0 ? contexts : 0);
        data[at] = (data[at] as number) + 1;
      }
    }
    await turns.pause();
  }
  const ofWord = new Float64Array(x.rows);
  const ofContext = new Float64Array(cols);
  for (let w = 0; w < x.rows; w++) {
    for (let c = 0; c < cols; c++) {
      const n = data[w * cols + c] as number;
      if (n === 0) continue;
      ofWord[w] = (ofWord[w] as number) + n;
      ofContext[c] = (ofContext[c] as number) + n;
    }
    await turns.pause();
  }
  const smoothed = ofContext.map((n) => n ** 0.75);
  const total = smoothed.reduce((sum, n) => sum + n, 0);
  for (let w = 0; w < x.rows; w++) {
    for (let c = 0; c < cols; c++) {
      const n = data[w * cols + c] as number;
      if (n === 0) continue;
      const information = Math.log((n * total) / ((ofWord[w] as number) * (smoothed[c] as number)));
      data[w * cols + c] = Math.max(0, information);
    }
    await turns.pause();
  }
  return x;
}
