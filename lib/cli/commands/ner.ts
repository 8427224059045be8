import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { AbortError, DataError } from '../../errors';
import { fileError, writeFileAtomic } from '../../io';
import { entityReport, type NamedEntity, NerTagger, readConll, type TaggedSentence, tagsToSpans } from '../../ner';
import { figure, percent, renderEntities, valueText } from '../../report';
import { didYouMean } from '../../validate';
import { UsageError } from '../exit';
import { checkOutputs } from '../files';
import type { Context } from '../run';
import { harmless, type Look, paint, type Style, seconds, TrainingProgress } from '../terminal';

export interface NerArguments {
  file?: string;
  model?: string;
  html?: string;
  force: boolean;
}

export interface NerTrainArguments {
  dev?: string;
  model: string;
  epochs?: number;
  encoding: 'BIO' | 'BIOES';
  gazetteers: boolean;
  int8: boolean;
  seed: number;
  threads?: number;
  force: boolean;
}

/** What `--file` says for standard input. */
const STDIN = '-';

async function readText(file: string): Promise<string> {
  try {
    return file === STDIN ? await textOf(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw fileError('read', file, error);
  }
}

/** The sentences of a CoNLL file, which must have some. */
async function readSentences(file: string): Promise<TaggedSentence[]> {
  const sentences = await readConll(file);
  if (sentences.length > 0) return sentences;
  throw new DataError(`Expected ${file} to have sentences, a word and its tag a line: it has none.`);
}

/** One colour a type, always the same; types of other taggers take the rest. */
const STYLES: Readonly<Record<string, Style>> = {
  PER: 'green',
  ORG: 'cyan',
  LOC: 'yellow',
  PRODUCT: 'magenta',
  DATE: 'blue',
  MONEY: 'red',
  PERCENT: 'gray',
};
const ALL_STYLES = Object.values(STYLES);

/** The text with its entities in brackets, each with its type and value; in colour where colours are shown. */
function marked(look: Look, text: string, entities: readonly NamedEntity[], types: readonly string[]): string {
  let out = '';
  let done = 0;
  for (const { start, end, label, value } of entities) {
    const style = STYLES[label] ?? ALL_STYLES[Math.max(0, types.indexOf(label)) % ALL_STYLES.length]!;
    const words = harmless(text.slice(start, end));
    const says = value === undefined ? '' : ` = ${valueText(value)}`;
    out += harmless(text.slice(done, start));
    out += paint(look, style, `[${words} ${paint(look, 'bold', harmless(label))}${says}]`);
    done = end;
  }
  return out + harmless(text.slice(done));
}

/** `hebb ner "text"`: names the people, places, ... of a text. */
export async function ner(context: Context, words: readonly string[], options: NerArguments): Promise<void> {
  const { out, look, json, signal } = context;
  if ((words.length === 0) === (options.file === undefined)) {
    throw new UsageError(
      'Expected either a text or --file (- is standard input), e.g. hebb ner "Ada Lovelace lived in London."',
    );
  }
  const isFile = options.file !== undefined && options.file !== STDIN;
  await checkOutputs([options.html], [isFile ? options.file : undefined, options.model], options.force);
  const text = options.file === undefined ? words.join(' ') : await readText(options.file);
  const tagger = options.model === undefined ? NerTagger.english() : await NerTagger.load(options.model);
  const entities = await tagger.extractEntitiesAsync(text, { signal });
  if (options.html !== undefined) {
    const title = isFile ? path.basename(options.file!) : 'Named entities';
    await writeFileAtomic(options.html, renderEntities(title, text, entities));
  }
  if (json) out.write(`${JSON.stringify({ entities })}\n`);
  else {
    const types = [...new Set([...tagger.types, ...entities.map(({ label }) => label)])].sort();
    out.write(`${marked(look, text, entities, types)}${text.endsWith('\n') ? '' : '\n'}`);
  }
}

/** `hebb ner train`: a tagger from annotated sentences. @throws AbortError when interrupted: nothing is saved then */
export async function nerTrain(context: Context, file: string, options: NerTrainArguments): Promise<void> {
  const { out, err, errLook, json, signal } = context;
  await checkOutputs([options.model], [file, options.dev], options.force);
  const sentences = await readSentences(file);
  const dev = options.dev === undefined ? undefined : await readSentences(options.dev);
  if (!json) err.write(`${sentences.length} sentences to learn from${dev ? `, ${dev.length} to choose by` : ''}\n`);
  const epochs = options.epochs ?? (dev ? 15 : 10);
  const progress = new TrainingProgress(err, errLook, epochs, json);
  const begun = performance.now();
  progress.start();
  let tagger: NerTagger;
  try {
    tagger = await NerTagger.train(sentences, {
      ...(dev ? { dev } : {}),
      epochs,
      encoding: options.encoding,
      gazetteers: options.gazetteers ? 'english' : false,
      seed: options.seed,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
      signal,
      onEpoch: ({ epoch, loss, devF1 }) => {
        const score = devF1 === undefined ? '' : `  dev F1 ${percent(devF1)}`;
        progress.epoch(epoch - 1, `loss ${figure(loss)}${score}`);
      },
    });
  } catch (error) {
    if (error instanceof AbortError)
      throw new AbortError('Training was interrupted; no model was saved.', { cause: error });
    throw error;
  } finally {
    progress.stop();
  }
  await tagger.save(options.model, options.int8 ? { precision: 'int8' } : {});
  const evaluation = dev ? await tagger.evaluate(dev) : undefined;
  const facts = { model: options.model, seconds: (performance.now() - begun) / 1000, types: tagger.types };
  if (json) out.write(`${JSON.stringify({ ...facts, ...(evaluation ? { dev: evaluation } : {}) })}\n`);
  else {
    if (evaluation) out.write(`${entityReport(evaluation)}\n\n`);
    out.write(`Trained in ${seconds(facts.seconds)}, saved to ${options.model}.\n`);
  }
}

export interface NerEvaluateArguments {
  types?: string;
  map?: string;
}

/** `person=PER,place=LOC` as a map. */
function typeMap(text: string | undefined): ReadonlyMap<string, string> {
  const pairs = (text ?? '').split(',').filter((pair) => pair !== '');
  return new Map(
    pairs.map((pair): [string, string] => {
      const [, from, to] = /^([^=]+)=([^=]+)$/.exec(pair.trim()) ?? [];
      if (from === undefined || to === undefined)
        throw new UsageError(`Expected --map to be pairs such as person=PER,place=LOC, received ${pair}.`);
      return [from, to];
    }),
  );
}

/** `hebb ner evaluate`: entity precision, recall and F1 of a tagger on annotated sentences. */
export async function nerEvaluate(
  { out, err, json, signal }: Context,
  model: string,
  file: string,
  options: NerEvaluateArguments,
): Promise<void> {
  const renamed = typeMap(options.map);
  const tagger = model === 'english' ? NerTagger.english() : await NerTagger.load(model);
  const read = await readSentences(file);
  const there = new Set(read.flatMap(({ tags }) => tags.map((tag) => tag.slice(2))));
  for (const from of renamed.keys())
    if (!there.has(from)) throw new UsageError(`Expected --map to name types of ${file}, it has no ${from}.`);
  const sentences = read.map((sentence) => ({
    ...sentence,
    tags: sentence.tags.map((tag) =>
      tag === 'O' ? tag : `${tag.slice(0, 2)}${renamed.get(tag.slice(2)) ?? tag.slice(2)}`,
    ),
  }));
  const annotated = [...new Set(sentences.flatMap(({ tags }) => tagsToSpans(tags).map(({ type }) => type)))].sort();
  const wanted = options.types?.split(',').map((type) => type.trim());
  const types = wanted ?? annotated;
  const own = tagger.hasRules ? [...tagger.types, 'DATE', 'MONEY', 'PERCENT'] : tagger.types;
  const unknown = wanted?.find((type) => !annotated.includes(type) && !own.includes(type));
  if (unknown !== undefined) {
    const known = [...new Set([...annotated, ...own])].sort();
    throw new UsageError(
      `Expected --types to be among ${known.join(', ')}, received ${unknown}.${didYouMean(unknown, known)}`,
    );
  }
  const left = [...new Set(own)].filter((type) => !types.includes(type));
  if (wanted === undefined && annotated.length > 0 && left.length > 0 && !json)
    err.write(`Not scored, as the file does not annotate them: ${left.join(', ')}.\n`);
  const evaluation = await tagger.evaluate(sentences, { signal, ...(types.length > 0 ? { types } : {}) });
  out.write(json ? `${JSON.stringify(evaluation)}\n` : `${entityReport(evaluation)}\n`);
}
