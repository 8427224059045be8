// Products whose operands both run along k: C[i, j] = sum over k of a[i, k] * bt[j, k]. For results so narrow that a
// tile along N would leave lanes empty, and for so few rows that turning B into panels would cost more than the
// product.
//
// A tile is R rows by Q columns of accumulators, W partial sums each: per vector of k R + Q loads and R * Q FMAs (2 x
// 12: 24 FMAs for 14 loads). The W sums of each of Q accumulators are then added up by a tree of pairs, which
// leaves the Q results in the lanes of one vector. Included by gemm.inl.

namespace hebb {
namespace HEBB_ISA_NS {

static constexpr int kDotColumns = Vec::W == 16 ? 12 : Vec::W == 8 ? 6 : Vec::W;

template <int R, int Q>
static inline void gemm_dot_step(Vec (&acc)[R][Q], const Vec (&a)[R], const real* b, int64_t b_column, int lanes) {
#pragma GCC unroll 16
  for (int q = 0; q < Q; ++q) {
    const Vec y = lanes == Vec::W ? load(b + q * b_column) : load_n(b + q * b_column, lanes);
    __asm__ volatile("" : : : "memory");  // one load for both rows, not an operand of each FMA
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) fma_into(acc[r][q], a[r], y);
  }
}

// What follows the sums of a row of up to W columns. Most often it is the bias alone.
static inline bool gemm_dot_plain(const GemmBlock<real>& g) {
  return g.beta == real(0) && !g.relu && g.pre_activation == nullptr && g.relu_mask == nullptr && !gemm_has_epilogue(g);
}
[[gnu::noinline]] static void gemm_dot_finish(const GemmBlock<real>& g, int64_t offset, int64_t col, int columns,
                                              Vec sums) {
  const Lanes lanes = first_lanes(columns);
  GemmTile t{};
  t.tail = columns;
  t.beta = g.beta;
  t.relu = g.relu;
  t.c_row = g.c_row;
  t.c = g.c + offset;
  t.bias = g.bias == nullptr ? nullptr : g.bias + col;
  t.pre = g.pre_activation == nullptr ? nullptr : g.pre_activation + offset;
  t.mask = g.relu_mask == nullptr ? nullptr : g.relu_mask + offset;
  Vec c[1][1];
  gemm_start<1, 1>(c, t, lanes);
  c[0][0] = fma(set1(g.alpha), sums, c[0][0]);
  gemm_finish<1, 1>(c, t, lanes);
  if (gemm_has_epilogue(g)) gemm_tile_epilogue(g, t, offset, 1, columns);
}

// Rows [row, row + R) of the block by columns [col, col + Q).
template <int R, int Q>
static void gemm_dot_tile(const GemmBlock<real>& g, int64_t row, int64_t col) {
  const int64_t depth = g.depth, a_row = g.a_row, b_column = g.b_column;
  const real* a = g.a + row * a_row;
  const real* b = g.b + col * b_column;
  Vec acc[R][Q], x[R];
#pragma GCC unroll 2
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (int q = 0; q < Q; ++q) acc[r][q] = zero();
  }
  int64_t k = 0;
  for (; k + Vec::W <= depth; k += Vec::W) {
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) x[r] = load(a + r * a_row + k);
    gemm_dot_step<R, Q>(acc, x, b + k, b_column, Vec::W);
  }
  if (k < depth) {
    const int lanes = int(depth - k);
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) x[r] = load_n(a + r * a_row + k, lanes);
    gemm_dot_step<R, Q>(acc, x, b + k, b_column, lanes);
  }
  int64_t offset = (g.block_row0 + row) * g.c_row + col;
  const bool plain = gemm_dot_plain(g);
  const Vec bias = plain && g.bias != nullptr ? load_n(g.bias + col, Q) : zero(), alpha = set1(g.alpha);
#pragma GCC unroll 2
  for (int r = 0; r < R; ++r, offset += g.c_row) {
    const Vec sums = lane_sums(acc[r]);
    if (plain) {
      store_pieces(g.c + offset, fma(alpha, sums, bias), Q);
    } else {
      gemm_dot_finish(g, offset, col, Q, sums);
    }
  }
}

template <int R>
static void gemm_dot_columns(int columns, const GemmBlock<real>& g, int64_t row, int64_t col) {
#define HEBB_DOT(Q)                                                          \
  case Q:                                                                    \
    if constexpr (Q <= kDotColumns) return gemm_dot_tile<R, Q>(g, row, col); \
    break;
  switch (columns) {
    HEBB_DOT(1)
    HEBB_DOT(2)
    HEBB_DOT(3)
    HEBB_DOT(4)
    HEBB_DOT(5)
    HEBB_DOT(6)
    HEBB_DOT(7)
    HEBB_DOT(8)
    HEBB_DOT(9)
    HEBB_DOT(10)
    HEBB_DOT(11)
    HEBB_DOT(12)
  }
#undef HEBB_DOT
}

static void gemm_dot(const GemmBlock<real>& g) {
  const int64_t width = g.col1 - g.col0, groups = (width + kDotColumns - 1) / kDotColumns;
  for (int64_t i = 0; i < groups; ++i) {
    const int64_t col = g.col0 + width * i / groups, next = g.col0 + width * (i + 1) / groups;
    int64_t row = 0;
    for (; row + 2 <= g.block_rows; row += 2) gemm_dot_columns<2>(int(next - col), g, row, col);
    if (row < g.block_rows) gemm_dot_columns<1>(int(next - col), g, row, col);
  }
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
