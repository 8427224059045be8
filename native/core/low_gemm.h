// Products with weights of reduced precision, for inference: C = act(A * W + bias).
//
//   bf16  A and W rounded to 8 bits of mantissa (to nearest even), sums in float32. Relative error of a product: up to
//         2^-8; of a sum of K of them with random signs about 2^-8 / sqrt(3) times its root mean square.
//   int8  W quantised symmetrically per column when packed, A per row on each call ("dynamic"): x ~ scale * q with
//         |q| <= 127 and scale = max |x| / 127. Sums are exact; the error comes from the rounding, half a scale each.
//
// Hardware kernels are used where the CPU has them (low_kernels.h); elsewhere the rounded values run through sgemm: the
// same roundings, the same result within float32's error of the sum, without the gain in speed or memory.
#pragma once
#include "core/arena.h"
#include "core/gemm.h"
#include "kernels/low_kernels.h"

namespace hebb {

class LowMatrix {
 public:
  // W is K x N with row stride ld, or N x K when transposed (as PyTorch stores it). Refuses elements that are not
  // finite and, for int8, K > 65536 (32-bit sums).
  Status pack(const Kernels& kernels, Precision precision, bool transposed, int64_t K, int64_t N, const float* W,
              int64_t ld);
  // A: M x K, row stride lda. Of the epilogue: bias and activation. A row of A with NaN or infinity gives a row of NaN
  // in int8.
  Status multiply(Lease& lease, int64_t M, const float* A, int64_t lda, float* C, int64_t ldc,
                  const GemmEpilogue<float>& epilogue = {}) const;
  // Memory of the packed weights.
  size_t bytes() const { return weights_.size() + columns_.size(); }
  bool in_hardware() const { return low_ != nullptr; }

 private:
  void pack_words(bool transposed, const float* W, int64_t ld);
  Status pack_floats(bool transposed, const float* W, int64_t ld);
  Status multiply_words(Lease& lease, int64_t M, const float* A, int64_t lda, float* C, int64_t ldc,
                        const GemmEpilogue<float>& epilogue) const;
  Status multiply_floats(Lease& lease, int64_t M, const float* A, int64_t lda, float* C, int64_t ldc,
                         const GemmEpilogue<float>& epilogue) const;

  const Kernels* kernels_ = nullptr;
  const LowKernels* low_ = nullptr;
  Precision precision_ = Precision::bf16;
  int64_t K_ = 0, N_ = 0, words_ = 0;
  AlignedBuffer weights_;  // panels: words, or rounded floats
  AlignedBuffer columns_;  // int8: float scale and int32 offset of every column, padded
};

}  // namespace hebb
