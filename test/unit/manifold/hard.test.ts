import { PATIENCE, runProgram } from '../../helpers/child';

/** Input that must give a clear error or a sound map, each in a process of its own: what hangs is killed, and fails. */
const WATCHDOG_MS = 60_000 * PATIENCE;

/** `code` gets the package as `hebb` and a deterministic `blob(n, dims)`; gives what it ends with. */
async function outcome(code: string): Promise<{ error?: string; finite?: boolean; rows?: number }> {
  const script = `
    const hebb = require('hebb');
    const { Matrix, Philox, TSNE, nearestNeighbors } = hebb;
    const blob = (n, dims, seed = 1) => {
      const rng = new Philox(seed, 1);
      return Matrix.from(Array.from({ length: n * dims }, (_, i) => rng.normal(i) + 8 * (Math.floor(i / dims) % 3)), n, dims);
    };
    const run = async () => { ${code} };
    Promise.resolve().then(run).then(
      (map) => console.log(JSON.stringify({ rows: map.rows, finite: map.data.every(Number.isFinite) })),
      (error) => console.log(JSON.stringify({ error: error.name + ': ' + error.message })),
    );`;
  let timer: NodeJS.Timeout | undefined;
  const { stdout, stderr, signal } = await runProgram(process.execPath, ['-e', script], {
    use: (child) => {
      timer = setTimeout(() => child.kill('SIGKILL'), WATCHDOG_MS);
    },
  });
  clearTimeout(timer);
  expect({ signal, stderr }).toEqual({ signal: null, stderr: '' });
  return JSON.parse(stdout);
}

const mapOf = (options: string, data: string) => `return (await new TSNE(${options}).fit(${data})).embedding;`;

const REFUSED: [string, string, RegExp][] = [
  ['3 points', mapOf('{}', 'blob(3, 2)'), /^DataError: .*at least 4 rows, received 3/],
  ['more neighbours than points', mapOf('{}', 'blob(20, 2)'), /^ArgumentError: .*`perplexity` to be at most 19/],
  ['perplexity 0', mapOf('{ perplexity: 0 }', 'blob(20, 2)'), /^ArgumentError: .*`perplexity`/],
  ['NaN', mapOf('{}', 'Matrix.from(new Array(400).fill(NaN), 100, 4)'), /^NonFiniteError: .*row 0, column 0/],
  ['theta below 0', mapOf('{ theta: -0.1 }', 'blob(50, 2)'), /^ArgumentError: .*`theta`/],
  ['4 components', mapOf('{ nComponents: 4 }', 'blob(50, 2)'), /^ArgumentError: .*`nComponents` to be 2 or 3/],
  ['a start of another shape', mapOf('{ init: blob(50, 3), perplexity: 9 }', 'blob(50, 2)'), /^ShapeError: .*50 x 2/],
  [
    'distances that are not symmetric',
    mapOf("{ metric: 'precomputed', perplexity: 2 }", '[[0, 1, 2, 3], [1, 0, 2, 2], [2, 2, 0, 1], [3, 1, 1, 0]]'),
    /^DataError: .*symmetric/,
  ],
  [
    'features whose distances are too large',
    mapOf('{}', 'Matrix.from(new Array(400).fill(0).map((_, i) => 1e20 * (i % 7)), 100, 4)'),
    /^DataError: Expected values whose squared distances fit in float32/,
  ],
  [
    'features whose distances are too small',
    mapOf('{}', 'Matrix.from(new Array(400).fill(0).map((_, i) => 1e-20 * (i % 7)), 100, 4)'),
    /^DataError: Expected rows whose squared distances fit in float32, received rows that lie at most 7.6\d*e-20 from the first: scale/,
  ],
  [
    'sums of differences that are too large',
    mapOf(
      "{ metric: 'manhattan', init: 'random' }",
      'Matrix.from(new Array(400).fill(0).map((_, i) => (i % 7 - 3) * 1e38), 100, 4)',
    ),
    /^DataError: Expected values whose distances fit in float32, received too large ones in row \d+: scale/,
  ],
  [
    'affinities that are not symmetric',
    mapOf(
      '{}',
      '{ affinities: { starts: Int32Array.of(0, 1, 2, 3, 4), columns: Int32Array.of(1, 2, 3, 0), values: new Float32Array(4).fill(0.25) } }',
    ),
    /^DataError: Expected symmetric affinities, received 0.25 at \(0, 1\) and 0 at \(1, 0\)/,
  ],
  ['no columns', mapOf('{}', 'Matrix.zeros(50, 0)'), /^DataError: .*at least 1 column/],
];

/** Distances of points on a line. */
const LINE = (unit: number) =>
  `Matrix.from(Array.from({ length: 3600 }, (_, e) => ${unit} * Math.abs(Math.floor(e / 60) - e % 60)), 60, 60)`;

const MAPPED: [string, string, number][] = [
  [
    'one direction only',
    mapOf(
      '{ nIter: 100 }',
      'Matrix.from(Array.from({ length: 30000 }, (_, e) => (Math.floor(e / 100) % 3) * (e % 100 % 7)), 300, 100)',
    ),
    300,
  ],
  ['huge distances', mapOf("{ metric: 'precomputed', perplexity: 8, nIter: 100 }", LINE(1e20)), 60],
  ['tiny distances', mapOf("{ metric: 'precomputed', perplexity: 8, nIter: 100 }", LINE(1e-30)), 60],
  [
    'huge distances, exactly',
    mapOf("{ metric: 'precomputed', perplexity: 8, nIter: 100, method: 'exact' }", LINE(1e20)),
    60,
  ],
  [
    'tiny sums of differences',
    // As probabilities of which all but one are next to nothing.
    mapOf(
      "{ metric: 'manhattan', nIter: 100 }",
      'Matrix.from(Array.from({ length: 1200 }, (_, i) => (i % 4 === 0 ? 1 : 1e-40 * (i % 997))), 300, 4)',
    ),
    300,
  ],
  ['huge sums of differences', mapOf("{ metric: 'manhattan', perplexity: 8, nIter: 100 }", LINE(1e19)), 60],
  ['fewer points than 3 x perplexity', mapOf('{ perplexity: 15, nIter: 300 }', 'blob(30, 3)'), 30],
  ['all points equal', mapOf('{ perplexity: 5, nIter: 300 }', 'Matrix.from(new Array(600).fill(7), 200, 3)'), 200],
  [
    'all points equal, approximate neighbours',
    mapOf("{ nIter: 60, neighbors: 'approximate' }", 'Matrix.from(new Array(9000).fill(7), 3000, 3)'),
    3000,
  ],
  [
    'many duplicates',
    mapOf('{ nIter: 120 }', 'Matrix.from(Array.from({ length: 6000 }, (_, i) => (i < 5400 ? 1 : i)), 3000, 2)'),
    3000,
  ],
];

describe('TSNE under a watchdog', () => {
  it.each(REFUSED)(
    'refuses %s',
    async (_name, code, message) => {
      expect((await outcome(code)).error).toMatch(message);
    },
    WATCHDOG_MS + 10_000,
  );

  it.each(MAPPED)(
    'maps %s',
    async (_name, code, rows) => {
      expect(await outcome(code)).toEqual({ rows, finite: true });
    },
    WATCHDOG_MS + 10_000,
  );

  it.each(['start', 'neighbors', 'affinities', 'optimize'])(
    'ends when aborted in the stage %s',
    async (stage) => {
      const code = `
        const abort = new AbortController();
        const model = new TSNE({ nIter: 100000, neighbors: 'exact' });
        const onProgress = (p) => p.stage === '${stage}' && abort.abort();
        const late = setTimeout(() => abort.abort(), 5000); // a stage too short to be reported
        try { await model.fit(blob(6000, 20), { signal: abort.signal, onProgress }); } finally { clearTimeout(late); }`;
      expect((await outcome(code)).error).toMatch(/^AbortError/);
    },
    WATCHDOG_MS + 10_000,
  );

  it.each(['barnes_hut', 'fft', 'exact'])(
    'gives the map so far when aborted while it is optimised, %s',
    async (method) => {
      const code = `
        const abort = new AbortController();
        const model = new TSNE({ nIter: 1000000, method: '${method}' });
        const onProgress = (p) => p.iteration > 10 && abort.abort();
        const error = await model.fit(blob(1200, 20), { signal: abort.signal, onProgress }).catch((e) => e);
        if (error.name !== 'AbortError' || !(error.partial.nIter > 10)) throw error;
        return error.partial.embedding;`;
      expect(await outcome(code)).toEqual({ rows: 1200, finite: true });
    },
    WATCHDOG_MS + 10_000,
  );

  it.each([
    ['neighbors', "{ method: 'exact', nIter: 100 }"],
    ['affinities', "{ method: 'exact', nIter: 100 }"],
    ['start', '{ nIter: 100 }'],
  ])(
    'ends in the stage %s, given %s',
    async (stage, options) => {
      // Had the stage not ended, the optimisation would have begun, and the error would hold its map.
      const code = `
        const abort = new AbortController();
        const onProgress = (p) => p.stage === '${stage}' && p.done < 1 && abort.abort();
        const error = await new TSNE(${options}).fit(blob(2500, 1000), { signal: abort.signal, onProgress }).catch((e) => e);
        throw new Error(error.name + ' ' + (error.partial === undefined ? 'before' : 'after'));`;
      expect((await outcome(code)).error).toBe('Error: AbortError before');
    },
    WATCHDOG_MS + 10_000,
  );

  it.each([
    ['mapDivergence', "mapDivergence(blob(2500, 300), blob(2500, 2), { pairs: 'all', ...options })"],
    ['trustworthiness', 'trustworthiness(blob(3000, 300), blob(3000, 2), options)'],
    ['the exact PCA', 'new hebb.PCA().fit(blob(1200, 1200), options)'],
  ])(
    'as do %s',
    async (_name, call) => {
      const code = `
        const abort = new AbortController();
        const options = { signal: abort.signal, onProgress: (done) => done < 1 && abort.abort() };
        const { mapDivergence, trustworthiness } = hebb;
        await ${call};
        return { rows: 0, data: [] };`;
      expect((await outcome(code)).error).toMatch(/^AbortError/);
    },
    WATCHDOG_MS + 10_000,
  );
});
