// Approximate nearest neighbours: points are cut into small clusters, and each looks into the clusters nearest to its
// own with the kernels of the exact search. That keeps the work in matrix products, where graph searches (NN-descent,
// HNSW) wait for single rows from memory.
//
// How many clusters to look into is measured, not guessed: exact neighbours of some hundred queries tell in which
// clusters neighbours lie, and the count is the smallest that would have found the wanted share of them.
#pragma once
#include "algorithms/neighbors.h"

namespace hebb {

// As `nearest_neighbors`, approximate: each distance is exact, but about 1 - recall of the neighbours are missed for
// farther ones. The result depends on the seed, not on the number of threads.
Status cluster_neighbors(Lease& lease, const Kernels& kernels, const NeighborQuery& query, int32_t* indices,
                         float* distances);

}  // namespace hebb
