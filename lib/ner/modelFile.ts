import { DataError } from '../errors';
import type { Artefact, ArtefactInput, TensorInput } from '../io';
import { type NativeNerModel, native } from '../native';
import type { TagVocabulary } from './labels';
import { SCHEMES } from './scheme';

/** float32, or int8 with one scale a tag: a fourth of the size. */
export type NerPrecision = 'float32' | 'int8';

interface Quantized {
  values: Int8Array;
  scales: Float32Array;
}

/** One scale a tag (a column of the rows): the largest weight becomes 127. */
function quantize(rows: Float32Array, tags: number): Quantized {
  const scales = new Float32Array(tags);
  for (let c = 0; c < rows.length; c++) {
    const t = c % tags;
    scales[t] = Math.max(scales[t] as number, Math.abs(rows[c] as number) / 127);
  }
  const values = Int8Array.from(rows, (w, c) => (w === 0 ? 0 : Math.round(w / (scales[c % tags] as number))));
  return { values, scales };
}

function dequantize(values: Int8Array, scales: Float32Array): Float32Array {
  return Float32Array.from(values, (v, c) => v * (scales[c % scales.length] as number));
}

/** Leaves out the rows whose weights are all at most `threshold`: 0 loses nothing but rows of zeros. */
function pruneRows(slots: Uint32Array, rows: Float32Array, tags: number, threshold: number) {
  const kept: number[] = [];
  slots.forEach((_, r) => {
    if (rows.subarray(r * tags, (r + 1) * tags).some((w) => Math.abs(w) > threshold)) kept.push(r);
  });
  const out = new Float32Array(kept.length * tags);
  kept.forEach((r, k) => {
    out.set(rows.subarray(r * tags, (r + 1) * tags), k * tags);
  });
  return { slots: Uint32Array.from(kept, (r) => slots[r] as number), rows: out };
}

/** Rising slots as differences in groups of 7 bits, low first, the high bit set while more follow. */
function packSlots(slots: Uint32Array): Uint8Array {
  const bytes: number[] = [];
  let before = 0;
  for (const slot of slots) {
    let difference = slot - before;
    before = slot;
    for (; difference >= 0x80; difference >>>= 7) bytes.push((difference & 0x7f) | 0x80);
    bytes.push(difference);
  }
  return Uint8Array.from(bytes);
}

function unpackSlots(bytes: Uint8Array, count: number, source: string): Uint32Array {
  const slots = new Uint32Array(count);
  let at = 0;
  let slot = 0;
  for (let k = 0; k < count; k++) {
    let difference = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28)
        throw new DataError(`Expected ${count} whole slots in ${source}, it is damaged.`);
      difference += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    slot += difference;
    slots[k] = slot;
  }
  return slots;
}

const vector = (data: TensorInput['data']): TensorInput => ({ data, shape: [data.length] });

/** What a tagger's file holds. `threshold`: rows with no weight above it are left out. */
export function toArtefact(
  model: NativeNerModel,
  vocabulary: TagVocabulary,
  options: { precision: NerPrecision; threshold: number; rules: string | null },
): ArtefactInput {
  const state = native().nerState(model);
  const tags = vocabulary.names.length;
  const { slots, rows } = pruneRows(state.slots, state.rows, tags, options.threshold);
  const tensors: Record<string, TensorInput> = {
    slots: vector(packSlots(slots)),
    transitions: { data: state.transitions, shape: [tags, tags] },
    start: vector(state.start),
    end: vector(state.end),
    bias: vector(state.bias),
  };
  if (options.precision === 'int8') {
    const { values, scales } = quantize(rows, tags);
    tensors.rows = { data: values, shape: [slots.length, tags] };
    tensors.scales = vector(scales);
  } else {
    tensors.rows = { data: rows, shape: [slots.length, tags] };
  }
  const gazetteer = native().nerGazetteerState(model);
  if (gazetteer.entries.length > 0) {
    tensors['gazetteer.entries'] = vector(gazetteer.entries);
    tensors['gazetteer.masks'] = vector(gazetteer.masks);
  }
  const clusters = native().nerClusterState(model);
  if (clusters.counts.length > 0) {
    tensors['clusters.keys'] = vector(clusters.keys);
    tensors['clusters.counts'] = vector(clusters.counts);
    tensors['clusters.ids'] = vector(clusters.ids);
  }
  const { types, encoding, scheme } = vocabulary;
  return {
    kind: 'NerTagger',
    config: { hashBits: state.bits, types, encoding, scheme, precision: options.precision, rules: options.rules },
    tensors,
  };
}

export interface SavedVocabulary {
  types: string[];
  encoding: 'BIO' | 'BIOES';
  scheme: TagVocabulary['scheme'];
  rules: string | null;
  hashBits: number;
}

/** The checked `config` of a tagger's file. */
export function readConfig({ config }: Artefact, source: string): SavedVocabulary {
  const { types, encoding, scheme, rules = null, hashBits } = config as unknown as SavedVocabulary;
  const ok =
    Array.isArray(types) &&
    types.length > 0 &&
    types.every((type) => typeof type === 'string' && type !== '') &&
    (encoding === 'BIO' || encoding === 'BIOES') &&
    SCHEMES.includes(scheme) &&
    Number.isInteger(hashBits);
  if (!ok) throw new DataError(`Expected ${source} to state the tags of a tagger, its configuration is damaged.`);
  return { types, encoding, scheme, rules, hashBits };
}

/** Fills a native model from a tagger's file. */
export function loadWeights(
  model: NativeNerModel,
  artefact: Artefact,
  tags: number,
  hashBits: number,
  source: string,
): void {
  const read = <T>(name: string, Type: new (...args: never[]) => T, shape?: (number | null)[]): T => {
    const tensor = artefact.tensors[name];
    const fits =
      shape === undefined ||
      (tensor?.shape.length === shape.length && shape.every((n, i) => n === null || tensor.shape[i] === n));
    if (tensor === undefined || !(tensor.data instanceof Type) || !fits) {
      throw new DataError(
        `Expected ${source} to hold tensor \`${name}\`${shape ? ` of shape [${shape.join(', ')}]` : ''}, it is damaged.`,
      );
    }
    return tensor.data as T;
  };
  const count = artefact.tensors.rows?.shape[0] ?? 0;
  const slots = unpackSlots(read('slots', Uint8Array), count, source);
  const rows =
    artefact.tensors.scales === undefined
      ? read('rows', Float32Array, [count, tags])
      : dequantize(read('rows', Int8Array, [count, tags]), read('scales', Float32Array, [tags]));
  native().nerLoad(
    model,
    hashBits,
    slots,
    rows,
    read('transitions', Float32Array, [tags, tags]),
    read('start', Float32Array, [tags]),
    read('end', Float32Array, [tags]),
    read('bias', Float32Array, [tags]),
  );
  if (artefact.tensors['gazetteer.entries'] !== undefined) {
    native().nerSetGazetteer(model, read('gazetteer.entries', Uint8Array), read('gazetteer.masks', Uint32Array));
  }
  if (artefact.tensors['clusters.counts'] !== undefined) {
    native().nerLoadClusters(
      model,
      read('clusters.keys', Uint32Array),
      read('clusters.counts', Int32Array),
      read('clusters.ids', Uint32Array),
    );
  }
}
