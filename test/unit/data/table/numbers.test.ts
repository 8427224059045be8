import { Philox } from '../../../../lib/data';
import { decimalEvidence, parseNumber, parseWritten } from '../../../../lib/data/table/numbers';

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
    ['1e300', Number.NaN],
    ['-3.41e38', Number.NaN],
    ['3.4e38', 3.4e38],
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
    ['1.000,5', 1000.5],
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

describe('numbers as people write them', () => {
  test.each<[string, number]>([
    ['1,234', 1234],
    ['1,234,567', 1_234_567],
    ['-1,234.5', -1234.5],
    ['1 234 567.25', 1_234_567.25],
    ['1\u00a0234', 1234],
    ['1\u202f234', 1234],
    ["1'234'567", 1_234_567],
    ['1’234', 1234],
    ['$12.34', 12.34],
    ['$ 1,234.50', 1234.5],
    ['-$5', -5],
    ['$-5', -5],
    ['\u22125.5', -5.5],
    ['12.34 €', 12.34],
    ['€12', 12],
    ["CHF 1'200.50", 1200.5],
    ['20 USD', 20],
    ['(1,200)', -1200],
    ['($3.50)', -3.5],
    ['45%', 0.45],
    ['12.5 %', 0.125],
    ['-3 %', -0.03],
    ['1,23', Number.NaN],
    ['12,34,567', Number.NaN],
    ['0,123', Number.NaN],
    ['1,234 567', Number.NaN],
    ['1234,567', Number.NaN],
    ['$', Number.NaN],
    ['%', Number.NaN],
    ['$5$', Number.NaN],
    ['$5 %', Number.NaN],
    ['--5', Number.NaN],
    ['-$-5', Number.NaN],
    ['(5', Number.NaN],
    ['ABC 12', Number.NaN],
    ['12 kg', Number.NaN],
    ['1-800', Number.NaN],
    ['10.0.0.1', Number.NaN],
    ['1/2', Number.NaN],
  ])('%j is %d', (cell, value) => {
    expect(parseNumber(cell, '.')).toBe(value);
  });

  test.each<[string, number]>([
    ['1.234,50', 1234.5],
    ['1.234.567', 1_234_567],
    ['1 234,5', 1234.5],
    ["1'234,5", 1234.5],
    ['12,34 €', 12.34],
    ['1.234,50 €', 1234.5],
    ['12,5 %', 0.125],
    ['0,125', 0.125],
    ['1,234.5', Number.NaN],
    ['0.125', Number.NaN],
  ])('with a decimal comma %j is %d', (cell, value) => {
    expect(parseNumber(cell, ',')).toBe(value);
  });

  test.each([1, 2, 3])('any number grouped by marks comes back (seed %i)', (seed) => {
    const rng = new Philox(seed);
    for (let i = 0; i < 500; i++) {
      const cents = rng.below(i, 2 ** 31) + rng.below(i + 1000, 2 ** 20) * 1000;
      const value = cents / 100;
      for (const [locale, mark] of [
        ['en-US', '.'],
        ['de-DE', ','],
        ['fr-FR', ','],
        ['de-CH', '.'],
      ] as const) {
        const text = value.toLocaleString(locale, { maximumFractionDigits: 2 });
        expect([text, parseNumber(text, mark)]).toEqual([text, value]);
      }
    }
  });

  test('the unit is told', () => {
    const units = ['$5', '5 EUR', '5 %', '5', 'x'].map((cell) => parseWritten(cell, '.')?.unit);
    expect(units).toEqual(['$', 'EUR', '%', '', undefined]);
  });
});

test.each<[string, string | undefined]>([
  ['1.5', '.'],
  ['1,5', ','],
  ['0.125', '.'],
  ['0,125', ','],
  ['1,234,567', '.'],
  ['1.234.567', ','],
  ['1,234.5', '.'],
  ['1.234,5', ','],
  ['$1.50', '.'],
  ['1,50 €', ','],
  ['1,234', undefined],
  ['1.234', undefined],
  ['12', undefined],
  ['03.04.2020', undefined],
  ['a, b', undefined],
])('%j proves the decimal mark %s', (cell, mark) => {
  expect(decimalEvidence(cell)).toBe(mark);
});
