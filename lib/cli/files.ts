import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileError } from '../io';
import { UsageError } from './exit';

/**
 * Makes sure, before any work is done, that files can be written in the end and destroy nothing: neither each other, nor
 * a file that the command reads, `force` or not.
 * @throws UsageError when two names mean one file, or something is there already and `force` was not said
 * @throws DataError when a folder is missing or nothing may be written there
 */
export async function checkOutputs(
  outputs: readonly (string | undefined)[],
  inputs: readonly (string | undefined)[],
  force: boolean,
): Promise<void> {
  const isGiven = (file: string | undefined) => file !== undefined;
  const written = outputs.filter(isGiven);
  const seen: { file: string; marks: string[]; read: boolean }[] = [];
  for (const file of inputs.filter(isGiven)) seen.push({ file, marks: await marksOf(file), read: true });
  for (const file of written) {
    const marks = await marksOf(file);
    const clash = seen.find((other) => other.marks.some((mark) => marks.includes(mark)));
    if (clash?.read === true) {
      throw new UsageError(`${file} is a file that this command reads: choose another name for what it writes.`);
    }
    if (clash !== undefined) {
      throw new UsageError(
        `${clash.file} and ${file} are one file, two are to be written: choose another name for one.`,
      );
    }
    seen.push({ file, marks, read: false });
  }
  for (const file of written) await checkOutput(file, force);
}

/** Makes sure that one file can be written. */
async function checkOutput(file: string, force: boolean): Promise<void> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw fileError('write', file, error);
  });
  if (info !== undefined && !info.isFile()) {
    throw new UsageError(`${file} is there already and is no regular file: choose another name.`);
  }
  if (info !== undefined && !force) {
    throw new UsageError(`${file} is there already. Say --force to overwrite it, or choose another name.`);
  }
  try {
    await access(path.dirname(path.resolve(file)), constants.W_OK);
  } catch (error) {
    throw fileError('write', file, error);
  }
}

/** What tells a file from others: its path without links and, where it is there already, its place on the disk. */
async function marksOf(file: string): Promise<string[]> {
  const there = await realpath(file).catch(() => undefined);
  if (there === undefined) {
    const folder = path.dirname(path.resolve(file));
    return [path.join(await realpath(folder).catch(() => folder), path.basename(file))];
  }
  const { dev, ino } = await stat(there, { bigint: true });
  return [there, `${dev}:${ino}`];
}

/** The name of a file without folder and ending. */
export function stem(file: string): string {
  return path.basename(file, path.extname(file));
}
