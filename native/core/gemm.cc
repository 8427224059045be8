#include "core/gemm.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/gemm_loops.h"

namespace hebb {

namespace {

template <class T>
GemmProduct<T> describe(bool transpose_a, int64_t M, int64_t N, int64_t K, T alpha, const T* A, int64_t lda, T beta) {
  GemmProduct<T> p{};
  p.M = M, p.N = N, p.K = K;
  p.alpha = alpha;
  p.a = A, p.a_row = transpose_a ? 1 : lda, p.a_k = transpose_a ? lda : 1;
  p.last.beta = beta;
  return p;
}

template <class T>
void set_b(GemmProduct<T>& p, bool transpose_b, const T* B, int64_t ldb) {
  p.b = B, p.b_k = transpose_b ? 1 : ldb, p.b_column = transpose_b ? ldb : 1;
}

template <class T>
bool is_row(const UnaryRow<T>* row, const char* name) {
  return row != nullptr && std::strcmp(row->name, name) == 0;
}

template <class T>
void set_epilogue(GemmBlock<T>& block, const GemmEpilogue<T>& e) {
  block.bias = e.bias;
  block.pre_activation = e.pre_activation;
  block.relu = is_row(e.activation, "relu");
  block.activation = block.relu || is_row(e.activation, "identity") ? nullptr : e.activation;
  block.activation_alpha = e.activation_alpha;
  const bool relu = is_row(e.derivative, "relu");
  block.relu_mask = relu ? e.derivative_y : nullptr;
  block.derivative = relu || is_row(e.derivative, "identity") ? nullptr : e.derivative;
  block.derivative_alpha = e.derivative_alpha;
  block.derivative_x = e.derivative_x, block.derivative_y = e.derivative_y;
}

// C' = op(B)' op(A)'
template <class T>
void turn_around(GemmProduct<T>& p) {
  std::swap(p.M, p.N);
  std::swap(p.a, p.b);
  const int64_t a_row = p.a_row, a_k = p.a_k;
  p.a_row = p.b_column, p.a_k = p.b_k;
  p.b_column = a_row, p.b_k = a_k;
}

template <class T>
void sum_narrow_columns(const GemmProduct<T>& p, const PanelEpilogue<T>& epilogue) {
  if (epilogue.column_sums == nullptr) return;
  for (int64_t j = 0; j < p.N; ++j) {
    T sum = epilogue.column_beta == T(0) ? T(0) : epilogue.column_beta * epilogue.column_sums[j];
    for (int64_t k = 0; k < p.K; ++k) sum += p.alpha * p.b[k * p.b_k + j * p.b_column];
    epilogue.column_sums[j] = sum;
  }
}

// dst[j * dst_column + k * dst_row] = src[...] for the few columns of a narrow matrix.
template <class T>
void copy_narrow(int64_t K, int64_t N, const T* src, int64_t src_row, int64_t src_column, T* dst, int64_t dst_row,
                 int64_t dst_column) {
  for (int64_t j = 0; j < N; ++j) {
    for (int64_t k = 0; k < K; ++k) dst[k * dst_row + j * dst_column] = src[k * src_row + j * src_column];
  }
}

// Runs fn(panel) for the panels of N columns of depth K.
template <class T, class F>
void each_panel(Lease& lease, const GemmKernels<T>& g, int64_t K, int64_t N, F&& fn) {
  constexpr int64_t kMinWork = 16 * 1024;  // elements a chunk
  const int64_t panels = gemm_panel_count(N, g.w, g.nv), per_panel = K * g.nv * g.w;
  const int64_t step = per_panel < kMinWork ? kMinWork / (per_panel + 1) + 1 : 1;
  parallel_range(lease, panels, step, [&](int64_t begin, int64_t end, int) {
    for (int64_t panel = begin; panel < end; ++panel) {
      const int64_t column = gemm_panel_column(N, g.w, g.nv, panel);
      const int width = int(gemm_panel_column(N, g.w, g.nv, panel + 1) - column);
      fn(column, N - column < width ? int(N - column) : width, width);
    }
  });
}

}  // namespace

template <class T>
Status gemm(Lease& lease, const KernelTable<T>& kernels, bool transpose_a, bool transpose_b, int64_t M, int64_t N,
            int64_t K, T alpha, const T* A, int64_t lda, const T* B, int64_t ldb, T beta, T* C, int64_t ldc,
            const GemmEpilogue<T>& epilogue) {
  if (M <= 0 || N <= 0) return {};
  GemmProduct<T> p = describe(transpose_a, M, N, alpha == T(0) ? 0 : K, alpha, A, lda, beta);
  set_b(p, transpose_b, B, ldb);
  p.last.c = C, p.last.c_column = 1, p.last.c_row = ldc;
  set_epilogue(p.last, epilogue);
  return multiply(lease, *kernels.gemm, p);
}

template <class T>
Status gemm_panels(Lease& lease, const KernelTable<T>& kernels, bool transpose_a, int64_t M, int64_t N, int64_t K,
                   T alpha, const T* A, int64_t lda, const T* B, T beta, T* C, int64_t ldc,
                   const GemmEpilogue<T>& epilogue) {
  if (M <= 0 || N <= 0) return {};
  GemmProduct<T> p = describe(transpose_a, M, N, alpha == T(0) ? 0 : K, alpha, A, lda, beta);
  const bool narrow = panels_are_rows(kernels, N);
  p.b = B, p.b_k = narrow ? 1 : 0, p.b_column = K;
  p.last.c = C, p.last.c_column = 1, p.last.c_row = ldc;
  set_epilogue(p.last, epilogue);
  return multiply(lease, *kernels.gemm, p);
}

template <class T>
Status gemm_to_panels(Lease& lease, const KernelTable<T>& kernels, bool transpose_a, bool transpose_b, int64_t M,
                      int64_t N, int64_t K, T alpha, const T* A, int64_t lda, const T* B, int64_t ldb, T beta, T* C,
                      const PanelEpilogue<T>& epilogue) {
  if (M <= 0 || N <= 0) return {};
  GemmProduct<T> p = describe(transpose_a, M, N, K, alpha, A, lda, beta);
  set_b(p, transpose_b, B, ldb);
  p.last.tile_done = epilogue.tile_done, p.last.tile_context = epilogue.context;
  std::copy_n(epilogue.reads, 3, p.last.tile_reads);
  p.last.passes = epilogue.passes && epilogue.tile_done != nullptr && beta == T(0);
  p.last.c = C;
  if (panels_are_rows(kernels, N)) {
    sum_narrow_columns(p, epilogue);
    turn_around(p);
    p.last.c_column = 1, p.last.c_row = M;
  } else {
    p.column_sums = epilogue.column_sums, p.column_beta = epilogue.column_beta;
    p.last.c_column = M, p.last.c_row = 0;
  }
  return multiply(lease, *kernels.gemm, p);
}

template <class T>
bool panels_are_rows(const KernelTable<T>& kernels, int64_t N) {
  return N <= kernels.gemm->narrow;
}

template <class T>
int64_t panel_elements(const KernelTable<T>& kernels, int64_t K, int64_t N) {
  return panels_are_rows(kernels, N) ? K * N : K * gemm_vectors(N, kernels.gemm->w) * kernels.gemm->w;
}

template <class T>
void pack_panels(Lease& lease, const KernelTable<T>& kernels, bool transposed, int64_t K, int64_t N, const T* src,
                 int64_t ld, T* dst) {
  const GemmKernels<T>& g = *kernels.gemm;
  const int64_t row = transposed ? 1 : ld, column_step = transposed ? ld : 1;
  if (panels_are_rows(kernels, N)) return copy_narrow(K, N, src, row, column_step, dst, 1, K);
  each_panel(lease, g, K, N, [&](int64_t column, int columns, int width) {
    g.pack_panel(K, columns, width, T(1), src + column * column_step, row, column_step, dst + column * K);
  });
}

template <class T>
void unpack_panels(Lease& lease, const KernelTable<T>& kernels, bool transposed, int64_t K, int64_t N, const T* src,
                   T* dst, int64_t ld) {
  const GemmKernels<T>& g = *kernels.gemm;
  const int64_t row = transposed ? 1 : ld, column_step = transposed ? ld : 1;
  if (panels_are_rows(kernels, N)) return copy_narrow(K, N, src, 1, K, dst, row, column_step);
  each_panel(lease, g, K, N, [&](int64_t column, int columns, int width) {
    g.unpack_panel(K, columns, width, src + column * K, dst + column * column_step, row, column_step);
  });
}

template <class T>
void transpose_panels(Lease& lease, const KernelTable<T>& kernels, int64_t K, int64_t N, const T* src, T* dst) {
  const GemmKernels<T>& g = *kernels.gemm;
  if (panels_are_rows(kernels, N)) return pack_panels(lease, kernels, false, N, K, src, K, dst);
  if (panels_are_rows(kernels, K)) return unpack_panels(lease, kernels, false, K, N, src, dst, N);
  const int64_t panels = gemm_panel_count(N, g.w, g.nv);
  // One panel of dst: rows [row, row + rows) of every panel of src, each a small transposed copy.
  each_panel(lease, g, N, K, [&](int64_t row, int rows, int width) {
    for (int64_t panel = 0; panel < panels; ++panel) {
      const int64_t column = gemm_panel_column(N, g.w, g.nv, panel);
      const int64_t src_width = gemm_panel_column(N, g.w, g.nv, panel + 1) - column;
      const int64_t depth = N - column < src_width ? N - column : src_width;
      g.pack_panel(depth, rows, width, T(1), src + column * K + row * src_width, 1, src_width,
                   dst + row * N + column * width);
    }
  });
}

#define HEBB_INSTANTIATE_GEMM(T)                                                                                       \
  template Status gemm<T>(Lease&, const KernelTable<T>&, bool, bool, int64_t, int64_t, int64_t, T, const T*, int64_t,  \
                          const T*, int64_t, T, T*, int64_t, const GemmEpilogue<T>&);                                  \
  template Status gemm_panels<T>(Lease&, const KernelTable<T>&, bool, int64_t, int64_t, int64_t, T, const T*, int64_t, \
                                 const T*, T, T*, int64_t, const GemmEpilogue<T>&);                                    \
  template Status gemm_to_panels<T>(Lease&, const KernelTable<T>&, bool, bool, int64_t, int64_t, int64_t, T, const T*, \
                                    int64_t, const T*, int64_t, T, T*, const PanelEpilogue<T>&);                       \
  template int64_t panel_elements<T>(const KernelTable<T>&, int64_t, int64_t);                                         \
  template bool panels_are_rows<T>(const KernelTable<T>&, int64_t);                                                    \
  template void pack_panels<T>(Lease&, const KernelTable<T>&, bool, int64_t, int64_t, const T*, int64_t, T*);          \
  template void unpack_panels<T>(Lease&, const KernelTable<T>&, bool, int64_t, int64_t, const T*, T*, int64_t);        \
  template void transpose_panels<T>(Lease&, const KernelTable<T>&, int64_t, int64_t, const T*, T*);

HEBB_INSTANTIATE_GEMM(float)
HEBB_INSTANTIATE_GEMM(double)

}  // namespace hebb
