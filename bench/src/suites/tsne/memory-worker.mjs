// node memory-worker.mjs <points.f32 | generated> <rows> <columns> <threads>: one t-SNE run; prints seconds and peaks.
import { readFileSync } from 'node:fs';
import hebb from '../../../../dist/index.js';

const { Matrix, Philox, TSNE } = hebb;
const [source, rows, cols, threads] = [process.argv[2], ...process.argv.slice(3).map(Number)];
/** Bytes. Not the peak of getrusage(), which begins with that of the process that started this one. */
const peak = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;

/** Clusters of a few dimensions each, in a space of many, with noise: 200 of them. */
function generated() {
  const [clusters, own] = [200, 6];
  const random = new Philox(7);
  let drawn = 0;
  const uniform = (width) => (random.uniform(drawn++) - 0.5) * width;
  const centers = Float32Array.from({ length: clusters * cols }, () => uniform(10));
  const axes = Float32Array.from({ length: clusters * own * cols }, () => uniform(2));
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const cluster = i % clusters;
    for (let j = 0; j < cols; j++) data[i * cols + j] = centers[cluster * cols + j] + uniform(0.1);
    for (let a = 0; a < own; a++) {
      const along = uniform(4);
      for (let j = 0; j < cols; j++) data[i * cols + j] += along * axes[(cluster * own + a) * cols + j];
    }
  }
  return data;
}

function given() {
  const { buffer, byteOffset, byteLength } = readFileSync(source);
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}

const x = new Matrix(source === 'generated' ? generated() : given(), rows, cols);
await new TSNE({ nIter: 5, threads }).fit(new Matrix(x.data.slice(0, 500 * cols), 500, cols));
const before = peak();
const began = performance.now();
await new TSNE({ threads }).fit(x);
console.log(JSON.stringify({ seconds: (performance.now() - began) / 1e3, before, peak: peak() }));
