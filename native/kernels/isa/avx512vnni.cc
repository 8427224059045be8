// Products of bytes, four a lane: AVX-512 with vpdpbusd (unsigned activations, signed weights, no saturation on the
// way). Only reached through low_kernels() on CPUs that have it.
#define HEBB_ISA_NS avx512vnni
#include "kernels/isa/vec_avx512.h"
#include "kernels/low_kernels.h"

namespace hebb {
namespace HEBB_ISA_NS {

struct Sum {
  __m512i v;
};
static inline Sum sum_zero() { return {_mm512_setzero_si512()}; }
// Not _mm512_dpbusd_epi32: gcc 12 copies its accumulator through other registers and memory, at half the speed.
static inline Sum dot(Sum sum, __m512i a, __m512i b) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sum.v) : "v"(a), "v"(b));
  return sum;
}

static inline Vec to_floats(Sum sum, const LowBlock& g, int64_t row, int64_t column) {
  const __m512i exact = _mm512_sub_epi32(sum.v, _mm512_loadu_si512(g.column_offset + column));
  return Vec{_mm512_cvtepi32_ps(exact)} * (set1(g.row_scale[row]) * load(g.column_scale + column));
}

static void convert_row(int64_t K, const float* x, uint32_t* words, float* scale) {
  Vec largest = zero(), poison = zero();  // poison: 0, or NaN when an element is not finite
  for (int64_t k = 0; k < K; k += 16) {
    const Vec v = load_n(x + k, int(K - k < 16 ? K - k : 16));
    largest = max(abs(v), largest);
    poison = fma(v, zero(), poison);
  }
  const float most = reduce_max(largest), bad = reduce_add(poison);
  *scale = most / 127.0f + bad;
  const Vec inverse = set1(most > 0 ? 127.0f / most : 0.0f);
  uint8_t* bytes = reinterpret_cast<uint8_t*>(words);
  const int64_t padded = (K + 3) / 4 * 4;
  for (int64_t k = 0; k < padded; k += 16) {
    const int lanes = int(K - k < 16 ? K - k : 16), stored = int(padded - k < 16 ? padded - k : 16);
    const __m512i q = _mm512_cvtps_epi32((load_n(x + k, lanes) * inverse).v);
    const __m512i shifted = _mm512_maskz_add_epi32(first_n(lanes).m, q, _mm512_set1_epi32(128));
    _mm512_mask_cvtepi32_storeu_epi8(bytes + k, first_n(stored).m, shifted);
  }
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb

#include "kernels/low.inl"

namespace hebb {
namespace HEBB_ISA_NS {

extern const LowKernels table;
constinit const LowKernels table = {
    .isa = "avx512vnni",
    .precision = Precision::int8,
    .mr = kLowMr,
    .nv = kLowNv,
    .w = 16,
    .group = 4,
    .convert_row = &convert_row,
    .block = &low_block,
};

}  // namespace HEBB_ISA_NS
}  // namespace hebb
