// Bundles lib/report/client into dist/report/client.js: one script that pages carry inside them and that Node can
// `require` to draw SVG.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from './lib/run.mjs';

mkdirSync(path.join(root, 'dist/report'), { recursive: true });
await build({
  entryPoints: [path.join(root, 'lib/report/client/charts.ts')],
  outfile: path.join(root, 'dist/report/client.js'),
  bundle: true,
  minify: true,
  format: 'iife',
  globalName: 'hebbCharts',
  footer: { js: 'if(typeof module!=="undefined")module.exports=hebbCharts;' },
  target: 'es2020',
  legalComments: 'inline',
});
