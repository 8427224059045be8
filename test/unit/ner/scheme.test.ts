import { convertTags, detectScheme, repairTags, spansToTags, tagsToSpans } from '../../../lib/ner';
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

test('what are no tags and spans is refused', () => {
  for (const run of [
    () => tagsToSpans(null as never),
    () => tagsToSpans([5 as never]),
    () => detectScheme(5 as never),
    () => detectScheme([null as never]),
    () => convertTags(undefined as never, 'BIO'),
    () => spansToTags(null as never, 3),
    () => spansToTags([], -1),
  ]) {
    expect(thrown(run)).toMatchObject({ name: 'ArgumentError' });
  }
  expect(thrown(() => spansToTags([null as never], 3))).toMatchObject({ name: 'DataError' });
});
