// Products of bf16 pairs: AVX-512 with vdpbf16ps. Only reached through low_kernels() on CPUs that have it.
#define HEBB_ISA_NS avx512bf16
#include "kernels/isa/vec_avx512.h"

namespace hebb {
namespace HEBB_ISA_NS {

struct Sum {
  __m512 v;
};
static inline Sum sum_zero() { return {_mm512_setzero_ps()}; }
static inline Sum dot(Sum sum, __m512i a, __m512i b) {
#ifdef __clang__  // clang 17 crashes on the intrinsic with a broadcast operand
  __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum.v) : "v"(a), "v"(b));
  return sum;
#else
  return {_mm512_dpbf16_ps(sum.v, (__m512bh)a, (__m512bh)b)};
#endif
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb

#include "kernels/low_kernels.h"

namespace hebb {
namespace HEBB_ISA_NS {

static inline Vec to_floats(Sum sum, const LowBlock&, int64_t, int64_t) { return {sum.v}; }

static void convert_row(int64_t K, const float* x, uint32_t* words, float*) {
  for (int64_t k = 0; k < K; k += 32) {
    const int lanes = int(K - k < 32 ? K - k : 32), pairs = (lanes + 1) / 2;
    const Vec lo = load_n(x + k, lanes < 16 ? lanes : 16), hi = lanes > 16 ? load_n(x + k + 16, lanes - 16) : zero();
    const __m512i both = (__m512i)_mm512_cvtne2ps_pbh(hi.v, lo.v);
    _mm512_mask_storeu_epi32(words + k / 2, first_n(pairs).m, both);
  }
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb

#include "kernels/low.inl"

namespace hebb {
namespace HEBB_ISA_NS {

extern const LowKernels table;
constinit const LowKernels table = {
    .isa = "avx512bf16",
    .precision = Precision::bf16,
    .mr = kLowMr,
    .nv = kLowNv,
    .w = 16,
    .group = 2,
    .convert_row = &convert_row,
    .block = &low_block,
};

}  // namespace HEBB_ISA_NS
}  // namespace hebb
