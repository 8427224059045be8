import { NerTagger, type TaggedSentence } from '../../../lib/ner';
import { rejected } from '../../helpers/errors';

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
