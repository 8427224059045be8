// How much memory a whole run takes over its input: each run is a process of its own, whose peak the system reports.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Matrix } from '../../../../dist/index.js';
import type { Summary } from '../../suite';
import { scratch } from '../sklearn';

const child = fileURLToPath(new URL('./memory-worker.mjs', import.meta.url));

interface Used {
  seconds: number;
  /** Bytes: the peak, and the peak after the input was there and a small run was over. */
  peak: number;
  before: number;
}

function measure(args: string[]): Used {
  const { status, stdout, stderr } = spawnSync(process.execPath, [child, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The run of ${args.join(' ')} failed: ${stderr}`);
  return JSON.parse(stdout) as Used;
}

const MB = 1e6;

/** MNIST 70k over its input, and 500,000 generated points in all. */
export function memorySummaries(whole: Matrix, threads: number): Summary[] {
  if (process.platform !== 'linux') return []; // the peak comes from /proc
  const file = path.join(scratch, 'whole.f32');
  writeFileSync(file, whole.data);
  const small = measure([file, String(whole.rows), String(whole.cols), String(threads)]);
  const over = (small.peak - small.before) / MB;
  const large = measure(['generated', '500000', '50', String(threads)]);
  return [
    { text: `memory at 70k: ${over.toFixed(0)} MB over the input`, target: '<= 300 MB', reached: over <= 300 },
    {
      text: `500,000 generated points: ${large.seconds.toFixed(0)} s, peak ${(large.peak / 2 ** 30).toFixed(2)} GiB in all`,
      target: 'finishes under 4 GB',
      reached: large.peak < 4e9,
    },
  ];
}
