// The functions of math.inl in double precision, over libm.
namespace hebb {
namespace HEBB_ISA_NS {

static inline Vec exp(Vec x) { return {__builtin_exp(x.v)}; }
static inline Vec exp_below(Vec x) { return {__builtin_exp(x.v)}; }
static inline Vec expm1_negative(Vec x) { return {__builtin_expm1(x.v)}; }
static inline Vec log(Vec x) { return {__builtin_log(x.v)}; }
static inline Vec log1p_unit(Vec x) { return {__builtin_log1p(x.v)}; }
static inline Vec tanh(Vec x) { return {__builtin_tanh(x.v)}; }
static inline Vec erf(Vec x) { return {__builtin_erf(x.v)}; }
static inline Vec normal_tail(Vec a) {
  return {a.v > 40 ? 0.0 : 0.5 * a.v * __builtin_erfc(a.v * 0.70710678118654752440)};
}
static inline Vec sigmoid(Vec x) { return {1.0 / (1.0 + __builtin_exp(-x.v))}; }
static inline Vec sigmoid_slope(Vec x, Vec& slope) {
  const double e = __builtin_exp(-__builtin_fabs(x.v)), r = 1.0 / (1.0 + e);
  slope.v = e * r * r;
  return {(x.v < 0 ? e : 1.0) * r};
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
