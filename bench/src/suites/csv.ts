import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Contestant } from '../harness';
import type { Suite } from '../suite';

const ROWS = 1_000_000;
const COLUMNS = 30;
const worker = path.join(import.meta.dirname, 'csv-worker.mjs');
const MIB = 2 ** 20;

/** 24 columns of numbers with one hole in a hundred, 3 of categories (some quoted), 2 of booleans and a label. */
async function writeFile(file: string): Promise<void> {
  const out = createWriteStream(file);
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const category = (): string => ['red', 'green', 'blue', '"dark, red"'][Math.floor(random() * 4)]!;
  const number = (j: number): string =>
    random() < 0.01 ? '' : j % 2 === 0 ? String(Math.floor(random() * 100)) : (random() * 1000).toFixed(3);
  const cell = (j: number): string => {
    if (j < 24) return number(j);
    if (j < 27) return category();
    return random() < 0.5 ? (j < 29 ? 'true' : 'yes') : j < 29 ? 'false' : 'no';
  };
  out.write(`${Array.from({ length: COLUMNS }, (_, j) => `c${j}`).join(',')}\n`);
  for (let done = 0; done < ROWS; done += 1000) {
    const lines = Array.from({ length: 1000 }, () => Array.from({ length: COLUMNS }, (_, j) => cell(j)).join(','));
    if (!out.write(`${lines.join('\n')}\n`))
      await new Promise<void>((resolve) => void out.once('drain', () => resolve()));
  }
  await new Promise<void>((resolve) => void out.end(() => resolve()));
}

/** Reading a large file into a table and into a matrix, beside the parser that is used for it alone. */
export const csv: Suite = {
  name: 'csv',
  description: `reading a CSV file of ${ROWS.toLocaleString('en')} rows x ${COLUMNS} columns, and the memory that it takes`,
  rounds: 3,
  async setup({ note }) {
    const folder = await mkdtemp(path.join(tmpdir(), 'hebb-bench-'));
    const file = path.join(folder, 'large.csv');
    await writeFile(file);
    const contestant = (name: string, how: string): Contestant => ({
      name,
      async measure() {
        const { stdout } = await promisify(execFile)(process.execPath, [worker, how, file]);
        const { seconds, peak, matrix } = JSON.parse(stdout) as { seconds: number; peak: number; matrix: number };
        const over =
          matrix === 0
            ? ''
            : `, float32 matrix ${(matrix / MIB).toFixed(0)} MiB + ${((peak - matrix) / MIB).toFixed(0)}`;
        note(`${name}: peak ${(peak / MIB).toFixed(0)} MiB${over}`);
        return seconds;
      },
    });
    const bare = contestant('papaparse alone', 'bare');
    const target = { ratio: [{ peer: 'papaparse', atLeast: 0.25 }] };
    const work = { amount: ROWS * COLUMNS, unit: 'cell' };
    return {
      cases: [
        { name: 'file to table', threads: 1, work, target, contestants: [contestant('hebb', 'table'), bare] },
        { name: 'file to matrix', threads: 1, work, target, contestants: [contestant('hebb', 'matrix'), bare] },
      ],
      close: () => {
        void rm(folder, { recursive: true, force: true });
      },
    };
  },
};
