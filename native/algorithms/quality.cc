#include "algorithms/quality.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "algorithms/spread.h"
#include "kernels/distance_kernels.h"
#include "kernels/tsne_kernels.h"

namespace hebb {

Status trustworthiness(Lease& lease, const Kernels& kernels, const float* x, int64_t dims, const float* y,
                       int64_t map_dims, int64_t n, int64_t k, const std::vector<int32_t>& queries, const Watch& watch,
                       double* value) {
  HEBB_RETURN_IF_ERROR(check_spread(kernels, x, n, dims));
  HEBB_RETURN_IF_ERROR(check_spread(kernels, y, n, map_dims));
  const int64_t count = queries.empty() ? n : int64_t(queries.size());
  std::vector<double> penalty(static_cast<size_t>(count), 0.0);
  std::atomic<bool> failed{false};
  Meter meter(watch, count);
  lease.parallel_for(count, [&](int64_t q, int worker) {
    if (!meter.go()) return;
    const int64_t i = queries.empty() ? q : queries[size_t(q)];
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
    in_x[i] = std::numeric_limits<float>::infinity();
    for (int64_t r = 0; r < k; ++r) {
      const float own = in_x[nearest[size_t(r)]];
      int64_t rank = 1;
      for (int64_t l = 0; l < n; ++l) rank += in_x[l] < own;
      penalty[size_t(q)] += double(std::max<int64_t>(0, rank - k));
    }
    meter.add(1, worker);
  });
  if (failed.load()) return Status::out_of_memory("Expected memory for a row of distances, received none.");
  HEBB_RETURN_IF_ERROR(watch.status());
  double sum = 0;
  for (const double p : penalty) sum += p;
  *value = 1 - 2 / (double(count) * double(k) * (2.0 * double(n) - 3.0 * double(k) - 1)) * sum;
  return {};
}

namespace {

constexpr int64_t kRows = 32;  // of the map, between two looks at the watch

// A map in the forms that the kernels read: y / sqrt(dof), interleaved and planar.
class KernelMap {
 public:
  KernelMap(const Kernels& kernels, const float* y, int dims, int64_t n, double dof)
      : kernels_(*kernels.tsne), dims_(dims), stride_(dims == 2 ? 2 : 4), n_(n), power_((dof + 1) / 2) {
    const double scale = 1 / std::sqrt(dof);
    interleaved_.assign(size_t(n * stride_), 0.0f);
    for (int c = 0; c < dims; ++c) {
      planar_[c].resize(size_t(n));
      planes_[c] = planar_[c].data();
      for (int64_t i = 0; i < n; ++i) {
        planar_[c][size_t(i)] = interleaved_[size_t(i * stride_ + c)] = float(y[i * dims + c] * scale);
      }
    }
  }

  // log of the sum over all pairs of (1 + d^2 / dof)^-power
  double log_sum(Lease& lease, const Watch& watch) const {
    std::vector<float> force(size_t(n_ * stride_));
    const double sum = rows(lease, watch, [&](int64_t begin, int64_t end) {
      return kernels_.dense[dims_ - 2](begin, end, interleaved_.data(), n_, planes_, nullptr, 0, float(power_), nullptr,
                                       force.data() + begin * stride_);
    });
    return std::log(std::max(sum - double(n_), 1e-300));
  }

  // power times the sum of p log(1 + d^2 / dof)
  double attraction(Lease& lease, const Watch& watch, SparseAffinities& p) const {
    int32_t* columns = p.columns.as<int32_t>();
    for (int64_t e = 0; e < p.starts.back(); ++e) columns[e] *= stride_;
    return power_ * rows(lease, watch, [&](int64_t begin, int64_t end) {
             return kernels_.cost[dims_ - 2](begin, end, p.starts.data(), columns, p.values.as<float>(),
                                             interleaved_.data());
           });
  }
  double attraction(Lease& lease, const Watch& watch, const float* p) const {
    return power_ * rows(lease, watch, [&](int64_t begin, int64_t end) {
             return kernels_.dense_cost[dims_ - 2](begin, end, interleaved_.data(), n_, planes_, p + begin * n_, n_);
           });
  }

 private:
  template <class Body>
  double rows(Lease& lease, const Watch& watch, Body&& body) const {
    std::vector<double> partial(size_t(chunk_count(n_, kRows)), 0.0);
    Meter meter(watch, n_);
    parallel_range(lease, n_, kRows, [&](int64_t begin, int64_t end, int worker) {
      if (!meter.go()) return;
      partial[size_t(begin / kRows)] = body(begin, end);
      meter.add(end - begin, worker);
    });
    double sum = 0;
    for (const double v : partial) sum += v;
    return sum;
  }

  const TsneKernels& kernels_;
  int dims_, stride_;
  int64_t n_;
  double power_;
  std::vector<float> interleaved_, planar_[3];
  const float* planes_[3] = {nullptr, nullptr, nullptr};
};

Status dense_affinities(Lease& lease, const Kernels& kernels, const DivergenceInput& input, int64_t n,
                        const Watch& watch, AlignedBuffer& p, double* entropy) {
  if (!p.resize(size_t(n * n) * sizeof(float))) {
    return Status::out_of_memory("Expected memory for n^2 affinities, received none from the system.");
  }
  float* values = p.as<float>();
  HEBB_RETURN_IF_ERROR(
      pairwise_distances(lease, kernels, input.x, n, input.dims, Metric::euclidean, values, watch.part(0, 0.3)));
  calibrate_dense(lease, kernels, n, input.perplexity, values, watch.part(0.3, 0.9));
  *entropy = symmetrize_dense(lease, n, values, watch.part(0.9, 1));
  return watch.status();
}

Status sparse_affinities(Lease& lease, const Kernels& kernels, const DivergenceInput& input, int64_t n,
                         const Watch& watch, SparseAffinities& p) {
  if (input.affinities != nullptr) return pad_affinities(lease, *input.affinities, p, watch);
  const Watch search = watch.part(0, 0.8);
  NeighborQuery query;
  query.references = input.x;
  query.n = n;
  query.dims = input.dims;
  query.k = std::min<int64_t>(n - 1, int64_t(3 * input.perplexity));
  query.cancel = search.cancel;
  query.progress = search.progress;
  std::vector<int32_t> indices(static_cast<size_t>(n * query.k));
  std::vector<float> rows(static_cast<size_t>(n * query.k));
  HEBB_RETURN_IF_ERROR(nearest_neighbors(lease, kernels, query, indices.data(), rows.data()));
  const double perplexity = std::min(input.perplexity, double(query.k));
  calibrate(lease, kernels, n, query.k, perplexity, rows.data(), watch.part(0.8, 0.9));
  HEBB_RETURN_IF_ERROR(watch.status());
  return symmetrize(lease, n, query.k, indices.data(), rows.data(), p, watch.part(0.9, 1));
}

}  // namespace

Status map_divergence(Lease& lease, const Kernels& kernels, const DivergenceInput& input, const float* y, int map_dims,
                      int64_t n, double dof, const Watch& watch, double* value) {
  const KernelMap map(kernels, y, map_dims, n, dof);
  double entropy = 0, total = 1, attraction = 0;
  if (input.affinities == nullptr && input.all_pairs) {
    AlignedBuffer p;
    HEBB_RETURN_IF_ERROR(dense_affinities(lease, kernels, input, n, watch.part(0, 0.8), p, &entropy));
    attraction = map.attraction(lease, watch.part(0.8, 0.9), p.as<float>());
  } else {
    SparseAffinities p;
    HEBB_RETURN_IF_ERROR(sparse_affinities(lease, kernels, input, n, watch.part(0, 0.5), p));
    entropy = p.entropy;
    total = p.total;
    attraction = map.attraction(lease, watch.part(0.5, 0.55), p);
  }
  HEBB_RETURN_IF_ERROR(watch.status());
  const double log_sum = map.log_sum(lease, watch.part(0.9, 1));
  *value = entropy + attraction + total * log_sum;
  return watch.status();
}

}  // namespace hebb
