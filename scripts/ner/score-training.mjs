// What training reaches with the default settings: entity F1 on dev and test, on the split of each corpus itself.
//   HEBB_DATA=... node scripts/ner/score-training.mjs [corpus,corpus ...] [--seeds 5] [--options '{"l2": 0.02}']
//                                                     [--clusters own|all] [--int8] [--no-test] [--runs 8] [--documents]
// --clusters: beside it, with word clusters learned from the raw words of the corpus' own train and dev parts, or of
// those of all corpora.
// --int8: beside it, the same taggers saved as int8 and loaded again.
// --runs: beside it, F1 on unseen text: train and dev are cut into so many runs of sentences, each held out once.
// --documents: the same for each document of train and dev, where it is known where they begin.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CORPORA, readPart } from './corpora.mjs';

const hebb = createRequire(import.meta.url)('../../dist/index.js');
const TARGETS = { btc: 69, gum_perm: 66, wikigold: 66.5, wnut17: 21, sec_filings: 82.5 };
/** The first sentences of the documents (each begins with the title of a contract). */
const DOCUMENTS = { sec_filings: { train: [0, 249, 329, 574, 934], dev: [0, 27, 36, 63, 103] } };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '5' },
    options: { type: 'string', default: '{}' },
    clusters: { type: 'string' },
    int8: { type: 'boolean', default: false },
    'no-test': { type: 'boolean', default: false },
    runs: { type: 'string' },
    documents: { type: 'boolean', default: false },
  },
});
const folder = process.env.HEBB_DATA;
if (!folder) throw new Error('Set HEBB_DATA to the folder that holds ner/ and gazetteers/.');
const corpora = positionals.length > 0 ? positionals.flatMap((list) => list.split(',')) : Object.keys(TARGETS);
const seeds = Array.from({ length: Number(values.seeds) }, (_, k) => k + 1);
const scratch = mkdtempSync(path.join(tmpdir(), 'hebb-ner-'));
const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
const spread = (list) => Math.sqrt(mean(list.map((x) => (x - mean(list)) ** 2)));
const cell = (list) => `${mean(list).toFixed(2).padStart(6)} +- ${spread(list).toFixed(2)}`;

/** Trains with every seed; F1 in percent on dev and test, and of the same taggers as int8. */
async function measure({ train, dev, test }, options) {
  const out = { dev: [], test: [], int8: [], seconds: [], epochs: [] };
  for (const seed of seeds) {
    const started = performance.now();
    const tagger = await hebb.NerTagger.train(train, { dev, seed, ...options });
    out.seconds.push((performance.now() - started) / 1000);
    out.epochs.push(tagger.history.length);
    const f1 = async (of, part) => 100 * (await of.evaluate(part)).f1;
    out.dev.push(await f1(tagger, dev));
    if (test === undefined) continue;
    out.test.push(await f1(tagger, test));
    if (!values.int8) continue;
    const file = path.join(scratch, 'int8.safetensors');
    await tagger.save(file, { precision: 'int8' });
    out.int8.push(await f1(await hebb.NerTagger.load(file), test));
  }
  return out;
}

function print(name, { dev, test, int8, seconds, epochs }, target) {
  const cells = [
    name.padEnd(24),
    cell(dev),
    test.length > 0 ? cell(test) : '',
    target === undefined || test.length === 0
      ? ''
      : `>= ${target} ${mean(test) >= target ? 'reached' : 'MISSED'}`.padEnd(15),
    `${mean(seconds).toFixed(2)} s, ${mean(epochs).toFixed(1)} epochs`,
    int8.length > 0 ? `int8 test ${cell(int8)}` : '',
  ];
  console.log(cells.filter((c) => c !== '').join('   '));
}

const typesOf = (sentences) =>
  new Set(sentences.flatMap(({ tags }) => hebb.tagsToSpans(tags).map((span) => span.type)));
/** Without the types that training has not seen. */
const onlyTypes = (sentences, types) =>
  sentences.map((sentence) => ({
    ...sentence,
    tags: sentence.tags.map((tag) => (tag === 'O' || types.has(tag.slice(2)) ? tag : 'O')),
  }));

/** Where each of so many runs of a list begins. */
const runsOf = (list, runs) => Array.from({ length: runs }, (_, k) => Math.floor((list.length * k) / runs));

/** F1 over all pieces of train and dev, each held out from training and from dev once, for each seed. */
async function measureHeldOut({ train, dev }, options, begins) {
  const split = (list, at, k, held) => list.filter((_, i) => (i >= at[k] && i < (at[k + 1] ?? list.length)) === held);
  const out = [];
  for (const seed of seeds) {
    let correct = 0;
    let all = 0;
    for (let k = 0; k < begins.train.length; k++) {
      const rest = split(train, begins.train, k, false);
      const types = typesOf(rest);
      const tagger = await hebb.NerTagger.train(rest, {
        dev: onlyTypes(split(dev, begins.dev, k, false), types),
        seed,
        ...options,
      });
      const held = [...split(train, begins.train, k, true), ...split(dev, begins.dev, k, true)];
      const score = await tagger.evaluate(onlyTypes(held, types));
      correct += score.correct;
      all += score.gold + score.predicted;
    }
    out.push((200 * correct) / all);
  }
  return out;
}

const part = (name, of) => readPart(hebb, folder, name, of, { mapped: false });
const clustersFrom = (names) =>
  hebb.learnClusters(
    names.flatMap((name) => [...part(name, 'train'), ...part(name, 'dev')].map(({ tokens }) => tokens)),
    { seed: 1 },
  );

console.log(`entity F1, mean and deviation of ${seeds.length} seeds: dev, test, target, training`);
for (const name of corpora) {
  const parts = {
    train: part(name, 'train'),
    dev: part(name, 'dev'),
    test: values['no-test'] ? undefined : part(name, 'test'),
  };
  const options = JSON.parse(values.options);
  print(name, await measure(parts, options), TARGETS[name]);
  if (values.runs !== undefined) {
    const begins = { train: runsOf(parts.train, Number(values.runs)), dev: runsOf(parts.dev, Number(values.runs)) };
    console.log(`${name}, held-out runs: ${cell(await measureHeldOut(parts, options, begins))}`);
  }
  if (values.documents && DOCUMENTS[name] !== undefined) {
    console.log(`${name}, held-out documents: ${cell(await measureHeldOut(parts, options, DOCUMENTS[name]))}`);
  }
  if (values.clusters === undefined) continue;
  const clusters = await clustersFrom(values.clusters === 'all' ? Object.keys(CORPORA) : [name]);
  print(`${name} + clusters`, await measure(parts, { ...options, clusters }), TARGETS[name]);
}
rmSync(scratch, { recursive: true, force: true });
