#include "tsne_fixture.h"

using namespace fixture;

namespace {

std::vector<float> run(const Kernels& table, Lease& lease, const std::vector<float>& x, int64_t n, int64_t dims,
                       int out, double theta, int iterations, bool grid = false) {
  const std::vector<float> start = samples::normals(n * out, 1e-4, 4);
  TsneOptimizer optimizer;
  CHECK(optimizer.begin(lease, table, affinities(lease, x, n, dims, 10), out, theta, start.data()).ok());
  optimizer.use_grid(grid);
  for (int i = 0; i < iterations; ++i) {
    TsneStep step;
    step.exaggeration = i < 100 ? 12 : 1;
    step.momentum = i < 100 ? 0.5 : 0.8;
    step.learning_rate = std::max(50.0, double(n) / 12);
    TsneResult result;
    CHECK(optimizer.iterate(lease, step, false, result).ok());
  }
  std::vector<float> y(size_t(n * out));
  optimizer.copy_embedding(y.data());
  return y;
}

}  // namespace

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
    if (dims == 3) continue;
    const std::vector<float> c = run(kernels(), one, x, n, 8, dims, 0.5, 130, true);
    const std::vector<float> d = run(kernels(), four, x, n, 8, dims, 0.5, 130, true);
    CHECK(std::memcmp(c.data(), d.data(), c.size() * sizeof(float)) == 0);
  }
}

// The tree sorts in chunks and passes that depend on the number of threads; the order must not.
TEST(space_tree_sorts_alike_for_any_thread_count) {
  const int before = ThreadPool::instance().threads();
  ThreadPool::instance().set_threads(16);
  for (const int64_t n : {1, 700, 9000, 70000}) {
    const std::vector<float> points = samples::blobs(n, 2, 5, 3);
    float low[2] = {points[0], points[1]}, high[2] = {points[0], points[1]};
    for (int64_t i = 0; i < 2 * n; ++i) {
      low[i % 2] = std::min(low[i % 2], points[size_t(i)]);
      high[i % 2] = std::max(high[i % 2], points[size_t(i)]);
    }
    const float width = std::max(high[0] - low[0], high[1] - low[1]);
    SpaceTree tree;
    Lease one = ThreadPool::instance().lease(1);
    tree.sort(one, 2, n, points.data(), low, width);
    const std::vector<int32_t> order(tree.order(), tree.order() + n);
    std::vector<int32_t> sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (int64_t i = 0; i < n; ++i) CHECK(sorted[size_t(i)] == int32_t(i));
    for (const int threads : {2, 5, 16}) {
      Lease many = ThreadPool::instance().lease(threads);
      tree.sort(many, 2, n, points.data(), low, width);
      CHECK(std::memcmp(order.data(), tree.order(), size_t(n) * sizeof(int32_t)) == 0);
    }
  }
  ThreadPool::instance().set_threads(before);
}

TEST(tsne_separates_clusters_on_every_isa) {
  const Kernels* tables[8];
  const int count = available_kernels(tables, 8);
  const int64_t n = 360;
  const std::vector<float> x = samples::blobs(n, 8, 3, 2);
  Lease lease = ThreadPool::instance().lease(2);
  for (int t = 0; t < 2 * count; ++t) {
    const Kernels& table = *tables[t / 2];
    const std::vector<float> y = run(table, lease, x, n, 8, 2, 0.5, 400, t % 2 == 1);
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
    CHECK_NOTE(same > n * 95 / 100, "%s: %d of %d", table.isa, int(same), int(n));
  }
}

TEST(tsne_survives_duplicates_and_coinciding_maps) {
  Lease lease = ThreadPool::instance().lease(2);
  const int64_t n = 2500;
  std::vector<float> x = samples::blobs(n, 3, 2, 2);
  for (int64_t i = 0; i < 2000 * 3; ++i) x[size_t(i)] = 1;
  for (const bool grid : {false, true}) {
    const std::vector<float> y = run(kernels(), lease, x, n, 3, 2, 0.5, 150, grid);
    CHECK(std::all_of(y.begin(), y.end(), [](float v) { return std::isfinite(v); }));
    const std::vector<float> start(size_t(n * 2), 0.25f);  // a map that is one point
    TsneOptimizer optimizer;
    CHECK(optimizer.begin(lease, kernels(), affinities(lease, x, n, 3, 10), 2, 0.5, start.data()).ok());
    optimizer.use_grid(grid);
    for (int i = 0; i < 5; ++i) {
      TsneResult result;
      CHECK(optimizer.iterate(lease, {}, true, result).ok() && std::isfinite(result.kl_divergence));
    }
  }
}

// A far outlier makes the map too wide for a grid: the tree takes over, with the same forces.
TEST(tsne_grid_leaves_wide_maps_to_the_tree) {
  Lease lease = ThreadPool::instance().lease(2);
  const int64_t n = 200;
  std::vector<float> y = samples::normals(n * 2, 5, 6);
  y[0] = 1e6f;
  CHECK(!GridRepulsion::fits(1e6, 1));
  Forces got[2];
  for (const bool grid : {false, true}) {
    SparseAffinities p;
    p.n = n;
    p.starts.assign(size_t(n + 1), 0);
    TsneOptimizer optimizer;
    CHECK(optimizer.begin(lease, kernels(), std::move(p), 2, 0.5, y.data()).ok());
    optimizer.use_grid(grid);
    got[grid] = forces_of(optimizer, lease);
  }
  CHECK(got[0].repulsion == got[1].repulsion);
}
