import type { TsneSettings, TsneStepOptions } from './tsneOptions';

/** What a caller of `step` may say otherwise. */
export type Overrides = Pick<TsneStepOptions, 'exaggeration' | 'learningRate' | 'momentum'>;

/** Iterations that run in one native call. */
export interface Chunk {
  count: number;
  exaggeration: number;
  momentum: number;
  learningRate: number;
  /** 0: no such stop. */
  minGradNorm: number;
  patience: number;
}

const MIN_LEARNING_RATE = 50;

/** The learning rate of a map of so many points. */
function rateFor({ learningRate, earlyExaggeration }: TsneSettings, points: number): number {
  return learningRate === 'auto' ? Math.max(points / earlyExaggeration, MIN_LEARNING_RATE) : learningRate;
}

/**
 * The next iterations of a run that is to go from `at` to `until`: as many as share a phase (early, main, late) and end
 * at the next snapshot at the latest. Beyond `nIter` the last phase goes on.
 */
export function nextChunk(s: TsneSettings, points: number, at: number, until: number, over: Overrides): Chunk {
  const early = at < s.earlyExaggerationIter;
  const lateFrom = s.nIter - s.lateExaggerationIter;
  const late = !early && s.lateExaggerationIter > 0 && at >= lateFrom;
  const phaseEnd = early ? s.earlyExaggerationIter : late || s.lateExaggerationIter === 0 ? until : lateFrom;
  const snapshot = s.snapshotEvery > 0 ? (Math.floor(at / s.snapshotEvery) + 1) * s.snapshotEvery : until;
  const exaggeration = early ? s.earlyExaggeration : late ? s.lateExaggeration : s.exaggeration;
  return {
    count: Math.min(until, phaseEnd, snapshot) - at,
    exaggeration: over.exaggeration ?? exaggeration,
    momentum: over.momentum ?? (early ? s.initialMomentum : s.finalMomentum),
    learningRate: over.learningRate ?? rateFor(s, points),
    minGradNorm: early ? 0 : s.minGradNorm,
    patience: early ? 0 : s.nIterWithoutProgress,
  };
}
