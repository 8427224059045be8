// Run as a process of its own (the instruction set is chosen once): every graph case in float32 on the kernels of
// HEBB_ISA against float64. Prints { isa, cases, worst: [[case, size, error]...] }, worst first.
import { nativeInfo } from '../../lib/native';
import { buildCase, GRAPH_CASES, lossAndGradients } from './graphCases';

const SIZES = [1, 2, 7, 15, 16, 17, 33];

function relative(actual: number, expected: number, scale: number): number {
  if (Number.isNaN(actual) !== Number.isNaN(expected)) return Number.POSITIVE_INFINITY;
  return Math.abs(actual - expected) / Math.max(1, scale);
}

const worst: [string, number, number][] = [];
for (const graphCase of GRAPH_CASES) {
  for (const size of SIZES) {
    const single = buildCase(graphCase, size, 'f32');
    const double = buildCase(graphCase, size, 'f64');
    const actual = lossAndGradients(single);
    const expected = lossAndGradients(double);
    let error = relative(actual.loss, expected.loss, Math.abs(expected.loss));
    for (const [name, { data }] of Object.entries(expected.gradients)) {
      const scale = Math.max(0, ...Array.from(data, Math.abs));
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
