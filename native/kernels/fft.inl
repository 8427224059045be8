// Stockham transforms over lanes; see fft_kernels.h. A pass of radix r reads x[q + s (p + m k)], k < r, and writes
// y[q + s (r p + j)] = w_p^j sum over k of x_k exp(-2 pi i j k / r), so that the order comes out right without a
// permutation (Cochran et al. 1967). The inverse is the same with real and imaginary parts exchanged.
#include "kernels/fft_kernels.h"

namespace hebb {
namespace HEBB_ISA_NS {
namespace {

struct Complex {
  Vec re, im;
};
static inline Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
static inline Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
static inline Complex times(Vec s, Complex a) { return {s * a.re, s * a.im}; }
static inline Complex minus_i(Complex a) { return {a.im, -a.re}; }  // -i a
static inline Complex times(Complex a, Complex b) {
  return {fnma(a.im, b.im, a.re * b.re), fma(a.re, b.im, a.im * b.re)};
}

// x: r values in, their transform of length r out.
static inline void fft_butterfly(Complex (&x)[2]) {
  const Complex a = x[0], b = x[1];
  x[0] = a + b;
  x[1] = a - b;
}
static inline void fft_butterfly(Complex (&x)[3]) {
  const Vec half = set1(-0.5f), sine = set1(0.86602540378443865f);
  const Complex sum = x[1] + x[2], difference = times(sine, minus_i(x[1] - x[2]));
  const Complex middle = {fma(half, sum.re, x[0].re), fma(half, sum.im, x[0].im)};
  x[0] = x[0] + sum;
  x[1] = middle + difference;
  x[2] = middle - difference;
}
static inline void fft_butterfly(Complex (&x)[4]) {
  const Complex a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = minus_i(x[1] - x[3]);
  x[0] = a + c;
  x[1] = b + d;
  x[2] = a - c;
  x[3] = b - d;
}
static inline void fft_butterfly(Complex (&x)[5]) {
  const Vec c1 = set1(0.30901699437494742f), c2 = set1(-0.80901699437494742f);
  const Vec s1 = set1(0.95105651629515357f), s2 = set1(0.58778525229247313f);
  const Complex a = x[1] + x[4], b = x[2] + x[3], c = minus_i(x[1] - x[4]), d = minus_i(x[2] - x[3]);
  const Complex p = {fma(c2, b.re, fma(c1, a.re, x[0].re)), fma(c2, b.im, fma(c1, a.im, x[0].im))};
  const Complex q = {fma(c1, b.re, fma(c2, a.re, x[0].re)), fma(c1, b.im, fma(c2, a.im, x[0].im))};
  const Complex r = {fma(s2, d.re, s1 * c.re), fma(s2, d.im, s1 * c.im)};
  const Complex t = {fnma(s1, d.re, s2 * c.re), fnma(s1, d.im, s2 * c.im)};
  x[0] = x[0] + (a + b);
  x[1] = p + r;
  x[2] = q + t;
  x[3] = q - t;
  x[4] = p - r;
}

struct FftPlanes {
  float *re, *im;
  Complex at(int64_t i) const { return {load(re + i * Vec::W), load(im + i * Vec::W)}; }
  void put(int64_t i, Complex x) const {
    store(re + i * Vec::W, x.re);
    store(im + i * Vec::W, x.im);
  }
};

template <int R>
static void fft_pass(int64_t m, int64_t s, const float* twiddles, FftPlanes from, FftPlanes to) {
  for (int64_t p = 0; p < m; ++p, twiddles += 2 * (R - 1)) {
    Complex w[R];
    for (int j = 1; j < R; ++j) w[j] = {set1(twiddles[2 * j - 2]), set1(twiddles[2 * j - 1])};
    for (int64_t q = 0; q < s; ++q) {
      Complex x[R];
      for (int k = 0; k < R; ++k) x[k] = from.at(q + s * (p + m * k));
      fft_butterfly(x);
      to.put(q + s * R * p, x[0]);
      for (int j = 1; j < R; ++j) to.put(q + s * (R * p + j), times(w[j], x[j]));
    }
  }
}

// The transform of `x`, by way of `y`; gives the one that holds it.
static FftPlanes fft_run(const FftPlan& plan, FftPlanes x, FftPlanes y) {
  int64_t m = plan.size, s = 1;
  for (int i = 0; i < plan.passes; ++i) {
    const int r = plan.radix[i];
    m /= r;
    switch (r) {
      case 2: fft_pass<2>(m, s, plan.twiddles[i], x, y); break;
      case 3: fft_pass<3>(m, s, plan.twiddles[i], x, y); break;
      case 4: fft_pass<4>(m, s, plan.twiddles[i], x, y); break;
      default: fft_pass<5>(m, s, plan.twiddles[i], x, y); break;
    }
    s *= r;
    const FftPlanes other = x;
    x = y;
    y = other;
  }
  return x;
}

static FftPlanes fft_inverse(const FftPlan& plan, FftPlanes x, FftPlanes y) {
  const FftPlanes out = fft_run(plan, {x.im, x.re}, {y.im, y.re});
  return {out.im, out.re};
}

static void fft_work(const FftPlan& plan, float* work, FftPlanes& x, FftPlanes& y) {
  const int64_t plane = plan.size * Vec::W;
  x = {work, work + plane};
  y = {work + 2 * plane, work + 3 * plane};
}

static void fft_forward_columns(const FftPlan& plan, int64_t rows, const float* grid, int64_t width, int64_t column,
                                int64_t half, float* re, float* im, float* work) {
  FftPlanes x, y;
  fft_work(plan, work, x, y);
  for (int64_t k = 0; k < rows; ++k) {
    const float* row = grid + k * width + column;
    x.put(k, {load(row), load(row + half)});
  }
  for (int64_t k = rows; k < plan.size; ++k) x.put(k, {zero(), zero()});
  x = fft_run(plan, x, y);
  // z = a + i b: A = (Z_k + conj Z_-k) / 2, B = (Z_k - conj Z_-k) / 2i
  const Vec mid = set1(0.5f);
  for (int64_t k = 0; k <= plan.size / 2; ++k) {
    const Complex z = x.at(k), c = x.at(k == 0 ? 0 : plan.size - k);
    const int64_t at = k * width + column;
    store(re + at, mid * (z.re + c.re));
    store(im + at, mid * (z.im - c.im));
    store(re + at + half, mid * (z.im + c.im));
    store(im + at + half, mid * (c.re - z.re));
  }
}

static void fft_inverse_columns(const FftPlan& plan, int64_t rows, const float* re, const float* im, int64_t width,
                                int64_t column, int64_t half, float* grid, float* work) {
  FftPlanes x, y;
  fft_work(plan, work, x, y);
  for (int64_t k = 0; k <= plan.size / 2; ++k) {
    const int64_t at = k * width + column;
    const Complex a = {load(re + at), load(im + at)}, b = {load(re + at + half), load(im + at + half)};
    x.put(k, {a.re - b.im, a.im + b.re});
    if (k > 0 && 2 * k < plan.size) x.put(plan.size - k, {a.re + b.im, b.re - a.im});
  }
  x = fft_inverse(plan, x, y);
  for (int64_t k = 0; k < rows; ++k) {
    float* row = grid + k * width + column;
    const Complex z = x.at(k);
    store(row, z.re);
    store(row + half, z.im);
  }
}

// The values of W rows, one a lane, and the way back.
static void fft_turn_in(const float* rows, int64_t width, int64_t columns, float* lanes) {
  for (int64_t j = 0; j < columns; j += Vec::W) {
    Vec x[Vec::W];
    for (int i = 0; i < Vec::W; ++i) x[i] = load(rows + i * width + j);
    transpose(x);
    for (int i = 0; i < Vec::W && j + i < columns; ++i) store(lanes + (j + i) * Vec::W, x[i]);
  }
}
static void fft_turn_out(const float* lanes, int64_t width, float* rows) {
  for (int64_t j = 0; j < width; j += Vec::W) {
    Vec x[Vec::W];
    for (int i = 0; i < Vec::W; ++i) x[i] = load(lanes + (j + i) * Vec::W);
    transpose(x);
    for (int i = 0; i < Vec::W; ++i) store(rows + i * width + j, x[i]);
  }
}

static void fft_convolve(const FftPlan& plan, int64_t columns, float* re, float* im, int64_t width, int64_t row,
                         const float* spectrum, float* out, float* work) {
  FftPlanes x, y;
  fft_work(plan, work, x, y);
  fft_turn_in(re + row * width, width, columns, x.re);
  fft_turn_in(im + row * width, width, columns, x.im);
  for (int64_t k = columns; k < plan.size; ++k) x.put(k, {zero(), zero()});
  const FftPlanes z = fft_run(plan, x, y), other = z.re == x.re ? y : x;
  if (spectrum == nullptr) {
    for (int64_t k = 0; k < plan.size; ++k) store(out + k * Vec::W, z.at(k).re);
    return;
  }
  for (int64_t k = 0; k < plan.size; ++k) z.put(k, times(load(spectrum + k * Vec::W), z.at(k)));
  const FftPlanes back = fft_inverse(plan, z, other);
  fft_turn_out(back.re, width, re + row * width);
  fft_turn_out(back.im, width, im + row * width);
}

constexpr FftKernels fft_kernels = {
    .lanes = Vec::W,
    .forward_columns = fft_forward_columns,
    .inverse_columns = fft_inverse_columns,
    .convolve = fft_convolve,
};

}  // namespace
}  // namespace HEBB_ISA_NS
}  // namespace hebb
