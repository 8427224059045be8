// The peers that npm offers, each behind one function that gives it or the reason why it is not there.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export type Peer<T> = { module: T; version: string } | { missing: string };

/** Loads an optional package, or its file `entry`; `version` comes from its package.json. */
export function load<T>(name: string, entry = name): Peer<T> {
  try {
    return { module: require(entry) as T, version: versionOf(name) };
  } catch (error) {
    return { missing: `${name}: ${String((error as Error).message).split('\n')[0]}` };
  }
}

function versionOf(name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return (require(`${folder}/${name}/package.json`) as { version: string }).version;
    } catch {}
  }
  return 'unknown';
}
