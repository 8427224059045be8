import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../../../lib/io';
import { rejected } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';

const folder = temporaryFolder();
let counter = 0;
/** A path in an empty folder of its own. */
function fresh(): string {
  const own = path.join(folder, String(counter++));
  mkdirSync(own);
  return path.join(own, 'file.bin');
}
const names = (file: string) => readdirSync(path.dirname(file));

describe('writeFileAtomic', () => {
  test('writes text, bytes and pieces', async () => {
    const file = fresh();
    await writeFileAtomic(file, 'grüße');
    expect(readFileSync(file, 'utf8')).toBe('grüße');
    await writeFileAtomic(file, Uint8Array.of(1, 2, 3));
    expect([...readFileSync(file)]).toEqual([1, 2, 3]);
    await writeFileAtomic(file, ['a', new Uint8Array(0), Uint8Array.of(98)]);
    expect(readFileSync(file, 'utf8')).toBe('ab');
    await writeFileAtomic(
      file,
      (async function* () {
        yield 'x';
        yield 'y';
      })(),
    );
    expect(readFileSync(file, 'utf8')).toBe('xy');
    await writeFileAtomic(file, '');
    expect(readFileSync(file)).toHaveLength(0);
    expect(names(file)).toEqual(['file.bin']);
  });

  test('writes what a symbolic link to a missing file points to', async () => {
    const target = path.join(folder, 'missing.bin');
    const link = path.join(folder, 'dangling');
    symlinkSync('missing.bin', link);
    await writeFileAtomic(link, 'through');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toBe('through');
  });

  test('keeps permissions and symbolic links', async () => {
    const file = fresh();
    writeFileSync(file, 'old');
    chmodSync(file, 0o640);
    const link = path.join(path.dirname(file), 'link');
    symlinkSync('file.bin', link);
    await writeFileAtomic(link, 'new');
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  test('content that fails half way leaves the old file and nothing else', async () => {
    const file = fresh();
    writeFileSync(file, 'old');
    const failing = (function* () {
      yield 'new';
      throw new RangeError('no more');
    })();
    await expect(writeFileAtomic(file, failing)).rejects.toMatchObject({ name: 'RangeError', message: 'no more' });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(names(file)).toEqual(['file.bin']);
  });

  test('many writers at once: one whole content wins', async () => {
    const file = fresh();
    await Promise.all(Array.from({ length: 8 }, (_, i) => writeFileAtomic(file, String(i).repeat(50_000))));
    const text = readFileSync(file, 'utf8');
    expect(text).toBe(text[0].repeat(50_000));
    expect(names(file)).toEqual(['file.bin']);
  });

  test('refuses what cannot be written', async () => {
    const file = fresh();
    const missing = path.join(path.dirname(file), 'none', 'a.bin');
    expect(await rejected(writeFileAtomic(missing, 'x'))).toEqual({
      name: 'DataError',
      message: `Could not write ${missing}: no such file or folder (ENOENT).`,
    });
    expect(await rejected(writeFileAtomic(folder, 'x'))).toEqual({
      name: 'DataError',
      message: `Could not write ${folder}: it is not a regular file.`,
    });
    writeFileSync(file, 'old');
    const below = path.join(file, 'b.bin');
    expect((await rejected(writeFileAtomic(below, 'x'))).message).toBe(
      `Could not write ${below}: a part of the path is not a folder (ENOTDIR).`,
    );
  });

  (existsSync('/dev/full') ? test : test.skip)('a device is never replaced', async () => {
    expect((await rejected(writeFileAtomic('/dev/full', 'x'))).message).toBe(
      'Could not write /dev/full: it is not a regular file.',
    );
    expect(lstatSync('/dev/full').isCharacterDevice()).toBe(true);
  });
});

describe('no room for the file', () => {
  // A limit on the size of files (100 blocks) makes a write fail half way as a full disk does. The listener keeps the
  // signal that comes with it from ending the process.
  const script = `
    process.on('SIGXFSZ', () => {});
    const { writeFileAtomic } = require('./lib/io');
    const pieces = [new Uint8Array(40000), new Uint8Array(90000)];
    writeFileAtomic(process.argv[1], pieces).catch((e) => console.log(JSON.stringify({ name: e.name, message: e.message })));
  `;

  test('the old file is intact and the temporary file is gone', () => {
    const file = fresh();
    writeFileSync(file, 'old');
    const root = path.join(__dirname, '..', '..', '..');
    const args = ['-c', 'ulimit -f 100 && exec "$0" "$@"', process.execPath];
    const node = ['-r', './test/helpers/register.cjs', '-e', script, file];
    const out = execFileSync('/bin/sh', [...args, ...node], { cwd: root, encoding: 'utf8' });
    expect(JSON.parse(out)).toEqual({
      name: 'DataError',
      message: `Could not write ${file}: the file would exceed the size limit (EFBIG).`,
    });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(names(file)).toEqual(['file.bin']);
  });
});
