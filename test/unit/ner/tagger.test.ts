import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { convertTags, NerTagger, type TaggedSentence } from '../../../lib/ner';
import { rejected, thrown } from '../../helpers/errors';

const NAMES = ['Anna', 'Bert', 'Čapek', 'Dora', 'Emil'];
const PLACES = ['Ulm', 'Graz', 'Łódź', 'Bern'];

/** "the Mr Anna Bert of Ulm": PER after Mr, LOC after of. */
function corpus(count: number, seed: number): TaggedSentence[] {
  let state = seed;
  const pick = <T>(items: readonly T[]): T => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return items[(state >>> 8) % items.length] as T;
  };
  return Array.from({ length: count }, () => {
    const two = pick([true, false]);
    return {
      tokens: [
        pick(['yesterday', 'the', '42']),
        'Mr',
        pick(NAMES),
        ...(two ? [pick(NAMES)] : []),
        'of',
        pick(PLACES),
        '.',
      ],
      tags: ['O', 'O', 'B-PER', ...(two ? ['I-PER'] : []), 'O', 'B-LOC', 'O'],
    };
  });
}

const train = corpus(200, 1);
const dev = corpus(40, 2);
const small = { seed: 3, epochs: 4, hashBits: 16, gazetteers: false } as const;

describe('NerTagger', () => {
  let tagger: NerTagger;
  let folder: string;
  beforeAll(async () => {
    tagger = await NerTagger.train(train, { ...small, dev });
    folder = mkdtempSync(path.join(tmpdir(), 'hebb-ner-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('learns, tags, evaluates', async () => {
    expect(tagger.types).toEqual(['LOC', 'PER']);
    expect(tagger.tag(['the', 'Mr', 'Anna', 'Dora', 'of', 'Graz'])).toEqual(['O', 'O', 'B-PER', 'I-PER', 'O', 'B-LOC']);
    expect((await tagger.evaluate(dev)).f1).toBe(1);
    expect(tagger.history.at(-1)?.devF1).toBe(1);
    expect(tagger.tag([])).toEqual([]);
    expect(await tagger.tagAll([[], ['Mr']])).toHaveLength(2);
  });

  test('gives offsets and probabilities', () => {
    const text = '👍 the Mr Anna Dora of Łódź.';
    const entities = tagger.extractEntities(text);
    expect(entities.map((e) => [e.text, e.label])).toEqual([
      ['Anna Dora', 'PER'],
      ['Łódź', 'LOC'],
    ]);
    for (const e of entities) {
      expect(text.slice(e.start, e.end)).toBe(e.text);
      expect(e.score).toBeGreaterThan(0.3);
      expect(e.score).toBeLessThanOrEqual(1);
    }
  });

  test('the same seed gives the same tagger for any number of threads', async () => {
    const files: Buffer[] = [];
    for (const threads of [1, 2, 3]) {
      const again = await NerTagger.train(train, { ...small, dev, threads });
      const file = path.join(folder, `t${threads}.safetensors`);
      await again.save(file);
      files.push(readFileSync(file));
    }
    expect(files[1]?.equals(files[0] as Buffer)).toBe(true);
    expect(files[2]?.equals(files[0] as Buffer)).toBe(true);
    const other = path.join(folder, 'other.safetensors');
    await (await NerTagger.train(train, { ...small, dev, seed: 4 })).save(other);
    expect(readFileSync(other).equals(files[0] as Buffer)).toBe(false);
  });

  test('saves and loads, float32 and int8', async () => {
    for (const precision of ['float32', 'int8'] as const) {
      const file = path.join(folder, `${precision}.safetensors`);
      await tagger.save(file, { precision });
      const loaded = await NerTagger.load(file);
      expect(loaded.tags).toEqual(tagger.tags);
      expect(await loaded.tagAll(dev.map((s) => s.tokens))).toEqual(await tagger.tagAll(dev.map((s) => s.tokens)));
    }
    const whole = readFileSync(path.join(folder, 'int8.safetensors'));
    for (const cut of [0, 7, 100, whole.length - 1]) {
      const broken = path.join(folder, 'broken.safetensors');
      writeFileSync(broken, whole.subarray(0, cut));
      expect((await rejected(NerTagger.load(broken))).name).toBe('DataError');
    }
    for (let at = 0; at < whole.length; at += 97) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ 0xff;
      const file = path.join(folder, 'damaged.safetensors');
      writeFileSync(file, damaged);
      const loaded = await NerTagger.load(file).catch((error) => error);
      if (loaded instanceof NerTagger) expect(loaded.tag(['Mr', 'Anna'])).toHaveLength(2);
      else expect(loaded).toMatchObject({ code: expect.stringMatching(/^ERR_/) });
    }
  });

  test('answers in the scheme that was trained on', async () => {
    const io = train.map(({ tokens, tags }) => ({ tokens, tags: tags.map((t) => t.replace('B-', 'I-')) }));
    const bioes = train.map(({ tokens, tags }) => ({
      tokens,
      tags: tags.map((t, i) =>
        t === 'I-PER' ? 'E-PER' : t === 'B-LOC' ? 'S-LOC' : t === 'B-PER' && tags[i + 1] !== 'I-PER' ? 'S-PER' : t,
      ),
    }));
    const words = ['the', 'Mr', 'Anna', 'Dora', 'of', 'Graz'];
    expect((await NerTagger.train(io, small)).tag(words)).toEqual(['O', 'O', 'I-PER', 'I-PER', 'O', 'I-LOC']);
    expect((await NerTagger.train(bioes, { ...small, encoding: 'BIOES' })).tag(words)).toEqual([
      'O',
      'O',
      'B-PER',
      'E-PER',
      'O',
      'S-LOC',
    ]);
  });

  test('learns from sources that annotate different types, and around unknown words', async () => {
    const mixed = train.map(({ tokens, tags }, s) => {
      const type = s % 2 === 0 ? 'PER' : 'LOC';
      return { tokens, tags: tags.map((t) => (t.endsWith(type) ? t : 'O')), annotates: [type] };
    });
    expect((await (await NerTagger.train(mixed, { ...small, epochs: 8 })).evaluate(dev)).f1).toBeGreaterThan(0.95);
    const unknown = train.map(({ tokens, tags }, s) => ({
      tokens,
      tags: tags.map((t, i) => ((s + i) % 4 === 0 ? '?' : t)),
    }));
    expect((await (await NerTagger.train(unknown, { ...small, epochs: 8 })).evaluate(dev)).f1).toBeGreaterThan(0.9);
  });

  test('uses dictionaries, own features and clusters', async () => {
    const sentences: TaggedSentence[] = [];
    for (let k = 0; k < 60; k++) {
      sentences.push({ tokens: ['take', `aa${k}x`, 'now'], tags: ['O', 'B-DRUG', 'O'] });
      sentences.push({ tokens: ['take', `aa${k}y`, 'now'], tags: ['O', 'O', 'O'] });
    }
    const bare = sentences;
    const marked = sentences.map(({ tags }) => ({
      tokens: ['take', 'this', 'now'],
      tags,
      features: [[], [tags[1] === 'O' ? 'food' : 'drug'], []],
    }));
    const drugs = [...Array.from({ length: 60 }, (_, k) => `aa${k}x`), 'qq1', 'qq2'];
    const byDictionary = await NerTagger.train(bare, { ...small, dictionaries: { drug: drugs } });
    expect([byDictionary.tag(['take', 'qq1', 'now'])[1], byDictionary.tag(['take', 'rr1', 'now'])[1]]).toEqual([
      'B-DRUG',
      'O',
    ]);
    const byFeature = await NerTagger.train(marked, small);
    expect(byFeature.tag(['take', 'zz', 'now'], [[], ['drug'], []])[1]).toBe('B-DRUG');
    expect(byFeature.tag(['take', 'zz', 'now'], [[], ['food'], []])[1]).toBe('O');
    // Nothing but the features tells the two apart.
    expect((await byFeature.evaluate(marked)).f1).toBe(1);
    const clusters = Object.fromEntries([
      ...drugs.map((d) => [d, [1]]),
      ...Array.from({ length: 60 }, (_, k) => [`aa${k}y`, [2]]),
      ['vv', [2]],
    ]);
    const byCluster = await NerTagger.train(bare, { ...small, clusters });
    expect([byCluster.tag(['take', 'QQ2', 'now'])[1], byCluster.tag(['take', 'vv', 'now'])[1]]).toEqual([
      'B-DRUG',
      'O',
    ]);
    const file = path.join(folder, 'clusters.safetensors');
    await byCluster.save(file);
    expect((await NerTagger.load(file)).tag(['take', 'qq2', 'now'])[1]).toBe('B-DRUG');
  });

  test('can be aborted, reports progress, leaves the event loop free', async () => {
    const big = corpus(3000, 5);
    const aborted = AbortSignal.abort(new Error('enough'));
    expect(await rejected(NerTagger.train(big, { ...small, signal: aborted }))).toMatchObject({ name: 'AbortError' });
    const controller = new AbortController();
    let epochs = 0;
    const run = NerTagger.train(big, {
      ...small,
      epochs: 10_000,
      signal: controller.signal,
      onEpoch: ({ epoch, loss }) => {
        epochs = epoch;
        expect(loss).toBeGreaterThanOrEqual(0);
        controller.abort();
      },
    });
    expect(await rejected(run)).toMatchObject({ name: 'AbortError' });
    expect(epochs).toBeGreaterThan(0);
  });

  test('refuses bad input with clear messages', async () => {
    expect((await rejected(NerTagger.train(train, { lerningRate: 1 } as never))).message).toMatch(
      /Did you mean `learningRate`/,
    );
    expect((await rejected(NerTagger.train([]))).message).toMatch(/non-empty array/);
    expect((await rejected(NerTagger.train([{ tokens: ['a'], tags: [] }]))).message).toBe(
      'Expected sentence 0 to have a tag for each of its 1 words, received 0.',
    );
    expect((await rejected(NerTagger.train([{ tokens: ['a'], tags: ['PER'] }]))).message).toMatch(
      /Sentence 0, word 0: Expected a tag/,
    );
    expect((await rejected(NerTagger.train([{ tokens: ['a'], tags: ['O'] }]))).message).toMatch(/at least one entity/);
    expect(
      (await rejected(NerTagger.train(train, { ...small, dev: [{ tokens: ['a'], tags: ['B-LOK'] }] }))).message,
    ).toMatch(/sentence 0 of `dev` to be of types LOC, PER, received LOK\. Did you mean `LOC`/);
    const manyTypes = Array.from({ length: 2048 }, (_, k) => ({ tokens: ['a'], tags: [`B-${k}`] }));
    expect(await rejected(NerTagger.train(manyTypes, small))).toMatchObject({
      name: 'DataError',
      message: expect.stringMatching(/at most 2047 types of entity .*, found 2048: 0, 1, 10, /),
    });
    expect(thrown(() => tagger.tag([1 as never])).message).toBe(
      'Expected word 0 of sentence 0 to be a string, received 1.',
    );
    expect(thrown(() => tagger.extractEntities(5 as never)).message).toMatch(/`text` to be a string/);
    const wrong = (options: object) => rejected(NerTagger.train(train, { ...small, ...options } as never));
    expect((await wrong({ clusters: 5 })).message).toMatch(/`clusters` to be a Map or an object/);
    expect((await wrong({ dictionaries: 5 })).message).toMatch(/`dictionaries` to be an object of arrays/);
    expect((await wrong({ dictionaries: { a: 'b' } })).message).toMatch(/dictionary 'a' to be an array/);
    const annotates = train.map((sentence) => ({ ...sentence, annotates: 'PER' as never }));
    expect((await rejected(NerTagger.train(annotates, small))).message).toMatch(
      /`annotates` of sentence 0 to be an array of types/,
    );
    expect((await rejected(tagger.evaluate(null as never))).message).toMatch(/`sentences` to be an array of sentences/);
    expect((await rejected(tagger.evaluate(dev, { types: 'PER' as never }))).message).toMatch(/`types` to be an array/);
    expect((await rejected(tagger.tagAll(null as never))).name).toBe('ArgumentError');
    expect((await rejected(tagger.extractEntitiesAsync('a', { thread: 1 } as never))).message).toMatch(/`threads`/);
  });

  test('a word that nobody knows is named in dev and in evaluation', async () => {
    const unknown = dev.map((sentence, s) =>
      s === 3 ? { ...sentence, tags: sentence.tags.map(() => '?') } : sentence,
    );
    const message = (name: string) =>
      `Expected the tags of \`${name}\` to be known, sentence 3 has '?' at word 0: '?' is for training only.`;
    expect((await rejected(NerTagger.train(train, { ...small, dev: unknown }))).message).toBe(message('dev'));
    expect((await rejected(tagger.evaluate(unknown))).message).toBe(message('sentences'));
  });

  test('evaluation and dev look at the types that a sentence annotates, and at those asked for', async () => {
    const partly = dev.map(({ tokens, tags }) => ({
      tokens,
      tags: tags.map((t) => (t.endsWith('PER') ? t : 'O')),
      annotates: ['PER'],
    }));
    expect((await tagger.evaluate(partly)).f1).toBe(1);
    const told = partly.map(({ tokens, tags }) => ({ tokens, tags }));
    expect((await tagger.evaluate(told)).precision).toBeLessThan(1);
    expect((await tagger.evaluate(told, { types: ['PER'] })).f1).toBe(1);
    const again = await NerTagger.train(train, { ...small, dev: partly });
    expect(again.history.at(-1)?.devF1).toBe(1);
    const without = await NerTagger.train(train, { ...small, dev: told });
    expect(without.history.at(-1)?.devF1).toBeLessThan(1);
  });

  test('evaluation compares in the scheme of the sentences', async () => {
    const bioes = dev.map(({ tokens, tags }) => ({ tokens, tags: convertTags(tags, 'BIOES') }));
    expect(await tagger.evaluate(bioes, { strict: true })).toMatchObject({ f1: 1, accuracy: 1 });
  });

  test('takes any text', () => {
    for (const text of [
      '',
      ' ',
      '\ud800',
      '\u0000\u0001',
      'Mr '.repeat(1000),
      'x'.repeat(100_000),
      '\udc00\ud800'.repeat(500),
    ]) {
      for (const e of tagger.extractEntities(text)) expect(text.slice(e.start, e.end)).toBe(e.text);
    }
  });
});

describe('long texts', () => {
  const english = NerTagger.english();

  test('may have hundreds of thousands of entities', async () => {
    expect(english.extractEntities('Paris, '.repeat(220_000)).length).toBeGreaterThan(200_000);
    expect(english.extractEntities('@'.repeat(240_000))).toBeInstanceOf(Array);
    const features = Array.from({ length: 3 }, () => Array.from({ length: 100_000 }, (_, k) => `f${k}`));
    expect(english.tag(['a', 'b', 'c'], features)).toHaveLength(3);
  });

  test('are read without keeping the event loop', async () => {
    const text = 'Tim Cook met Angela Merkel in Berlin on 3 May 2011 for $5 million. '.repeat(6000);
    let turns = 0;
    let done = false;
    const count = () => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    const entities = await english.extractEntitiesAsync(text);
    done = true;
    expect(entities).toEqual(english.extractEntities(text));
    expect(turns).toBeGreaterThan(text.length / 10_000);
  });

  test('many sentences go in batches, each packed while the one before is tagged', async () => {
    const plain = ['Yesterday Mr Cook met Anna Bauer in Berlin .', 'It rained .', 'Paris has a mayor .'];
    const sentences = Array.from({ length: 9000 }, (_, s) => plain[s % 3]!.split(' '));
    const alone = plain.map((text) => english.tag(text.split(' ')));
    const tagged = await english.tagAll(sentences);
    expect(tagged).toHaveLength(9000);
    expect(tagged.every((tags, s) => tags.join() === alone[s % 3]!.join())).toBe(true);
    expect(await english.tagAll(sentences, { documents: true, threads: 2 })).toHaveLength(9000);

    // A sentence that is none, met while a batch runs.
    const broken: string[][] = [...sentences];
    broken[8000] = ['fine', 7 as never];
    const error = await rejected(english.tagAll(broken));
    expect(error.message).toBe('Expected word 1 of sentence 8000 to be a string, received 7.');
    expect(await english.tagAll(sentences.slice(0, 3))).toEqual(alone);
  });

  test('can be given up', async () => {
    const text = 'Tim Cook met Angela Merkel. '.repeat(40_000);
    const controller = new AbortController();
    const run = english.extractEntitiesAsync(text, { signal: controller.signal });
    setImmediate(() => controller.abort(new Error('enough')));
    expect((await rejected(run)).name).toBe('AbortError');
    const sentences = Array.from({ length: 50_000 }, () => ['Tim', 'Cook', 'spoke', '.']);
    const late = new AbortController();
    const tagged = english.tagAll(sentences, { signal: late.signal });
    setImmediate(() => late.abort());
    expect((await rejected(tagged)).name).toBe('AbortError');
    const aborted = { signal: AbortSignal.abort() };
    expect((await rejected(english.extractEntitiesAsync('', aborted))).name).toBe('AbortError');
    expect((await rejected(english.evaluate([], aborted))).name).toBe('AbortError');
  });
});

test('long texts take time in proportion to their length', () => {
  // Printed, not asserted: a quadratic step would make this test run into its limit.
  const english = NerTagger.english();
  const kinds: Record<string, string> = {
    prose: 'Tim Cook met Angela Merkel in Berlin on 3 May 2011 for $5 million. ',
    'one word': 'x',
    digits: '1234567890',
    'digits and commas': '1,',
    'at signs': 'a@',
    periods: 'a.',
    hyphens: 'a-',
    titles: 'Mr. ',
    currency: '$',
    'dollar digits': '$1 ',
    months: 'May ',
    surrogates: '\ud800',
    emoji: '👩‍👩‍👧',
    apostrophes: "a'",
    urls: 'http://',
  };
  const lines = ['text               62k    125k    250k    500k characters, ms'];
  for (const [name, piece] of Object.entries(kinds)) {
    const times = [62_500, 125_000, 250_000, 500_000].map((length) => {
      const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
      const started = performance.now();
      english.extractEntities(text);
      return performance.now() - started;
    });
    lines.push(`${name.padEnd(17)}${times.map((t) => t.toFixed(0).padStart(8)).join('')}`);
  }
  console.log(lines.join('\n'));
  expect(english.extractEntities('Tim Cook met Angela Merkel. '.repeat(36_000))).not.toHaveLength(0); // a million
}, 120_000);

test('the bundled model keeps within 3 MB', () => {
  const file = path.resolve(__dirname, '../../../data/ner/english.safetensors');
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file).length).toBeLessThanOrEqual(3e6);
});
