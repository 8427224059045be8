// Clusters of density and their quality, by exact distances of whole rows.
#pragma once
#include <cstdint>

#include "core/job.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb {

// DBSCAN (Ester, Kriegel, Sander, Xu 1996). A row is a core when at least min_samples rows, itself included, lie within
// eps. Clusters are numbered by their first core row; a border row belongs to the lowest cluster whose core it is near
// to, as in scikit-learn. labels [n]: -1 for noise; core [n]: 0 or 1.
Status dbscan(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, double eps,
              int64_t min_samples, const CancelFlag& cancel, int32_t* labels, uint8_t* core);

// Mean over rows of (b - a) / max(a, b): a the mean distance to the other rows of the own cluster, b the least mean
// distance to another cluster; 0 for rows alone in theirs (Rousseeuw 1987). labels in [0, clusters).
Status silhouette(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, const int32_t* labels,
                  int64_t clusters, const CancelFlag& cancel, double* score);

}  // namespace hebb
