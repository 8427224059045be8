// Vec of 8 floats in a ymm register: AVX2 and FMA. The surface is documented in vec_scalar.h.
#pragma once
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/isa/xmm.h"

namespace hebb {
namespace HEBB_ISA_NS {

using real = float;

struct Vec {
  static constexpr int W = 8;
  static constexpr bool fused = true;
  static constexpr bool scales = false;
  __m256 v;
};
struct Mask {  // all bits of a lane set, or none
  __m256 m;
};
struct IVec {
  __m256i v;
};

static inline Mask first_n(int n) {
  return {_mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)))};
}

// ---- memory
static inline Vec load(const real* p) { return {_mm256_loadu_ps(p)}; }
static inline void store(real* p, Vec a) { _mm256_storeu_ps(p, a.v); }
using Lanes = Mask;
static inline Lanes first_lanes(int n) { return first_n(n); }
static inline Vec load_n(const real* p, Lanes n) { return {_mm256_maskload_ps(p, _mm256_castps_si256(n.m))}; }
static inline void store_n(real* p, Vec a, Lanes n) { _mm256_maskstore_ps(p, _mm256_castps_si256(n.m), a.v); }
static inline Vec load_n(const real* p, int n) { return load_n(p, first_lanes(n)); }
static inline void store_n(real* p, Vec a, int n) { store_n(p, a, first_lanes(n)); }
// AMD's cores make some forty operations of a masked store (Zen 3: 5.8 ns, the pieces 1.6 to 2.5), and hand its lanes
// to no load that follows.
static inline void store_pieces(real* p, Vec a, int n) {
  if ((n & 8) != 0) return store(p, a);
  __m128 x = _mm256_castps256_ps128(a.v);
  if ((n & 4) != 0) {
    _mm_storeu_ps(p, x);
    p += 4;
    x = _mm256_extractf128_ps(a.v, 1);
  }
  if ((n & 2) != 0) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), x);
    p += 2;
    x = _mm_movehl_ps(x, x);
  }
  if ((n & 1) != 0) _mm_store_ss(p, x);
}
static inline Vec set1(real x) { return {_mm256_set1_ps(x)}; }
static inline Vec zero() { return {_mm256_setzero_ps()}; }
static inline Vec gather(const real* base, const int32_t* index) {
  return {_mm256_i32gather_ps(base, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(index)), 4)};
}
static inline Vec load_strided(const real* p, int64_t step) {
  return {_mm256_set_m128(load_four(p + 4 * step, step), load_four(p, step))};
}
static inline void store_strided(real* p, int64_t step, Vec a) {
  store_four(p, step, _mm256_castps256_ps128(a.v));
  store_four(p + 4 * step, step, _mm256_extractf128_ps(a.v, 1));
}
static inline Vec load_int32(const int32_t* p) {
  return {_mm256_cvtepi32_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}
static inline void gather_pairs(const real* base, const int32_t* index, Vec& x, Vec& y) {
  const __m256 a = _mm256_set_m128(load_two_pairs(base, index + 4), load_two_pairs(base, index));
  const __m256 b = _mm256_set_m128(load_two_pairs(base, index + 6), load_two_pairs(base, index + 2));
  x = {_mm256_shuffle_ps(a, b, 0x88)};
  y = {_mm256_shuffle_ps(a, b, 0xdd)};
}

// ---- arithmetic
static inline Vec operator+(Vec a, Vec b) { return {_mm256_add_ps(a.v, b.v)}; }
static inline Vec operator-(Vec a, Vec b) { return {_mm256_sub_ps(a.v, b.v)}; }
static inline Vec operator*(Vec a, Vec b) { return {_mm256_mul_ps(a.v, b.v)}; }
static inline Vec operator/(Vec a, Vec b) { return {_mm256_div_ps(a.v, b.v)}; }
static inline Vec operator-(Vec a) { return {_mm256_xor_ps(a.v, _mm256_set1_ps(-0.0f))}; }
static inline Vec fma(Vec a, Vec b, Vec c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
static inline void fma_into(Vec& sum, Vec a, Vec b) {  // see vec_avx512.h
  __asm__("vfmadd231ps %2, %1, %0" : "+x"(sum.v) : "x"(a.v), "x"(b.v));
}
static inline Vec fnma(Vec a, Vec b, Vec c) { return {_mm256_fnmadd_ps(a.v, b.v, c.v)}; }
static inline Vec min(Vec a, Vec b) { return {_mm256_min_ps(a.v, b.v)}; }
static inline Vec max(Vec a, Vec b) { return {_mm256_max_ps(a.v, b.v)}; }
static inline Vec abs(Vec a) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v)}; }
static inline Vec sqrt(Vec a) { return {_mm256_sqrt_ps(a.v)}; }
static inline Vec round(Vec a) { return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
static inline Vec copysign(Vec magnitude, Vec sign) {
  const __m256 bit = _mm256_set1_ps(-0.0f);
  return {_mm256_or_ps(_mm256_andnot_ps(bit, magnitude.v), _mm256_and_ps(bit, sign.v))};
}
// The instructions: on a Zen 3 they take less time than an estimate and the step or two that it needs.
static inline Vec reciprocal(Vec a) { return {_mm256_div_ps(_mm256_set1_ps(1.0f), a.v)}; }
static inline Vec fast_sqrt(Vec a) { return {_mm256_sqrt_ps(a.v)}; }

// ---- comparison and choice
static inline Mask lt(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
static inline Mask le(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }
static inline Mask gt(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_GT_OQ)}; }
static inline Mask ge(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_GE_OQ)}; }
static inline Mask eq(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ)}; }
static inline Mask is_nan(Vec a) { return {_mm256_cmp_ps(a.v, a.v, _CMP_UNORD_Q)}; }
static inline Mask operator&(Mask a, Mask b) { return {_mm256_and_ps(a.m, b.m)}; }
static inline Mask operator|(Mask a, Mask b) { return {_mm256_or_ps(a.m, b.m)}; }
static inline Vec select(Mask m, Vec yes, Vec no) {
  __asm__("" : "+x"(m.m));  // gcc, where it sees the comparison, makes a second mask of the signs of the first
  return {_mm256_blendv_ps(no.v, yes.v, m.m)};
}
static inline Vec keep(Mask m, Vec a) { return {_mm256_and_ps(m.m, a.v)}; }
static inline uint32_t bits(Mask m) { return uint32_t(_mm256_movemask_ps(m.m)); }
static inline bool any(Mask m) { return bits(m) != 0; }
static inline bool all(Mask m) { return bits(m) == 0xffu; }

// ---- exponent and mantissa
static inline Vec pow2(Vec n) {
  return {
      _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n.v), _mm256_set1_epi32(127)), 23))};
}
static constexpr float kShift = 0x1.8p23f + 127;
static inline Vec pow2_shifted(Vec s) { return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(s.v), 23))}; }
// Two factors, of which the first keeps the product normal: one rounding.
static inline Vec scale_pow2(Vec a, Vec n) {
  const Vec half = round(n * set1(0.5f));
  return a * pow2(half) * pow2(n - half);
}
static inline Vec mantissa(Vec x) {
  const __m256i u = _mm256_castps_si256(x.v);
  return {_mm256_castsi256_ps(
      _mm256_or_si256(_mm256_and_si256(u, _mm256_set1_epi32(0x007fffff)), _mm256_set1_epi32(0x3f000000)))};
}
static inline Vec exponent(Vec x) {
  return {
      _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_srli_epi32(_mm256_castps_si256(x.v), 23), _mm256_set1_epi32(126)))};
}

// ---- horizontal: halves are folded, 8 -> 4 -> 2 -> 1
static inline real reduce_add(Vec a) {
  __m128 c = _mm_add_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  c = _mm_add_ps(c, _mm_movehl_ps(c, c));
  return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}
static inline real reduce_max(Vec a) {
  __m128 c = _mm_max_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  c = _mm_max_ps(c, _mm_movehl_ps(c, c));
  return _mm_cvtss_f32(_mm_max_ss(c, _mm_movehdup_ps(c)));
}
static inline real reduce_min(Vec a) {
  __m128 c = _mm_min_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  c = _mm_min_ps(c, _mm_movehl_ps(c, c));
  return _mm_cvtss_f32(_mm_min_ss(c, _mm_movehdup_ps(c)));
}

struct Acc64 {
  __m256d lo, hi;
};
static inline __m256d low_f64(Vec a) { return _mm256_cvtps_pd(_mm256_castps256_ps128(a.v)); }
static inline __m256d high_f64(Vec a) { return _mm256_cvtps_pd(_mm256_extractf128_ps(a.v, 1)); }
static inline Acc64 acc_zero() { return {_mm256_setzero_pd(), _mm256_setzero_pd()}; }
static inline void acc_add(Acc64& acc, Vec a) {
  acc.lo = _mm256_add_pd(acc.lo, low_f64(a));
  acc.hi = _mm256_add_pd(acc.hi, high_f64(a));
}
static inline void acc_fma(Acc64& acc, Vec a, Vec b) {
  acc.lo = _mm256_fmadd_pd(low_f64(a), low_f64(b), acc.lo);
  acc.hi = _mm256_fmadd_pd(high_f64(a), high_f64(b), acc.hi);
}
static inline double acc_sum(const Acc64& acc) {
  const __m256d b = _mm256_add_pd(acc.lo, acc.hi);
  const __m128d c = _mm_add_pd(_mm256_castpd256_pd128(b), _mm256_extractf128_pd(b, 1));
  return _mm_cvtsd_f64(_mm_add_sd(c, _mm_unpackhi_pd(c, c)));
}
static inline Vec acc_round(const Acc64& acc) {
  return {_mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps(acc.lo)), _mm256_cvtpd_ps(acc.hi), 1)};
}

// ---- unsigned 32-bit lanes
static inline IVec iset1(uint32_t x) { return {_mm256_set1_epi32(int(x))}; }
static inline IVec iota(uint32_t first) {
  return {_mm256_add_epi32(_mm256_set1_epi32(int(first)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))};
}
static inline IVec operator+(IVec a, IVec b) { return {_mm256_add_epi32(a.v, b.v)}; }
static inline IVec operator*(IVec a, IVec b) { return {_mm256_mullo_epi32(a.v, b.v)}; }
static inline IVec operator^(IVec a, IVec b) { return {_mm256_xor_si256(a.v, b.v)}; }
static inline IVec xor3(IVec a, IVec b, IVec c) { return a ^ b ^ c; }
static inline Mask lt_signed(IVec a, IVec b) { return {_mm256_castsi256_ps(_mm256_cmpgt_epi32(b.v, a.v))}; }
template <int S>
static inline IVec shr(IVec a) {
  return {_mm256_srli_epi32(a.v, S)};
}
static inline Vec to_unit(IVec a) {
  return {_mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_srli_epi32(a.v, 8)), _mm256_set1_ps(5.9604644775390625e-8f))};
}

// ---- 8 x 8 transposition: pairs, then pairs of pairs, then halves
static inline void transpose(Vec (&x)[8]) {
  __m256 p[8], q[8];
  for (int i = 0; i < 4; ++i) {
    p[2 * i] = _mm256_unpacklo_ps(x[2 * i].v, x[2 * i + 1].v);
    p[2 * i + 1] = _mm256_unpackhi_ps(x[2 * i].v, x[2 * i + 1].v);
  }
  for (int i = 0; i < 8; i += 4) {
    q[i] = _mm256_shuffle_ps(p[i], p[i + 2], 0x44);
    q[i + 1] = _mm256_shuffle_ps(p[i], p[i + 2], 0xee);
    q[i + 2] = _mm256_shuffle_ps(p[i + 1], p[i + 3], 0x44);
    q[i + 3] = _mm256_shuffle_ps(p[i + 1], p[i + 3], 0xee);
  }
  for (int i = 0; i < 4; ++i) {
    x[i].v = _mm256_permute2f128_ps(q[i], q[i + 4], 0x20);
    x[i + 4].v = _mm256_permute2f128_ps(q[i], q[i + 4], 0x31);
  }
}

// ---- lane i: the sum of the lanes of x[i] for i < n, 0 above; as a tree of pairs. Each step adds two vectors of which
// each holds partial sums of both: 2 shuffles and an addition for a pair.
template <int n>
[[gnu::always_inline]] static inline Vec lane_sums(const Vec (&x)[n]) {
  static_assert(n <= 8);
  __m256 half[2];  // four sums, each still spread over the two halves
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    const auto at = [&](int j) { return j < n ? x[j < n ? j : 0].v : _mm256_setzero_ps(); };
    const auto pair = [&](int j) {
      return _mm256_add_ps(_mm256_unpacklo_ps(at(j), at(j + 1)), _mm256_unpackhi_ps(at(j), at(j + 1)));
    };
    if (i >= n) {
      half[i / 4] = _mm256_setzero_ps();
      continue;
    }
    const __m256 lo = pair(i), hi = i + 2 < n ? pair(i + 2) : _mm256_setzero_ps();
    half[i / 4] = _mm256_add_ps(_mm256_shuffle_ps(lo, hi, 0x44), _mm256_shuffle_ps(lo, hi, 0xee));
  }
  return {
      _mm256_add_ps(_mm256_permute2f128_ps(half[0], half[1], 0x20), _mm256_permute2f128_ps(half[0], half[1], 0x31))};
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
