#include "algorithms/neighbors.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <vector>

#include "algorithms/neighbor_clusters.h"
#include "algorithms/neighbor_search.h"

namespace hebb {

namespace {

// Clusters win from some thousand points on, but save less than half a second before this many, which exactness is
// worth.
constexpr int64_t kApproximateFrom = 20000;

Status exact_neighbors(Lease& lease, const Kernels& kernels, const NeighborQuery& query, int32_t* indices,
                       float* distances) {
  NeighborSearch search(lease, kernels, query, indices, distances);
  HEBB_RETURN_IF_ERROR(search.prepare());
  const int64_t panels = chunk_count(query.n, search.panel()), m = search.query_count();
  std::vector<int32_t> slots(size_t(panels * search.panel()), -1);
  std::iota(slots.begin(), slots.begin() + query.n, 0);
  HEBB_RETURN_IF_ERROR(search.pack(std::move(slots)));
  const PanelRange all{0, panels};
  std::atomic<bool> failed{false};
  std::atomic<int64_t> done{0};
  parallel_range(lease, m, NeighborSearch::kBatch, [&](int64_t begin, int64_t end, int worker) {
    if (failed.load() || search.cancelled()) return;
    int32_t batch[NeighborSearch::kBatch];
    std::iota(batch, batch + (end - begin), int32_t(begin));
    if (!search.search(batch, end - begin, &all, 1, worker)) failed.store(true);
    const int64_t now = done.fetch_add(end - begin) + end - begin;
    if (worker == 0 && query.progress) query.progress(double(now) / double(m));
  });
  if (failed.load()) return Status::out_of_memory("Expected memory for the neighbour search, received none.");
  return search.cancelled() ? Status::aborted("The operation was aborted.") : Status{};
}

}  // namespace

Status pairwise_distances(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, Metric metric,
                          float* out, const Watch& watch) {
  NeighborQuery query;
  query.references = x;
  query.n = n;
  query.dims = dims;
  query.metric = metric;
  MetricRows rows;
  HEBB_RETURN_IF_ERROR(metric_rows(lease, kernels, query, metric_means(query), x, n, rows));
  const auto measure = metric == Metric::manhattan ? kernels.distance->manhattan_rows : kernels.distance->squared_rows;
  Meter meter(watch, n);
  parallel_range(lease, n, 8, [&](int64_t begin, int64_t end, int worker) {
    if (!meter.go()) return;
    for (int64_t i = begin; i < end; ++i) {
      float* row = out + i * n;
      measure(n, dims, rows.rows + i * dims, rows.rows, dims, row);
      for (int64_t j = 0; j < n; ++j) row[j] = measured(metric, row[j]);
    }
    meter.add(end - begin, worker);
  });
  return watch.status();
}

Status nearest_neighbors(Lease& lease, const Kernels& kernels, const NeighborQuery& query, int32_t* indices,
                         float* distances) {
  const bool approximate = query.method == NeighborMethod::approximate ||
                           (query.method == NeighborMethod::automatic && query.n > kApproximateFrom);
  return approximate ? cluster_neighbors(lease, kernels, query, indices, distances)
                     : exact_neighbors(lease, kernels, query, indices, distances);
}

}  // namespace hebb
