// Clusters of density and their quality, by exact distances of whole rows.
#pragma once
#include <cstdint>

#include "algorithms/neighbors.h"
#include "algorithms/watch.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb {

// Rows whose distances DBSCAN looks at. precomputed: x is [n, n], the distances themselves.
struct DensityRows {
  const float* x = nullptr;  // [n, dims]
  int64_t n = 0, dims = 0;
  Metric metric = Metric::euclidean;
  bool precomputed = false;
};

// DBSCAN (Ester, Kriegel, Sander, Xu 1996). A row is a core when at least min_samples rows, itself included, lie within
// eps. Clusters are numbered by their first core row; a border row belongs to the lowest cluster whose core it is near
// to, as in scikit-learn. labels [n]: -1 for noise; core [n]: 0 or 1.
Status dbscan(Lease& lease, const Kernels& kernels, const DensityRows& rows, double eps, int64_t min_samples,
              const Watch& watch, int32_t* labels, uint8_t* core);

// labels [m]: those of the nearest core of each query, ties to the lower index, or -1 where none lies within eps.
Status dbscan_assign(Lease& lease, const Kernels& kernels, const DensityRows& cores, const int32_t* core_labels,
                     double eps, const float* queries, int64_t m, int32_t* labels);

// Mean over rows of (b - a) / max(a, b): a the mean distance to the other rows of the own cluster, b the least mean
// distance to another cluster; 0 for rows alone in theirs (Rousseeuw 1987). labels in [0, clusters).
Status silhouette(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, const int32_t* labels,
                  int64_t clusters, const Watch& watch, double* score);

}  // namespace hebb
