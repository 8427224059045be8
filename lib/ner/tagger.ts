import { ArgumentError } from '../errors';
import { type Artefact, readArtefact, writeArtefact } from '../io';
import { type NativeNerModel, native, settle } from '../native';
import { checkBoolean, checkInteger, checkKeys, checkNumber, checkOneOf, show } from '../validate';
import { blocksOf, TextPart, wordsOf } from './blocks';
import { ENGLISH_FILE, readEnglish } from './bundled';
import { changedMentions, namesOfDocuments, numberDocuments } from './consistency';
import type { NamedEntity } from './entity';
import { type EntityEvaluation, type EvaluateOptions, evaluateTags } from './evaluation';
import type { TagVocabulary } from './labels';
import { mergeRuleEntities } from './merge';
import { loadWeights, type NerPrecision, readConfig, toArtefact } from './modelFile';
import type { NerEpoch, NerTrainOptions } from './options';
import { type Batch, packBatches, packSentences } from './packing';
import { mergeRuleTags } from './running';
import { convertTags, detectScheme, spansToTags, tagNames, tagsToSpans } from './scheme';
import { checkKnown, checkSentences, type TaggedSentence } from './sentence';
import { call, nativeModel, trainModel } from './training';
import { Turns } from './turns';

/** How sentences are tagged. */
export interface NerTagOptions {
  /** 0 (default): the whole pool. */
  threads?: number;
  /** Ends the tagging: the promise rejects with its reason. */
  signal?: AbortSignal;
  /** The caller's own features of each word of each sentence. */
  features?: readonly (string[][] | undefined)[];
  /**
   * Sentences that belong together, so that a name that is found in some of its places in a document is found in all, and
   * one that is hardly ever found in none: `true` if all are of one document, or the number of each sentence's document.
   * Default: each sentence by itself.
   */
  documents?: boolean | readonly (number | undefined)[];
}

/** How `NerTagger.extractEntitiesAsync` tags. */
export type NerExtractOptions = Pick<NerTagOptions, 'threads' | 'signal'>;

/** How `NerTagger.evaluate` tags and counts. */
export interface NerEvaluateOptions extends EvaluateOptions, Pick<NerTagOptions, 'threads' | 'signal'> {
  /** Score these types alone, on both sides. Default: all. */
  types?: readonly string[];
  /** Merge what the tagger's rules find (dates, money, percentages), as extractEntities does. Default true. */
  rules?: boolean;
  /**
   * Tag the sentences of a document as one text, as extractEntities does: those with the same `document`, or all where none
   * has one. Default true, but false where sentences have `features`, which may tell one place of a name from another.
   */
  consistent?: boolean;
}

/** How a tagger is written to a file. */
export interface NerSaveOptions {
  /** Default 'float32'. */
  precision?: NerPrecision;
  /** Rows of weights that nowhere exceed this are left out; default 0. */
  threshold?: number;
  /** Rules that the saved tagger merges into what it extracts; default: those that this one has. */
  rules?: 'english';
}

interface Internals {
  model: NativeNerModel;
  vocabulary: TagVocabulary;
  rules: string | null;
  history: NerEpoch[];
}

let english: NerTagger | undefined;

/** Words that are packed between two turns of the event loop: a few milliseconds of work. */
const WORDS_AT_A_TIME = 1 << 14;

/**
 * Finds named entities: a linear-chain conditional random field (Lafferty, McCallum, Pereira 2001) over hashed features
 * of words, their neighbours and name lists, trained by AdaGrad with feature dropout (Wang et al. 2013, "Feature noising
 * for log-linear structured prediction") and averaging.
 *
 *     const tagger = await NerTagger.train(sentences, { dev, seed: 1 });
 *     tagger.tag(['Tim', 'Cook', 'spoke']);                  // ['B-PER', 'I-PER', 'O']
 *     NerTagger.english().extractEntities('Tim Cook spoke'); // [{ text: 'Tim Cook', label: 'PER', start: 0, ... }]
 */
export class NerTagger {
  readonly #model: NativeNerModel;
  readonly #vocabulary: TagVocabulary;
  readonly #rules: string | null;
  /** What training reported, epoch by epoch; empty for a loaded tagger. */
  readonly history: readonly NerEpoch[];

  private constructor({ model, vocabulary, rules, history }: Internals) {
    this.#model = model;
    this.#vocabulary = vocabulary;
    this.#rules = rules;
    this.history = history;
  }

  /** The types of entity that were learned, sorted. */
  get types(): readonly string[] {
    return this.#vocabulary.types;
  }

  /** The tags that `tag` can give. */
  get tags(): readonly string[] {
    return tagNames(this.#vocabulary.types, this.#vocabulary.scheme);
  }

  /** Does it merge the findings of rules (DATE, MONEY, PERCENT) into what it extracts? */
  get hasRules(): boolean {
    return this.#rules === 'english';
  }

  /**
   * Trains a tagger on a background thread. Tags may be in any scheme; sentences that annotate only some types say so in
   * `annotates`, unknown words are tagged '?'.
   * @throws DataError for sentences without words for their tags, unknown tags, dev types that training has not
   * @throws ArgumentError for unknown options or values out of range; AbortError when `signal` aborts
   */
  static async train(sentences: readonly TaggedSentence[], options: NerTrainOptions = {}): Promise<NerTagger> {
    return new NerTagger({ ...(await trainModel(sentences, options)), rules: null });
  }

  /**
   * The bundled English model: PER, ORG, LOC, PRODUCT and DATE are learned, DATE, MONEY and PERCENT also found by rules
   * that give normalised values. Loaded at the first call. Its data, F1 and limits are in data/ner/MODEL_CARD.md.
   */
  static english(): NerTagger {
    english ??= NerTagger.#fromArtefact(readEnglish(), ENGLISH_FILE);
    return english;
  }

  /** Reads a tagger that `save` wrote. Throws DataError when the file is damaged or no tagger. */
  static async load(file: string): Promise<NerTagger> {
    return NerTagger.#fromArtefact(await readArtefact(file, ['NerTagger']), file);
  }

  static #fromArtefact(artefact: Artefact, source: string): NerTagger {
    const { types, encoding, scheme, rules, hashBits } = readConfig(artefact, source);
    const vocabulary: TagVocabulary = { types, encoding, scheme, names: tagNames(types, encoding) };
    const model = nativeModel(vocabulary);
    call(() => loadWeights(model, artefact, vocabulary.names.length, hashBits, source));
    return new NerTagger({ model, vocabulary, rules, history: [] });
  }

  /** Writes one safetensors file, beside and renamed. */
  async save(file: string, options: NerSaveOptions = {}): Promise<void> {
    checkKeys(options, ['precision', 'threshold', 'rules'], 'NerTagger.save');
    const precision = checkOneOf(options.precision ?? 'float32', 'precision', ['float32', 'int8']);
    const threshold = checkNumber(options.threshold ?? 0, 'threshold', { min: 0 });
    const rules = options.rules === undefined ? this.#rules : checkOneOf(options.rules, 'rules', ['english']);
    await writeArtefact(file, toArtefact(this.#model, this.#vocabulary, { precision, threshold, rules }));
  }

  /**
   * One tag a word, in the scheme that was trained on: what was learned, without rules. Blocks while it works: about a
   * microsecond a word.
   */
  tag(tokens: readonly string[], features?: string[][]): string[] {
    const packed = packSentences([tokens], features === undefined ? [] : [features]);
    const { tags } = call(() => native().nerTag(this.#model, ...packed, false, 1, null, null));
    return this.#names(tags, 0, tags.length);
  }

  /** The tags of many sentences, on background threads. */
  async tagAll(sentences: readonly (readonly string[])[], options: NerTagOptions = {}): Promise<string[][]> {
    checkKeys(options, ['threads', 'signal', 'features', 'documents'], 'NerTagger.tagAll');
    if (!Array.isArray(sentences))
      throw new ArgumentError(`Expected \`sentences\` to be an array, received ${show(sentences)}.`);
    const { signal, features = [] } = options;
    if (!Array.isArray(features))
      throw new ArgumentError(`Expected \`features\` to be an array, received ${show(features)}.`);
    const documents = checkDocuments(options.documents, sentences.length);
    const threads = checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 });
    const turns = new Turns(signal);
    const out: string[][] = [];
    const names = documents === undefined ? null : namesOfDocuments(this.types);
    await turns.pause();
    const tag = ({ first, end, packed }: Batch) => {
      const tagged = settle(
        () =>
          native().nerTagJob(this.#model, ...packed, false, threads, names, documents?.subarray(first, end) ?? null),
        signal,
      );
      tagged.catch(() => undefined); // awaited later
      return tagged;
    };
    const take = ({ first, end }: Batch, tags: Int32Array) => {
      let at = 0;
      for (let s = first; s < end; s++) {
        const { length } = sentences[s]!;
        out.push(this.#names(tags, at, at + length));
        at += length;
      }
    };
    // While a batch is tagged the next is packed and the one before unpacked; names take one after the other.
    let running: { batch: Batch; tagged: ReturnType<typeof tag> } | undefined;
    try {
      for (const batch of packBatches(sentences, features, WORDS_AT_A_TIME)) {
        const before = running;
        const tags = (await before?.tagged)?.tags;
        running = { batch, tagged: tag(batch) };
        if (before !== undefined && tags !== undefined) take(before.batch, tags);
        await turns.pause();
      }
      if (running !== undefined) take(running.batch, (await running.tagged).tags);
    } finally {
      await running?.tagged.catch(() => undefined);
    }
    if (names === null) return out;
    const changes = await settle(() => native().nerChangesJob(names), signal);
    for (const [s, mentions] of changedMentions(changes, this.types)) {
      out[s] = spansToTags(mentions, out[s]!.length, this.#vocabulary.scheme);
    }
    return out;
  }

  #names(tags: Int32Array, begin: number, end: number): string[] {
    const { names, encoding, scheme } = this.#vocabulary;
    const out = new Array<string>(end - begin);
    for (let i = begin; i < end; i++) out[i - begin] = names[tags[i]!]!;
    return encoding === scheme ? out : convertTags(out, scheme);
  }

  /**
   * The entities of a text, in order, with UTF-16 offsets and probabilities; names that it repeats are found in all their
   * places or in none. Any string is taken; time is linear in its length, about a million characters a second, during which
   * it blocks (extractEntitiesAsync does not).
   * @throws ArgumentError when `text` is no string
   */
  extractEntities(text: string): NamedEntity[] {
    if (typeof text !== 'string') throw new ArgumentError(`Expected \`text\` to be a string, received ${show(text)}.`);
    const out: NamedEntity[] = [];
    let part = new TextPart(text, this.types);
    const finish = (): void => {
      part.settle(call(() => native().nerChanges(part.names)));
      for (let k = 0; k < part.blocks.length; k++) this.#collect(text, part, k, out);
      part = new TextPart(text, this.types);
    };
    for (const block of blocksOf(text)) {
      const packed = packSentences(wordsOf(block));
      part.add(
        block,
        call(() => native().nerTag(this.#model, ...packed, true, 1, part.names, null)),
      );
      if (part.isFull) finish();
    }
    finish();
    return out;
  }

  /**
   * As extractEntities, without keeping the event loop: the tagging runs on background threads, and the loop has its turn
   * every few milliseconds between the rest.
   * @throws ArgumentError when `text` is no string and for unknown options; AbortError when `signal` aborts
   */
  async extractEntitiesAsync(text: string, options: NerExtractOptions = {}): Promise<NamedEntity[]> {
    checkKeys(options, ['threads', 'signal'], 'NerTagger.extractEntitiesAsync');
    if (typeof text !== 'string') throw new ArgumentError(`Expected \`text\` to be a string, received ${show(text)}.`);
    const threads = checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 });
    const turns = new Turns(options.signal);
    const out: NamedEntity[] = [];
    await turns.pause();
    let part = new TextPart(text, this.types);
    const finish = async (): Promise<void> => {
      part.settle(await settle(() => native().nerChangesJob(part.names), options.signal));
      for (let k = 0; k < part.blocks.length; k++) {
        this.#collect(text, part, k, out);
        await turns.pause();
      }
      part = new TextPart(text, this.types);
    };
    for (const block of blocksOf(text)) {
      const packed = packSentences(wordsOf(block));
      const { names } = part;
      const tagging = () => native().nerTagJob(this.#model, ...packed, true, threads, names, null);
      part.add(block, await settle(tagging, options.signal));
      await turns.pause();
      if (part.isFull) await finish();
    }
    await finish();
    return out;
  }

  /** Puts the entities of a block into `out`, with those of the rules. */
  #collect(text: string, part: TextPart, k: number, out: NamedEntity[]): void {
    const learned = part.entities(k);
    const entities = this.hasRules ? mergeRuleEntities(text, learned, part.blocks[k]!) : learned;
    for (const entity of entities) out.push(entity);
  }

  /**
   * Entity precision, recall and F1 on tagged sentences (evaluateTags), with the sentences' own `features`; where a sentence
   * says what it `annotates`, other types count on neither side. What the tagger answers is compared in the scheme of
   * the sentences. Types that the tagger lacks count as missed.
   * @throws DataError for sentences that are none, and for unknown tags '?'
   * @throws ArgumentError for unknown options; AbortError when `signal` aborts
   */
  async evaluate(sentences: readonly TaggedSentence[], options: NerEvaluateOptions = {}): Promise<EntityEvaluation> {
    checkKeys(options, ['strict', 'scheme', 'types', 'rules', 'consistent', 'threads', 'signal'], 'NerTagger.evaluate');
    const { strict, scheme, types, threads, signal } = options;
    const withRules = checkBoolean(options.rules ?? true, 'rules') && this.hasRules;
    checkSentences(sentences, 'sentences');
    checkKnown(sentences, 'sentences');
    const byDefault = sentences.every((sentence) => sentence.features === undefined);
    const consistent = checkBoolean(options.consistent ?? byDefault, 'consistent');
    if (types !== undefined && !(Array.isArray(types) && types.every((type) => typeof type === 'string')))
      throw new ArgumentError(`Expected \`types\` to be an array of types, received ${show(types)}.`);
    const predicted = await this.tagAll(
      sentences.map((s) => s.tokens),
      {
        features: sentences.map((s) => s.features),
        ...(consistent && { documents: sentences.map((s) => s.document) }),
        ...(threads !== undefined && { threads }),
        ...(signal && { signal }),
      },
    );
    const turns = new Turns(signal);
    const to = detectScheme(sentences.map((s) => s.tags));
    const gold: string[][] = [];
    for (let s = 0; s < sentences.length; s++) {
      const { tokens, tags, annotates } = sentences[s]!;
      const counts = (type: string) => (types?.includes(type) ?? true) && (annotates?.includes(type) ?? true);
      const own = predicted[s]!;
      gold.push(types === undefined && annotates === undefined ? tags : onlyTypes(tags, counts, to));
      predicted[s] = onlyTypes(withRules ? mergeRuleTags(tokens, own) : own, counts, to);
      await turns.pause();
    }
    return evaluateTags(gold, predicted, {
      ...(strict === undefined ? {} : { strict }),
      ...(scheme === undefined ? {} : { scheme }),
    });
  }
}

/** The number of each sentence's document; undefined where each stands by itself. */
function checkDocuments(documents: NerTagOptions['documents'], sentences: number): Int32Array | undefined {
  if (documents === undefined || documents === false) return undefined;
  if (documents === true) return new Int32Array(sentences);
  if (!Array.isArray(documents) || documents.length !== sentences) {
    throw new ArgumentError(
      `Expected \`documents\` to be true or the number of a document for each of the ${sentences} sentences, received ${show(documents)}.`,
    );
  }
  return numberDocuments(documents);
}

/** The entities of some types alone, in a scheme. */
function onlyTypes(tags: readonly string[], wanted: (type: string) => boolean, scheme: 'BIO' | 'BIOES' | 'IO') {
  const spans = tagsToSpans(tags).filter(({ type }) => wanted(type));
  return spansToTags(spans, tags.length, scheme);
}
