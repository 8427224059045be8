// Trains the bundled English model and writes data/ner/english.safetensors:
//   HEBB_DATA=... node scripts/ner/build-english.mjs [output]
// Everything that decides the result is here; the choice was made on the dev parts and
// on test/golden/ner-sentences.txt.
import { mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { CORPORA, readGazetteers, readPart } from './corpora.mjs';
import { fillTemplates } from './templates.mjs';

const hebb = createRequire(import.meta.url)('../../dist/index.js');
const folder = process.env.HEBB_DATA;
if (!folder) throw new Error('Set HEBB_DATA to the folder that holds ner/ and gazetteers/.');
const output = process.argv[2] ?? path.resolve(import.meta.dirname, '../../data/ner/english.safetensors');
const SETTINGS = { seed: 1, epochs: 8, dropout: 0.5 };
const THRESHOLD = Number(process.env.NER_THRESHOLD ?? 0.1);
const FILLED = 3000; // sentences from templates

const dictionaries = readGazetteers(folder);
const corpora = Object.keys(CORPORA).flatMap((name) => [
  ...readPart(hebb, folder, name, 'train'),
  ...(name.startsWith('crossner') ? readPart(hebb, folder, name, 'dev') : []),
]);
// The templates hold no dates, and say nothing of them: too many sentences without one would teach that dates are rare.
const types = ['PER', 'ORG', 'LOC', 'PRODUCT'];
const train = [...corpora, ...fillTemplates(hebb, dictionaries, FILLED, { seed: SETTINGS.seed, types })];
const started = Date.now();
const tagger = await hebb.NerTagger.train(train, {
  ...SETTINGS,
  gazetteers: false,
  dictionaries,
  onEpoch: ({ epoch, loss }) => console.log(`epoch ${epoch}: loss ${loss.toFixed(4)}`),
});
console.log(`trained on ${train.length} sentences in ${((Date.now() - started) / 1000).toFixed(1)} s`);
mkdirSync(path.dirname(output), { recursive: true });
await tagger.save(output, { precision: 'int8', threshold: THRESHOLD, rules: 'english' });
const { tensors, metadata } = await hebb.readSafetensors(output);
await hebb.writeSafetensors(output, tensors, {
  ...metadata,
  license: 'CC-BY-SA-4.0',
  attribution: 'The corpora and name lists that data/ner/MODEL_CARD.md of hebb credits.',
});
console.log(`${output}: ${(statSync(output).size / 1e6).toFixed(2)} MB`);
