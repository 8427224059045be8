// The register tile of low_kernels.h for 512-bit vectors. The including file defines, in its ISA namespace,
//   Sum, sum_zero(), dot(sum, a, b), to_floats(sum, block, row, column)
// and convert_row. Register blocking as in gemm.inl: 8 rows x 3 vectors; a word of A is broadcast, so the loop has the
// shape of sgemm's and does `group` times its work.
#include "kernels/gemm_kernels.h"
#include "kernels/low_kernels.h"

namespace hebb {
namespace HEBB_ISA_NS {

static constexpr int kLowMr = 8, kLowNv = 3;

#define HEBB_LOW_LOOP \
  _Pragma("GCC unroll 8") for (int r = 0; r < R; ++r) _Pragma("GCC unroll 4") for (int v = 0; v < V; ++v)

template <int R, int V>
static void low_tile(const LowBlock& g, int64_t row, int64_t col, int tail) {
  Sum sum[R][V];
  HEBB_LOW_LOOP sum[r][v] = sum_zero();
  const uint32_t* a = g.a + row * g.words;
  const uint32_t* b = g.b + col * g.words;
  const int64_t a_row = g.words;
  for (int64_t k = 0; k < g.words; ++k) {
    __m512i y[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) y[v] = _mm512_loadu_si512(b + v * 16);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const __m512i x = _mm512_set1_epi32(int32_t(a[r * a_row]));
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[r][v] = dot(sum[r][v], x, y[v]);
    }
    a += 1, b += V * 16;
    __asm__ volatile("" : "+r"(a), "+r"(b) : : "memory");  // see gemm.inl
  }
  float* c = g.c + row * g.c_row + col;
  Vec bias[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    const int lanes = v == V - 1 ? tail : 16;
    bias[v] = g.bias == nullptr ? zero() : load_n(g.bias + col + v * 16, lanes);
  }
  HEBB_LOW_LOOP {
    Vec x = to_floats(sum[r][v], g, row + r, col + v * 16) + bias[v];
    if (g.relu) x = max(zero(), x);
    store_n(c + r * g.c_row + v * 16, x, v == V - 1 ? tail : 16);
  }
}

template <int V>
static void low_rows(const LowBlock& g, int rows, int64_t row, int64_t col, int tail) {
  switch (rows) {
    case 1: return low_tile<1, V>(g, row, col, tail);
    case 2: return low_tile<2, V>(g, row, col, tail);
    case 3: return low_tile<3, V>(g, row, col, tail);
    case 4: return low_tile<4, V>(g, row, col, tail);
    case 5: return low_tile<5, V>(g, row, col, tail);
    case 6: return low_tile<6, V>(g, row, col, tail);
    case 7: return low_tile<7, V>(g, row, col, tail);
    case 8: return low_tile<8, V>(g, row, col, tail);
  }
}

static void low_block(const LowBlock& g) {
  const int64_t all_vectors = gemm_vectors(g.columns, 16), tiles = (g.rows + kLowMr - 1) / kLowMr;
  const TileRows cut = tile_rows(g.rows, tiles);
  for (int64_t col = g.col0; col < g.col1;) {
    const int vectors = gemm_panel_vectors(all_vectors - col / 16, kLowNv), width = vectors * 16;
    const int columns = int(g.columns - col < width ? g.columns - col : width), tail = columns - (vectors - 1) * 16;
    for (int64_t i = g.tile0; i < g.tile1; ++i) {
      const int64_t row = tile_first(cut, i);
      const int rows = tile_height(cut, i);
      if (vectors == 1) {
        low_rows<1>(g, rows, row, col, tail);
      } else if (vectors == 2) {
        low_rows<2>(g, rows, row, col, tail);
      } else {
        low_rows<3>(g, rows, row, col, tail);
      }
      if (g.activation == nullptr) continue;
      for (int r = 0; r < rows; ++r) {
        float* c = g.c + (row + r) * g.c_row + col;
        g.activation->forward(columns, c, c, g.activation_alpha);
      }
    }
    col += width;
  }
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
