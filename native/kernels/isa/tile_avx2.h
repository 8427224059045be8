// A step of a tile of 4 rows by 3 vectors in the 16 registers of AVX2: 12 sums, 3 vectors of B and an element of A,
// with no register to spare. What compilers make of intrinsics here loads vectors of B again, moves sums about and adds
// to a pointer at each step. A core that has nothing else to do hides that. One that another thread shares (SMT) does
// not: it issues about three instructions a cycle for each of them, two of them multiply-adds, and loads less than half
// as much as alone. 12 multiply-adds and 7 loads are a step, and everything else is lost time. Hence assembly.
#pragma once

// clang-format off
#define HEBB_TILE_ROW(r, a_at)                    \
  "vbroadcastss " a_at ", %%ymm15\n\t"            \
  "vfmadd231ps %%ymm12, %%ymm15, %[s" #r "0]\n\t" \
  "vfmadd231ps %%ymm13, %%ymm15, %[s" #r "1]\n\t" \
  "vfmadd231ps %%ymm14, %%ymm15, %[s" #r "2]\n\t"

// sums[r][v] += the element at a<r> times the v-th vector from b_at on, as text. The addresses are text too.
#define HEBB_TILE_TEXT_OF(b_at, a0, a1, a2, a3) \
  "vmovups " b_at ", %%ymm12\n\t"               \
  "vmovups 32+" b_at ", %%ymm13\n\t"            \
  "vmovups 64+" b_at ", %%ymm14\n\t"            \
  HEBB_TILE_ROW(0, a0) HEBB_TILE_ROW(1, a1) HEBB_TILE_ROW(2, a2) HEBB_TILE_ROW(3, a3)
// With macros among the arguments, which are spelt out first.
#define HEBB_TILE_TEXT(...) HEBB_TILE_TEXT_OF(__VA_ARGS__)

// The operands that it names, and what it overwrites beside them.
#define HEBB_TILE_SUMS(sums)                                                             \
  [s00] "+x"(sums[0][0].v), [s01] "+x"(sums[0][1].v), [s02] "+x"(sums[0][2].v),          \
  [s10] "+x"(sums[1][0].v), [s11] "+x"(sums[1][1].v), [s12] "+x"(sums[1][2].v),          \
  [s20] "+x"(sums[2][0].v), [s21] "+x"(sums[2][1].v), [s22] "+x"(sums[2][2].v),          \
  [s30] "+x"(sums[3][0].v), [s31] "+x"(sums[3][1].v), [s32] "+x"(sums[3][2].v)
#define HEBB_TILE_CLOBBERS "xmm12", "xmm13", "xmm14", "xmm15", "memory"
// clang-format on
