import { alignSpans, formatJsonLines, parseJsonLines, toCharSpans, toTaggedSentence } from '../../../lib/ner';
import { tokenize } from '../../../lib/text';
import { thrown } from '../../helpers/errors';

describe('JSON lines', () => {
  test('read, align, write', () => {
    const text =
      '{"text":"Tim Cook, Apple","spans":[{"start":0,"end":8,"label":"PER"},{"start":10,"end":15,"label":"ORG"}]}\n';
    const [read] = parseJsonLines(text);
    expect(formatJsonLines([read as NonNullable<typeof read>])).toBe(text);
    const sentence = toTaggedSentence(read as NonNullable<typeof read>);
    expect(sentence.tags).toEqual(['B-PER', 'I-PER', 'O', 'B-ORG']);
    const spans = toCharSpans(tokenize('Tim Cook, Apple'), sentence.tags);
    expect(spans).toEqual(read?.spans);
  });

  test('spans inside words widen, spans over nothing are lost', () => {
    const { words, widened, lost } = alignSpans(tokenize('un Kalifornien x'), [
      { start: 4, end: 6, label: 'A' },
      { start: 14, end: 15, label: 'B' },
    ]);
    expect(words).toEqual([{ start: 1, end: 2, type: 'A' }]);
    expect(widened).toHaveLength(1);
    expect(lost).toEqual([{ start: 14, end: 15, label: 'B' }]);
  });

  test.each([
    ['{"text":"ab"', /line 1 of x\.jsonl to be JSON/],
    ['\n{"spans":[]}', /line 2 of x\.jsonl to be \{ text, spans \}/],
    ['{"text":"ab","spans":[[0,3,"A"]]}', /inside its 2 characters/],
    ['{"text":"abcd","spans":[[0,3,"A"],[2,4,"B"]]}', /line 1 of x\.jsonl not to overlap: A \[0, 3\) and B \[2, 4\)/],
  ])('names the bad line of %j', (text, message) => {
    expect(thrown(() => parseJsonLines(text, 'x.jsonl')).message).toMatch(message);
  });

  test('a byte order mark is no part of the text', () => {
    expect(parseJsonLines('\uFEFF{"text":"ab","spans":[]}\n')).toEqual([{ text: 'ab', spans: [] }]);
  });

  test('what it would not read it does not write', () => {
    for (const bad of [
      { text: 'ab', spans: [{ start: 0, end: 3, label: 'A' }] },
      { text: 'ab', spans: [{ start: 0, end: 1, label: '' }] },
      {
        text: 'abcd',
        spans: [
          { start: 0, end: 3, label: 'A' },
          { start: 2, end: 4, label: 'B' },
        ],
      },
      { text: 5, spans: [] },
      { text: 'a' },
      null,
    ]) {
      expect(thrown(() => formatJsonLines([bad as never]))).toMatchObject({
        name: 'DataError',
        message: expect.stringMatching(/text 0/),
      });
    }
    expect(thrown(() => formatJsonLines(5 as never)).name).toBe('ArgumentError');
    expect(thrown(() => parseJsonLines(5 as never)).message).toBe('Expected `text` to be a string, received 5.');
  });

  test('spans that become no tags are told', () => {
    const text = 'New-York is  big';
    const sentence = toTaggedSentence({
      text,
      spans: [
        { start: 0, end: 3, label: 'A' },
        { start: 4, end: 8, label: 'B' },
        { start: 11, end: 13, label: 'C' },
      ],
    });
    expect(sentence.tags).toEqual(['B-A', 'O', 'O']);
    expect(sentence.widened.map(({ label }) => label)).toEqual(['A']);
    expect(sentence.lost.map(({ label }) => label)).toEqual(['B', 'C']);
    expect(thrown(() => toTaggedSentence(null as never)).name).toBe('DataError');
    expect(thrown(() => toCharSpans(tokenize(text), ['O'])).message).toMatch(/a tag for each of the words, received 1/);
    expect(thrown(() => alignSpans(null as never, [])).name).toBe('ArgumentError');
  });
});
