#include "algorithms/tsne.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "algorithms/neighbors.h"
#include "check.h"
#include "samples.h"

using namespace hebb;

namespace {

SparseAffinities affinities(Lease& lease, const std::vector<float>& x, int64_t n, int64_t dims, double perplexity) {
  const int64_t k = std::min<int64_t>(n - 1, int64_t(3 * perplexity));
  std::vector<int32_t> indices(size_t(n * k));
  std::vector<float> rows(size_t(n * k));
  NeighborQuery q;
  q.references = x.data();
  q.n = n;
  q.dims = dims;
  q.k = k;
  CHECK(nearest_neighbors(lease, kernels(), q, indices.data(), rows.data()).ok());
  calibrate(lease, kernels(), n, k, perplexity, rows.data());
  SparseAffinities p;
  CHECK(symmetrize(lease, n, k, indices.data(), rows.data(), p).ok());
  return p;
}

std::vector<double> dense_of(const SparseAffinities& p) {
  std::vector<double> dense(size_t(p.n * p.n), 0.0);
  for (int64_t i = 0; i < p.n; ++i) {
    for (int64_t e = p.starts[size_t(i)]; e < p.starts[size_t(i + 1)]; ++e) {
      dense[size_t(i * p.n + p.columns.as<int32_t>()[e])] += p.values.as<float>()[e];
    }
  }
  return dense;
}

struct Forces {
  std::vector<double> attraction, repulsion;
  double z = 0;
};

Forces naive_forces(const std::vector<double>& p, const std::vector<float>& y, int64_t n, int dims) {
  Forces f{std::vector<double>(size_t(n * dims)), std::vector<double>(size_t(n * dims)), 0};
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      if (j == i) continue;
      double d2 = 0;
      for (int c = 0; c < dims; ++c) d2 += std::pow(double(y[size_t(i * dims + c)]) - y[size_t(j * dims + c)], 2);
      const double q = 1 / (1 + d2);
      f.z += q;
      for (int c = 0; c < dims; ++c) {
        const double delta = double(y[size_t(i * dims + c)]) - y[size_t(j * dims + c)];
        f.attraction[size_t(i * dims + c)] += p[size_t(i * n + j)] * q * delta;
        f.repulsion[size_t(i * dims + c)] += q * q * delta;
      }
    }
  }
  for (double& v : f.repulsion) v /= f.z;
  return f;
}

double naive_kl(const std::vector<double>& p, const std::vector<double>& y, int64_t n, int dims, double dof = 1) {
  double z = 0, cost = 0;
  for (int pass = 0; pass < 2; ++pass) {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        if (j == i) continue;
        double d2 = 0;
        for (int c = 0; c < dims; ++c) d2 += std::pow(y[size_t(i * dims + c)] - y[size_t(j * dims + c)], 2);
        const double q = std::pow(1 + d2 / dof, -(dof + 1) / 2), pij = p[size_t(i * n + j)];
        if (pass == 0) z += q;
        if (pass == 1 && pij > 0) cost += pij * std::log(pij / (q / z));
      }
    }
  }
  return cost;
}

Forces forces_of(TsneOptimizer& optimizer, Lease& lease) {
  Forces f{std::vector<double>(size_t(optimizer.points() * optimizer.dims())),
           std::vector<double>(size_t(optimizer.points() * optimizer.dims())), 0};
  optimizer.forces(lease, f.attraction.data(), f.repulsion.data(), &f.z);
  return f;
}

double largest(const std::vector<double>& v) {
  double m = 0;
  for (const double x : v) m = std::max(m, std::fabs(x));
  return m;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double m = 0;
  for (size_t i = 0; i < a.size(); ++i) m = std::max(m, std::fabs(a[i] - b[i]));
  return m;
}

// Errors |approximate - exact| / |exact| of the repulsion of each point, sorted.
std::vector<double> relative_errors(const Forces& got, const Forces& want, int64_t n, int dims) {
  std::vector<double> errors;
  for (int64_t i = 0; i < n; ++i) {
    double difference = 0, size = 0;
    for (int c = 0; c < dims; ++c) {
      difference += std::pow(got.repulsion[size_t(i * dims + c)] - want.repulsion[size_t(i * dims + c)], 2);
      size += std::pow(want.repulsion[size_t(i * dims + c)], 2);
    }
    errors.push_back(std::sqrt(difference / size));
  }
  std::sort(errors.begin(), errors.end());
  return errors;
}

std::vector<float> run(const Kernels& table, Lease& lease, const std::vector<float>& x, int64_t n, int64_t dims,
                       int out, double theta, int iterations) {
  const std::vector<float> start = samples::normals(n * out, 1e-4, 4);
  TsneOptimizer optimizer;
  CHECK(optimizer.begin(lease, table, affinities(lease, x, n, dims, 10), out, theta, start.data()).ok());
  for (int i = 0; i < iterations; ++i) {
    TsneStep step;
    step.exaggeration = i < 100 ? 12 : 1;
    step.momentum = i < 100 ? 0.5 : 0.8;
    step.learning_rate = std::max(50.0, double(n) / 12);
    optimizer.iterate(lease, step, false);
  }
  std::vector<float> y(size_t(n * out));
  optimizer.copy_embedding(y.data());
  return y;
}

}  // namespace

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
        CHECK_NOTE(std::fabs(optimizer.kl_divergence(lease) - kl) < 1e-4, "%g %g", optimizer.kl_divergence(lease), kl);
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
  CHECK(std::fabs(optimizer.kl_divergence(lease) - naive_kl(dense, at, n, dims, dof)) < 1e-4);
  // The step of plain gradient descent, gains of 0.8 or 1.2 aside, and its norm.
  TsneStep step;
  step.momentum = 0;
  step.learning_rate = 1;
  const double norm = optimizer.iterate(lease, step, false).gradient_norm;
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

TEST(tsne_dense_affinities_match_sparse_ones) {
  Lease lease = ThreadPool::instance().lease(2);
  const int64_t n = 120, k = n - 1;
  const std::vector<float> x = samples::blobs(n, 6, 3, 1);
  AlignedBuffer p;
  CHECK(p.resize(size_t(n * n) * sizeof(float)));
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double d2 = 0;
      for (int c = 0; c < 6; ++c) d2 += std::pow(double(x[size_t(i * 6 + c)]) - x[size_t(j * 6 + c)], 2);
      p.as<float>()[i * n + j] = float(std::sqrt(d2));
    }
  }
  calibrate_dense(lease, kernels(), n, 10, p.as<float>());
  const double entropy = symmetrize_dense(lease, n, p.as<float>());
  std::vector<int32_t> indices(size_t(n * k));
  std::vector<float> rows(size_t(n * k));
  NeighborQuery q;
  q.references = x.data();
  q.n = n;
  q.dims = 6;
  q.k = k;
  CHECK(nearest_neighbors(lease, kernels(), q, indices.data(), rows.data()).ok());
  calibrate(lease, kernels(), n, k, 10, rows.data());
  SparseAffinities sparse;
  CHECK(symmetrize(lease, n, k, indices.data(), rows.data(), sparse).ok());
  const std::vector<double> want = dense_of(sparse);
  double worst = 0;
  for (size_t i = 0; i < want.size(); ++i) worst = std::max(worst, std::fabs(want[i] - p.as<float>()[i]));
  CHECK_NOTE(worst < 1e-7, "%g", worst);
  CHECK(std::fabs(entropy - sparse.entropy) < 1e-4);
}

TEST(tsne_same_bits_for_any_thread_count) {
  ThreadPool::instance().set_threads(4);
  const int64_t n = 2100;
  const std::vector<float> x = samples::blobs(n, 8, 6, 2);
  for (const int dims : {2, 3}) {
    Lease one = ThreadPool::instance().lease(1);
    const std::vector<float> a = run(kernels(), one, x, n, 8, dims, 0.5, 130);
    Lease four = ThreadPool::instance().lease(4);
    const std::vector<float> b = run(kernels(), four, x, n, 8, dims, 0.5, 130);
    CHECK(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
  }
}

TEST(tsne_separates_clusters_on_every_isa) {
  const Kernels* tables[8];
  const int count = available_kernels(tables, 8);
  const int64_t n = 360;
  const std::vector<float> x = samples::blobs(n, 8, 3, 2);
  Lease lease = ThreadPool::instance().lease(2);
  for (int t = 0; t < count; ++t) {
    const std::vector<float> y = run(*tables[t], lease, x, n, 8, 2, 0.5, 400);
    int64_t same = 0;
    for (int64_t i = 0; i < n; ++i) {
      double best = 1e30;
      int64_t nearest = -1;
      for (int64_t j = 0; j < n; ++j) {
        const double d = std::hypot(y[size_t(2 * i)] - y[size_t(2 * j)], y[size_t(2 * i + 1)] - y[size_t(2 * j + 1)]);
        if (j != i && d < best) best = d, nearest = j;
      }
      same += nearest % 3 == i % 3;
    }
    CHECK_NOTE(same > n * 95 / 100, "%s: %d of %d", tables[t]->isa, int(same), int(n));
  }
}

TEST(tsne_survives_duplicates_and_coinciding_maps) {
  Lease lease = ThreadPool::instance().lease(2);
  const int64_t n = 2500;
  std::vector<float> x = samples::blobs(n, 3, 2, 2);
  for (int64_t i = 0; i < 2000 * 3; ++i) x[size_t(i)] = 1;
  const std::vector<float> y = run(kernels(), lease, x, n, 3, 2, 0.5, 150);
  for (const float v : y) {
    if (!std::isfinite(v)) {
      CHECK(std::isfinite(v));
      break;
    }
  }
  const std::vector<float> start(size_t(n * 2), 0.25f);  // a map that is one point
  TsneOptimizer optimizer;
  CHECK(optimizer.begin(lease, kernels(), affinities(lease, x, n, 3, 10), 2, 0.5, start.data()).ok());
  for (int i = 0; i < 5; ++i) CHECK(std::isfinite(optimizer.iterate(lease, {}, true).kl_divergence));
}
