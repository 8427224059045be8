// The t-SNE packages of npm, which know one thread, each from rows of numbers to the map.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Contestant } from '../harness';
import type { SuiteContext } from '../suite';
import { load } from './javascript';

const require = createRequire(import.meta.url);
const ITERATIONS = 1000;

interface WasmBhtsne {
  initSync(wasm: Uint8Array): void;
  tSNE: new (rows: number[][]) => { theta: number; barnes_hut(epochs: number): unknown };
}
interface Druid {
  TSNE: new (
    rows: number[][],
    options: { perplexity: number; epsilon: number; d: number; seed: number },
  ) => { transform(iterations: number): unknown };
}
interface Umap {
  UMAP: new (options: { nComponents: number }) => { fit(rows: number[][]): number[][] };
}
/** The class of tsne-js: all its iterations at once. */
type TsneJs = new (options: {
  dim: number;
  perplexity: number;
  earlyExaggeration: number;
  learningRate: number;
  nIter: number;
  metric: string;
}) => { init(input: { data: number[][]; type: 'dense' }): void; run(): unknown };
interface Tsne {
  tSNE: new (options: {
    epsilon: number;
    perplexity: number;
    dim: number;
  }) => { initDataRaw(rows: number[][]): void; step(): number };
}

function seconds(work: () => unknown): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1e3;
}

function wasmBhtsne(module: WasmBhtsne, rows: number[][]): number {
  module.initSync(readFileSync(require.resolve('wasm-bhtsne/wasm_bhtsne_bg.wasm')));
  return seconds(() => new module.tSNE(rows).barnes_hut(ITERATIONS));
}

function druidjs(module: Druid, rows: number[][]): number {
  return seconds(() => new module.TSNE(rows, { perplexity: 30, epsilon: 200, d: 2, seed: 1 }).transform(ITERATIONS));
}

/** Exact, O(n^2) an iteration, each of which costs the same: 50 are run, and counted as 1,000. */
function tsne(module: Tsne, rows: number[][]): number {
  const run = new module.tSNE({ epsilon: 200, perplexity: 30, dim: 2 });
  const prepared = seconds(() => run.initDataRaw(rows));
  const some = seconds(() => {
    for (let i = 0; i < 50; i++) run.step();
  });
  return prepared + some * (ITERATIONS / 50);
}

/** Exact too. */
function tsneJs(module: TsneJs, rows: number[][]): number {
  const run = new module({
    dim: 2,
    perplexity: 30,
    earlyExaggeration: 12,
    learningRate: 200,
    nIter: 50,
    metric: 'euclidean',
  });
  const prepared = seconds(() => run.init({ data: rows, type: 'dense' }));
  return prepared + seconds(() => run.run()) * (ITERATIONS / 50);
}

/** Another method, for context. */
const umap = (module: Umap, rows: number[][]): number => seconds(() => new module.UMAP({ nComponents: 2 }).fit(rows));

/**
 * The packages for t-SNE, and others for context.
 * @param rows values of about 1: wasm-bhtsne gives a random map for raw pixels
 */
export function tsnePackages(
  rows: number[][],
  context: SuiteContext,
): { packages: Contestant[]; others: Contestant[] } {
  const find = <T>(
    name: string,
    title: string,
    measure: (module: T, rows: number[][]) => number,
    entry = name,
  ): Contestant[] => {
    const peer = load<T>(name, entry);
    if ('missing' in peer) {
      context.note(`left out: ${peer.missing}`);
      return [];
    }
    context.version(name, peer.version);
    return [{ name: title, measure: () => measure(peer.module, rows) }];
  };
  return {
    packages: [
      ...find<WasmBhtsne>('wasm-bhtsne', 'npm wasm-bhtsne', wasmBhtsne, 'wasm-bhtsne/wasm_bhtsne.js'),
      ...find<Druid>('@saehrimnir/druidjs', 'npm druidjs', druidjs),
      ...find<Tsne>('tsne', 'npm tsne (50 of 1,000 iterations)', tsne),
      ...find<TsneJs>('tsne-js', 'npm tsne-js (50 of 1,000 iterations)', tsneJs),
    ],
    others: find<Umap>('umap-js', 'npm umap-js (no t-SNE)', umap),
  };
}
