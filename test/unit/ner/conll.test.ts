import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatConll, parseConll, readConll, type TaggedSentence, writeConll } from '../../../lib/ner';
import { rejected, thrown } from '../../helpers/errors';

describe('CoNLL', () => {
  test('reads two and four columns, -DOCSTART-, comments and line ends', () => {
    const four = '-DOCSTART- -X- -X- O\r\n\r\nEU NNP B-NP B-ORG\r\nrejects VBZ B-VP O\r\n\r\n\r\n# NN O O\r\n';
    expect(parseConll(four)).toEqual([
      {
        tokens: ['EU', 'rejects'],
        tags: ['B-ORG', 'O'],
        columns: [
          ['NNP', 'B-NP'],
          ['VBZ', 'B-VP'],
        ],
        document: 0,
      },
      { tokens: ['#'], tags: ['O'], columns: [['NN', 'O']], document: 0 },
    ]);
    const two = '# id = 1\nEU\tB-ORG\nsays hi\tO\n\n#\tO\nb\tO';
    expect(parseConll(two)).toEqual([
      { tokens: ['EU', 'says hi'], tags: ['B-ORG', 'O'] },
      { tokens: ['#', 'b'], tags: ['O', 'O'] },
    ]);
    expect(parseConll(formatConll(parseConll(two)))).toEqual(parseConll(two));
  });

  test.each([
    ['EU B-ORG\nalone\n', /line 2 of x\.conll to have a word and a tag, received 'alone'/],
    ['EU B-ORG\na b c\n', /line 2 of x\.conll to have 2 columns as before, received 3/],
    ['EU\tB-ORG\n\tO\n', /line 2 of x\.conll to begin with a word/],
    ['EU\tORG\n', /line 1 of x\.conll to end with a tag such as 'O' or 'B-PER', received 'ORG'/],
  ])('names the bad line of %j', (text, message) => {
    expect(thrown(() => parseConll(text, { source: 'x.conll' })).message).toMatch(message);
  });

  test('documents are numbered, and written back with the other columns', () => {
    const text =
      '-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\n\nHi UH O O\n\n-DOCSTART- -X- -X- O\n\nBonn NNP B-NP B-LOC\n\n';
    const sentences = parseConll(text);
    expect(sentences.map(({ document }) => document)).toEqual([0, 0, 1]);
    expect(formatConll(sentences, { separator: ' ' })).toBe(text);
    expect(parseConll(formatConll(sentences))).toEqual(sentences);
    const two = formatConll(sentences, { columns: 2 });
    expect(two).toBe('-DOCSTART-\tO\n\nEU\tB-ORG\n\nHi\tO\n\n-DOCSTART-\tO\n\nBonn\tB-LOC\n\n');
    expect(parseConll(two).map(({ document }) => document)).toEqual([0, 0, 1]);
    expect(formatConll([{ tokens: ['a'], tags: ['O'] }], { columns: 4 })).toBe('a\t-X-\t-X-\tO\n\n');
  });

  test('words that look like comments and documents are words', () => {
    const odd: TaggedSentence[] = [
      { tokens: ['#', 'b'], tags: ['O', 'O'] },
      { tokens: ['# foo', 'b'], tags: ['B-X', 'O'] },
      { tokens: ['b', '-DOCSTART-', '#'], tags: ['O', 'O', 'O'] },
      { tokens: ['#tag'], tags: ['B-X'] },
    ];
    expect(parseConll(formatConll(odd))).toEqual(odd);
    expect(parseConll('# one O\n# two O\nEU B-ORG\n')).toEqual([{ tokens: ['EU'], tags: ['B-ORG'] }]);
    expect(parseConll('EU B-ORG\n\n# O\nb O\n')[1]).toEqual({ tokens: ['#', 'b'], tags: ['O', 'O'] });
  });

  test('files of old Macs are read', () => {
    expect(parseConll('EU B-ORG\rsays O\r\rHi O\r')).toEqual([
      { tokens: ['EU', 'says'], tags: ['B-ORG', 'O'] },
      { tokens: ['Hi'], tags: ['O'] },
    ]);
  });

  test('any column may hold the words and the tags', () => {
    expect(parseConll('1 EU B-ORG NNP\n', { tokenColumn: 1, tagColumn: 2 })).toEqual([
      { tokens: ['EU'], tags: ['B-ORG'], columns: [['1', 'NNP']] },
    ]);
    expect(thrown(() => parseConll('EU B-ORG\n', { tagColumn: -3 })).message).toMatch(/among 2 columns/);
  });

  test.each<[TaggedSentence, RegExp]>([
    [{ tokens: ['a\tb'], tags: ['O'] }, /sentence 0, word 0 has 'a\tb'/],
    [{ tokens: ['a'], tags: ['B-X\nO'] }, /sentence 0, word 0 has 'B-X\nO'/],
    [{ tokens: ['a'], tags: ['X'] }, /Sentence 0, word 0: Expected a tag/],
    [{ tokens: ['-DOCSTART-'], tags: ['O'] }, /not to begin with '-DOCSTART-'/],
    [{ tokens: ['\uFEFFa'], tags: ['O'] }, /not to begin with/],
    [{ tokens: ['a'], tags: ['O'], columns: [['b\nc']] }, /sentence 0, word 0 has 'b\nc'/],
  ])('does not write what no reader could read: %j', (sentence, message) => {
    expect(thrown(() => formatConll([sentence]))).toMatchObject({
      name: 'DataError',
      message: expect.stringMatching(message),
    });
  });

  test('writes files; refuses what are no sentences, texts and options', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hebb-conll-'));
    try {
      const file = path.join(folder, 'a.conll');
      const sentences = [{ tokens: ['EU'], tags: ['B-ORG'] }];
      await writeConll(file, sentences);
      expect(await readConll(file)).toEqual(sentences);
      expect(await rejected(readConll(path.join(folder, 'none')))).toMatchObject({ name: 'DataError' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    expect(thrown(() => parseConll(5 as never)).message).toBe('Expected `text` to be a string, received 5.');
    expect(thrown(() => formatConll(null as never)).name).toBe('ArgumentError');
    expect(thrown(() => formatConll([null as never])).name).toBe('DataError');
    expect(thrown(() => formatConll([], { columns: 3 as never })).message).toMatch(/2 or 4, received 3/);
    expect(thrown(() => formatConll([{ tokens: ['a b'], tags: ['O'] }], { separator: ' ' })).message).toMatch(
      /without blanks/,
    );
  });
});
