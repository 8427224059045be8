import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../io';
import { UsageError } from './exit';

/** What the demo notes of the files that it has written, by name. */
type Digests = Record<string, string>;

const NOTE = '.hebb-demo.json';

const digestOf = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

async function noted(folder: string): Promise<Digests> {
  try {
    const note: unknown = JSON.parse(await readFile(path.join(folder, NOTE), 'utf8'));
    return note !== null && typeof note === 'object' ? (note as Digests) : {};
  } catch {
    return {};
  }
}

/**
 * Refuses to overwrite what an earlier run did not leave exactly so.
 * @throws UsageError naming the file
 */
export async function checkOwn(folder: string, names: readonly string[], force: boolean): Promise<void> {
  const digests = await noted(folder);
  for (const name of names) {
    const file = path.join(folder, name);
    const info = await stat(file).catch(() => undefined);
    if (info === undefined) continue;
    if (!info.isFile()) throw new UsageError(`${file} is there already and is no regular file: choose another --out.`);
    if (force || digests[name] === (await digestOf(file))) continue;
    throw new UsageError(
      `${file} is there already, and not as the demo wrote it. Choose another folder with --out, or say --force.`,
    );
  }
}

/** Notes what was written, so that the next run may write it anew. */
export async function noteOwn(folder: string, names: readonly string[]): Promise<void> {
  const entries = await Promise.all(names.map(async (name) => [name, await digestOf(path.join(folder, name))]));
  await writeFileAtomic(path.join(folder, NOTE), `${JSON.stringify(Object.fromEntries(entries))}\n`);
}
