import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const runsHere = process.platform === 'linux' && process.arch === 'x64';

(runsHere ? describe : describe.skip)('check-isa', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hebb-isa-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Compiles `code` with `flags` and lets the script believe that it came from `source`. */
  function check(source: string, code: string, flags: string[]): { status: number | null; stderr: string } {
    writeFileSync(path.join(folder, 'code.cc'), code);
    execFileSync('c++', ['-O2', ...flags, '-c', 'code.cc', '-o', 'code.o'], { cwd: folder });
    const entry = { directory: folder, file: path.join(root, source), output: 'code.o', command: '' };
    writeFileSync(path.join(folder, 'compile_commands.json'), JSON.stringify([entry]));
    const script = path.join(root, 'scripts/check-isa.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' });
    return { status, stderr };
  }

  const SUM = 'float sum(const float* x) { float s = 0; for (int i = 0; i < 64; ++i) s += x[i]; return s; }';
  const INLINE = 'inline float twice(float x) { return 2 * x; }\nfloat (*pointer)(float) = &twice;';

  test('accepts baseline code and AVX in its own file', () => {
    expect(check('native/core/job.cc', SUM, [])).toEqual({ status: 0, stderr: '' });
    expect(check('native/kernels/isa/avx2.cc', SUM, ['-mavx2', '-mfma'])).toEqual({ status: 0, stderr: '' });
  });

  test.each([
    ['AVX in baseline code', 'native/core/job.cc', SUM, ['-mavx2'], 'foreign instruction'],
    [
      'popcnt in baseline code',
      'native/core/job.cc',
      'int f(unsigned x) { return __builtin_popcount(x); }',
      ['-mpopcnt'],
      'popcnt',
    ],
    [
      'AVX-512 in AVX2 code',
      'native/kernels/isa/avx2.cc',
      `${SUM}\nvoid f(float* x) { for (int i = 0; i < 64; ++i) x[i] *= 2; }`,
      ['-O3', '-mavx512f', '-mprefer-vector-width=512'],
      '%zmm',
    ],
    ['a weak symbol in AVX2 code', 'native/kernels/isa/avx2.cc', INLINE, ['-mavx2'], 'weak symbol twice(float)'],
  ])('refuses %s', (_what, source, code, flags, message) => {
    const { status, stderr } = check(source, code, flags);
    expect(status).toBe(1);
    expect(stderr).toContain(source);
    expect(stderr).toContain(message);
  });
});
