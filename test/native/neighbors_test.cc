#include "algorithms/neighbors.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "check.h"
#include "samples.h"

using namespace hebb;

namespace {

double distance(Metric metric, int64_t dims, const float* a, const float* b) {
  double squares = 0, absolute = 0, dot = 0, aa = 0, bb = 0;
  for (int64_t c = 0; c < dims; ++c) {
    const double x = a[c], y = b[c];
    squares += (x - y) * (x - y);
    absolute += std::fabs(x - y);
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  if (metric == Metric::manhattan) return absolute;
  return metric == Metric::cosine ? 1 - dot / std::sqrt(aa * bb) : std::sqrt(squares);
}

// The distances found must be the k smallest, and each must be that of the index it stands with.
void expect_nearest(const NeighborQuery& q, const std::vector<int32_t>& indices, const std::vector<float>& distances,
                    double tolerance) {
  const bool self = q.queries == nullptr;
  const float* queries = self ? q.references : q.queries;
  const int64_t m = self ? q.n : q.m;
  int64_t wrong = 0;
  for (int64_t i = 0; i < m; ++i) {
    std::vector<double> all;
    for (int64_t j = 0; j < q.n; ++j) {
      if (!self || j != i) all.push_back(distance(q.metric, q.dims, queries + i * q.dims, q.references + j * q.dims));
    }
    std::sort(all.begin(), all.end());
    std::vector<int32_t> seen(indices.begin() + i * q.k, indices.begin() + (i + 1) * q.k);
    std::sort(seen.begin(), seen.end());
    wrong += std::adjacent_find(seen.begin(), seen.end()) != seen.end();
    wrong += self && std::binary_search(seen.begin(), seen.end(), int32_t(i));
    for (int64_t r = 0; r < q.k; ++r) {
      const double found = distances[size_t(i * q.k + r)];
      const float* other = q.references + int64_t(indices[size_t(i * q.k + r)]) * q.dims;
      const double real = distance(q.metric, q.dims, queries + i * q.dims, other);
      wrong += std::fabs(found - all[size_t(r)]) > tolerance * (1 + all[size_t(r)]);
      wrong += std::fabs(real - all[size_t(r)]) > tolerance * (1 + all[size_t(r)]);
    }
  }
  CHECK_NOTE(wrong == 0, "%d of %d values", int(wrong), int(m * q.k));
}

void search(const Kernels& table, NeighborQuery q, int threads, std::vector<int32_t>& indices,
            std::vector<float>& distances) {
  const int64_t m = q.queries == nullptr ? q.n : q.m;
  indices.assign(size_t(m * q.k), -1);
  distances.assign(size_t(m * q.k), -1);
  Lease lease = ThreadPool::instance().lease(threads);
  const Status status = nearest_neighbors(lease, table, q, indices.data(), distances.data());
  CHECK_NOTE(status.ok(), "%s", status.message.c_str());
}

NeighborQuery self_query(const std::vector<float>& x, int64_t n, int64_t dims, int64_t k, Metric metric) {
  NeighborQuery q;
  q.references = x.data();
  q.n = n;
  q.dims = dims;
  q.k = k;
  q.metric = metric;
  return q;
}

}  // namespace

TEST(neighbors_match_brute_force_on_every_isa) {
  const Kernels* tables[8];
  const int count = available_kernels(tables, 8);
  for (int t = 0; t < count; ++t) {
    for (const Metric metric : {Metric::euclidean, Metric::cosine, Metric::manhattan}) {
      for (const int64_t dims : {1, 3, 17, 50}) {
        const int64_t n = dims == 17 ? 611 : 203;
        const std::vector<float> x = samples::blobs(n, dims, 5, 11);
        const NeighborQuery q = self_query(x, n, dims, dims == 3 ? n - 1 : 15, metric);
        std::vector<int32_t> indices;
        std::vector<float> distances;
        search(*tables[t], q, 2, indices, distances);
        expect_nearest(q, indices, distances, 2e-6);
      }
    }
  }
}

TEST(neighbors_of_other_points) {
  const std::vector<float> x = samples::blobs(400, 9, 4, 3), y = samples::blobs(37, 9, 4, 5);
  NeighborQuery q = self_query(x, 400, 9, 400, Metric::euclidean);
  q.queries = y.data();
  q.m = 37;
  std::vector<int32_t> indices;
  std::vector<float> distances;
  search(kernels(), q, 2, indices, distances);
  expect_nearest(q, indices, distances, 2e-6);
}

// |x|^2 + |y|^2 - 2 xy alone would be noise here: two tight groups, far from each other and from the origin.
TEST(neighbors_survive_cancellation_and_duplicates) {
  const int64_t n = 900, dims = 6;
  std::vector<float> x = samples::normals(n * dims, 0.01, 7);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t c = 0; c < dims; ++c) x[size_t(i * dims + c)] += i % 2 ? 3000.0f : -2000.0f;
  }
  for (int64_t i = 0; i < 500; ++i) std::memcpy(&x[size_t(i * dims)], &x[0], size_t(dims) * sizeof(float));
  const NeighborQuery q = self_query(x, n, dims, 30, Metric::euclidean);
  std::vector<int32_t> indices;
  std::vector<float> distances;
  search(kernels(), q, 2, indices, distances);
  expect_nearest(q, indices, distances, 1e-6);
}

TEST(neighbors_by_sums_of_tiny_differences) {
  const int64_t n = 400, dims = 4;
  std::vector<float> x = samples::normals(n * dims, 9, 7);
  for (float& v : x) v = std::round(v);
  std::vector<float> tiny = x;
  for (float& v : tiny) v = std::ldexp(v, -130);  // whole units of the smallest numbers: no rounding
  std::vector<int32_t> want, got;
  std::vector<float> distances;
  search(kernels(), self_query(x, n, dims, 30, Metric::manhattan), 2, want, distances);
  search(kernels(), self_query(tiny, n, dims, 30, Metric::manhattan), 2, got, distances);
  CHECK(want == got);
}

TEST(neighbors_same_bits_for_any_thread_count) {
  ThreadPool::instance().set_threads(4);
  const std::vector<float> x = samples::blobs(1500, 20, 7, 1);
  const NeighborQuery q = self_query(x, 1500, 20, 31, Metric::euclidean);
  std::vector<int32_t> one_i, four_i;
  std::vector<float> one_d, four_d;
  search(kernels(), q, 1, one_i, one_d);
  search(kernels(), q, 4, four_i, four_d);
  CHECK(one_i == four_i);
  CHECK(std::memcmp(one_d.data(), four_d.data(), one_d.size() * sizeof(float)) == 0);
}

namespace {

double recall_of(const std::vector<int32_t>& found, const std::vector<int32_t>& real, int64_t k) {
  int64_t hits = 0;
  for (size_t row = 0; row < found.size(); row += size_t(k)) {
    const auto begin = real.begin() + int64_t(row);
    for (int64_t j = 0; j < k; ++j) hits += std::find(begin, begin + k, found[row + size_t(j)]) != begin + k;
  }
  return double(hits) / double(found.size());
}

}  // namespace

TEST(neighbors_approximate_reach_the_recall) {
  ThreadPool::instance().set_threads(4);
  const Kernels* tables[8];
  const int count = available_kernels(tables, 8);
  const int64_t n = 3000, dims = 12;
  const std::vector<float> x = samples::blobs(n, dims, 9, 11), y = samples::blobs(150, dims, 9, 11);
  for (const Metric metric : {Metric::euclidean, Metric::cosine, Metric::manhattan}) {
    for (const bool self : {true, false}) {
      NeighborQuery q = self_query(x, n, dims, 20, metric);
      if (!self) q.queries = y.data(), q.m = 150;
      std::vector<int32_t> real, found, again;
      std::vector<float> distances, one, four;
      search(kernels(), q, 2, real, distances);
      q.method = NeighborMethod::approximate;
      for (int t = 0; t < count; ++t) {
        search(*tables[t], q, 1, found, one);
        const double recall = recall_of(found, real, q.k);
        CHECK_NOTE(recall > 0.95, "%s, metric %d: recall %g", tables[t]->isa, int(metric), recall);
        search(*tables[t], q, 4, again, four);
        CHECK(found == again && std::memcmp(one.data(), four.data(), one.size() * sizeof(float)) == 0);
        for (int64_t i = 0; self && i < n; ++i) {
          CHECK(std::find(found.begin() + i * q.k, found.begin() + (i + 1) * q.k, int32_t(i)) ==
                found.begin() + (i + 1) * q.k);
        }
      }
      q.recall = 1;
      search(kernels(), q, 2, found, one);
      CHECK_NOTE(recall_of(found, real, q.k) > 0.995, "%g", recall_of(found, real, q.k));
    }
  }
}

TEST(neighbors_approximate_survive_duplicates_and_few_points) {
  const int64_t dims = 6;
  for (const int64_t n : {5, 90, 2500}) {
    std::vector<float> x = samples::normals(n * dims, 1, 7);
    for (int64_t i = 0; i < n * 4 / 5; ++i) std::memcpy(&x[size_t(i * dims)], &x[0], size_t(dims) * sizeof(float));
    for (const int64_t k : {int64_t(1), std::min<int64_t>(n - 1, 30), n - 1}) {
      if (n == 2500 && k == n - 1) continue;
      NeighborQuery q = self_query(x, n, dims, k, Metric::euclidean);
      q.method = NeighborMethod::approximate;
      std::vector<int32_t> indices;
      std::vector<float> distances;
      search(kernels(), q, 2, indices, distances);
      for (int64_t i = 0; i < n; ++i) {
        std::vector<int32_t> seen(indices.begin() + i * k, indices.begin() + (i + 1) * k);
        std::sort(seen.begin(), seen.end());
        CHECK(seen.front() >= 0 && seen.back() < n && std::adjacent_find(seen.begin(), seen.end()) == seen.end());
        if (i < n * 4 / 5 && k <= 30 && n == 2500) CHECK(distances[size_t(i * k + k - 1)] == 0);
      }
    }
  }
}

TEST(neighbors_refuse_what_cannot_be_measured) {
  std::vector<float> x(40, 1.0f);
  std::vector<int32_t> indices(20);
  std::vector<float> distances(20);
  Lease lease = ThreadPool::instance().lease(1);
  NeighborQuery q = self_query(x, 10, 4, 2, Metric::euclidean);
  x[13] = NAN;
  CHECK(nearest_neighbors(lease, kernels(), q, indices.data(), distances.data()).code == Code::non_finite);
  x[13] = 1e30f;
  CHECK(nearest_neighbors(lease, kernels(), q, indices.data(), distances.data()).code == Code::data);
  for (int c = 0; c < 4; ++c) x[size_t(12 + c)] = 0;
  q.metric = Metric::cosine;
  CHECK(nearest_neighbors(lease, kernels(), q, indices.data(), distances.data()).code == Code::data);
  CancelFlag cancel;
  cancel.request();
  q.metric = Metric::manhattan;
  q.cancel = &cancel;
  CHECK(nearest_neighbors(lease, kernels(), q, indices.data(), distances.data()).code == Code::aborted);
}
