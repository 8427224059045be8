import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';

/** The package's own folder, where `require('hebb')` finds the built package. */
export const root = path.resolve(__dirname, '../..');

/** By how much watchdogs wait longer where the CPU is emulated (scripts/gates/arm64.mjs). */
export const PATIENCE = process.env.HEBB_EMULATOR === undefined ? 1 : 30;

/** What a child process did. */
export interface ChildResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  seconds: number;
}

/** Runs CommonJS code on the built package in a process of its own. */
export function runCode(code: string, nodeArgs: string[] = []): ChildResult {
  const begin = performance.now();
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...nodeArgs, '-e', code], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000 * PATIENCE,
  });
  return { code: status, signal, stdout, stderr, seconds: (performance.now() - begin) / 1000 };
}

/** Runs a program without blocking this process; `use` gets the child while it runs. */
export function runProgram(
  file: string,
  args: string[],
  options: {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    use?: (child: ReturnType<typeof spawn>) => void;
    input?: string;
  } = {},
): Promise<ChildResult> {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = spawn(file, args, { cwd: options.cwd ?? root, env: { ...process.env, ...options.env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr, seconds: (performance.now() - begin) / 1000 });
    });
    child.stdin.end(options.input ?? '');
    options.use?.(child);
  });
}
