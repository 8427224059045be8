import path from 'node:path';
import { type CovarianceType, DBSCAN, GaussianMixture, KMeans, silhouetteScore } from '../../cluster';
import type { Matrix } from '../../data';
import { counted, figure } from '../../report';
import { UsageError } from '../exit';
import { begin, mapOf, matrixColumns, reduced, tell, textColumns, withThreads, writeMap } from '../mapOutput';
import type { PointArguments } from '../points';
import type { Context } from '../run';

export const CLUSTER_METHODS = ['kmeans', 'gmm', 'dbscan'] as const;
type ClusterMethod = (typeof CLUSTER_METHODS)[number];

export interface ClusterArguments extends PointArguments {
  method: ClusterMethod;
  /** kmeans and gmm. */
  seed: number;
  /** kmeans and gmm. */
  clusters?: number;
  /** gmm. */
  covariance?: CovarianceType;
  /** dbscan. */
  eps?: number;
  minSamples?: number;
}

/** Rows of which the silhouette is taken: its time grows with their square. */
const SILHOUETTE_ROWS = 10_000;
const NOISE = -1;

interface Clustering {
  /** From 0 on; -1 is noise. */
  labels: Int32Array;
  count: number;
  facts: Record<string, number>;
}

const OPTIONS: Record<ClusterMethod, readonly string[]> = {
  kmeans: ['clusters'],
  gmm: ['clusters', 'covariance'],
  dbscan: ['eps', 'min-samples'],
};

function refuseForMethod({ method, clusters, covariance, eps, minSamples }: ClusterArguments): void {
  const all: Record<string, unknown> = { clusters, covariance, eps, 'min-samples': minSamples };
  const given = Object.keys(all).find((name) => all[name] !== undefined && !OPTIONS[method].includes(name));
  if (given !== undefined) throw new UsageError(`--${given} does not apply to --method ${method}.`);
}

async function kmeans(X: Matrix, options: ClusterArguments, signal: AbortSignal): Promise<Clustering> {
  const count = options.clusters ?? 8;
  const model = new KMeans({ nClusters: count, nInit: 5, seed: options.seed, ...withThreads(options) });
  await model.fit(X, { signal });
  return { labels: model.labels, count, facts: { inertia: model.inertia } };
}

async function gmm(X: Matrix, options: ClusterArguments, signal: AbortSignal): Promise<Clustering> {
  const count = options.clusters ?? 8;
  const model = new GaussianMixture({
    nComponents: count,
    seed: options.seed,
    ...(options.covariance !== undefined && { covarianceType: options.covariance }),
    ...withThreads(options),
  });
  const labels = await model.fitPredict(X, { signal });
  return { labels, count, facts: { logLikelihood: model.score(X), bic: model.bic(X) } };
}

async function dbscan(X: Matrix, options: ClusterArguments, signal: AbortSignal): Promise<Clustering> {
  const { eps, minSamples } = options;
  const model = new DBSCAN({
    ...(eps !== undefined && { eps }),
    ...(minSamples !== undefined && { minSamples }),
    ...withThreads(options),
  });
  const labels = await model.fitPredict(X, { signal });
  const count = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const noise = labels.reduce((sum, label) => sum + Number(label === NOISE), 0);
  return { labels, count, facts: { clusters: count, noise } };
}

const FITS = { kmeans, gmm, dbscan };

/** Of the rows that are no noise, or of 10,000 of them, evenly spaced; null where it says nothing. */
async function silhouette(X: Matrix, labels: Int32Array, signal: AbortSignal): Promise<number | null> {
  const all = Array.from(labels.keys()).filter((row) => labels[row] !== NOISE);
  const count = Math.min(all.length, SILHOUETTE_ROWS);
  const rows = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]);
  const own = rows.map((row) => labels[row]);
  const different = new Set(own).size;
  if (different < 2 || different >= own.length) return null;
  return silhouetteScore(X.selectRows(rows), own, { signal });
}

/** `hebb cluster`: rows in groups, shown on the first two principal components. */
export async function cluster(context: Context, file: string, options: ClusterArguments): Promise<void> {
  refuseForMethod(options);
  const { signal } = context;
  const [out, points] = await begin(context, file, 'cluster', options);
  const { labels, count, facts } = await FITS[options.method](points.X, options, signal);
  const score = await silhouette(points.X, labels, signal);
  const flat = await reduced(points.X, 2, context, options.threads);
  const names = Array.from({ length: count }, (_, i) => `cluster ${i + 1}`);
  const noisy = labels.includes(NOISE);
  const colors = {
    classes: noisy ? [...names, 'noise'] : names,
    classOf: labels.map((label) => (label === NOISE ? count : label)),
    ...(noisy && { noise: count }),
  };
  const map = mapOf('Clusters on the first two components', flat, 2, { ...points, colors });
  const maps = points.label ? [map, mapOf('Labels on the first two components', flat, 2, points)] : [map];
  const told = Object.entries({ ...facts, ...(score !== null && { silhouette: score }) }).filter(
    ([name]) => name !== 'clusters',
  );
  await writeMap(out, {
    title: `Clusters of ${path.basename(file)}`,
    subtitle: [
      counted(points.X.rows, 'row'),
      counted(count, 'cluster'),
      ...told.map(([name, x]) => `${name} ${figure(x)}`),
    ].join(', '),
    sections: [{ title: 'Map', maps }],
    rows: points.X.rows,
    columns: [
      ...matrixColumns(flat, ['x', 'y'].slice(0, flat.cols)),
      { name: 'cluster', cell: (row) => (labels[row] === NOISE ? 'noise' : String(labels[row] + 1)) },
      ...textColumns(points),
    ],
  });
  const sizes = new Array<number>(count).fill(0);
  for (const label of labels) if (label !== NOISE) sizes[label] += 1;
  const counts = Object.fromEntries(sizes.map((size, i) => [names[i], size]));
  tell(context, { rows: points.X.rows, ...facts, silhouette: score, ...counts, map: out });
}
