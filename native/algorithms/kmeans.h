// k-means: k-means++ seeding (Arthur and Vassilvitskii 2007, with greedy candidates as in scikit-learn), Lloyd's
// iterations with distances from fused tiles, and mini-batches (Sculley 2010).
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "algorithms/watch.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb {

struct KMeansOptions {
  int64_t clusters = 8;
  int64_t max_iterations = 300;
  double tolerance = 1e-4;         // of the mean column variance: stop when the centers move by less (squared, summed)
  int64_t runs = 1;                // the best of so many seedings
  int64_t batch = 0;               // rows of a mini-batch; 0: all rows each time (Lloyd)
  const float* centers = nullptr;  // [clusters, dims]: start here instead of seeding
  const float* weights = nullptr;  // [n], at least 0, not all 0: how much each row counts; null: all alike
  uint64_t seed = 0;
  const CancelFlag* cancel = nullptr;
  std::function<void(double iteration, double inertia)> progress;
};

struct KMeansModel {
  std::vector<float> centers;   // [clusters, dims]
  std::vector<int32_t> labels;  // [n]
  double inertia = 0;           // weighted sum of squared distances to the nearest center
  int64_t iterations = 0;
};

// 1 <= clusters <= n. Fails on rows whose squared distances leave float32. When it is cancelled the model is the best
// so far, or has no centers.
Status kmeans_fit(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims,
                  const KMeansOptions& options, KMeansModel& model);

// The nearest center of each row, and the sum of the squared distances to them: infinite where they leave float32.
void kmeans_assign(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, int64_t clusters,
                   const float* centers, int32_t* labels, double* inertia);

// out [n, clusters]: the distance of each row to each center.
void kmeans_distances(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, int64_t clusters,
                      const float* centers, float* out);

}  // namespace hebb
