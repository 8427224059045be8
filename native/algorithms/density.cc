#include "algorithms/density.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

#include "kernels/distance_kernels.h"

namespace hebb {

namespace {

constexpr int64_t kBatch = 64;  // rows whose distances are looked at together

Status aborted() { return Status::aborted("The operation was aborted."); }
Status no_memory() { return Status::out_of_memory("Expected memory for a row of distances, received none."); }

// body(i, squared distances of row i to all rows) on all threads; false when memory runs out.
template <class Body>
Status for_rows(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, int64_t begin,
                int64_t end, const CancelFlag& cancel, Body&& body) {
  std::atomic<bool> failed{false};
  lease.parallel_for(end - begin, [&](int64_t offset, int worker) {
    if (cancel.is_requested()) return;
    float* row = static_cast<float*>(lease.scratch(worker, size_t(n) * sizeof(float)));
    if (row == nullptr) {
      failed.store(true);
      return;
    }
    const int64_t i = begin + offset;
    kernels.distance->squared_rows(n, dims, x + i * dims, x, dims, row);
    body(i, row);
  });
  return failed.load() ? no_memory() : cancel.is_requested() ? aborted() : Status{};
}

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

Status dbscan(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, double eps,
              int64_t min_samples, const CancelFlag& cancel, int32_t* labels, uint8_t* core) {
  const float limit = float(eps * eps);
  HEBB_RETURN_IF_ERROR(for_rows(lease, kernels, x, n, dims, 0, n, cancel, [&](int64_t i, const float* row) {
    int64_t near = 0;
    for (int64_t j = 0; j < n; ++j) near += row[j] <= limit;
    core[i] = near >= min_samples;
  }));
  Sets sets(n);
  std::vector<std::vector<int32_t>> near(static_cast<size_t>(kBatch));
  std::vector<std::vector<int32_t>> reach(static_cast<size_t>(n));  // the cores near a border row
  for (int64_t begin = 0; begin < n; begin += kBatch) {
    const int64_t end = std::min(n, begin + kBatch);
    HEBB_RETURN_IF_ERROR(for_rows(lease, kernels, x, n, dims, begin, end, cancel, [&](int64_t i, const float* row) {
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

Status silhouette(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, const int32_t* labels,
                  int64_t clusters, const CancelFlag& cancel, double* score) {
  std::vector<int64_t> size(static_cast<size_t>(clusters), 0);
  for (int64_t i = 0; i < n; ++i) ++size[size_t(labels[i])];
  std::vector<double> values(static_cast<size_t>(n), 0.0);
  HEBB_RETURN_IF_ERROR(for_rows(lease, kernels, x, n, dims, 0, n, cancel, [&](int64_t i, const float* row) {
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
