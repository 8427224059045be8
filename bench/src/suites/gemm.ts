// Matrix products beside OpenBLAS, oneDNN and libxsmm; bf16 and int8 products beside their own peaks.
import { median, peersOf, type Result, resultOf, type Target } from '../harness';
import type { NativeSuite, Summary } from '../suite';
import { type Race, race } from './native';

const packedName = 'hebb, packed weights';

/** Shares of the FMA peak that squares must reach on one thread. */
const packedShare: Record<number, number> = { 128: 0.9, 256: 0.95, 512: 0.95, 1024: 0.95, 2048: 0.9 };

function squareTarget(name: string, threads: number, packed: boolean): Target | undefined {
  const size = Number(/^square_(\d+)$/.exec(name)?.[1]);
  if (threads > 1) return undefined;
  const ofLimit = packed ? packedShare[size] : size >= 512 ? 0.9 : undefined;
  return ofLimit === undefined ? undefined : { ofLimit };
}

/** Squares: with and without packed weights, each held against the peak. Others: our faster way against every peer. */
function resultsOf(one: Race, threads: number): Result[] {
  const { work, limit } = one;
  const [plain, packed, ...peers] = one.contestants;
  const ours = [plain!, { ...packed!, name: packedName }];
  const make = (name: string, target: Target | undefined, contestants: Race['contestants']) =>
    resultOf('gemm', { name, threads, work, ...(limit && { limit }), ...(target && { target }) }, contestants);
  if (one.case.startsWith('square')) {
    return ours.map((first) =>
      make(
        first.name === packedName ? `${one.case}, packed weights` : one.case,
        squareTarget(one.case, threads, first.name === packedName),
        [first, ...peers],
      ),
    );
  }
  ours.sort((a, b) => median(a.seconds) - median(b.seconds));
  return [
    make(one.case, peers.length > 0 ? { ratio: [{ peer: 'best', atLeast: 0.97 }] } : undefined, [...ours, ...peers]),
  ];
}

/** Where the CPU lacks the instructions there is no peak, and no target. */
function lowResults(one: Race, threads: number): Result {
  const { work, limit } = one;
  const [, precision, rows] = /^(bf16|int8) (\d+)x/.exec(one.case)!;
  const target = limit && Number(rows) >= 512 ? { ofLimit: precision === 'bf16' ? 0.85 : 0.75 } : undefined;
  const info = { name: one.case, threads, work, ...(limit && { limit }), ...(target && { target }) };
  return resultOf('gemm', info, [{ ...one.contestants[0]!, name: 'hebb, packed weights' }]);
}

const geometricMean = (values: number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

function means(results: Result[], threads: number): Summary[] {
  const mlp = results.filter((one) => one.threads === threads && one.case.startsWith('mlp'));
  const over = (peer: string): number[] =>
    mlp.flatMap((one) => {
      const ratios = peersOf(one.figures)
        .filter((figure) => figure.contestant.startsWith(peer))
        .map((figure) => figure.ratio);
      return ratios.length > 0 ? [Math.min(...ratios)] : [];
    });
  const line = (what: string, ratios: number[], atLeast: number): Summary[] => {
    if (ratios.length === 0) return [];
    const mean = geometricMean(ratios);
    const text = `mlp shapes, ${threads} thread${threads > 1 ? 's' : ''}: geometric mean ${mean.toFixed(3)}x ${what}`;
    return [{ text, target: `>= ${atLeast}x`, reached: mean >= atLeast }];
  };
  const best = over('');
  return [
    ...line('the best peer of each shape', best, threads === 1 ? 1.08 : 1.03),
    ...line('OpenBLAS', over('openblas'), 1.25),
  ];
}

/** Two threads against one, our faster way in each. */
function scaling(results: Result[]): Summary[] {
  const scaled: [string, number][] = [
    ['square_512', 1.85],
    ['square_1024', 1.85],
    ['square_2048', 1.85],
    ['mlp_forward_128x784x512', 1.7],
  ];
  const fastest = (name: string, threads: number): number =>
    Math.min(
      ...results
        .filter((one) => one.threads === threads && one.case.split(',')[0] === name)
        .map((one) => one.figures[0]!.median),
    );
  return scaled.flatMap(([name, atLeast]) => {
    const ratio = fastest(name, 1) / fastest(name, 2);
    if (!Number.isFinite(ratio)) return [];
    const text = `${name}, 2 threads against 1: ${ratio.toFixed(2)}x`;
    return [{ text, target: `>= ${atLeast}x`, reached: ratio >= atLeast }];
  });
}

export const gemm: NativeSuite = {
  name: 'gemm',
  description: 'matrix products beside OpenBLAS, oneDNN and libxsmm; bf16 and int8 beside their peaks',
  measure(context, filters) {
    return context.threads.flatMap((threads) => [
      ...race(context, 'hebb_bench_gemm', threads, filters).flatMap((one) => resultsOf(one, threads)),
      ...(filters.length > 0
        ? []
        : race(context, 'hebb_bench_low', threads, []).map((one) => lowResults(one, threads))),
    ]);
  },
  summarize: (results) => [...means(results, 1), ...means(results, 2), ...scaling(results)],
};
