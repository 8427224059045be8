// Whether float32 holds the squared distances of rows.
#pragma once
#include <cstdint>

#include "core/status.h"
#include "kernels/kernels.h"

namespace hebb {

constexpr double kLargestNorm = 1e37;  // of a row, squared: squared distances are at most 4 times as large

Status rows_too_large(int64_t row);

// Refuses rows that differ, but by so little that the squares of their differences vanish.
Status check_differences(const float* x, int64_t n, int64_t dims);

// Refuses rows that are too large as well.
Status check_spread(const Kernels& kernels, const float* x, int64_t n, int64_t dims);

}  // namespace hebb
