#include "algorithms/neighbor_search.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <string>

#include "algorithms/messages.h"
#include "algorithms/spread.h"

namespace hebb {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr double kLargestSum = 1.7e38;       // of the sizes of a row: sums of differences are at most twice as large
constexpr int64_t kBlockBytes = 384 * 1024;  // packed candidates that stay in the L2 cache

inline bool nearer(const DistanceCandidate& a, const DistanceCandidate& b) {
  return a.value != b.value ? a.value < b.value : a.index < b.index;
}

// The largest value among at least the `keep` smallest ones, by a histogram: a few more than `keep` may lie below it,
// but no branch depends on the data.
float value_to_keep(const DistanceCandidate* items, int32_t size, int32_t keep) {
  constexpr int kBuckets = 256;
  float low = kInfinity, high = -kInfinity;
  for (int32_t i = 0; i < size; ++i) {
    low = items[i].value < low ? items[i].value : low;
    high = items[i].value > high ? items[i].value : high;
  }
  float scale = high > low ? float(kBuckets - 1) / (high - low) : 0;
  if (scale == kInfinity) scale = 0;  // tiny values lie in one bucket
  uint32_t count[kBuckets] = {};
  for (int32_t i = 0; i < size; ++i) ++count[int((items[i].value - low) * scale)];
  int bucket = 0;
  for (uint32_t below = count[0]; below < uint32_t(keep);) below += count[++bucket];
  float last = low;
  for (int32_t i = 0; i < size; ++i) {
    const bool inside = int((items[i].value - low) * scale) <= bucket;
    last = inside && items[i].value > last ? items[i].value : last;
  }
  return last;
}

int32_t keep_up_to(DistanceCandidate* items, int32_t size, float limit) {
  int32_t kept = 0;
  for (int32_t i = 0; i < size; ++i) {
    items[kept] = items[i];
    kept += items[i].value <= limit;
  }
  return kept;
}

// Keeps at least the `keep` best candidates and those within the error margin of the last of them.
void compact(DistanceSink* sink) {
  if (sink->overflow || sink->size <= sink->keep) return;
  float limit = value_to_keep(sink->items, sink->size, sink->keep) + sink->margin;
  sink->size = keep_up_to(sink->items, sink->size, limit);
  if (sink->size > sink->capacity / 2) {  // far outliers blur the histogram
    std::nth_element(sink->items, sink->items + sink->keep - 1, sink->items + sink->size, nearer);
    limit = sink->items[sink->keep - 1].value + sink->margin;
    sink->size = keep_up_to(sink->items, sink->size, limit);
  }
  sink->overflow = sink->size > sink->capacity / 2;  // ties, or more rounding than distance: see `finish`
  sink->threshold = sink->overflow ? -kInfinity : std::nextafter(limit, kInfinity);
}

Status check_sums(const NeighborQuery& q, const float* x, int64_t rows) {
  for (int64_t i = 0; i < rows; ++i) {
    double sum = 0;
    for (int64_t c = 0; c < q.dims; ++c) sum += std::fabs(double(x[i * q.dims + c]));
    if (sum >= kLargestSum) {
      return Status::data("Expected values whose distances fit in float32, received too large ones in row " +
                          std::to_string(i) + scaling_advice());
    }
  }
  return {};
}

}  // namespace

std::vector<double> metric_means(const NeighborQuery& q) {
  std::vector<double> mean(size_t(q.dims), 0.0);
  if (q.metric != Metric::euclidean) return mean;
  for (int64_t i = 0; i < q.n; ++i) {
    for (int64_t c = 0; c < q.dims; ++c) mean[size_t(c)] += q.references[i * q.dims + c];
  }
  for (double& v : mean) v /= double(q.n);
  return mean;
}

Status metric_rows(Lease& lease, const Kernels& kernels, const NeighborQuery& q, const std::vector<double>& mean,
                   const float* x, int64_t rows, MetricRows& out) {
  out.norms.assign(size_t(rows), 0.0f);
  out.rows = x;
  if (kernels.find_nonfinite(rows * q.dims, x) >= 0) {
    return Status::non_finite("Expected finite values, received NaN or Infinity.");
  }
  if (q.metric == Metric::manhattan) return check_sums(q, x, rows);
  if (x == q.references && q.metric == Metric::euclidean) HEBB_RETURN_IF_ERROR(check_differences(x, rows, q.dims));
  if (!out.storage.resize(size_t(rows * q.dims) * sizeof(float))) {
    return Status::out_of_memory("Expected memory for a copy of `x`, received none from the system.");
  }
  float* copy = out.storage.as<float>();
  out.rows = copy;
  std::atomic<int64_t> zero_row{-1}, large_row{-1};
  parallel_range(lease, rows, 512, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      const float* from = x + i * q.dims;
      float* to = copy + i * q.dims;
      if (q.metric == Metric::cosine) {
        const double norm = std::sqrt(kernels.sum_squares(q.dims, from));
        if (norm == 0) zero_row.store(i);
        const double factor = norm > 0 ? 1 / norm : 0;
        for (int64_t c = 0; c < q.dims; ++c) to[c] = float(from[c] * factor);
      } else {
        for (int64_t c = 0; c < q.dims; ++c) to[c] = float(from[c] - mean[size_t(c)]);
      }
      const double squares = kernels.sum_squares(q.dims, to);
      if (!(squares < kLargestNorm)) large_row.store(i);
      out.norms[size_t(i)] = float(squares);
    }
  });
  if (large_row.load() >= 0) return rows_too_large(large_row.load());
  if (zero_row.load() >= 0) {
    return Status::data("Expected rows with a direction for the cosine metric, received only zeros in row " +
                        std::to_string(zero_row.load()) + ".");
  }
  return {};
}

Status NeighborSearch::prepare() {
  m_ = self() ? q_.n : q_.m;
  const std::vector<double> mean = metric_means(q_);
  HEBB_RETURN_IF_ERROR(metric_rows(lease_, kernels_, q_, mean, q_.references, q_.n, references_));
  if (!self()) HEBB_RETURN_IF_ERROR(metric_rows(lease_, kernels_, q_, mean, q_.queries, m_, own_queries_));
  const MetricRows& queries = self() ? references_ : own_queries_;
  query_rows_ = queries.rows;
  query_norms_ = queries.norms.data();
  keep_ = int32_t(std::min(q_.n, q_.k + (self() ? 1 : 0)));
  capacity_ = std::max<int32_t>(3 * keep_, keep_ + 4 * tiles_.panel) + 2 * tiles_.panel;
  largest_norm_ = *std::max_element(references_.norms.begin(), references_.norms.end());
  return {};
}

Status NeighborSearch::pack(std::vector<int32_t>&& slots) {
  slots_ = std::move(slots);
  const int64_t panels = int64_t(slots_.size()) / tiles_.panel, dims = q_.dims;
  panel_floats_ = std::max<int64_t>(1, dims * tiles_.panel);
  if (!packed_.resize(size_t(panels * panel_floats_) * sizeof(float))) {
    return Status::out_of_memory("Expected memory for a packed copy of `x`, received none from the system.");
  }
  norms_.assign(slots_.size(), kInfinity);
  parallel_range(lease_, panels, 16, [&](int64_t begin, int64_t end, int) {
    std::vector<float> rows(static_cast<size_t>(panel_floats_));
    for (int64_t p = begin; p < end; ++p) {
      int64_t count = 0;  // the empty places of a panel are its last ones
      for (; count < tiles_.panel && slots_[size_t(p * tiles_.panel + count)] >= 0; ++count) {
        const int64_t at = p * tiles_.panel + count, row = slots_[size_t(at)];
        std::copy(references_.rows + row * dims, references_.rows + (row + 1) * dims, rows.begin() + count * dims);
        norms_[size_t(at)] = references_.norms[size_t(row)];
      }
      tiles_.pack(count, dims, rows.data(), dims, packed_.as<float>() + p * panel_floats_);
    }
  });
  return {};
}

// Bound on the rounding of norms[j] - 2 dot, times two because it is on both sides of a comparison.
float NeighborSearch::margin(int64_t query) const {
  if (q_.metric == Metric::manhattan) return 0;
  const double unit = std::ldexp(1.0, -24), dims = double(q_.dims);
  const double size = double(query_norms_[query]) + double(largest_norm_);
  return float(4 * unit * (4 + std::sqrt(dims)) * size);
}

bool NeighborSearch::search(const int32_t* queries, int64_t count, const PanelRange* ranges, int64_t range_count,
                            int worker) {
  void* scratch = lease_.scratch(worker, size_t(count * capacity_) * sizeof(DistanceCandidate));
  if (scratch == nullptr) return false;
  auto* items = static_cast<DistanceCandidate*>(scratch);
  DistanceSink sinks[kBatch + 1];
  for (int64_t i = 0; i < count; ++i) {
    sinks[i] = {items + i * capacity_, 0, capacity_, kInfinity, keep_, margin(queries[i]), false};
  }
  sinks[count] = {nullptr, 0, capacity_, -kInfinity, 0, 0, false};  // takes nothing: fills up the last tile
  const int64_t block = std::max<int64_t>(1, kBlockBytes / (panel_floats_ * int64_t(sizeof(float))));
  const auto filter = q_.metric == Metric::manhattan ? tiles_.filter_manhattan : tiles_.filter_dot;
  for (const PanelRange* range = ranges; range < ranges + range_count; ++range) {
    for (int64_t p = range->first, last = p + range->count; p < last; p += block) {
      const int64_t some = std::min(block, last - p);
      for (int64_t i = 0; i < count; i += tiles_.rows) {
        const float* rows[8];
        DistanceSink* targets[8];
        for (int r = 0; r < tiles_.rows; ++r) {
          const bool real = i + r < count;
          rows[r] = query_rows_ + int64_t(queries[real ? i + r : i]) * q_.dims;
          targets[r] = &sinks[real ? i + r : count];
        }
        filter(q_.dims, rows, some, packed_.as<float>() + p * panel_floats_, norms_.data() + p * tiles_.panel,
               int32_t(p * tiles_.panel), targets, compact);
      }
    }
  }
  for (int64_t i = 0; i < count; ++i) finish(queries[i], sinks[i], ranges, range_count);
  return true;
}

float NeighborSearch::exact(const float* a, const float* b) const {
  float value;
  (q_.metric == Metric::manhattan ? tiles_.manhattan_rows : tiles_.squared_rows)(1, q_.dims, a, b, q_.dims, &value);
  return value;
}

// Exact distances of the candidates, the k nearest of them in order.
void NeighborSearch::finish(int64_t query, DistanceSink& sink, const PanelRange* ranges, int64_t range_count) {
  const float* point = query_rows_ + query * q_.dims;
  const int64_t self = this->self() ? query : -1;
  DistanceCandidate* items = sink.items;
  int64_t count = 0;
  if (sink.overflow) {
    count = take_all(point, self, ranges, range_count, items);
  } else {
    compact(&sink);
    for (int32_t i = 0; i < sink.size; ++i) {
      if (i + 8 < sink.size) {
        const float* row = references_.rows + int64_t(slots_[size_t(items[i + 8].index)]) * q_.dims;
        for (int64_t c = 0; c < std::min<int64_t>(q_.dims, 256); c += 16) __builtin_prefetch(row + c);
      }
      const int32_t other = slots_[size_t(items[i].index)];
      if (other != self) items[count++] = {exact(point, references_.rows + int64_t(other) * q_.dims), other};
    }
  }
  std::partial_sort(items, items + q_.k, items + count, nearer);
  for (int64_t j = 0; j < q_.k; ++j) {
    indices_[query * q_.k + j] = items[j].index;
    distances_[query * q_.k + j] = measured(q_.metric, items[j].value);
  }
}

// The k nearest of all candidates by differences alone, in `items` (room for `capacity_`).
int64_t NeighborSearch::take_all(const float* point, int64_t self, const PanelRange* ranges, int64_t range_count,
                                 DistanceCandidate* items) const {
  int64_t count = 0;
  const DistanceCandidate last{kInfinity, std::numeric_limits<int32_t>::max()};
  DistanceCandidate limit = last;
  for (const PanelRange* range = ranges; range < ranges + range_count; ++range) {
    const int64_t begin = range->first * tiles_.panel, end = begin + range->count * tiles_.panel;
    for (int64_t slot = begin; slot < end; ++slot) {
      const int32_t other = slots_[size_t(slot)];
      if (other < 0 || other == self) continue;
      const DistanceCandidate item{exact(point, references_.rows + int64_t(other) * q_.dims), other};
      if (!nearer(item, limit)) continue;
      items[count++] = item;
      if (count == capacity_) {
        std::nth_element(items, items + q_.k - 1, items + count, nearer);
        count = q_.k;
        limit = items[q_.k - 1];
      }
    }
  }
  return count;
}

}  // namespace hebb
