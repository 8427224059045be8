// What training reaches with the default settings: entity F1 on dev and test, on the split of each corpus itself.
//   HEBB_DATA=... node scripts/ner/score-training.mjs [corpus,corpus ...] [--seeds 5] [--options '{"l2": 0.02}']
//                                                     [--clusters own|all] [--int8] [--no-test] [--runs 8]
// --clusters: beside it, with word clusters learned from the raw words of the corpus' own train and dev parts, or of
// those of all corpora.
// --int8: beside it, the same taggers saved as int8 and loaded again.
// --runs: beside it, F1 on unseen documents: train and dev are cut into so many runs of sentences, each held out once.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CORPORA, readPart } from './corpora.mjs';

const hebb = createRequire(import.meta.url)('../../dist/index.js');
const TARGETS = { btc: 69, gum_perm: 66, wikigold: 66.5, wnut17: 21, sec_filings: 82.5 };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '5' },
    options: { type: 'string', default: '{}' },
    clusters: { type: 'string' },
    int8: { type: 'boolean', default: false },
    'no-test': { type: 'boolean', default: false },
    runs: { type: 'string' },
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

/** The mean F1 of runs of sentences, each held out from training and from dev, for each seed. */
async function measureRuns({ train, dev }, options, runs) {
  const split = (list, k, held) => {
    const [from, to] = [k, k + 1].map((x) => Math.floor((list.length * x) / runs));
    return list.filter((_, i) => (i >= from && i < to) === held);
  };
  const out = [];
  for (const seed of seeds) {
    const scores = [];
    for (let k = 0; k < runs; k++) {
      const rest = split(train, k, false);
      const types = typesOf(rest);
      const tagger = await hebb.NerTagger.train(rest, {
        dev: onlyTypes(split(dev, k, false), types),
        seed,
        ...options,
      });
      const held = [...split(train, k, true), ...split(dev, k, true)];
      scores.push(100 * (await tagger.evaluate(onlyTypes(held, types))).f1);
    }
    out.push(mean(scores));
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
    console.log(`${name}, held-out runs: ${cell(await measureRuns(parts, options, Number(values.runs)))}`);
  }
  if (values.clusters === undefined) continue;
  const clusters = await clustersFrom(values.clusters === 'all' ? Object.keys(CORPORA) : [name]);
  print(`${name} + clusters`, await measure(parts, { ...options, clusters }), TARGETS[name]);
}
rmSync(scratch, { recursive: true, force: true });
