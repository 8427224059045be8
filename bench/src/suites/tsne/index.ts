import { type Case, type Result, timed } from '../../harness';
import type { Mapper, MapWork } from '../../peers/maps';
import { probe } from '../../peers/probe';
import { rtsne } from '../../peers/rtsne';
import { tsnePackages } from '../../peers/tsne-packages';
import type { Suite, SuiteContext, Summary } from '../../suite';
import { scratch, sklearn } from '../sklearn';
import { hebbMapper, sklearnMapper, startOf } from './contestants';
import { growthSummary } from './growth';
import { memorySummaries } from './memory';
import { Gallery } from './quality';
import { digits, mnistWorks } from './works';

const SEEDS = 3;

/** A case whose contestants' maps are kept and judged: round r from the start r. */
function raceOf(gallery: Gallery, threads: number, mappers: Mapper[], rest: Partial<Case>): Case {
  const { work } = gallery;
  return {
    name: work.name,
    threads,
    work: { amount: work.x.rows, unit: 'point' },
    ...rest,
    contestants: mappers.map((mapper) => ({
      name: mapper.name,
      async measure() {
        const { seconds, map } = await mapper.run(work, startOf(work, gallery.count(mapper.name)));
        if (map) await gallery.add(mapper.name, map);
        return seconds;
      },
    })),
  };
}

const faster = (peer: string, atLeast: number, mappers: Mapper[]): Partial<Case> =>
  mappers.some(({ name }) => name.startsWith(peer)) ? { target: { ratio: [{ peer, atLeast }] } } : {};

/** Digits beside the packages of npm. */
function packages(work: MapWork, threads: number, context: SuiteContext): Case {
  const rows = work.x.toArray().map((row) => row.map((value) => value / 16));
  const { packages: rivals, others } = tsnePackages(rows, context);
  const hebb = hebbMapper(threads);
  return {
    name: 'digits, npm',
    threads,
    rounds: 1,
    work: { amount: work.x.rows, unit: 'point' },
    ...(rivals.length > 0 && { target: { ratio: rivals.map(({ name }) => ({ peer: name, atLeast: 30 })) } }),
    contestants: [
      // One run lasts a moment beside the packages' many seconds: as many as fill three.
      { name: 'hebb', measure: () => timed(() => hebb.run(work, work.start), 3) },
      ...rivals,
      ...others,
    ],
  };
}

function summarize(results: Result[]): Summary[] {
  const at = (name: string, threads: number) =>
    results.find((one) => one.case === name && one.threads === threads)?.figures[0]?.median;
  const [one, two] = [at('mnist 70k', 1), at('mnist 70k', 2)];
  if (one === undefined || two === undefined) return [];
  const scaling = one / two;
  const text = `MNIST 70k, 2 threads against 1: ${scaling.toFixed(2)}x`;
  return [{ text, target: '>= 1.5x', reached: scaling >= 1.5 }];
}

/** Maps of hebb from the starts that no round has used. */
async function complete(gallery: Gallery, hebb: Mapper): Promise<void> {
  while (gallery.count('hebb') > 0 && gallery.count('hebb') < SEEDS) {
    const { map } = await hebb.run(gallery.work, startOf(gallery.work, gallery.count('hebb')));
    await gallery.add('hebb', map!);
  }
}

async function setup(context: SuiteContext): ReturnType<Suite['setup']> {
  const threads = Math.max(...context.threads);
  const worker = await sklearn(threads, context);
  const hebb = hebbMapper(threads);
  const python = worker ? [sklearnMapper(worker)] : [];
  const r = [rtsne(context, threads, scratch)].filter((one) => one !== undefined);
  const yardstick = [probe(context, threads, scratch)].filter((one) => one !== undefined);
  const galleries: Gallery[] = [];
  const cases: Case[] = [];
  const add = (work: MapWork, peers: Mapper[], rest: Partial<Case>, mostKl?: number) => {
    const gallery = new Gallery(work, mostKl);
    if (work.start.cols === 2) galleries.push(gallery);
    cases.push(raceOf(gallery, threads, [hebb, ...peers], rest));
  };

  const small = await digits();
  add(small, [...python, ...r], faster('scikit-learn', 12, python));
  cases.push(packages(small, threads, context));
  const { subset, whole } = await mnistWorks(context, worker);
  if (subset) {
    add(await subset(5000), [...python, ...r, ...yardstick], faster('scikit-learn', 20, python), 1.405);
    add(await subset(5000, 3), python, { ...faster('scikit-learn', 10, python), rounds: 1 });
    add(await subset(10000), python, faster('scikit-learn', 20, python));
    add(await subset(20000), [...python, ...yardstick], { ...faster('scikit-learn', 30, python), rounds: 1 }, 2.1);
  }
  const all = await whole?.();
  if (all) {
    add(all, yardstick, faster('the probe', 1 / 1.4, yardstick), 2.78);
    const alone = hebbMapper(1);
    const measure = async () => (await alone.run(all, all.start)).seconds;
    const work = { amount: all.x.rows, unit: 'point' };
    cases.push({ name: all.name, threads: 1, work, rounds: 1, contestants: [{ name: 'hebb', measure }] });
  }

  const afterwards = async () => {
    for (const gallery of galleries) await complete(gallery, hebb);
    const memory = all && galleries.at(-1)!.count('hebb') > 0 ? memorySummaries(all.x, threads) : [];
    const ran = (name: string) => galleries.find((one) => one.work.name === name && one.count('hebb') > 0)?.work;
    const [some, most] = [ran('mnist 10k'), ran('mnist 70k')];
    const growth = some && most ? [await growthSummary(some, most, threads)] : [];
    return [...growth, ...galleries.flatMap((gallery) => gallery.summaries()), ...memory];
  };
  return { cases, afterwards, close: () => worker?.close() };
}

/** Whole t-SNE runs: from the matrix to the map, 1,000 iterations, the same starts; all maps before one judge. */
export const tsne: Suite = {
  name: 'tsne',
  description: 't-SNE from matrix to map: perplexity 30, 1,000 iterations, theta 0.5 (a filter picks sizes)',
  rounds: 3,
  warmUp: false,
  setup,
  summarize,
};
