#include "tsne_fixture.h"

using namespace fixture;

TEST(tsne_forces_without_approximation_are_exact) {
  const Kernels* tables[8];
  const int count = available_kernels(tables, 8);
  Lease lease = ThreadPool::instance().lease(2);
  for (int t = 0; t < count; ++t) {
    for (const int dims : {2, 3}) {
      for (const int64_t n : {5, 16, 17, 33, 701}) {
        const std::vector<float> x = samples::blobs(n, 4, 3, 8), y = samples::normals(n * dims, 7, 5);
        SparseAffinities p = affinities(lease, x, n, 4, n < 50 ? 1.5 : 10);
        const std::vector<double> dense = dense_of(p);
        const Forces want = naive_forces(dense, y, n, dims);
        TsneOptimizer optimizer;
        CHECK(optimizer.begin(lease, *tables[t], std::move(p), dims, 0, y.data()).ok());
        const Forces got = forces_of(optimizer, lease);
        CHECK_NOTE(std::fabs(got.z / want.z - 1) < 1e-5, "%s n %d: z %g %g", tables[t]->isa, int(n), got.z, want.z);
        CHECK(largest_difference(got.attraction, want.attraction) < 1e-5 * largest(want.attraction));
        CHECK(largest_difference(got.repulsion, want.repulsion) < 1e-5 * largest(want.repulsion));
        const double kl = naive_kl(dense, std::vector<double>(y.begin(), y.end()), n, dims);
        CHECK_NOTE(std::fabs(kl_of(optimizer, lease) - kl) < 1e-4, "%g %g", kl_of(optimizer, lease), kl);
      }
    }
  }
}

TEST(tsne_force_error_against_theta) {
  Lease lease = ThreadPool::instance().lease(2);
  const int64_t n = 3000;
  for (const int dims : {2, 3}) {
    for (const double spread : {0.5, 30.0}) {  // within the kernel's scale, and far beyond it
      const std::vector<float> y = samples::normals(n * dims, spread, 6);
      const std::vector<double> none(size_t(n * n), 0.0);
      const Forces want = naive_forces(none, y, n, dims);
      double before = -1;
      for (const double theta : {0.2, 0.5, 0.8}) {
        SparseAffinities p;
        p.n = n;
        p.starts.assign(size_t(n + 1), 0);
        TsneOptimizer optimizer;
        CHECK(optimizer.begin(lease, kernels(), std::move(p), dims, theta, y.data()).ok());
        const Forces got = forces_of(optimizer, lease);
        const std::vector<double> errors = relative_errors(got, want, n, dims);
        const double median = errors[size_t(n / 2)], p95 = errors[size_t(n * 95 / 100)];
        std::printf("  %d-D, spread %g, theta %.1f: median error %.5f, 95 %% below %.5f, z off by %.6f\n", dims, spread,
                    theta, median, p95, std::fabs(got.z / want.z - 1));
        CHECK_NOTE(median < 0.1 * theta * theta && p95 < 0.25 * theta * theta, "%g %g", median, p95);
        CHECK(std::fabs(got.z / want.z - 1) < 0.05 * theta * theta);
        CHECK(median >= before);
        before = median;
      }
    }
  }
}

namespace {

void expect_gradient(const Kernels& table, Lease& lease, int dims, double dof) {
  const int64_t n = 70;
  const std::vector<float> x = samples::blobs(n, 4, 3, 8), y = samples::normals(n * dims, 2, 5);
  std::vector<double> dense = dense_of(affinities(lease, x, n, 4, 10));
  AlignedBuffer p;
  CHECK(p.resize(size_t(n * n) * sizeof(float)));
  double entropy = 0;
  for (size_t i = 0; i < dense.size(); ++i) {
    p.as<float>()[i] = float(dense[i]);
    if (dense[i] > 0) entropy += dense[i] * std::log(dense[i]);
  }
  TsneOptimizer optimizer;
  optimizer.set_dof(dof);
  CHECK(optimizer.begin_exact(lease, table, n, std::move(p), entropy, dims, y.data()).ok());
  const Forces got = forces_of(optimizer, lease);
  std::vector<double> at(y.begin(), y.end());
  const double h = 1e-5;
  double worst = 0, size = 0, squares = 0;
  for (size_t v = 0; v < at.size(); ++v) {
    const double before = at[v];
    at[v] = before + h;
    const double up = naive_kl(dense, at, n, dims, dof);
    at[v] = before - h;
    const double down = naive_kl(dense, at, n, dims, dof);
    at[v] = before;
    const double force = got.attraction[v] - got.repulsion[v], gradient = 4 * force;  // the paper's factor
    worst = std::max(worst, std::fabs(gradient - (up - down) / (2 * h)));
    size = std::max(size, std::fabs(gradient));
    squares += force * force;
  }
  CHECK_NOTE(worst < 1e-4 * size, "%s, %d-D, dof %g: %g of %g", table.isa, dims, dof, worst, size);
  CHECK(std::fabs(kl_of(optimizer, lease) - naive_kl(dense, at, n, dims, dof)) < 1e-4);
  // The step of plain gradient descent, gains of 0.8 or 1.2 aside, and its norm.
  TsneStep step;
  step.momentum = 0;
  step.learning_rate = 1;
  TsneResult result;
  CHECK(optimizer.iterate(lease, step, false, result).ok());
  const double norm = result.gradient_norm;
  CHECK_NOTE(std::fabs(norm / std::sqrt(squares) - 1) < 1e-4, "dof %g: norm %g, not %g", dof, norm, std::sqrt(squares));
  std::vector<float> moved(y.size());
  optimizer.copy_embedding(moved.data());
  double off = 0;
  for (size_t v = 0; v < at.size(); ++v) {
    const double force = got.attraction[v] - got.repulsion[v], went = y[v] - moved[v];
    off = std::max(off, std::min(std::fabs(went - 0.8 * force), std::fabs(went - 1.2 * force)));
  }
  CHECK_NOTE(off < 1e-4 * size + 1e-5, "dof %g: step off by %g", dof, off);
}

}  // namespace

TEST(tsne_exact_gradient_matches_finite_differences) {
  const Kernels* tables[8];
  const int count = available_kernels(tables, 8);
  Lease lease = ThreadPool::instance().lease(2);
  for (int t = 0; t < count; ++t) {
    for (const int dims : {2, 3}) {
      for (const double dof : {1.0, 0.5, 2.0, 10.0}) expect_gradient(*tables[t], lease, dims, dof);
    }
  }
}

// The tree's forces for other kernels than the usual one, against the exact method's.
TEST(tsne_tree_forces_with_degrees_of_freedom) {
  Lease lease = ThreadPool::instance().lease(2);
  const int64_t n = 1500;
  for (const int dims : {2, 3}) {
    for (const double dof : {0.5, 2.0, 10.0}) {
      const std::vector<float> y = samples::normals(n * dims, 10, 6);
      AlignedBuffer zero;
      CHECK(zero.resize(size_t(n * n) * sizeof(float)));
      std::fill(zero.as<float>(), zero.as<float>() + n * n, 0.0f);
      TsneOptimizer exact;
      exact.set_dof(dof);
      CHECK(exact.begin_exact(lease, kernels(), n, std::move(zero), 0, dims, y.data()).ok());
      const Forces want = forces_of(exact, lease);
      for (const double theta : {0.0, 0.5}) {
        SparseAffinities p;
        p.n = n;
        p.starts.assign(size_t(n + 1), 0);
        TsneOptimizer tree;
        tree.set_dof(dof);
        CHECK(tree.begin(lease, kernels(), std::move(p), dims, theta, y.data()).ok());
        const Forces got = forces_of(tree, lease);
        const std::vector<double> errors = relative_errors(got, want, n, dims);
        const double median = errors[size_t(n / 2)];
        std::printf("  %d-D, dof %g, theta %.1f: median error %.5f, 95 %% below %.5f, z off by %.6f\n", dims, dof,
                    theta, median, errors[size_t(n * 95 / 100)], std::fabs(got.z / want.z - 1));
        CHECK_NOTE(median < 1e-5 + 0.2 * theta * theta, "%g", median);
        CHECK(std::fabs(got.z / want.z - 1) < 1e-5 + 0.1 * theta * theta);
      }
    }
  }
}

// The grid's forces against exact ones, in maps within the kernel's scale, of the density that maps have, and wide
// ones.
TEST(tsne_grid_force_error) {
  Lease lease = ThreadPool::instance().lease(2);
  for (const Kernels* table : tables()) {
    for (const int64_t n : {300, 3000}) {
      for (const double spread : {1e-4, 0.5, 5.0}) {
        for (const double dof : {0.5, 1.0, 2.0}) {
          std::vector<float> y = samples::normals(n * 2, spread, 6);
          AlignedBuffer zero;
          CHECK(zero.resize(size_t(n * n) * sizeof(float)));
          std::fill(zero.as<float>(), zero.as<float>() + n * n, 0.0f);
          TsneOptimizer exact;
          exact.set_dof(dof);
          CHECK(exact.begin_exact(lease, *table, n, std::move(zero), 0, 2, y.data()).ok());
          const Forces want = forces_of(exact, lease);
          SparseAffinities p;
          p.n = n;
          p.starts.assign(size_t(n + 1), 0);
          TsneOptimizer optimizer;
          optimizer.set_dof(dof);
          CHECK(optimizer.begin(lease, *table, std::move(p), 2, 0.5, y.data()).ok());
          optimizer.use_grid(true);
          const Forces got = forces_of(optimizer, lease);
          const std::vector<double> errors = relative_errors(got, want, n, 2);
          const double median = errors[size_t(n / 2)], p95 = errors[size_t(n * 95 / 100)];
          const double off = largest_difference(got.repulsion, want.repulsion) / largest(want.repulsion);
          if (table == tables().back()) {
            std::printf(
                "  n %4d, spread %g, dof %g: median error %.5f, 95 %% below %.5f, largest %.5f, z off by %.6f\n",
                int(n), spread, dof, median, p95, off, std::fabs(got.z / want.z - 1));
          }
          CHECK_NOTE(off < (spread < 1 ? 1e-4 : 0.015), "%s: %g", table->isa, off);
          CHECK_NOTE(median < (spread < 1 ? 1e-4 : n < 1000 ? 0.01 : 0.003), "%s: %g", table->isa, median);
          CHECK(std::fabs(got.z / want.z - 1) < 5e-4);
        }
      }
    }
  }
}
