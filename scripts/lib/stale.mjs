// What is older than its sources, or missing.
import path from 'node:path';
import { filesBelow, modified, root } from './run.mjs';

/** The first of `sources` that is younger than `made`, a file; `made` itself when it is not there. */
export function youngerThan(made, sources) {
  const time = modified(path.join(root, made));
  return time === 0 ? made : sources.find((file) => modified(path.join(root, file)) > time);
}

/** What makes dist/ out of date: a source, a folder of sources (a file went away), or the missing dist/. */
export async function staleDist() {
  const sources = [
    'tsconfig.json',
    'tsconfig.build.json',
    'package.json',
    'scripts/esm-entry.mjs',
    'lib',
    ...(await filesBelow('lib')),
  ];
  const folders = new Set(sources.map((file) => path.dirname(file)).filter((folder) => folder.startsWith('lib')));
  return youngerThan('dist/index.d.mts', [...sources, ...folders]);
}
