// How faithful a map is.
#pragma once
#include <cstdint>

#include "algorithms/neighbors.h"
#include "core/job.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb {

// Trustworthiness (Venna and Kaski 2001): 1 minus the normalised sum, over the k nearest of each point in y that are
// not among its k nearest in x, of their rank in x beyond k. Continuity is the same with x and y exchanged. k < n / 2.
Status trustworthiness(Lease& lease, const Kernels& kernels, const float* x, int64_t dims, const float* y,
                       int64_t map_dims, int64_t n, int64_t k, const CancelFlag& cancel, double* value);

// Kullback-Leibler divergence of a map y [n, 2 or 3] from the affinities of x at a perplexity, with the exact sum over
// all pairs of the map. full: affinities of all pairs (n^2 floats), else of the 3 * perplexity nearest.
Status map_divergence(Lease& lease, const Kernels& kernels, const float* x, int64_t dims, const float* y, int map_dims,
                      int64_t n, double perplexity, bool full, const CancelFlag& cancel, double* value);

}  // namespace hebb
