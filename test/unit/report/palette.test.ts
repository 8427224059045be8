import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { palettes } from '../../../lib/report/charts/option';

const script = path.resolve(__dirname, '../../../scripts/palette.mjs');

function ask<T>(task: string, input: unknown): T {
  return JSON.parse(execFileSync(process.execPath, [script, task], { input: JSON.stringify(input), encoding: 'utf8' }));
}

test('the colour difference is that of the paper', () => {
  // Sharma, Wu and Dalal 2005, table 1: pairs 1, 4, 7, 10, 11, 13, 17, 20, 25, 28, 33.
  const pairs: [number[], number[], number][] = [
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, -1.3802, -84.2814], [50, 0, -82.7485], 1.0],
    [[50, 0, 0], [50, -1, 2], 2.3669],
    [[50, 2.49, -0.001], [50, -2.49, 0.001], 7.1792],
    [[50, 2.49, -0.001], [50, -2.49, 0.0011], 7.2195],
    [[50, -0.001, 2.49], [50, 0.0009, -2.49], 4.8045],
    [[50, 2.5, 0], [73, 25, -18], 27.1492],
    [[50, 2.5, 0], [58, 24, 15], 19.4535],
    [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
    [[22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373],
    [[6.7747, -0.2908, -2.4247], [5.8714, -0.0985, -2.2286], 0.6377],
  ];
  const differences = ask<number[]>(
    'difference',
    pairs.map(([a, b]) => [a, b]),
  );
  for (const [i, difference] of differences.entries()) expect(difference).toBeCloseTo(pairs[i][2], 4);
});

test.each([
  ['light', '#ffffff'],
  ['dark', '#1d2430'],
] as const)('the ten colours of %s pages are told apart with any colour vision', (theme, background) => {
  const colors = palettes[theme];
  expect(new Set(colors).size).toBe(10);
  const figures = ask<{ differences: Record<string, number>; contrast: number }>('measure', { colors, background });
  expect(Object.keys(figures.differences)).toEqual(['normal', 'protanopia', 'deuteranopia', 'tritanopia']);
  for (const difference of Object.values(figures.differences)) expect(difference).toBeGreaterThan(14);
  expect(figures.contrast).toBeGreaterThan(3);
});
