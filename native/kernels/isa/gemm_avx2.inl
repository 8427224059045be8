// The full tile of gemm.inl, 4 x 3 (tile_avx2.h). Addresses cost no instructions: four steps of B are b, b + g, b + 2 g
// and b + 3 g, and of A one direction is a constant, the other a register. The whole chain is one piece of assembly:
// between pieces compilers move the sums to other registers, which short chains (a small net's) do not forgive.
// Included by gemm.inl.
#include "kernels/isa/tile_avx2.h"

namespace hebb {
namespace HEBB_ISA_NS {

static_assert(offsetof(GemmTile, a) == 0 && offsetof(GemmTile, a_row) == 8 && offsetof(GemmTile, a_k) == 16);
static_assert(offsetof(GemmTile, b) == 24 && offsetof(GemmTile, b_k) == 32 && offsetof(GemmTile, next_b) == 40);
static_assert(offsetof(GemmTile, next_b_step) == 48 && offsetof(GemmTile, depth) == 56);

// rax = a, rdx = f, rsi = 3 f, rcx = b, rdi = g, r8 = 3 g, r9 = turns or steps left, r10 = next_b, r11 = its step. In
// bytes. A's row r is r f on and its step u 4 u (along k), or the other way round; B's step is g. A line of next_b is
// fetched every turn of four steps, the same again and again when all of it is.
// clang-format off
#define HEBB_ALONG(at) at "(%%rax)", at "(%%rax,%%rdx)", at "(%%rax,%%rdx,2)", at "(%%rax,%%rsi)"
#define HEBB_ACROSS(at) at, "4+" at, "8+" at, "12+" at
#define HEBB_B0 "0(%%rcx)"
#define HEBB_B1 "0(%%rcx,%%rdi)"
#define HEBB_B2 "0(%%rcx,%%rdi,2)"
#define HEBB_B3 "0(%%rcx,%%r8)"
#define HEBB_CHAIN(f_at, four_steps, a_four, a_one)                                                                  \
  __asm__ volatile(                                                                                                  \
      "movq (%[t]), %%rax\n\t"                                                                                       \
      "movq " f_at "(%[t]), %%rdx\n\t"                                                                               \
      "movq 24(%[t]), %%rcx\n\t"                                                                                     \
      "movq 32(%[t]), %%rdi\n\t"                                                                                     \
      "movq 56(%[t]), %%r9\n\t"                                                                                      \
      "shlq $2, %%rdx\n\t"                                                                                           \
      "shlq $2, %%rdi\n\t"                                                                                           \
      "leaq (%%rdx,%%rdx,2), %%rsi\n\t"                                                                              \
      "shrq $2, %%r9\n\t"                                                                                            \
      "je 2f\n\t"                                                                                                    \
      "movq 40(%[t]), %%r10\n\t"                                                                                     \
      "movq 48(%[t]), %%r11\n\t"                                                                                     \
      "leaq (%%rdi,%%rdi,2), %%r8\n\t"                                                                               \
      "shlq $2, %%r11\n"                                                                                             \
      "1:\n\t"                                                                                                       \
      "prefetcht1 (%%r10)\n\t"                                                                                       \
      "addq %%r11, %%r10\n\t"                                                                                        \
      four_steps                                                                                                     \
      "leaq " a_four ", %%rax\n\t"                                                                                   \
      "leaq (%%rcx,%%rdi,4), %%rcx\n\t"                                                                              \
      "decq %%r9\n\t"                                                                                                \
      "jne 1b\n\t"                                                                                                   \
      "movq %%r10, 40(%[t])\n"                                                                                       \
      "2:\n\t"                                                                                                       \
      "movq 56(%[t]), %%r9\n\t"                                                                                      \
      "andq $3, %%r9\n\t"                                                                                            \
      "je 4f\n"                                                                                                      \
      "3:\n\t"                                                                                                       \
      HEBB_FIRST_STEP                                                                                                \
      "leaq " a_one ", %%rax\n\t"                                                                                    \
      "addq %%rdi, %%rcx\n\t"                                                                                        \
      "decq %%r9\n\t"                                                                                                \
      "jne 3b\n"                                                                                                     \
      "4:"                                                                                                           \
      : HEBB_TILE_SUMS(acc)                                                                                          \
      : [t] "r"(&t)                                                                                                  \
      : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "cc", HEBB_TILE_CLOBBERS)

static inline void gemm_chain_along(Vec (&acc)[4][3], GemmTile& t) {
#define HEBB_FIRST_STEP HEBB_TILE_TEXT(HEBB_B0, HEBB_ALONG("0"))
  HEBB_CHAIN("8", HEBB_FIRST_STEP HEBB_TILE_TEXT(HEBB_B1, HEBB_ALONG("4")) HEBB_TILE_TEXT(HEBB_B2, HEBB_ALONG("8"))
             HEBB_TILE_TEXT(HEBB_B3, HEBB_ALONG("12")), "16(%%rax)", "4(%%rax)");
#undef HEBB_FIRST_STEP
}
static inline void gemm_chain_across(Vec (&acc)[4][3], GemmTile& t) {
#define HEBB_FIRST_STEP HEBB_TILE_TEXT(HEBB_B0, HEBB_ACROSS("0(%%rax)"))
  HEBB_CHAIN("16", HEBB_FIRST_STEP HEBB_TILE_TEXT(HEBB_B1, HEBB_ACROSS("0(%%rax,%%rdx)"))
             HEBB_TILE_TEXT(HEBB_B2, HEBB_ACROSS("0(%%rax,%%rdx,2)"))
             HEBB_TILE_TEXT(HEBB_B3, HEBB_ACROSS("0(%%rax,%%rsi)")), "(%%rax,%%rdx,4)", "(%%rax,%%rdx)");
#undef HEBB_FIRST_STEP
}
// clang-format on

#undef HEBB_CHAIN
#undef HEBB_B3
#undef HEBB_B2
#undef HEBB_B1
#undef HEBB_B0
#undef HEBB_ACROSS
#undef HEBB_ALONG

static inline void gemm_chain(Vec (&acc)[4][3], GemmTile& t) {
  if (t.a_k == 1) {
    gemm_chain_along(acc, t);
  } else {
    gemm_chain_across(acc, t);
  }
  if (t.next_b >= t.next_b_end) t.next_b_lines = 0, t.next_b_step = 0;
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
