// The machinery that exact and approximate neighbour searches share: rows made ready for a metric, packed candidates,
// and the filtered pass of a batch of queries over ranges of them.
#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

#include "algorithms/neighbors.h"
#include "core/arena.h"
#include "kernels/distance_kernels.h"

namespace hebb {

// The metric's distance from what the row kernels give.
inline float measured(Metric metric, float value) {
  return metric == Metric::euclidean ? std::sqrt(value) : metric == Metric::cosine ? value / 2 : value;
}

// The rows that distances are computed on: centred (euclidean), of unit length (cosine) or as they are (manhattan).
struct MetricRows {
  AlignedBuffer storage;
  const float* rows = nullptr;
  std::vector<float> norms;  // squared, of each row; 0 for manhattan
};

// The references' column means for the euclidean metric, else zeros.
std::vector<double> metric_means(const NeighborQuery& query);
Status metric_rows(Lease& lease, const Kernels& kernels, const NeighborQuery& query, const std::vector<double>& mean,
                   const float* x, int64_t rows, MetricRows& out);

// Panels of packed candidates [first, first + count).
struct PanelRange {
  int64_t first, count;
};

class NeighborSearch {
 public:
  static constexpr int64_t kBatch = 96;  // queries that share one pass over the candidates

  NeighborSearch(Lease& lease, const Kernels& kernels, const NeighborQuery& query, int32_t* indices, float* distances)
      : lease_(lease),
        kernels_(kernels),
        tiles_(*kernels.distance),
        q_(query),
        indices_(indices),
        distances_(distances) {}

  // Makes references and queries ready for the metric.
  Status prepare();
  // Packs the references in the order of `slots`, whole panels of them; -1 leaves a place empty.
  Status pack(std::vector<int32_t>&& slots);
  // The k nearest among the candidates of `ranges` for at most kBatch queries, written to their rows. The ranges hold
  // at least k candidates besides the query itself. False when out of memory.
  bool search(const int32_t* queries, int64_t count, const PanelRange* ranges, int64_t range_count, int worker);

  int64_t query_count() const { return m_; }
  const MetricRows& references() const { return references_; }
  const float* query_rows() const { return query_rows_; }
  int panel() const { return tiles_.panel; }
  bool self() const { return q_.queries == nullptr; }
  bool cancelled() const { return q_.cancel != nullptr && q_.cancel->is_requested(); }

 private:
  float margin(int64_t query) const;
  float exact(const float* a, const float* b) const;
  void finish(int64_t query, DistanceSink& sink, const PanelRange* ranges, int64_t range_count);
  int64_t take_all(const float* point, int64_t self, const PanelRange* ranges, int64_t range_count,
                   DistanceCandidate* items) const;

  Lease& lease_;
  const Kernels& kernels_;
  const DistanceKernels& tiles_;
  const NeighborQuery& q_;
  int32_t* indices_;
  float* distances_;
  int64_t m_ = 0, panel_floats_ = 0;
  int32_t keep_ = 0, capacity_ = 0;
  float largest_norm_ = 0;
  MetricRows references_, own_queries_;
  const float* query_rows_ = nullptr;
  const float* query_norms_ = nullptr;
  AlignedBuffer packed_;
  std::vector<int32_t> slots_;  // the reference in each place of the panels, or -1
  std::vector<float> norms_;
};

}  // namespace hebb
