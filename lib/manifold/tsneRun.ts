import { Matrix } from '../data';
import { AbortError, NonFiniteError } from '../errors';
import { type NativeTsneMap, settle } from '../native';
import type { TsneProgress, TsneResult, TsneRunOptions, TsneSettings, TsneSnapshot, TsneStage } from './tsneOptions';
import { type Chunk, nextChunk, type Overrides } from './tsneSchedule';

const STAGE_CODES: readonly TsneStage[] = ['neighbors', 'affinities', 'start', 'optimize'];
const MIN_GAIN = 0.01;

/**
 * What the addon reports, as progress of iterations `from` to `until`. The time that is left is estimated from the
 * iterations alone: the stages before them take their own.
 */
export function stageReporter({ onProgress }: TsneRunOptions, from: number, until: number) {
  if (onProgress === undefined) return undefined;
  let first: { time: number; iteration: number } | undefined;
  return (values: Float64Array, base: number): void => {
    const [code, done, klDivergence, gradientNorm] = values as unknown as [number, number, number, number];
    const stage = STAGE_CODES[code] as TsneStage;
    const progress: TsneProgress = {
      stage,
      done,
      iteration: from,
      nIter: until,
      klDivergence,
      gradientNorm,
      etaMs: Number.NaN,
    };
    if (stage === 'optimize') {
      const time = performance.now();
      const iteration = base + done;
      first ??= { time, iteration };
      progress.iteration = iteration;
      progress.done = (iteration - from) / (until - from);
      if (iteration > first.iteration) {
        progress.etaMs = ((time - first.time) / (iteration - first.iteration)) * (until - iteration);
      }
    }
    onProgress(progress);
  };
}

/** A prepared map while it is optimised. */
export class TsneRun {
  iteration: number;
  private readonly snapshots: TsneSnapshot[] = [];
  private klDivergence = Number.NaN;
  private gradientNorm = Number.NaN;
  private broken: NonFiniteError | undefined;
  private state: TsneResult;

  /** @param base iterations that the map had behind it when it was prepared */
  constructor(
    private readonly map: NativeTsneMap,
    private readonly settings: TsneSettings,
    private readonly points: number,
    private readonly base = 0,
  ) {
    this.iteration = base;
    this.state = this.take();
  }

  /** The map as it was when a part of the run ended, with the figures of that very map. */
  get result(): TsneResult {
    return this.state;
  }

  private take(): TsneResult {
    const { iteration, points } = this;
    const embedding = new Matrix(this.map.embedding() as Float32Array, points, this.settings.nComponents);
    const every = this.settings.snapshotEvery;
    if (every > 0 && iteration % every === 0 && this.snapshots.at(-1)?.iteration !== iteration) {
      this.snapshots.push({ iteration, embedding });
    }
    const { klDivergence, gradientNorm } = this;
    return { embedding, klDivergence, gradientNorm, nIter: iteration, snapshots: [...this.snapshots] };
  }

  /**
   * Runs to iteration `until`, or until it stops by itself.
   * @throws NonFiniteError; rejects with AbortError, whose `partial` is the result so far
   */
  async advance(until: number, over: Overrides, options: TsneRunOptions): Promise<void> {
    const report = stageReporter(options, this.iteration, until);
    let converged = false;
    while (this.iteration < until && !converged) {
      const chunk = nextChunk(this.settings, this.points, this.iteration, until, over);
      converged = await this.runChunk(chunk, options.signal, report && ((values) => report(values, this.base)));
    }
  }

  /** Whether the run stopped by itself. */
  private async runChunk(
    chunk: Chunk,
    signal: AbortSignal | undefined,
    report: ((values: Float64Array) => void) | undefined,
  ): Promise<boolean> {
    if (this.broken !== undefined) throw this.broken;
    const { count, exaggeration, momentum, learningRate, minGradNorm, patience } = chunk;
    const numbers = Float64Array.of(count, exaggeration, momentum, learningRate, MIN_GAIN, minGradNorm, patience);
    const start = () => this.map.run(numbers, report);
    const outcome = await settle(start, signal, () => this.state).catch((error: unknown) => {
      if (error instanceof NonFiniteError) this.broken = error;
      // A callback that throws ends the job too: the map has moved, but its figures are not known.
      else if (!(error instanceof AbortError)) this.note(Number.NaN, Number.NaN);
      throw error;
    });
    const [done, gradientNorm, klDivergence, converged, aborted] = outcome as unknown as number[];
    this.note(done > 0 ? gradientNorm : this.gradientNorm, klDivergence);
    if (aborted === 1) {
      throw new AbortError('The operation was aborted.', { cause: signal?.reason, partial: this.state });
    }
    return converged === 1;
  }

  private note(gradientNorm: number, klDivergence: number): void {
    this.iteration = this.base + this.map.iterations();
    [this.gradientNorm, this.klDivergence] = [gradientNorm, klDivergence];
    this.state = this.take();
  }
}
