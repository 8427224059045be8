/**
 * Puts the k-th least value at place k, no greater ones before it and no lesser ones after it. Hoare's selection with the
 * median of three as pivot: a few passes where sorting needs twenty.
 */
function select(values: Float32Array, k: number): number {
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const [a, b, c] = [values[left], values[(left + right) >> 1], values[right]];
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let [i, j] = [left, right];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const kept = values[i];
        values[i++] = values[j];
        values[j--] = kept;
      }
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else return values[k];
  }
  return values[k];
}

/** The median. The values are left in another order. */
export function median(values: Float32Array): number {
  const middle = values.length >> 1;
  const upper = select(values, middle);
  if (values.length % 2 === 1) return upper;
  let lower = values[0];
  for (let i = 1; i < middle; i++) if (values[i] > lower) lower = values[i];
  return (lower + upper) / 2;
}

/** Values that a median is taken of at most: more change it by less than anyone would notice. */
const SAMPLE = 100_001;

/** Room for one column of so many rows with a sample behind it, for all columns of a table one after the other. */
export const scratchFor = (rows: number): Float32Array => new Float32Array(rows + Math.min(rows, SAMPLE));

/** The median of the values, or of evenly spaced ones when they are many. The sample lies at the end of `scratch`. */
export function aboutMedian(values: Float32Array, scratch: Float32Array): number {
  const step = Math.max(1, Math.ceil(values.length / SAMPLE));
  const sample = scratch.subarray(scratch.length - Math.ceil(values.length / step));
  for (let k = 0; k < sample.length; k++) sample[k] = values[k * step];
  return median(sample);
}
