// Nearest neighbours by blocked matrix-product distances with a fused filter, exact or approximate.
//
// Squared distances come from |x|^2 + |y|^2 - 2 xy on centred data, in float. That formula loses digits where points
// lie close together and far from the centre, so it only proposes: every candidate inside the error bound is kept, its
// distance computed again from differences, and the k nearest chosen by (distance, index). A query for which the bound
// holds too many candidates is done by differences alone. An approximate search proposes from the nearest clusters
// only.
#pragma once
#include <cstdint>
#include <functional>

#include "algorithms/watch.h"
#include "core/job.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb {

enum class Metric { euclidean, cosine, manhattan };
// automatic: exact up to 20,000 points, where an approximate search saves too little to give anything up.
enum class NeighborMethod { exact, approximate, automatic };

struct NeighborQuery {
  const float* references = nullptr;  // [n, dims]
  int64_t n = 0;
  const float* queries = nullptr;  // [m, dims]; null: the references, each without itself (by index)
  int64_t m = 0;
  int64_t dims = 0;
  int64_t k = 0;  // 1 <= k <= n, or n - 1 when queries is null
  Metric metric = Metric::euclidean;
  NeighborMethod method = NeighborMethod::exact;
  double recall = 0.995;  // of an approximate search: the share of true neighbours to find
  uint64_t seed = 0;      // of an approximate search
  const CancelFlag* cancel = nullptr;
  std::function<void(double)> progress;  // the fraction done, called on the calling thread's side of the loop
};

// indices, distances: [m, k], nearest first. Distances are not squared; cosine means 1 - cos.
Status nearest_neighbors(Lease& lease, const Kernels& kernels, const NeighborQuery& query, int32_t* indices,
                         float* distances);

// out [n, n]: the distance of every pair of rows, exactly 0 on the diagonal, symmetric.
Status pairwise_distances(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, Metric metric,
                          float* out, const Watch& watch = {});

}  // namespace hebb
