import path from 'node:path';
import type { Matrix } from '../../data';
import { PCA } from '../../decomposition';
import { AbortError } from '../../errors';
import { type Metric, methodFor, type NeighborMethod, TSNE, type TsneMethod, type TsneResult } from '../../manifold';
import { counted, figure, type PointMap, percent, varianceChart } from '../../report';
import { UsageError } from '../exit';
import {
  begin,
  finite,
  mapOf,
  matrixColumns,
  reduced,
  remark,
  tell,
  textColumns,
  withThreads,
  writeMap,
} from '../mapOutput';
import type { PointArguments } from '../points';
import type { Context } from '../run';
import { seconds, TrainingProgress } from '../terminal';

export interface TsneArguments extends PointArguments {
  seed: number;
  perplexity: number;
  iterations: number;
  theta?: number;
  method: TsneMethod;
  neighbors?: NeighborMethod;
  metric: Metric;
  init: 'pca' | 'random';
  exaggeration: number;
  dof: number;
  learningRate?: number;
  dimensions: 2 | 3;
  /** Columns above which PCA comes first; 0: never. */
  pca: number;
  withPca: boolean;
  /** Frames of the animation; 0: none. */
  frames: number;
}

export interface PcaArguments extends PointArguments {
  components: number;
}

/** The model of the options. @throws UsageError on options that the method has no use for */
function tsneModel(options: TsneArguments): TSNE {
  const { perplexity, iterations, theta, method, neighbors, metric, init, exaggeration, dof, learningRate } = options;
  if (theta !== undefined && (method === 'fft' || method === 'exact')) {
    throw new UsageError(`--theta is the accuracy of barnes_hut and does not apply to --method ${method}.`);
  }
  if (neighbors !== undefined && method === 'exact') {
    throw new UsageError('--neighbors does not apply to --method exact, which looks at all pairs of rows.');
  }
  return new TSNE({
    perplexity,
    nIter: iterations,
    method,
    metric,
    init,
    exaggeration,
    dof,
    nComponents: options.dimensions,
    pcaComponents: options.pca,
    seed: options.seed,
    snapshotEvery: options.frames > 0 ? Math.max(1, Math.floor(iterations / options.frames)) : 0,
    ...(theta !== undefined && { theta }),
    ...(neighbors !== undefined && { neighbors }),
    ...(learningRate !== undefined && { learningRate }),
    ...withThreads(options),
  });
}

/** `hebb tsne`: a map of the rows of a file. @returns whether it was interrupted; the map so far is written then too */
export async function tsne(context: Context, file: string, options: TsneArguments): Promise<boolean> {
  const begun = performance.now();
  const { perplexity, iterations, dimensions, seed, frames, withPca, method, theta } = options;
  const model = tsneModel(options);
  const pageOnly = { 'with-pca': withPca, frames: frames > 0 };
  const [out, points] = await begin(context, file, 'tsne', options, pageOnly);
  if (theta !== undefined && methodFor({ method, nComponents: dimensions }, points.X.rows) === 'fft') {
    remark(
      context,
      `--theta has no effect: --method auto chose fft for ${points.X.rows} rows; say --method barnes_hut.`,
    );
  }
  const { result, interrupted } = await runTsne(context, model, points.X, iterations);
  const map: PointMap = {
    ...mapOf('t-SNE', result.embedding, dimensions, points),
    frames: result.snapshots
      .filter((snapshot) => snapshot.iteration < result.nIter)
      .map((snapshot) => ({ name: `iteration ${snapshot.iteration}`, points: snapshot.embedding.data })),
  };
  const maps = [map];
  // The map of an interrupted run is drawn as well, but nothing further is computed.
  if (withPca && !interrupted) {
    const flat = await reduced(points.X, dimensions, context, options.threads);
    maps.push(mapOf('PCA', flat, dimensions, points));
  }
  if (interrupted) {
    const without = withPca ? ' The PCA map of --with-pca is left out.' : '';
    remark(context, `Interrupted: the map is the one after ${result.nIter} of ${iterations} iterations.${without}`);
  }
  await writeMap(out, {
    title: `t-SNE of ${path.basename(file)}`,
    subtitle: `${counted(points.X.rows, 'row')}, perplexity ${perplexity}, ${counted(result.nIter, 'iteration')}, seed ${seed}`,
    sections: [{ title: 'Map', maps }],
    rows: points.X.rows,
    columns: [...matrixColumns(result.embedding, ['x', 'y', 'z'].slice(0, dimensions)), ...textColumns(points)],
  });
  tell(context, {
    rows: points.X.rows,
    iterations: result.nIter,
    klDivergence: finite(result.klDivergence),
    time: seconds((performance.now() - begun) / 1000),
    map: out,
  });
  return interrupted;
}

async function runTsne(
  { err, errLook, json, signal }: Context,
  model: TSNE,
  X: Matrix,
  nIter: number,
): Promise<{ result: TsneResult; interrupted: boolean }> {
  const progress = new TrainingProgress(err, errLook, nIter, json, 'iteration');
  progress.start();
  let known = Number.NaN;
  try {
    const result = await model.fitTransform(X, {
      signal,
      onProgress: ({ stage, done, iteration, klDivergence, etaMs }) => {
        if (Number.isFinite(klDivergence)) known = klDivergence;
        const left = etaMs >= 1000 ? `  ${seconds(etaMs / 1000)} left` : '';
        if (stage !== 'optimize') progress.stage(`${stage} ${percent(done, 0)}`);
        else if (iteration > 0) progress.epoch(iteration - 1, `KL ${figure(known)}${left}`);
      },
    });
    return { result, interrupted: false };
  } catch (error) {
    if (!(error instanceof AbortError) || error.partial === undefined) throw error;
    return { result: error.partial as TsneResult, interrupted: true };
  } finally {
    progress.stop();
  }
}

/** `hebb pca`: the rows along their directions of largest variance. */
export async function pca(context: Context, file: string, options: PcaArguments): Promise<void> {
  const [out, points] = await begin(context, file, 'pca', options);
  const most = Math.min(points.X.rows, points.X.cols);
  const model = new PCA({ nComponents: Math.min(Math.max(options.components, 3), most), ...withThreads(options) });
  const scores = await model.fitTransform(points.X, { signal: context.signal });
  const shares = Array.from(model.explainedVarianceRatio);
  const flat = mapOf('First two components', scores, 2, points);
  const solid = scores.cols >= 3 ? [mapOf('First three components', scores, 3, points)] : [];
  const told = shares.slice(0, options.components);
  await writeMap(out, {
    title: `PCA of ${path.basename(file)}`,
    subtitle: `${counted(points.X.rows, 'row')}, ${counted(points.X.cols, 'feature')}`,
    sections: [{ title: 'Map', maps: [flat, ...solid], charts: [varianceChart(shares)] }],
    rows: points.X.rows,
    columns: [
      ...matrixColumns(
        scores,
        told.map((_, i) => `pc${i + 1}`),
      ),
      ...textColumns(points),
    ],
  });
  const facts = Object.fromEntries(told.map((share, i) => [`component ${i + 1}`, share]));
  tell(context, { rows: points.X.rows, ...facts, map: out });
}
