import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileError } from '../io';
import { UsageError } from './exit';

/**
 * Makes sure, before any work is done, that a file can be written in the end.
 * @throws UsageError when something is there already and `force` was not said
 * @throws DataError when the folder is missing or nothing may be written there
 */
export async function checkOutput(file: string, force: boolean): Promise<void> {
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

/** The name of a file without folder and ending. */
export function stem(file: string): string {
  return path.basename(file, path.extname(file));
}
