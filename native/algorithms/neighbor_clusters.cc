#include "algorithms/neighbor_clusters.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>
#include <vector>

#include "algorithms/kmeans.h"
#include "algorithms/neighbor_search.h"
#include "core/rng.h"

namespace hebb {

namespace {

constexpr int64_t kClusterRows = 96;    // about so many rows a cluster
constexpr int64_t kSampleRows = 40;     // rows a cluster that the centers are fitted to
constexpr int64_t kIterations = 4;      // of Lloyd's algorithm on the sample: better centers do not pay
constexpr int64_t kProbeQueries = 480;  // queries whose exact neighbours set the number of clusters to look into
constexpr int64_t kLargestCluster = 6;  // times kClusterRows: a larger one is cut, or duplicates would cost n^2
constexpr uint64_t kSampleStream = 20, kProbeStream = 21;

Status aborted() { return Status::aborted("The operation was aborted."); }
Status no_memory() { return Status::out_of_memory("Expected memory for the neighbour search, received none."); }

// `count` of [0, n), ascending, one from each of `count` equal parts.
std::vector<int32_t> stratified(int64_t n, int64_t count, const Philox& rng) {
  std::vector<int32_t> rows(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const int64_t begin = i * n / count, end = (i + 1) * n / count;
    rows[size_t(i)] = int32_t(begin + int64_t(rng.below(uint64_t(i), uint64_t(end - begin))));
  }
  return rows;
}

struct Batch {
  int32_t cluster;
  int64_t begin, end;  // of the queries sorted by cluster
};

class ClusterSearch {
 public:
  ClusterSearch(Lease& lease, const Kernels& kernels, const NeighborQuery& query, int32_t* indices, float* distances)
      : lease_(lease),
        kernels_(kernels),
        q_(query),
        indices_(indices),
        search_(lease, kernels, query, indices, distances) {}

  Status run() {
    HEBB_RETURN_IF_ERROR(search_.prepare());
    HEBB_RETURN_IF_ERROR(fit_centers());
    std::vector<int32_t> labels(static_cast<size_t>(q_.n));
    double inertia = 0;
    kmeans_assign(lease_, kernels_, search_.references().rows, q_.n, q_.dims, clusters_, centers_.data(), labels.data(),
                  &inertia);
    if (search_.cancelled()) return aborted();
    gather_clusters(labels);
    HEBB_RETURN_IF_ERROR(pack());
    if (search_.self()) {
      batches_of(place_, pieces());
    } else {
      std::vector<int32_t> own(static_cast<size_t>(q_.m));
      kmeans_assign(lease_, kernels_, search_.query_rows(), q_.m, q_.dims, pieces(), centers_.data(), own.data(),
                    &inertia);
      batches_of(own, pieces());
    }
    HEBB_RETURN_IF_ERROR(choose_probes());
    return search_batches();
  }

 private:
  int64_t pieces() const { return int64_t(ranges_.size()); }

  Status fit_centers() {
    clusters_ = std::clamp<int64_t>(q_.n / kClusterRows, 1, int64_t(6 * std::sqrt(double(q_.n))));
    const int64_t count = std::min(q_.n, clusters_ * kSampleRows), dims = q_.dims;
    const std::vector<int32_t> rows = stratified(q_.n, count, Philox(q_.seed, kSampleStream));
    std::vector<float> sample(static_cast<size_t>(count * dims)), start(static_cast<size_t>(clusters_ * dims));
    for (int64_t i = 0; i < count; ++i) {
      const float* from = search_.references().rows + int64_t(rows[size_t(i)]) * dims;
      std::copy(from, from + dims, sample.begin() + i * dims);
    }
    for (int64_t c = 0; c < clusters_; ++c) {
      const auto from = sample.begin() + c * count / clusters_ * dims;
      std::copy(from, from + dims, start.begin() + c * dims);
    }
    KMeansOptions options;
    options.clusters = clusters_;
    options.max_iterations = kIterations;
    options.centers = start.data();
    options.cancel = q_.cancel;
    KMeansModel model;
    HEBB_RETURN_IF_ERROR(kmeans_fit(lease_, kernels_, sample.data(), count, dims, options, model));
    centers_ = std::move(model.centers);
    return {};
  }

  // Sorts rows by cluster and cuts clusters that are too large into pieces with the same center.
  void gather_clusters(const std::vector<int32_t>& labels) {
    std::vector<int64_t> start(static_cast<size_t>(clusters_ + 1), 0);
    for (const int32_t c : labels) ++start[size_t(c) + 1];
    for (int64_t c = 0; c < clusters_; ++c) start[size_t(c + 1)] += start[size_t(c)];
    std::vector<int32_t> members(labels.size());
    std::vector<int64_t> next(start);
    for (size_t i = 0; i < labels.size(); ++i) members[size_t(next[size_t(labels[i])]++)] = int32_t(i);

    const int64_t dims = q_.dims, panel = search_.panel(), most = kLargestCluster * kClusterRows;
    std::vector<float> centers;
    place_.resize(labels.size());
    for (int64_t c = 0; c < clusters_; ++c) {
      const int64_t begin = start[size_t(c)], size = start[size_t(c + 1)] - begin, parts = chunk_count(size, most);
      for (int64_t part = 0; part < parts; ++part) {
        const int64_t from = begin + part * size / parts, to = begin + (part + 1) * size / parts;
        ranges_.push_back({int64_t(slots_.size()) / panel, chunk_count(to - from, panel)});
        sizes_.push_back(to - from);
        for (int64_t i = from; i < to; ++i) {
          place_[size_t(members[size_t(i)])] = int32_t(pieces() - 1);
          slots_.push_back(members[size_t(i)]);
        }
        slots_.resize(size_t(chunk_count(int64_t(slots_.size()), panel) * panel), -1);
        centers.insert(centers.end(), centers_.begin() + c * dims, centers_.begin() + (c + 1) * dims);
      }
    }
    centers_ = std::move(centers);
  }

  Status pack() { return search_.pack(std::move(slots_)); }

  // Queries sorted by the cluster they lie in, in batches.
  void batches_of(const std::vector<int32_t>& cluster, int64_t count) {
    cluster_of_ = cluster;
    std::vector<int64_t> next(static_cast<size_t>(count + 1), 0);
    for (const int32_t c : cluster) ++next[size_t(c) + 1];
    for (int64_t c = 0; c < count; ++c) {
      next[size_t(c + 1)] += next[size_t(c)];
      const int64_t end = next[size_t(c + 1)];
      for (int64_t begin = next[size_t(c)]; begin < end; begin += NeighborSearch::kBatch) {
        batches_.push_back({int32_t(c), begin, std::min(end, begin + NeighborSearch::kBatch)});
      }
    }
    queries_.resize(cluster.size());
    for (size_t i = 0; i < cluster.size(); ++i) queries_[size_t(next[size_t(cluster[i])]++)] = int32_t(i);
  }

  // All clusters, nearest to `cluster` first; itself leads, ties go to the lower one.
  void order_from(int32_t cluster, int64_t count, std::vector<float>& distance, std::vector<int32_t>& order) const {
    const int64_t dims = q_.dims;
    distance.resize(size_t(pieces()));
    order.resize(size_t(pieces()));
    kernels_.distance->squared_rows(pieces(), dims, centers_.data() + cluster * dims, centers_.data(), dims,
                                    distance.data());
    distance[size_t(cluster)] = -1;
    for (int64_t c = 0; c < pieces(); ++c) order[size_t(c)] = int32_t(c);
    const auto before = [&](int32_t a, int32_t b) {
      const float x = distance[size_t(a)], y = distance[size_t(b)];
      return x != y ? x < y : a < b;
    };
    if (count < pieces()) std::nth_element(order.begin(), order.begin() + count - 1, order.end(), before);
    std::sort(order.begin(), order.begin() + count, before);
  }

  // Searches for some queries exactly and counts, for each of their neighbours, how many clusters come before its own.
  Status choose_probes() {
    const std::vector<int32_t> sample = stratified(
        search_.query_count(), std::min(search_.query_count(), kProbeQueries), Philox(q_.seed, kProbeStream));
    const PanelRange all{0, ranges_.back().first + ranges_.back().count};
    constexpr int64_t kShare = 16;  // queries a task
    const int64_t count = int64_t(sample.size()), tasks = chunk_count(count, kShare);
    std::vector<std::vector<int64_t>> found(size_t(tasks), std::vector<int64_t>(size_t(pieces()), 0));
    std::atomic<bool> failed{false};
    parallel_range(lease_, count, kShare, [&](int64_t begin, int64_t end, int worker) {
      if (failed.load() || search_.cancelled()) return;
      if (!search_.search(sample.data() + begin, end - begin, &all, 1, worker)) failed.store(true);
      std::vector<float> distance;
      std::vector<int32_t> order, rank(static_cast<size_t>(pieces()));
      for (int64_t i = begin; i < end && !failed.load(); ++i) {
        const int32_t query = sample[size_t(i)];
        order_from(cluster_of_[size_t(query)], pieces(), distance, order);
        for (int64_t r = 0; r < pieces(); ++r) rank[size_t(order[size_t(r)])] = int32_t(r);
        for (int64_t j = query * q_.k; j < (query + 1) * q_.k; ++j) {
          ++found[size_t(begin / kShare)][size_t(rank[size_t(place_[size_t(indices_[j])])])];
        }
      }
    });
    if (failed.load()) return no_memory();
    if (search_.cancelled()) return aborted();
    const double wanted = q_.recall * double(count * q_.k);
    double sum = 0;
    for (probes_ = 0; probes_ < pieces() && (sum < wanted || probes_ == 0); ++probes_) {
      for (const auto& part : found) sum += double(part[size_t(probes_)]);
    }
    return {};
  }

  Status search_batches() {
    std::atomic<bool> failed{false};
    std::atomic<int64_t> done{0};
    const int64_t count = int64_t(batches_.size());
    lease_.parallel_for(count, [&](int64_t b, int worker) {
      if (failed.load() || search_.cancelled()) return;
      const Batch& batch = batches_[size_t(b)];
      if (!search_batch(batch, worker)) failed.store(true);
      const int64_t now = done.fetch_add(1) + 1;
      if (worker == 0 && q_.progress) q_.progress(double(now) / double(count));
    });
    if (failed.load()) return no_memory();
    return search_.cancelled() ? aborted() : Status{};
  }

  bool search_batch(const Batch& batch, int worker) {
    std::vector<float> distance;
    std::vector<int32_t> order;
    std::vector<PanelRange> ranges;
    for (int64_t count = probes_;; count = std::min(pieces(), 2 * count)) {  // as many as hold k neighbours
      order_from(batch.cluster, count, distance, order);
      int64_t rows = 0;
      for (int64_t r = 0; r < count; ++r) rows += sizes_[size_t(order[size_t(r)])];
      if (rows > q_.k || count == pieces()) {
        order.resize(size_t(count));
        break;
      }
    }
    for (const int32_t c : order) ranges.push_back(ranges_[size_t(c)]);
    return search_.search(queries_.data() + batch.begin, batch.end - batch.begin, ranges.data(), int64_t(ranges.size()),
                          worker);
  }

  Lease& lease_;
  const Kernels& kernels_;
  const NeighborQuery& q_;
  int32_t* indices_;
  NeighborSearch search_;
  int64_t clusters_ = 0, probes_ = 0;
  std::vector<float> centers_;       // [clusters, dims], later [pieces, dims]
  std::vector<int32_t> slots_;       // rows by piece, each piece padded to whole panels
  std::vector<PanelRange> ranges_;   // the panels of each piece
  std::vector<int64_t> sizes_;       // its rows
  std::vector<int32_t> place_;       // the piece of each row
  std::vector<int32_t> cluster_of_;  // the piece of each query
  std::vector<int32_t> queries_;     // sorted by piece
  std::vector<Batch> batches_;
};

}  // namespace

Status cluster_neighbors(Lease& lease, const Kernels& kernels, const NeighborQuery& query, int32_t* indices,
                         float* distances) {
  return ClusterSearch(lease, kernels, query, indices, distances).run();
}

}  // namespace hebb
