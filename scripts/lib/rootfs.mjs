// Root folders that hold another system, or hardly any: programs run in them by chroot, in a mount namespace of their
// own that ends with the program.
import { copyFileSync, cpSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { capture } from './run.mjs';

/** The shared libraries that a program of this system loads, its loader included. */
function libraries(program) {
  const { stdout } = capture('ldd', [program]);
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1]);
}

/** Copies a file to the same name below a root folder, links followed. */
export function copyInto(folder, file, name = file) {
  const place = path.join(folder, name);
  mkdirSync(path.dirname(place), { recursive: true });
  copyFileSync(realpathSync(file), place);
}

/** A new root with nothing but a program at /bin/NAME and its libraries (and further ones that are named). */
export function bareRoot(folder, name, program, further = []) {
  for (const place of ['tmp', 'proc', 'dev']) mkdirSync(path.join(folder, place), { recursive: true });
  copyInto(folder, program, `bin/${name}`);
  const own = [...new Set([...libraries(program), ...further])];
  for (const library of own) copyInto(folder, library);
  return own.map((library) => path.basename(library));
}

/** Puts an application with its node_modules at /app of a root. */
export function addApp(folder, app) {
  cpSync(app, path.join(folder, 'app'), { recursive: true });
}

/**
 * Runs a command in a root folder, with /proc, /dev and the folders in `binds` (by the same names) mounted there. Without
 * root's rights this needs user namespaces.
 */
export function inRoot(folder, args, { binds = [], env = {}, timeout } = {}) {
  const mounts = ['/proc', '/dev', ...binds].map((place) => {
    const target = path.join(folder, place);
    if (!existsSync(target)) mkdirSync(target, { recursive: true });
    return `mount --rbind '${place}' '${target}'`;
  });
  const script = `set -e; ${mounts.join('; ')}; root=$1; shift; exec chroot "$root" "$@"`;
  const user = process.getuid() === 0 ? [] : ['--map-root-user'];
  return capture('unshare', [...user, '--mount', 'sh', '-c', script, 'sh', folder, ...args], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp', ...env },
    timeout,
  });
}
