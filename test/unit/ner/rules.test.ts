import { findRuleEntities, type NamedEntity } from '../../../lib/ner';
import { mergeRuleEntities } from '../../../lib/ner/rules';

const found = (text: string) => findRuleEntities(text).map((m) => [m.label, text.slice(m.start, m.end), m.value]);
const date = (text: string, iso: string) => ['DATE', text, { kind: 'date', iso }];
const money = (text: string, amount: number, currency: string | null) => [
  'MONEY',
  text,
  { kind: 'money', amount, currency },
];
const percent = (text: string, fraction: number) => ['PERCENT', text, { kind: 'percent', fraction }];

test.each([
  ['on 1996-08-22 here', [date('1996-08-22', '1996-08-22')]],
  ['Friday, August 22nd, 1996.', [date('Friday, August 22nd, 1996', '1996-08-22')]],
  ['the 22nd of Aug 1996', [date('the 22nd of Aug 1996', '1996-08-22')]],
  [
    '12/31/2020 or 31/12/2020 or 1.2.2020',
    [date('12/31/2020', '2020-12-31'), date('31/12/2020', '2020-12-31'), date('1.2.2020', '2020-02-01')],
  ],
  ['March 2021', [date('March 2021', '2021-03')]],
  ['May 17', [date('May 17', '--05-17')]],
  ['in 1999 and the 1990s', [date('1999', '1999'), ['DATE', 'the 1990s', undefined]]],
  [
    'on Monday, yesterday, next week',
    [
      ['DATE', 'Monday', undefined],
      ['DATE', 'yesterday', undefined],
      ['DATE', 'next week', undefined],
    ],
  ],
  ['February 30, 2020', [['DATE', 'February 30, 2020', undefined]]],
  ['they may march on', []],
  ['$3.5 million', [money('$3.5 million', 3.5e6, 'USD')]],
  ['US$1,250.75 and EUR 20', [money('US$1,250.75', 1250.75, 'USD'), money('EUR 20', 20, 'EUR')]],
  ['five thousand dollars, 50 cents', [money('five thousand dollars', 5000, 'USD'), money('50 cents', 0.5, 'USD')]],
  ['£2bn, 3 million euros', [money('£2bn', 2e9, 'GBP'), money('3 million euros', 3e6, 'EUR')]],
  ['20 Canadian dollars', [money('20 Canadian dollars', 20, 'CAD')]],
  ['12.5% and 7 percent', [percent('12.5%', 0.125), percent('7 percent', 0.07)]],
  ['room 1234, 5 people, 10 things', []],
])('%j', (text, expected) => {
  const got = found(text);
  expect(got).toHaveLength(expected.length);
  got.forEach((entity, i) => {
    const [label, span, value] = expected[i] as unknown[];
    expect(entity.slice(0, 2)).toEqual([label, span]);
    if (value === undefined) expect(entity[2]).toBeUndefined();
    else {
      const { fraction, amount, ...rest } = value as Record<string, number>;
      expect(entity[2]).toMatchObject(rest);
      if (fraction !== undefined) expect((entity[2] as { fraction: number }).fraction).toBeCloseTo(fraction, 12);
      if (amount !== undefined) expect((entity[2] as { amount: number }).amount).toBeCloseTo(amount, 6);
    }
  });
});

describe('rules beside learned entities', () => {
  const learned = (text: string, part: string, label: string): NamedEntity => {
    const start = text.indexOf(part);
    return { text: part, label, start, end: start + part.length, score: 0.5 };
  };
  const merged = (text: string, ...parts: [part: string, label: string][]) =>
    mergeRuleEntities(
      text,
      parts.map(([part, label]) => learned(text, part, label)),
    ).map((e) => [e.text, e.label, e.value !== undefined]);

  test('a learned date that holds a match keeps its bounds and takes the value', () => {
    expect(merged('It began in late March 2021 there', ['late March 2021', 'DATE'])).toEqual([
      ['late March 2021', 'DATE', true],
    ]);
  });
  test('a rule that read the whole date wins over a part of it', () => {
    expect(merged('on Friday, May 8, 2009 here', ['May 8, 2009', 'DATE'])).toEqual([
      ['Friday, May 8, 2009', 'DATE', true],
    ]);
  });
  test('a match without a value gives way to a learned date, but not to another type', () => {
    expect(merged('music of the 1990s here', ['1990s', 'DATE'])).toEqual([['1990s', 'DATE', false]]);
    expect(merged('music of the 1990s here', ['1990s', 'ORG'])).toEqual([['the 1990s', 'DATE', false]]);
  });
  test('what does not overlap stays', () => {
    expect(merged('Ann paid $5 in Rome', ['Ann', 'PER'], ['Rome', 'LOC'])).toEqual([
      ['Ann', 'PER', false],
      ['$5', 'MONEY', true],
      ['Rome', 'LOC', false],
    ]);
  });
});
