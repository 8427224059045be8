#include "algorithms/density.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <vector>

#include "algorithms/distance_matrix.h"
#include "algorithms/spread.h"
#include "kernels/distance_kernels.h"

namespace hebb {

namespace {

constexpr int64_t kBatch = 64;  // rows whose distances are looked at together

Status no_memory() { return Status::out_of_memory("Expected memory for a row of distances, received none."); }

// body(i, row) for the rows begin to end on all threads, with n floats of scratch each.
template <class Body>
Status for_rows(Lease& lease, int64_t n, int64_t begin, int64_t end, const Watch& watch, Body&& body) {
  std::atomic<bool> failed{false};
  Meter meter(watch, end - begin);
  lease.parallel_for(end - begin, [&](int64_t offset, int worker) {
    if (!meter.go()) return;
    float* row = static_cast<float*>(lease.scratch(worker, size_t(n) * sizeof(float)));
    if (row == nullptr) {
      failed.store(true);
      return;
    }
    body(begin + offset, row);
    meter.add(1, worker);
  });
  return failed.load() ? no_memory() : watch.status();
}

// Values that grow with the distances of rows, as the kernels give them: squares (euclidean, on rows of unit length for
// cosine, where 1 - cos is half of them) or sums of differences.
class Comparisons {
 public:
  Comparisons(const Kernels& kernels, const DensityRows& rows) : kernels_(*kernels.distance), r_(rows) {}

  Status prepare(const Kernels& kernels) {
    if (r_.metric != Metric::cosine || r_.precomputed) return {};
    unit_.resize(size_t(r_.n * r_.dims));
    return unit_rows(kernels, r_.x, r_.n, r_.dims, unit_.data());
  }

  static Status unit_rows(const Kernels& kernels, const float* x, int64_t n, int64_t dims, float* out) {
    for (int64_t i = 0; i < n; ++i) {
      const double length = std::sqrt(kernels.sum_squares(dims, x + i * dims));
      if (!(length > 0)) {
        return Status::data("Expected rows with a direction for the cosine metric, received only zeros in row " +
                            std::to_string(i) + ".");
      }
      for (int64_t c = 0; c < dims; ++c) out[i * dims + c] = float(x[i * dims + c] / length);
    }
    return {};
  }

  // What a distance of eps is in these values.
  float limit(double eps) const {
    if (r_.precomputed || r_.metric == Metric::manhattan) return float(eps);
    return float(r_.metric == Metric::cosine ? 2 * eps : eps * eps);
  }

  // Of row i to all rows; out may be left aside for what lies there already.
  const float* row(int64_t i, float* out) const {
    if (r_.precomputed) return r_.x + i * r_.n;
    return to(rows() + i * r_.dims, out);
  }

  // Of a query (of unit length for cosine) to all rows.
  const float* to(const float* query, float* out) const {
    const auto measure = r_.metric == Metric::manhattan ? kernels_.manhattan_rows : kernels_.squared_rows;
    measure(r_.n, r_.dims, query, rows(), r_.dims, out);
    return out;
  }

 private:
  const float* rows() const { return unit_.empty() ? r_.x : unit_.data(); }
  const DistanceKernels& kernels_;
  const DensityRows& r_;
  std::vector<float> unit_;
};

// Disjoint sets whose representative is their smallest member.
class Sets {
 public:
  explicit Sets(int64_t n) : parent_(static_cast<size_t>(n)) {
    for (int64_t i = 0; i < n; ++i) parent_[size_t(i)] = int32_t(i);
  }
  int32_t find(int32_t i) {
    while (parent_[size_t(i)] != i) {
      parent_[size_t(i)] = parent_[size_t(parent_[size_t(i)])];
      i = parent_[size_t(i)];
    }
    return i;
  }
  void join(int32_t a, int32_t b) {
    a = find(a);
    b = find(b);
    parent_[size_t(std::max(a, b))] = std::min(a, b);
  }

 private:
  std::vector<int32_t> parent_;
};

}  // namespace

Status dbscan(Lease& lease, const Kernels& kernels, const DensityRows& rows, double eps, int64_t min_samples,
              const Watch& watch, int32_t* labels, uint8_t* core) {
  const int64_t n = rows.n;
  if (rows.precomputed) HEBB_RETURN_IF_ERROR(check_distances(lease, n, rows.x, {watch.cancel, {}}));
  if (!rows.precomputed && rows.metric == Metric::euclidean) {
    HEBB_RETURN_IF_ERROR(check_spread(kernels, rows.x, n, rows.dims));
  }
  Comparisons compare(kernels, rows);
  HEBB_RETURN_IF_ERROR(compare.prepare(kernels));
  const float limit = compare.limit(eps);
  HEBB_RETURN_IF_ERROR(for_rows(lease, n, 0, n, watch.part(0, 0.5), [&](int64_t i, float* scratch) {
    const float* row = compare.row(i, scratch);
    int64_t near = 0;
    for (int64_t j = 0; j < n; ++j) near += row[j] <= limit;
    core[i] = near >= min_samples;
  }));
  Sets sets(n);
  std::vector<std::vector<int32_t>> near(static_cast<size_t>(kBatch));
  std::vector<std::vector<int32_t>> reach(static_cast<size_t>(n));  // the cores near a border row
  for (int64_t begin = 0; begin < n; begin += kBatch) {
    const int64_t end = std::min(n, begin + kBatch);
    const Watch quiet{watch.cancel, {}};
    HEBB_RETURN_IF_ERROR(for_rows(lease, n, begin, end, quiet, [&](int64_t i, float* scratch) {
      const float* row = compare.row(i, scratch);
      std::vector<int32_t>& found = core[i] ? near[size_t(i - begin)] : reach[size_t(i)];
      found.clear();
      const int64_t last = core[i] ? i : n;  // a pair of cores is seen from its later row
      for (int64_t j = 0; j < last; ++j) {
        if (core[j] && row[j] <= limit) found.push_back(int32_t(j));
      }
    }));
    for (int64_t i = begin; i < end; ++i) {
      if (!core[i]) continue;
      for (const int32_t j : near[size_t(i - begin)]) sets.join(int32_t(i), j);
    }
    watch.tell(0.5 + 0.5 * double(end) / double(n));
  }
  int32_t clusters = 0;
  for (int64_t i = 0; i < n; ++i) {
    labels[i] = -1;
    if (core[i]) labels[i] = sets.find(int32_t(i)) == i ? clusters++ : labels[sets.find(int32_t(i))];
  }
  for (int64_t i = 0; i < n; ++i) {
    for (const int32_t j : reach[size_t(i)]) {
      if (labels[i] < 0 || labels[j] < labels[i]) labels[i] = labels[j];
    }
  }
  return {};
}

Status dbscan_assign(Lease& lease, const Kernels& kernels, const DensityRows& cores, const int32_t* core_labels,
                     double eps, const float* queries, int64_t m, int32_t* labels) {
  if (cores.n == 0) {
    std::fill(labels, labels + m, -1);
    return {};
  }
  Comparisons compare(kernels, cores);
  HEBB_RETURN_IF_ERROR(compare.prepare(kernels));
  const float limit = compare.limit(eps);
  std::vector<float> unit;
  if (cores.metric == Metric::cosine) {
    unit.resize(size_t(m * cores.dims));
    HEBB_RETURN_IF_ERROR(Comparisons::unit_rows(kernels, queries, m, cores.dims, unit.data()));
    queries = unit.data();
  }
  return for_rows(lease, cores.n, 0, m, {}, [&](int64_t i, float* scratch) {
    const float* row = compare.to(queries + i * cores.dims, scratch);
    const float* nearest = std::min_element(row, row + cores.n);
    labels[i] = *nearest <= limit ? core_labels[nearest - row] : -1;
  });
}

Status silhouette(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, const int32_t* labels,
                  int64_t clusters, const Watch& watch, double* score) {
  HEBB_RETURN_IF_ERROR(check_spread(kernels, x, n, dims));
  std::vector<int64_t> size(static_cast<size_t>(clusters), 0);
  for (int64_t i = 0; i < n; ++i) ++size[size_t(labels[i])];
  std::vector<double> values(static_cast<size_t>(n), 0.0);
  HEBB_RETURN_IF_ERROR(for_rows(lease, n, 0, n, watch, [&](int64_t i, float* row) {
    kernels.distance->squared_rows(n, dims, x + i * dims, x, dims, row);
    std::vector<double> sum(static_cast<size_t>(clusters), 0.0);
    for (int64_t j = 0; j < n; ++j) sum[size_t(labels[j])] += std::sqrt(double(row[j]));
    const int32_t own = labels[i];
    if (size[size_t(own)] < 2) return;
    const double a = sum[size_t(own)] / double(size[size_t(own)] - 1);
    double b = -1;
    for (int64_t c = 0; c < clusters; ++c) {
      if (c == own || size[size_t(c)] == 0) continue;
      const double mean = sum[size_t(c)] / double(size[size_t(c)]);
      b = b < 0 ? mean : std::min(b, mean);
    }
    const double larger = std::max(a, b);
    values[size_t(i)] = larger > 0 ? (b - a) / larger : 0;
  }));
  double total = 0;
  for (const double v : values) total += v;
  *score = total / double(n);
  return {};
}

}  // namespace hebb
