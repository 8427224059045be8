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

// The sum of `rank` outer products of normal vectors.
std::vector<double> low_rank(int64_t n, int64_t rank) {
  std::vector<double> a(size_t(n * n), 0.0);
  Philox rng(3, uint64_t(n));
  for (int64_t r = 0; r < rank; ++r) {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        a[size_t(i * n + j)] += rng.normal(uint64_t(r * n + i)) * rng.normal(uint64_t(r * n + j));
      }
    }
  }
  return a;
}

// Products of centred columns (i mod 3) (c mod 7): rank 1, with many equal and many zero rows.
std::vector<double> periodic(int64_t n) {
  std::vector<double> a(size_t(n * n));
  for (int64_t i = 0; i < n * n; ++i) a[size_t(i)] = 200.0 * double(i / n % 7) * double(i % n % 7);
  return a;
}

std::vector<double> diagonal(int64_t n, double first, double ratio) {
  std::vector<double> a(size_t(n * n), 0.0);
  for (int64_t i = 0; i < n; ++i, first *= ratio) a[size_t(i * n + i)] = first;
  return a;
}

void expect_solved(Lease& lease, int64_t n, const std::vector<double>& a) {
  std::vector<double> copy = a, values, vectors;
  SymmetricEigen eigen(lease, {}, n, copy.data());
  CHECK(eigen.values(values).ok());
  CHECK(eigen.vectors(n, vectors).ok());
  expect_eigen(n, a, n, values, vectors);
}

TEST(eigen_pairs_of_symmetric_matrices) {
  Lease lease = ThreadPool::instance().lease(2);
  for (const int64_t n : {1, 2, 3, 10, 129}) {
    for (const int64_t rank : {int64_t(0), int64_t(1), int64_t(2), n / 2, n})
      expect_solved(lease, n, low_rank(n, rank));
    expect_solved(lease, n, periodic(n));
    expect_solved(lease, n, diagonal(n, 3, 1));
    expect_solved(lease, n, diagonal(n, 1, 0.1));
    for (const double scale : {1e-200, 1e200}) {
      std::vector<double> a = low_rank(n, 2);
      for (double& v : a) v *= scale;
      expect_solved(lease, n, a);
    }
  }
}

TEST(eigen_refuses_what_is_not_finite_and_ends_when_cancelled) {
  Lease lease = ThreadPool::instance().lease(2);
  std::vector<double> a = low_rank(20, 20), values, vectors;
  CancelFlag cancel;
  std::vector<double> copy = a;
  SymmetricEigen eigen(lease, {&cancel, {}}, 20, copy.data());
  CHECK(eigen.values(values).ok());
  cancel.request();
  CHECK(eigen.vectors(3, vectors).code == Code::aborted);
  copy = a;
  CHECK(SymmetricEigen(lease, {&cancel, {}}, 20, copy.data()).values(values).code == Code::aborted);
  a[7] = a[140] = std::nan("");
  CHECK(SymmetricEigen(lease, {}, 20, a.data()).values(values).code == Code::non_finite);
}

TEST(orthonormalize_replaces_dependent_rows) {
  Lease lease = ThreadPool::instance().lease(2);
  const int64_t rows = 40, n = 50;
  std::vector<double> q(size_t(rows * n), 0.0);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = 0; i < n; ++i) q[size_t(r * n + i)] = r % 4 == 0 ? 0 : std::sin(double(r % 7 + 1) * double(i));
  }
  orthonormalize(lease, rows, n, q.data());
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t s = 0; s <= r; ++s) {
      double dot = r == s ? -1 : 0;
      for (int64_t i = 0; i < n; ++i) dot += q[size_t(r * n + i)] * q[size_t(s * n + i)];
      CHECK_NOTE(std::fabs(dot) < 1e-13, "rows %d, %d: %g", int(r), int(s), dot);
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
