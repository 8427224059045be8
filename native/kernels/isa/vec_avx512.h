// Vec of 16 floats in a zmm register: AVX-512 F, BW, DQ, VL. The surface is documented in vec_scalar.h.
#pragma once
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/isa/xmm.h"

namespace hebb {
namespace HEBB_ISA_NS {

using real = float;

struct Vec {
  static constexpr int W = 16;
  static constexpr bool fused = true;
  static constexpr bool scales = true;
  __m512 v;
};
struct Mask {
  __mmask16 m;
};
struct IVec {
  __m512i v;
};

static inline Mask first_n(int n) { return {__mmask16(n >= 16 ? 0xffffu : (1u << (n < 0 ? 0 : n)) - 1u)}; }

// ---- memory
static inline Vec load(const real* p) { return {_mm512_loadu_ps(p)}; }
static inline void store(real* p, Vec a) { _mm512_storeu_ps(p, a.v); }
using Lanes = Mask;
static inline Lanes first_lanes(int n) { return first_n(n); }
static inline Vec load_n(const real* p, Lanes n) { return {_mm512_maskz_loadu_ps(n.m, p)}; }
static inline void store_n(real* p, Vec a, Lanes n) { _mm512_mask_storeu_ps(p, n.m, a.v); }
static inline Vec load_n(const real* p, int n) { return load_n(p, first_lanes(n)); }
static inline void store_n(real* p, Vec a, int n) { store_n(p, a, first_lanes(n)); }
static inline void store_pieces(real* p, Vec a, int n) { store_n(p, a, n); }
static inline Vec set1(real x) { return {_mm512_set1_ps(x)}; }
static inline Vec zero() { return {_mm512_setzero_ps()}; }
static inline Vec gather(const real* base, const int32_t* index) {
  return {_mm512_i32gather_ps(_mm512_loadu_si512(index), base, 4)};
}
static inline Vec load_strided(const real* p, int64_t step) {
  const __m512 low = _mm512_insertf32x4(_mm512_castps128_ps512(load_four(p, step)), load_four(p + 4 * step, step), 1);
  const __m512 three = _mm512_insertf32x4(low, load_four(p + 8 * step, step), 2);
  return {_mm512_insertf32x4(three, load_four(p + 12 * step, step), 3)};
}
static inline void store_strided(real* p, int64_t step, Vec a) {
  store_four(p, step, _mm512_castps512_ps128(a.v));
  store_four(p + 4 * step, step, _mm512_extractf32x4_ps(a.v, 1));
  store_four(p + 8 * step, step, _mm512_extractf32x4_ps(a.v, 2));
  store_four(p + 12 * step, step, _mm512_extractf32x4_ps(a.v, 3));
}
static inline Vec load_int32(const int32_t* p) { return {_mm512_cvtepi32_ps(_mm512_loadu_si512(p))}; }
// Pairs 0 1 4 5 8 9 12 13 of `index`
static inline __m512 load_eight_pairs(const real* base, const int32_t* index) {
  const __m256 low =
      _mm256_insertf128_ps(_mm256_castps128_ps256(load_two_pairs(base, index)), load_two_pairs(base, index + 4), 1);
  const __m256 high = _mm256_insertf128_ps(_mm256_castps128_ps256(load_two_pairs(base, index + 8)),
                                           load_two_pairs(base, index + 12), 1);
  return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}
static inline void gather_pairs(const real* base, const int32_t* index, Vec& x, Vec& y) {
  const __m512 a = load_eight_pairs(base, index), b = load_eight_pairs(base, index + 2);
  x = {_mm512_shuffle_ps(a, b, 0x88)};
  y = {_mm512_shuffle_ps(a, b, 0xdd)};
}

// ---- arithmetic
static inline Vec operator+(Vec a, Vec b) { return {_mm512_add_ps(a.v, b.v)}; }
static inline Vec operator-(Vec a, Vec b) { return {_mm512_sub_ps(a.v, b.v)}; }
static inline Vec operator*(Vec a, Vec b) { return {_mm512_mul_ps(a.v, b.v)}; }
static inline Vec operator/(Vec a, Vec b) { return {_mm512_div_ps(a.v, b.v)}; }
static inline Vec operator-(Vec a) { return {_mm512_xor_ps(a.v, _mm512_set1_ps(-0.0f))}; }
static inline Vec fma(Vec a, Vec b, Vec c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
// In assembly: compilers turn a chain of the intrinsic into forms that overwrite a factor and copy accumulators about,
// which cost 6 % of a product on Intel.
static inline void fma_into(Vec& sum, Vec a, Vec b) {
  __asm__("vfmadd231ps %2, %1, %0" : "+v"(sum.v) : "v"(a.v), "v"(b.v));
}
static inline Vec fnma(Vec a, Vec b, Vec c) { return {_mm512_fnmadd_ps(a.v, b.v, c.v)}; }
static inline Vec min(Vec a, Vec b) { return {_mm512_min_ps(a.v, b.v)}; }
static inline Vec max(Vec a, Vec b) { return {_mm512_max_ps(a.v, b.v)}; }
static inline Vec abs(Vec a) { return {_mm512_andnot_ps(_mm512_set1_ps(-0.0f), a.v)}; }
static inline Vec sqrt(Vec a) { return {_mm512_sqrt_ps(a.v)}; }
static inline Vec round(Vec a) { return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
static inline Vec copysign(Vec magnitude, Vec sign) {
  // 0xe4: bits of `sign` where the third operand is set, of `magnitude` elsewhere.
  return {_mm512_castsi512_ps(_mm512_ternarylogic_epi32(_mm512_castps_si512(sign.v), _mm512_castps_si512(magnitude.v),
                                                        _mm512_set1_epi32(int(0x80000000u)), 0xe4))};
}
// rcp14 (relative error 2^-14) and one Newton step.
static inline Vec reciprocal(Vec a) {
  const __m512 y = _mm512_rcp14_ps(a.v);
  return {_mm512_fmadd_ps(y, _mm512_fnmadd_ps(a.v, y, _mm512_set1_ps(1.0f)), y)};
}
// a rsqrt14(a) and a Newton step for the root. Kept from 1 / 0.
static inline Vec fast_sqrt(Vec a) {
  const __m512 y = _mm512_rsqrt14_ps(_mm512_max_ps(a.v, _mm512_set1_ps(1.17549435e-38f))), s = _mm512_mul_ps(a.v, y);
  return {_mm512_fmadd_ps(_mm512_mul_ps(_mm512_set1_ps(0.5f), y), _mm512_fnmadd_ps(s, s, a.v), s)};
}

// ---- comparison and choice
static inline Mask lt(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
static inline Mask le(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
static inline Mask gt(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ)}; }
static inline Mask ge(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_GE_OQ)}; }
static inline Mask eq(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
static inline Mask is_nan(Vec a) { return {_mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q)}; }
static inline Mask operator&(Mask a, Mask b) { return {__mmask16(a.m & b.m)}; }
static inline Mask operator|(Mask a, Mask b) { return {__mmask16(a.m | b.m)}; }
static inline Vec select(Mask m, Vec yes, Vec no) { return {_mm512_mask_blend_ps(m.m, no.v, yes.v)}; }
static inline Vec keep(Mask m, Vec a) { return {_mm512_maskz_mov_ps(m.m, a.v)}; }
// Not a plain conversion: of a mask that gcc 12 has spilled it may read the stack's next 16 bits too.
static inline uint32_t bits(Mask m) {
  uint32_t out;
  asm("kmovw %1, %0" : "=r"(out) : "k"(m.m));
  return out;
}
static inline bool any(Mask m) { return m.m != 0; }
static inline bool all(Mask m) { return m.m == 0xffffu; }

// ---- exponent and mantissa
static inline Vec pow2(Vec n) {
  return {
      _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n.v), _mm512_set1_epi32(127)), 23))};
}
static constexpr float kShift = 0x1.8p23f + 127;
static inline Vec pow2_shifted(Vec s) { return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(s.v), 23))}; }
static inline Vec scale_pow2(Vec a, Vec n) { return {_mm512_scalef_ps(a.v, n.v)}; }
static inline Vec mantissa(Vec x) {
  const __m512i u = _mm512_castps_si512(x.v);
  return {_mm512_castsi512_ps(
      _mm512_or_epi32(_mm512_and_epi32(u, _mm512_set1_epi32(0x007fffff)), _mm512_set1_epi32(0x3f000000)))};
}
static inline Vec exponent(Vec x) {
  return {
      _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_srli_epi32(_mm512_castps_si512(x.v), 23), _mm512_set1_epi32(126)))};
}

// ---- horizontal: halves are folded, 16 -> 8 -> 4 -> 2 -> 1
static inline __m256 upper_half(__m512 a) { return _mm512_extractf32x8_ps(a, 1); }
static inline real reduce_add(Vec a) {
  const __m256 b = _mm256_add_ps(_mm512_castps512_ps256(a.v), upper_half(a.v));
  __m128 c = _mm_add_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
  c = _mm_add_ps(c, _mm_movehl_ps(c, c));
  return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}
static inline real reduce_max(Vec a) {
  const __m256 b = _mm256_max_ps(_mm512_castps512_ps256(a.v), upper_half(a.v));
  __m128 c = _mm_max_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
  c = _mm_max_ps(c, _mm_movehl_ps(c, c));
  return _mm_cvtss_f32(_mm_max_ss(c, _mm_movehdup_ps(c)));
}
static inline real reduce_min(Vec a) {
  const __m256 b = _mm256_min_ps(_mm512_castps512_ps256(a.v), upper_half(a.v));
  __m128 c = _mm_min_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
  c = _mm_min_ps(c, _mm_movehl_ps(c, c));
  return _mm_cvtss_f32(_mm_min_ss(c, _mm_movehdup_ps(c)));
}

struct Acc64 {
  __m512d lo, hi;
};
static inline Acc64 acc_zero() { return {_mm512_setzero_pd(), _mm512_setzero_pd()}; }
static inline void acc_add(Acc64& acc, Vec a) {
  acc.lo = _mm512_add_pd(acc.lo, _mm512_cvtps_pd(_mm512_castps512_ps256(a.v)));
  acc.hi = _mm512_add_pd(acc.hi, _mm512_cvtps_pd(upper_half(a.v)));
}
static inline void acc_fma(Acc64& acc, Vec a, Vec b) {
  acc.lo = _mm512_fmadd_pd(_mm512_cvtps_pd(_mm512_castps512_ps256(a.v)), _mm512_cvtps_pd(_mm512_castps512_ps256(b.v)),
                           acc.lo);
  acc.hi = _mm512_fmadd_pd(_mm512_cvtps_pd(upper_half(a.v)), _mm512_cvtps_pd(upper_half(b.v)), acc.hi);
}
static inline double acc_sum(const Acc64& acc) {
  const __m512d a = _mm512_add_pd(acc.lo, acc.hi);
  const __m256d b = _mm256_add_pd(_mm512_castpd512_pd256(a), _mm512_extractf64x4_pd(a, 1));
  const __m128d c = _mm_add_pd(_mm256_castpd256_pd128(b), _mm256_extractf128_pd(b, 1));
  return _mm_cvtsd_f64(_mm_add_sd(c, _mm_unpackhi_pd(c, c)));
}
static inline Vec acc_round(const Acc64& acc) {
  return {_mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(acc.lo)), _mm512_cvtpd_ps(acc.hi), 1)};
}

// ---- unsigned 32-bit lanes
static inline IVec iset1(uint32_t x) { return {_mm512_set1_epi32(int(x))}; }
static inline IVec iota(uint32_t first) {
  return {_mm512_add_epi32(_mm512_set1_epi32(int(first)),
                           _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))};
}
static inline IVec operator+(IVec a, IVec b) { return {_mm512_add_epi32(a.v, b.v)}; }
static inline IVec operator*(IVec a, IVec b) { return {_mm512_mullo_epi32(a.v, b.v)}; }
static inline IVec operator^(IVec a, IVec b) { return {_mm512_xor_si512(a.v, b.v)}; }
static inline IVec xor3(IVec a, IVec b, IVec c) { return {_mm512_ternarylogic_epi32(a.v, b.v, c.v, 0x96)}; }
static inline Mask lt_signed(IVec a, IVec b) { return {_mm512_cmplt_epi32_mask(a.v, b.v)}; }
template <int S>
static inline IVec shr(IVec a) {
  return {_mm512_srli_epi32(a.v, S)};
}
static inline Vec to_unit(IVec a) {
  return {_mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_srli_epi32(a.v, 8)), _mm512_set1_ps(5.9604644775390625e-8f))};
}

// ---- 16 x 16 transposition: pairs, pairs of pairs, then the 128-bit quarters twice
static inline void transpose(Vec (&x)[16]) {
  __m512 p[16], q[16];
  for (int i = 0; i < 8; ++i) {
    p[2 * i] = _mm512_unpacklo_ps(x[2 * i].v, x[2 * i + 1].v);
    p[2 * i + 1] = _mm512_unpackhi_ps(x[2 * i].v, x[2 * i + 1].v);
  }
  // q[i + j]: column j of each quarter of rows i .. i + 3
  for (int i = 0; i < 16; i += 4) {
    q[i] = _mm512_shuffle_ps(p[i], p[i + 2], 0x44);
    q[i + 1] = _mm512_shuffle_ps(p[i], p[i + 2], 0xee);
    q[i + 2] = _mm512_shuffle_ps(p[i + 1], p[i + 3], 0x44);
    q[i + 3] = _mm512_shuffle_ps(p[i + 1], p[i + 3], 0xee);
  }
  for (int j = 0; j < 4; ++j) {
    const __m512 even_lo = _mm512_shuffle_f32x4(q[j], q[j + 4], 0x88),
                 odd_lo = _mm512_shuffle_f32x4(q[j], q[j + 4], 0xdd);
    const __m512 even_hi = _mm512_shuffle_f32x4(q[j + 8], q[j + 12], 0x88);
    const __m512 odd_hi = _mm512_shuffle_f32x4(q[j + 8], q[j + 12], 0xdd);
    x[j].v = _mm512_shuffle_f32x4(even_lo, even_hi, 0x88);
    x[j + 4].v = _mm512_shuffle_f32x4(odd_lo, odd_hi, 0x88);
    x[j + 8].v = _mm512_shuffle_f32x4(even_lo, even_hi, 0xdd);
    x[j + 12].v = _mm512_shuffle_f32x4(odd_lo, odd_hi, 0xdd);
  }
}

// ---- lane i: the sum of the lanes of x[i] for i < n, 0 above; as a tree of pairs. Each step adds two vectors of which
// each holds partial sums of both: 2 shuffles and an addition for a pair.
template <int n>
[[gnu::always_inline]] static inline Vec lane_sums(const Vec (&x)[n]) {
  static_assert(n <= 16);
  __m512 quarter[4];  // four sums, each still spread over the four quarters
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    const auto at = [&](int j) { return j < n ? x[j < n ? j : 0].v : _mm512_setzero_ps(); };
    const auto pair = [&](int j) {
      return _mm512_add_ps(_mm512_unpacklo_ps(at(j), at(j + 1)), _mm512_unpackhi_ps(at(j), at(j + 1)));
    };
    if (i >= n) {
      quarter[i / 4] = _mm512_setzero_ps();
      continue;
    }
    const __m512 lo = pair(i), hi = i + 2 < n ? pair(i + 2) : _mm512_setzero_ps();
    quarter[i / 4] = _mm512_add_ps(_mm512_shuffle_ps(lo, hi, 0x44), _mm512_shuffle_ps(lo, hi, 0xee));
  }
  const auto halves = [](__m512 p, __m512 q) {
    return _mm512_add_ps(_mm512_shuffle_f32x4(p, q, 0x88), _mm512_shuffle_f32x4(p, q, 0xdd));
  };
  const __m512 low = halves(quarter[0], quarter[1]);
  return {halves(low, n > 8 ? halves(quarter[2], quarter[3]) : _mm512_setzero_ps())};
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
