// How faithful a map is.
#pragma once
#include <cstdint>
#include <vector>

#include "algorithms/affinity.h"
#include "algorithms/neighbors.h"
#include "algorithms/watch.h"

namespace hebb {

// Trustworthiness (Venna and Kaski 2001): 1 minus the normalised sum, over the k nearest of each point in y that are
// not among its k nearest in x, of their rank in x beyond k. Points equally far share the best of their ranks.
// Continuity is the same with x and y exchanged. k < n / 2. queries: the points that are looked at; empty: all.
Status trustworthiness(Lease& lease, const Kernels& kernels, const float* x, int64_t dims, const float* y,
                       int64_t map_dims, int64_t n, int64_t k, const std::vector<int32_t>& queries, const Watch& watch,
                       double* value);

// Affinities of features, for a divergence: of all pairs ([n, n] floats) or of the 3 * perplexity nearest.
struct DivergenceInput {
  const float* x = nullptr;  // [n, dims]
  int64_t dims = 0;
  double perplexity = 30;
  bool all_pairs = false;
  const AffinityRows* affinities = nullptr;  // instead of all of these
};

// Kullback-Leibler divergence, in nats, of a map y [n, 2 or 3] with the Student kernel of `dof` degrees of freedom from
// affinities; the sum over all pairs of the map is exact.
Status map_divergence(Lease& lease, const Kernels& kernels, const DivergenceInput& input, const float* y, int map_dims,
                      int64_t n, double dof, const Watch& watch, double* value);

}  // namespace hebb
