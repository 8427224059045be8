import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DataError } from '../errors';
import { type Artefact, parseArtefact } from '../io';
import { type NativeNerModel, native } from '../native';

/** The file of the English model that comes with the package. */
export const ENGLISH_FILE = path.resolve(__dirname, '..', '..', 'data', 'ner', 'english.safetensors');
/** The name lists in it have the numbers below this one. */
export const ENGLISH_LISTS = 31;

let file: Artefact | undefined;

/** Reads the file at the first call. @throws DataError when it is damaged or not there */
export function readEnglish(): Artefact {
  if (file === undefined) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(ENGLISH_FILE);
    } catch (cause) {
      throw new DataError(`Could not read the bundled English model ${ENGLISH_FILE}: ${(cause as Error).message}.`, {
        cause,
      });
    }
    file = parseArtefact(bytes, ENGLISH_FILE, ['NerTagger']);
  }
  return file;
}

/** Gives a model the name lists of the bundled one. */
export function addEnglishLists(model: NativeNerModel): void {
  const { tensors } = readEnglish();
  const entries = tensors['gazetteer.entries']?.data;
  const masks = tensors['gazetteer.masks']?.data;
  if (!(entries instanceof Uint8Array) || !(masks instanceof Uint32Array)) {
    throw new DataError('Expected the bundled English model to hold name lists, it is damaged.');
  }
  native().nerSetGazetteer(model, entries, masks);
}
