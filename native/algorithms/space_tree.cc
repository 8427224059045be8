#include "algorithms/space_tree.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace hebb {

namespace {

constexpr int kLeafPoints = 16;
constexpr int64_t kMinGrain = 1024, kMaxGrain = 8192;  // points a chunk

// Bits of x moved to every second (third) place.
inline uint32_t spread2(uint32_t x) {
  x = (x | x << 8) & 0x00ff00ffu;
  x = (x | x << 4) & 0x0f0f0f0fu;
  x = (x | x << 2) & 0x33333333u;
  return (x | x << 1) & 0x55555555u;
}
inline uint32_t spread3(uint32_t x) {
  x = (x | x << 8) & 0x0000f00fu;
  x = (x | x << 4) & 0x000c30c3u;
  return (x | x << 2) & 0x00249249u;
}

inline uint32_t quantize(float x, float low, float scale, uint32_t limit) {
  const float cell = (x - low) * scale;
  return cell > 0 ? std::min(uint32_t(cell), limit) : 0;
}

}  // namespace

// Barnes and Hut accept a cell of width w at distance d when w / d < theta, because the error of one mass at the centre
// is about (w / d)^2. The t-kernel d / (1 + d^2)^2 has no pole: there the error is about w^2 / (d^2 + s^2), s of the
// order of 1, so the test is w^2 / theta^2 < d^2 + s^2. s = 1/2 keeps the errors of dense maps at those of sparse ones
// (tsne_force_error_against_theta prints them); it also bounds the work when many points coincide.
float SpaceTree::reach(int level) const {
  if (theta_ <= 0) return std::numeric_limits<float>::infinity();
  const double cell = width_ / double(int64_t(1) << level) / theta_;
  constexpr double smooth = 0.5;
  return float(cell * cell + 1 - smooth * smooth);
}

void SpaceTree::compute_keys(Lease& lease, const float* points, const float* low, float width) {
  const int bits = kKeyBits / dims_, step = stride(dims_);
  const uint32_t limit = (1u << bits) - 1;
  const float scale = width > 0 ? float(limit + 1) / width : 0;
  parallel_range(lease, n_, grain_, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      const float* p = points + i * step;
      const uint32_t x = quantize(p[0], low[0], scale, limit), y = quantize(p[1], low[1], scale, limit);
      keys_[size_t(i)] = dims_ == 2 ? spread2(x) | spread2(y) << 1
                                    : spread3(x) | spread3(y) << 1 | spread3(quantize(p[2], low[2], scale, limit)) << 2;
      order_[size_t(i)] = int32_t(i);
    }
  });
}

// One stable counting pass; chunks keep their order, so the result does not depend on who ran them.
void SpaceTree::sort_pass(Lease& lease, int shift, int bits) {
  const int64_t buckets = int64_t(1) << bits, chunks = chunk_count(n_, grain_);
  const uint32_t mask = uint32_t(buckets - 1);
  histogram_.assign(size_t(buckets * chunks), 0);
  parallel_range(lease, n_, grain_, [&](int64_t begin, int64_t end, int) {
    int32_t* count = histogram_.data() + begin / grain_ * buckets;
    for (int64_t i = begin; i < end; ++i) ++count[keys_[size_t(i)] >> shift & mask];
  });
  int32_t position = 0;
  for (int64_t b = 0; b < buckets; ++b) {
    for (int64_t c = 0; c < chunks; ++c) {
      const int32_t count = histogram_[size_t(c * buckets + b)];
      histogram_[size_t(c * buckets + b)] = position;
      position += count;
    }
  }
  parallel_range(lease, n_, grain_, [&](int64_t begin, int64_t end, int) {
    int32_t* next = histogram_.data() + begin / grain_ * buckets;
    for (int64_t i = begin; i < end; ++i) {
      const int32_t at = next[keys_[size_t(i)] >> shift & mask]++;
      other_keys_[size_t(at)] = keys_[size_t(i)];
      other_order_[size_t(at)] = order_[size_t(i)];
    }
  });
  keys_.swap(other_keys_);
  order_.swap(other_order_);
}

void SpaceTree::sort(Lease& lease, int dims, int64_t n, const float* points, const float* low, float width) {
  dims_ = dims;
  n_ = n;
  keys_.resize(size_t(n));
  other_keys_.resize(size_t(n));
  order_.resize(size_t(n));
  other_order_.resize(size_t(n));
  // A stable sort has one result, however it is cut.
  const int64_t threads = lease.threads();
  grain_ = std::clamp(n / threads, kMinGrain, kMaxGrain);
  compute_keys(lease, points, low, width);
  // Two passes of 12 bits rather than three of 8 where a pass over the points, on all threads, costs more than going
  // through the larger tables of counts, which one thread does.
  const int64_t counts = chunk_count(n, grain_) * (2 * 4096 - 3 * 256), pass = 4 * n / threads;
  const int bits = pass > counts ? 12 : 8;
  for (int shift = 0; shift < kKeyBits; shift += bits) sort_pass(lease, shift, bits);
}

void SpaceTree::gather(Lease& lease, const float* points, int group) {
  const int step = stride(dims_);
  const int64_t padded = (n_ + group - 1) / group * group;
  for (int c = 0; c < dims_; ++c) {
    planar_[c].resize(size_t(padded));
    planar_pointers_[c] = planar_[c].data();
  }
  parallel_range(lease, padded, grain_, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      const float* p = points + int64_t(order_[size_t(std::min(i, n_ - 1))]) * step;
      for (int c = 0; c < dims_; ++c) planar_[c][size_t(i)] = p[c];
    }
  });
}

// Appends the subtree of sorted points [begin, end) and returns its index in `out`.
int32_t SpaceTree::build_node(std::vector<TsneNode>& out, int64_t begin, int64_t end, int level) const {
  const int32_t self = int32_t(out.size());
  out.push_back({});
  TsneNode node{};
  node.mass = float(end - begin);
  node.reach = reach(level);
  double sum[3] = {0, 0, 0};
  if (end - begin <= kLeafPoints || level == kKeyBits / dims_) {
    for (int c = 0; c < dims_; ++c) {
      for (int64_t i = begin; i < end; ++i) sum[c] += planar_[c][size_t(i)];
    }
    node.first = int32_t(begin);
    node.count = int32_t(end - begin);
  } else {
    const int shift = kKeyBits - dims_ * (level + 1);
    const uint32_t mask = (1u << dims_) - 1;
    for (int64_t from = begin; from < end;) {
      const uint32_t child = keys_[size_t(from)] >> shift & mask;
      const auto stop = std::partition_point(keys_.begin() + from, keys_.begin() + end,
                                             [&](uint32_t key) { return (key >> shift & mask) <= child; });
      const int64_t to = stop - keys_.begin();
      const TsneNode& built = out[size_t(build_node(out, from, to, level + 1))];
      for (int c = 0; c < dims_; ++c) sum[c] += double(built.center[c]) * built.mass;
      from = to;
    }
    node.first = -1;
  }
  for (int c = 0; c < dims_; ++c) node.center[c] = float(sum[c] / node.mass);
  node.skip = int32_t(out.size()) - self;
  out[size_t(self)] = node;
  return self;
}

void SpaceTree::build_cells(Lease& lease) {
  constexpr int shift = kKeyBits - 6;
  for (int cell = 0; cell <= kCells; ++cell) {
    cell_begin_[cell] = std::partition_point(keys_.begin(), keys_.begin() + n_,
                                             [&](uint32_t key) { return (key >> shift) < uint32_t(cell); }) -
                        keys_.begin();
  }
  lease.parallel_for(kCells, [&](int64_t cell, int) {
    cell_nodes_[cell].clear();
    if (cell_begin_[cell] < cell_begin_[cell + 1]) {
      build_node(cell_nodes_[cell], cell_begin_[cell], cell_begin_[cell + 1], 6 / dims_);
    }
  });
}

// Lays out the levels above the cells and decides where each cell's subtree goes. Returns the index of the node, or -1
// for an empty range.
int32_t SpaceTree::join_node(int level, int cell, int cells) {
  const int64_t begin = cell_begin_[cell], end = cell_begin_[cell + cells];
  if (begin == end) return -1;
  const int32_t self = node_count_;
  if (cells == 1) {
    cell_offset_[cell] = self;
    nodes_[size_t(self)] = cell_nodes_[cell][0];
    node_count_ += int32_t(cell_nodes_[cell].size());
    return self;
  }
  ++node_count_;
  TsneNode node{};
  node.mass = float(end - begin);
  node.reach = reach(level);
  node.first = -1;
  double sum[3] = {0, 0, 0};
  const int children = 1 << dims_;
  for (int child = 0; child < children; ++child) {
    const int32_t at = join_node(level + 1, cell + child * (cells / children), cells / children);
    if (at < 0) continue;
    for (int c = 0; c < dims_; ++c) sum[c] += double(nodes_[size_t(at)].center[c]) * nodes_[size_t(at)].mass;
  }
  for (int c = 0; c < dims_; ++c) node.center[c] = float(sum[c] / node.mass);
  node.skip = node_count_ - self;
  nodes_[size_t(self)] = node;
  return self;
}

void SpaceTree::join(Lease& lease) {
  size_t total = kCells * 2;
  for (const auto& cell : cell_nodes_) total += cell.size();
  if (nodes_.size() < total) nodes_.resize(total + total / 4);
  node_count_ = 0;
  join_node(0, 0, kCells);
  lease.parallel_for(kCells, [&](int64_t cell, int) {
    const auto& built = cell_nodes_[cell];
    if (!built.empty()) std::memcpy(&nodes_[size_t(cell_offset_[cell])], built.data(), built.size() * sizeof(TsneNode));
  });
}

void SpaceTree::build(Lease& lease, int dims, int64_t n, const float* points, const float* low, float width,
                      double theta, int group) {
  width_ = width;
  theta_ = theta;
  sort(lease, dims, n, points, low, width);
  gather(lease, points, group);
  build_cells(lease);
  join(lease);
}

}  // namespace hebb
