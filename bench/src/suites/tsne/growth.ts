// How the time of the optimiser grows with the points: its stage alone, after neighbours and affinities.
import { TSNE } from '../../../../dist/index.js';
import { median } from '../../harness';
import type { MapWork } from '../../peers/maps';
import type { Summary } from '../../suite';

const ITERATIONS = 1000;
const RUNS = 3;

/** Seconds a point of a whole optimisation. */
async function secondsPerPoint({ x, start }: MapWork, threads: number): Promise<number> {
  const seconds: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const tsne = new TSNE({ init: start, threads });
    await tsne.prepare(x);
    const began = performance.now();
    await tsne.step(ITERATIONS);
    seconds.push((performance.now() - began) / 1e3);
  }
  return median(seconds) / x.rows;
}

export async function growthSummary(small: MapWork, large: MapWork, threads: number): Promise<Summary> {
  const growth = (await secondsPerPoint(large, threads)) / (await secondsPerPoint(small, threads));
  const most = Math.log(large.x.rows) / Math.log(small.x.rows);
  return {
    text: `optimiser, time a point, ${large.name} against ${small.name} (${threads} threads): ${growth.toFixed(2)}x`,
    target: `<= ${most.toFixed(2)}x, log n`,
    reached: growth <= most,
  };
}
