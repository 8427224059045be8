// Four lanes in an xmm register, of which the vectors of AVX2 and AVX-512 are put together.
#pragma once
#include <immintrin.h>
#include <stdint.h>

namespace hebb {
namespace HEBB_ISA_NS {

// Two pairs. Loads and shuffles beat the gather instructions where these are microcoded (AMD).
static inline __m128 load_two_pairs(const float* base, const int32_t* index) {
  const __m128 low = _mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(base + index[0])));
  return _mm_loadh_pi(low, reinterpret_cast<const __m64*>(base + index[1]));
}

static inline __m128 load_four(const float* p, int64_t step) {
  return _mm_setr_ps(p[0], p[step], p[2 * step], p[3 * step]);
}
static inline void store_four(float* p, int64_t step, __m128 x) {
  p[0] = x[0];
  p[step] = x[1];
  p[2 * step] = x[2];
  p[3 * step] = x[3];
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
