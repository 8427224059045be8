import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { learnClusters, parseConll } from '../../../lib/ner';
import { dataPath, describeWithData } from '../../helpers/data';
import { rejected } from '../../helpers/errors';

const ANIMALS = ['dog', 'cat', 'horse', 'cow'];
const COLOURS = ['red', 'green', 'blue', 'grey'];
const CITIES = ['graz', 'linz', 'wels', 'steyr'];

/** "the red dog went to graz": words of a kind stand in the same place. */
function corpus(count: number): string[][] {
  let state = 7;
  const pick = (list: readonly string[]): string => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return list[(state >>> 8) % list.length] as string;
  };
  return Array.from({ length: count }, () => ['The', pick(COLOURS), pick(ANIMALS), 'went', 'to', pick(CITIES), '.']);
}

const small = { clusters: [6], dimensions: 8, seed: 3 };

/** Share of the pairs within `groups` that have the same first id, and of the pairs across them. */
function agreement(clusters: ReadonlyMap<string, number[]>, groups: readonly (readonly string[])[]) {
  const id = (word: string) => clusters.get(word)?.[0];
  const known = groups.map((group) => group.filter((word) => clusters.has(word)));
  const share = (pairs: [string, string][]) => pairs.filter(([a, b]) => id(a) === id(b)).length / pairs.length;
  const within = known.flatMap((g) => g.flatMap((a, i) => g.slice(i + 1).map((b): [string, string] => [a, b])));
  const across = known.flatMap((g, k) =>
    known.slice(k + 1).flatMap((h) => g.flatMap((a) => h.map((b): [string, string] => [a, b]))),
  );
  return { within: share(within), across: share(across), pairs: within.length };
}

describe('learnClusters', () => {
  test('puts words that stand in the same places together', async () => {
    const clusters = await learnClusters(corpus(400), small);
    expect(agreement(clusters, [ANIMALS, COLOURS, CITIES])).toMatchObject({ within: 1, across: 0 });
    expect(clusters.get('the')).toHaveLength(1);
  });

  test('gives one id a clustering, the same for a seed whatever the threads', async () => {
    const options = { ...small, clusters: [3, 6] };
    const one = await learnClusters(corpus(300), { ...options, threads: 1 });
    const two = await learnClusters(corpus(300), { ...options, threads: 2 });
    expect([...two]).toEqual([...one]);
    for (const ids of one.values()) {
      expect(ids).toHaveLength(2);
      expect(ids[0]).toBeLessThan(3);
      expect(ids[1]).toBeGreaterThanOrEqual(3);
    }
  });

  test('reads plain text, skips rare words', async () => {
    const text = `${corpus(50)
      .map((tokens) => tokens.join(' '))
      .join('\n')} Zebra`;
    const clusters = await learnClusters(text, small);
    expect(clusters.has('dog')).toBe(true);
    expect(clusters.has('zebra')).toBe(false);
    expect((await learnClusters(text, { ...small, minCount: 1 })).has('zebra')).toBe(true);
    expect((await learnClusters(text, { ...small, maxWords: 5 })).size).toBe(5);
  });

  test('reports progress, can be aborted, leaves the event loop free', async () => {
    const stages: string[] = [];
    let before = 0;
    await learnClusters(corpus(100), {
      ...small,
      onProgress: ({ stage, done }) => {
        if (stages.at(-1) !== stage) stages.push(stage);
        expect(done).toBeGreaterThanOrEqual(before);
        before = done;
      },
    });
    expect(stages).toEqual(['words', 'contexts', 'vectors', 'clusters']);
    expect(before).toBe(1);
    const done = AbortSignal.abort(new Error('enough'));
    expect(await rejected(learnClusters(corpus(100), { ...small, signal: done }))).toMatchObject({
      name: 'AbortError',
    });
    const controller = new AbortController();
    const onProgress = ({ stage }: { stage: string }) => {
      if (stage === 'vectors') controller.abort();
    };
    const run = learnClusters(corpus(100), { ...small, signal: controller.signal, onProgress });
    expect(await rejected(run)).toMatchObject({ name: 'AbortError' });
  });

  test('refuses what it cannot use', async () => {
    expect((await rejected(learnClusters([]))).message).toMatch(/at least 4 words seen 2 times, received 0/);
    expect((await rejected(learnClusters(5 as never))).message).toMatch(
      /a string or an array of sentences, received 5/,
    );
    expect((await rejected(learnClusters([['a'], 'b' as never]))).message).toMatch(/sentence 1 of `corpus`/);
    expect((await rejected(learnClusters([], { minCont: 1 } as never))).message).toMatch(/Did you mean `minCount`/);
    expect((await rejected(learnClusters([], { clusters: [] }))).message).toMatch(/1 to 16 numbers/);
    expect((await rejected(learnClusters([], { clusters: [1] }))).message).toMatch(/clusters\[0\]/);
  });
});

describeWithData('clusters of real text', ['ner'], () => {
  test('months, days, pronouns and given names find together', async () => {
    const sentences = ['gum_perm', 'btc', 'wikigold', 'wnut17'].flatMap((name) => {
      const file = dataPath('ner', name, 'train.conll.gz');
      return parseConll(gunzipSync(readFileSync(file)).toString('utf8')).map(({ tokens }) => [...tokens]);
    });
    const clusters = await learnClusters(sentences, { seed: 1, clusters: [64] });
    const found = agreement(clusters, [
      ['january', 'february', 'march', 'april', 'june', 'july', 'august', 'september', 'october', 'november'],
      ['he', 'she', 'they', 'we', 'i', 'you'],
      ['will', 'can', 'could', 'would', 'should'],
      ['john', 'david', 'james', 'george', 'peter', 'robert', 'william'],
    ]);
    console.log(
      `word pairs of a kind in one cluster: ${found.within.toFixed(2)}, of two kinds: ${found.across.toFixed(2)}`,
    );
    expect(found.pairs).toBeGreaterThan(40);
    expect(found.within).toBeGreaterThan(5 * found.across);
    expect(found.within).toBeGreaterThan(0.3);
  });
});
