// A yardstick from outside: a program that only optimises a map, from neighbours that it is given, compiled from the
// tsne.cpp in the folder that HEBB_BENCH_PROBES names. Called as `tsne <set> <iterations> <half-width theta> <map> <threads>`
// beside data/<set>.shape, _x.f32, _y.u8, _knn.i32, _knnd2.f32 (150 neighbours, squared distances) and _init2.f64.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nearestNeighbors } from '../../../dist/index.js';
import type { SuiteContext } from '../suite';
import { type Mapper, type MapWork, readMap } from './maps';

const NEIGHBORS = 150;

async function give(folder: string, { name, x, labels }: MapWork): Promise<void> {
  const file = (ending: string) => path.join(folder, 'data', `${name}${ending}`);
  if (existsSync(file('.shape'))) return;
  const { indices, distances } = await nearestNeighbors(x, { k: NEIGHBORS, method: 'exact' });
  writeFileSync(file('_x.f32'), x.data);
  writeFileSync(file('_y.u8'), Uint8Array.from(labels));
  writeFileSync(file('_knn.i32'), indices);
  writeFileSync(
    file('_knnd2.f32'),
    distances.map((d) => d * d),
  );
  writeFileSync(file('.shape'), Int32Array.of(x.rows, x.cols));
}

/** The optimiser alone, or undefined where there is none. */
export function probe(context: SuiteContext, threads: number, scratch: string): Mapper | undefined {
  const sources = process.env.HEBB_BENCH_PROBES;
  if (sources === undefined) {
    context.note('left out: the yardstick; HEBB_BENCH_PROBES does not name its folder');
    return undefined;
  }
  const program = path.join(scratch, 'probe');
  const source = path.join(sources, 'tsne.cpp');
  const built = spawnSync('g++', ['-O3', '-march=native', '-fopenmp', '-w', source, '-o', program], {
    encoding: 'utf8',
  });
  if (built.status !== 0) {
    context.note(`left out: the yardstick; ${built.stderr.split('\n')[0]}`);
    return undefined;
  }
  mkdirSync(path.join(scratch, 'data'), { recursive: true });
  return {
    name: 'the probe (optimiser only)',
    async run(work, start) {
      await give(scratch, work);
      writeFileSync(path.join(scratch, 'data', `${work.name}_init2.f64`), Float64Array.from(start.data));
      const { stdout } = spawnSync(program, [work.name, '1000', '0.25', 'map.f64', String(threads)], {
        cwd: scratch,
        encoding: 'utf8',
      });
      const wall = /WALL ([\d.]+)/.exec(stdout)?.[1];
      if (wall === undefined) throw new Error(`The yardstick printed no time: ${stdout}`);
      return { seconds: Number(wall), map: readMap(path.join(scratch, 'map.f64'), work.x.rows, 2, 8) };
    },
  };
}
