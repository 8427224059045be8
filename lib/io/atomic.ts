import { randomBytes } from 'node:crypto';
import { constants, fsync } from 'node:fs';
import { type FileHandle, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { DataError, HebbError } from '../errors';

/** What a file is written from: text, bytes, or pieces of either as they become ready. */
export type FileContent = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** Not FileHandle.sync: Yarn's Plug'n'Play, which stands between a program and its files, does not have it. */
const sync = promisify(fsync);

/** Longest single write: keeps each system call below the 2 GiB limit. */
const PIECE = 1 << 26;

/** What the usual error numbers mean for a person. */
const REASONS: Record<string, string> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would exceed the size limit',
  EISDIR: 'it is a folder',
  EMFILE: 'too many open files',
};

/** A DataError for a failed file operation; errors that are typed already pass through. */
export function fileError(action: 'read' | 'write', file: string, cause: unknown): HebbError {
  if (cause instanceof HebbError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = code === undefined ? message : `${REASONS[code] ?? message} (${code})`;
  return new DataError(`Could not ${action} ${file}: ${reason}.`, { cause });
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    const { bytesWritten } = await handle.write(bytes, at, Math.min(PIECE, bytes.byteLength - at));
    at += bytesWritten;
  }
}

async function writeContent(handle: FileHandle, content: FileContent): Promise<void> {
  const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
  for await (const piece of pieces) {
    await writeAll(handle, typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece);
  }
}

/** Where the bytes really go: symbolic links are followed, and anything but a regular file is refused. */
async function resolveTarget(file: string): Promise<{ target: string; mode: number }> {
  try {
    const target = await realpath(file);
    const info = await stat(target);
    if (!info.isFile()) throw new DataError(`Could not write ${file}: it is not a regular file.`);
    return { target, mode: info.mode & 0o777 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const link = await readlink(file).catch(() => undefined);
    if (link !== undefined) return resolveTarget(path.resolve(path.dirname(file), link));
    return { target: path.resolve(file), mode: 0o666 };
  }
}

/** Opens a regular file to read; anything else is refused at once, where a named pipe would wait for its writer. */
export async function openRegular(file: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if ((await handle.stat()).isFile()) return handle;
    throw new DataError(`Could not read ${file}: it is not a regular file.`);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Makes the renaming itself last; not every system can open a folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY).catch(() => undefined);
  if (handle === undefined) return;
  await sync(handle.fd).catch(() => undefined);
  await handle.close();
}

/**
 * Writes a file so that its name always holds either the old or the whole new content: into a temporary file in the
 * same folder, flushed to the disk, then renamed. When anything fails the temporary file is removed and the old file is
 * as it was. An existing file keeps its permissions; a symbolic link stays one.
 *
 * @throws DataError when the file cannot be written (no such folder, no permission, a full disk, not a regular file);
 *   what `content` itself throws comes through
 */
export async function writeFileAtomic(file: string, content: FileContent): Promise<void> {
  let temporary: string | undefined;
  let handle: FileHandle | undefined;
  try {
    const { target, mode } = await resolveTarget(file);
    const folder = path.dirname(target);
    const name = path.join(folder, `.${path.basename(target)}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
    handle = await open(name, 'wx', mode);
    temporary = name;
    await writeContent(handle, content);
    await sync(handle.fd);
    await handle.close();
    handle = undefined;
    await rename(temporary, target);
    temporary = undefined;
    await syncFolder(folder);
  } catch (error) {
    await handle?.close().catch(() => undefined);
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => undefined);
    throw (error as NodeJS.ErrnoException).syscall === undefined ? error : fileError('write', file, error);
  }
}
