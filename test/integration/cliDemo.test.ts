import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TrainingReport } from '../../lib/report';
import { hebb } from '../helpers/cli';

const folder = mkdtempSync(path.join(tmpdir(), 'hebb-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('hebb demo', () => {
  test('learns the digits, tells how well, saves and shows answers, in plain text', async () => {
    const { code, stdout, stderr } = await hebb(['demo', '--out', path.join(folder, 'a')]);
    expect(stderr).toMatch(/epoch 80\/80 {2}loss [\d.]+ {2}accuracy [\d.]+ %/);
    expect(code).toBe(0);
    const [, accuracy] = /Test accuracy {2}([\d.]+) %/.exec(stdout) ?? [];
    expect(Number(accuracy)).toBeGreaterThanOrEqual(97);
    expect(stdout).toMatch(/Macro F1 +9\d\.\d\d %/);
    expect(stdout).toMatch(/ +predicted\nactual +0 +1 +2 +3 +4 +5 +6 +7 +8 +9\n/);
    expect(stdout).toMatch(/█/);
    expect(stdout + stderr).not.toContain('\u001b');
    expect(readdirSync(path.join(folder, 'a')).sort()).toEqual([
      '.hebb-demo.json',
      'digits.safetensors',
      'report.html',
    ]);
    expect(readFileSync(path.join(folder, 'a', 'report.html'), 'utf8')).toContain('Handwritten digits');
  });

  test('--json prints one document, the same for the same seed', async () => {
    const run = async () => {
      const { code, stdout, stderr } = await hebb(['demo', '--json', '--seed', '3', '--out', path.join(folder, 'b')]);
      expect([code, stderr]).toEqual([0, '']);
      return JSON.parse(stdout) as TrainingReport;
    };
    const [one, two] = [await run(), await run()];
    expect(one.format).toBe('hebb-report');
    expect(one.training?.curves.loss).toEqual(two.training?.curves.loss);
    expect(one.evaluations).toEqual(two.evaluations);
    const test = one.evaluations[0];
    expect(test.task === 'classification' && test.accuracy).toBeGreaterThan(0.96);
  });

  test('colours and half blocks where they are wanted', async () => {
    const env = { FORCE_COLOR: '1' };
    const { stdout } = await hebb(['demo', '--out', path.join(folder, 'c')], { env });
    expect(stdout).toContain('\u001b[32m');
    expect(stdout).toContain('▀');
  });

  test('a folder that cannot be made is named, exit code 3', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    const { code, stderr } = await hebb(['demo', '--out', path.join(folder, 'file', 'x')]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/error: .*file.*folder/);
    expect(stderr).not.toMatch(/ {4}at /);
  });
});

describe('hebb doctor', () => {
  test('tells what it runs on', async () => {
    const { code, stdout } = await hebb(['doctor']);
    expect(code).toBe(0);
    for (const word of ['instructions', 'threads', 'GFLOP/s', 'GB/s', 'hebb.node']) expect(stdout).toContain(word);
    expect(stdout.split(process.versions.node)).toHaveLength(2);
  });

  test('--json for bug reports', async () => {
    const { stdout } = await hebb(['doctor', '--json']);
    const facts = JSON.parse(stdout) as { isa: string; limits: { oneThread: { gflops: number } } };
    expect(facts.isa).toMatch(/scalar|avx2|avx512|neon/);
    expect(facts.limits.oneThread.gflops).toBeGreaterThan(0);
  });

  test('says that an instruction set was asked for that is not there', async () => {
    const { stdout } = await hebb(['doctor'], { env: { HEBB_ISA: 'altivec' } });
    expect(stdout).toMatch(/HEBB_ISA=altivec is not available/);
  });
});

describe('the command line', () => {
  test('without arguments shows help and is a usage error', async () => {
    const { code, stderr } = await hebb([]);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: hebb');
  });

  test('help and version', async () => {
    const help = await hebb(['--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('Exit codes:');
    expect((await hebb(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('unknown commands and options are named with the nearest one', async () => {
    const command = await hebb(['demmo']);
    expect([command.code, command.stderr]).toEqual([2, expect.stringMatching(/demo/)]);
    const option = await hebb(['demo', '--sed', '3']);
    expect([option.code, option.stderr]).toEqual([2, expect.stringMatching(/--seed/)]);
    const value = await hebb(['demo', '--seed', '3.5']);
    expect([value.code, value.stderr]).toEqual([2, expect.stringMatching(/integer/)]);
  });
});
