// Measures contestants at the same work in turn, so that a machine whose speed drifts treats all alike.

/** One way of doing the work of a case. */
export interface Contestant {
  name: string;
  /** Does the work once or many times and gives the seconds that one unit of it took. */
  measure(): Promise<number> | number;
}

/** A piece of work that several contestants do. */
export interface Case {
  name: string;
  threads: number;
  /** What one unit of work amounts to, e.g. { amount: 2.4e6, unit: 'FLOP' } or { amount: 1, unit: 'sample' }. */
  work: { amount: number; unit: string };
  /** The most that the machine could do, in work units a second, and what it is ("FMA peak"). */
  limit?: { rate: number; name: string };
  /** Counted rounds, where they differ from the suite's. */
  rounds?: number;
  /** What the first contestant (hebb) should reach. */
  target?: Target;
  contestants: Contestant[];
}

export interface Target {
  /** At least this share of the limit, 0 to 1. */
  ofLimit?: number;
  /** At least this many times as fast as the named peer, or as the best one. */
  ratio?: { peer: string | 'best'; atLeast: number }[];
  /** At most this many seconds for a unit of work. */
  seconds?: number;
}

export interface Figure {
  contestant: string;
  /** Seconds for one unit of work: median, least and most of the rounds. */
  median: number;
  least: number;
  most: number;
  /** How many times as fast the first contestant was, as the median of the rounds' ratios; 1 for itself. */
  ratio: number;
  /** Work units a second over the limit. */
  ofLimit?: number;
}

export interface Result {
  suite: string;
  case: string;
  threads: number;
  work: Case['work'];
  limit?: Case['limit'];
  rounds: number;
  figures: Figure[];
  /** The target in words and whether it was reached; absent without a target. */
  verdict?: { target: string; reached: boolean };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Runs the contestants of a case in turn for `rounds` rounds, with `warmUp` after one round that is not counted. A peer
 * that fails is left out, and `note` says why; the first contestant must not fail.
 */
export async function runCase(
  suite: string,
  one: Case,
  rounds: number,
  note: (text: string) => void,
  warmUp = true,
): Promise<Result> {
  let measured = one.contestants.map((contestant) => ({
    name: contestant.name,
    measure: () => contestant.measure(),
    seconds: [] as number[],
  }));
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    for (const contestant of measured) {
      try {
        const value = await contestant.measure();
        if (round >= 0) contestant.seconds.push(value);
      } catch (error) {
        if (contestant === measured[0]) throw error;
        note(`left out: ${contestant.name}; ${(error as Error).message}`);
        measured = measured.filter((other) => other !== contestant);
      }
    }
  }
  return resultOf(suite, one, measured);
}

/** The figures of a case from the seconds of each contestant, one value a round. */
export function resultOf(
  suite: string,
  one: Omit<Case, 'contestants'>,
  measured: { name: string; seconds: number[] }[],
): Result {
  const first = measured[0]!.seconds;
  const { name, threads, work, limit, target } = one;
  const figures = measured.map(({ name: contestant, seconds }): Figure => {
    const middle = median(seconds);
    return {
      contestant,
      median: middle,
      least: Math.min(...seconds),
      most: Math.max(...seconds),
      ratio: median(seconds.map((value, round) => value / first[round]!)),
      ...(limit && { ofLimit: work.amount / middle / limit.rate }),
    };
  });
  return {
    suite,
    case: name,
    threads,
    work,
    ...(limit && { limit }),
    rounds: first.length,
    figures,
    ...(target && { verdict: judge(target, figures) }),
  };
}

/** The contestants that are not hebb under other settings. */
export function peersOf(figures: readonly Figure[]): Figure[] {
  return figures.filter((figure) => !figure.contestant.startsWith('hebb'));
}

function judge(target: Target, figures: Figure[]): { target: string; reached: boolean } {
  const hebb = figures[0]!;
  const peers = peersOf(figures);
  const words: string[] = [];
  let reached = true;
  if (target.ofLimit !== undefined) {
    words.push(`>= ${(target.ofLimit * 100).toFixed(0)} % of the limit`);
    reached &&= (hebb.ofLimit ?? 0) >= target.ofLimit;
  }
  if (target.seconds !== undefined) {
    words.push(`<= ${duration(target.seconds)}`);
    reached &&= hebb.median <= target.seconds;
  }
  for (const { peer, atLeast } of target.ratio ?? []) {
    const rivals = peer === 'best' ? peers : peers.filter((figure) => figure.contestant.startsWith(peer));
    const ratio = Math.min(...rivals.map((figure) => figure.ratio));
    words.push(`>= ${Number(atLeast.toFixed(2))}x ${peer === 'best' ? 'the best peer' : peer}`);
    reached &&= rivals.length > 0 && ratio >= atLeast;
  }
  return { target: words.join(', '), reached };
}

/** Repeats `work` until `least` seconds have gone by and gives the seconds for one call. */
export async function timed(work: () => unknown, least = 0.2): Promise<number> {
  let calls = 0;
  let step = 1;
  const start = performance.now();
  for (;;) {
    for (let i = 0; i < step; i++) {
      const outcome = work();
      if (outcome instanceof Promise) await outcome;
    }
    calls += step;
    const elapsed = (performance.now() - start) / 1e3;
    if (elapsed >= least) return elapsed / calls;
    step = Math.max(1, Math.min(calls, Math.ceil((calls * (least - elapsed)) / Math.max(elapsed, 1e-6))));
  }
}

export function duration(seconds: number): string {
  if (seconds < 1e-6) return `${(seconds * 1e9).toPrecision(3)} ns`;
  if (seconds < 1e-3) return `${(seconds * 1e6).toPrecision(3)} us`;
  if (seconds < 1) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${seconds.toPrecision(3)} s`;
}
