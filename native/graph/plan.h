// The plan that crosses the boundary: one Int32Array and one Float64Array, written by lib/graph/plan.ts. Nothing in
// them is trusted.
//
//   ints    magic, optimizer (-1: inference), loss (-1: none), maxBatch, maxTime, seed low, seed high,
//           outputs: count, node...
//           nodes: count, then for each: op, inputs: count, node...; ints: count, value...; floats: count
//   floats  momentum, dampening, beta1, beta2, eps, alpha, weightDecay, l2, clipNorm, then those of the nodes
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/status.h"
#include "graph/op.h"

namespace hebb::graph {

constexpr int32_t kPlanMagic = 0x68620001;

struct Hyper {
  double momentum = 0, dampening = 0, beta1 = 0, beta2 = 0, eps = 0, alpha = 0, weight_decay = 0, l2 = 0;
  double clip_norm = 0;
};
constexpr int kHyperCount = 9;

struct Plan {
  std::vector<Node> nodes;
  std::vector<std::string> labels;  // names for messages, one a node
  std::vector<int32_t> outputs;
  std::vector<int32_t> inputs;  // node ids of inputs, parameters and constants, ascending
  std::vector<int32_t> params;
  std::vector<int32_t> constants;
  int32_t loss = -1;
  int32_t optimizer = -1;
  Hyper hyper;
  Sizes max;
  uint64_t seed = 0;

  bool training() const { return optimizer >= 0; }
  const Node& node(int32_t id) const { return nodes[size_t(id)]; }
};

// The name of a node for messages.
std::string quoted(const Plan& plan, int32_t node);

// Reads and infers the whole plan. `labels` may be shorter than the nodes.
Status decode_plan(const int32_t* ints, int64_t int_count, const double* floats, int64_t float_count,
                   std::vector<std::string> labels, Plan& plan);

// The attributes of the source ops, as ops/source.cc lays them out.
struct ParamSpec {
  enum Init : int32_t { constant = 0, uniform = 1, normal = 2, truncated_normal = 3, none = 4 };
  bool decay, trainable;
  int32_t init;
  double a, b, learning_rate_scale;
};
ParamSpec param_spec(const Node& node);

// Runs the inference of one op; checks the result's rank and size.
Status infer_node(int op, Inference& inference);

}  // namespace hebb::graph
