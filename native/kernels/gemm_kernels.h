// The per-ISA part of matrix multiplication: micro-kernels and packing. Threads and blocking live in core/gemm.h.
//
// Vocabulary. C is M x N, op(A) is M x K, op(B) is K x N.
//   vector   W lanes along N
//   panel    up to `nv` vectors of columns: a K x width slice of op(B), width = vectors * W, the k-th row after the
//            (k-1)-th, padded with zeros beyond N. A matrix in *panel layout* is its panels one after the other, so
//            the panel that starts at column j begins at element j * K, and rows [k0, k1) of a panel are contiguous.
//   tile     up to `mr` rows by one panel, held in registers
//
// Every element of C is one chain c = fma(a[k], b[k], c) over k = 0, 1, 2, ... that starts at beta * c + bias. It does
// not depend on how rows, columns or k are cut, so no blocking and no thread count can change a bit of the result.
#pragma once
#include "kernels/kernels.h"

namespace hebb {

// One block of work: tiles [tile0, tile1) of the rows [block_row0, block_row0 + block_rows) of C by the panels that
// start in [col0, col1), over k in [k0, k0 + depth). The rows are cut into tiles by tile_rows.
template <class T>
struct GemmBlock {
  int64_t columns;  // N of the whole product: fixes the panels
  int64_t block_row0, block_rows;
  int64_t tile0, tile1;
  int64_t col0, col1;  // both at panel bounds
  int64_t k0, depth;

  // `a` is at row block_row0 and k0: row i, k-th column at a[i * a_row + k * a_k], of which one is 1 where there are
  // several rows. With a_tiles it is a copy of this
  // block in tiles, a tile's rows side by side for each k: that whose rows begin at `first` lies at a + first * a_row,
  // and a_row is the depth.
  const T* a;
  int64_t a_row, a_k;
  bool a_tiles;

  // `b` is at element (0, 0). op(B)[k, j] = b[k * b_k + j * b_column]; panels: b_column = their K, b_k = 0. A matrix
  // that is not in panels must have b_column = 1 and whole vectors in [col0, col1).
  const T* b;
  int64_t b_column, b_k;
  T alpha;  // times the sum, for `dot` alone: `block` takes a B that is scaled already
  // What is needed after the last panel of this block, a hint: `later_rows` rows of `later_bytes`, later_step elements
  // apart. Tiles fetch it into L2, as they do each panel that follows.
  const T* later;
  int64_t later_rows, later_step, later_bytes;

  // `c` is at element (0, 0). Row-major: c_column = 1, c_row = ldc. Panels of M rows: c_column = M, c_row = 0. Padding
  // columns are never written.
  T* c;
  int64_t c_column, c_row;

  T beta;         // 0: c is not read
  const T* bias;  // [columns] or null
  // What follows is applied in this order to the finished sum. Other pointers have the layout of c.
  T* pre_activation;              // receives the sum; or null
  bool relu;                      // in registers
  const UnaryRow<T>* activation;  // any other activation, on each row of the tile while it is in L1; or null
  T activation_alpha;
  const T* relu_mask;             // c = mask > 0 ? c : 0, in registers; or null
  const UnaryRow<T>* derivative;  // c *= f'(derivative_x, derivative_y); or null
  T derivative_alpha;
  const T* derivative_x;
  const T* derivative_y;
  // Called for each tile of a C in panels, in L1: `count` elements from `offset` are final (padding columns included)
  // and lie at `values`.
  void (*tile_done)(const void* context, int64_t offset, int64_t count, const T* values);
  const void* tile_context;
  const T* tile_reads[3];  // arrays that tile_done reads at the same offset, or null: a hint
  bool passes;             // tile_done is the only reader of a C in panels, and beta is 0: C is not written
};

template <class T>
struct GemmKernels {
  int mr;  // rows of the largest tile
  int nv;  // vectors of the widest panel
  int w;   // lanes of a vector

  int narrow;    // a matrix of up to so many columns has no panels: it is kept transposed, N rows of K
  int dot_rows;  // up to so many rows, and for narrow results, `dot` is the faster one

  void (*block)(const GemmBlock<T>& block);
  // The same result where both operands run along k (a_k = 1, b_k = 1): all rows of the block by columns [col0, col1),
  // not bound to panels, of a row-major C, over the whole of k, times alpha. The sums over k have another
  // order than those of `block`: W partial sums each.
  void (*dot)(const GemmBlock<T>& block);

  // dst[k * width + j] = scale * src[k * row + j * column] for j < columns, 0 for columns <= j < width. One of row,
  // column is 1. dst is one panel.
  void (*pack_panel)(int64_t depth, int columns, int width, T scale, const T* src, int64_t row, int64_t column, T* dst);
  // dst[(t * depth + k) * rows + i] = src[t * rows + i + k * step] for t < tiles, i < rows: tiles of an A that lies
  // along its rows.
  void (*pack_tiles)(int64_t depth, int64_t tiles, int rows, const T* src, int64_t step, T* dst);
  // The other way of pack_panel: dst[k * row + j * column] = panel[k * width + j] for j < columns.
  void (*unpack_panel)(int64_t depth, int columns, int width, const T* panel, T* dst, int64_t row, int64_t column);
};

// ---- geometry of panels (from N alone) and of tiles; static so that no ISA's copy can be linked into another
static inline int64_t gemm_vectors(int64_t columns, int w) { return (columns + w - 1) / w; }

// Rows cut into tiles of even heights: the first `taller` have one row more than the `low` of the others.
struct TileRows {
  int64_t low, taller;
};
static inline TileRows tile_rows(int64_t rows, int64_t tiles) { return {rows / tiles, rows % tiles}; }
static inline int64_t tile_first(TileRows t, int64_t i) { return i * t.low + (i < t.taller ? i : t.taller); }
static inline int tile_height(TileRows t, int64_t i) { return int(t.low) + (i < t.taller ? 1 : 0); }

// Vectors of the panel that begins when `left` vectors remain: a lone vector is never left over while it can be shared
// with its neighbour (4 = 2 + 2 rather than 3 + 1), as a one-vector panel cannot hide the latency of the FMA.
static inline int gemm_panel_vectors(int64_t left, int nv) {
  if (left <= nv) return int(left);
  if (left == nv + 1 && nv > 2) return (nv + 2) / 2;
  return nv;
}

static inline int64_t gemm_panel_count(int64_t columns, int w, int nv) {
  return (gemm_vectors(columns, w) + nv - 1) / nv;
}

// First column of panel p; of p = count, the padded width.
static inline int64_t gemm_panel_column(int64_t columns, int w, int nv, int64_t p) {
  const int64_t vectors = gemm_vectors(columns, w), count = (vectors + nv - 1) / nv;
  if (p >= count) return vectors * w;
  if (p == count - 1 && p > 0 && vectors == (count - 1) * nv + 1 && nv > 2) {
    return (vectors - (nv + 1 - (nv + 2) / 2)) * w;
  }
  return p * nv * w;
}

}  // namespace hebb
