import {
  alignSpans,
  convertTags,
  detectScheme,
  entityReport,
  evaluateTags,
  formatConll,
  formatJsonLines,
  parseConll,
  parseJsonLines,
  repairTags,
  spansToTags,
  tagsToSpans,
  toCharSpans,
  toTaggedSentence,
} from '../../../lib/ner';
import { tokenize } from '../../../lib/text';
import { thrown } from '../../helpers/errors';

const split = (tags: string) => tags.split(' ');

describe('schemes', () => {
  const bio = split('O B-PER I-PER B-PER B-LOC I-LOC I-LOC O');
  const bioes = split('O B-PER E-PER S-PER B-LOC I-LOC E-LOC O');

  test('convert there and back', () => {
    expect(convertTags(bio, 'BIOES')).toEqual(bioes);
    expect(convertTags(bioes, 'BIO')).toEqual(bio);
    expect(convertTags(bio, 'IO')).toEqual(split('O I-PER I-PER I-PER I-LOC I-LOC I-LOC O'));
    expect(convertTags(split('O U-PER B-LOC M-LOC L-LOC'), 'BIO')).toEqual(split('O B-PER B-LOC I-LOC I-LOC'));
  });

  test('are recognised', () => {
    expect([detectScheme([bio]), detectScheme([bioes]), detectScheme([['I-A', 'O']]), detectScheme([['O']])]).toEqual([
      'BIO',
      'BIOES',
      'IO',
      'BIO',
    ]);
  });

  test('repair what is not well formed', () => {
    expect(repairTags(split('I-PER I-PER O I-LOC B-LOC I-PER'), 'BIO')).toEqual(
      split('B-PER I-PER O B-LOC B-LOC B-PER'),
    );
    expect(repairTags(split('E-PER B-PER O I-LOC S-LOC I-LOC'), 'BIOES')).toEqual(
      split('S-PER S-PER O S-LOC S-LOC S-LOC'),
    );
  });

  test('spans overlap, leave the sentence, or name no tag: refused', () => {
    expect(
      thrown(() =>
        spansToTags(
          [
            { start: 0, end: 2, type: 'A' },
            { start: 1, end: 3, type: 'B' },
          ],
          4,
        ),
      ).message,
    ).toMatch(/do not overlap/);
    expect(thrown(() => spansToTags([{ start: 3, end: 5, type: 'A' }], 4)).message).toMatch(/inside a sentence of 4/);
    expect(thrown(() => tagsToSpans(['PER'])).message).toMatch(/such as 'O', 'B-PER'/);
  });
});

describe('evaluateTags', () => {
  // Worked out by hand with the rules of conlleval.pl (startOfChunk, endOfChunk).
  test.each([
    ['B-PER I-PER O', 'B-PER I-PER O', 1, 1, 1],
    ['B-PER I-PER O', 'B-PER O O', 0, 1, 1],
    ['B-PER I-PER', 'I-PER I-PER', 1, 1, 1], // I- at the begin starts a chunk
    ['B-PER B-PER', 'B-PER I-PER', 0, 2, 1],
    ['B-PER O B-LOC', 'B-LOC O B-LOC', 1, 2, 2],
    ['B-PER I-PER', 'B-PER I-LOC', 0, 1, 2], // a change of type starts a chunk
    ['O O', 'O O', 0, 0, 0],
    ['S-PER O B-LOC E-LOC', 'B-PER O B-LOC I-LOC', 2, 2, 2], // schemes may differ
  ])('%s against %s', (gold, predicted, correct, goldCount, predictedCount) => {
    const result = evaluateTags([split(gold)], [split(predicted)]);
    expect([result.correct, result.gold, result.predicted]).toEqual([correct, goldCount, predictedCount]);
  });

  test('strict counts well-formed entities only', () => {
    const gold = [split('B-PER I-PER O')];
    expect(evaluateTags(gold, [split('I-PER I-PER O')], { strict: true }).predicted).toBe(0);
    expect(evaluateTags(gold, [split('B-PER I-PER I-LOC')], { strict: true }).predicted).toBe(0);
    expect(evaluateTags(gold, [split('B-PER I-PER O')], { strict: true }).correct).toBe(1);
    expect(evaluateTags([split('S-PER B-LOC E-LOC')], [split('S-PER B-LOC I-LOC')], { strict: true }).correct).toBe(1);
  });

  test('per type, confusion, report', () => {
    const result = evaluateTags([split('B-PER O B-ORG O B-PER')], [split('B-PER O B-PER O O')]);
    expect(result.perType.PER).toMatchObject({ correct: 1, gold: 2, predicted: 2, f1: 0.5 });
    expect(result.perType.ORG).toMatchObject({ correct: 0, gold: 1, predicted: 0, f1: 0 });
    expect(result.confusion).toEqual({ PER: { PER: 1 }, ORG: { PER: 1 } });
    expect(result.f1).toBeCloseTo(2 / 5);
    expect(result.accuracy).toBeCloseTo(3 / 5);
    expect(entityReport(result)).toMatch(/PER\s+50\.00\s+50\.00\s+50\.00\s+2/);
  });

  test('refuses different lengths', () => {
    expect(thrown(() => evaluateTags([['O']], [['O', 'O']])).message).toBe(
      'Expected sentence 0 of `predicted` to have 1 tags, received 2.',
    );
  });
});

describe('CoNLL', () => {
  test('reads two and four columns, -DOCSTART-, comments and line ends', () => {
    const four = '-DOCSTART- -X- -X- O\r\n\r\nEU NNP B-NP B-ORG\r\nrejects VBZ B-VP O\r\n\r\n\r\n# NN O O\r\n';
    expect(parseConll(four)).toEqual([{ tokens: ['EU', 'rejects'], tags: ['B-ORG', 'O'] }]);
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
});

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
});
