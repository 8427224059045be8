// The kernels of one ISA: every family's .inl over the Vec that the including file chose, and the table of them.
//
// Nothing here may leave a symbol that another object could share (the linker would keep one copy, perhaps the AVX
// one): the bodies are static or in an unnamed namespace, the table is the object's only global symbol and is
// initialised at compile time, so that no code of this file runs before dispatch has chosen it.
#include "kernels/kernels.h"
// clang-format off
// What the families build on, in this order.
#ifdef HEBB_F64
#include "kernels/math_f64.inl"
#else
#include "kernels/math.inl"
#endif
#include "kernels/map.inl"
#include "kernels/reduce.inl"
#include "kernels/unary.inl"
// The families, sorted.
#include "kernels/activations.inl"
#include "kernels/crf.inl"
#include "kernels/dropout.inl"
#include "kernels/elementwise.inl"
#include "kernels/gemm.inl"
#include "kernels/normalization.inl"
#include "kernels/optimizers.inl"
#include "kernels/peak.inl"
#include "kernels/softmax.inl"
#include "kernels/losses.inl"
#include "kernels/xent.inl"  // after softmax
#ifndef HEBB_F64
#include "kernels/distance.inl"
#include "kernels/fft.inl"
#include "kernels/spline.inl"
#include "kernels/tsne.inl"
#endif
// clang-format on

namespace hebb {
namespace HEBB_ISA_NS {

template <class Row, size_t N>
static constexpr int row_count(const Row (&)[N]) {
  return int(N);
}

extern const KernelTable<real> table;
constinit const KernelTable<real> table = {
    .isa = HEBB_ISA_NAME,
    .width = Vec::W,
    .activations = kActivations,
    .activation_count = row_count(kActivations),
    .functions = kFunctions,
    .function_count = row_count(kFunctions),
    .binaries = kBinaries,
    .binary_count = row_count(kBinaries),
    .optimizers = kOptimizers,
    .optimizer_count = row_count(kOptimizers),
    .exp = exp_kernel,
    .log = log_kernel,
    .tanh = tanh_kernel,
    .erf = erf_kernel,
    .fill = fill,
    .axpy = axpy,
    .scale = scale,
    .affine = affine,
    .multiply_add = multiply_add,
    .clip = clip,
    .clip_backward = clip_backward,
    .sum = sum,
    .sum_squares = sum_squares,
    .dot = dot,
    .max = max_kernel,
    .min = min_kernel,
    .column_sums = column_sums,
    .find_nonfinite = find_nonfinite,
    .softmax_forward = softmax_forward,
    .softmax_backward = softmax_backward,
    .log_softmax_forward = log_softmax_forward,
    .log_softmax_backward = log_softmax_backward,
    .layer_norm_forward = layer_norm_forward,
    .layer_norm_backward = layer_norm_backward,
    .gather_rows = gather_rows,
    .dropout = dropout,
    .softmax_xent = softmax_xent,
    .bce_logits = bce_logits,
    .mse = mse,
    .mae = mae,
    .huber = huber,
    // The families that have a header of their own; null until a family is there, and in double but for gemm.
    .peak_fma_loop = peak_fma_loop,
    .gemm = &gemm_kernels,
#ifdef HEBB_F64
    .distance = nullptr,
    .tsne = nullptr,
    .fft = nullptr,
    .spline = nullptr,
#else
    .distance = &distance_kernels,
    .tsne = &tsne_kernels,
    .fft = &fft_kernels,
    .spline = &spline_kernels,
#endif
    .crf = &crf_table,
};

}  // namespace HEBB_ISA_NS
}  // namespace hebb
