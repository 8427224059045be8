import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeWithBrowser, renderedDom } from '../helpers/browser';
import { hebb } from '../helpers/cli';

const folder = mkdtempSync(path.join(tmpdir(), 'hebb-maps-'));
const at = (name: string) => path.join(folder, name);
const tabular = path.resolve(__dirname, '../../data/tabular');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two clouds of 30 points in 3 columns, with their label. */
const clouds = Array.from({ length: 60 }, (_, i) => {
  const far = i % 2 === 0 ? 0 : 9;
  return [far + Math.sin(i * 1.3), far + Math.cos(i * 2.1), Math.sin(i * 0.7), i % 2 === 0 ? 'left' : 'right, far'];
});
beforeAll(() => {
  const rows = clouds.map((row) => row.map((cell) => (String(cell).includes(',') ? `"${cell}"` : cell)).join(','));
  writeFileSync(at('clouds.csv'), `a,b,c,side\n${rows.join('\n')}\n`);
});

describe('hebb tsne', () => {
  test('a CSV of coordinates keeps rows, labels and the clouds apart; the same seed gives the same file', async () => {
    const run = (out: string) =>
      hebb([
        'tsne',
        at('clouds.csv'),
        '--label',
        'side',
        '--perplexity',
        '8',
        '--iterations',
        '300',
        '--out',
        out,
        '--json',
      ]);
    const { code, stdout, stderr } = await run(at('one.csv'));
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 60, iterations: 300, map: at('one.csv') });
    const lines = readFileSync(at('one.csv'), 'utf8').trim().split('\n');
    expect(lines[0]).toBe('row,x,y,label');
    expect(lines[2]).toMatch(/^2,[-\d.e]+,[-\d.e]+,"right, far"$/);
    const points = lines.slice(1).map((line) => line.split(',').slice(1, 3).map(Number) as [number, number]);
    const nearest = (i: number) => {
      const distance = (j: number) =>
        j === i ? Infinity : Math.hypot(points[i]![0] - points[j]![0], points[i]![1] - points[j]![1]);
      return points.map((_, j) => j).reduce((best, j) => (distance(j) < distance(best) ? j : best));
    };
    // A single point may stray, depending on the last bits of an instruction set.
    expect(points.filter((_, i) => nearest(i) % 2 === i % 2).length).toBeGreaterThanOrEqual(58);
    await run(at('two.csv'));
    expect(readFileSync(at('two.csv'), 'utf8')).toBe(readFileSync(at('one.csv'), 'utf8'));
  });

  test('svg and png pictures', async () => {
    for (const name of ['map.svg', 'map.png']) {
      const { code, stderr } = await hebb([
        'tsne',
        at('clouds.csv'),
        '--label',
        'side',
        '--perplexity',
        '8',
        '--iterations',
        '50',
        '--out',
        at(name),
      ]);
      expect([code, stderr]).toEqual([0, expect.stringContaining('60 rows, 3 features')]);
    }
    expect(readFileSync(at('map.svg'), 'utf8')).toContain('right, far');
    expect(readFileSync(at('map.png')).subarray(1, 4).toString()).toBe('PNG');
  });

  test.each([
    [['--out', 'map.gif'], 2, 'Expected --out to end in .html, .svg, .png, .csv'],
    [['--label', 'sied'], 3, 'side'],
    [['--dimensions', '4'], 2, 'Expected 2 or 3.'],
    [['--perplexity', '70', '--out', 'x.csv'], 2, 'Expected `perplexity` to be at most 59 for 60 points'],
    [['--out', path.join('no', 'such', 'folder.csv')], 3, 'folder.csv'],
  ])('%j is refused with exit code %i', async (args, exit, words) => {
    const { code, stderr } = await hebb(['tsne', at('clouds.csv'), ...args], { cwd: folder });
    expect(stderr).toContain(words);
    expect(code).toBe(exit);
  });

  test('an existing map is only overwritten with --force', async () => {
    writeFileSync(at('kept.csv'), 'mine');
    const args = [
      'tsne',
      at('clouds.csv'),
      '--label',
      'side',
      '--perplexity',
      '5',
      '--iterations',
      '10',
      '--out',
      at('kept.csv'),
    ];
    expect((await hebb(args)).code).toBe(2);
    expect(readFileSync(at('kept.csv'), 'utf8')).toBe('mine');
    expect((await hebb([...args, '--force'])).code).toBe(0);
    expect(readFileSync(at('kept.csv'), 'utf8')).toContain('row,x,y,label');
  });
});

test('hebb pca tells the shares of the variance', async () => {
  const { code, stdout } = await hebb([
    'pca',
    path.join(tabular, 'wine.csv'),
    '--label',
    'label',
    '--json',
    '--out',
    at('wine.csv'),
  ]);
  expect(code).toBe(0);
  const facts = JSON.parse(stdout) as Record<string, number>;
  // scikit-learn on the standardised data: 0.36198848, 0.1920749.
  expect(facts['component 1']).toBeCloseTo(0.36198848, 4);
  expect(facts['component 2']).toBeCloseTo(0.1920749, 4);
});

test('hebb cluster groups the rows', async () => {
  const args = ['cluster', at('clouds.csv'), '--label', 'side', '-k', '2', '--json', '--out', at('groups.csv')];
  const { code, stdout } = await hebb(args);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ rows: 60, 'cluster 1': 30, 'cluster 2': 30 });
  const labels = readFileSync(at('groups.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').at(-1));
  expect(new Set(labels.filter((_, i) => i % 2 === 0)).size).toBe(1);
});

describeWithBrowser('map pages in a browser', () => {
  test('t-SNE with frames in three dimensions, PCA beside it', async () => {
    const out = at('page.html');
    const args = [
      '--perplexity',
      '8',
      '--iterations',
      '100',
      '--frames',
      '5',
      '--dimensions',
      '3',
      '--with-pca',
      '--out',
      out,
    ];
    expect((await hebb(['tsne', at('clouds.csv'), '--label', 'side', ...args])).code).toBe(0);
    expect(statSync(out).size).toBeGreaterThan(100_000);
    const dom = renderedDom(out);
    expect(dom.match(/class="key"/g)).toHaveLength(4);
    expect(dom).toContain('max="4"');
  });
});
