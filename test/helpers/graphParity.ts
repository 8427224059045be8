// Run as a process of its own (the instruction set is chosen once): every graph case in float32 on the kernels of
// HEBB_ISA against float64. Prints { isa, cases, worst: [[case, size, error]...] }, worst first.
import { nativeInfo } from '../../lib/native';
import { buildCase, GRAPH_CASES, lossAndGradients, takes } from './graphCases';

// One below, at and above the vectors of each instruction set, whole panels of products (48 and 64 columns), primes.
const SIZES = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 127, 128, 129, 257];

function relative(actual: number, expected: number, scale: number): number {
  if (Number.isNaN(actual) !== Number.isNaN(expected)) return Number.POSITIVE_INFINITY;
  return Math.abs(actual - expected) / Math.max(1, scale);
}

const worst: [string, number, number][] = [];
for (const graphCase of GRAPH_CASES) {
  for (const size of SIZES.filter((n) => takes(graphCase, n))) {
    const single = buildCase(graphCase, size, 'f32');
    const double = buildCase(graphCase, size, 'f64');
    const actual = lossAndGradients(single);
    const expected = lossAndGradients(double);
    let error = relative(actual.loss, expected.loss, Math.abs(expected.loss));
    for (const [name, { data }] of Object.entries(expected.gradients)) {
      let scale = 0;
      for (const value of data) scale = Math.max(scale, Math.abs(value));
      for (let i = 0; i < data.length; i++) {
        error = Math.max(error, relative(actual.gradients[name].data[i], data[i], scale));
      }
    }
    worst.push([graphCase.name, size, error]);
    single.program.dispose();
    double.program.dispose();
  }
}
worst.sort((a, b) => b[2] - a[2]);
process.stdout.write(JSON.stringify({ isa: nativeInfo().isa, cases: worst.length, worst: worst.slice(0, 10) }));
