import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { datasets, mapDivergence } from '../../lib';
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
    expect(readFileSync(at('map.svg'), 'utf8')).toMatch(/t-SNE of clouds\.csv.*right, far/s);
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
    .map((line) => line.split(',')[3]);
  expect(new Set(labels.filter((_, i) => i % 2 === 0)).size).toBe(1);
  expect(readFileSync(at('groups.csv'), 'utf8').split('\n').slice(0, 3)).toEqual([
    'row,x,y,cluster,label',
    expect.stringMatching(/^1,.*,left$/),
    expect.stringMatching(/^2,.*,"right, far"$/),
  ]);
});

const lines = (name: string) => readFileSync(at(name), 'utf8').trim().split('\n');

/** A .npy file (version 1) of float64 values. */
function writeNpy(name: string, rows: number, cols: number, values: readonly number[]) {
  const head = `{'descr': '<f8', 'fortran_order': False, 'shape': (${rows}, ${cols}), }`;
  const header = Buffer.from(`${head.padEnd(117)}\n`);
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]);
  writeFileSync(at(name), Buffer.concat([start, header, Buffer.from(Float64Array.from(values).buffer)]));
}

describe('labels, hover texts and scales', () => {
  const numbers = clouds.map(([a, b, c]) => [a, b, c].map(Number));
  beforeAll(() => {
    writeNpy(
      'clouds.npy',
      60,
      4,
      numbers.flatMap((row, i) => [...row, i % 2]),
    );
    writeNpy('features.npy', 60, 3, numbers.flat());
    writeNpy(
      'wide.npy',
      60,
      3,
      numbers.flatMap(([a, b, c]) => [a * 1000, b, c]),
    );
    writeFileSync(
      at('sides.txt'),
      clouds
        .map((row) => row[3])
        .join('\r\n')
        .concat('\r\n'),
    );
    writeFileSync(at('few.txt'), 'left\nright\n');
    const records = clouds.map(([a, b, c], i) => `${a},${b},${c},${i * 1.5},row ${i}`);
    writeFileSync(at('named.csv'), `a,b,c,age,who\n${records.join('\n')}\n`);
  });
  const pca = (...args: string[]) => hebb(['pca', ...args, '--force']);

  test('a column of a .npy file by its number is the label and no feature', async () => {
    const { code } = await pca(at('clouds.npy'), '--label', '4', '--out', at('npy.csv'));
    expect(code).toBe(0);
    expect(lines('npy.csv').slice(0, 3)).toEqual([
      'row,pc1,pc2,pc3,label',
      expect.stringMatching(/,0$/),
      expect.stringMatching(/,1$/),
    ]);
    await pca(at('features.npy'), '--out', at('features.csv'));
    const places = (name: string) =>
      lines(name)
        .slice(1)
        .map((line) => line.split(',').slice(0, 4).join());
    expect(places('npy.csv')).toEqual(places('features.csv'));
  });

  test('labels from a file of their own', async () => {
    const { code } = await pca(at('features.npy'), '--labels', at('sides.txt'), '--out', at('own.csv'));
    expect(code).toBe(0);
    expect(lines('own.csv')[2]).toMatch(/,"right, far"$/);
  });

  test('.npy columns are standardised as those of CSV files, unless --no-scale is said', async () => {
    const share = async (...args: string[]) => {
      const { stdout } = await pca(at('wide.npy'), '--json', '--out', at('w.csv'), ...args);
      return (JSON.parse(stdout) as Record<string, number>)['component 1'];
    };
    expect(await share('--no-scale')).toBeGreaterThan(0.9999);
    expect(await share()).toBeLessThan(0.75);
  });

  test('--hover is no feature, is in the CSV and in the page; many numbers become a scale', async () => {
    const args = [at('named.csv'), '--label', 'age', '--hover', 'who'];
    expect((await pca(...args, '--out', at('hover.csv'))).code).toBe(0);
    expect(lines('hover.csv').slice(0, 2)).toEqual(['row,pc1,pc2,pc3,label,who', expect.stringMatching(/,0,row 0$/)]);
    expect((await pca(...args, '--out', at('hover.html'))).code).toBe(0);
    const page = readFileSync(at('hover.html'), 'utf8');
    expect(page).toContain('"row 59"');
    expect(page).toContain('"values":{"name":"age","low":0,"high":88.5');
  });

  test('hebb pca writes as many components as asked for', async () => {
    expect((await pca(at('features.npy'), '--components', '1', '--out', at('single.csv'))).code).toBe(0);
    expect(lines('single.csv')[0]).toBe('row,pc1');
  });

  test.each<[string, string[], number, string]>([
    ['pca', ['clouds.npy', '--label', '5'], 2, 'Expected --label to be a column number from 1 to 4'],
    ['pca', ['clouds.npy', '--label', 'side'], 2, 'received side'],
    ['pca', ['clouds.npy', '--delimiter', ';'], 2, '--delimiter is for CSV files'],
    ['pca', ['clouds.npy', '--exclude', '1,2,3,4'], 3, 'a column left as a feature'],
    ['pca', ['features.npy', '--labels', 'few.txt'], 3, 'Expected few.txt to hold 60 labels, one a row, found 2.'],
    ['pca', ['features.npy', '--labels', 'none.txt'], 3, 'none.txt'],
    ['pca', ['clouds.npy', '--label', '4', '--labels', 'sides.txt'], 2, 'Say either --label'],
    ['pca', ['named.csv', '--hover', 'whom'], 3, 'who'],
    ['pca', ['named.csv', '--hover', 'who', '--out', 'h.svg'], 2, '--hover does not apply to a .svg file'],
    ['tsne', ['named.csv', '--frames', '5', '--out', 'h.csv'], 2, '--frames does not apply to a .csv file'],
    ['tsne', ['named.csv', '--with-pca', '--out', 'h.svg'], 2, '--with-pca does not apply to a .svg file'],
    ['tsne', ['named.csv', '--method', 'fft', '--theta', '0.2'], 2, '--theta is the accuracy of barnes_hut'],
    ['tsne', ['named.csv', '--method', 'exact', '--neighbors', 'exact'], 2, '--neighbors does not apply'],
    ['tsne', ['named.csv', '--method', 'fft', '--dimensions', '3'], 2, "to be 2 for method 'fft'"],
    ['tsne', ['named.csv', '--metric', 'hamming'], 2, 'euclidean, cosine, manhattan'],
    ['cluster', ['named.csv', '--eps', '1'], 2, '--eps does not apply to --method kmeans'],
    ['cluster', ['named.csv', '--method', 'dbscan', '-k', '3'], 2, '--clusters does not apply to --method dbscan'],
  ])('hebb %s %j is refused with exit code %i', async (verb, args, exit, words) => {
    const { code, stderr } = await hebb([verb, ...args], { cwd: folder });
    expect(stderr).toContain(words);
    expect(code).toBe(exit);
  });
});

test('options of hebb tsne reach the map', async () => {
  const run = async (...args: string[]) => {
    const name = at('option.csv');
    const all = ['tsne', at('clouds.csv'), '--label', 'side', '--perplexity', '8', '--iterations', '60', ...args];
    const { code, stderr } = await hebb([...all, '--json', '--force', '--out', name]);
    expect([code, stderr]).toEqual([0, '']);
    return readFileSync(name, 'utf8');
  };
  const settings = [
    [],
    ['--method', 'fft'],
    ['--metric', 'manhattan'],
    ['--init', 'random'],
    ['--exaggeration', '3'],
    ['--dof', '0.5'],
    ['--learning-rate', '10'],
  ];
  const maps = new Set<string>();
  for (const setting of settings) maps.add(await run(...setting));
  expect(maps.size).toBe(settings.length);
  expect(await run('--neighbors', 'exact')).toBe([...maps][0]);
});

test.each([
  ['kmeans', ['-k', '2'], ['inertia']],
  ['gmm', ['-k', '2', '--covariance', 'tied'], ['logLikelihood', 'bic']],
  ['dbscan', ['--eps', '0.8', '--min-samples', '4'], ['clusters', 'noise']],
])('hebb cluster --method %s tells apart two clouds and how well they fit', async (method, args, figures) => {
  const out = at(`${method}.svg`);
  const { code, stdout } = await hebb([
    'cluster',
    at('clouds.csv'),
    '--label',
    'side',
    '--method',
    method,
    ...args,
    '--json',
    '--out',
    out,
  ]);
  expect(code).toBe(0);
  const facts = JSON.parse(stdout) as Record<string, number>;
  expect(facts).toMatchObject({ 'cluster 1': 30, 'cluster 2': 30 });
  expect(facts.silhouette).toBeGreaterThan(0.5);
  for (const name of figures) expect(Number.isFinite(facts[name])).toBe(true);
  expect(readFileSync(out, 'utf8')).toContain('cluster 2');
});

test('rows that hebb cluster finds to be noise are told so', async () => {
  const args = ['--method', 'dbscan', '--eps', '0.000001', '--json', '--out', at('noise.csv')];
  const { code, stdout } = await hebb(['cluster', at('clouds.csv'), '--label', 'side', ...args]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ clusters: 0, noise: 60, silhouette: null });
  expect(lines('noise.csv')[1]).toMatch(/,noise,left$/);
  const page = ['--method', 'dbscan', '--eps', '0.8', '--min-samples', '25', '--out', at('noise.html')];
  expect((await hebb(['cluster', at('clouds.csv'), '--label', 'side', ...page])).code).toBe(0);
  const text = readFileSync(at('noise.html'), 'utf8');
  expect(text).toMatch(/<p>60 rows, \d clusters?, noise \d+/);
  expect(text).toMatch(/"noise":\d/);
});

test('--theta is told to have no effect where auto chooses the grid', async () => {
  const rows = Array.from({ length: 50_000 }, (_, i) => `${i % 251},${(i * 7919) % 50_021}`);
  writeFileSync(at('many.csv'), `a,b\n${rows.join('\n')}\n`);
  const args = ['tsne', at('many.csv'), '--perplexity', '2', '--iterations', '1', '--init', 'random', '--theta', '0.4'];
  const run = (...more: string[]) => hebb([...args, '--force', '--out', at('many.out.csv'), ...more]);
  const chosen = await run();
  expect([chosen.code, chosen.stderr]).toEqual([0, expect.stringContaining('--theta has no effect: --method auto')]);
  const said = await run('--method', 'barnes_hut');
  expect([said.code, said.stderr]).toEqual([0, expect.not.stringContaining('--theta')]);
});

test('Ctrl-C writes the map so far, with the divergence of that map, and says what is left out', async () => {
  const { X } = datasets.loadDigits();
  const head = Array.from({ length: X.cols }, (_, c) => `p${c}`).join(',');
  const lines = Array.from({ length: X.rows }, (_, i) => X.row(i).join(','));
  writeFileSync(at('digits.csv'), `${head}\n${lines.join('\n')}\n`);
  const interrupted = (...args: string[]) =>
    hebb(['tsne', at('digits.csv'), '--no-scale', '--pca', '0', '--iterations', '1000000', ...args], {
      use: (child) => {
        let text = '';
        child.stderr?.on('data', (piece: string) => {
          const before = text;
          text += piece;
          if (/^iteration/m.test(text) && !/^iteration/m.test(before)) child.kill('SIGINT');
        });
      },
    });
  const { code, stdout, stderr } = await interrupted('--out', at('cut.csv'));
  expect(code).toBe(130);
  expect(stderr).toMatch(/Interrupted: the map is the one after \d+ of 1000000 iterations\.\n/);
  const map = readFileSync(at('cut.csv'), 'utf8').trim().split('\n').slice(1);
  const points = map.map((line) => line.split(',').slice(1).map(Number));
  const actual = await mapDivergence(X, points, { perplexity: 30, pairs: 'neighbors' });
  const told = Number(/klDivergence +([\d.]+)/.exec(stdout)?.[1]);
  expect(Math.abs(told / actual - 1)).toBeLessThan(0.02);

  const page = await interrupted('--with-pca', '--out', at('cut.html'));
  expect(page.code).toBe(130);
  expect(page.stderr).toContain('The PCA map of --with-pca is left out.');
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
    expect(dom).toContain('max="5"'); // the start, four on the way, the result
  });
});
