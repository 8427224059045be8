import { Philox } from '../../../../lib/data';
import {
  dateFormat,
  isBooleanPair,
  isMissing,
  isTrueWord,
  parseDate,
  parseNumber,
} from '../../../../lib/data/table/cells';

describe('parseNumber', () => {
  test.each<[string, number]>([
    ['0', 0],
    ['-0', -0],
    [' 12.5 ', 12.5],
    ['+3', 3],
    ['.5', 0.5],
    ['5.', 5],
    ['1e-3', 0.001],
    ['007', 7],
    ['', Number.NaN],
    ['   ', Number.NaN],
    ['abc', Number.NaN],
    ['1,5', Number.NaN],
    ['1_000', Number.NaN],
    ['12abc', Number.NaN],
    ['Infinity', Number.NaN],
    ['-Infinity', Number.NaN],
    ['1e999', Number.NaN],
    ['0x1f', Number.NaN],
    ['-0x1f', Number.NaN],
    ['0b11', Number.NaN],
    ['0x0', Number.NaN],
    ['0b0', Number.NaN],
    ['NaN', Number.NaN],
  ])('%j is %d', (cell, value) => {
    expect(parseNumber(cell, '.')).toBe(value);
  });

  test.each<[string, number]>([
    ['1,5', 1.5],
    ['-2', -2],
    ['1.5', Number.NaN],
    ['1.000,5', Number.NaN],
    ['1,2,3', Number.NaN],
    ['', Number.NaN],
  ])('with a decimal comma %j is %d', (cell, value) => {
    expect(parseNumber(cell, ',')).toBe(value);
  });
});

test('plain digits are read exactly as by the full conversion', () => {
  const rng = new Philox(3);
  for (let i = 0; i < 20_000; i++) {
    const digits = String(rng.below(3 * i, 4294967295)) + String(rng.below(3 * i + 1, 4294967295));
    const cut = digits.slice(0, 1 + rng.below(3 * i + 2, 17));
    const point = i % (cut.length + 1);
    const cell = `${i % 3 === 0 ? '-' : ''}${cut.slice(0, point)}${i % 4 === 0 ? '' : '.'}${cut.slice(point)}`;
    expect(parseNumber(cell, '.')).toBe(Number(cell));
  }
});

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
