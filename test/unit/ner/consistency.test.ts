import { NerTagger, type TaggedSentence } from '../../../lib/ner';
import { type Mention, NamesOfDocument } from '../../../lib/ner/consistency';
import { rejected } from '../../helpers/errors';

type Document = { tokens: string[]; mentions: Mention[] }[];

/** "Tim [Cook] ran": words in brackets are entities of type PER, in <angle brackets> of type LOC. */
const sentence = (text: string): Document[number] => {
  const tokens: string[] = [];
  const mentions: Mention[] = [];
  for (const [, per, loc, word] of text.matchAll(/\[([^\]]+)\]|<([^>]+)>|(\S+)/g)) {
    const words = (per ?? loc ?? word)!.split(' ');
    const start = tokens.length;
    tokens.push(...words);
    if (word === undefined)
      mentions.push({ start, end: tokens.length, type: per === undefined ? 'LOC' : 'PER', score: 0.5 });
  }
  return { tokens, mentions };
};
const write = (tokens: readonly string[], mentions: readonly Mention[]): string => {
  const out = [...tokens];
  for (const { start, end, type } of mentions) {
    out[start] = (type === 'PER' ? '[' : '<') + out[start];
    out[end - 1] += type === 'PER' ? ']' : '>';
  }
  return out.join(' ');
};

function consistent(document: Document): Mention[][] {
  const names = new NamesOfDocument();
  for (const { tokens, mentions } of document) names.add(tokens, mentions);
  document.forEach((_, s) => {
    names.find(s);
  });
  const changes = names.changes();
  return document.map(({ mentions }, s) => changes.get(s) ?? mentions);
}
const settled = (...texts: string[]): string[] => {
  const document = texts.map(sentence);
  return consistent(document).map((mentions, s) => write(document[s]!.tokens, mentions));
};

describe('a name in one document', () => {
  test('that is tagged in more than a third of its places is one in all', () => {
    expect(settled('[Cook] left', 'then Cook came')).toEqual(['[Cook] left', 'then [Cook] came']);
    expect(settled('[Cook] left', '[Cook] came', 'Cook', 'Cook', 'Cook')[4]).toBe('[Cook]');
    expect(settled('<New York> left', 'New York came', 'York came')).toEqual([
      '<New York> left',
      '<New York> came',
      'York came',
    ]);
  });

  test('that is tagged in no more than a third of three or more is none', () => {
    expect(settled('[May] I', 'May we', 'May he')).toEqual(['May I', 'May we', 'May he']);
    expect(settled('[May] I', 'May we')).toEqual(['[May] I', '[May] we']);
  });

  test('keeps its types; new places get the one that is most frequent, the first of equals', () => {
    expect(settled('[Paris] sang', '<Paris> is big', '[Paris]', 'Paris')).toEqual([
      '[Paris] sang',
      '<Paris> is big',
      '[Paris]',
      '[Paris]',
    ]);
    expect(settled('<Paris> is', '[Paris] sang', '<Paris>', '[Paris]', 'Paris')[4]).toBe('<Paris>');
  });

  test('inside of another entity does not count, and stays there', () => {
    expect(settled('[Paris] sang', '<New Paris> is', '<Paris Hill>', '<Old Paris Hill>', 'Paris')).toEqual([
      '[Paris] sang',
      '<New Paris> is',
      '<Paris Hill>',
      '<Old Paris Hill>',
      '[Paris]',
    ]);
  });

  test('is looked for after longer ones', () => {
    expect(settled('[Cook]', '[Cook]', '<Cook Islands>', 'Cook Islands and Cook')[3]).toBe('<Cook Islands> and [Cook]');
  });

  test('of more than eight words is left alone', () => {
    const long = 'a b c d e f g h i';
    expect(settled(`[${long}]`, long)).toEqual([`[${long}]`, long]);
    expect(settled('[a b c d e f g h]', 'a b c d e f g h')).toEqual(['[a b c d e f g h]', '[a b c d e f g h]']);
  });

  test('of a person by the last name alone', () => {
    expect(settled('[Tim Cook] left', 'Cook came', 'so said Cook')).toEqual([
      '[Tim Cook] left',
      '[Cook] came',
      'so said [Cook]',
    ]);
    // A common word, a place of that name, a letter, a type that is none of people.
    expect(settled('[Tim Cook] left', 'Cook it', 'a cook')[1]).toBe('Cook it');
    expect(settled('[Tim Cook] left', '<Cook> is far', '<Cook> is', 'Cook')[3]).toBe('<Cook>');
    expect(settled('[Malcolm X] left', 'X came')[1]).toBe('X came');
    expect(settled('<New York> left', 'York came')[1]).toBe('York came');
  });

  test('has the mean of its probabilities in new places', () => {
    const document = [
      { tokens: ['Cook'], mentions: [{ start: 0, end: 1, type: 'PER', score: 0.5 }] },
      { tokens: ['Cook'], mentions: [{ start: 0, end: 1, type: 'PER', score: 0.75 }] },
      { tokens: ['Cook'], mentions: [] },
    ];
    expect(consistent(document)[2]).toEqual([{ start: 0, end: 1, type: 'PER', score: 0.625 }]);
  });
});

/** The same rules, by looking at everything for every name. */
function naive(document: Document): Mention[][] {
  const seen = new Map<string, string[]>();
  for (const { tokens, mentions } of document) {
    for (const { start, end } of mentions) {
      if (end - start <= 8) seen.set(tokens.slice(start, end).join(' '), tokens.slice(start, end));
    }
  }
  const out = document.map(({ mentions }) => mentions.map((m): Mention | undefined => m));
  const fresh: Mention[][] = document.map(() => []);
  for (const words of [...seen.values()].sort((a, b) => b.length - a.length)) {
    const places: { s: number; start: number; end: number; at: number }[] = [];
    document.forEach(({ tokens, mentions }, s) => {
      for (let start = 0; start + words.length <= tokens.length; start++) {
        const end = start + words.length;
        if (tokens.slice(start, end).join(' ') !== words.join(' ')) continue;
        const at = mentions.findIndex((m) => m.start === start && m.end === end);
        if (at >= 0 || mentions.every((m) => m.end <= start || m.start >= end)) places.push({ s, start, end, at });
      }
    });
    const tagged = places.filter(({ at }) => at >= 0);
    const types = tagged.map(({ s, at }) => document[s]!.mentions[at]!.type);
    const share = (n: number) => n / places.length > 1 / 3;
    const most = [...new Set(types)].sort((a, b) => count(types, b) - count(types, a))[0]!;
    if (share(count(types, most))) {
      const score = tagged.reduce((sum, { s, at }) => sum + document[s]!.mentions[at]!.score!, 0) / tagged.length;
      for (const { s, start, end, at } of places) {
        const free = [...document[s]!.mentions, ...fresh[s]!].every((m) => m.end <= start || m.start >= end);
        if (at < 0 && free) fresh[s]!.push({ start, end, type: most, score });
      }
    } else if (places.length >= 3 && !share(tagged.length)) {
      for (const { s, at } of tagged) out[s]![at] = undefined;
    }
  }
  return out.map((mentions, s) =>
    [...mentions.filter((m) => m !== undefined), ...fresh[s]!].sort((a, b) => a.start - b.start),
  );
}
const count = (list: readonly string[], item: string): number => list.filter((one) => one === item).length;

test('the same as by looking at everything, on random documents', () => {
  let state = 7;
  const below = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % n;
  };
  let changed = 0;
  for (let round = 0; round < 1500; round++) {
    const words = 'Ab Cd ef G ab-c'.split(' ').slice(0, 2 + below(4));
    const document: Document = Array.from({ length: 1 + below(8) }, () => {
      const tokens = Array.from({ length: below(9) }, () => words[below(words.length)]!);
      const mentions: Mention[] = [];
      for (let start = 0; start < tokens.length; start++) {
        const end = start + 1 + below(3);
        if (below(4) > 0 || end > tokens.length) continue;
        mentions.push({ start, end, type: ['PER', 'LOC'][below(2)]!, score: (1 + below(8)) / 8 });
        start = end - 1;
      }
      return { tokens, mentions };
    });
    const expected = naive(document);
    changed += expected.some((mentions, s) => mentions.length !== document[s]!.mentions.length) ? 1 : 0;
    expect(consistent(document)).toEqual(expected);
  }
  expect(changed).toBeGreaterThan(300);
});

describe('NerTagger', () => {
  // Names are told by the word before them alone.
  const learn: TaggedSentence[] = Array.from({ length: 120 }, (_, i) => ({
    tokens: ['the', 'Mr', `N${i}a`, 'saw', `x${i}y`, '.'],
    tags: ['O', 'O', 'B-PER', 'O', 'O', 'O'],
  }));
  const sentences = [
    ['the', 'Mr', 'Quill', 'saw', 'us', '.'],
    ['then', 'saw', 'Quill', 'nothing', '.'],
  ];
  let tagger: NerTagger;
  beforeAll(async () => {
    tagger = await NerTagger.train(learn, { seed: 1, epochs: 4, hashBits: 16, gazetteers: false });
  });

  test('tags sentences apart, or the documents they are said to be of', async () => {
    const apart = await tagger.tagAll(sentences);
    expect(apart[0]![2]).toBe('B-PER');
    expect(apart[1]![2]).toBe('O');
    expect(await tagger.tagAll(sentences, { documents: false })).toEqual(apart);
    expect(await tagger.tagAll(sentences, { documents: [1, 2] })).toEqual(apart);
    for (const documents of [true, [4, 4], [undefined, undefined]]) {
      expect((await tagger.tagAll(sentences, { documents }))[1]![2]).toBe('B-PER');
    }
    expect(await tagger.tagAll([], { documents: true })).toEqual([]);
  });

  test('refuses documents that are none', async () => {
    for (const documents of [[1], 'all', 1, [1, 2, 3]]) {
      const error = await rejected(tagger.tagAll(sentences, { documents: documents as never }));
      expect(error.name).toBe('ArgumentError');
      expect(error.message).toContain('each of the 2 sentences');
    }
  });

  test('evaluates documents as one text, unless told otherwise', async () => {
    const gold = sentences.map((tokens) => ({ tokens, tags: tokens.map((t) => (t === 'Quill' ? 'B-PER' : 'O')) }));
    expect((await tagger.evaluate(gold)).recall).toBe(1);
    expect((await tagger.evaluate(gold, { consistent: false })).recall).toBe(0.5);
    const apart = gold.map((s, document) => ({ ...s, document }));
    expect((await tagger.evaluate(apart)).recall).toBe(0.5);
    // The caller's own features may tell places of a name apart.
    const marked = gold.map((s) => ({ ...s, features: s.tokens.map(() => ['mark']) }));
    expect((await tagger.evaluate(marked)).recall).toBe(0.5);
    expect((await tagger.evaluate(marked, { consistent: true })).recall).toBe(1);
    expect((await rejected(tagger.evaluate(gold, { consistent: 1 as never }))).name).toBe('ArgumentError');
  });

  test('extracts from a text as from one document, on either way', async () => {
    const text = 'the Mr Quill saw us.\n\nthen saw Quill nothing.';
    const found = tagger.extractEntities(text);
    expect(found.map(({ text: name, start }) => [name, start])).toEqual([
      ['Quill', 7],
      ['Quill', text.lastIndexOf('Quill')],
    ]);
    expect(found[1]!.score).toBe(found[0]!.score);
    expect(await tagger.extractEntitiesAsync(text)).toEqual(found);
  });
});
