#include "algorithms/distance_matrix.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "algorithms/messages.h"

namespace hebb {

namespace {

constexpr int64_t kTile = 64;  // rows and columns that are compared while both halves lie in the cache
constexpr float kTolerance = 1e-5f;

float largest_of(Lease& lease, int64_t n, const float* d) {
  std::vector<float> tops(size_t(chunk_count(n, kTile)), 0.0f);
  parallel_range(lease, n, kTile, [&](int64_t begin, int64_t end, int) {
    float top = 0;
    for (int64_t e = begin * n; e < end * n; ++e) top = d[e] > top ? d[e] : top;
    tops[size_t(begin / kTile)] = top;
  });
  return *std::max_element(tops.begin(), tops.end());
}

// What is wrong with the pair i >= j, or ok.
Status check_pair(int64_t i, int64_t j, float a, float b, float allowed) {
  if (a < 0 || b < 0) {
    return Status::data("Expected distances of at least 0, received " + written(std::min(a, b)) + " between rows " +
                        std::to_string(i) + " and " + std::to_string(j) + ".");
  }
  if (i == j && a > allowed) {
    return Status::data("Expected the distance of row " + std::to_string(i) + " to itself to be 0, received " +
                        written(a) + ".");
  }
  if (std::fabs(a - b) > allowed) {
    return Status::data("Expected symmetric distances, received " + written(a) + " at " + written_place(i, j) +
                        " and " + written(b) + " at " + written_place(j, i) + ".");
  }
  return {};
}

}  // namespace

Status check_distances(Lease& lease, int64_t n, const float* d, const Watch& watch) {
  const float allowed = kTolerance * largest_of(lease, n, d);
  const int64_t tiles = chunk_count(n, kTile);
  std::vector<Status> found(static_cast<size_t>(tiles));
  Meter meter(watch, tiles);
  lease.parallel_for(tiles, [&](int64_t tile, int worker) {
    Status& status = found[size_t(tile)];
    for (int64_t other = 0; other <= tile && meter.go(); ++other) {
      for (int64_t i = tile * kTile; i < std::min(n, (tile + 1) * kTile); ++i) {
        for (int64_t j = other * kTile; j <= std::min(i, (other + 1) * kTile - 1); ++j) {
          const float a = d[i * n + j], b = d[j * n + i];
          const bool fine = a >= 0 && b >= 0 && std::fabs(a - b) <= allowed && (i != j || a <= allowed);
          if (!fine && status.ok()) status = check_pair(i, j, a, b, allowed);
        }
      }
    }
    meter.add(1, worker);
  });
  HEBB_RETURN_IF_ERROR(watch.status());
  for (const Status& status : found) HEBB_RETURN_IF_ERROR(status);
  return {};
}

void nearest_of_matrix(Lease& lease, int64_t n, int64_t k, const float* d, int32_t* indices, float* distances,
                       const Watch& watch) {
  Meter meter(watch, n);
  parallel_range(lease, n, 16, [&](int64_t begin, int64_t end, int worker) {
    if (!meter.go()) return;
    std::vector<int32_t> order(static_cast<size_t>(n - 1));
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t j = 0, at = 0; j < n; ++j) {
        if (j != i) order[size_t(at++)] = int32_t(j);
      }
      const float* row = d + i * n;
      std::partial_sort(order.begin(), order.begin() + k, order.end(),
                        [&](int32_t a, int32_t b) { return row[a] != row[b] ? row[a] < row[b] : a < b; });
      for (int64_t j = 0; j < k; ++j) {
        indices[i * k + j] = order[size_t(j)];
        distances[i * k + j] = row[order[size_t(j)]];
      }
    }
    meter.add(end - begin, worker);
  });
}

}  // namespace hebb
