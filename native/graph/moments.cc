#include "graph/moments.h"

#include <algorithm>

namespace hebb::graph {

namespace {

constexpr int64_t kWide = 8;    // columns whose sums are kept in registers
constexpr int64_t kGroup = 64;  // columns that a thread takes at a time: whole cache lines of a row
constexpr int64_t kRowGrain = 1 << 16;

struct Rows {
  const float* x;
  int64_t cols;
  const int32_t* indices;
  int64_t count;
  const float* row(int64_t r) const { return x + (indices == nullptr ? r : indices[r]) * cols; }
};

// Sums over columns [first, first + W).
template <int64_t W>
void sums(const Rows& rows, int64_t first, double* sum, double* count) {
  double s[W] = {}, c[W] = {};
  for (int64_t r = 0; r < rows.count; ++r) {
    const float* x = rows.row(r) + first;
    for (int64_t j = 0; j < W; ++j) {
      const double value = x[j];
      s[j] += value == value ? value : 0.0;
      c[j] += value == value ? 1.0 : 0.0;
    }
  }
  for (int64_t j = 0; j < W; ++j) sum[first + j] = s[j], count[first + j] = c[j];
}

template <int64_t W>
void deviations(const Rows& rows, int64_t first, const double* mean, double* drift, double* squares) {
  double d[W] = {}, q[W] = {}, m[W];
  for (int64_t j = 0; j < W; ++j) m[j] = mean[first + j];
  for (int64_t r = 0; r < rows.count; ++r) {
    const float* x = rows.row(r) + first;
    for (int64_t j = 0; j < W; ++j) {
      const double deviation = x[j] - m[j], kept = deviation == deviation ? deviation : 0.0;
      d[j] += kept;
      q[j] += kept * kept;
    }
  }
  for (int64_t j = 0; j < W; ++j) drift[first + j] = d[j], squares[first + j] = q[j];
}

// Calls wide(first) for groups of kWide columns of [begin, end) and narrow(first) for the columns that are left.
template <class Wide, class Narrow>
void by_width(int64_t begin, int64_t end, Wide&& wide, Narrow&& narrow) {
  int64_t j = begin;
  for (; j + kWide <= end; j += kWide) wide(j);
  for (; j < end; ++j) narrow(j);
}

}  // namespace

void column_moments(Lease& lease, int64_t rows, int64_t cols, const float* x, const int32_t* indices,
                    int64_t index_count, Moments& out) {
  const Rows all{x, cols, indices, indices == nullptr ? rows : index_count};
  for (auto* values : {&out.mean, &out.variance, &out.count}) values->assign(size_t(cols), 0.0);
  std::vector<double> drift(size_t(cols), 0.0);
  double *mean = out.mean.data(), *variance = out.variance.data(), *count = out.count.data();
  parallel_range(lease, cols, kGroup, [&](int64_t begin, int64_t end, int) {
    by_width(
        begin, end, [&](int64_t j) { sums<kWide>(all, j, mean, count); },
        [&](int64_t j) { sums<1>(all, j, mean, count); });
    for (int64_t j = begin; j < end; ++j) mean[j] /= count[j];
    by_width(
        begin, end, [&](int64_t j) { deviations<kWide>(all, j, mean, drift.data(), variance); },
        [&](int64_t j) { deviations<1>(all, j, mean, drift.data(), variance); });
    for (int64_t j = begin; j < end; ++j) {
      variance[j] = std::max(0.0, (variance[j] - drift[size_t(j)] * drift[size_t(j)] / count[j]) / count[j]);
    }
  });
}

void transform_columns(Lease& lease, int64_t rows, int64_t cols, const float* x, const Affine& f, float* y) {
  const int64_t grain = std::max<int64_t>(1, kRowGrain / std::max<int64_t>(cols, 1));
  parallel_range(lease, rows, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t r = begin; r < end; ++r) {
      const float* from = x + r * cols;
      float* to = y + r * cols;
      for (int64_t j = 0; j < cols; ++j) {
        double value = from[j];
        if (f.center != nullptr) value -= f.center[j];
        if (f.scale != nullptr) value /= f.scale[j];
        if (f.gain != nullptr) value *= f.gain[j];
        if (f.offset != nullptr) value += f.offset[j];
        to[j] = float(value);
      }
    }
  });
}

}  // namespace hebb::graph
