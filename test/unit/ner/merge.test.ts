import type { NamedEntity } from '../../../lib/ner';
import { mergeRuleEntities } from '../../../lib/ner/merge';

const learned = (text: string, part: string, label: string): NamedEntity => {
  const start = text.indexOf(part);
  return { text: part, label, start, end: start + part.length, score: 0.5 };
};
const merged = (text: string, ...parts: [part: string, label: string][]) =>
  mergeRuleEntities(
    text,
    parts.map(([part, label]) => learned(text, part, label)),
  ).map((e) => {
    expect(text.slice(e.start, e.end)).toBe(e.text);
    return `${e.text}|${e.label}${e.value === undefined ? '' : '|value'}`;
  });

test('a learned date with more words of dates keeps its bounds and takes the value', () => {
  expect(merged('the beginning of March 2021 there', ['beginning of March 2021', 'DATE'])).toEqual([
    'beginning of March 2021|DATE|value',
  ]);
});

test('other words in a learned date fall off', () => {
  expect(merged('On 10 December 1815 Ada Lovelace was born', ['10 December 1815 Ada Lovelace', 'DATE'])).toEqual([
    '10 December 1815|DATE|value',
  ]);
  expect(merged('between 1939 and 1945 here', ['1939 and 1945', 'DATE'])).toEqual(['1939 and 1945|DATE|value']);
  expect(merged('in 1939 and in 1945 here', ['1939 and in 1945', 'DATE'])).toEqual([
    '1939|DATE|value',
    '1945|DATE|value',
  ]);
  expect(merged('in May 5 minutes were lost', ['May 5 minutes', 'DATE'])).toEqual(['May|DATE']);
  expect(merged('May 5 minutes pass?', ['May 5 minutes', 'DATE'])).toEqual(['5 minutes|DATE']);
});

test('a rule that read the whole date wins over a part of it', () => {
  expect(merged('on Friday, May 8, 2009 here', ['May 8, 2009', 'DATE'])).toEqual(['Friday, May 8, 2009|DATE|value']);
  expect(merged('from 1990 to 1995', ['1990', 'DATE'])).toEqual(['1990 to 1995|DATE|value']);
});

test('the ends of a period that were learned as two stay two, each with its value', () => {
  const two = mergeRuleEntities('from 1890 until 1970 .', [
    { text: '1890', label: 'DATE', start: 5, end: 9, score: 0.9 },
    { text: '1970', label: 'DATE', start: 16, end: 20, score: 0.8 },
  ]);
  expect(two.map(({ text, value, score }) => ({ text, value, score }))).toEqual([
    { text: '1890', value: { kind: 'date', iso: '1890' }, score: 0.9 },
    { text: '1970', value: { kind: 'date', iso: '1970' }, score: 0.8 },
  ]);
  const days = 'run from January 23 through March 9 2014';
  expect(merged(days, ['January 23', 'DATE'], ['March 9 2014', 'DATE'])).toEqual([
    'January 23|DATE|value',
    'March 9 2014|DATE|value',
  ]);
});

test('a weekday and its date that were learned as two stay two', () => {
  expect(merged('on Friday, May 8, 2009 here', ['Friday', 'DATE'], ['May 8, 2009', 'DATE'])).toEqual([
    'Friday|DATE',
    'May 8, 2009|DATE|value',
  ]);
});

test('a word that may be a date leaves a learned name whole, a date in numbers does not', () => {
  expect(merged('we saw June Carter in June', ['June Carter', 'PER'])).toEqual(['June Carter|PER', 'June|DATE']);
  expect(merged('next week Sunday Business came', ['week Sunday Business', 'ORG'])).toEqual(['next week|DATE']);
  expect(merged('it was of May Day Inc.', ['May Day Inc.', 'ORG'])).toEqual(['May Day Inc.|ORG']);
  expect(merged('it fell to $5 a share', ['$5 a share', 'ORG'])).toEqual(['$5|MONEY|value']);
});

test('a learned number beside a name is no date', () => {
  expect(merged('He ran Windows 2000 there', ['2000', 'DATE'])).toEqual([]);
  expect(merged('see Tab 3 there', ['Tab 3', 'DATE'])).toEqual([]);
  expect(merged('call 555-1234 now', ['1234', 'DATE'])).toEqual([]);
  expect(merged('It was 2000 then', ['2000', 'DATE'])).toEqual(['2000|DATE|value']);
  expect(merged('at London 2012 there', ['2012', 'DATE'])).toEqual(['2012|DATE|value']);
});

test('what a rule alone calls a date stays one', () => {
  for (const date of ['Q3', '3Q24', "Q3 '24", 'FY24', '66 million years ago'])
    expect(merged(`Sales in ${date} rose`)).toEqual([`${date}|DATE`]);
  expect(merged('on Christmas Eve 2019 here', ['Christmas Eve 2019', 'DATE'])).toEqual([
    'Christmas Eve 2019|DATE|value',
  ]);
  expect(merged('at Christmas 2019 here', ['Christmas 2019', 'DATE'])).toEqual(['Christmas 2019|DATE']);
});

test('a period that was learned as one date has not the value of one end', () => {
  expect(merged('from 5 May 2020 to 7 June 2021', ['5 May 2020 to 7 June 2021', 'DATE'])).toEqual([
    '5 May 2020|DATE|value',
    '7 June 2021|DATE|value',
  ]);
  expect(merged('run of 7 May 2020 / June 2021', ['7 May 2020 / June 2021', 'DATE'])).not.toContain(
    '7 May 2020 / June 2021|DATE|value',
  );
});

test('what does not overlap stays', () => {
  expect(merged('Ann paid $5 in Rome', ['Ann', 'PER'], ['Rome', 'LOC'])).toEqual([
    'Ann|PER',
    '$5|MONEY|value',
    'Rome|LOC',
  ]);
});

test('takes hundreds of thousands of entities', () => {
  const text = 'Paris, '.repeat(250_000);
  const many = Array.from({ length: 250_000 }, (_, k) => ({
    text: 'Paris',
    label: 'LOC',
    start: 7 * k,
    end: 7 * k + 5,
    score: 1,
  }));
  expect(mergeRuleEntities(text, many)).toHaveLength(250_000);
});
