#include "algorithms/affinity.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "algorithms/neighbors.h"
#include "check.h"
#include "kernels/tsne_kernels.h"
#include "samples.h"

using namespace hebb;

namespace {

double perplexity_of(const float* p, int64_t k) {
  double entropy = 0;
  for (int64_t j = 0; j < k; ++j) {
    if (p[j] > 0) entropy -= double(p[j]) * std::log(double(p[j]));
  }
  return std::exp(entropy);
}

double sum_of(const float* p, int64_t k) {
  double sum = 0;
  for (int64_t j = 0; j < k; ++j) sum += p[j];
  return sum;
}

}  // namespace

TEST(calibration_reaches_the_perplexity) {
  const Kernels* tables[8];
  const int count = available_kernels(tables, 8);
  for (int t = 0; t < count; ++t) {
    for (const double scale : {1e-6, 1.0, 1e6}) {
      const int64_t n = 200, k = 60;
      std::vector<float> rows = samples::normals(n * k, 1.0, 9);
      for (int64_t i = 0; i < n; ++i) {
        float* row = rows.data() + i * k;
        for (int64_t j = 0; j < k; ++j) row[j] = float(scale * (5 + std::fabs(row[j]) * double(i % 7 + 1)));
        std::sort(row, row + k);
      }
      Lease lease = ThreadPool::instance().lease(2);
      calibrate(lease, *tables[t], n, k, 20, rows.data());
      double worst = 0;
      for (int64_t i = 0; i < n; ++i) {
        worst = std::max(worst, std::fabs(perplexity_of(rows.data() + i * k, k) - 20));
        worst = std::max(worst, 100 * std::fabs(sum_of(rows.data() + i * k, k) - 1));
      }
      CHECK_NOTE(worst < 2e-3, "%s scale %g: off by %g", tables[t]->isa, scale, worst);
    }
  }
}

TEST(calibration_of_degenerate_rows) {
  const int64_t k = 30;
  std::vector<float> rows(size_t(3 * k), 2.0f);                                // all equally far
  for (int64_t j = 0; j < k; ++j) rows[size_t(k + j)] = j < 20 ? 0.0f : 1.0f;  // more ties than the perplexity
  for (int64_t j = 0; j < k; ++j) rows[size_t(2 * k + j)] = j == 0 ? 0.0f : 1e18f;
  Lease lease = ThreadPool::instance().lease(1);
  calibrate(lease, kernels(), 3, k, 10, rows.data());
  for (int64_t j = 0; j < k; ++j) {
    CHECK_NOTE(std::fabs(rows[size_t(j)] - 1.0 / k) < 1e-6, "%g", rows[size_t(j)]);
    CHECK_NOTE(std::fabs(rows[size_t(k + j)] - (j < 20 ? 0.05 : 0.0)) < 1e-6, "%g", rows[size_t(k + j)]);
  }
  CHECK(std::fabs(sum_of(rows.data() + 2 * k, k) - 1) < 1e-5);
}

TEST(symmetrization_matches_the_definition) {
  const int64_t n = 300, k = 24;
  const std::vector<float> x = samples::blobs(n, 5, 3, 2);
  std::vector<int32_t> indices(size_t(n * k));
  std::vector<float> rows(size_t(n * k));
  Lease lease = ThreadPool::instance().lease(2);
  NeighborQuery q;
  q.references = x.data();
  q.n = n;
  q.dims = 5;
  q.k = k;
  CHECK(nearest_neighbors(lease, kernels(), q, indices.data(), rows.data()).ok());
  calibrate(lease, kernels(), n, k, 8, rows.data());
  std::vector<double> dense(size_t(n * n), 0.0);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t e = 0; e < k; ++e) {
      const int64_t j = indices[size_t(i * k + e)];
      dense[size_t(i * n + j)] += rows[size_t(i * k + e)] / (2.0 * n);
      dense[size_t(j * n + i)] += rows[size_t(i * k + e)] / (2.0 * n);
    }
  }
  SparseAffinities p;
  CHECK(symmetrize(lease, n, k, indices.data(), rows.data(), p).ok());
  double entropy = 0, total = 0, worst = 0;
  for (int64_t i = 0; i < n; ++i) {
    CHECK(p.starts[size_t(i)] % kTsneRowPad == 0);
    for (int64_t e = p.starts[size_t(i)]; e < p.starts[size_t(i + 1)]; ++e) {
      double& want = dense[size_t(i * n + p.columns.as<int32_t>()[e])];
      const double got = p.values.as<float>()[e];
      if (got == 0) continue;
      worst = std::max(worst, std::fabs(got - want));
      entropy += want * std::log(want);
      total += want;
      want = 0;
    }
  }
  for (const double left : dense) worst = std::max(worst, left);
  CHECK_NOTE(worst < 1e-9, "%g", worst);
  CHECK_NOTE(std::fabs(entropy - p.entropy) < 1e-6, "%g %g", entropy, p.entropy);
  CHECK_NOTE(std::fabs(total - 1) < 1e-6 && std::fabs(p.total - 1) < 1e-6, "%g %g", total, p.total);
}
