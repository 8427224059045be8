// The full tile of gemm.inl, 4 x 3 (tile_avx2.h). Addresses cost no instructions: four steps of B are b, b + g, b + 2 g
// and b + 3 g, and of A one direction is a constant, the other a register. Included by gemm.inl.
#include "kernels/isa/tile_avx2.h"

namespace hebb {
namespace HEBB_ISA_NS {

#define HEBB_ALONG(at) at "(%[a])", at "(%[a],%[f])", at "(%[a],%[f],2)", at "(%[a],%[f3])"
#define HEBB_ACROSS(at) at, "4+" at, "8+" at, "12+" at
#define HEBB_OPERANDS(b_index) [a] "r"(a), [f] "r"(f), [f3] "r"(f3), [b] "r"(b), [g] "r"(b_index)

// The u-th of four steps. A's row r is r f bytes on and its step u 4 u bytes (`along`), or the other way round; B's
// step is g bytes.
template <bool along, int u>
static inline void gemm_step(Vec (&acc)[4][3], const char* a, int64_t f, int64_t f3, const char* b, int64_t g,
                             int64_t g3) {
  if constexpr (along) {
    if constexpr (u == 0) HEBB_TILE_STEP(acc, "0(%[b])", HEBB_ALONG("0"), HEBB_OPERANDS(g));
    if constexpr (u == 1) HEBB_TILE_STEP(acc, "0(%[b],%[g])", HEBB_ALONG("4"), HEBB_OPERANDS(g));
    if constexpr (u == 2) HEBB_TILE_STEP(acc, "0(%[b],%[g],2)", HEBB_ALONG("8"), HEBB_OPERANDS(g));
    if constexpr (u == 3) HEBB_TILE_STEP(acc, "0(%[b],%[g])", HEBB_ALONG("12"), HEBB_OPERANDS(g3));
  } else {
    if constexpr (u == 0) HEBB_TILE_STEP(acc, "0(%[b])", HEBB_ACROSS("0(%[a])"), HEBB_OPERANDS(g));
    if constexpr (u == 1) HEBB_TILE_STEP(acc, "0(%[b],%[g])", HEBB_ACROSS("0(%[a],%[f])"), HEBB_OPERANDS(g));
    if constexpr (u == 2) HEBB_TILE_STEP(acc, "0(%[b],%[g],2)", HEBB_ACROSS("0(%[a],%[f],2)"), HEBB_OPERANDS(g));
    if constexpr (u == 3) HEBB_TILE_STEP(acc, "0(%[b],%[g])", HEBB_ACROSS("0(%[a],%[f3])"), HEBB_OPERANDS(g3));
  }
}

#undef HEBB_OPERANDS
#undef HEBB_ACROSS
#undef HEBB_ALONG

template <bool along>
static inline void gemm_chain_4x3(Vec (&acc)[4][3], GemmTile& t) {
  const char* a = reinterpret_cast<const char*>(t.a);
  const char* b = reinterpret_cast<const char*>(t.b);
  const char* next_b = reinterpret_cast<const char*>(t.next_b);
  const int64_t f = 4 * (along ? t.a_row : t.a_k), f3 = 3 * f, g = 4 * t.b_k, g3 = 3 * g, next_step = 4 * t.next_b_step;
  int64_t k = t.depth;
  for (; k >= 4; k -= 4) {
    __builtin_prefetch(next_b, 0, 2);  // a line a turn; the same again and again when all is fetched
    next_b += next_step;
    gemm_step<along, 0>(acc, a, f, f3, b, g, g3);
    gemm_step<along, 1>(acc, a, f, f3, b, g, g3);
    gemm_step<along, 2>(acc, a, f, f3, b, g, g3);
    gemm_step<along, 3>(acc, a, f, f3, b, g, g3);
    a += along ? 16 : 4 * f, b += 4 * g;
  }
  for (; k > 0; --k) {
    gemm_step<along, 0>(acc, a, f, f3, b, g, g3);
    a += along ? 4 : f, b += g;
  }
  t.next_b = reinterpret_cast<const real*>(next_b);
  if (t.next_b >= t.next_b_end) t.next_b_lines = 0, t.next_b_step = 0;
}

static inline void gemm_chain(Vec (&acc)[4][3], GemmTile& t) {
  if (t.a_k == 1) {
    gemm_chain_4x3<true>(acc, t);
  } else {
    gemm_chain_4x3<false>(acc, t);
  }
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
