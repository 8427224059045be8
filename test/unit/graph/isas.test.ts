import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { nativeInfo } from '../../../lib/native';

const helpers = path.join(__dirname, '..', '..', 'helpers');

test.each(nativeInfo().availableIsas)('float32 on %s agrees with float64, values and gradients', (isa) => {
  const output = execFileSync(
    process.execPath,
    ['-r', path.join(helpers, 'register.cjs'), path.join(helpers, 'graphParity.ts')],
    { env: { ...process.env, HEBB_ISA: isa }, encoding: 'utf8' },
  );
  const report = JSON.parse(output) as { isa: string; cases: number; worst: [string, number, number][] };
  expect(report.isa).toBe(isa);
  expect(report.cases).toBeGreaterThan(4000);
  // Losses are means of a handful of values, gradients of the order of 1.
  expect(report.worst.filter(([, , error]) => !(error < 2e-5))).toEqual([]);
});
