import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import nodeGypBuild from 'node-gyp-build';
import { LoadError } from '../errors';
import type { NativeBinding } from './contract';
import { elfProblem } from './inspect';

/** The package's folder: lib/native and dist/native lie equally deep. */
const packageRoot = path.resolve(__dirname, '..', '..');

/** What decides which binary fits. */
export interface Platform {
  platform: string;
  arch: string;
  /** 'glibc 2.36', 'musl', or '' where there is no choice of C library. */
  libc: string;
  node: string;
}

/** The platform of this process. */
export function currentPlatform(): Platform {
  return { platform: process.platform, arch: process.arch, libc: currentLibc(), node: process.versions.node };
}

type Libc = 'glibc' | 'musl' | undefined;

/** The C library that is mapped into this process: every runtime tells that truly, whatever its report says. */
function mappedLibc(): Libc {
  if (process.platform !== 'linux') return undefined;
  try {
    const maps = readFileSync('/proc/self/maps', 'utf8');
    if (/\/(ld-musl-|libc\.musl-)/.test(maps)) return 'musl';
    return /\/libc(\.so\.6|-2\.\d+\.so)$/m.test(maps) ? 'glibc' : undefined;
  } catch {
    return undefined;
  }
}

function currentLibc(): string {
  if (process.platform !== 'linux') return '';
  const libc = mappedLibc();
  const report = process.report as (NodeJS.ProcessReport & { excludeNetwork?: boolean }) | undefined;
  if (libc === 'musl' || report === undefined) return libc ?? 'an unknown libc';
  report.excludeNetwork = true; // interface look-ups may take seconds
  const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  if (header.glibcVersionRuntime === undefined) return libc ?? 'musl';
  return `glibc ${header.glibcVersionRuntime}`;
}

/** What node-gyp-build finds; it takes every Linux but Alpine for one of glibc. */
function foundBinary(root: string): string | undefined {
  try {
    return nodeGypBuild.path(root);
  } catch {
    return undefined;
  }
}

/**
 * The binary that load would take, or undefined when there is none for this platform. A prebuilt one is of the C
 * library that runs this process.
 */
export function binaryPath(root = packageRoot, libc: Libc = mappedLibc()): string | undefined {
  const found = foundBinary(root);
  if (libc === undefined || (found !== undefined && !/\.(musl|glibc)\.node$/.test(found))) return found;
  const tuple = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`);
  const fitting = path.join(found === undefined ? tuple : path.dirname(found), `hebb.${libc}.node`);
  return existsSync(fitting) ? fitting : undefined;
}

/** The prebuilt binaries that this installation holds, as `linux-x64/hebb.glibc.node`. */
export function prebuiltBinaries(root = packageRoot): string[] {
  const folder = path.join(root, 'prebuilds');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((tuple) =>
    readdirSync(path.join(folder, tuple))
      .filter((file) => file.endsWith('.node'))
      .map((file) => `${tuple}/${file}`),
  );
}

function describePlatform({ platform, arch, libc, node }: Platform): string {
  return `${platform} ${arch}${libc === '' ? '' : `, ${libc}`}, Node ${node}`;
}

/** Where the prebuilt binary of a platform lies. */
function prebuiltPath(root: string, { platform, arch, libc }: Platform): string {
  const tag = /^(glibc|musl)/.exec(libc)?.[0];
  return path.join(root, 'prebuilds', `${platform}-${arch}`, tag === undefined ? 'hebb.node' : `hebb.${tag}.node`);
}

/** What a build from source needs on a platform, and how to get it. */
export function buildNeeds(platform: string = process.platform): string {
  if (platform === 'win32') return 'CMake >= 3.19, Ninja and mingw-w64 (g++ >= 10 with POSIX threads) on PATH';
  const ways: Record<string, string> = {
    darwin: 'xcode-select --install && brew install cmake',
    linux: 'Debian, Ubuntu: apt install cmake g++ make; Alpine: apk add cmake g++ make',
  };
  const way = ways[platform];
  return `CMake >= 3.19 and a C++20 compiler, gcc >= 10 or clang >= 12${way === undefined ? '' : ` (${way})`}`;
}

/** What helps: every installation holds all prebuilt binaries, so that one without any has lost files. */
function fix(binary: string | undefined, prebuilt: string[]): string {
  const build = `build it from source with \`npx hebb build\`.\nThat needs ${buildNeeds()}.`;
  if (binary !== undefined) {
    return `To fix it: install hebb again on the machine that runs it, in case the file is damaged, or ${build}`;
  }
  if (prebuilt.length > 0) return `To fix it: ${build}`;
  return `To fix it: keep hebb out of bundles, install it again in case files were lost, or ${build}`;
}

function loadError(root: string, binary: string | undefined, cause?: unknown): LoadError {
  const platform = describePlatform(currentPlatform());
  const prebuilt = prebuiltBinaries(root);
  const lines =
    binary === undefined
      ? [
          `hebb has no native binary for this platform (${platform}).`,
          `Looked for: ${path.join(root, 'build', 'Release', '*.node')}`,
          `and ${prebuiltPath(root, currentPlatform())}; that prebuilds folder holds ${prebuilt.length === 0 ? 'nothing' : prebuilt.join(', ')}.`,
        ]
      : [
          `hebb found a native binary, but this platform (${platform}) could not load it.`,
          `Binary: ${binary}`,
          `Reason: ${cause instanceof Error ? cause.message : String(cause)}`,
        ];
  return new LoadError([...lines, fix(binary, prebuilt)].join('\n'), { cause });
}

/** Says once that HEBB_ISA was of no use: kernels that were asked for and did not run would mislead a measurement. */
function warnOfIsa(binding: NativeBinding): void {
  const { rejectedIsa, availableIsas, isa } = binding.info();
  if (rejectedIsa === null) return;
  process.emitWarning(
    `Expected HEBB_ISA to be one of ${availableIsas.join(', ')} on this machine, received '${rejectedIsa}'. Using ${isa}.`,
    { code: 'HEBB_ISA' },
  );
}

/** Loads the addon from the package folder `root`. Throws LoadError, which says what was looked for and the fix. */
export function loadBinding(root = packageRoot): NativeBinding {
  const binary = binaryPath(root);
  if (binary === undefined) throw loadError(root, binary);
  try {
    const problem = process.platform === 'linux' ? elfProblem(binary, process.arch) : undefined;
    if (problem !== undefined) throw new Error(problem);
    return require(binary) as NativeBinding;
  } catch (error) {
    throw loadError(root, binary, error);
  }
}

let binding: NativeBinding | undefined;

/** The addon, loaded at the first call and kept: `import 'hebb'` alone loads no binary. */
export function native(): NativeBinding {
  if (binding === undefined) {
    binding = loadBinding();
    warnOfIsa(binding);
  }
  return binding;
}
