// The pictures of the documentation, of real runs: node scripts/docs-pictures.mjs
// Trains and maps with the built command line, opens the pages that it writes in Chromium, in light and in dark, and
// writes docs/images/{report,map}-{light,dark}.png.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { capture, fail, root } from './lib/run.mjs';

const MOST_BYTES = 200_000;

const browser = ['chromium', 'chromium-browser', 'google-chrome'].find((name) => capture(name, ['--version']).ok);
if (!browser) fail('Chromium was not found; on Debian: apt install chromium.');
const images = path.join(root, 'docs', 'images');
const tabular = path.join(root, 'data', 'tabular');

const work = mkdtempSync(path.join(tmpdir(), 'hebb-pictures-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true, maxRetries: 5 }));

function hebb(...args) {
  const outcome = capture(process.execPath, [path.join(root, 'dist/cli/main.js'), ...args], { cwd: work });
  if (!outcome.ok) fail(outcome.stderr);
}

function picture(page, name, theme, [width, height]) {
  const png = path.join(images, `${name}-${theme}.png`);
  const outcome = capture(browser, [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    `--user-data-dir=${path.join(work, 'profile')}`,
    '--virtual-time-budget=4000',
    `--blink-settings=preferredColorScheme=${theme === 'dark' ? 0 : 1}`,
    `--window-size=${width},${height}`,
    `--screenshot=${png}`,
    `file://${path.join(work, page)}`,
  ]);
  if (!outcome.ok) fail(outcome.stderr);
  const { size } = statSync(png);
  if (size > MOST_BYTES) fail(`${png} has ${size} bytes, more than ${MOST_BYTES}.`);
  console.log(`${path.relative(root, png)}  ${size} bytes`);
}

mkdirSync(images, { recursive: true });
writeFileSync(path.join(work, 'breast_cancer.csv'), readFileSync(path.join(tabular, 'breast_cancer.csv')));
writeFileSync(path.join(work, 'digits.csv'), gunzipSync(readFileSync(path.join(tabular, 'digits.csv.gz'))));
hebb('train', 'breast_cancer.csv', '--target', 'label', '--report', 'report.html');
hebb('tsne', 'digits.csv', '--label', 'label', '--out', 'map.html');
for (const theme of ['light', 'dark']) {
  picture('report.html', 'report', theme, [1200, 810]);
  picture('map.html', 'map', theme, [1000, 1300]);
}
