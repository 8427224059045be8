// What else finds names in Node: compromise, wink-nlp and npm's crfsuite, each as a function over given words; and a
// feasibility probe in C++ when its source lies beside the data.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatConll, type TaggedSentence } from '../../../dist/index.js';
import { load } from './javascript';

/** Tags sentences of given words, in BIO. */
export type TagWords = (sentences: readonly string[][]) => string[][];
type Found<T> = { value: T; version: string } | { missing: string };

const scratch = mkdtempSync(path.join(tmpdir(), 'hebb-bench-'));

interface CompromiseTerm {
  offset: { start: number; length: number };
}
interface CompromiseView {
  json(options: { offset: true }): { terms: CompromiseTerm[] }[];
}
type Compromise = (text: string) => Record<'people' | 'organizations' | 'places', () => CompromiseView>;

/** People, organizations and places of a sentence whose words are joined by spaces. */
function tagByCompromise(nlp: Compromise, tokens: readonly string[]): string[] {
  const wordAt = new Map<number, number>();
  let length = 0;
  tokens.forEach((token, i) => {
    for (let k = 0; k <= token.length; k++) wordAt.set(length + k, i);
    length += token.length + 1;
  });
  const tags = tokens.map(() => 'O');
  const doc = nlp(tokens.join(' '));
  for (const [type, view] of [
    ['PER', doc.people()],
    ['ORG', doc.organizations()],
    ['LOC', doc.places()],
  ] as const) {
    for (const { terms } of view.json({ offset: true })) {
      const first = wordAt.get(terms[0]!.offset.start);
      const end = terms.at(-1)!.offset;
      const last = wordAt.get(end.start + Math.max(0, end.length - 1));
      if (first === undefined || last === undefined) continue;
      for (let i = first; i <= last; i++) tags[i] = `${i === first ? 'B' : 'I'}-${type}`;
    }
  }
  return tags;
}

export function compromise(): Found<TagWords> {
  const found = load<Compromise>('compromise');
  if ('missing' in found) return found;
  return {
    version: found.version,
    value: (sentences) => sentences.map((tokens) => tagByCompromise(found.module, tokens)),
  };
}

interface WinkNlp {
  readDoc(text: string): { entities(): { out(what: unknown): unknown[] } };
  its: { detail: unknown };
}

/** wink-nlp's own pipeline on a text, entities included; it has no persons, organizations or places. */
export function wink(): Found<(text: string) => unknown> {
  const nlp = load<(model: unknown) => WinkNlp>('wink-nlp');
  const model = load<unknown>('wink-eng-lite-web-model');
  if ('missing' in nlp) return nlp;
  if ('missing' in model) return model;
  const engine = nlp.module(model.module);
  return { version: nlp.version, value: (text) => engine.readDoc(text).entities().out(engine.its.detail) };
}

const shapeOf = (word: string): string =>
  word
    .replace(/\p{Lu}/gu, 'X')
    .replace(/\p{Ll}/gu, 'x')
    .replace(/\p{Nd}/gu, 'd');

/** The usual features of a tutorial's tagger: word, affixes, shape, the two words on either side, and pairs. */
export function crfFeatures(tokens: readonly string[]): string[][] {
  const lower = tokens.map((token) => token.toLowerCase());
  const shapes = tokens.map(shapeOf);
  return tokens.map((word, i) => {
    const low = lower[i]!;
    const out = [`w=${word}`, `l=${low}`, `s=${shapes[i]}`, `ss=${shapes[i]!.replace(/(.)\1+/g, '$1')}`];
    for (let k = 1; k <= Math.min(4, word.length); k++) out.push(`p=${word.slice(0, k)}`, `e=${word.slice(-k)}`);
    for (const d of [-2, -1, 1, 2]) {
      out.push(`l${d}=${lower[i + d] ?? '<>'}`);
      if (d * d === 1) out.push(`s${d}=${shapes[i + d] ?? '<>'}`, `ll${d}=${low} ${lower[i + d] ?? '<>'}`);
    }
    return out;
  });
}

interface CrfSuite {
  Trainer: new (options: {
    debug: boolean;
  }) => {
    append(x: string[][], y: string[]): void;
    set_params(params: Record<string, string>): void;
    train(file: string): number;
  };
  Tagger: new () => { open(file: string): boolean; tag(x: string[][]): string[] | { result: string[] } };
}

/** Trains with L-BFGS and c2 = 0.5; gives the tagger and the seconds that it took, feature extraction included. */
export type TrainCrfsuite = (sentences: readonly TaggedSentence[]) => { tag: TagWords; seconds: number };

export function crfsuite(): Found<TrainCrfsuite> {
  const found = load<CrfSuite>('crfsuite');
  if ('missing' in found) return found;
  const { Trainer, Tagger } = found.module;
  let models = 0;
  const train: TrainCrfsuite = (sentences) => {
    const start = performance.now();
    const trainer = new Trainer({ debug: false });
    for (const { tokens, tags } of sentences) trainer.append(crfFeatures(tokens), [...tags]);
    trainer.set_params({ c2: '0.5' });
    const file = path.join(scratch, `crfsuite-${++models}`);
    trainer.train(file);
    const seconds = (performance.now() - start) / 1e3;
    const tagger = new Tagger();
    tagger.open(file);
    const tagOne = (tokens: string[]): string[] => {
      const answer = tagger.tag(crfFeatures(tokens));
      return Array.isArray(answer) ? answer : answer.result;
    };
    return { seconds, tag: (many) => many.map((tokens) => (tokens.length === 0 ? [] : tagOne([...tokens]))) };
  };
  return { version: found.version, value: train };
}

export interface ProbeRun {
  f1: number;
  trainSeconds: number;
  tokensPerSecond: number;
}

/** Runs the probe on three parts of a corpus: 10 epochs of AdaGrad, BIO, no name lists. */
export type RunProbe = (parts: Record<'train' | 'dev' | 'test', readonly TaggedSentence[]>) => ProbeRun;

export function probe(): Found<RunProbe> {
  const data = process.env.HEBB_DATA;
  const source = data === undefined ? undefined : path.join(data, '../probes/crf.cpp');
  if (source === undefined || !existsSync(source)) return { missing: 'the probe: no probes/crf.cpp beside HEBB_DATA' };
  const program = path.join(scratch, 'crf');
  const flags = ['-O2', '-march=native', '-ffast-math', '-std=c++17', '-w'];
  if (spawnSync('g++', [...flags, source, '-o', program]).status !== 0)
    return { missing: 'the probe: g++ cannot compile it' };
  return {
    version: '1',
    value(parts) {
      const files = (['train', 'dev', 'test'] as const).map((part) => {
        const file = path.join(scratch, part);
        writeFileSync(file, formatConll(parts[part]));
        return file;
      });
      const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
      const out = execFileSync(program, [...files, ...'crf 20 10 0.1 0 0 -'.split(' ')], { encoding: 'utf8', stdio });
      const [f1, trainSeconds, tokensPerSecond] = [/F ([\d.]+)/, /train ([\d.]+)s/, /= (\d+) tok/].map((pattern) =>
        Number(pattern.exec(out)?.[1]),
      ) as [number, number, number];
      return { f1, trainSeconds, tokensPerSecond };
    },
  };
}
