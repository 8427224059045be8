// Matrices of distances that callers give in place of features.
#pragma once
#include <cstdint>

#include "algorithms/watch.h"
#include "core/status.h"
#include "core/thread_pool.h"

namespace hebb {

// Fails unless d [n, n] is symmetric, at least 0 and 0 on the diagonal, up to 1e-5 of the largest distance. d is
// finite.
Status check_distances(Lease& lease, int64_t n, const float* d, const Watch& watch);

// The k nearest of each row of a distance matrix [n, n], the diagonal left out: indices and distances [n, k], nearest
// first, ties by index.
void nearest_of_matrix(Lease& lease, int64_t n, int64_t k, const float* d, int32_t* indices, float* distances,
                       const Watch& watch);

}  // namespace hebb
