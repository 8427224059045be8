import { Philox } from '../../../lib/data';
import { FORMS } from '../../../lib/ner/dateForms';
import { matchesOf } from '../../../lib/ner/dates';
import { WordStarts } from '../../../lib/ner/wordStarts';

const WORDS =
  "January feb MAR April May may June jul. AUGUST Sept. october Nov December Monday tue Wednesday Thu. friday SAT Sunday Tues early Late mid mid-to-late Early-to-mid Earlier later last Next this past coming following previous first Second third fourth fifth sixth twelfth twentieth twenty-first thirtieth thirty-first 1st 2nd 4th 19th 21st 5 05 12 31 1996 2020 2021-22 1990s 90s '90s ’80s ‘70s 2020-01-02 2020/3/1 12/31/2020 03/04/21 25-Dec-23 Q3 q4 3Q23 2023-Q3 H1 H2 FY FY2020 FY'23 fiscal Fiscal year 44 BC AD A.D. 79 476 BCE CE B.C. century centuries quarter half of the The day in on since between and to through until by from for after before tomorrow yesterday Today tonight Tomorrow Yesterday morning night evenings New Year's Eve Day Christmas Boxing Thanksgiving Halloween Good Friday Easter Valentine's Mother's Father’s Labour Labor Memorial Veterans a an one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty-two ninety few several couple dozen hundred thousand million dozens hundreds hours days week weeks months years decades ago hence now spring Summer autumn fall winter season weekend born circa é É ü 5日 “ ” ( ) ; : ! ? . , - – — / ' ’ % $ people June Carter".split(
    ' ',
  );
const PHRASES = [
  '2020-01-02/2020-03-04',
  'May 2020-June 2021',
  'May 5, 2020 – June 7, 2021',
  'may 5th',
  'Friday, August 22nd, 1996',
  '22nd of August 1996',
  'first of May 1999',
  '5 of march 2020',
  'since May',
  'by April',
  'Last May',
  'early June',
  'last Friday night',
  'on Monday',
  'day before yesterday',
  '. Today',
  "New Year's Eve 2019",
  'later this year',
  'Last night',
  'two and a half years ago',
  'between 1990 and 1995',
  'the early 80s',
  'the 18th and 19th centuries',
  'third quarter of 2023',
  'first half of 2021',
  'first quarter of last year',
  'summer of 2020',
  '300-200 BC',
  'in 1987',
];
const GAPS = [' ', ' ', ' ', ' ', ' ', '', '-', '  ', '\n', '.', '/', ', ', '\u00a0', '–', "'"];

test('every form finds at its places what it would find anywhere', () => {
  const rng = new Philox(20);
  let draw = 0;
  const any = <T>(list: readonly T[]): T => list[rng.below(draw++, list.length)]!;
  const anywhere = FORMS.map(({ pattern }) => new RegExp(pattern.source, 'gu'));
  const found = FORMS.map(() => 0);
  for (let k = 0; k < 6000; k++) {
    let text = '';
    for (let i = 2 + rng.below(draw++, 10); i > 0; i--)
      text += any(rng.below(draw++, 8) === 0 ? PHRASES : WORDS) + any(GAPS);
    const places = new WordStarts(text);
    FORMS.forEach((form, f) => {
      const plain = [...text.matchAll(anywhere[f]!)].map((match) => [match.index, ...match]);
      const quick = [...matchesOf(form, text, places)].map((match) => [match.index, ...match]);
      found[f]! += plain.length;
      if (plain.length > 0 || quick.length > 0)
        expect([text, form.pattern.source, quick]).toEqual([text, form.pattern.source, plain]);
    });
  }
  expect(found.every((n) => n > 0)).toBe(true);
});

test('words, numbers and quotation marks, by how they begin', () => {
  const places = new WordStarts("In Q4, the '90s: 5th of mid-May 2020s, naïve ‘day’");
  expect(places.of(['in'])).toEqual([0]);
  expect(places.of(['q', 'of'])).toEqual([3, 21]);
  expect(places.of(['0'])).toEqual([12, 17, 32]);
  expect(places.of(['may', 'mid'])).toEqual([24, 28]);
  expect(places.of(["'"])).toEqual([11, 45]);
  expect(places.of(['ve', 'ay', 'th'])).toEqual([42]); // letters beyond ASCII begin no word, and end one
  expect(new WordStarts('').of(['may'])).toEqual([]);
});
