declare module 'node-gyp-build' {
  /** Finds and requires the binary of the package in `root`; `path` only finds it. Both throw when there is none. */
  const load: ((root: string) => unknown) & { path(root: string): string };
  export = load;
}
