#include "algorithms/quality.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "algorithms/affinity.h"
#include "algorithms/tsne.h"
#include "kernels/distance_kernels.h"

namespace hebb {

Status trustworthiness(Lease& lease, const Kernels& kernels, const float* x, int64_t dims, const float* y,
                       int64_t map_dims, int64_t n, int64_t k, const CancelFlag& cancel, double* value) {
  std::vector<double> penalty(static_cast<size_t>(n), 0.0);
  std::atomic<bool> failed{false};
  lease.parallel_for(n, [&](int64_t i, int worker) {
    if (cancel.is_requested()) return;
    float* in_x = static_cast<float*>(lease.scratch(worker, size_t(2 * n) * sizeof(float)));
    if (in_x == nullptr) {
      failed.store(true);
      return;
    }
    float* in_y = in_x + n;
    kernels.distance->squared_rows(n, dims, x + i * dims, x, dims, in_x);
    kernels.distance->squared_rows(n, map_dims, y + i * map_dims, y, map_dims, in_y);
    std::vector<int32_t> nearest;
    for (int64_t j = 0; j < n; ++j) {
      if (j != i) nearest.push_back(int32_t(j));
    }
    std::partial_sort(nearest.begin(), nearest.begin() + k, nearest.end(),
                      [&](int32_t a, int32_t b) { return in_y[a] != in_y[b] ? in_y[a] < in_y[b] : a < b; });
    for (int64_t r = 0; r < k; ++r) {
      const int32_t j = nearest[size_t(r)];
      int64_t rank = 1;
      for (int64_t l = 0; l < n; ++l) {
        rank += l != i && (in_x[l] < in_x[j] || (in_x[l] == in_x[j] && l < j));
      }
      penalty[size_t(i)] += double(std::max<int64_t>(0, rank - k));
    }
  });
  if (failed.load()) return Status::out_of_memory("Expected memory for a row of distances, received none.");
  if (cancel.is_requested()) return Status::aborted("The operation was aborted.");
  double sum = 0;
  for (const double p : penalty) sum += p;
  *value = 1 - 2 / (double(n) * double(k) * (2.0 * double(n) - 3.0 * double(k) - 1)) * sum;
  return {};
}

Status map_divergence(Lease& lease, const Kernels& kernels, const float* x, int64_t dims, const float* y, int map_dims,
                      int64_t n, double perplexity, bool full, const CancelFlag& cancel, double* value) {
  TsneOptimizer map;
  if (full) {
    AlignedBuffer p;
    if (!p.resize(size_t(n * n) * sizeof(float))) {
      return Status::out_of_memory("Expected memory for n^2 affinities, received none from the system.");
    }
    HEBB_RETURN_IF_ERROR(pairwise_distances(lease, kernels, x, n, dims, Metric::euclidean, p.as<float>()));
    calibrate_dense(lease, kernels, n, perplexity, p.as<float>());
    const double entropy = symmetrize_dense(lease, n, p.as<float>());
    HEBB_RETURN_IF_ERROR(map.begin_exact(lease, kernels, n, std::move(p), entropy, map_dims, y));
  } else {
    NeighborQuery query;
    query.references = x;
    query.n = n;
    query.dims = dims;
    query.k = std::min<int64_t>(n - 1, int64_t(3 * perplexity));
    query.cancel = &cancel;
    std::vector<int32_t> indices(static_cast<size_t>(n * query.k));
    std::vector<float> rows(static_cast<size_t>(n * query.k));
    HEBB_RETURN_IF_ERROR(nearest_neighbors(lease, kernels, query, indices.data(), rows.data()));
    calibrate(lease, kernels, n, query.k, perplexity, rows.data());
    SparseAffinities p;
    HEBB_RETURN_IF_ERROR(symmetrize(lease, n, query.k, indices.data(), rows.data(), p));
    HEBB_RETURN_IF_ERROR(map.begin(lease, kernels, std::move(p), map_dims, 0, y));
  }
  if (cancel.is_requested()) return Status::aborted("The operation was aborted.");
  return map.kl_divergence(lease, *value);
}

}  // namespace hebb
