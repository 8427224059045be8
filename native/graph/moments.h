// Mean and variance of the columns of a matrix, and scaling by them: what StandardScaler and MinMaxScaler compute.
// Sums run over the rows in order, column by column, in float64: the same bits for any number of threads.
#pragma once
#include <cstdint>
#include <vector>

#include "core/thread_pool.h"

namespace hebb::graph {

// One value a column. NaN cells are left out; a column of nothing else has count 0 and mean NaN.
struct Moments {
  std::vector<double> mean, variance, count;
};

// Of the rows with these numbers, or of all rows when `indices` is null. The variance is the population's. Two passes;
// the second also sums the plain deviations, which takes out what rounding left in the mean (Chan, Golub, LeVeque
// 1983).
void column_moments(Lease& lease, int64_t rows, int64_t cols, const float* x, const int32_t* indices,
                    int64_t index_count, Moments& out);

// y = (x - center) / scale * gain + offset with one value a column; null: that step is left out.
struct Affine {
  const double *center = nullptr, *scale = nullptr, *gain = nullptr, *offset = nullptr;
};

// x and y may be the same memory. Computed in float64, rounded once.
void transform_columns(Lease& lease, int64_t rows, int64_t cols, const float* x, const Affine& f, float* y);

}  // namespace hebb::graph
