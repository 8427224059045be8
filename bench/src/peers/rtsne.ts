// R's Rtsne (Debian's r-cran-rtsne): bhtsne with OpenMP.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SuiteContext } from '../suite';
import { type Mapper, readMap } from './maps';

const script = fileURLToPath(new URL('./rtsne.R', import.meta.url));

/** Rtsne, or undefined and a note when it is not installed. */
export function rtsne(context: SuiteContext, threads: number, scratch: string): Mapper | undefined {
  const found = spawnSync('Rscript', ['-e', 'cat(as.character(packageVersion("Rtsne")))'], { encoding: 'utf8' });
  if (found.status !== 0) {
    context.note('left out: Rtsne; install r-cran-rtsne');
    return undefined;
  }
  context.version('Rtsne', found.stdout);
  return {
    name: 'Rtsne',
    async run({ x }, start) {
      const file = (name: string) => path.join(scratch, `rtsne-${name}`);
      writeFileSync(file('x'), x.data);
      writeFileSync(file('start'), start.data);
      const numbers = [x.rows, x.cols, start.cols, threads].map(String);
      const { status, stdout, stderr } = spawnSync(
        'Rscript',
        [script, file('x'), file('start'), ...numbers, file('map')],
        {
          encoding: 'utf8',
        },
      );
      if (status !== 0) throw new Error(`Rtsne failed: ${stderr}`);
      return { seconds: Number(stdout.trim().split(' ')[1]), map: readMap(file('map'), x.rows, start.cols, 8) };
    },
  };
}
