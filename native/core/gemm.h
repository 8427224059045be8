// C = act(alpha * op(A) * op(B) + beta * C + bias), threaded over a lease.
//
// Each element is one chain of fused multiply-adds over k in order (gemm_kernels.h), so the bits are the same for any
// number of threads and any blocking, whether an operand was packed beforehand or not, and a row of the result does not
// depend on the other rows of the batch. Narrow results (N up to 12) and, with B transposed and not in panels, up to 8
// rows are summed in another order: fixed as well, by the shape alone.
//
// Shapes: op(A) is M x K, op(B) is K x N, C is M x N; a transposed operand is stored the other way round. lda, ldb, ldc
// are the row strides of what is stored. Neither A nor B may overlap C. K = 0 (or alpha = 0) gives act(beta * C +
// bias); beta = 0 never reads C. A call fails only when scratch memory (the lease's) cannot be had.
#pragma once
#include <cstdint>

#include "core/status.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb {

// What happens to an element after the sum, in this order; all optional. Matrices have C's shape and row stride.
template <class T>
struct GemmEpilogue {
  const T* bias = nullptr;      // [N], added to every row
  T* pre_activation = nullptr;  // receives the value before the activation
  const UnaryRow<T>* activation = nullptr;
  T activation_alpha = 0;
  // For a backward product dX = dZ * W whose result passes through an activation of the layer before:
  // C = C * f'(x, y), with x and y the input and output of f (x may be null when the row does not need it).
  const UnaryRow<T>* derivative = nullptr;
  T derivative_alpha = 0;
  const T* derivative_x = nullptr;
  const T* derivative_y = nullptr;
};

template <class T>
Status gemm(Lease& lease, const KernelTable<T>& kernels, bool transpose_a, bool transpose_b, int64_t M, int64_t N,
            int64_t K, T alpha, const T* A, int64_t lda, const T* B, int64_t ldb, T beta, T* C, int64_t ldc,
            const GemmEpilogue<T>& epilogue = {});

// ---- panel layout
//
// A K x N matrix that the kernels read without a copy: panels of some vectors of columns, the last one padded, or, when
// N is so small that this would leave most of a vector empty, simply N rows of K. It holds panel_elements(K, N)
// elements; the layout depends on K, N and the ISA alone, two matrices of one shape on one ISA agree element by
// element, and padding stays zero under any elementwise function with f(0, ...) = 0. A training engine can therefore
// keep a weight, its gradient and its optimizer slots in panels and run the optimizer over them as flat arrays. A layer
// with weight W [out, in] as PyTorch stores it, X [batch, in], dZ [batch, out]:
//
//   Wp  = pack_panels(transposed, K = in, N = out, W)              panels of W^T, in x out
//   Y   = gemm_panels(X, Wp, {bias, activation})                   batch x out
//   dWp = gemm_to_panels(transpose_a, M = in, N = out, K = batch, X, dZ, beta, {column_sums = db})
//   Wt  = transpose_panels(K = in, N = out, Wp)                    panels of W, out x in
//   dX  = gemm_panels(dZ, Wt, {derivative of the layer before})    batch x in
//   W   = unpack_panels(transposed, K = in, N = out, Wp)
template <class T>
int64_t panel_elements(const KernelTable<T>& kernels, int64_t K, int64_t N);
// Whether N columns are so few that the panels are N rows of K.
template <class T>
bool panels_are_rows(const KernelTable<T>& kernels, int64_t N);

// src is K x N with row stride ld, or N x K when transposed. Every element of dst is written, padding with zeros.
template <class T>
void pack_panels(Lease& lease, const KernelTable<T>& kernels, bool transposed, int64_t K, int64_t N, const T* src,
                 int64_t ld, T* dst);
// The way back.
template <class T>
void unpack_panels(Lease& lease, const KernelTable<T>& kernels, bool transposed, int64_t K, int64_t N, const T* src,
                   T* dst, int64_t ld);
// From panels of a K x N matrix to panels of its transpose, N x K. src and dst must not overlap.
template <class T>
void transpose_panels(Lease& lease, const KernelTable<T>& kernels, int64_t K, int64_t N, const T* src, T* dst);

// gemm with op(B) (K x N) in panels.
template <class T>
Status gemm_panels(Lease& lease, const KernelTable<T>& kernels, bool transpose_a, int64_t M, int64_t N, int64_t K,
                   T alpha, const T* A, int64_t lda, const T* B, T beta, T* C, int64_t ldc,
                   const GemmEpilogue<T>& epilogue = {});

template <class T>
struct PanelEpilogue {
  // The sums of the columns of alpha * op(B), [N]: db where B is dZ. column_sums = sums + column_beta * column_sums.
  T* column_sums = nullptr;
  T column_beta = 0;
  // Called on the thread that finished them, while they are in L1: elements [offset, offset + count) of C are final and
  // lie at `values`.
  // Ranges of different calls do not overlap and together cover C; where they are cut depends on the number of threads,
  // so what is done to an element must not depend on its range. Must not throw.
  void (*tile_done)(const void* context, int64_t offset, int64_t count, const T* values) = nullptr;
  const void* context = nullptr;
  // What tile_done reads at its offset beside the values, fetched while the tile is computed; unused ones are null.
  const T* reads[3] = {nullptr, nullptr, nullptr};
  // Nobody but tile_done reads the result: where a tile is finished at once, C keeps what it held, and the result does
  // not pass through memory.
  bool passes = false;
};

// gemm that leaves C (M x N) in panels of M rows: C = alpha * op(A) * op(B) + beta * C. Padding is not written.
template <class T>
Status gemm_to_panels(Lease& lease, const KernelTable<T>& kernels, bool transpose_a, bool transpose_b, int64_t M,
                      int64_t N, int64_t K, T alpha, const T* A, int64_t lda, const T* B, int64_t ldb, T beta, T* C,
                      const PanelEpilogue<T>& epilogue = {});

}  // namespace hebb
