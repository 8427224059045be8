// How a matrix product is cut into blocks and given to threads. Internal to core/gemm.cc.
//
//   units      the tiles of C in the order (row blocks, panels, tiles); a thread's share is a run of them with an even
//              part of the vectors (the last panels may be narrower), cut into chunks that become smaller, each a few
//              whole panels with a part of one at either end
//   for row blocks of the chunk              A's rows x k_block: 8 times L2, read once a group, from L3 or memory
//     for k in steps of k_block              a panel of B of that depth takes up to 3/16 of L2
//       for groups of panels                 about as large as L2
//         for passes                         some tiles, whose rows of A take a quarter of L2
//           for panels: [copy the panel], for tiles: kernels
//
// So a pass reads A from L2 for every panel but the first, and fetches each panel before it is needed. B is copied a
// few panels at a time by whoever needs them, just before the first pass uses them: the copy stays in the core's own
// cache, the threads need no barrier, and it costs a quarter of a row tile (half when it transposes). A is read as it
// lies, but where it lies along its rows and is used often enough it is copied in tiles by all threads before they
// begin.
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

// Computes `product`, whose last block it uses up.
template <class T>
Status multiply(Lease& lease, const GemmKernels<T>& kernels, GemmProduct<T>& product);

template <class T>
class GemmLoops {
 public:
  GemmLoops(Lease& lease, const GemmKernels<T>& kernels, const GemmProduct<T>& product);
  Status run();

 private:
  void choose_blocking();
  void pack_tiles(int64_t row0, int64_t k0, int64_t k1);
  void run_blocks(int64_t block0, int64_t block1, int64_t k0, int64_t k1);
  int64_t chunk_begin(int64_t extent, int64_t chunks, int64_t c) const;
  void run_dot();
  // First column of a panel (gemm_panel_column, without its divisions).
  int64_t column(int64_t panel) const {
    return panel < panels_ - 1 ? panel * g_.nv * g_.w : panel == panels_ - 1 ? last_column_ : end_column_;
  }
  int64_t tiles_of(int64_t block) const;
  int64_t unit_at(int64_t weight) const;
  void chunk(int64_t first_unit, int64_t last_unit, int64_t k0, int64_t k1, T* scratch) const;
  void rows(int64_t row0, int64_t row1, int64_t first, int64_t last, int64_t k0, int64_t k1, T* scratch) const;
  void rectangle(GemmBlock<T>& block, int64_t tile0, int64_t tile1, int64_t panel0, int64_t panel1, T* scratch) const;
  void passes(const GemmBlock<T>& block, int64_t tile0) const;
  void copies(const GemmBlock<T>& block, int64_t panel0, int64_t panel1, T* scratch) const;
  void copy(const GemmBlock<T>& block, int64_t panel0, int64_t panel1, bool more, GemmBlock<T>& pass, T* to) const;

  Lease& lease_;
  const GemmKernels<T>& g_;
  const GemmProduct<T>& p_;
  int64_t panels_, last_column_, end_column_;
  int64_t k_block_, row_block_, chunks_;
  int64_t pass_tiles_;        // tiles of a pass
  int64_t group_;             // panels of a group
  int64_t copies_;            // the same where they are copied ...
  int64_t copies_at_once_;    // ... so many before the first pass uses them
  int64_t direct_panels_;     // so many of the first panels are read from B as it lies
  size_t scratch_;            // bytes a worker needs for its copies
  size_t tiles_bytes_;        // bytes of a copy of A in tiles, or 0: A is read as it lies
  const T* tiles_ = nullptr;  // that copy, of the block in work
};

}  // namespace hebb
