import { KMeans } from '../cluster';
import type { Matrix } from '../data';
import { PCA } from '../decomposition';
import { ArgumentError, DataError } from '../errors';
import { splitSentences, tokenize } from '../text';
import { checkInteger, checkKeys, checkSeed, show } from '../validate';
import { countWords, ppmi } from './cooccurrence';

export interface LearnClustersOptions {
  /** Numbers of clusters: a word gets one id of each clustering. Default [64, 256, 1024]; at most half the words. */
  clusters?: readonly number[];
  /** Words seen less often get no cluster. Default 2. */
  minCount?: number;
  /** At most so many words, the most frequent; default 20,000. Memory is 8 bytes times words times contexts. */
  maxWords?: number;
  /** The most frequent words serve as contexts, before and behind; default 1,000. */
  contexts?: number;
  /** Words on either side that are looked at; default 2. */
  window?: number;
  /** Length of a word's vector; default 50. */
  dimensions?: number;
  /** Default 0. The same corpus and seed give the same clusters, for any number of threads. */
  seed?: number;
  /** 0 (default): the whole pool. */
  threads?: number;
  signal?: AbortSignal;
  /** Called as work goes on: the stage, and the share of all the work that is done (0 to 1). */
  onProgress?: (progress: { stage: 'words' | 'contexts' | 'vectors' | 'clusters'; done: number }) => void;
}

const KEYS: readonly (keyof LearnClustersOptions)[] = [
  'clusters',
  'minCount',
  'maxWords',
  'contexts',
  'window',
  'dimensions',
  'seed',
  'threads',
  'signal',
  'onProgress',
];
const MAX_ITERATIONS = 30;

function* sentencesOf(corpus: string | readonly (readonly string[])[]): Generator<readonly string[]> {
  if (typeof corpus === 'string') {
    for (const range of splitSentences(corpus)) yield tokenize(corpus, range).map(({ text }) => text);
    return;
  }
  for (let s = 0; s < corpus.length; s++) {
    const tokens = corpus[s];
    if (!Array.isArray(tokens) || tokens.some((token) => typeof token !== 'string')) {
      throw new DataError(`Expected sentence ${s} of \`corpus\` to be an array of words, received ${show(tokens)}.`);
    }
    yield tokens;
  }
}

/** Rows of unit length, in place: clusters then go by the direction of a vector alone. */
function normalize(x: Matrix): void {
  for (let r = 0; r < x.rows; r++) {
    const row = x.data.subarray(r * x.cols, (r + 1) * x.cols);
    const length = Math.hypot(...row);
    if (length > 0) for (let c = 0; c < row.length; c++) row[c] = (row[c] as number) / length;
  }
}

function settings(options: LearnClustersOptions) {
  checkKeys(options, KEYS, 'learnClusters');
  const { clusters = [64, 256, 1024] } = options;
  if (!Array.isArray(clusters) || clusters.length === 0 || clusters.length > 16) {
    throw new ArgumentError(`Expected \`clusters\` to be 1 to 16 numbers, received ${show(clusters)}.`);
  }
  const integer = (
    key: 'minCount' | 'maxWords' | 'contexts' | 'window' | 'dimensions',
    fallback: number,
    max: number,
  ) => checkInteger(options[key] ?? fallback, key, { min: 1, max });
  return {
    clusters: clusters.map((k, i) => checkInteger(k, `clusters[${i}]`, { min: 2, max: 1 << 20 })),
    minCount: integer('minCount', 2, 2 ** 31),
    maxWords: integer('maxWords', 20_000, 1 << 20),
    contexts: integer('contexts', 1000, 1 << 16),
    window: integer('window', 2, 100),
    dimensions: integer('dimensions', 50, 4096),
    seed: checkSeed(options.seed ?? 0),
    threads: checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 }),
  };
}

/**
 * Classes of words from raw text: words that stand between the same words get the same class. Positive pointwise mutual
 * information with the words before and behind, its principal components, and k-means over their directions, at several
 * sizes. What comes out goes into `NerTagger.train(sentences, { clusters })`, which saves it with the model.
 *
 *     const clusters = await learnClusters(rawText, { seed: 1 });
 *     const tagger = await NerTagger.train(sentences, { dev, clusters });
 *
 * @param corpus a text, or sentences as arrays of words; letter case is ignored
 * @returns for each lower-cased word one id a clustering; ids of different clusterings differ
 * @throws DataError when fewer than four words are seen `minCount` times, or a sentence is no array of words
 * @throws ArgumentError for unknown options or values out of range; AbortError when `signal` aborts
 */
export async function learnClusters(
  corpus: string | readonly (readonly string[])[],
  options: LearnClustersOptions = {},
): Promise<Map<string, number[]>> {
  const { clusters, minCount, maxWords, contexts, window, dimensions, seed, threads } = settings(options);
  if (typeof corpus !== 'string' && !Array.isArray(corpus)) {
    throw new DataError(`Expected \`corpus\` to be a string or an array of sentences, received ${show(corpus)}.`);
  }
  const { signal, onProgress } = options;
  onProgress?.({ stage: 'words', done: 0 });
  const words = await countWords(sentencesOf(corpus), minCount, maxWords, signal);
  const count = words.list.length;
  if (count < 4) {
    throw new DataError(`Expected \`corpus\` to have at least 4 words seen ${minCount} times, received ${count}.`);
  }
  onProgress?.({ stage: 'contexts', done: 0.1 });
  const x = await ppmi(words, Math.min(contexts, count), window, signal);
  onProgress?.({ stage: 'vectors', done: 0.2 });
  const nComponents = Math.min(dimensions, count, x.cols);
  const pca = new PCA({ nComponents, solver: 'randomized', powerIterations: 2, seed, threads });
  const vectors = await pca.fitTransform(x, { signal });
  normalize(vectors);
  const out = new Map<string, number[]>(words.list.map((word) => [word, []]));
  let firstId = 0;
  for (const [i, wanted] of clusters.entries()) {
    onProgress?.({ stage: 'clusters', done: 0.5 + (0.5 * i) / clusters.length });
    const nClusters = Math.min(wanted, count >> 1);
    const kmeans = new KMeans({ nClusters, maxIter: MAX_ITERATIONS, seed, threads });
    const labels = await kmeans.fitPredict(vectors, { signal });
    words.list.forEach((word, w) => {
      (out.get(word) as number[]).push(firstId + (labels[w] as number));
    });
    firstId += nClusters;
  }
  onProgress?.({ stage: 'clusters', done: 1 });
  return out;
}
