#include "algorithms/kmeans.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernel_fixture.h"
#include "kernels/distance_kernels.h"

using namespace hebb;

namespace {

std::vector<float> random_values(uint64_t seed, int64_t count) {
  std::vector<float> x(static_cast<size_t>(count));
  const Philox random(seed, 0);
  for (int64_t i = 0; i < count; ++i) x[size_t(i)] = float(random.uniform64(uint64_t(i)) * 4 - 2);
  return x;
}

double squared_distance(int64_t dims, const float* a, const float* b) {
  double sum = 0;
  for (int64_t c = 0; c < dims; ++c) sum += (double(a[c]) - b[c]) * (double(a[c]) - b[c]);
  return sum;
}

}  // namespace

TEST(nearest_center_matches_the_reference_on_every_isa) {
  for (const Kernels* table : fixture::float_tables()) {
    const DistanceKernels& tiles = *table->distance;
    for (const int64_t dims : {1, 2, 7, 50}) {
      for (int64_t k = 1; k <= 34; ++k) {
        const int64_t panels = 1 + k % 3, n = panels * tiles.panel;
        const std::vector<float> x = random_values(uint64_t(k), n * dims);
        const std::vector<float> centers = random_values(uint64_t(1000 + k), k * dims);
        fixture::Guarded<float> packed(n * dims), values(n), norms(k);
        fixture::Guarded<int32_t> labels(n);
        for (int64_t p = 0; p < panels; ++p) {
          const int64_t at = p * tiles.panel * dims;
          tiles.pack(tiles.panel, dims, x.data() + at, dims, packed.data() + at);
        }
        const std::vector<float> origin(size_t(dims), 0.0f);
        for (int64_t c = 0; c < k; ++c) {
          norms.data()[c] = float(squared_distance(dims, origin.data(), centers.data() + c * dims));
        }
        tiles.nearest_center(dims, panels, packed.data(), k, centers.data(), norms.data(), labels.data(),
                             values.data());
        int wrong = 0;
        for (int64_t i = 0; i < n; ++i) {
          const float* row = x.data() + i * dims;
          const double norm = squared_distance(dims, origin.data(), row);
          double best = std::numeric_limits<double>::infinity();
          for (int64_t c = 0; c < k; ++c) best = std::min(best, squared_distance(dims, row, centers.data() + c * dims));
          const int32_t label = labels.data()[i];
          const double tolerance = 1e-5 * double(dims);
          const bool known = label >= 0 && label < k;
          wrong += !known || squared_distance(dims, row, centers.data() + label * dims) > best + tolerance;
          wrong += std::fabs(values.data()[i] + norm - best) > tolerance;
        }
        CHECK_NOTE(wrong == 0, "%d wrong of %d rows, %d columns, %d centers", wrong, int(n), int(dims), int(k));
      }
    }
  }
}

// One row and its copies: the lower index wins a tie.
TEST(nearest_center_gives_ties_to_the_lower_index) {
  for (const Kernels* table : fixture::float_tables()) {
    const DistanceKernels& tiles = *table->distance;
    const std::vector<float> centers(size_t(11), 0.5f), norms(size_t(11), 0.25f);
    std::vector<float> packed(size_t(tiles.panel), 2.0f), values(size_t(tiles.panel));
    std::vector<int32_t> labels(size_t(tiles.panel), -1);
    tiles.nearest_center(1, 1, packed.data(), 11, centers.data(), norms.data(), labels.data(), values.data());
    CHECK(std::count(labels.begin(), labels.end(), 0) == tiles.panel);
  }
}

// What is reported while it runs comes from the sums of the clusters, what is kept from the rows.
TEST(kmeans_reports_the_inertia_of_its_rows) {
  const int64_t n = 3001, dims = 5;
  std::vector<float> x = random_values(3, n * dims);
  for (float& v : x) v += 100;
  const std::vector<float> weights = random_values(4, n);
  std::vector<float> positive(weights);
  for (float& w : positive) w = std::max(0.0f, w);
  for (const float* given : {static_cast<const float*>(nullptr), static_cast<const float*>(positive.data())}) {
    for (const Kernels* table : fixture::float_tables()) {
      Lease lease = ThreadPool::instance().lease(2);
      KMeansOptions options;
      options.clusters = 7;
      options.weights = given;
      options.tolerance = 0;
      double last = 0;
      int64_t rises = 0;
      options.progress = [&](double iteration, double inertia) {
        rises += iteration > 1 && inertia > last * (1 + 1e-6);
        last = inertia;
      };
      KMeansModel model;
      CHECK(kmeans_fit(lease, *table, x.data(), n, dims, options, model).ok());
      CHECK_NOTE(rises == 0, "%d iterations raised it", int(rises));
      CHECK_NOTE(std::fabs(last - model.inertia) <= 1e-4 * model.inertia, "%g and %g", last, model.inertia);
      double exact = 0;
      for (int64_t i = 0; i < n; ++i) {
        const float* center = model.centers.data() + model.labels[size_t(i)] * dims;
        exact += (given == nullptr ? 1 : given[i]) * squared_distance(dims, x.data() + i * dims, center);
      }
      CHECK_NOTE(std::fabs(exact - model.inertia) <= 1e-4 * exact, "%g and %g", exact, model.inertia);
    }
  }
}
