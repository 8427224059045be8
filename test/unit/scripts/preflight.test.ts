import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const unixOnly = process.platform === 'win32' ? describe.skip : describe;

unixOnly('what a build from source says when a tool is missing', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hebb-preflight-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A command on the only folder of PATH; it prints `text` and ends with `code`. */
  function fake(name: string, text: string, code = 0): void {
    writeFileSync(path.join(folder, name), `#!/bin/sh\necho '${text}'\nexit ${code}\n`);
    chmodSync(path.join(folder, name), 0o755);
  }
  function run(args: string[], env: Record<string, string> = {}): { status: number | null; stderr: string } {
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { PATH: folder, ...env } });
    return { status, stderr };
  }
  const preflight = () => run([path.join(root, 'scripts/preflight.mjs')]);

  test('names every tool and how to get it', () => {
    const { status, stderr } = preflight();
    expect(status).toBe(1);
    expect(stderr).toContain('CMake >= 3.19 is needed, and no `cmake` command was found.');
    expect(stderr).toContain('A C++20 compiler (gcc >= 10 or clang >= 12) is needed');
    for (const advice of ['apt install cmake g++ make', 'apk add cmake g++ make', 'xcode-select', 'mingw-w64']) {
      expect(stderr).toContain(advice);
    }
    expect(stderr).not.toMatch(/Visual Studio(?! is not supported)/);
  });

  test('tells an old CMake and a compiler without C++20 from missing ones', () => {
    fake('cmake', 'cmake version 3.16.3');
    fake('make', 'GNU Make 4.3');
    fake('c++', 'error: unrecognized command line option -std=c++20', 1);
    const { status, stderr } = preflight();
    expect(status).toBe(1);
    expect(stderr).toContain('CMake >= 3.19 is needed, this is cmake version 3.16.3.');
    expect(stderr).toContain('`c++` could not compile and link a small program');
    expect(stderr).not.toContain('`make` or `ninja`');
  });

  test('is quiet when nothing is missing', () => {
    fake('cmake', 'cmake version 3.25.1');
    fake('make', 'GNU Make 4.3');
    fake('c++', '');
    expect(preflight()).toEqual({ status: 0, stderr: '' });
  });

  test('hebb build without CMake says what it needs and touches nothing', () => {
    mkdirSync(path.join(folder, 'home'));
    const { status, stderr } = run([path.join(root, 'dist/cli/main.js'), 'build'], { HOME: path.join(folder, 'home') });
    expect(status).toBe(3);
    expect(stderr).toContain('No `cmake` command was found.');
    expect(stderr).toContain('apt install cmake g++ make');
  });
});
