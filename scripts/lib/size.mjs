import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Bytes of a file, or of every file below a folder. */
export function treeSize(place) {
  const stat = lstatSync(place);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(place).reduce((sum, name) => sum + treeSize(path.join(place, name)), 0);
}

export function sizeText(bytes) {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(2)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}
