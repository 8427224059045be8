import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ArgumentError, DataError, fromNative } from '../errors';
import { type Artefact, parseArtefact, readArtefact, writeArtefact } from '../io';
import { type NativeNerModel, type NativeNerTags, type NativeSentences, native, settle } from '../native';
import { splitSentences, type Token, tokenize } from '../text';
import { checkInteger, checkKeys, checkNumber, checkOneOf, show } from '../validate';
import type { TaggedSentence } from './conll';
import { addDictionaries, setClusters } from './dictionaries';
import { type EntityEvaluation, evaluateTags } from './evaluation';
import { encodePartialTags, encodeTags, type TagVocabulary, vocabularyOf } from './labels';
import { mergeRuleEntities } from './merge';
import { loadWeights, type NerPrecision, readConfig, toArtefact } from './modelFile';
import { type NerEpoch, type NerTrainOptions, trainSettings } from './options';
import { packSentences } from './packing';
import type { EntityValue } from './rules';
import { convertTags, tagNames } from './scheme';

/** An entity in a text; `text.slice(start, end)` is `text`. */
export interface NamedEntity {
  text: string;
  label: string;
  /** UTF-16 offsets. */
  start: number;
  end: number;
  /** The probability of exactly this entity under the model; 1 for what a rule found. */
  score: number;
  /** What the entity says, where a rule could read it: an ISO 8601 date, an amount with its ISO 4217 currency, a share. */
  value?: EntityValue;
}

export interface NerTagOptions {
  /** 0 (default): the whole pool. */
  threads?: number;
  signal?: AbortSignal;
  /** The caller's own features of each word of each sentence. */
  features?: readonly (string[][] | undefined)[];
}

export interface NerSaveOptions {
  /** Default 'float32'. */
  precision?: NerPrecision;
  /** Rows of weights that nowhere exceed this are left out; default 0. */
  threshold?: number;
}

interface Internals {
  model: NativeNerModel;
  vocabulary: TagVocabulary;
  rules: string | null;
  history: NerEpoch[];
}

const ENGLISH = path.resolve(__dirname, '..', '..', 'data', 'ner', 'english.safetensors');
const ENGLISH_LISTS = 31;
let englishFile: Artefact | undefined;
let english: NerTagger | undefined;

function readEnglish(): Artefact {
  if (englishFile === undefined) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(ENGLISH);
    } catch (cause) {
      throw new DataError(`Could not read the bundled English model ${ENGLISH}: ${(cause as Error).message}.`, {
        cause,
      });
    }
    englishFile = parseArtefact(bytes, ENGLISH, ['NerTagger']);
  }
  return englishFile;
}

function nativeModel({ names, types, encoding }: TagVocabulary): NativeNerModel {
  const part = (name: string) => 'OBIES'.indexOf(name[0] as string);
  return native().nerModel(
    Uint8Array.from(names, part),
    Int32Array.from(names, (name) => (name === 'O' ? -1 : types.indexOf(name.slice(2)))),
    encoding === 'BIOES',
    true,
  );
}

function addEnglishLists(model: NativeNerModel): void {
  const { tensors } = readEnglish();
  const entries = tensors['gazetteer.entries']?.data;
  const masks = tensors['gazetteer.masks']?.data;
  if (!(entries instanceof Uint8Array) || !(masks instanceof Uint32Array)) {
    throw new DataError('Expected the bundled English model to hold name lists, it is damaged.');
  }
  native().nerSetGazetteer(model, entries, masks);
}

/** Runs a synchronous native call with its errors in their typed classes. */
function call<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw fromNative(error);
  }
}

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

  /** The types of entity, sorted. */
  get types(): readonly string[] {
    return this.#vocabulary.types;
  }

  /** The tags that `tag` can give. */
  get tags(): readonly string[] {
    return tagNames(this.#vocabulary.types, this.#vocabulary.scheme);
  }

  /**
   * Trains a tagger on a background thread. Tags may be in any scheme; sentences that annotate only some types say so in
   * `annotates`, unknown words are tagged '?'.
   * @throws DataError for sentences without words for their tags, unknown tags, dev types that training has not
   * @throws ArgumentError for unknown options or values out of range; AbortError when `signal` aborts
   */
  static async train(sentences: readonly TaggedSentence[], options: NerTrainOptions = {}): Promise<NerTagger> {
    const { config, encoding, gazetteers } = trainSettings(options);
    if (!Array.isArray(sentences) || sentences.length === 0) {
      throw new DataError(`Expected \`sentences\` to be a non-empty array, received ${show(sentences)}.`);
    }
    const vocabulary = vocabularyOf(sentences, encoding);
    const { tags, masks } = encodePartialTags(sentences, vocabulary);
    const pack = (of: readonly TaggedSentence[]) =>
      packSentences(
        of.map((s) => s.tokens),
        of.some((s) => s.features !== undefined) ? of.map((s) => s.features) : [],
      );
    const packed = pack(sentences);
    const { dev } = options;
    const devTags = dev === undefined ? null : encodeTags(dev, vocabulary, '`dev`');
    const packedDev: NativeSentences | [null, null, null, null] =
      dev === undefined ? [null, null, null, null] : pack(dev);

    const model = nativeModel(vocabulary);
    if (gazetteers === 'english') call(() => addEnglishLists(model));
    if (options.dictionaries !== undefined)
      addDictionaries(model, options.dictionaries, gazetteers ? ENGLISH_LISTS : 0);
    if (options.clusters !== undefined) setClusters(model, options.clusters);
    const { onEpoch } = options;
    const toEpoch = (v: Float64Array): NerEpoch => {
      const [epoch, epochs, loss, devF1] = v as unknown as [number, number, number, number];
      return { epoch, epochs, loss, devF1: Number.isNaN(devF1) ? undefined : devF1 };
    };
    const progress = onEpoch === undefined ? null : (values: Float64Array) => onEpoch(toEpoch(values));
    const outcome = await settle(
      () => native().nerTrain(model, ...packed, tags, masks, ...packedDev, devTags, config, progress),
      options.signal,
    );
    const history: NerEpoch[] = [];
    for (let at = 0; at < outcome.history.length; at += 4) history.push(toEpoch(outcome.history.subarray(at, at + 4)));
    return new NerTagger({ model, vocabulary, rules: null, history });
  }

  /**
   * The bundled English model: PER, ORG, LOC, PRODUCT learned, DATE, MONEY and PERCENT by rules with normalised values.
   * Loaded at the first call. Its data, F1 and limits are in data/ner/MODEL_CARD.md.
   */
  static english(): NerTagger {
    english ??= NerTagger.#fromArtefact(readEnglish(), ENGLISH);
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
  async save(file: string, options: NerSaveOptions & { rules?: 'english' } = {}): Promise<void> {
    checkKeys(options, ['precision', 'threshold', 'rules'], 'NerTagger.save');
    const precision = checkOneOf(options.precision ?? 'float32', 'precision', ['float32', 'int8']);
    const threshold = checkNumber(options.threshold ?? 0, 'threshold', { min: 0 });
    const rules = options.rules === undefined ? this.#rules : checkOneOf(options.rules, 'rules', ['english']);
    await writeArtefact(file, toArtefact(this.#model, this.#vocabulary, { precision, threshold, rules }));
  }

  /** One tag a word, in the scheme that was trained on. Blocks while it works: about a microsecond a word. */
  tag(tokens: readonly string[], features?: string[][]): string[] {
    const packed = packSentences([tokens], features === undefined ? [] : [features]);
    const { tags } = call(() => native().nerTag(this.#model, ...packed, false, 1));
    return this.#names(tags, 0, tags.length);
  }

  /** The tags of many sentences, on background threads. */
  async tagAll(sentences: readonly (readonly string[])[], options: NerTagOptions = {}): Promise<string[][]> {
    const { tags } = await this.#tagJob(sentences, options, false);
    let at = 0;
    return sentences.map(({ length }) => {
      at += length;
      return this.#names(tags, at - length, at);
    });
  }

  #tagJob(
    sentences: readonly (readonly string[])[],
    options: NerTagOptions,
    entities: boolean,
  ): Promise<NativeNerTags> {
    checkKeys(options, ['threads', 'signal', 'features'], 'NerTagger.tagAll');
    if (!Array.isArray(sentences))
      throw new ArgumentError(`Expected \`sentences\` to be an array, received ${show(sentences)}.`);
    const threads = checkInteger(options.threads ?? 0, 'threads', { min: 0, max: 256 });
    const packed = packSentences(sentences, options.features ?? []);
    return settle(() => native().nerTagJob(this.#model, ...packed, entities, threads), options.signal);
  }

  #names(tags: Int32Array, begin: number, end: number): string[] {
    const { names, encoding, scheme } = this.#vocabulary;
    const out = new Array<string>(end - begin);
    for (let i = begin; i < end; i++) out[i - begin] = names[tags[i] as number] as string;
    return encoding === scheme ? out : convertTags(out, scheme);
  }

  /**
   * The entities of a text, in order, with UTF-16 offsets and probabilities. Any string is taken; time is linear in its
   * length, about a million characters a second, during which it blocks (extractEntitiesAsync does not).
   */
  extractEntities(text: string): NamedEntity[] {
    const sentences = this.#sentencesOf(text);
    const packed = packSentences(sentences.map((tokens) => tokens.map((t) => t.text)));
    const result = call(() => native().nerTag(this.#model, ...packed, true, 1));
    return this.#entitiesOf(text, sentences, result);
  }

  /** As extractEntities, with the tagging on background threads. */
  async extractEntitiesAsync(text: string, options: Omit<NerTagOptions, 'features'> = {}): Promise<NamedEntity[]> {
    const sentences = this.#sentencesOf(text);
    const result = await this.#tagJob(
      sentences.map((tokens) => tokens.map((t) => t.text)),
      options,
      true,
    );
    return this.#entitiesOf(text, sentences, result);
  }

  #sentencesOf(text: string): Token[][] {
    if (typeof text !== 'string') throw new ArgumentError(`Expected \`text\` to be a string, received ${show(text)}.`);
    return splitSentences(text).map((range) => tokenize(text, range));
  }

  #entitiesOf(text: string, sentences: readonly Token[][], { entities, scores }: NativeNerTags): NamedEntity[] {
    const found: NamedEntity[] = [];
    for (let k = 0; k < scores.length; k++) {
      const [s, first, end, type] = entities.subarray(4 * k, 4 * k + 4) as unknown as [number, number, number, number];
      const words = sentences[s] as Token[];
      const from = (words[first] as Token).start;
      const to = (words[end - 1] as Token).end;
      found.push({
        text: text.slice(from, to),
        label: this.#vocabulary.types[type] as string,
        start: from,
        end: to,
        score: scores[k] as number,
      });
    }
    return this.#rules === 'english' ? mergeRuleEntities(text, found) : found;
  }

  /** Entity precision, recall and F1 on tagged sentences (evaluateTags). Types that the tagger lacks count as missed. */
  async evaluate(
    sentences: readonly TaggedSentence[],
    options: NerTagOptions & { strict?: boolean } = {},
  ): Promise<EntityEvaluation> {
    const { strict = false, ...rest } = options;
    const predicted = await this.tagAll(
      sentences.map((s) => s.tokens),
      rest,
    );
    return evaluateTags(
      sentences.map((s) => s.tags),
      predicted,
      { strict },
    );
  }
}
