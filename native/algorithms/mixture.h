// Gaussian mixtures by expectation maximisation, in float64.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "algorithms/watch.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb {

// tied: one covariance for all components.
enum class Covariance { full = 0, diagonal = 1, spherical = 2, tied = 3 };

struct MixtureModel {
  int64_t dims = 0, components = 0;
  Covariance type = Covariance::full;
  std::vector<double> weights;  // [components]
  std::vector<double> means;    // [components, dims]
  // [components, dims, dims], [components, dims] (diagonal, spherical) or [dims, dims] (tied)
  std::vector<double> covariances;

  bool square() const { return type == Covariance::full || type == Covariance::tied; }
  // Numbers of one covariance, and of all of them.
  int64_t covariance_size() const { return square() ? dims * dims : dims; }
  int64_t covariance_count() const { return type == Covariance::tied ? 1 : components; }
  // Where the covariance of a component begins.
  int64_t covariance_at(int64_t k) const { return type == Covariance::tied ? 0 : k * covariance_size(); }
};

struct MixtureOptions {
  int64_t max_iterations = 100;
  double tolerance = 1e-3;          // on the mean log-likelihood of a row
  double regularization = 1e-6;     // added to the variances
  const int32_t* labels = nullptr;  // [n] in [0, components): the start; null: k-means
  int64_t runs = 1;                 // the best of so many starts by k-means
  uint64_t seed = 0;                // of the first of them
  const CancelFlag* cancel = nullptr;
  std::function<void(double iteration, double likelihood)> progress;
};

struct MixtureOutcome {
  double log_likelihood = 0;  // mean over rows
  int64_t iterations = 0;     // 0: nothing was found before the cancel flag
  bool converged = false;
  bool aborted = false;
};

// Fails when a covariance is not positive definite.
Status mixture_fit(Lease& lease, const Kernels& kernels, const float* x, int64_t n, const MixtureOptions& options,
                   MixtureModel& model, MixtureOutcome& outcome);

// log p(x) of each row [n] and the responsibilities [n, components]; either may be null. What is there when it was
// cancelled is of no use.
Status mixture_score(Lease& lease, const float* x, int64_t n, const MixtureModel& model, double* log_density,
                     double* responsibilities, const CancelFlag* cancel = nullptr);

// Draws n rows [n, dims] and the component of each.
Status mixture_sample(const MixtureModel& model, int64_t n, uint64_t seed, float* rows, int32_t* labels);

}  // namespace hebb
