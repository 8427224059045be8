import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome'];
const found = names.find((name) => spawnSync('which', [name]).status === 0);

/** `describe`, or `describe.skip` with the reason in the title where no Chromium is installed. */
export const describeWithBrowser: (title: string, body: () => void) => void = found
  ? describe
  : (title, body) => describe.skip(`${title} (skipped: no Chromium is installed)`, body);

const quiet = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  '--virtual-time-budget=3000',
];

function chromium(args: string[]): string {
  const profile = mkdtempSync(path.join(tmpdir(), 'hebb-chromium-'));
  try {
    return execFileSync(found!, [...quiet, `--user-data-dir=${profile}`, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 28,
    });
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The document of a local page after its scripts have run. */
export function renderedDom(file: string): string {
  return chromium(['--dump-dom', `file://${file}`]);
}

/** Writes a PNG of a local page. */
export function screenshot(file: string, png: string, width = 1280, height = 2000): void {
  chromium([`--window-size=${width},${height}`, `--screenshot=${png}`, `file://${file}`]);
}
