#include "algorithms/spread.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "algorithms/messages.h"

namespace hebb {

namespace {

// Of the squared distance from the first row to the farthest one; the squares of distances a thousandth as large are
// the smallest normal numbers.
constexpr double kSmallestSpread = 1e-32;

}  // namespace

Status rows_too_large(int64_t row) {
  return Status::data("Expected values whose squared distances fit in float32, received too large ones in row " +
                      std::to_string(row) + scaling_advice());
}

Status check_differences(const float* x, int64_t n, int64_t dims) {
  double largest = 0;
  for (int64_t i = 1; i < n && largest < kSmallestSpread; ++i) {
    double squares = 0;
    for (int64_t c = 0; c < dims; ++c) {
      const double d = double(x[i * dims + c]) - x[c];
      squares += d * d;
    }
    largest = std::max(largest, squares);
  }
  if (largest == 0 || largest >= kSmallestSpread) return {};
  return Status::data("Expected rows whose squared distances fit in float32, received rows that lie at most " +
                      written(std::sqrt(largest)) + " from the first" + scaling_advice());
}

Status check_spread(const Kernels& kernels, const float* x, int64_t n, int64_t dims) {
  for (int64_t i = 0; i < n; ++i) {
    if (!(kernels.sum_squares(dims, x + i * dims) < kLargestNorm)) return rows_too_large(i);
  }
  return check_differences(x, n, dims);
}

}  // namespace hebb
