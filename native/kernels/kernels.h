// The whole per-ISA surface: a table of function pointers, one table an ISA.
//
// Rules. Kernels take raw pointers in and out: no malloc, no threads, no Node-API, no exceptions. Every body is written
// once in an .inl over Vec (isa/vec_*.h) and compiled once per ISA by isa/*.cc inside a namespace of its own. Lengths
// are element counts, n >= 0. Pointers need no alignment. Unless a comment says otherwise outputs may alias inputs
// exactly (same pointer), never partially.
//
// T is float for users; the scalar kernels also compile with T = double, the oracle for finite differences.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace hebb {

// One elementwise function y = f(x; alpha) with its derivative. Rows with `needs_input` compute f' from x, the others
// from y alone (so that x may be overwritten by y).
template <class T>
struct UnaryRow {
  const char* name;
  bool needs_input;
  double default_alpha;  // e.g. 0.01 for leaky_relu, 1 for elu; 0 where unused
  void (*forward)(int64_t n, const T* x, T* y, T alpha);
  // dx = dy * f'(x, y), or dx += ... with `accumulate`. `x` may be null when !needs_input.
  void (*backward)(int64_t n, const T* x, const T* y, const T* dy, T* dx, T alpha, bool accumulate);
};

// One elementwise function of two operands. A stride is 1 (a vector) or 0 (one broadcast element).
template <class T>
struct BinaryRow {
  const char* name;
  void (*forward)(int64_t n, const T* a, int sa, const T* b, int sb, T* y);
  // Unreduced gradients, overwritten: ga[i] = dy[i] * dy/da, gb[i] = dy[i] * dy/db; ga or gb may be null.
  void (*backward)(int64_t n, const T* a, int sa, const T* b, int sb, const T* y, const T* dy, T* ga, T* gb);
};

// Hyper-parameters of one optimizer step; see PyTorch's documentation of torch.optim for the formulas.
template <class T>
struct OptimizerArgs {
  T lr;
  T momentum, dampening;                 // sgd family
  T beta1, beta2, eps;                   // adam family (eps also rmsprop)
  T alpha;                               // rmsprop smoothing constant
  T weight_decay;                        // decoupled: w -= lr * weight_decay * w
  T l2;                                  // gradient += 2 * l2 * w   (the gradient of l2 * sum(w^2))
  T grad_scale;                          // gradient *= grad_scale first (global-norm clipping, accumulation)
  T bias_correction1, bias_correction2;  // 1 - beta^t
  bool first_step;  // momentum buffers start as the gradient (PyTorch), not as (1 - dampening) * gradient
};

template <class T>
struct OptimizerRow {
  const char* name;
  int slots;  // state arrays as long as the parameter
  void (*update)(int64_t n, T* w, const T* g, T* slot0, T* slot1, const OptimizerArgs<T>& args);
};

template <class T>
struct GemmKernels;      // gemm_kernels.h
struct DistanceKernels;  // distance_kernels.h
struct TsneKernels;      // tsne_kernels.h
struct FftKernels;       // fft_kernels.h
struct SplineKernels;    // fft_kernels.h
template <class T>
struct CrfKernels;  // crf_kernels.h

template <class T>
struct KernelTable {
  const char* isa;  // "scalar", "avx2", "avx512", "neon"
  int width;        // lanes of T in a vector

  const UnaryRow<T>* activations;  // activations.inl: what users may name as `activation`
  int activation_count;
  const UnaryRow<T>* functions;  // elementwise.inl: exp, log, sqrt, square, abs, neg, reciprocal, ...
  int function_count;
  const BinaryRow<T>* binaries;  // elementwise.inl: add, sub, mul, div, min, max
  int binary_count;
  const OptimizerRow<T>* optimizers;  // optimizers.inl: sgd, momentum, nesterov, adam, adamw, rmsprop
  int optimizer_count;

  // ---- vector math (ULP budgets in test/native/math_test.cc)
  void (*exp)(int64_t n, const T* x, T* y);
  void (*log)(int64_t n, const T* x, T* y);
  void (*tanh)(int64_t n, const T* x, T* y);
  void (*erf)(int64_t n, const T* x, T* y);

  // ---- elementwise helpers
  void (*fill)(int64_t n, T value, T* y);
  void (*axpy)(int64_t n, T a, const T* x, T* y);                 // y += a * x
  void (*scale)(int64_t n, T a, const T* x, T* y);                // y = a * x
  void (*affine)(int64_t n, T a, T b, const T* x, T* y);          // y = a * x + b
  void (*multiply_add)(int64_t n, const T* a, const T* b, T* y);  // y += a * b
  void (*clip)(int64_t n, const T* x, T lo, T hi, T* y);          // y = min(max(x, lo), hi), NaN stays NaN
  void (*clip_backward)(int64_t n, const T* x, const T* dy, T lo, T hi, T* dx, bool accumulate);  // 1 inside [lo, hi]

  // ---- reductions, accumulated in float64
  double (*sum)(int64_t n, const T* x);
  double (*sum_squares)(int64_t n, const T* x);
  double (*dot)(int64_t n, const T* a, const T* b);
  T (*max)(int64_t n, const T* x);  // -inf for n = 0
  T (*min)(int64_t n, const T* x);  // +inf for n = 0
  // out[c] += sum over rows of x[r, c], rows in order; x is rows x cols with leading dimension ld
  void (*column_sums)(int64_t rows, int64_t cols, const T* x, int64_t ld, T* out);
  // Index of the first element that is NaN or infinite, or -1.
  int64_t (*find_nonfinite)(int64_t n, const T* x);

  // ---- rows: x, y are rows x cols, contiguous
  void (*softmax_forward)(int64_t rows, int64_t cols, const T* x, T* y);
  void (*softmax_backward)(int64_t rows, int64_t cols, const T* y, const T* dy, T* dx, bool accumulate);
  void (*log_softmax_forward)(int64_t rows, int64_t cols, const T* x, T* y);
  void (*log_softmax_backward)(int64_t rows, int64_t cols, const T* y, const T* dy, T* dx, bool accumulate);
  // y = (x - mean) * rstd * gamma + beta; gamma, beta may be null. mean, rstd: [rows], saved for backward.
  void (*layer_norm_forward)(int64_t rows, int64_t cols, const T* x, const T* gamma, const T* beta, T eps, T* y,
                             T* mean, T* rstd);
  // dgamma, dbeta ([cols], may be null) are added to; dx is overwritten or accumulated into.
  void (*layer_norm_backward)(int64_t rows, int64_t cols, const T* x, const T* gamma, const T* mean, const T* rstd,
                              const T* dy, T* dx, T* dgamma, T* dbeta, bool accumulate);
  // dst[r, :] = src[index[r], :]
  void (*gather_rows)(int64_t rows, int64_t cols, const T* src, int64_t src_ld, const int32_t* index, T* dst);

  // ---- inverted dropout: y = keep(i) ? x / (1 - p) : 0, keep drawn by hashing (key, first + i): the same mask for
  // any chunking, thread count and ISA. Its own backward: dropout(dy) with the same key.
  void (*dropout)(int64_t n, const T* x, T* y, T p, uint64_t key, uint64_t first, bool accumulate);

  // ---- losses: return the SUM over rows (float64); gradients are scaled by grad_scale and overwritten (null: none).
  // Softmax cross-entropy, log-sum-exp stabilised. Targets: `labels` [rows] (a row with label < 0 is ignored) or, when
  // labels is null, `probs` [rows, cols]. class_weights [cols] or null; smoothing in [0, 1) as PyTorch's.
  // *correct += rows whose arg max is the label (or the arg max of probs).
  double (*softmax_xent)(int64_t rows, int64_t cols, const T* logits, const int32_t* labels, const T* probs,
                         const T* class_weights, T smoothing, T grad_scale, T* dlogits, int64_t* correct);
  // Binary cross-entropy on logits; targets in [0, 1]; pos_weight multiplies the positive term.
  double (*bce_logits)(int64_t n, const T* logits, const T* targets, T pos_weight, T grad_scale, T* dlogits);
  double (*mse)(int64_t n, const T* x, const T* target, T grad_scale, T* dx);  // sum (x - t)^2
  double (*mae)(int64_t n, const T* x, const T* target, T grad_scale, T* dx);  // sum |x - t|, gradient sign(x - t)
  double (*huber)(int64_t n, const T* x, const T* target, T delta, T grad_scale, T* dx);  // PyTorch's HuberLoss

  // Multiply-adds in registers only, `iterations` rounds; returns the operations done (core/measure.h).
  double (*peak_fma_loop)(int64_t iterations, T* sink);

  const GemmKernels<T>* gemm;
  const DistanceKernels* distance;  // float tables only, null for double
  const TsneKernels* tsne;          // float tables only, null for double
  const FftKernels* fft;            // float tables only, null for double
  const SplineKernels* spline;      // float tables only, null for double
  const CrfKernels<T>* crf;
};

using Kernels = KernelTable<float>;

// The best table for this CPU and OS, or the one HEBB_ISA names; chosen once (dispatch.cc).
const Kernels& kernels();
// The double-precision scalar table.
const KernelTable<double>& kernels_f64();
// Every table this CPU can run, scalar first: what the parity tests iterate.
int available_kernels(const Kernels** tables, int capacity);
// The value of HEBB_ISA when it named a table that this build or CPU lacks, else null.
const char* rejected_isa_override();

template <class T>
const KernelTable<T>& kernels_for();
template <>
inline const KernelTable<float>& kernels_for<float>() {
  return kernels();
}
template <>
inline const KernelTable<double>& kernels_for<double>() {
  return kernels_f64();
}

}  // namespace hebb
