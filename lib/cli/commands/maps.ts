import path from 'node:path';
import { KMeans } from '../../cluster';
import type { Matrix } from '../../data';
import { PCA } from '../../decomposition';
import { AbortError } from '../../errors';
import { TSNE, type TsneResult } from '../../manifold';
import { type PointMap, type Section, varianceChart } from '../../report';
import { checkOutput, stem } from '../files';
import { checkFormat, mapOf, type PointArguments, type Points, readPoints, reduced, writeMap } from '../points';
import type { Context } from '../run';
import { figure, seconds, TrainingProgress, table } from '../terminal';

export interface TsneArguments extends PointArguments {
  perplexity: number;
  iterations: number;
  theta: number;
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

export interface ClusterArguments extends PointArguments {
  clusters: number;
}

async function begin(context: Context, file: string, verb: string, options: PointArguments): Promise<[string, Points]> {
  const out = options.out ?? `${stem(file)}.${verb}.html`;
  checkFormat(out);
  await checkOutput(out, options.force);
  const points = await readPoints(file, options, context.signal);
  if (!context.json) context.err.write(`${file}: ${points.X.rows} rows, ${points.X.cols} features\n`);
  return [out, points];
}

/** Prints facts as a table, or as one JSON document. */
function tell({ out, json }: Context, facts: Record<string, string | number | null>): void {
  if (json) out.write(`${JSON.stringify(facts)}\n`);
  else {
    const text = (value: string | number | null) =>
      typeof value === 'number' ? figure(value) : String(value ?? 'n/a');
    out.write(
      `${table(
        Object.entries(facts).map(([name, value]) => [name, text(value)]),
        'll',
      )}\n`,
    );
  }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
const withThreads = ({ threads }: PointArguments) => (threads === undefined ? {} : { threads });

/** `hebb tsne`: a map of the rows of a file. @returns whether it was interrupted; the map so far is written then too */
export async function tsne(context: Context, file: string, options: TsneArguments): Promise<boolean> {
  const begun = performance.now();
  const [out, points] = await begin(context, file, 'tsne', options);
  const { perplexity, iterations: nIter, theta, dimensions, seed, frames } = options;
  const snapshotEvery = frames > 0 ? Math.max(1, Math.floor(nIter / frames)) : 0;
  const model = new TSNE({
    perplexity,
    nIter,
    theta,
    nComponents: dimensions,
    pcaComponents: options.pca,
    seed,
    snapshotEvery,
    ...withThreads(options),
  });
  const { result, interrupted } = await runTsne(context, model, points.X, nIter);
  const map: PointMap = {
    ...mapOf('t-SNE', result.embedding, dimensions, points),
    frames: result.snapshots
      .filter((snapshot) => snapshot.iteration < result.nIter)
      .map((snapshot) => ({ name: `iteration ${snapshot.iteration}`, points: snapshot.embedding.data })),
  };
  const maps = [map];
  if (options.withPca) maps.push(mapOf('PCA', await reduced(points.X, dimensions, context), dimensions, points));
  const sections: Section[] = [{ title: 'Map', maps }];
  const subtitle = `${points.X.rows} rows, perplexity ${perplexity}, ${result.nIter} iterations, seed ${seed}`;
  await writeMap(out, map, { title: `t-SNE of ${path.basename(file)}`, subtitle, sections });
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
      onProgress: ({ stage, iteration, klDivergence }) => {
        if (Number.isFinite(klDivergence)) known = klDivergence;
        if (stage === 'optimize' && iteration > 0) progress.epoch(iteration - 1, `KL ${figure(known)}`);
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
  const sections: Section[] = [{ title: 'Map', maps: [flat, ...solid], charts: [varianceChart(shares)] }];
  const subtitle = `${points.X.rows} rows, ${points.X.cols} features`;
  await writeMap(out, flat, { title: `PCA of ${path.basename(file)}`, subtitle, sections });
  const facts = Object.fromEntries(
    shares.slice(0, options.components).map((share, i) => [`component ${i + 1}`, share]),
  );
  tell(context, { rows: points.X.rows, ...facts, map: out });
}

/** `hebb cluster`: rows in groups by k-means, shown on the first two principal components. */
export async function cluster(context: Context, file: string, options: ClusterArguments): Promise<void> {
  const [out, points] = await begin(context, file, 'cluster', options);
  const model = new KMeans({ nClusters: options.clusters, nInit: 5, seed: options.seed, ...withThreads(options) });
  await model.fit(points.X, { signal: context.signal });
  const flat = await reduced(points.X, 2, context, options.threads);
  const classes = Array.from({ length: options.clusters }, (_, i) => `cluster ${i + 1}`);
  const map = mapOf('Clusters on the first two components', flat, 2, { X: points.X, classes, classOf: model.labels });
  const maps = points.classOf ? [map, mapOf('Labels on the first two components', flat, 2, points)] : [map];
  const subtitle = `${points.X.rows} rows, ${options.clusters} clusters, inertia ${figure(model.inertia)}`;
  await writeMap(out, map, {
    title: `Clusters of ${path.basename(file)}`,
    subtitle,
    sections: [{ title: 'Map', maps }],
  });
  const sizes = new Array<number>(options.clusters).fill(0);
  for (const label of model.labels) sizes[label]! += 1;
  const facts = Object.fromEntries(sizes.map((size, i) => [`cluster ${i + 1}`, size]));
  tell(context, { rows: points.X.rows, inertia: model.inertia, ...facts, map: out });
}
