// Matrix products of reduced precision, for inference: bf16 and int8 operands, sums in 32 bits. They exist for
// instruction sets that multiply such operands in hardware only (avx512bf16, avx512vnni); core/low_gemm.h emulates them
// elsewhere.
//
//   word    `group` consecutive k of one row or column in 32 bits, zeros beyond K: 2 bf16, or 4 bytes
//   panels  as in gemm_kernels.h with words in the place of floats: the panel of columns that starts at j begins at
//   word
//           j * words, words = ceil(K / group)
#pragma once
#include "kernels/kernels.h"

namespace hebb {

enum class Precision { bf16, int8 };

// Tiles [tile0, tile1) of the rows (cut as in GemmBlock) by the panels that start in [col0, col1).
struct LowBlock {
  int64_t columns, rows, words;
  int64_t tile0, tile1, col0, col1;
  const uint32_t* a;  // rows x words
  const uint32_t* b;  // panels
  // int8: C = (sum - column_offset[j]) * row_scale[i] * column_scale[j]; bf16: null
  const float* row_scale;
  const float* column_scale;     // padded to whole vectors
  const int32_t* column_offset;  // likewise
  float* c;
  int64_t c_row;
  const float* bias;  // [columns] or null
  bool relu;
  const UnaryRow<float>* activation;  // or null
  float activation_alpha;
};

struct LowKernels {
  const char* isa;
  Precision precision;
  int mr, nv, w, group;
  // One row of K floats to words. int8: x / scale rounded, plus 128, unsigned; *scale = max |x| / 127, NaN when an
  // element is not finite. bf16: rounded to nearest even; scale is not written.
  void (*convert_row)(int64_t K, const float* x, uint32_t* words, float* scale);
  void (*block)(const LowBlock& block);
};

// The hardware kernels that go with `table` on this CPU, or null.
const LowKernels* low_kernels(const Kernels& table, Precision precision);

}  // namespace hebb
