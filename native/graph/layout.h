// Where everything lies: the arena of values and gradients planned by their intervals of life, parameters, dense
// gradients and optimizer slots in flat buffers of one common layout.
//
// The step's time line: at time i node i runs forward, at 2 N - i backward. A buffer lives from its first writer to its
// last reader; buffers whose lives do not overlap may share memory.
#pragma once
#include <cstdint>
#include <vector>

#include "core/status.h"
#include "graph/plan.h"

namespace hebb::graph {

struct ParamPlace {
  int32_t node = -1;
  int64_t offset = 0;  // elements, in the flat buffers
  int64_t count = 0;
  int64_t stored = 0;  // elements that it takes there: count, or those of its panels
  bool has_gradient = false;
  bool sparse = false;
  bool panels = false;   // kept as the panels of its transpose (core/gemm.h)
  bool fusable = false;  // panels with one use: the optimizer may run on each piece of the gradient as it is finished
};

// Parameters with dense gradients that lie side by side and are updated alike.
struct Segment {
  int64_t offset = 0, length = 0;
  bool decay = false;
  double learning_rate_scale = 1;
  bool fusable = false;
};

constexpr int64_t kNone = -1;

struct NodePlace {
  int32_t root = 0;       // the node whose memory this one's value lies in
  int64_t value = kNone;  // element offset in the arena (real) or in the index arena (i32)
  int64_t grad = kNone;   // in the arena; parameters: see ParamPlace
  int64_t aux = kNone;
  bool needs_grad = false;
  int32_t grad_root = 0;  // the node whose gradient memory is shared
  int32_t param = -1;     // index into Layout::params
};

struct Layout {
  std::vector<NodePlace> nodes;
  std::vector<ParamPlace> params;  // in plan order
  std::vector<Segment> segments;
  std::vector<std::vector<int32_t>> index_users;  // for each i32 root, the nodes that bound its values
  int64_t arena = 0;                              // elements of T
  int64_t index_arena = 0;                        // elements of int32
  int64_t scratch = 0;                            // elements of T: the largest weight in transposed panels
  int64_t param_count = 0;                        // elements of the parameter buffer
  int64_t dense_count = 0;  // elements that have a dense gradient: the head of the parameter buffer
};

// Elements of a K x N matrix in panels.
using PanelSize = int64_t (*)(int64_t K, int64_t N);

// Fills `layout`, and what a Node learns from the layout. `element` is sizeof(T).
Status plan_layout(Plan& plan, size_t element, PanelSize panel_size, Layout& layout);

}  // namespace hebb::graph
