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

// max |x|, or NaN when an element is not finite: as integers, magnitudes are in order and what is not finite is
// largest.
static float largest(int64_t K, const float* x) {
  const __m512i magnitude = _mm512_set1_epi32(0x7fffffff);
  __m512i most[4] = {};
  int64_t k = 0;
  for (; k + 64 <= K; k += 64) {
    for (int i = 0; i < 4; ++i) {
      most[i] = _mm512_max_epi32(most[i], _mm512_and_si512(_mm512_loadu_si512(x + k + i * 16), magnitude));
    }
  }
  for (; k < K; k += 16) {
    const __m512i rest = _mm512_castps_si512(load_n(x + k, int(K - k < 16 ? K - k : 16)).v);
    most[0] = _mm512_max_epi32(most[0], _mm512_and_si512(rest, magnitude));
  }
  const __m512i all = _mm512_max_epi32(_mm512_max_epi32(most[0], most[1]), _mm512_max_epi32(most[2], most[3]));
  const int bits = _mm512_reduce_max_epi32(all);
  return bits >= 0x7f800000 ? __builtin_nanf("") : __builtin_bit_cast(float, bits);
}

static void convert_row(int64_t K, const float* x, uint32_t* words, float* scale) {
  const float most = largest(K, x);
  *scale = most / 127.0f;
  const Vec inverse = set1(most > 0 ? 127.0f / most : 0.0f);
  const auto rounded = [&](Vec v) { return _mm512_cvtps_epi32((v * inverse).v); };
  uint8_t* bytes = reinterpret_cast<uint8_t*>(words);
  // The packs work within 128 bits: `order` puts the groups of four bytes back.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i middle = _mm512_set1_epi8(char(128));
  int64_t k = 0;
  for (; k + 64 <= K; k += 64) {
    const __m512i ab = _mm512_packs_epi32(rounded(load(x + k)), rounded(load(x + k + 16)));
    const __m512i cd = _mm512_packs_epi32(rounded(load(x + k + 32)), rounded(load(x + k + 48)));
    const __m512i shifted = _mm512_xor_si512(_mm512_packs_epi16(ab, cd), middle);
    _mm512_storeu_si512(bytes + k, _mm512_permutexvar_epi32(order, shifted));
  }
  const int64_t padded = (K + 3) / 4 * 4;
  for (; k < padded; k += 16) {
    const int lanes = int(K - k < 16 ? K - k : 16), stored = int(padded - k < 16 ? padded - k : 16);
    const __m512i q = rounded(load_n(x + k, lanes));
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
