#include "graph/plan.h"

#include <cmath>

#include "kernels/kernels.h"

namespace hebb::graph {

namespace {

// A bounds-checked reader of the two arrays.
struct Reader {
  const int32_t* ints;
  int64_t int_count;
  const double* floats;
  int64_t float_count;
  int64_t at = 0, float_at = 0;
  bool failed = false;

  int32_t next() {
    if (at >= int_count) {
      failed = true;
      return 0;
    }
    return ints[at++];
  }
  // A count of things that each take at least one more int.
  int64_t count() {
    const int32_t n = next();
    if (n < 0 || n > int_count - at) failed = true;
    return failed ? 0 : n;
  }
  double next_float() {
    if (float_at >= float_count) {
      failed = true;
      return 0;
    }
    return floats[float_at++];
  }
};

Status damaged() { return Status::argument("Expected a plan made by this version of hebb, received a damaged one."); }

Status read_node(Reader& in, Plan& plan) {
  Node node;
  node.id = int(plan.nodes.size());
  const int32_t op = in.next();
  const int64_t input_count = in.count();
  if (in.failed || op < 0 || op >= op_count() || input_count > kMaxInputs) return damaged();
  node.op = &op_at(op);
  Inference inference;
  for (int64_t i = 0; i < input_count; ++i) {
    const int32_t id = in.next();
    if (in.failed || id < 0 || id >= node.id) return damaged();
    node.inputs.push_back(id);
    inference.inputs.push_back({plan.node(id).dtype, plan.node(id).shape});
  }
  const int64_t int_count = in.count();
  if (in.failed) return damaged();
  node.ints.assign(in.ints + in.at, in.ints + in.at + int_count);
  in.at += int_count;
  const int64_t float_count = in.next();
  if (in.failed || float_count < 0 || float_count > in.float_count - in.float_at) return damaged();
  node.floats.assign(in.floats + in.float_at, in.floats + in.float_at + float_count);
  in.float_at += float_count;
  inference.ints = node.ints.data();
  inference.int_count = int_count;
  inference.floats = node.floats.data();
  inference.float_count = float_count;
  HEBB_RETURN_IF_ERROR(infer_node(op, inference));
  node.dtype = inference.out.dtype;
  node.shape = inference.out.shape;
  node.traits = inference.traits;
  const std::string name = node.op->name;
  node.is_param = name == "param";
  if (node.is_param) plan.params.push_back(node.id);
  if (name == "input") plan.inputs.push_back(node.id);
  if (name == "constant") plan.constants.push_back(node.id);
  plan.nodes.push_back(std::move(node));
  return {};
}

Status check_sizes(const Plan& plan) {
  for (const Node& node : plan.nodes) {
    for (int i = 0; i < node.shape.rank; ++i) {
      if ((node.shape.dims[i].symbols & kTime) && plan.max.T < 1) {
        return Status::argument("Expected `maxTime` for a graph whose shapes contain T, received none.");
      }
    }
    if (node.shape.extent().at(plan.max) > kMaxElements || node.traits.aux.at(plan.max) > kMaxElements) {
      return Status::argument("Expected nodes of at most 2^40 elements, received `" + plan.labels[size_t(node.id)] +
                              "` of shape " + to_string(node.shape) + " with maxBatch " + std::to_string(plan.max.B) +
                              ".");
    }
  }
  return {};
}

}  // namespace

std::string quoted(const Plan& plan, int32_t node) { return "`" + plan.labels[size_t(node)] + "`"; }

Status infer_node(int op, Inference& inference) {
  const Op& row = op_at(op);
  inference.op = row.name;
  const int count = inference.input_count();
  if (count < row.min_inputs || count > row.max_inputs) {
    return Status::argument(std::string("Expected ") + row.name + " to have " + std::to_string(row.min_inputs) +
                            (row.max_inputs > row.min_inputs ? " to " + std::to_string(row.max_inputs) : "") +
                            " inputs, received " + std::to_string(count) + ".");
  }
  HEBB_RETURN_IF_ERROR(row.infer(inference));
  const Extent extent = inference.out.shape.extent();
  if (extent.factor > kMaxElements) {
    return Status::shape(std::string("Expected the result of ") + row.name +
                         " to have at most 2^40 elements, received " + to_string(inference.out.shape) + ".");
  }
  return {};
}

Status decode_plan(const int32_t* ints, int64_t int_count, const double* floats, int64_t float_count,
                   std::vector<std::string> labels, Plan& plan) {
  Reader in{ints, int_count, floats, float_count};
  if (in.next() != kPlanMagic) return damaged();
  plan.optimizer = in.next();
  plan.loss = in.next();
  plan.max.B = in.next();
  plan.max.T = in.next();
  const uint32_t low = uint32_t(in.next()), high = uint32_t(in.next());
  plan.seed = uint64_t(high) << 32 | low;
  const int64_t output_count = in.count();
  if (in.failed) return damaged();
  for (int64_t i = 0; i < output_count; ++i) plan.outputs.push_back(in.next());
  Hyper& h = plan.hyper;
  double* const hyper[kHyperCount] = {&h.momentum, &h.dampening,    &h.beta1, &h.beta2,    &h.eps,
                                      &h.alpha,    &h.weight_decay, &h.l2,    &h.clip_norm};
  for (double* field : hyper) *field = in.next_float();
  const int64_t node_count = in.count();
  if (in.failed || plan.optimizer >= kernels_f64().optimizer_count) return damaged();
  if (plan.max.B < 1) return Status::argument("Expected `maxBatch` to be at least 1.");
  if (plan.max.T < 0) return damaged();
  for (int64_t i = 0; i < node_count; ++i) HEBB_RETURN_IF_ERROR(read_node(in, plan));
  for (int32_t id : plan.outputs)
    if (id < 0 || id >= node_count) return damaged();
  if (plan.loss >= node_count || plan.loss < -1) return damaged();
  if (plan.loss >= 0 && (plan.node(plan.loss).shape.rank != 0 || plan.node(plan.loss).dtype != DType::real)) {
    return Status::shape("Expected the loss to be a scalar, received shape " + to_string(plan.node(plan.loss).shape) +
                         ".");
  }
  labels.resize(plan.nodes.size());
  plan.labels = std::move(labels);
  for (const Node& node : plan.nodes) {
    std::string& label = plan.labels[size_t(node.id)];
    if (label.empty()) label = std::string(node.op->name) + std::to_string(node.id);
  }
  return check_sizes(plan);
}

}  // namespace hebb::graph
