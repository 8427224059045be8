// Principal component analysis on the covariance (or, for wide data, the Gram) matrix in float64.
#pragma once
#include <cstdint>
#include <vector>

#include "algorithms/watch.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb {

enum class PcaSolver { exact, randomized };

struct PcaOptions {
  int64_t components = 2;
  double share = 0;  // exact: if above 0, as few components as hold more than this share of the variance
  PcaSolver solver = PcaSolver::exact;
  int64_t oversampling = 10;     // randomized: extra directions
  int64_t power_iterations = 7;  // randomized: passes over the data after the first
  uint64_t seed = 0;
  Watch watch;
};

struct PcaModel {
  int64_t dims = 0, components = 0;
  std::vector<double> mean;      // [dims]
  std::vector<double> axes;      // [components, dims], orthonormal; the largest coefficient of each is positive
  std::vector<double> variance;  // [components], along each axis, divisor n - 1
  double total_variance = 0;     // of the data
};

// 1 <= components <= min(n, dims), n >= 2.
Status pca_fit(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, const PcaOptions& options,
               PcaModel& model);

// What whitening divides each component by: its standard deviation, but no less than 1e-7 of the largest one, below
// which a component is noise.
std::vector<double> pca_deviations(const PcaModel& model);

// out [n, components] = (x - mean) axes' / scale, scale [components] or null for 1
Status pca_transform(Lease& lease, const Kernels& kernels, const float* x, int64_t n, const PcaModel& model,
                     const double* scale, float* out);

// out [n, dims] = (z * scale) axes + mean, the way back; z [n, components]
Status pca_inverse(Lease& lease, const Kernels& kernels, const float* z, int64_t n, const PcaModel& model,
                   const double* scale, float* out);

}  // namespace hebb
