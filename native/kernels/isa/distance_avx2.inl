// Dot products of 4 queries with a panel of candidates (tile_avx2.h). Included by distance.inl.
#include "kernels/isa/tile_avx2.h"

namespace hebb {
namespace HEBB_ISA_NS {
namespace {

#define HEBB_QUERIES(at) at "(%[q0],%[k],4)", at "(%[q1],%[k],4)", at "(%[q2],%[k],4)", at "(%[q3],%[k],4)"
#define HEBB_STEP(b_at, q_at)                                                                           \
  __asm__ volatile(HEBB_TILE_TEXT(b_at, HEBB_QUERIES(q_at))                                             \
                   : HEBB_TILE_SUMS(sums)                                                               \
                   : [q0] "r"(q0), [q1] "r"(q1), [q2] "r"(q2), [q3] "r"(q3), [k] "r"(k), [b] "r"(panel) \
                   : HEBB_TILE_CLOBBERS)

template <bool kManhattan>
requires(!kManhattan) static inline void distance_sums(int64_t dims, const float* const* queries, const float* panel,
                                                       Vec (&acc)[4][3]) {
  const float *q0 = queries[0], *q1 = queries[1], *q2 = queries[2], *q3 = queries[3];
  Vec sums[4][3];  // acc itself is in memory, as the filter picks rows of it
#pragma GCC unroll 12
  for (int i = 0; i < 12; ++i) sums[i / 3][i % 3] = acc[i / 3][i % 3];
  int64_t k = 0;
  for (; k + 4 <= dims; k += 4, panel += 4 * kDistPanel) {
    HEBB_STEP("0(%[b])", "0");
    HEBB_STEP("96(%[b])", "4");
    HEBB_STEP("192(%[b])", "8");
    HEBB_STEP("288(%[b])", "12");
  }
  for (; k < dims; ++k, panel += kDistPanel) HEBB_STEP("0(%[b])", "0");
#pragma GCC unroll 12
  for (int i = 0; i < 12; ++i) acc[i / 3][i % 3] = sums[i / 3][i % 3];
}

#undef HEBB_STEP
#undef HEBB_QUERIES

}  // namespace
}  // namespace HEBB_ISA_NS
}  // namespace hebb
