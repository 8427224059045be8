import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { binaryPath, buildNeeds, loadBinding, native, prebuiltBinaries } from '../../../lib/native';

describe('loading the addon', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hebb-load-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function loadFailure(): Error & { code?: string } {
    try {
      loadBinding(folder);
    } catch (error) {
      return error as Error;
    }
    throw new Error('loadBinding did not throw');
  }

  test('gives the same binding at every call', () => {
    expect(native()).toBe(native());
    expect(native().info().availableIsas).toContain('scalar');
  });

  test('without any binary names platform, libc, Node, places and the fix', () => {
    const error = loadFailure();
    expect(error).toMatchObject({ name: 'LoadError', code: 'ERR_LOAD' });
    const expected = [
      process.platform,
      process.arch,
      process.versions.node,
      path.join(folder, 'prebuilds', `${process.platform}-${process.arch}`, 'hebb.'),
      'npx hebb build',
    ];
    for (const part of expected) expect(error.message).toContain(part);
    if (process.platform === 'linux') expect(error.message).toMatch(/glibc \d|musl/);
    expect(error.message).toContain('keep hebb out of bundles, install it again');
  });

  test('names the prebuilt binaries of other platforms', () => {
    mkdirSync(path.join(folder, 'prebuilds', 'plan9-mips'), { recursive: true });
    writeFileSync(path.join(folder, 'prebuilds', 'plan9-mips', 'hebb.node'), '');
    expect(prebuiltBinaries(folder)).toEqual(['plan9-mips/hebb.node']);
    const { message } = loadFailure();
    expect(message).toContain('plan9-mips/hebb.node');
    // All prebuilt binaries come with every installation: another one would not help.
    expect(message).toContain('To fix it: build it from source with `npx hebb build`');
    expect(message).not.toContain('again');
  });

  test.each([
    ['linux', 'apt install cmake g++ make'],
    ['darwin', 'brew install cmake'],
    ['win32', 'mingw-w64'],
    ['freebsd', 'CMake >= 3.19 and a C++20 compiler, gcc >= 10 or clang >= 12'],
  ])('says how to get the tools on %s', (platform, way) => {
    expect(buildNeeds(platform)).toContain(way);
    expect(buildNeeds(platform)).toContain('CMake >= 3.19');
  });

  test('with a damaged binary gives its path and the reason of the loader', () => {
    const binary = path.join(folder, 'prebuilds', `${process.platform}-${process.arch}`, 'hebb.node');
    mkdirSync(path.dirname(binary), { recursive: true });
    writeFileSync(binary, 'not a shared library');
    const error = loadFailure();
    expect(error).toMatchObject({ name: 'LoadError', code: 'ERR_LOAD' });
    expect(error.message).toContain(binary);
    expect(error.message).toContain(String((error.cause as Error).message));
    expect(error.message).toContain('install hebb again');
    expect(error.message).toContain('npx hebb build');
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;
  onLinux.each([
    [
      'cut in half',
      (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1),
      /truncated: its headers name \d+ bytes, it has \d+/,
    ],
    ['without the end of its table of sections', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1), /truncated/],
    ['cut in its header', (bytes: Buffer) => bytes.subarray(0, 20), /truncated: it has 20 bytes/],
    [
      'of another machine',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 18), Buffer.of(243, 0), bytes.subarray(20)]),
      /is for riscv64, this process is \w+/,
    ],
  ])('a binary %s is refused before the loader sees it', (_what, damage, reason) => {
    const binary = path.join(folder, 'prebuilds', `${process.platform}-${process.arch}`, 'hebb.node');
    mkdirSync(path.dirname(binary), { recursive: true });
    writeFileSync(binary, damage(readFileSync(binaryPath() as string)));
    const error = loadFailure();
    expect(error).toMatchObject({ name: 'LoadError', code: 'ERR_LOAD' });
    expect(error.message).toMatch(reason);
    expect(error.message).toContain(binary);
  });

  test('takes a prebuilt binary of this platform', () => {
    const prebuilt = path.join(folder, 'prebuilds', `${process.platform}-${process.arch}`, 'hebb.node');
    mkdirSync(path.dirname(prebuilt), { recursive: true });
    copyFileSync(binaryPath() as string, prebuilt);
    expect(binaryPath(folder)).toBe(prebuilt);
    expect(loadBinding(folder).info().isa).toBe(native().info().isa);
  });

  test.each([
    ['musl', 'glibc'],
    ['glibc', 'musl'],
  ] as const)('takes the prebuilt binary of the C library that runs: %s', (libc, other) => {
    const place = path.join(folder, 'prebuilds', `${process.platform}-${process.arch}`);
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, `hebb.${other}.node`), '');
    expect(binaryPath(folder, libc)).toBeUndefined();
    writeFileSync(path.join(place, `hebb.${libc}.node`), '');
    expect(binaryPath(folder, libc)).toBe(path.join(place, `hebb.${libc}.node`));
  });
});

test('an instruction set that is not there is told once, with those that are', () => {
  const { stderr } = spawnSync(process.execPath, ['-e', 'require("hebb").nativeInfo(); require("hebb").nativeInfo()'], {
    cwd: path.resolve(__dirname, '../../..'),
    encoding: 'utf8',
    env: { ...process.env, HEBB_ISA: 'foo' },
  });
  expect(stderr.match(/Expected HEBB_ISA to be one of scalar.*, received 'foo'\. Using \w+\./g)).toHaveLength(1);
});
