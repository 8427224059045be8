import { checkInteger } from '../validate';
import type { NativeInfo, NativeLimits } from './contract';
import { native } from './load';

/** What the native code runs on: the chosen instruction set, the ones available, the size of the compute pool. */
export function nativeInfo(): NativeInfo {
  return native().info();
}

/**
 * Sets the size of the process-wide compute pool that all jobs lease threads from (1 to 256; default: the CPUs that
 * this process may run on). Jobs that already run keep what they have. Results do not depend on it.
 */
export function setThreads(threads: number): void {
  native().setThreads(checkInteger(threads, 'threads', { min: 1, max: 256 }));
}

/**
 * Measures what this machine can do at most, in about half a second on a background thread: multiply-adds in registers
 * and memory bandwidth. `threads` 0 (the default) means the whole pool.
 */
export function measureLimits(threads = 0): Promise<NativeLimits> {
  return native().measureLimits(checkInteger(threads, 'threads', { min: 0, max: 256 })).promise;
}
