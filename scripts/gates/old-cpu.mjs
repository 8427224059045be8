// CPUs without AVX (Nehalem, 2008) and without AVX-512 (Haswell, 2013), emulated by qemu-user: the smoke test on Node,
// which must run on the scalar and on the AVX2 kernels, and with --suite the native tests. An instruction that the CPU
// lacks ends the process. Needs `apt install qemu-user-static`.
import path from 'node:path';
import { hasPrograms, row, verdict } from '../lib/gate.mjs';
import { capture, root } from '../lib/run.mjs';

const CPUS = [
  { name: 'Nehalem', isa: 'scalar' },
  { name: 'Haswell', isa: 'avx2' },
];

// qemu faults on the masked lanes of AVX loads, which a CPU does not, so the native tests do without protected pages.
const emulated = (cpu, command, args) =>
  capture('qemu-x86_64-static', ['-cpu', cpu, '-E', 'HEBB_TEST_UNGUARDED=1', command, ...args]);

function check({ name, isa }) {
  const smoke = emulated(name, process.execPath, [path.join(root, 'scripts/smoke.cjs'), root]);
  const right = verdict(smoke) === 'yes' && smoke.stdout.includes(`: ${isa} kernels`);
  if (smoke.ok && !right) console.error(`Expected ${isa} kernels on ${name}: ${smoke.stdout}`);
  let suite = 'smoke';
  if (process.argv.includes('--suite')) {
    const tests = emulated(name, path.join(root, 'build/hebb_native_tests'), []);
    const count = /(\d+) passed, 0 failed/.exec(tests.stdout)?.[1];
    suite = verdict(tests) === 'yes' && count ? `${count} native tests` : 'no';
  }
  row('linux-x64', `${name} (qemu)`, { built: 'local build', loads: right ? 'yes' : 'no', suite });
}

if (hasPrograms('linux-x64', 'old CPUs (qemu)', ['qemu-x86_64-static'])) for (const cpu of CPUS) check(cpu);
