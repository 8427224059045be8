#include "algorithms/neighbors.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/arena.h"
#include "kernels/distance_kernels.h"

namespace hebb {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr double kLargestNorm = 1e37;        // squared distances are at most 4 times as large
constexpr int64_t kQueryChunk = 96;          // queries that share one pass over the candidates
constexpr int64_t kBlockBytes = 384 * 1024;  // packed candidates that stay in the L2 cache

inline bool nearer(const DistanceCandidate& a, const DistanceCandidate& b) {
  return a.value != b.value ? a.value < b.value : a.index < b.index;
}

// The metric's distance from what the row kernels give.
inline float measured(Metric metric, float value) {
  return metric == Metric::euclidean ? std::sqrt(value) : metric == Metric::cosine ? value / 2 : value;
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
  const float scale = high > low ? float(kBuckets - 1) / (high - low) : 0;
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

// The rows that distances are computed on: centred (euclidean), of unit length (cosine) or as they are (manhattan).
struct Prepared {
  AlignedBuffer storage;
  const float* rows = nullptr;
  std::vector<float> norms;  // squared, of each row; 0 for manhattan
};

std::vector<double> column_means(const NeighborQuery& q) {
  std::vector<double> mean(size_t(q.dims), 0.0);
  for (int64_t i = 0; i < q.n; ++i) {
    for (int64_t c = 0; c < q.dims; ++c) mean[size_t(c)] += q.references[i * q.dims + c];
  }
  for (double& v : mean) v /= double(q.n);
  return mean;
}

Status prepare(Lease& lease, const Kernels& kernels, const NeighborQuery& q, const std::vector<double>& mean,
               const float* x, int64_t rows, Prepared& out) {
  out.norms.assign(size_t(rows), 0.0f);
  out.rows = x;
  if (kernels.find_nonfinite(rows * q.dims, x) >= 0) {
    return Status::non_finite("Expected finite values, received NaN or Infinity.");
  }
  if (q.metric == Metric::manhattan) return {};
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
  if (large_row.load() >= 0) {
    return Status::data("Expected values whose squared distances fit in float32, received too large ones in row " +
                        std::to_string(large_row.load()) + ".");
  }
  if (zero_row.load() >= 0) {
    return Status::data("Expected rows with a direction for the cosine metric, received only zeros in row " +
                        std::to_string(zero_row.load()) + ".");
  }
  return {};
}

class Search {
 public:
  Search(Lease& lease, const Kernels& kernels, const NeighborQuery& query, int32_t* indices, float* distances)
      : lease_(lease),
        kernels_(kernels),
        tiles_(*kernels.distance),
        q_(query),
        indices_(indices),
        distances_(distances) {}

  Status run() {
    const bool self = q_.queries == nullptr;
    m_ = self ? q_.n : q_.m;
    const std::vector<double> mean = q_.metric == Metric::euclidean ? column_means(q_) : std::vector<double>();
    HEBB_RETURN_IF_ERROR(prepare(lease_, kernels_, q_, mean, q_.references, q_.n, references_));
    if (!self) HEBB_RETURN_IF_ERROR(prepare(lease_, kernels_, q_, mean, q_.queries, m_, own_queries_));
    const Prepared& queries = self ? references_ : own_queries_;
    query_rows_ = queries.rows;
    query_norms_ = queries.norms.data();
    keep_ = int32_t(std::min(q_.n, q_.k + (self ? 1 : 0)));
    capacity_ = std::max<int32_t>(3 * keep_, keep_ + 4 * tiles_.panel) + 2 * tiles_.panel;
    HEBB_RETURN_IF_ERROR(pack());
    std::atomic<bool> failed{false};
    std::atomic<int64_t> done{0};
    const int64_t chunks = chunk_count(m_, kQueryChunk);
    lease_.parallel_for(chunks, [&](int64_t chunk, int worker) {
      if (failed.load() || (q_.cancel != nullptr && q_.cancel->is_requested())) return;
      const int64_t begin = chunk * kQueryChunk;
      if (!search(begin, std::min(m_, begin + kQueryChunk), worker)) failed.store(true);
      const int64_t now = done.fetch_add(1) + 1;
      if (worker == 0 && q_.progress) q_.progress(double(now) / double(chunks));
    });
    if (failed.load()) return Status::out_of_memory("Expected memory for the neighbour search, received none.");
    if (q_.cancel != nullptr && q_.cancel->is_requested()) return Status::aborted("The operation was aborted.");
    return {};
  }

 private:
  Status pack() {
    panels_ = chunk_count(q_.n, tiles_.panel);
    panel_floats_ = std::max<int64_t>(1, q_.dims * tiles_.panel);
    if (!packed_.resize(size_t(panels_ * panel_floats_) * sizeof(float))) {
      return Status::out_of_memory("Expected memory for a packed copy of `x`, received none from the system.");
    }
    norms_.assign(size_t(panels_ * tiles_.panel), kInfinity);
    std::copy(references_.norms.begin(), references_.norms.end(), norms_.begin());
    largest_norm_ = *std::max_element(references_.norms.begin(), references_.norms.end());
    parallel_range(lease_, panels_, 16, [&](int64_t begin, int64_t end, int) {
      for (int64_t p = begin; p < end; ++p) {
        const int64_t first = p * tiles_.panel;
        tiles_.pack(std::min<int64_t>(tiles_.panel, q_.n - first), q_.dims, references_.rows + first * q_.dims, q_.dims,
                    packed_.as<float>() + p * panel_floats_);
      }
    });
    return {};
  }

  // Bound on the rounding of norms[j] - 2 dot, times two because it is on both sides of a comparison.
  float margin(int64_t query) const {
    if (q_.metric == Metric::manhattan) return 0;
    const double unit = std::ldexp(1.0, -24), dims = double(q_.dims);
    const double size = double(query_norms_[query]) + double(largest_norm_);
    return float(4 * unit * (4 + std::sqrt(dims)) * size);
  }

  bool search(int64_t begin, int64_t end, int worker) {
    const int64_t count = end - begin;
    const size_t item_bytes = size_t(count * capacity_) * sizeof(DistanceCandidate);
    void* scratch = lease_.scratch(worker, item_bytes + size_t(q_.n) * sizeof(float));
    if (scratch == nullptr) return false;
    auto* items = static_cast<DistanceCandidate*>(scratch);
    float* row = reinterpret_cast<float*>(static_cast<char*>(scratch) + item_bytes);
    DistanceSink sinks[kQueryChunk + 1];
    for (int64_t i = 0; i < count; ++i) {
      sinks[i] = {items + i * capacity_, 0, capacity_, kInfinity, keep_, margin(begin + i), false};
    }
    sinks[count] = {nullptr, 0, capacity_, -kInfinity, 0, 0, false};  // takes nothing: fills up the last tile
    const int64_t block = std::max<int64_t>(1, kBlockBytes / (panel_floats_ * int64_t(sizeof(float))));
    const auto filter = q_.metric == Metric::manhattan ? tiles_.filter_manhattan : tiles_.filter_dot;
    for (int64_t p = 0; p < panels_; p += block) {
      const int64_t some = std::min(block, panels_ - p);
      for (int64_t i = 0; i < count; i += tiles_.rows) {
        const float* rows[8];
        DistanceSink* targets[8];
        for (int r = 0; r < tiles_.rows; ++r) {
          const bool real = i + r < count;
          rows[r] = query_rows_ + (begin + (real ? i + r : i)) * q_.dims;
          targets[r] = &sinks[real ? i + r : count];
        }
        filter(q_.dims, rows, some, packed_.as<float>() + p * panel_floats_, norms_.data() + p * tiles_.panel,
               int32_t(p * tiles_.panel), targets, compact);
      }
    }
    for (int64_t i = 0; i < count; ++i) finish(begin + i, sinks[i], row);
    return true;
  }

  void exact_rows(int64_t rows, const float* query, const float* x, float* out) const {
    (q_.metric == Metric::manhattan ? tiles_.manhattan_rows : tiles_.squared_rows)(rows, q_.dims, query, x, q_.dims,
                                                                                   out);
  }

  void prefetch(const float* row) const {
    for (int64_t c = 0; c < std::min<int64_t>(q_.dims, 256); c += 16) __builtin_prefetch(row + c);
  }

  // Exact distances of the candidates, the k nearest of them in order.
  void finish(int64_t query, DistanceSink& sink, float* row) {
    const float* point = query_rows_ + query * q_.dims;
    const int64_t self = q_.queries == nullptr ? query : -1;
    DistanceCandidate* items = sink.items;
    int64_t count = 0;
    if (sink.overflow) {
      exact_rows(q_.n, point, references_.rows, row);
      count = take_all(row, self, items);
    } else {
      compact(&sink);
      for (int32_t i = 0; i < sink.size; ++i) {
        if (i + 8 < sink.size) prefetch(references_.rows + int64_t(items[i + 8].index) * q_.dims);
        if (items[i].index == self) continue;
        exact_rows(1, point, references_.rows + int64_t(items[i].index) * q_.dims, &items[i].value);
        items[count++] = items[i];
      }
    }
    std::partial_sort(items, items + q_.k, items + count, nearer);
    for (int64_t j = 0; j < q_.k; ++j) {
      const float value = items[j].value;
      indices_[query * q_.k + j] = items[j].index;
      distances_[query * q_.k + j] = measured(q_.metric, value);
    }
  }

  // The k nearest of a whole row of distances, in `items` (room for `capacity_`).
  int64_t take_all(const float* row, int64_t self, DistanceCandidate* items) const {
    int64_t count = 0;
    float limit = kInfinity;
    for (int64_t j = 0; j < q_.n; ++j) {
      if (j == self || !(row[j] < limit)) continue;
      items[count++] = {row[j], int32_t(j)};
      if (count == capacity_) {
        std::nth_element(items, items + q_.k - 1, items + count, nearer);
        count = q_.k;
        limit = items[q_.k - 1].value;
      }
    }
    return count;
  }

  Lease& lease_;
  const Kernels& kernels_;
  const DistanceKernels& tiles_;
  const NeighborQuery& q_;
  int32_t* indices_;
  float* distances_;
  int64_t m_ = 0, panels_ = 0, panel_floats_ = 0;
  int32_t keep_ = 0, capacity_ = 0;
  float largest_norm_ = 0;
  Prepared references_, own_queries_;
  const float* query_rows_ = nullptr;
  const float* query_norms_ = nullptr;
  AlignedBuffer packed_;
  std::vector<float> norms_;
};

}  // namespace

Status pairwise_distances(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, Metric metric,
                          float* out) {
  NeighborQuery query;
  query.references = x;
  query.n = n;
  query.dims = dims;
  query.metric = metric;
  const std::vector<double> mean =
      metric == Metric::euclidean ? column_means(query) : std::vector<double>(size_t(dims), 0.0);
  Prepared rows;
  HEBB_RETURN_IF_ERROR(prepare(lease, kernels, query, mean, x, n, rows));
  const auto measure = metric == Metric::manhattan ? kernels.distance->manhattan_rows : kernels.distance->squared_rows;
  parallel_range(lease, n, 8, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      float* row = out + i * n;
      measure(n, dims, rows.rows + i * dims, rows.rows, dims, row);
      for (int64_t j = 0; j < n; ++j) row[j] = measured(metric, row[j]);
    }
  });
  return {};
}

Status nearest_neighbors(Lease& lease, const Kernels& kernels, const NeighborQuery& query, int32_t* indices,
                         float* distances) {
  return Search(lease, kernels, query, indices, distances).run();
}

}  // namespace hebb
