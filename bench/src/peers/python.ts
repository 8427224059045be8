// A Python process that stays up for a suite and runs timed pieces of work on request: PyTorch, numpy, scikit-learn.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nativeInfo } from '../../../dist/index.js';

const script = fileURLToPath(new URL('./worker.py', import.meta.url));
const interpreter = process.env.HEBB_BENCH_PYTHON ?? (existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3');

export interface PythonVersions {
  [module: string]: string;
}

/**
 * The peers' best settings: PyTorch's AVX-512 kernels where the CPU has the instructions (it does not choose them by
 * itself), OpenBLAS left to choose its own kernel, threads capped for every library at once.
 */
function environment(threads: number): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const forced of ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE']) delete env[forced];
  for (const name of ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS']) env[name] = String(threads);
  if (nativeInfo().availableIsas.includes('avx512')) env.ATEN_CPU_CAPABILITY ??= 'avx512';
  return env;
}

export class PythonWorker {
  readonly versions: PythonVersions;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  private constructor(
    child: ChildProcessWithoutNullStreams,
    reader: Interface,
    lines: AsyncIterator<string>,
    versions: PythonVersions,
  ) {
    this.#child = child;
    this.#reader = reader;
    this.#lines = lines;
    this.versions = versions;
  }

  /** A worker with the named modules, or the reason why there is none. */
  static async start(threads: number, modules: string[]): Promise<PythonWorker | string> {
    const child = spawn(interpreter, ['-u', script, ...modules], { env: environment(threads) });
    let failed: string | undefined;
    child.on('error', (error) => {
      failed = error.message;
    });
    child.stderr.resume();
    child.stdin.on('error', () => {}); // it has ended, which the next call says
    const reader = createInterface({ input: child.stdout });
    const lines = reader[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done) return failed ?? `${interpreter} ended at once`;
    const hello = JSON.parse(first.value) as { versions?: PythonVersions; missing?: string };
    if (hello.versions === undefined) {
      child.kill();
      return `${hello.missing} is not installed for ${interpreter}`;
    }
    return new PythonWorker(child, reader, lines, hello.versions);
  }

  /** Runs one named piece of work (see worker.py) and gives what it prints. */
  async call<T>(task: string, options: object = {}): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify({ task, options })}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error(`The Python worker ended during ${task}.`);
    const reply = JSON.parse(line.value) as { value: T; error?: string };
    if (reply.error) throw new Error(`${task}: ${reply.error}`);
    return reply.value;
  }

  close(): void {
    this.#child.stdin.end();
    this.#reader.close();
    this.#child.kill();
  }
}
