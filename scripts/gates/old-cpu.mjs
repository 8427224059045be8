// CPUs without AVX (Nehalem, 2008) and without AVX-512 (Haswell, 2013), emulated by qemu-user: the smoke test on Node,
// which must run on the scalar and on the AVX2 kernels, and with --suite the native tests. An instruction that the CPU
// lacks ends the process. Needs `apt install qemu-user-static`.
import path from 'node:path';
import { row } from '../lib/gate.mjs';
import { capture, root } from '../lib/run.mjs';

const CPUS = [
  { name: 'Nehalem', isa: 'scalar' },
  { name: 'Haswell', isa: 'avx2' },
];

function emulated(cpu, command, args) {
  const outcome = capture('qemu-x86_64-static', ['-cpu', cpu, command, ...args]);
  if (!outcome.ok) console.error(outcome.stdout.slice(-4000) + outcome.stderr.slice(-4000));
  return outcome;
}

for (const { name, isa } of CPUS) {
  const smoke = emulated(name, process.execPath, [path.join(root, 'scripts/smoke.cjs'), root]);
  const right = smoke.ok && smoke.stdout.includes(`: ${isa} kernels`);
  if (smoke.ok && !right) console.error(`Expected ${isa} kernels on ${name}: ${smoke.stdout}`);
  let suite = 'smoke';
  if (process.argv.includes('--suite')) {
    suite = emulated(name, path.join(root, 'build/hebb_native_tests'), []).ok ? 'yes' : 'no';
  }
  row('linux-x64', `${name} (qemu)`, { loads: right ? 'yes' : 'no', suite });
}
