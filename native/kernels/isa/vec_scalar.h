// Vec of one lane: the reference every other ISA is held against. Defines HEBB_REAL = float, or double for the oracle.
// The surface that every vec_*.h offers is documented here.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifndef HEBB_REAL
#define HEBB_REAL float
#endif

namespace hebb {
namespace HEBB_ISA_NS {

using real = HEBB_REAL;

struct Vec {
  static constexpr int W = 1;            // lanes
  static constexpr bool fused = false;   // whether fma and fnma round once
  static constexpr bool scales = false;  // whether scale_pow2 is one cheap instruction
  real v;
};
struct Mask {  // one truth value a lane
  bool m;
};
struct IVec {  // 32-bit unsigned lanes, as many as Vec has
  uint32_t v;
};

// ---- memory: unaligned; the _n forms touch only the first n lanes (0 <= n <= W), other lanes load as 0
static inline Vec load(const real* p) { return {*p}; }
static inline void store(real* p, Vec a) { *p = a.v; }
static inline Vec load_n(const real* p, int n) { return {n > 0 ? *p : real(0)}; }
static inline void store_n(real* p, Vec a, int n) {
  if (n > 0) *p = a.v;
}
// store_n for tails that come with every few instructions: faster where masks are slow, but more code.
static inline void store_pieces(real* p, Vec a, int n) { store_n(p, a, n); }
// What load_n and store_n take, made once for many.
using Lanes = int;
static inline Lanes first_lanes(int n) { return n; }
static inline Vec set1(real x) { return {x}; }
static inline Vec zero() { return {real(0)}; }
static inline Vec gather(const real* base, const int32_t* index) { return {base[index[0]]}; }  // base[index[lane]]
static inline Vec load_strided(const real* p, int64_t) { return {*p}; }                        // p[lane * step]
static inline void store_strided(real* p, int64_t, Vec a) { *p = a.v; }                        // p[lane * step] = a
static inline Vec load_int32(const int32_t* p) { return {real(*p)}; }                          // converted
// Points of two coordinates: x[lane] = base[index[lane]], y[lane] = base[index[lane] + 1]
static inline void gather_pairs(const real* base, const int32_t* index, Vec& x, Vec& y) {
  x = {base[index[0]]};
  y = {base[index[0] + 1]};
}

// ---- arithmetic
static inline Vec operator+(Vec a, Vec b) { return {a.v + b.v}; }
static inline Vec operator-(Vec a, Vec b) { return {a.v - b.v}; }
static inline Vec operator*(Vec a, Vec b) { return {a.v * b.v}; }
static inline Vec operator/(Vec a, Vec b) { return {a.v / b.v}; }
static inline Vec operator-(Vec a) { return {-a.v}; }
static inline Vec fma(Vec a, Vec b, Vec c) { return {a.v * b.v + c.v}; }            // a * b + c
static inline void fma_into(Vec& sum, Vec a, Vec b) { sum.v = a.v * b.v + sum.v; }  // sum += a * b, in place
static inline Vec fnma(Vec a, Vec b, Vec c) { return {c.v - a.v * b.v}; }           // c - a * b
static inline Vec min(Vec a, Vec b) { return {a.v < b.v ? a.v : b.v}; }             // b when either is NaN
static inline Vec max(Vec a, Vec b) { return {a.v > b.v ? a.v : b.v}; }             // b when either is NaN
static inline Vec abs(Vec a) {
  return {sizeof(real) == 4 ? real(__builtin_fabsf(float(a.v))) : real(__builtin_fabs(double(a.v)))};
}
static inline Vec sqrt(Vec a) {
  return {sizeof(real) == 4 ? real(__builtin_sqrtf(float(a.v))) : real(__builtin_sqrt(double(a.v)))};
}
static inline Vec round(Vec a) {  // ties to even
  return {sizeof(real) == 4 ? real(__builtin_rintf(float(a.v))) : real(__builtin_rint(double(a.v)))};
}
static inline Vec copysign(Vec magnitude, Vec sign) {
  return {sizeof(real) == 4 ? real(__builtin_copysignf(float(magnitude.v), float(sign.v)))
                            : real(__builtin_copysign(double(magnitude.v), double(sign.v)))};
}
// Fast 1/x with a relative error of at most 4 ulp for normal x (no promise for 0, inf, NaN, subnormals).
static inline Vec reciprocal(Vec a) { return {real(1) / a.v}; }
// Fast square root with a relative error of at most 2 ulp for 0 and normal x (none promised for inf and subnormals).
static inline Vec fast_sqrt(Vec a) { return sqrt(a); }

// ---- comparison (false when either is NaN) and choice
static inline Mask lt(Vec a, Vec b) { return {a.v < b.v}; }
static inline Mask le(Vec a, Vec b) { return {a.v <= b.v}; }
static inline Mask gt(Vec a, Vec b) { return {a.v > b.v}; }
static inline Mask ge(Vec a, Vec b) { return {a.v >= b.v}; }
static inline Mask eq(Vec a, Vec b) { return {a.v == b.v}; }
static inline Mask is_nan(Vec a) { return {a.v != a.v}; }
static inline Mask operator&(Mask a, Mask b) { return {a.m && b.m}; }
static inline Mask operator|(Mask a, Mask b) { return {a.m || b.m}; }
static inline Vec select(Mask m, Vec yes, Vec no) { return m.m ? yes : no; }
static inline Vec keep(Mask m, Vec a) { return select(m, a, zero()); }  // a, 0 where the mask is not set
static inline uint32_t bits(Mask m) { return m.m ? 1u : 0u; }           // bit i = lane i
static inline bool any(Mask m) { return m.m; }
static inline bool all(Mask m) { return m.m; }
static inline Mask first_n(int n) { return {n > 0}; }  // lanes below n

// ---- exponent and mantissa (float lanes; the double oracle uses libm instead)
// 2^n for integral n in [-126, 127]
static inline Vec pow2(Vec n) {
  union {
    uint32_t u;
    float f;
  } c;
  c.u = uint32_t(int32_t(n.v) + 127) << 23;
  return {real(c.f)};
}
// 2^n from s = n + kShift, n in [-127, 127] (2^-127 comes out as 0): adding kShift rounds to an integer and leaves it,
// plus the exponent's bias, in the low bits.
static constexpr float kShift = 0x1.8p23f + 127;
static inline Vec pow2_shifted(Vec s) {
  union {
    uint32_t u;
    float f;
  } c;
  c.f = float(s.v);
  c.u <<= 23;
  return {real(c.f)};
}
// a * 2^n for integral n in [-252, 254], rounded once when a is normal and about 1; NaN stays NaN
static inline Vec scale_pow2(Vec a, Vec n) {
  const Vec half = round({n.v * real(0.5)});
  return a * pow2(half) * pow2(n - half);
}
// x = mantissa * 2^exponent with mantissa in [0.5, 1) for normal positive x
static inline Vec mantissa(Vec x) {
  union {
    uint32_t u;
    float f;
  } c;
  c.f = float(x.v);
  c.u = (c.u & 0x007fffffu) | 0x3f000000u;
  return {real(c.f)};
}
static inline Vec exponent(Vec x) {
  union {
    uint32_t u;
    float f;
  } c;
  c.f = float(x.v);
  return {real(int32_t(c.u >> 23) - 126)};
}

// ---- horizontal, in a fixed order for each ISA
static inline real reduce_add(Vec a) { return a.v; }
static inline real reduce_max(Vec a) { return a.v; }
static inline real reduce_min(Vec a) { return a.v; }

// float64 accumulator over lanes
struct Acc64 {
  double s;
};
static inline Acc64 acc_zero() { return {0.0}; }
static inline void acc_add(Acc64& acc, Vec a) { acc.s += double(a.v); }                       // += a
static inline void acc_fma(Acc64& acc, Vec a, Vec b) { acc.s += double(a.v) * double(b.v); }  // += a * b, in float64
static inline double acc_sum(const Acc64& acc) { return acc.s; }
static inline Vec acc_round(const Acc64& acc) { return {real(acc.s)}; }  // lane by lane

// ---- unsigned 32-bit lanes (hashing)
static inline IVec iset1(uint32_t x) { return {x}; }
static inline IVec iota(uint32_t first) { return {first}; }  // first, first + 1, ...
static inline IVec operator+(IVec a, IVec b) { return {a.v + b.v}; }
static inline IVec operator*(IVec a, IVec b) { return {a.v * b.v}; }
static inline IVec operator^(IVec a, IVec b) { return {a.v ^ b.v}; }
static inline IVec xor3(IVec a, IVec b, IVec c) { return {a.v ^ b.v ^ c.v}; }
static inline Mask lt_signed(IVec a, IVec b) { return {int32_t(a.v) < int32_t(b.v)}; }
template <int S>
static inline IVec shr(IVec a) {
  return {a.v >> S};
}
// (a >> 8) * 2^-24, in [0, 1)
static inline Vec to_unit(IVec a) { return {real(a.v >> 8) * real(5.9604644775390625e-8)}; }

// ---- a square of W vectors, its rows turned into columns
static inline void transpose(Vec (&)[1]) {}

// ---- the sum of the only lane of x[0]
[[gnu::always_inline]] static inline Vec lane_sums(const Vec (&x)[1]) { return x[0]; }

}  // namespace HEBB_ISA_NS
}  // namespace hebb
