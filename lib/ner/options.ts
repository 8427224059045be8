import { ArgumentError } from '../errors';
import { checkInteger, checkKeys, checkNumber, checkOneOf, checkSeed, show } from '../validate';
import type { TaggedSentence } from './sentence';

/** The classes of words, from `learnClusters` or elsewhere: one or more numbers a word, letter case ignored. */
export type WordClusters = ReadonlyMap<string, readonly number[]> | Readonly<Record<string, readonly number[]>>;

export interface NerEpoch {
  /** From 1. */
  epoch: number;
  epochs: number;
  /** Mean negative log likelihood a word, under dropout. */
  loss: number;
  /** Entity F1 on dev, of 1; undefined without dev. */
  devF1: number | undefined;
}

export interface NerTrainOptions {
  /**
   * Held-out sentences: training stops when F1 on them no longer rises. An epoch before the last is kept, and the balance
   * of entities against the rest moved, where F1 on them is better by two standard errors.
   */
  dev?: readonly TaggedSentence[];
  /** 0 to 2^53 - 1, default 0. The same seed gives the same tagger, for any number of threads. */
  seed?: number;
  /** At most; default 15 with dev, 10 without. */
  epochs?: number;
  /** Epochs without a better dev F1 before training ends; 0 trains them all. Default 4. */
  patience?: number;
  /** AdaGrad's step, default 0.1, falling linearly to a tenth. */
  learningRate?: number;
  /** Share of a word's features that a training step leaves out, in [0, 1); default 0.4. */
  dropout?: number;
  /** lambda of the penalty lambda / 2 |row|^2 that a step puts on the rows it touches, default 0.01. */
  l2?: number;
  /** Sentences between two updates, default 4. */
  batchSize?: number;
  /** Features are hashed to 2^hashBits slots; 12 to 26, default 22. */
  hashBits?: number;
  /** The name lists that come with hebb ('english', the default), or none. */
  gazetteers?: 'english' | false;
  /** Your own name lists: what they hold, e.g. { drug: ['aspirin', ...] }; phrases of at most six words. */
  dictionaries?: Readonly<Record<string, readonly string[]>>;
  clusters?: WordClusters;
  /** The tags inside: 'BIO' (default) or 'BIOES', slower. What comes out is in the scheme that was trained on. */
  encoding?: 'BIO' | 'BIOES';
  /** 0 (default): the whole pool. */
  threads?: number;
  signal?: AbortSignal;
  /** Called after each epoch (fast ones may be skipped). */
  onEpoch?: (epoch: NerEpoch) => void;
}

const KEYS: readonly (keyof NerTrainOptions)[] = [
  'dev',
  'seed',
  'epochs',
  'patience',
  'learningRate',
  'dropout',
  'l2',
  'batchSize',
  'hashBits',
  'gazetteers',
  'dictionaries',
  'clusters',
  'encoding',
  'threads',
  'signal',
  'onEpoch',
];

export interface TrainSettings {
  config: Float64Array;
  encoding: 'BIO' | 'BIOES';
  gazetteers: 'english' | false;
}

// Chosen on the dev sets of five corpora (scripts/ner/score-training.mjs): one configuration for all.
const FINAL_RATE = 0.1;
const INITIAL_SQUARES = 1;
const AVERAGE_FROM = 1;

/** The checked options in the order of ner.cc's config. */
export function trainSettings(options: NerTrainOptions): TrainSettings {
  checkKeys(options, KEYS, 'NerTagger.train');
  const number = (key: keyof NerTrainOptions, fallback: number, range: Parameters<typeof checkNumber>[2]) =>
    checkNumber(options[key] ?? fallback, key, range);
  const integer = (key: keyof NerTrainOptions, fallback: number, min: number, max: number) =>
    checkInteger(options[key] ?? fallback, key, { min, max });
  const { gazetteers = 'english', onEpoch } = options;
  if (gazetteers !== false) checkOneOf(gazetteers, 'gazetteers', ['english']);
  if (onEpoch !== undefined && typeof onEpoch !== 'function') {
    throw new ArgumentError(`Expected \`onEpoch\` to be a function, received ${show(onEpoch)}.`);
  }
  const hasDev = options.dev !== undefined;
  return {
    encoding: checkOneOf(options.encoding ?? 'BIO', 'encoding', ['BIO', 'BIOES']),
    gazetteers,
    config: Float64Array.of(
      integer('hashBits', 22, 12, 26),
      integer('epochs', hasDev ? 15 : 10, 1, 10_000),
      integer('patience', 4, 0, 10_000),
      number('learningRate', 0.1, { min: 0, exclusiveMin: true, max: 10 }),
      FINAL_RATE,
      INITIAL_SQUARES,
      number('dropout', 0.4, { min: 0, max: 1, exclusiveMax: true }),
      number('l2', 0.01, { min: 0, max: 1 }),
      integer('batchSize', 4, 1, 4096),
      AVERAGE_FROM,
      checkSeed(options.seed ?? 0),
      integer('threads', 0, 0, 256),
      hasDev ? 1 : 0,
    ),
  };
}
