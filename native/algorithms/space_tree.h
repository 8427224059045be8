// Linear quadtree (2-D) or octree (3-D) over points sorted along the Morton curve, rebuilt for each iteration of
// Barnes-Hut t-SNE.
#pragma once
#include <cstdint>
#include <vector>

#include "core/thread_pool.h"
#include "kernels/tsne_kernels.h"

namespace hebb {

class SpaceTree {
 public:
  // Floats a point in the interleaved form.
  static int stride(int dims) { return dims == 2 ? 2 : 4; }

  // Sorts n points of `dims` (2 or 3) coordinates, interleaved, all inside the cube [low, low + width]: only `order`
  // is of use afterwards.
  void sort(Lease& lease, int dims, int64_t n, const float* points, const float* low, float width);
  // The same and the tree above them. Planar copies are padded to a multiple of `group`. theta = 0 makes a tree in
  // which no cell is ever accepted.
  void build(Lease& lease, int dims, int64_t n, const float* points, const float* low, float width, double theta,
             int group);

  const TsneNode* nodes() const { return nodes_.data(); }
  int32_t node_count() const { return node_count_; }
  // order()[i] is the storage index of the i-th point along the curve.
  const int32_t* order() const { return order_.data(); }
  const float* const* planar() const { return planar_pointers_; }

 private:
  static constexpr int kKeyBits = 24;
  static constexpr int kCells = 64;  // subtrees that are built apart, then joined

  void compute_keys(Lease& lease, const float* points, const float* low, float width);
  void sort_pass(Lease& lease, int shift, int bits);
  void gather(Lease& lease, const float* points, int group);
  void build_cells(Lease& lease);
  int32_t build_node(std::vector<TsneNode>& out, int64_t begin, int64_t end, int level) const;
  void join(Lease& lease);
  int32_t join_node(int level, int cell, int cells);
  float reach(int level) const;

  int dims_ = 2;
  int64_t n_ = 0, grain_ = 1;
  double width_ = 0, theta_ = 0;
  std::vector<uint32_t> keys_, other_keys_;
  std::vector<int32_t> order_, other_order_;
  std::vector<int32_t> histogram_;
  std::vector<float> planar_[3];
  const float* planar_pointers_[3] = {nullptr, nullptr, nullptr};
  std::vector<TsneNode> cell_nodes_[kCells];
  int64_t cell_begin_[kCells + 1] = {};
  int32_t cell_offset_[kCells] = {};
  std::vector<TsneNode> nodes_;
  int32_t node_count_ = 0;
};

}  // namespace hebb
