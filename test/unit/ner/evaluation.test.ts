import { Philox } from '../../../lib';
import { classificationReport, entityReport, evaluateTags } from '../../../lib/ner';
import { thrown } from '../../helpers/errors';

const split = (tags: string) => tags.split(' ');

/** The counts of conlleval.pl (Tjong Kim Sang 1999) for tags B-, I- and O: it never builds entities, only looks for ends. */
function conlleval(gold: readonly string[], predicted: readonly string[]) {
  const starts = (before: string, tag: string) =>
    tag !== 'O' && (tag.startsWith('B') || before === 'O' || before.slice(2) !== tag.slice(2));
  const ends = (before: string, tag: string) => before !== 'O' && (tag === 'O' || starts(before, tag));
  let [correct, golds, guesses, agree] = [0, 0, 0, false];
  for (let i = 0; i <= gold.length; i++) {
    const [g, g0, p, p0] = [gold[i] ?? 'O', gold[i - 1] ?? 'O', predicted[i] ?? 'O', predicted[i - 1] ?? 'O'];
    if (agree) {
      if (ends(g0, g) && ends(p0, p)) correct++;
      agree = !ends(g0, g) && !ends(p0, p) && g.slice(2) === p.slice(2);
    }
    if (starts(g0, g) && starts(p0, p) && g.slice(2) === p.slice(2)) agree = true;
    if (starts(g0, g)) golds++;
    if (starts(p0, p)) guesses++;
  }
  return { correct, golds, guesses };
}

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

  test('random sequences count as the conditions of conlleval.pl say, word by word', () => {
    const random = new Philox(5);
    let drawn = 0;
    const pick = <T>(items: readonly T[]): T => items[random.below(drawn++, items.length)]!;
    const tag = () => pick(['O', 'O', 'B-X', 'I-X', 'B-Y', 'I-Y']);
    let both = 0;
    for (let round = 0; round < 3000; round++) {
      const gold = Array.from({ length: 1 + random.below(drawn++, 8) }, tag);
      const predicted = gold.map((own) => pick([own, own, tag()]));
      const { correct, gold: golds, predicted: guesses } = evaluateTags([gold], [predicted]);
      const expected = conlleval(gold, predicted);
      expect({ gold, predicted, correct, golds, guesses }).toEqual({ gold, predicted, ...expected });
      both += correct;
    }
    expect(both).toBeGreaterThan(1000);
  });

  test('strict counts well-formed entities only', () => {
    const gold = [split('B-PER I-PER O')];
    expect(evaluateTags(gold, [split('I-PER I-PER O')], { strict: true }).predicted).toBe(0);
    expect(evaluateTags(gold, [split('B-PER I-PER O')], { strict: true }).correct).toBe(1);
    expect(evaluateTags([split('S-PER B-LOC E-LOC')], [split('S-PER B-LOC I-LOC')], { strict: true }).correct).toBe(1);
  });

  test('per type, confusion, report', () => {
    const result = evaluateTags([split('B-PER O B-ORG O B-PER')], [split('B-PER O B-PER O O')]);
    expect(result.perType.PER).toMatchObject({ correct: 1, gold: 2, predicted: 2, f1: 0.5 });
    expect(result.perType.ORG).toMatchObject({ correct: 0, gold: 1, predicted: 0, f1: 0 });
    expect(result.confusion).toEqual({ PER: { PER: 1, O: 1 }, ORG: { PER: 1 } });
    expect(result.f1).toBeCloseTo(2 / 5);
    expect(result.accuracy).toBeCloseTo(3 / 5);
    expect(entityReport(result)).toMatch(/PER\s+50\.00\s+50\.00\s+50\.00\s+2/);
  });

  test('refuses different lengths', () => {
    expect(thrown(() => evaluateTags([['O']], [['O', 'O']])).message).toBe(
      'Expected sentence 0 of `predicted` to have 1 tags, received 2.',
    );
  });

  // Worked out by hand with the patterns of seqeval's schemes IOB2 and IOBES (seqeval/scheme.py).
  test.each([
    ['BIO', 'B-PER I-PER I-LOC', [[0, 2, 'PER']]],
    ['BIO', 'I-PER I-PER O', []],
    ['BIO', 'B-PER E-PER O', [[0, 1, 'PER']]],
    ['BIOES', 'B-PER I-PER O', []],
    [
      'BIOES',
      'B-PER I-PER E-PER S-LOC',
      [
        [0, 3, 'PER'],
        [3, 4, 'LOC'],
      ],
    ],
    ['BIOES', 'B-PER E-LOC B-PER E-PER', [[2, 4, 'PER']]],
    [
      'IO',
      'I-PER I-PER B-LOC I-LOC',
      [
        [0, 2, 'PER'],
        [3, 4, 'LOC'],
      ],
    ],
  ] as const)('strict in %s: %s', (scheme, tags, expected) => {
    const { predicted } = evaluateTags([split(tags).map(() => 'O')], [split(tags)], { strict: true, scheme });
    expect(predicted).toBe(expected.length);
    for (const [start, end, type] of expected) {
      const gold = split(tags).map((_, i) => {
        if (i < start || i >= end) return 'O';
        if (scheme === 'IO') return `I-${type}`;
        if (scheme === 'BIO') return `${i === start ? 'B' : 'I'}-${type}`;
        return `${end - start === 1 ? 'S' : i === start ? 'B' : i === end - 1 ? 'E' : 'I'}-${type}`;
      });
      expect(evaluateTags([gold], [split(tags)], { strict: true, scheme }).correct).toBe(1);
    }
  });

  test('strict reads both sides in the scheme of the gold tags', () => {
    const gold = [split('B-PER E-PER O')];
    expect(evaluateTags(gold, [split('B-PER I-PER O')], { strict: true }).predicted).toBe(0);
    expect(evaluateTags(gold, [split('B-PER I-PER O')], { strict: true, scheme: 'BIO' }).predicted).toBe(1);
  });

  test('missed and spurious entities stand in the column and the row O', () => {
    const { confusion } = evaluateTags(
      [split('B-PER I-PER O B-LOC O O B-ORG')],
      [split('B-PER O O B-ORG O B-PER B-ORG')],
    );
    expect(confusion).toEqual({ PER: { O: 1 }, LOC: { ORG: 1 }, ORG: { ORG: 1 }, O: { PER: 2 } });
  });

  test('types may be called as parts of objects are', () => {
    const tags = split('B-__proto__ O B-constructor');
    const result = evaluateTags([tags], [split('B-__proto__ O B-toString')]);
    expect(Object.keys(result.perType)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.entries(result.confusion).map(([type, row]) => [type, Object.entries(row)])).toEqual([
      ['__proto__', [['__proto__', 1]]],
      ['constructor', [['toString', 1]]],
    ]);
  });

  test('classificationReport is the report of tag sequences', () => {
    const [gold, predicted] = [[split('B-PER O B-ORG')], [split('B-PER O B-PER')]];
    expect(classificationReport(gold, predicted)).toBe(entityReport(evaluateTags(gold, predicted)));
  });

  test('refuses what it cannot compare', () => {
    expect(thrown(() => evaluateTags(null as never, []))).toMatchObject({
      name: 'ArgumentError',
      message: 'Expected `gold` to be an array of tag sequences, received null.',
    });
    expect(thrown(() => evaluateTags([['O']], [[5 as never]])).message).toBe(
      'Expected sentence 0 of `predicted` to be an array of tags, received 5 at 0.',
    );
    expect(thrown(() => evaluateTags([], [], { strct: true } as never)).message).toMatch(/Did you mean `strict`/);
    expect(thrown(() => evaluateTags([], [], { scheme: 'BIO' })).message).toMatch(/together with `strict: true`/);
    expect(thrown(() => evaluateTags([], [], { strict: true, scheme: 'BILOU' as never })).message).toMatch(/scheme/);
  });
});
