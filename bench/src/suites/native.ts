// Suites that race hebb's kernels with C and C++ libraries inside one native process: built by CMake with the peers that
// are installed, they interleave and print by themselves.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NativeSuite } from '../suite';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const build = path.join(root, 'build-bench');
const program = (target: string) => path.join(build, 'bench/native', target);
const results = path.join(root, 'bench/results');

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

function runNative(suite: string, target: string, perThread: boolean) {
  return (threads: number[], filters: string[]): void => {
    if (!built(target)) {
      console.log(`  (left out: ${target} cannot be built; install libdnnl-dev)`);
      return;
    }
    const texts = (perThread ? threads : [1]).map((count) => {
      const args = perThread ? [`--threads=${count}`, ...filters] : filters;
      const { stdout, stderr } = spawnSync(program(target), args, {
        encoding: 'utf8',
        env: environment(count),
      });
      console.log(stdout + stderr);
      return stdout;
    });
    if (filters.length > 0) return;
    mkdirSync(results, { recursive: true });
    const title = `# ${suite}\n\nCommand: \`npm run bench -- ${suite}\`. ${os.cpus()[0]?.model.trim()}, ${os.cpus().length} CPUs.\n`;
    const body = texts.map((text) => `\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`).join('');
    writeFileSync(path.join(results, `${suite}.md`), title + body);
  };
}

export const gemm: NativeSuite = {
  name: 'gemm',
  description: 'matrix products beside OpenBLAS, oneDNN and libxsmm',
  run: runNative('gemm', 'hebb_bench_gemm', true),
};

export const elementwise: NativeSuite = {
  name: 'elementwise',
  description: 'elementwise and row kernels beside oneDNN, 1 thread',
  run: runNative('elementwise', 'bench_elementwise', false),
};
