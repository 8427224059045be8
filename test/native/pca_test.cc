#include "algorithms/pca.h"

#include <cmath>
#include <vector>

#include "algorithms/eigen.h"
#include "check.h"
#include "samples.h"

using namespace hebb;

namespace {

// The largest |a v - lambda v| over the pairs, and the largest departure from orthonormality.
void expect_eigen(int64_t n, const std::vector<double>& a, int64_t k, const std::vector<double>& values,
                  const std::vector<double>& vectors) {
  double residual = 0, skew = 0, size = 0;
  for (const double v : a) size = std::max(size, std::fabs(v));
  for (int64_t r = 0; r < k; ++r) {
    for (int64_t i = 0; i < n; ++i) {
      double s = -values[size_t(r)] * vectors[size_t(r * n + i)];
      for (int64_t j = 0; j < n; ++j) s += a[size_t(i * n + j)] * vectors[size_t(r * n + j)];
      residual = std::max(residual, std::fabs(s));
    }
    for (int64_t q = 0; q <= r; ++q) {
      double s = q == r ? -1 : 0;
      for (int64_t i = 0; i < n; ++i) s += vectors[size_t(r * n + i)] * vectors[size_t(q * n + i)];
      skew = std::max(skew, std::fabs(s));
    }
    CHECK(r == 0 || values[size_t(r - 1)] >= values[size_t(r)]);
  }
  CHECK_NOTE(residual <= 1e-12 * double(n) * size, "n %d residual %g of %g", int(n), residual, size);
  CHECK_NOTE(skew < 1e-12, "n %d skew %g", int(n), skew);
}

}  // namespace

TEST(eigen_pairs_of_symmetric_matrices) {
  Lease lease = ThreadPool::instance().lease(2);
  for (const int64_t n : {1, 2, 3, 10, 129}) {
    for (const int kind : {0, 1, 2, 3}) {  // full, low rank, identity, zero
      std::vector<double> a(size_t(n * n), 0.0);
      const int64_t rank = kind == 0 ? n : kind == 1 ? 2 : 0;
      Philox rng(3, uint64_t(n));
      for (int64_t r = 0; r < rank; ++r) {
        for (int64_t i = 0; i < n; ++i) {
          for (int64_t j = 0; j < n; ++j) {
            a[size_t(i * n + j)] += rng.normal(uint64_t(r * n + i)) * rng.normal(uint64_t(r * n + j));
          }
        }
      }
      if (kind == 2) {
        for (int64_t i = 0; i < n; ++i) a[size_t(i * n + i)] = 3;
      }
      std::vector<double> copy = a, values, vectors;
      CHECK(symmetric_eigen(lease, n, copy.data(), n, values, vectors));
      expect_eigen(n, a, n, values, vectors);
    }
  }
}

TEST(pca_solvers_agree) {
  Lease lease = ThreadPool::instance().lease(2);
  for (const bool wide : {false, true}) {
    const int64_t n = wide ? 40 : 2500, dims = wide ? 300 : 30, k = 6;
    std::vector<float> x = samples::blobs(n, dims, 9, 3);
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t c = 0; c < dims; ++c) x[size_t(i * dims + c)] = x[size_t(i * dims + c)] * float(1 + c % 7) + 100;
    }
    PcaOptions options;
    options.components = k;
    PcaModel exact, random;
    CHECK(pca_fit(lease, kernels(), x.data(), n, dims, options, exact).ok());
    options.solver = PcaSolver::randomized;
    options.power_iterations = 30;
    CHECK(pca_fit(lease, kernels(), x.data(), n, dims, options, random).ok());
    for (int64_t r = 0; r < k; ++r) {
      double dot = 0;
      for (int64_t c = 0; c < dims; ++c) dot += exact.axes[size_t(r * dims + c)] * random.axes[size_t(r * dims + c)];
      CHECK_NOTE(std::fabs(dot - 1) < 1e-4, "axis %d: %g", int(r), dot);
      CHECK(std::fabs(exact.variance[size_t(r)] / random.variance[size_t(r)] - 1) < 1e-4);
    }
    // The variance of the projections is the variance that the model states.
    std::vector<float> y(size_t(n * k));
    CHECK(pca_transform(lease, kernels(), x.data(), n, exact, nullptr, y.data()).ok());
    for (int64_t r = 0; r < k; ++r) {
      double sum = 0, squares = 0;
      for (int64_t i = 0; i < n; ++i) sum += y[size_t(i * k + r)], squares += std::pow(double(y[size_t(i * k + r)]), 2);
      CHECK_NOTE(std::fabs(sum / n) < 1e-3, "mean %g", sum / n);
      CHECK(std::fabs(squares / double(n - 1) / exact.variance[size_t(r)] - 1) < 1e-4);
    }
  }
}
