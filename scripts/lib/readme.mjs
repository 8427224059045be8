import { readFileSync } from 'node:fs';
import path from 'node:path';
import { transformSync } from 'esbuild';
import { fail, root } from './run.mjs';

/** The first program of README.md that uses hebb, as an ES module in JavaScript. */
export function firstExample() {
  const text = readFileSync(path.join(root, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/^```(?:ts|js|typescript|javascript|mjs)\n(.*?)^```/gms)].map((match) => match[1]);
  const example = blocks.find((code) => /from 'hebb'/.test(code));
  if (!example) fail("README.md has no example that imports from 'hebb'.");
  return transformSync(example, { loader: 'ts', format: 'esm', target: 'es2022' }).code;
}
