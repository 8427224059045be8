import { DataError, fromNative } from '../errors';
import { type NativeNerModel, native, settle } from '../native';
import { show } from '../validate';
import { addEnglishLists, ENGLISH_LISTS } from './bundled';
import { addDictionaries, setClusters } from './dictionaries';
import { encodeDev, encodePartialTags, type TagVocabulary, vocabularyOf } from './labels';
import { type NerEpoch, type NerTrainOptions, trainSettings } from './options';
import { packTagged } from './packing';
import { checkKnown, checkSentences, type TaggedSentence } from './sentence';
import { Turns } from './turns';

export interface Trained {
  model: NativeNerModel;
  vocabulary: TagVocabulary;
  history: NerEpoch[];
}

/** A native model of a vocabulary, without weights. */
export function nativeModel({ names, types, encoding }: TagVocabulary): NativeNerModel {
  return native().nerModel(
    Uint8Array.from(names, (name) => 'OBIES'.indexOf(name[0]!)),
    Int32Array.from(names, (name) => (name === 'O' ? -1 : types.indexOf(name.slice(2)))),
    encoding === 'BIOES',
    true,
  );
}

/** Runs a synchronous native call with its errors in their typed classes. */
export function call<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw fromNative(error);
  }
}

/** A model with the lists and clusters that its features look words up in. */
function modelWith(vocabulary: TagVocabulary, { dictionaries, clusters }: NerTrainOptions, gazetteers: boolean) {
  const model = nativeModel(vocabulary);
  if (gazetteers) call(() => addEnglishLists(model));
  if (dictionaries !== undefined) addDictionaries(model, dictionaries, gazetteers ? ENGLISH_LISTS : 0);
  if (clusters !== undefined) setClusters(model, clusters);
  return model;
}

async function packDev(dev: readonly TaggedSentence[] | undefined, vocabulary: TagVocabulary, turns: Turns) {
  if (dev === undefined) return [null, null, null, null, null, null, null] as const;
  checkSentences(dev, 'dev');
  checkKnown(dev, 'dev');
  const { tags, annotated, masks } = encodeDev(dev, vocabulary);
  return [...(await packTagged(dev, turns)), tags, annotated, masks] as const;
}

const toEpoch = (values: Float64Array): NerEpoch => {
  const [epoch, epochs, loss, devF1] = values as unknown as [number, number, number, number];
  return { epoch, epochs, loss, devF1: Number.isNaN(devF1) ? undefined : devF1 };
};

/** Trains a native model on a background thread. See NerTagger.train. */
export async function trainModel(sentences: readonly TaggedSentence[], options: NerTrainOptions): Promise<Trained> {
  const { config, encoding, gazetteers } = trainSettings(options);
  if (!Array.isArray(sentences) || sentences.length === 0) {
    throw new DataError(`Expected \`sentences\` to be a non-empty array, received ${show(sentences)}.`);
  }
  const { onEpoch, signal } = options;
  const turns = new Turns(signal);
  checkSentences(sentences, 'sentences');
  await turns.pause();
  const vocabulary = vocabularyOf(sentences, encoding);
  await turns.pause();
  const { tags, masks } = encodePartialTags(sentences, vocabulary);
  await turns.pause();
  const packed = await packTagged(sentences, turns);
  const dev = await packDev(options.dev, vocabulary, turns);
  const model = modelWith(vocabulary, options, gazetteers === 'english');
  const progress = onEpoch === undefined ? null : (values: Float64Array) => onEpoch(toEpoch(values));
  const outcome = await settle(
    () => native().nerTrain(model, ...packed, tags, masks, ...dev, config, progress),
    signal,
  );
  const history: NerEpoch[] = [];
  for (let at = 0; at < outcome.history.length; at += 4) history.push(toEpoch(outcome.history.subarray(at, at + 4)));
  return { model, vocabulary, history };
}
