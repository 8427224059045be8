import { dateFormat, isBooleanPair, isMissing, isTrueWord, parseDate } from '../../../../lib/data/table/cells';

test.each<[string, boolean]>([
  ['', true],
  ['  ', true],
  ['NA', true],
  [' n/a ', true],
  ['?', true],
  ['null', true],
  ['NaN', true],
  ['0', false],
  ['no', false],
  ['nano', false],
  ['unknown', false],
])('isMissing(%j) is %s', (cell, missing) => {
  expect(isMissing(cell)).toBe(missing);
});

describe('dates', () => {
  test.each<[string, 'ymd' | 'dmy' | 'mdy', string]>([
    ['2020-02-29', 'ymd', '2020-02-29T00:00:00.000Z'],
    ['2020/2/9', 'ymd', '2020-02-09T00:00:00.000Z'],
    ['2020-02-29T13:45', 'ymd', '2020-02-29T13:45:00.000Z'],
    ['2020-02-29 13:45:07.5', 'ymd', '2020-02-29T13:45:07.000Z'],
    ['2020-02-29T13:45:07Z', 'ymd', '2020-02-29T13:45:07.000Z'],
    ['2020-02-29T13:45+02:00', 'ymd', '2020-02-29T11:45:00.000Z'],
    ['2020-02-29T13:45-0130', 'ymd', '2020-02-29T15:15:00.000Z'],
    ['31.12.1999', 'dmy', '1999-12-31T00:00:00.000Z'],
    ['12/31/1999', 'mdy', '1999-12-31T00:00:00.000Z'],
    [' 1969-12-31 ', 'ymd', '1969-12-31T00:00:00.000Z'],
  ])('%s as %s', (cell, format, iso) => {
    expect(new Date(parseDate(cell, format)).toISOString()).toBe(iso);
  });

  test.each<[string, 'ymd' | 'dmy' | 'mdy']>([
    ['2019-02-29', 'ymd'],
    ['2020-13-01', 'ymd'],
    ['2020-00-10', 'ymd'],
    ['2020-1/2', 'ymd'],
    ['2020-01-01T25:00', 'ymd'],
    ['31/12/1999', 'mdy'],
    ['1999', 'ymd'],
    ['', 'ymd'],
    ['2020-01-01 text', 'ymd'],
  ])('%j is no date as %s', (cell, format) => {
    expect(parseDate(cell, format)).toBeNaN();
  });

  test('day and month are told apart by the column', () => {
    expect(dateFormat(['2020-01-02', '2020/03/04'])).toBe('ymd');
    expect(dateFormat(['03/04/2020', '13/04/2020'])).toBe('dmy');
    expect(dateFormat(['03/04/2020', '03/14/2020'])).toBe('mdy');
    expect(dateFormat(['03.04.2020', '05.06.2020'])).toBe('dmy');
    expect(dateFormat(['03/04/2020', '05/06/2020'])).toBeUndefined();
    expect(dateFormat(['13/04/2020', '04/13/2020'])).toBeUndefined();
    expect(dateFormat([])).toBeUndefined();
  });
});

test('boolean words', () => {
  expect([isBooleanPair('Yes', 'no'), isBooleanPair('true', 'FALSE'), isBooleanPair('1', '0')]).toEqual([
    true,
    true,
    true,
  ]);
  expect([isBooleanPair('yes', 'false'), isBooleanPair('a', 'b'), isBooleanPair('yes', 'yes')]).toEqual([
    false,
    false,
    false,
  ]);
  expect([isTrueWord('YES'), isTrueWord('on'), isTrueWord('no')]).toEqual([true, true, false]);
});
