import { Matrix, Philox, StandardScaler } from '../../../lib/data';
import { Column, createDataset, datasetOf, Graph } from '../../../lib/graph';
import { sgd } from '../../../lib/optim';
import { rejected, thrown } from '../../helpers/errors';

const noise = (rows: number, cols: number, seed = 1) => {
  const rng = new Philox(seed);
  return new Matrix(
    Float32Array.from({ length: rows * cols }, (_, i) => rng.normal(i)),
    rows,
    cols,
  );
};
const shared = (values: Float32Array): Float32Array => {
  const out = new Float32Array(new SharedArrayBuffer(values.byteLength));
  out.set(values);
  return out;
};
/** A program whose output is its input. */
function mirror(cols: number, maxBatch: number) {
  const g = new Graph();
  const x = g.input('x', ['B', cols]);
  return g.compile({ outputs: { y: g.activation(x, 'identity') } }, { maxBatch });
}

describe('columns in native memory', () => {
  // 700,000 values are several pieces of the parallel copy; 13 columns leave a remainder of every vector width.
  test.each([
    [1, 1],
    [7, 3],
    [64, 13],
    [50_001, 14],
  ])('%i x %i are scaled as StandardScaler scales them, on either side', async (rows, cols) => {
    const X = noise(rows, cols);
    const expected = new StandardScaler().fit(X);
    const values: Float32Array[] = [];
    for (const background of [false, true]) {
      const column = new Column('x', X, rows, 'X');
      const learn = column.scaler(undefined, 0);
      const scaler = background ? await learn.start() : learn.now();
      expect(scaler.toJSON()).toEqual(expected.toJSON());
      const scale = column.standardize(scaler, 0);
      if (background) await scale.start();
      else scale.now();
      const data = datasetOf({ x: column }, rows);
      column.dispose();
      values.push(mirror(cols, 64).predictSync(data, 'y').data as Float32Array);
      data.dispose();
    }
    const scaled = expected.transform(X).data;
    for (const value of values) expect(Buffer.compare(Buffer.from(value.buffer), Buffer.from(scaled.buffer))).toBe(0);
  });

  test('means and variances of chosen rows, by the definition', () => {
    const X = noise(40, 11);
    const rows = Int32Array.of(3, 3, 8, 39, 0);
    const scaler = new Column('x', X, 40).scaler(rows, 1).now();
    for (let j = 0; j < 11; j++) {
      const picked = [...rows].map((i) => X.get(i, j));
      const mean = picked.reduce((sum, x) => sum + x, 0) / 5;
      expect(scaler.mean[j]).toBeCloseTo(mean, 12);
      const variance = picked.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 5;
      expect(scaler.variance[j]).toBeCloseTo(variance, 12);
    }
  });

  test('name the first value that is not finite, wherever it lies', () => {
    for (const k of [0, 524_287, 524_288, 699_999]) {
      const X = Matrix.zeros(50_000, 14);
      X.data[699_999] = Number.POSITIVE_INFINITY;
      X.data[k] = Number.NaN;
      expect(thrown(() => new Column('x', X, 50_000, 'X'))).toEqual({
        name: 'NonFiniteError',
        message: `Expected \`X\` to hold finite numbers, received NaN at row ${Math.floor(k / 14)}, column ${k % 14}.`,
      });
    }
  });

  test('of a data set are not scaled under its feet', () => {
    const column = new Column('x', noise(4, 2), 4);
    const scaler = column.scaler(undefined, 1).now();
    const data = datasetOf({ x: column }, 4);
    expect(thrown(() => column.standardize(scaler, 1).now()).message).toBe('Expected a column that nothing else uses.');
    data.dispose();
  });
});

describe('memory that threads share', () => {
  test('is read in place, at every run', () => {
    const values = shared(noise(5, 2).data);
    const data = createDataset({ x: values }, { rows: 5 });
    const program = mirror(2, 5);
    expect(program.predictSync(data, 'y').data).toEqual(Float32Array.from(values));
    values.fill(3);
    expect(program.predictSync(data, 'y').data).toEqual(new Float32Array(10).fill(3));
  });

  test('stays as it is when the column is scaled', () => {
    const X = noise(30, 4);
    const values = shared(X.data);
    const column = new Column('x', new Matrix(values, 30, 4), 30, 'X');
    const scaler = column.scaler(undefined, 1).now();
    column.standardize(scaler, 1).now();
    expect(Float32Array.from(values)).toEqual(X.data);
    const data = datasetOf({ x: column }, 30);
    expect(mirror(4, 30).predictSync(data, 'y').data).toEqual(scaler.transform(X).data);
  });

  test('is checked as a copy is', () => {
    const values = shared(noise(30, 4).data);
    values[50] = Number.NaN;
    expect(thrown(() => new Column('x', new Matrix(values, 30, 4), 30, 'X')).message).toBe(
      'Expected `X` to hold finite numbers, received NaN at row 12, column 2.',
    );
  });
});

describe('what is refused with words', () => {
  const detached = () => {
    const X = noise(6, 2);
    structuredClone(X.data.buffer, { transfer: [X.data.buffer as ArrayBuffer] });
    return X;
  };
  const detachedMessage =
    'to hold its 6 x 2 = 12 elements, found 0: its ArrayBuffer was detached (transferred) or resized.';
  test.each<[string, (X: Matrix) => unknown]>([
    ['clone', (X) => X.clone()],
    ['get', (X) => X.get(0, 0)],
    ['row', (X) => X.row(0)],
    ['selectRows', (X) => X.selectRows([0])],
    ['sliceRows', (X) => X.sliceRows(0, 1)],
    ['sliceCols', (X) => X.sliceCols(0, 1)],
    ['transpose', (X) => X.transpose()],
    ['equals', (X) => X.equals(detached())],
    ['StandardScaler', (X) => new StandardScaler().fit(X)],
  ])('a detached matrix: %s', (_, use) => {
    const error = thrown(() => use(detached()));
    expect(error.name).toBe('DataError');
    expect(error.message).toContain(detachedMessage);
  });

  test('a detached column', () => {
    const { data } = detached();
    expect(thrown(() => createDataset({ x: data }, { rows: 6 })).message).toContain('was detached');
    expect(thrown(() => createDataset({ x: data })).message).toContain('was detached');
  });

  test.each<[string, () => unknown, string]>([
    ['no columns', () => createDataset(null as never), 'Expected `columns` to be an object of values by the name'],
    ['an option misspelt', () => createDataset({ x: Float32Array.of(1) }, { rws: 3 } as never), 'Did you mean `rows`?'],
    ['no feeds', () => mirror(2, 1).forward(null as never), 'Expected `feeds` to be an object of values by the name'],
    ['no state', () => mirror(2, 1).load(null as never), 'Expected `state` to be an object of tensors by the name'],
    [
      'a number too large',
      () => Matrix.from([[1, 1e300]]),
      'to be at most 3.4e38 in magnitude, received 1e+300, which is too large for float32.',
    ],
  ])('%s', (_, call, message) => {
    expect(thrown(call).message).toContain(message);
  });

  test('learning rates', async () => {
    const g = new Graph();
    const out = g.linear(g.input('x', ['B', 2]), 1, { name: 'w' });
    const loss = g.mse(out, g.input('y', ['B', 1]));
    const program = g.compile({ loss, outputs: {} }, { maxBatch: 2, optimizer: sgd() });
    const [x, y] = [new Float32Array(4), new Float32Array(2)];
    const data = createDataset({ x, y }, { rows: 2 });
    for (const rate of [Number.NaN, -1, 'a', 1e300, Number.POSITIVE_INFINITY] as number[]) {
      expect(thrown(() => program.step({ x, y }, rate)).message).toContain('Expected `learningRate` to be');
      expect(thrown(() => program.runSync(data, { learningRates: rate })).message).toContain(
        'Expected `learningRates` to be',
      );
      if (typeof rate === 'number') {
        const list = { learningRates: Float64Array.of(rate) };
        expect((await rejected(program.run(data, list))).message).toContain('Expected `learningRates[0]` to be');
      }
    }
  });
});
