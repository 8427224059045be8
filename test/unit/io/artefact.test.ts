import path from 'node:path';
import { LabelEncoder, StandardScaler } from '../../../lib/data';
import {
  ARTEFACT_VERSION,
  type ArtefactInput,
  encodeArtefact,
  encodeSafetensors,
  inspectArtefact,
  parseArtefact,
  readArtefact,
  readSafetensors,
  writeArtefact,
  writeSafetensors,
} from '../../../lib/io';
import { rejected, thrown } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);

const scaler = new StandardScaler().fit([
  [1, 2],
  [3, 5],
]);
const labels = new LabelEncoder().fit(['no', 'yes']);
const model: ArtefactInput = {
  kind: 'MLPClassifier',
  config: { hidden: [4], activation: 'relu' },
  preprocessing: scaler,
  classes: labels,
  tensors: { 'layers.0.weight': { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] } },
};

describe('artefact', () => {
  test('round trip', async () => {
    const file = at('model.safetensors');
    await writeArtefact(file, model);
    const read = await readArtefact(file, ['MLPClassifier']);
    expect(read).toMatchObject({ kind: 'MLPClassifier', config: model.config, formatVersion: ARTEFACT_VERSION });
    expect(read.hebbVersion).toMatch(/^\d+\.\d+\.\d+/);
    expect(StandardScaler.fromJSON(read.preprocessing).toJSON()).toEqual(scaler.toJSON());
    expect(LabelEncoder.fromJSON(read.classes).classes).toEqual(['no', 'yes']);
    expect(read.tensors['layers.0.weight'].data).toEqual(Float32Array.of(1, 2, 3, 4));
    const { tensors, ...head } = await inspectArtefact(file);
    expect(head.config).toEqual(model.config);
    expect(tensors.get('layers.0.weight')?.shape).toEqual([2, 2]);
    expect((await readSafetensors(file)).metadata.format).toBe('pt');
    expect(parseArtefact(Buffer.concat(encodeArtefact(model))).kind).toBe('MLPClassifier');
  });

  test('without preprocessing and classes', () => {
    const bytes = Buffer.concat(encodeArtefact({ kind: 'A', config: {}, tensors: {} }));
    expect(parseArtefact(bytes)).toMatchObject({ preprocessing: null, classes: null, tensors: {} });
  });

  test('another kind', async () => {
    await writeArtefact(at('kind.safetensors'), model);
    expect(await rejected(readArtefact(at('kind.safetensors'), ['MLPRegressor', 'Perceptron']))).toEqual({
      name: 'DataError',
      message: `Expected ${at('kind.safetensors')} to hold a model of kind MLPRegressor or Perceptron, found MLPClassifier. Load it with MLPClassifier.load.`,
    });
  });

  test.each<[string, string | undefined, string]>([
    [
      'no entry',
      undefined,
      'Expected m to be a model saved by hebb, its metadata have no `hebb` entry. readSafetensors reads plain tensors.',
    ],
    ['no JSON', 'nonsense', 'Expected the `hebb` entry of m to be JSON: '],
    ['null', 'null', 'Expected the `hebb` entry of m to state its format version, found undefined.'],
    ['version 0', '{"formatVersion":0}', 'Expected the `hebb` entry of m to state its format version, found 0.'],
    [
      'no kind',
      '{"formatVersion":1,"config":{}}',
      'Expected the `hebb` entry of m to state `kind` and `config`, found undefined and a plain object.',
    ],
    [
      'no config',
      '{"formatVersion":1,"kind":"A"}',
      "Expected the `hebb` entry of m to state `kind` and `config`, found 'A' and undefined.",
    ],
  ])('metadata with %s', (_, hebb, message) => {
    const bytes = Buffer.concat(encodeSafetensors({}, hebb === undefined ? {} : { hebb }));
    const error = thrown(() => parseArtefact(bytes, 'm'));
    expect(error.name).toBe('DataError');
    expect(error.message.slice(0, message.length)).toBe(message);
  });

  test('a newer format says which version is needed', async () => {
    const hebb = JSON.stringify({ formatVersion: 9, hebbVersion: '7.1.0', kind: 'A', config: {} });
    await writeSafetensors(at('new.safetensors'), {}, { hebb });
    expect((await rejected(readArtefact(at('new.safetensors')))).message).toMatch(
      /^Expected a model of format version 1 or older, .*new\.safetensors has version 9\. It needs hebb 7\.1\.0 or newer; this is hebb \d+\.\d+\.\d+\.$/,
    );
  });

  test('what JSON would change is refused', () => {
    expect(thrown(() => encodeArtefact({ ...model, config: { rate: Number.NaN } }))).toEqual({
      name: 'ArgumentError',
      message: 'Expected `rate` in the saved state of MLPClassifier to fit into JSON, received NaN.',
    });
    expect(thrown(() => encodeArtefact({ ...model, preprocessing: { mean: new Float64Array(2) } })).message).toBe(
      'Expected `mean` in the saved state of MLPClassifier to fit into JSON, received Float64Array(2).',
    );
    expect(thrown(() => encodeArtefact({ ...model, classes: [1n] })).message).toContain(
      'to fit into JSON, received 1.',
    );
  });
});
