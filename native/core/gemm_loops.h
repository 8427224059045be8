// How a matrix product is cut into blocks and given to threads. Internal to core/gemm.cc.
//
//   units      the tiles of C in the order (rows of row_block, panels, tiles); a chunk is a run of units of an even
//              share of the vectors (the last panels may be narrower), so any number of threads gets even shares, each
//              a few whole panels with a part of one at either end
//   for row blocks of the chunk             A's rows x k_block fill at most half of L2
//     for k in steps of k_block             a panel of B of that depth takes an eighth of L2
//       [pack A's rows]
//       for panels: [pack the panel], for tiles: kernels
//
// B is packed a panel at a time by whoever needs it, just before it is used: the copy stays in the core's own cache,
// the threads need no barrier, and it costs a quarter of a row tile (half when it transposes).
#pragma once
#include "core/gemm.h"
#include "kernels/gemm_kernels.h"

namespace hebb {

inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline int64_t round_up(int64_t a, int64_t b) { return ceil_div(a, b) * b; }

// A product, described by strides: op(A)[i, k] = a[i * a_row + k * a_k], op(B)[k, j] = b[k * b_k + j * b_column], or
// panels with b_k = 0 and b_column = K.
template <class T>
struct GemmProduct {
  int64_t M, N, K;
  T alpha;
  const T* a;
  int64_t a_row, a_k;
  const T* b;
  int64_t b_k, b_column;
  T* column_sums;  // see PanelEpilogue
  T column_beta;
  GemmBlock<T> last;  // c and its strides, beta, bias and the epilogue; the rest is filled in per block
};

template <class T>
class GemmLoops {
 public:
  GemmLoops(Lease& lease, const GemmKernels<T>& kernels, const GemmProduct<T>& product);
  Status run();

 private:
  void choose_blocking();
  bool suits_dot() const;
  void run_dot();
  int64_t column(int64_t panel) const { return gemm_panel_column(p_.N, g_.w, g_.nv, panel); }
  int64_t tiles_of(int64_t block) const;
  int64_t unit_at(int64_t weight) const;
  void chunk(int64_t first_unit, int64_t last_unit, T* scratch) const;
  void rows(int64_t row0, int64_t row1, int64_t first, int64_t last, T* scratch) const;
  void rectangle(GemmBlock<T>& block, int64_t tile0, int64_t tile1, int64_t panel0, int64_t panel1) const;
  void columns(GemmBlock<T>& block) const;

  Lease& lease_;
  const GemmKernels<T>& g_;
  const GemmProduct<T>& p_;
  int64_t panels_, k_block_, row_block_, chunks_;
  int64_t direct_end_;  // columns below it are read from B as it lies: a panel bound
  size_t scratch_;      // bytes a worker needs to copy a panel
};

}  // namespace hebb
