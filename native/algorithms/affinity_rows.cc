// Affinities as callers are given and give them.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "algorithms/affinity.h"
#include "algorithms/messages.h"

namespace hebb {

Status strip_padding(const SparseAffinities& padded, AffinityRows& rows) {
  const auto is_padding = [&](int64_t i, int64_t e) { return padded.columns.as<int32_t>()[e] == i; };
  int64_t total = 0;
  rows.starts.assign(1, 0);
  for (int64_t i = 0; i < padded.n; ++i) {
    for (int64_t e = padded.starts[size_t(i)]; e < padded.starts[size_t(i + 1)]; ++e) total += !is_padding(i, e);
    if (total > std::numeric_limits<int32_t>::max()) {
      return Status::data("Expected affinities of at most 2147483647 entries, there are more: take fewer neighbours.");
    }
    rows.starts.push_back(int32_t(total));
  }
  rows.columns.reserve(size_t(total));
  rows.values.reserve(size_t(total));
  for (int64_t i = 0; i < padded.n; ++i) {
    for (int64_t e = padded.starts[size_t(i)]; e < padded.starts[size_t(i + 1)]; ++e) {
      if (is_padding(i, e)) continue;
      rows.columns.push_back(padded.columns.as<int32_t>()[e]);
      rows.values.push_back(padded.values.as<float>()[e]);
    }
  }
  return {};
}

namespace {

constexpr double kSumTolerance = 1e-3;
constexpr float kSymmetryTolerance = 1e-4f;  // relative

// What is wrong with row i, or ok.
Status check_row(const AffinityRows& rows, int64_t i) {
  const int64_t n = int64_t(rows.starts.size()) - 1;
  int32_t before = -1;
  for (int32_t e = rows.starts[size_t(i)]; e < rows.starts[size_t(i + 1)]; ++e) {
    const int32_t j = rows.columns[size_t(e)];
    const float p = rows.values[size_t(e)];
    if (j <= before || j >= n || j == i) {
      return Status::data("Expected ascending columns of other points in row " + std::to_string(i) +
                          " of the affinities, received " + std::to_string(j) + ".");
    }
    before = j;
    if (!(p >= 0 && p <= 1)) {
      return Status::data("Expected affinities from 0 to 1, received " + written(p) + " at " + written_place(i, j) +
                          ".");
    }
    const int32_t* begin = rows.columns.data() + rows.starts[size_t(j)];
    const int32_t* end = rows.columns.data() + rows.starts[size_t(j + 1)];
    const int32_t* mirror = std::lower_bound(begin, end, int32_t(i));
    const float q = mirror != end && *mirror == i ? rows.values[size_t(mirror - rows.columns.data())] : 0;
    if (std::fabs(p - q) > kSymmetryTolerance * std::max(p, q)) {
      return Status::data("Expected symmetric affinities, received " + written(p) + " at " + written_place(i, j) +
                          " and " + written(q) + " at " + written_place(j, i) + ".");
    }
  }
  return {};
}

}  // namespace

Status pad_affinities(Lease& lease, const AffinityRows& rows, SparseAffinities& out, const Watch& watch) {
  const int64_t n = out.n = int64_t(rows.starts.size()) - 1;
  const auto count = [&](int64_t i) { return int64_t(rows.starts[size_t(i + 1)] - rows.starts[size_t(i)]); };
  out.starts.assign(1, 0);
  for (int64_t i = 0; i < n; ++i) out.starts.push_back(out.starts.back() + padded_entries(count(i)));
  const size_t total = size_t(out.starts.back());
  if (!out.columns.resize(total * sizeof(int32_t)) || !out.values.resize(total * sizeof(float))) {
    return Status::out_of_memory("Expected memory for the affinities, received none from the system.");
  }
  std::vector<Status> found(size_t(chunk_count(n, 256)));
  parallel_range(lease, n, 256, [&](int64_t begin, int64_t end, int) {
    Status& status = found[size_t(begin / 256)];
    for (int64_t i = begin; i < end && status.ok() && !watch.cancelled(); ++i) {
      status = check_row(rows, i);
      const int64_t from = rows.starts[size_t(i)], to = out.starts[size_t(i)];
      for (int64_t e = 0; e < padded_entries(count(i)); ++e) {
        const bool real = e < count(i);
        out.columns.as<int32_t>()[to + e] = real ? rows.columns[size_t(from + e)] : int32_t(i);
        out.values.as<float>()[to + e] = real ? rows.values[size_t(from + e)] : 0;
      }
    }
  });
  HEBB_RETURN_IF_ERROR(watch.status());
  for (const Status& status : found) HEBB_RETURN_IF_ERROR(status);
  sum_up(lease, out);
  if (!(std::fabs(out.total - 1) <= kSumTolerance)) {
    return Status::data("Expected affinities with a sum of 1, received a sum of " + written(out.total) +
                        ": divide them by it.");
  }
  return {};
}

}  // namespace hebb
