// The full tile of gemm.inl, 4 x 3, in the 16 registers of AVX2: 12 sums, 3 vectors of B and an element of A, with no
// register to spare. What compilers make of intrinsics here loads vectors of B again, moves sums about and adds to a
// pointer at each step. A core that has nothing else to do hides that. One that another thread shares (SMT) issues
// about three instructions a cycle for each of them, and two of those are multiply-adds: 12 of these and 7 loads are
// a step, and every instruction more is lost time. Hence assembly, and addresses that need none: four steps of B are
// b, b + g, b + 2 g and b + 3 g, and of A one direction is a constant, the other a register. Included by gemm.inl.

namespace hebb {
namespace HEBB_ISA_NS {

// clang-format off
#define HEBB_ROW(r, a_at)                         \
  "vbroadcastss " a_at ", %%ymm15\n\t"            \
  "vfmadd231ps %%ymm12, %%ymm15, %[s" #r "0]\n\t" \
  "vfmadd231ps %%ymm13, %%ymm15, %[s" #r "1]\n\t" \
  "vfmadd231ps %%ymm14, %%ymm15, %[s" #r "2]\n\t"
// acc += the elements of A at a0 to a3 times the three vectors of B at b_at.
#define HEBB_STEP(b_at, b_index, a0, a1, a2, a3, a_index, a_index3, offset)                                 \
  __asm__ volatile(                                                                                         \
      "vmovups " b_at ", %%ymm12\n\t"                                                                       \
      "vmovups 32+" b_at ", %%ymm13\n\t"                                                                    \
      "vmovups 64+" b_at ", %%ymm14\n\t"                                                                    \
      HEBB_ROW(0, a0) HEBB_ROW(1, a1) HEBB_ROW(2, a2) HEBB_ROW(3, a3)                                       \
      : [s00] "+x"(acc[0][0].v), [s01] "+x"(acc[0][1].v), [s02] "+x"(acc[0][2].v), [s10] "+x"(acc[1][0].v), \
        [s11] "+x"(acc[1][1].v), [s12] "+x"(acc[1][2].v), [s20] "+x"(acc[2][0].v), [s21] "+x"(acc[2][1].v), \
        [s22] "+x"(acc[2][2].v), [s30] "+x"(acc[3][0].v), [s31] "+x"(acc[3][1].v), [s32] "+x"(acc[3][2].v)  \
      : [a] "r"(a), [f] "r"(a_index), [f3] "r"(a_index3), [b] "r"(b), [g] "r"(b_index), [d] "i"(offset)     \
      : "xmm12", "xmm13", "xmm14", "xmm15", "memory")
// clang-format on
#define HEBB_ALONG "%c[d](%[a])", "%c[d](%[a],%[f])", "%c[d](%[a],%[f],2)", "%c[d](%[a],%[f3])"
#define HEBB_ACROSS(at) at, "4+" at, "8+" at, "12+" at
#define HEBB_EXPANDED(...) HEBB_STEP(__VA_ARGS__)

// The u-th of four steps. A's row r is r f bytes on and its step u 4 u bytes (`along`), or the other way round; B's
// step is g bytes.
template <bool along, int u>
static inline void gemm_step(Vec (&acc)[4][3], const char* a, int64_t f, int64_t f3, const char* b, int64_t g,
                             int64_t g3) {
  if constexpr (along) {
    if constexpr (u == 0) HEBB_EXPANDED("0(%[b])", g, HEBB_ALONG, f, f3, 0);
    if constexpr (u == 1) HEBB_EXPANDED("0(%[b],%[g])", g, HEBB_ALONG, f, f3, 4);
    if constexpr (u == 2) HEBB_EXPANDED("0(%[b],%[g],2)", g, HEBB_ALONG, f, f3, 8);
    if constexpr (u == 3) HEBB_EXPANDED("0(%[b],%[g])", g3, HEBB_ALONG, f, f3, 12);
  } else {
    if constexpr (u == 0) HEBB_EXPANDED("0(%[b])", g, HEBB_ACROSS("0(%[a])"), f, f3, 0);
    if constexpr (u == 1) HEBB_EXPANDED("0(%[b],%[g])", g, HEBB_ACROSS("0(%[a],%[f])"), f, f3, 0);
    if constexpr (u == 2) HEBB_EXPANDED("0(%[b],%[g],2)", g, HEBB_ACROSS("0(%[a],%[f],2)"), f, f3, 0);
    if constexpr (u == 3) HEBB_EXPANDED("0(%[b],%[g])", g3, HEBB_ACROSS("0(%[a],%[f3])"), f, f3, 0);
  }
}

#undef HEBB_EXPANDED
#undef HEBB_ACROSS
#undef HEBB_ALONG
#undef HEBB_STEP
#undef HEBB_ROW

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
