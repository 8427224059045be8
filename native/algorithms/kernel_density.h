// Kernel density estimates in float64.
#pragma once
#include <cstdint>

#include "algorithms/watch.h"
#include "core/status.h"
#include "core/thread_pool.h"

namespace hebb {

// Profiles over u = distance / bandwidth: exp(-u^2 / 2), 1, 1 - u^2, exp(-u), 1 - u, cos(pi u / 2); all but the two
// exponentials end at u = 1. Each is scaled to an integral of 1 over the space.
enum class DensityKernel { gaussian = 0, tophat = 1, epanechnikov = 2, exponential = 3, linear = 4, cosine = 5 };

// out[i] = log of the mean over rows x_j of the kernel around x_j at query i; -infinity where none reaches.
Status kernel_density(Lease& lease, const float* x, int64_t n, int64_t dims, DensityKernel kernel, double bandwidth,
                      const float* queries, int64_t m, const Watch& watch, double* out);

}  // namespace hebb
