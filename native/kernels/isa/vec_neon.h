// Vec of 4 floats in a q register: armv8-a NEON. The surface is documented in vec_scalar.h.
#pragma once
#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

namespace hebb {
namespace HEBB_ISA_NS {

using real = float;

struct Vec {
  static constexpr int W = 4;
  static constexpr bool fused = true;
  static constexpr bool scales = false;
  float32x4_t v;
};
struct Mask {  // all bits of a lane set, or none
  uint32x4_t m;
};
struct IVec {
  uint32x4_t v;
};

static inline IVec iota(uint32_t first) {
  const uint32_t lanes[4] = {0, 1, 2, 3};
  return {vaddq_u32(vdupq_n_u32(first), vld1q_u32(lanes))};
}
static inline Mask first_n(int n) { return {vcltq_u32(iota(0).v, vdupq_n_u32(uint32_t(n < 0 ? 0 : n)))}; }

// ---- memory
static inline Vec load(const real* p) { return {vld1q_f32(p)}; }
static inline void store(real* p, Vec a) { vst1q_f32(p, a.v); }
static inline Vec load_n(const real* p, int n) {
  if (n >= 4) return load(p);
  real lanes[4] = {0, 0, 0, 0};
  for (int i = 0; i < n; ++i) lanes[i] = p[i];
  return load(lanes);
}
static inline void store_n(real* p, Vec a, int n) {
  if (n >= 4) return store(p, a);
  real lanes[4];
  store(lanes, a);
  for (int i = 0; i < n; ++i) p[i] = lanes[i];
}
static inline void store_pieces(real* p, Vec a, int n) { store_n(p, a, n); }
using Lanes = int;
static inline Lanes first_lanes(int n) { return n; }
static inline Vec set1(real x) { return {vdupq_n_f32(x)}; }
static inline Vec zero() { return {vdupq_n_f32(0.0f)}; }
static inline Vec gather(const real* base, const int32_t* index) {
  const real lanes[4] = {base[index[0]], base[index[1]], base[index[2]], base[index[3]]};
  return load(lanes);
}
static inline Vec load_strided(const real* p, int64_t step) {
  const real lanes[4] = {p[0], p[step], p[2 * step], p[3 * step]};
  return load(lanes);
}
static inline void store_strided(real* p, int64_t step, Vec a) {
  vst1q_lane_f32(p, a.v, 0);
  vst1q_lane_f32(p + step, a.v, 1);
  vst1q_lane_f32(p + 2 * step, a.v, 2);
  vst1q_lane_f32(p + 3 * step, a.v, 3);
}
static inline Vec load_int32(const int32_t* p) { return {vcvtq_f32_s32(vld1q_s32(p))}; }
static inline void gather_pairs(const real* base, const int32_t* index, Vec& x, Vec& y) {
  const float32x4_t a = vcombine_f32(vld1_f32(base + index[0]), vld1_f32(base + index[1]));
  const float32x4_t b = vcombine_f32(vld1_f32(base + index[2]), vld1_f32(base + index[3]));
  x = {vuzp1q_f32(a, b)};
  y = {vuzp2q_f32(a, b)};
}

// ---- arithmetic
static inline Vec operator+(Vec a, Vec b) { return {vaddq_f32(a.v, b.v)}; }
static inline Vec operator-(Vec a, Vec b) { return {vsubq_f32(a.v, b.v)}; }
static inline Vec operator*(Vec a, Vec b) { return {vmulq_f32(a.v, b.v)}; }
static inline Vec operator/(Vec a, Vec b) { return {vdivq_f32(a.v, b.v)}; }
static inline Vec operator-(Vec a) { return {vnegq_f32(a.v)}; }
static inline Vec fma(Vec a, Vec b, Vec c) { return {vfmaq_f32(c.v, a.v, b.v)}; }
static inline void fma_into(Vec& sum, Vec a, Vec b) { sum.v = vfmaq_f32(sum.v, a.v, b.v); }
static inline Vec fnma(Vec a, Vec b, Vec c) { return {vfmsq_f32(c.v, a.v, b.v)}; }
// vminq and vmaxq would pass a NaN of either side on.
static inline Vec min(Vec a, Vec b) { return {vbslq_f32(vcltq_f32(a.v, b.v), a.v, b.v)}; }
static inline Vec max(Vec a, Vec b) { return {vbslq_f32(vcgtq_f32(a.v, b.v), a.v, b.v)}; }
static inline Vec abs(Vec a) { return {vabsq_f32(a.v)}; }
static inline Vec sqrt(Vec a) { return {vsqrtq_f32(a.v)}; }
static inline Vec round(Vec a) { return {vrndnq_f32(a.v)}; }
static inline Vec copysign(Vec magnitude, Vec sign) {
  return {vbslq_f32(vdupq_n_u32(0x80000000u), sign.v, magnitude.v)};
}
// vrecpe (8 bits) and two Newton steps, the second in the form y + y e, which rounds once.
static inline Vec reciprocal(Vec a) {
  float32x4_t y = vrecpeq_f32(a.v);
  y = vmulq_f32(y, vrecpsq_f32(a.v, y));
  return {vfmaq_f32(y, y, vfmsq_f32(vdupq_n_f32(1.0f), a.v, y))};
}
static inline Vec fast_sqrt(Vec a) { return sqrt(a); }

// ---- comparison and choice
static inline Mask lt(Vec a, Vec b) { return {vcltq_f32(a.v, b.v)}; }
static inline Mask le(Vec a, Vec b) { return {vcleq_f32(a.v, b.v)}; }
static inline Mask gt(Vec a, Vec b) { return {vcgtq_f32(a.v, b.v)}; }
static inline Mask ge(Vec a, Vec b) { return {vcgeq_f32(a.v, b.v)}; }
static inline Mask eq(Vec a, Vec b) { return {vceqq_f32(a.v, b.v)}; }
static inline Mask is_nan(Vec a) { return {vmvnq_u32(vceqq_f32(a.v, a.v))}; }
static inline Mask operator&(Mask a, Mask b) { return {vandq_u32(a.m, b.m)}; }
static inline Mask operator|(Mask a, Mask b) { return {vorrq_u32(a.m, b.m)}; }
static inline Vec select(Mask m, Vec yes, Vec no) { return {vbslq_f32(m.m, yes.v, no.v)}; }
static inline Vec keep(Mask m, Vec a) { return {vreinterpretq_f32_u32(vandq_u32(m.m, vreinterpretq_u32_f32(a.v)))}; }
static inline uint32_t bits(Mask m) {
  const uint32_t weights[4] = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(m.m, vld1q_u32(weights)));
}
static inline bool any(Mask m) { return vmaxvq_u32(m.m) != 0; }
static inline bool all(Mask m) { return vminvq_u32(m.m) != 0; }

// ---- exponent and mantissa
static inline Vec pow2(Vec n) {
  return {vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(n.v), vdupq_n_s32(127)), 23))};
}
static constexpr float kShift = 0x1.8p23f + 127;
static inline Vec pow2_shifted(Vec s) { return {vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(s.v), 23))}; }
// Two factors, of which the first keeps the product normal: one rounding.
static inline Vec scale_pow2(Vec a, Vec n) {
  const Vec half = round(n * set1(0.5f));
  return a * pow2(half) * pow2(n - half);
}
static inline Vec mantissa(Vec x) {
  const uint32x4_t u = vreinterpretq_u32_f32(x.v);
  return {vreinterpretq_f32_u32(vorrq_u32(vandq_u32(u, vdupq_n_u32(0x007fffffu)), vdupq_n_u32(0x3f000000u)))};
}
static inline Vec exponent(Vec x) {
  const int32x4_t e = vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_f32(x.v), 23));
  return {vcvtq_f32_s32(vsubq_s32(e, vdupq_n_s32(126)))};
}

// ---- horizontal: halves are folded, 4 -> 2 -> 1
static inline real reduce_add(Vec a) {
  const float32x2_t b = vadd_f32(vget_low_f32(a.v), vget_high_f32(a.v));
  return vget_lane_f32(b, 0) + vget_lane_f32(b, 1);
}
static inline real reduce_max(Vec a) { return vmaxvq_f32(a.v); }
static inline real reduce_min(Vec a) { return vminvq_f32(a.v); }

struct Acc64 {
  float64x2_t lo, hi;
};
static inline Acc64 acc_zero() { return {vdupq_n_f64(0.0), vdupq_n_f64(0.0)}; }
static inline void acc_add(Acc64& acc, Vec a) {
  acc.lo = vaddq_f64(acc.lo, vcvt_f64_f32(vget_low_f32(a.v)));
  acc.hi = vaddq_f64(acc.hi, vcvt_high_f64_f32(a.v));
}
static inline void acc_fma(Acc64& acc, Vec a, Vec b) {
  acc.lo = vfmaq_f64(acc.lo, vcvt_f64_f32(vget_low_f32(a.v)), vcvt_f64_f32(vget_low_f32(b.v)));
  acc.hi = vfmaq_f64(acc.hi, vcvt_high_f64_f32(a.v), vcvt_high_f64_f32(b.v));
}
static inline double acc_sum(const Acc64& acc) {
  const float64x2_t a = vaddq_f64(acc.lo, acc.hi);
  return vgetq_lane_f64(a, 0) + vgetq_lane_f64(a, 1);
}
static inline Vec acc_round(const Acc64& acc) { return {vcvt_high_f32_f64(vcvt_f32_f64(acc.lo), acc.hi)}; }

// ---- unsigned 32-bit lanes
static inline IVec iset1(uint32_t x) { return {vdupq_n_u32(x)}; }
static inline IVec operator+(IVec a, IVec b) { return {vaddq_u32(a.v, b.v)}; }
static inline IVec operator*(IVec a, IVec b) { return {vmulq_u32(a.v, b.v)}; }
static inline IVec operator^(IVec a, IVec b) { return {veorq_u32(a.v, b.v)}; }
static inline IVec xor3(IVec a, IVec b, IVec c) { return a ^ b ^ c; }
static inline Mask lt_signed(IVec a, IVec b) {
  return {vcltq_s32(vreinterpretq_s32_u32(a.v), vreinterpretq_s32_u32(b.v))};
}
template <int S>
static inline IVec shr(IVec a) {
  return {vshrq_n_u32(a.v, S)};
}
static inline Vec to_unit(IVec a) { return {vmulq_n_f32(vcvtq_f32_u32(vshrq_n_u32(a.v, 8)), 5.9604644775390625e-8f)}; }

// ---- 4 x 4 transposition
static inline void transpose(Vec (&x)[4]) {
  const float32x4x2_t lo = vtrnq_f32(x[0].v, x[1].v), hi = vtrnq_f32(x[2].v, x[3].v);
  x[0].v = vcombine_f32(vget_low_f32(lo.val[0]), vget_low_f32(hi.val[0]));
  x[1].v = vcombine_f32(vget_low_f32(lo.val[1]), vget_low_f32(hi.val[1]));
  x[2].v = vcombine_f32(vget_high_f32(lo.val[0]), vget_high_f32(hi.val[0]));
  x[3].v = vcombine_f32(vget_high_f32(lo.val[1]), vget_high_f32(hi.val[1]));
}

// ---- lane i: the sum of the lanes of x[i] for i < n, 0 above; as a tree of pairs
template <int n>
[[gnu::always_inline]] static inline Vec lane_sums(const Vec (&x)[n]) {
  static_assert(n <= 4);
  const auto at = [&](int j) { return j < n ? x[j < n ? j : 0].v : vdupq_n_f32(0); };
  return {vpaddq_f32(vpaddq_f32(at(0), at(1)), vpaddq_f32(at(2), at(3)))};
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
