import { Matrix } from '../../../lib/data';
import {
  activate,
  cosineSimilarity,
  elu,
  gelu,
  layerNorm,
  leakyRelu,
  logSoftmax,
  matmul,
  relu,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from '../../../lib/nn';

/** Values in (-2, 2) that repeat nowhere near each other. */
function filled(rows: number, cols: number, seed: number): Matrix {
  const data = Float32Array.from({ length: rows * cols }, (_, k) => 2 * Math.sin(1 + seed * 7.13 + k * 1.7));
  return new Matrix(data, rows, cols);
}

/** The triple loop in float64. */
function naive(A: Matrix, B: Matrix, transposeA: boolean, transposeB: boolean): number[] {
  const a = transposeA ? A.transpose() : A;
  const b = transposeB ? B.transpose() : B;
  const out: number[] = [];
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.cols; j++) {
      let sum = 0;
      for (let k = 0; k < a.cols; k++) sum += a.data[i * a.cols + k] * b.data[k * b.cols + j];
      out.push(sum);
    }
  }
  return out;
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let k = 0; k < actual.length; k++) {
    worst = Math.max(worst, Math.abs(actual[k] - expected[k]) / (1 + Math.abs(expected[k])));
  }
  expect(worst).toBeLessThanOrEqual(tolerance);
}

const error = (name: string, message: RegExp) =>
  expect.objectContaining({ name, message: expect.stringMatching(message) });

describe('matmul', () => {
  const sizes = [
    [1, 1, 1],
    [3, 5, 2],
    [17, 31, 13],
    [64, 65, 63],
    [130, 257, 129],
  ];
  for (const [M, K, N] of sizes) {
    for (const [ta, tb] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ]) {
      test(`${M} x ${K} x ${N}, transposed ${ta} ${tb}, agrees with the triple loop`, () => {
        const A = ta ? filled(K, M, 1) : filled(M, K, 1);
        const B = tb ? filled(N, K, 2) : filled(K, N, 2);
        const C = matmul(A, B, { transposeA: ta, transposeB: tb });
        expect([C.rows, C.cols]).toEqual([M, N]);
        expectClose(C.data, naive(A, B, ta, tb), 1e-5);
      });
    }
  }

  test('adds to `out` by alpha and beta and gives `out` back', () => {
    const [A, B] = [filled(4, 3, 1), filled(3, 5, 2)];
    const out = filled(4, 5, 3);
    const expected = naive(A, B, false, false).map((v, k) => 2 * v + 0.5 * out.data[k]);
    expect(matmul(A, B, { alpha: 2, beta: 0.5, out })).toBe(out);
    expectClose(out.data, expected, 1e-5);
  });

  test('an inner size of 0 gives zeros, and outer sizes of 0 an empty matrix', () => {
    expect(matmul(Matrix.zeros(2, 0), Matrix.zeros(0, 3)).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(matmul(Matrix.zeros(0, 4), Matrix.zeros(4, 3)).rows).toBe(0);
  });

  test('takes arrays of rows', () => {
    expect(matmul([[1, 2]], [[3], [4]]).toArray()).toEqual([[11]]);
  });

  test('refuses what does not fit', () => {
    const A = filled(2, 3, 1);
    expect(() => matmul(A, A)).toThrow(error('ShapeError', /`B` to have 3 rows.*received 2/));
    expect(() => matmul(A, A, { transposeA: true, transposeB: true })).toThrow(error('ShapeError', /transposed `B`/));
    expect(() => matmul(A, A, { transposeB: true, out: filled(3, 3, 1) })).toThrow(error('ShapeError', /2 x 2/));
    expect(() => matmul(A, A, { transposeB: true, beta: 1 })).toThrow(error('ArgumentError', /`out`/));
    const square = filled(2, 2, 1);
    expect(() => matmul(square, square, { out: square })).toThrow(error('ArgumentError', /share no memory/));
    expect(() => matmul(A, A, { transposeb: true } as never)).toThrow(error('ArgumentError', /transposeB/));
  });
});

describe('activations', () => {
  const reference: Record<string, (x: number) => number> = {
    relu: (x) => Math.max(x, 0),
    leaky_relu: (x) => (x > 0 ? x : 0.01 * x),
    elu: (x) => (x > 0 ? x : Math.expm1(x)),
    sigmoid: (x) => 1 / (1 + Math.exp(-x)),
    tanh: Math.tanh,
    silu: (x) => x / (1 + Math.exp(-x)),
    softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    gelu_tanh: (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    identity: (x) => x,
  };
  for (const [name, f] of Object.entries(reference)) {
    test(`${name} agrees with its formula`, () => {
      const x = Float32Array.from({ length: 1003 }, (_, k) => (k - 500) / 25);
      expectClose(activate(x, name as never), Float64Array.from(x, f), 3e-6);
    });
  }

  test('named functions are those of `activate`, on Matrix and Float32Array', () => {
    const X = filled(3, 7, 1);
    const pairs = [
      [relu(X), 'relu'],
      [elu(X), 'elu'],
      [sigmoid(X), 'sigmoid'],
      [tanh(X), 'tanh'],
      [gelu(X), 'gelu'],
      [gelu(X, 'tanh'), 'gelu_tanh'],
      [silu(X), 'silu'],
      [softplus(X), 'softplus'],
      [leakyRelu(X), 'leaky_relu'],
    ] as const;
    for (const [Y, name] of pairs) {
      expect([Y.rows, Y.cols]).toEqual([3, 7]);
      expect(Y.data).toEqual(activate(X.data, name));
    }
    expect(leakyRelu(Float32Array.of(-2), 0.5)[0]).toBe(-1);
    expect(X.data).toEqual(filled(3, 7, 1).data);
  });

  test('large arrays, which use threads, agree with small ones', () => {
    const x = Float32Array.from({ length: 200_001 }, (_, k) => Math.sin(k));
    const y = tanh(x);
    for (const k of [0, 32_768, 99_999, 200_000]) expect(y[k]).toBe(tanh(x.subarray(k, k + 1))[0]);
  });

  test('refuses other values', () => {
    expect(() => relu([1, 2] as never)).toThrow(error('ArgumentError', /Matrix or a Float32Array/));
    expect(() => activate(new Float32Array(1), 'rellu' as never)).toThrow(error('ArgumentError', /`relu`/));
  });
});

describe('softmax', () => {
  test('each row sums to 1 and log softmax is its logarithm', () => {
    const X = filled(5, 11, 4);
    const P = softmax(X);
    const L = logSoftmax(X);
    for (let i = 0; i < 5; i++) {
      const e = Array.from(X.row(i), Math.exp);
      const sum = e.reduce((a, b) => a + b, 0);
      expectClose(
        P.row(i),
        e.map((v) => v / sum),
        1e-6,
      );
      expectClose(
        L.row(i),
        e.map((v) => Math.log(v / sum)),
        1e-6,
      );
    }
  });

  test('stays finite for large inputs', () => {
    expect([...softmax(Float32Array.of(1e30, 1e30))]).toEqual([0.5, 0.5]);
    expect([...softmax(Float32Array.of(-1e30, 0))]).toEqual([0, 1]);
  });
});

describe('layerNorm', () => {
  test('agrees with its formula', () => {
    const X = filled(4, 9, 5);
    const gamma = filled(1, 9, 6).data;
    const beta = filled(1, 9, 7).data;
    const Y = layerNorm(X, { gamma, beta, eps: 1e-3 });
    for (let i = 0; i < 4; i++) {
      const row = [...X.row(i)];
      const mean = row.reduce((a, b) => a + b, 0) / 9;
      const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / 9;
      expectClose(
        Y.row(i),
        row.map((v, j) => ((v - mean) / Math.sqrt(variance + 1e-3)) * gamma[j] + beta[j]),
        1e-5,
      );
    }
  });

  test('refuses a gain of another length', () => {
    expect(() => layerNorm(filled(2, 3, 1), { gamma: new Float32Array(2) })).toThrow(error('ShapeError', /3 elements/));
  });
});

describe('cosineSimilarity', () => {
  test('of two vectors', () => {
    expect(cosineSimilarity(Float32Array.of(1, 0), Float32Array.of(1, 1))).toBeCloseTo(Math.SQRT1_2, 12);
    expect(cosineSimilarity(Float32Array.of(0, 0), Float32Array.of(1, 1))).toBe(0);
    expect(() => cosineSimilarity(new Float32Array(2), new Float32Array(3))).toThrow(error('ShapeError', /2 elements/));
  });

  test('of all pairs of rows', () => {
    const [A, B] = [filled(4, 20, 1), filled(3, 20, 2)];
    const S = cosineSimilarity(A, B);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 3; j++) expect(S.get(i, j)).toBeCloseTo(cosineSimilarity(A.row(i), B.row(j)), 6);
    }
    const own = cosineSimilarity(A);
    for (let i = 0; i < 4; i++) expect(own.get(i, i)).toBeCloseTo(1, 6);
  });
});
