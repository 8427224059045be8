import { confusionText, mistakesText } from '../../../lib/cli/pictures';
import { type Look, wrap } from '../../../lib/cli/terminal';
import { counted, day, figure } from '../../../lib/report/format';

const look: Look = { tty: true, color: false, columns: 30 };

test('a confusion matrix shortens names until it fits, and gives way where it cannot', () => {
  const names = ['Hydrangea arborescens', 'Lavandula stoechas', 'Thymus vulgaris'];
  const counts = [
    [12, 0, 1],
    [0, 9, 0],
    [3, 0, 7],
  ];
  for (const columns of [80, 60, 44, 36]) {
    const lines = confusionText(counts, names, columns)!.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(lines).toHaveLength(5);
  }
  expect(confusionText(counts, names, 20)).toBeUndefined();
  expect(mistakesText(counts, names)).toBe(
    'Most frequent mistakes\n  3 x Thymus vulgaris taken for Hydrangea arborescens\n' +
      '  1 x Hydrangea arborescens taken for Thymus vulgaris',
  );
});

test('texts break between words on a terminal and nowhere else', () => {
  const text = 'warning: column a has the same value in every row, so leave it out';
  const lines = wrap(text, look).split('\n');
  expect(lines.every((line) => line.length <= 30)).toBe(true);
  expect(lines.map((line) => line.trim()).join(' ')).toBe(text);
  expect(wrap(text, { ...look, tty: false })).toBe(text);
});

test('figures, counts and days', () => {
  expect([0.123456, 1234567, 999.96, 0, 1e-9, Number.NaN].map(figure)).toEqual([
    '0.1235',
    '1,234,567',
    '1,000',
    '0',
    '1.000e-9',
    'n/a',
  ]);
  expect([counted(1, 'row'), counted(1234, 'row'), counted(2, 'class', 'classes')]).toEqual([
    '1 row',
    '1,234 rows',
    '2 classes',
  ]);
  expect([day(0), day(Number.NaN)]).toEqual(['1970-01-01', 'n/a']);
});
