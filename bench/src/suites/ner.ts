import { existsSync } from 'node:fs';
import path from 'node:path';
import * as hebb from '../../../dist/index.js';
import { evaluateTags, NerTagger, spansToTags, type TaggedSentence, tagsToSpans } from '../../../dist/index.js';
import { CORPORA, readPart } from '../../../scripts/ner/corpora.mjs';
import { type Case, type Contestant, timed } from '../harness';
import { compromise, crfsuite, probe, type TagWords, wink } from '../peers/taggers';
import type { Suite, SuiteContext, Summary } from '../suite';

type Parts = Record<'train' | 'dev' | 'test', TaggedSentence[]>;

/** F1 to be reached on a corpus' test part after training on its own train part, as the mean of the seeds. */
const TARGETS: Record<string, number> = { btc: 69, gum_perm: 66, wikigold: 66.5, wnut17: 21, sec_filings: 82.5 };
const SEEDS = [1, 2, 3, 4, 5];
const NAMES = ['PER', 'ORG', 'LOC'];
const LENGTHS = [62_500, 125_000, 250_000, 500_000, 1_000_000];

const folder = process.env.HEBB_DATA;
const words = (sentences: readonly TaggedSentence[]): string[][] => sentences.map(({ tokens }) => [...tokens]);
const count = (sentences: readonly TaggedSentence[]): number =>
  sentences.reduce((n, { tokens }) => n + tokens.length, 0);
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const corpus = (name: string, mapped: boolean): Parts => {
  const part = (of: string) => readPart(hebb, folder!, name, of, { mapped });
  return { train: part('train'), dev: part('dev'), test: part('test') };
};

/** F1 in percent. */
function f1(gold: readonly TaggedSentence[], predicted: readonly string[][]): number {
  return (
    100 *
    evaluateTags(
      gold.map(({ tags }) => tags),
      predicted,
    ).f1
  );
}

/** The same on some types alone. */
function f1Of(types: readonly string[], gold: readonly TaggedSentence[], predicted: readonly string[][]): number {
  const only = (tags: readonly string[]) =>
    spansToTags(
      tagsToSpans(tags).filter(({ type }) => types.includes(type)),
      tags.length,
    );
  return f1(
    gold.map(({ tokens, tags }) => ({ tokens, tags: only(tags) })),
    predicted.map(only),
  );
}

const summaries: Summary[] = [];
/** Runs once whatever the number of rounds: for what takes a minute. */
const once = (name: string, seconds: number): Contestant => ({ name: `${name} (once)`, measure: () => seconds });

/** A corpus of four types and 203k training words: the size of the news corpora that taggers are measured on. */
function large(): Parts {
  const all = ['btc', 'gum_perm', 'wikigold'].map((name) => corpus(name, false));
  const keep = ({ tokens, tags }: TaggedSentence): TaggedSentence => ({
    tokens,
    tags: tags.map((tag) => (tag.endsWith('DATE') ? 'O' : tag)),
  });
  const join = (part: keyof Parts) => all.flatMap((parts) => parts[part].map(keep));
  return { train: join('train'), dev: join('dev'), test: join('test') };
}

interface Peers {
  compromise: TagWords | undefined;
  wink: ((text: string) => unknown) | undefined;
  crfsuite: ReturnType<typeof crfsuite>;
  probe: ReturnType<typeof probe>;
}

function findPeers({ note, version }: SuiteContext): Peers {
  const take = <T>(name: string, found: { value: T; version: string } | { missing: string }): T | undefined => {
    if ('missing' in found) note(`left out: ${found.missing}`);
    else version(name, found.version);
    return 'missing' in found ? undefined : found.value;
  };
  const found = { crfsuite: crfsuite(), probe: probe() };
  take('crfsuite', found.crfsuite);
  take('the probe', found.probe);
  return { ...found, compromise: take('compromise', compromise()), wink: take('wink-nlp', wink()) };
}

/** Training and tagging on the large corpus, and the summaries of F1 there. */
async function speedCases(peers: Peers, threads: number[]): Promise<Case[]> {
  const parts = large();
  const trainWords = count(parts.train);
  const tagger = await NerTagger.train(parts.train, { dev: parts.dev, seed: 1 });
  const probeRun = 'value' in peers.probe ? peers.probe.value(parts) : undefined;
  const train = (n: number): Contestant => ({
    name: 'hebb',
    async measure() {
      const start = performance.now();
      await NerTagger.train(parts.train, { dev: parts.dev, seed: 1, threads: n });
      return (performance.now() - start) / 1e3;
    },
  });
  const most = Math.max(...threads);
  const cases: Case[] = [
    {
      name: `train, ${Math.round(trainWords / 1e3)}k words, 4 types`,
      threads: most,
      work: { amount: trainWords, unit: 'word' },
      target: { seconds: 4 },
      contestants: [train(most), ...(probeRun ? [once('the probe, 1 thread', probeRun.trainSeconds)] : [])],
    },
  ];
  const sentences = words(parts.test);
  const total = count(parts.test);
  for (const n of threads) {
    const tag = (documents: boolean): Contestant => ({
      name: 'hebb',
      measure: () => timed(() => tagger.tagAll(sentences, { threads: n, documents }), 0.5),
    });
    const shared = {
      threads: n,
      work: { amount: total, unit: 'word' },
      target: { seconds: total / (n === 1 ? 1e6 : 1.8e6) },
    };
    cases.push(
      {
        ...shared,
        name: 'tag with that model',
        contestants: n === 1 ? [tag(false), ...slowTaggers(peers, parts, probeRun?.tokensPerSecond)] : [tag(false)],
      },
      { ...shared, name: 'the same as one document', contestants: [tag(true)] },
    );
  }
  return cases;
}

/** The peers on a tenth of the test sentences, as seconds for all of them. */
function slowTaggers(peers: Peers, parts: Parts, probeRate: number | undefined): Contestant[] {
  const sample = parts.test.filter((_, s) => s % 10 === 0);
  const factor = count(parts.test) / count(sample);
  const sentences = words(sample);
  const scaled = (name: string, work: () => unknown): Contestant => ({
    name,
    measure: async () => factor * (await timed(work, 0.3)),
  });
  const out: Contestant[] = [];
  if (peers.compromise) out.push(scaled('compromise', () => peers.compromise!(sentences)));
  if (peers.wink)
    out.push(
      scaled('wink-nlp', () => {
        for (const tokens of sentences) peers.wink!(tokens.join(' '));
      }),
    );
  if ('value' in peers.crfsuite) {
    const { tag } = peers.crfsuite.value(corpus('wikigold', false).train);
    out.push(scaled('crfsuite (trained on wikigold)', () => tag(sentences)));
  }
  if (probeRate) out.push(once('the probe', count(parts.test) / probeRate));
  return out;
}

/** Seconds of training on a corpus; F1 of all contestants goes into the summaries. */
async function corpusCase(name: string, peers: Peers, threads: number): Promise<Case> {
  const parts = corpus(name, false);
  const scores: number[] = [];
  for (const seed of SEEDS) {
    const tagger = await NerTagger.train(parts.train, { dev: parts.dev, seed, threads });
    scores.push(100 * (await tagger.evaluate(parts.test)).f1);
  }
  const contestants: Contestant[] = [
    {
      name: 'hebb',
      async measure() {
        const start = performance.now();
        await NerTagger.train(parts.train, { dev: parts.dev, seed: 1, threads });
        return (performance.now() - start) / 1e3;
      },
    },
  ];
  const others: string[] = [];
  if ('value' in peers.crfsuite) {
    const { tag, seconds } = peers.crfsuite.value(parts.train);
    others.push(`crfsuite ${f1(parts.test, tag(words(parts.test))).toFixed(1)}`);
    contestants.push(once('crfsuite', seconds));
  }
  if ('value' in peers.probe) {
    const run = peers.probe.value(parts);
    others.push(`the probe ${run.f1.toFixed(1)}`);
    contestants.push(once('the probe, 1 thread', run.trainSeconds));
  }
  const beside = others.length > 0 ? `; ${others.join(', ')}` : '';
  summaries.push({
    text: `Test F1 after training on ${name}: ${mean(scores).toFixed(2)}, mean of ${SEEDS.length} seeds (${Math.min(...scores).toFixed(1)} to ${Math.max(...scores).toFixed(1)})${beside}`,
    target: `>= ${TARGETS[name]}`,
    reached: mean(scores) >= TARGETS[name]!,
  });
  return { name: `train on ${name}`, threads, work: { amount: count(parts.train), unit: 'word' }, contestants };
}

/** The bundled model against compromise, out of the box, on every test part. */
async function compareBundled(tag: TagWords | undefined): Promise<void> {
  const english = NerTagger.english();
  for (const name of Object.keys(CORPORA)) {
    const test = readPart(hebb, folder!, name, 'test');
    const own = f1Of(NAMES, test, await english.tagAll(words(test), { documents: true }));
    const other = tag === undefined ? undefined : f1Of(NAMES, test, tag(words(test)));
    summaries.push({
      text: `PER/ORG/LOC F1 of the bundled model on ${name}: ${own.toFixed(1)}${other === undefined ? '' : `; compromise ${other.toFixed(1)}`}`,
      ...(other !== undefined && { target: '> compromise', reached: own > other }),
    });
  }
}

/** Raw text of growing length: a constant rate means linear time. */
function lengthCases(): Case[] {
  const english = NerTagger.english();
  const prose = readPart(hebb, folder!, 'wikigold', 'train')
    .map(({ tokens }) => tokens.join(' '))
    .join('\n');
  return LENGTHS.map((length) => {
    const text = prose.repeat(Math.ceil(length / prose.length)).slice(0, length);
    return {
      name: `extractEntities, ${length.toLocaleString('en')} characters`,
      threads: 1,
      work: { amount: length, unit: 'char' },
      contestants: [{ name: 'hebb', measure: () => timed(() => english.extractEntities(text), 0) }],
    };
  });
}

/** Training and using taggers, F1 included. */
export const ner: Suite = {
  name: 'ner',
  description: 'named entities: training, tagging, F1 on open corpora (folder in HEBB_DATA), beside npm taggers',
  rounds: 3,
  async setup(context) {
    if (folder === undefined || !existsSync(path.join(folder, 'ner'))) {
      context.note('left out: HEBB_DATA names no folder with ner/');
      return { cases: [] };
    }
    const peers = findPeers(context);
    const threads = Math.max(...context.threads);
    const cases = await speedCases(peers, context.threads);
    for (const name of Object.keys(TARGETS)) {
      process.stderr.write(`  ner: F1 on ${name}\n`);
      cases.push(await corpusCase(name, peers, threads));
    }
    await compareBundled(peers.compromise);
    return { cases: [...cases, ...lengthCases()] };
  },
  summarize: () => summaries,
};
