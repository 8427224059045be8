// Writes plans as lib/graph/plan.ts does.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "graph/plan.h"
#include "graph/program.h"

namespace plan_writer {

using namespace hebb::graph;

class Writer {
 public:
  int add(const char* op, std::vector<int32_t> inputs, std::vector<int32_t> ints = {},
          std::vector<double> floats = {}) {
    nodes_.push_back(hebb::graph::find_op(op));
    nodes_.push_back(int32_t(inputs.size()));
    nodes_.insert(nodes_.end(), inputs.begin(), inputs.end());
    nodes_.push_back(int32_t(ints.size()));
    nodes_.insert(nodes_.end(), ints.begin(), ints.end());
    nodes_.push_back(int32_t(floats.size()));
    floats_.insert(floats_.end(), floats.begin(), floats.end());
    return count_++;
  }
  // [B, width], or [B] for width 0
  int input(int32_t width, bool integers = false) {
    if (width == 0) return add("input", {}, {integers, 1, 1, kBatch});
    return add("input", {}, {integers, 2, 1, kBatch, width, 0});
  }
  int param(std::vector<int32_t> dims, double bound = 0.5) {
    std::vector<int32_t> ints = {1, 1, ParamSpec::uniform, int32_t(dims.size())};
    ints.insert(ints.end(), dims.begin(), dims.end());
    return add("param", {}, ints, {-bound, bound, 1});
  }
  int linear(int x, int32_t in, int32_t out, int32_t activation) {
    const int w = param({out, in}), b = param({out});
    return add("linear", {x, w, b}, {activation}, {0.01});
  }
  // optimizer: a row of the table, or -1
  void finish(int loss, std::vector<int32_t> outputs, int optimizer, int32_t max_batch, int32_t seed = 7,
              double clip = std::numeric_limits<double>::infinity()) {
    ints = {kPlanMagic, optimizer, loss, max_batch, 4, seed, 0, int32_t(outputs.size())};
    ints.insert(ints.end(), outputs.begin(), outputs.end());
    ints.push_back(count_);
    ints.insert(ints.end(), nodes_.begin(), nodes_.end());
    floats = {0.9, 0, 0.9, 0.999, 1e-8, 0.99, 0.01, 0, clip};
    floats.insert(floats.end(), floats_.begin(), floats_.end());
  }
  hebb::Status decode(Plan& plan) const {
    return decode_plan(ints.data(), int64_t(ints.size()), floats.data(), int64_t(floats.size()), {}, plan);
  }
  std::shared_ptr<ProgramBase> compile(bool double_precision = false, int threads = 1) const {
    Plan plan;
    std::shared_ptr<ProgramBase> program;
    if (!decode(plan).ok() ||
        !ProgramBase::create(std::move(plan), double_precision ? Arithmetic::f64 : Arithmetic::f32, threads, program)
             .ok())
      return nullptr;
    return program;
  }

  std::vector<int32_t> ints;
  std::vector<double> floats;

 private:
  std::vector<int32_t> nodes_;
  std::vector<double> floats_;
  int32_t count_ = 0;
};

// The index of a row of a table by its name.
template <class Row>
int row_named(const Row* rows, int count, const std::string& name) {
  for (int i = 0; i < count; ++i)
    if (name == rows[i].name) return i;
  return -1;
}
inline int activation(const char* name) {
  return row_named(hebb::kernels_f64().activations, hebb::kernels_f64().activation_count, name);
}
inline int binary(const char* name) {
  return row_named(hebb::kernels_f64().binaries, hebb::kernels_f64().binary_count, name);
}
inline int optimizer(const char* name) {
  return row_named(hebb::kernels_f64().optimizers, hebb::kernels_f64().optimizer_count, name);
}

}  // namespace plan_writer
