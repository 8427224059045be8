// The list of ops: one line an op. lib/graph finds them by name.
#include <cstring>

#include "graph/op.h"

namespace hebb::graph {

#define HEBB_OPS(X)           \
  X(input_op)                 \
  X(param_op)                 \
  X(constant_op)              \
  X(row_numbers_op)           \
  X(linear_op)                \
  X(matmul_op)                \
  X(unary_op)                 \
  X(binary_op)                \
  X(affine_op)                \
  X(clip_op)                  \
  X(sum_op)                   \
  X(mean_op)                  \
  X(reshape_op)               \
  X(transpose_op)             \
  X(concat_op)                \
  X(slice_op)                 \
  X(stop_gradient_op)         \
  X(softmax_op)               \
  X(log_softmax_op)           \
  X(layer_norm_op)            \
  X(l2_normalize_op)          \
  X(dropout_op)               \
  X(embedding_op)             \
  X(embedding_bag_op)         \
  X(pick_op)                  \
  X(softmax_cross_entropy_op) \
  X(bce_with_logits_op)       \
  X(mse_op)                   \
  X(mae_op)                   \
  X(huber_op)                 \
  X(crf_loss_op)              \
  X(crf_decode_op)            \
  X(accuracy_op)              \
  X(binary_accuracy_op)

#define HEBB_DECLARE(row) extern const Op row;
HEBB_OPS(HEBB_DECLARE)
#undef HEBB_DECLARE

namespace {

#define HEBB_ROW(row) &row,
const Op* const kOps[] = {HEBB_OPS(HEBB_ROW)};
#undef HEBB_ROW

}  // namespace

int op_count() { return int(sizeof kOps / sizeof kOps[0]); }
const Op& op_at(int index) { return *kOps[index]; }
int find_op(const char* name) {
  for (int i = 0; i < op_count(); ++i)
    if (std::strcmp(kOps[i]->name, name) == 0) return i;
  return -1;
}

}  // namespace hebb::graph
