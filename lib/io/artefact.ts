import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Json, JsonObject } from '../data';
import { ArgumentError, DataError } from '../errors';
import { show } from '../validate';
import { writeFileAtomic } from './atomic';
import type { SafetensorsHeader } from './header';
import {
  encodeSafetensors,
  parseSafetensors,
  readSafetensors,
  readSafetensorsHeader,
  type Tensor,
  type TensorInput,
} from './safetensors';

/** The newest format of the `hebb` entry that this version writes and reads. */
export const ARTEFACT_VERSION = 1;

/** What a saved model is, apart from its weights. */
export interface ArtefactHead {
  /** The class that saved it, e.g. 'MLPClassifier'. */
  kind: string;
  /** What the class needs to build itself again: its options and sizes. */
  config: JsonObject;
  /** How raw input becomes numbers: the states of scalers, encoders or a table preprocessor. */
  preprocessing: Json;
  /** The class labels, as `LabelEncoder.toJSON` gives them; null for models without classes. */
  classes: Json;
  /** The version of the format of this entry. */
  formatVersion: number;
  /** The version of hebb that wrote the file. */
  hebbVersion: string;
}

/** What `writeArtefact` takes. */
export interface ArtefactInput {
  kind: string;
  config: JsonObject;
  preprocessing?: unknown;
  classes?: unknown;
  tensors: Readonly<Record<string, TensorInput>>;
}

/** A saved model: one safetensors file whose metadata hold an entry `hebb`. */
export interface Artefact extends ArtefactHead {
  tensors: Record<string, Tensor>;
}

function libraryVersion(): string {
  const manifest = readFileSync(path.join(__dirname, '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** JSON text; refuses what JSON would silently change: NaN, Infinity, typed arrays. */
function toJsonText(value: unknown, kind: string): string {
  return JSON.stringify(value, (key, entry: unknown) => {
    const bad =
      typeof entry === 'number' ? !Number.isFinite(entry) : ArrayBuffer.isView(entry) || typeof entry === 'bigint';
    if (bad)
      throw new ArgumentError(
        `Expected \`${key}\` in the saved state of ${kind} to fit into JSON, received ${show(entry)}.`,
      );
    return entry;
  });
}

/**
 * The bytes of a saved model, in pieces.
 * @throws ArgumentError when config, preprocessing or classes do not fit into JSON, or a tensor is no typed array
 * @throws ShapeError when a tensor's data do not fill its shape
 */
export function encodeArtefact(model: ArtefactInput): Uint8Array[] {
  const head: Record<keyof ArtefactHead, unknown> = {
    formatVersion: ARTEFACT_VERSION,
    hebbVersion: libraryVersion(),
    kind: model.kind,
    config: model.config,
    preprocessing: model.preprocessing ?? null,
    classes: model.classes ?? null,
  };
  // `format: 'pt'` is what PyTorch's loaders look for: the tensors have its names and layouts.
  return encodeSafetensors(model.tensors, { format: 'pt', hebb: toJsonText(head, model.kind) });
}

/**
 * Saves a model as one safetensors file, written beside and renamed.
 * @throws DataError when the file cannot be written; otherwise as `encodeArtefact`
 */
export async function writeArtefact(file: string, model: ArtefactInput): Promise<void> {
  await writeFileAtomic(file, encodeArtefact(model));
}

function parseHead(
  metadata: Record<string, string>,
  source: string,
  kinds: readonly string[] | undefined,
): ArtefactHead {
  const text = metadata.hebb;
  if (text === undefined) {
    throw new DataError(
      `Expected ${source} to be a model saved by hebb, its metadata have no \`hebb\` entry. readSafetensors reads plain tensors.`,
    );
  }
  let head: Partial<ArtefactHead>;
  try {
    head = JSON.parse(text) ?? {};
  } catch (cause) {
    throw new DataError(`Expected the \`hebb\` entry of ${source} to be JSON: ${(cause as Error).message}.`, { cause });
  }
  const { formatVersion, hebbVersion, kind, config } = head;
  if (!Number.isInteger(formatVersion) || (formatVersion as number) < 1) {
    throw new DataError(
      `Expected the \`hebb\` entry of ${source} to state its format version, found ${show(formatVersion)}.`,
    );
  }
  if ((formatVersion as number) > ARTEFACT_VERSION) {
    throw new DataError(
      `Expected a model of format version ${ARTEFACT_VERSION} or older, ${source} has version ${formatVersion}. It needs hebb ${hebbVersion ?? '(unknown)'} or newer; this is hebb ${libraryVersion()}.`,
    );
  }
  if (typeof kind !== 'string' || config === null || typeof config !== 'object' || Array.isArray(config)) {
    throw new DataError(
      `Expected the \`hebb\` entry of ${source} to state \`kind\` and \`config\`, found ${show(kind)} and ${show(config)}.`,
    );
  }
  if (kinds !== undefined && !kinds.includes(kind)) {
    throw new DataError(
      `Expected ${source} to hold a model of kind ${kinds.join(' or ')}, found ${kind}. Load it with ${kind}.load.`,
    );
  }
  return { ...head, preprocessing: head.preprocessing ?? null, classes: head.classes ?? null } as ArtefactHead;
}

/**
 * Reads a saved model.
 * @param kinds the classes that may have saved it; any when left out
 * @throws DataError when the file cannot be read, is damaged, no model of hebb, of a newer format or of another kind
 */
export async function readArtefact(file: string, kinds?: readonly string[]): Promise<Artefact> {
  const { tensors, metadata } = await readSafetensors(file);
  return { ...parseHead(metadata, file, kinds), tensors };
}

/** The same from bytes in memory. @throws DataError as `readArtefact` */
export function parseArtefact(bytes: Uint8Array, source = 'the data', kinds?: readonly string[]): Artefact {
  const { tensors, metadata } = parseSafetensors(bytes, source);
  return { ...parseHead(metadata, source, kinds), tensors };
}

/**
 * Reads what a saved model is, with the names and shapes of its tensors but not their values.
 * @throws DataError as `readArtefact`
 */
export async function inspectArtefact(file: string): Promise<ArtefactHead & { tensors: SafetensorsHeader['tensors'] }> {
  const { tensors, metadata } = await readSafetensorsHeader(file);
  return { ...parseHead(metadata, file, undefined), tensors };
}
