// Density estimation in float64: Gaussian mixtures by expectation maximisation, and Gaussian kernels.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "core/job.h"
#include "core/status.h"
#include "core/thread_pool.h"

namespace hebb {

enum class Covariance { full = 0, diagonal = 1, spherical = 2 };

struct MixtureModel {
  int64_t dims = 0, components = 0;
  Covariance type = Covariance::full;
  std::vector<double> weights;      // [components]
  std::vector<double> means;        // [components, dims]
  std::vector<double> covariances;  // [components, dims, dims] or [components, dims] (diagonal, spherical)
};

struct MixtureOptions {
  int64_t max_iterations = 100;
  double tolerance = 1e-3;       // on the mean log-likelihood of a row
  double regularization = 1e-6;  // added to the variances
  const CancelFlag* cancel = nullptr;
  std::function<void(double iteration, double likelihood)> progress;
};

struct MixtureOutcome {
  double log_likelihood = 0;  // mean over rows
  int64_t iterations = 0;
  bool converged = false;
};

// Starts from the hard assignment `labels` [n] in [0, components). Fails when a covariance is not positive definite.
Status mixture_fit(Lease& lease, const float* x, int64_t n, const int32_t* labels, const MixtureOptions& options,
                   MixtureModel& model, MixtureOutcome& outcome);

// log p(x) of each row [n] and the responsibilities [n, components]; either may be null.
Status mixture_score(Lease& lease, const float* x, int64_t n, const MixtureModel& model, double* log_density,
                     double* responsibilities);

// out[i] = log of the mean over rows x_j of the Gaussian kernel of standard deviation `bandwidth` at query i.
Status kernel_density(Lease& lease, const float* x, int64_t n, int64_t dims, double bandwidth, const float* queries,
                      int64_t m, const CancelFlag& cancel, double* out);

}  // namespace hebb
