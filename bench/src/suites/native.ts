// Suites that race hebb's kernels with C and C++ libraries inside one native process: built by CMake with the peers that
// are installed, they interleave by themselves and write the times of all rounds.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case } from '../harness';
import type { SuiteContext } from '../suite';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const build = path.join(root, 'build-bench');
const program = (target: string) => path.join(build, 'bench/native', target);

/** What a program of bench/native writes: the seconds of a call, one value a round. */
export interface Race extends Pick<Case, 'work' | 'limit'> {
  case: string;
  contestants: { name: string; seconds: number[] }[];
}

/** OpenBLAS must choose its kernels itself. */
function environment(threads: number): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    OMP_NUM_THREADS: String(threads),
    OPENBLAS_NUM_THREADS: String(threads),
  };
  delete env.OPENBLAS_CORETYPE;
  delete env.OPENBLAS_L2_SIZE;
  return env;
}

/** Builds a target of bench/native; false when a peer that it cannot do without is not installed. */
function built(target: string): boolean {
  const run = (args: string[]) => spawnSync('cmake', args, { cwd: root, encoding: 'utf8' });
  const configured = run(['-S', '.', '-B', build, '-DHEBB_BENCH=ON', '-DCMAKE_BUILD_TYPE=Release']);
  if (configured.status !== 0) throw new Error(`cmake failed:\n${configured.stderr}`);
  const made = run(['--build', build, '--parallel', String(os.availableParallelism()), '--target', target]);
  return made.status === 0 && existsSync(program(target));
}

/** Builds and runs a program; no races, and a note, when it cannot be built. */
export function race(context: SuiteContext, target: string, threads: number, filters: string[]): Race[] {
  if (!built(target)) {
    context.note(`left out: ${target} cannot be built; install libdnnl-dev`);
    return [];
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'hebb-bench-'));
  const file = path.join(folder, 'times.json');
  try {
    const { status, signal } = spawnSync(program(target), [`--threads=${threads}`, `--json=${file}`, ...filters], {
      stdio: ['ignore', 2, 2], // its own table is progress
      env: environment(threads),
    });
    if (status !== 0) throw new Error(`${target} ended with ${signal ?? `exit code ${status}`}.`);
    const { peers, cases } = JSON.parse(readFileSync(file, 'utf8')) as { peers: string; cases: Race[] };
    if (peers !== 'none') context.version('native peers:', peers);
    return cases;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
