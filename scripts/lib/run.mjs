// Small helpers that the scripts share: paths, running a program, a clear end on failure.
import { execFile, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Ends the process with one message on stderr. */
export function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Runs a program with our stdio; ends this process when it fails. */
export function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) fail(`Cannot run ${command}: ${error.message}`);
  if (signal) fail(`${command} was ended by ${signal}.`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs a program with our stdio and says whether it succeeded. */
export function attempt(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) console.error(`Cannot run ${command}: ${error.message}`);
  return status === 0;
}

/** Runs a program and gives back its outcome; nothing is printed. */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  return {
    ok: result.status === 0 && !result.error,
    stdout: result.stdout ?? '',
    stderr: result.error ? result.error.message : (result.stderr ?? ''),
  };
}

/** The same for long programs that run side by side: a promise of the outcome; their standard error is shown as well. */
export function captureAsync(command, args, options = {}) {
  return new Promise((resolve) => {
    const settings = { cwd: root, maxBuffer: 1 << 28, ...options };
    const child = execFile(command, args, settings, (error, stdout, stderr) => {
      resolve({ ok: !error, stdout, stderr: stderr || (error?.message ?? '') });
    });
    child.stderr.pipe(process.stderr);
  });
}

/** The script that a development dependency's command runs, for `node script args`. */
export function toolPath(...parts) {
  return path.join(root, 'node_modules', ...parts);
}

/** Every file below a folder, as paths relative to the root with forward slashes, sorted. */
export async function filesBelow(folder, base = root) {
  const entries = await readdir(path.join(base, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(base, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

/** Modification time in milliseconds, 0 for what is not there. */
export function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
