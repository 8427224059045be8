// Tiles of distances with a fused filter: what nearest neighbours, clustering and density estimation share.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace hebb {

struct DistanceCandidate {
  float value;
  int32_t index;
};

// Where the candidates of one query are gathered. A candidate passes when value < threshold.
struct DistanceSink {
  DistanceCandidate* items;
  int32_t size;
  int32_t capacity;  // when fewer than `panel` free places are left, `compact` is called
  float threshold;
  int32_t keep;  // what follows is the business of `compact`
  float margin;
  bool overflow;
};

struct DistanceKernels {
  int panel;  // candidates in a packed panel
  int rows;   // queries in a tile
  // Packs `count` <= panel rows of x (ld floats apart) as dims x panel, missing ones as 0.
  void (*pack)(int64_t count, int64_t dims, const float* x, int64_t ld, float* out);
  // For `rows` queries and the packed candidates first .. first + panels * panel:
  //   value = norms[j] - 2 * dot(query, x_j)      (squared distance less the query's own norm)
  // The norms of missing candidates are +inf. queries and sinks have `rows` entries; those past the last query repeat
  // it with a threshold of -inf.
  void (*filter_dot)(int64_t dims, const float* const* queries, int64_t panels, const float* packed, const float* norms,
                     int32_t first, DistanceSink* const* sinks, void (*compact)(DistanceSink*));
  // The same with value = norms[j] + sum |query - x_j|; norms are 0, or +inf for missing candidates.
  void (*filter_manhattan)(int64_t dims, const float* const* queries, int64_t panels, const float* packed,
                           const float* norms, int32_t first, DistanceSink* const* sinks,
                           void (*compact)(DistanceSink*));
  // out[r] = |query - x_r|^2 or sum |query - x_r| over dims, for rows of x ld floats apart
  void (*squared_rows)(int64_t rows, int64_t dims, const float* query, const float* x, int64_t ld, float* out);
  void (*manhattan_rows)(int64_t rows, int64_t dims, const float* query, const float* x, int64_t ld, float* out);
  // For each packed point of `panels` panels: label = argmin over the k centers of norms[c] - 2 dot(center_c, x_j),
  // value = that minimum; ties go to the lower index. centers: k x dims, contiguous.
  void (*nearest_center)(int64_t dims, int64_t panels, const float* packed, int64_t k, const float* centers,
                         const float* norms, int32_t* labels, float* values);
};

}  // namespace hebb
