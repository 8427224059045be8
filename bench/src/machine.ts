// What the figures were taken on.
import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { NativeLimits } from '../../dist/index.js';
import { measureLimits, nativeInfo, setThreads } from '../../dist/index.js';

export interface Machine {
  cpu: string;
  cpus: number;
  memoryGiB: number;
  isa: string;
  limits: NativeLimits[];
  versions: Record<string, string>;
  date: string;
}

/** The best of three: other work may keep the threads on one CPU for as long as a measurement takes. */
async function limitsOf(threads: number): Promise<NativeLimits> {
  const tries: NativeLimits[] = [];
  for (let i = 0; i < 3; i++) tries.push(await measureLimits(threads));
  const best = (of: (limits: NativeLimits) => number) => Math.max(...tries.map(of));
  return {
    threads: best((one) => one.threads),
    gflops: best((one) => one.gflops),
    readGBs: best((one) => one.readGBs),
    triadGBs: best((one) => one.triadGBs),
  };
}

/** The CPU, the measured limits for each thread count, and the versions of what takes part. */
export async function describeMachine(threads: number[], versions: Record<string, string>): Promise<Machine> {
  const limits: NativeLimits[] = [];
  setThreads(Math.max(...threads)); // whatever a suite before this one chose
  for (const count of threads) limits.push(await limitsOf(count));
  const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown CPU',
    cpus: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    isa: nativeInfo().isa,
    limits,
    versions: { hebb: own.version, node: process.versions.node, ...versions },
    date: new Date().toISOString().slice(0, 10),
  };
}

export function limitFor(machine: Machine, threads: number): NativeLimits {
  const limit = machine.limits.find((candidate) => candidate.threads === threads);
  if (!limit) throw new Error(`No limit was measured for ${threads} threads.`);
  return limit;
}
