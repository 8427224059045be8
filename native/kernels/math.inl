// Vector exp, expm1, log, log1p on [0, 1], tanh, erf, sigmoid and the normal tail in float. Budgets
// (test/native/math_test.cc, whole float range): exp 1 ulp, log 1 ulp, tanh 2 ulp, erf 2 ulp. The double oracle has the
// same names over libm in math_f64.inl.
//
// The polynomials are minimax fits whose coefficients are floats; scripts/fit-math.py makes them again and prints the
// errors that the comments quote, in units of 2^-24 (half an ulp at 1). Argument reductions are the classical ones of
// Cody and Waite 1980, "Software Manual for the Elementary Functions"; the high part of ln 2 is short enough for exact
// products, so that the scalar build, whose fma is a multiplication and an addition, keeps the budgets too.
namespace hebb {
namespace HEBB_ISA_NS {

// ln 2 = high + low; high has 9 significant bits: n * high is exact for |n| < 2^15.
static constexpr float kLn2High = 0x1.63p-1f, kLn2Low = -0x1.bd0106p-13f;
static constexpr float kLog2E = 0x1.715476p0f;

// x = n ln 2 + r with |r| <= 0.3475 and integral n; `exact` = x - n kLn2High has no rounding error, `shifted` is
// n + kShift.
struct Reduced {
  Vec n, shifted, exact, r;
};
static inline Reduced reduce_ln2(Vec x) {
  Reduced out;
  out.shifted = fma(x, set1(kLog2E), set1(kShift));
  out.n = out.shifted - set1(kShift);
  out.exact = fnma(out.n, set1(kLn2High), x);
  out.r = fnma(out.n, set1(kLn2Low), out.exact);
  return out;
}

// e^r - 1 = r + r^2 (c0 + ... + c4 r^4) on |r| <= 0.3475, relative error 0.23; e^r = 1 + ..., relative error 0.09. This
// is the inner polynomial.
static inline Vec exp_core(Vec r) {
  Vec p = set1(0x1.6b6c58p-10f);
  p = fma(p, r, set1(0x1.12280cp-7f));
  p = fma(p, r, set1(0x1.55571cp-5f));
  p = fma(p, r, set1(0x1.5554b0p-3f));
  return fma(p, r, set1(0x1.fffffep-2f));
}

// e^x without its power of two
static inline Vec exp_mantissa(const Reduced& x) {
  const Vec p = exp_core(x.r), one = set1(1.0f);
  if constexpr (Vec::fused) return fma(fma(p, x.r, one), x.r, one);
  // Without fused products the rounding of r would cost the budget: here it enters through r^2 p alone.
  return x.exact + (p * x.r * x.r - x.n * set1(kLn2Low)) + one;
}

// e^x for -87.3 <= x <= 88: the power of two is a normal float.
static inline Vec exp_normal(Vec x) {
  const Reduced d = reduce_ln2(x);
  if constexpr (Vec::scales) return scale_pow2(exp_mantissa(d), d.n);
  return exp_mantissa(d) * pow2_shifted(d.shifted);
}

// e^x for x <= 88; results below 2^-126 may come out as 0. The constant is the first operand of max: a NaN passes.
static inline Vec exp_below(Vec x) { return exp_normal(max(set1(Vec::scales ? -104.0f : -0x1.601e68p6f), x)); }

static inline Vec exp(Vec x) {
  if constexpr (!Vec::scales) {
    if (all(ge(x, set1(-87.3f)) & le(x, set1(88.0f)))) return exp_normal(x);
  }
  const Reduced d = reduce_ln2(max(set1(-104.0f), min(set1(89.0f), x)));
  return scale_pow2(exp_mantissa(d), d.n);
}

// e^x - 1 without cancellation for -25 <= x <= 87: 2^n (e^r - 1) + (2^n - 1)
static inline Vec expm1_normal(Vec x) {
  const Reduced d = reduce_ln2(x);
  const Vec power = pow2_shifted(d.shifted), core = fma(exp_core(d.r) * d.r, d.r, d.r);
  return fma(power, core, power - set1(1.0f));
}

// e^x - 1 for x <= 0; below -25 it is -1.
static inline Vec expm1_negative(Vec x) { return expm1_normal(max(set1(-25.0f), x)); }

// log(1 + f) - f on [sqrt(1/2) - 1, sqrt(2) - 1]: -f^2 / 2 + f^3 (c0 + ... + c7 f^7); error relative to log 0.10.
static inline Vec log1p_core(Vec f) {
  Vec p = set1(-0x1.38c910p-4f);
  p = fma(p, f, set1(0x1.055e62p-3f));
  p = fma(p, f, set1(-0x1.0d8232p-3f));
  p = fma(p, f, set1(0x1.22d936p-3f));
  p = fma(p, f, set1(-0x1.54728cp-3f));
  p = fma(p, f, set1(0x1.99a01cp-3f));
  p = fma(p, f, set1(-0x1.000226p-2f));
  p = fma(p, f, set1(0x1.555554p-2f));
  const Vec square = f * f;
  return fma(set1(-0.5f), square, square * f * p);
}

// e ln 2 + log(1 + f)
static inline Vec log_join(Vec e, Vec f) { return fma(e, set1(kLn2High), f + fma(e, set1(kLn2Low), log1p_core(f))); }

// x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), for normal positive x
static inline Vec log_normal(Vec x, Vec exponent_shift) {
  const Vec m = mantissa(x);
  const Mask low = lt(m, set1(0x1.6a09e6p-1f));
  const Vec e = exponent(x) + exponent_shift - keep(low, set1(1.0f));
  return log_join(e, select(low, m + m, m) - set1(1.0f));
}

static inline Vec log(Vec x) {
  const Vec infinity = set1(__builtin_inff());
  if (all(ge(x, set1(0x1p-126f)) & lt(x, infinity))) return log_normal(x, zero());
  const Mask tiny = lt(x, set1(0x1p-126f));  // subnormal: scaled by 2^24
  Vec y = log_normal(select(tiny, x * set1(0x1p24f), x), keep(tiny, set1(-24.0f)));
  y = select(eq(x, zero()), -infinity, y);
  y = select(lt(x, zero()), set1(__builtin_nanf("")), y);
  return select(lt(x, infinity), y, x);  // infinity and NaN
}

// log(1 + x) for x in [0, 1], without rounding 1 + x: above sqrt(2) - 1, (1 + x) / 2 = 1 + (x - 1) / 2 exactly.
static inline Vec log1p_unit(Vec x) {
  const Mask high = gt(x, set1(0x1.a8279ap-2f));
  const Vec f = select(high, (x - set1(1.0f)) * set1(0.5f), x);
  return log_join(keep(high, set1(1.0f)), f);
}

// With a = |x|, m = e^2a - 1: tanh a = m / (m + 2); from 9.02 on the result rounds to 1. Below 0.5 the same as
// a + (m - 2a - a m) / (m + 2), where the roundings of m + 2 and of the division hardly count (1.5 against 2.3 ulp).
static inline Vec tanh(Vec x) {
  const Vec a = min(set1(9.5f), abs(x)), twice = a + a;
  const Vec m = expm1_normal(twice);
  const Mask small = lt(a, set1(0.5f));
  const Vec q = select(small, fnma(a, m, m - twice), m) / (m + set1(2.0f));
  return copysign(select(small, q + a, q), x);
}

// erf |x| = 1 - e^-L, L = -log(erfc |x|) = |x| + |x| (c0 + ... + c8 |x|^8), fitted on [0, 4] to a relative error of the
// result of 0.07; from 3.92 on the result rounds to 1.
static inline Vec erf(Vec x) {
  const Vec a = min(set1(4.0f), abs(x));
  Vec p = set1(-0x1.3afd74p-17f);
  p = fma(p, a, set1(0x1.f2858ep-14f));
  p = fma(p, a, set1(-0x1.4e27b4p-11f));
  p = fma(p, a, set1(0x1.b7439ap-10f));
  p = fma(p, a, set1(-0x1.6374c4p-13f));
  p = fma(p, a, set1(-0x1.39b7ccp-6f));
  p = fma(p, a, set1(0x1.a4f8c4p-4f));
  p = fma(p, a, set1(0x1.45f300p-1f));
  p = fma(p, a, set1(0x1.06eba8p-3f));
  return copysign(expm1_normal(-fma(p, a, a)), x);
}

// a Phi(-a) for a >= 0, Phi the normal distribution's cumulative function: what GELU takes away from max(x, 0).
// Phi(-a) = e^-M, M = c0 + ... + c8 a^8 fitted on [0, 7] to an error of 0.18 relative to Phi(a). Beyond 7 the product
// stays what it is at 7, 1e-11.
static inline Vec normal_tail(Vec a) {
  a = min(set1(7.0f), a);
  Vec m = set1(0x1.163ffcp-19f);
  m = fma(m, a, set1(-0x1.de406ep-16f));
  m = fma(m, a, set1(0x1.19fe82p-13f));
  m = fma(m, a, set1(0x1.5a994ap-14f));
  m = fma(m, a, set1(-0x1.3fe302p-8f));
  m = fma(m, a, set1(0x1.2a029ap-5f));
  m = fma(m, a, set1(0x1.45f0dap-2f));
  m = fma(m, a, set1(0x1.988464p-1f));
  m = fma(m, a, set1(0x1.62e430p-1f));
  return a * exp_normal(-m);
}

// 1 / (1 + e^-x). Below -88 it may come out as 0.
static inline Vec sigmoid(Vec x) {
  const Vec e = exp_normal(max(set1(Vec::scales ? -104.0f : -0x1.601e68p6f), min(set1(89.0f), -x)));
  return set1(1.0f) / (e + set1(1.0f));
}

// sigmoid(x) and, in `slope`, its derivative s (1 - s) without cancellation, through e^-|x|.
static inline Vec sigmoid_slope(Vec x, Vec& slope) {
  const Vec e = exp_below(-abs(x));
  const Vec r = reciprocal(e + set1(1.0f)), er = e * r;
  slope = er * r;
  return select(lt(x, zero()), er, r);
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
