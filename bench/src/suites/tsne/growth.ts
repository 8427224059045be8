// How the time of the optimiser grows with the points: its stage alone, after neighbours and affinities.
import { TSNE } from '../../../../dist/index.js';
import { median } from '../../harness';
import type { MapWork } from '../../peers/maps';
import type { Summary } from '../../suite';

const ITERATIONS = 1000;
const ROUNDS = 3;

async function seconds({ x, start }: MapWork, threads: number): Promise<number> {
  const tsne = new TSNE({ init: start, threads });
  await tsne.prepare(x);
  const began = performance.now();
  await tsne.step(ITERATIONS);
  return (performance.now() - began) / 1e3;
}

/** In turn, and the small work as often as makes the points of the large one, so that both meet the same machine. */
export async function growthSummary(small: MapWork, large: MapWork, threads: number): Promise<Summary> {
  const times = Math.round(large.x.rows / small.x.rows);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const long = await seconds(large, threads);
    let short = 0;
    for (let run = 0; run < times; run++) short += await seconds(small, threads);
    ratios.push(long / large.x.rows / (short / (times * small.x.rows)));
  }
  const [growth, most] = [median(ratios), Math.log(large.x.rows) / Math.log(small.x.rows)];
  return {
    text: `optimiser, time a point, ${large.name} against ${small.name} (${threads} threads): ${growth.toFixed(2)}x`,
    target: `<= ${most.toFixed(2)}x, log n`,
    reached: growth <= most,
  };
}
