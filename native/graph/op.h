// An op is one row: how its shape follows from its inputs, how it runs forward and backward. Rows live in ops/*.cc and
// are listed in ops/registry.cc; their order there is the index that a plan uses.
//
// forward reads the values of the inputs and writes its own. backward reads the gradient of its output and writes, or
// adds to, the gradients of those inputs that need one, in the order of the inputs. backward may destroy the gradient
// of its own output: nobody reads it later.
#pragma once
#include <cstdint>
#include <vector>

#include "core/status.h"
#include "core/thread_pool.h"
#include "graph/shape.h"
#include "graph/sparse.h"
#include "kernels/kernels.h"

namespace hebb {
class LowMatrix;
}

namespace hebb::graph {

struct Operand {
  DType dtype = DType::real;
  Shape shape;
};

// What the memory plan has to know about an op.
struct Traits {
  uint32_t backward_reads_inputs = 0;  // bit k: the value of input k
  bool backward_reads_output = false;
  bool view = false;                   // the output is the memory of input 0
  bool view_without_training = false;  // the same in programs that never train
  bool in_place = false;               // the output may overwrite input 0
  bool stops_gradient = false;
  uint32_t sparse_inputs = 0;     // bit k: backward can give a row-sparse gradient for input k
  uint32_t differentiable = ~0u;  // bit k; a real input without it must not depend on parameters
  Extent aux = Extent::none();    // elements of memory that forward leaves for backward
  bool aux_in_forward = false;    // forward writes aux even when no backward follows
  bool aux_is_gradient = false;   // aux is d(output)/d(input 0), as large as input 0, for a scalar output
  int panel_input = -1;           // this weight [out, in] may be kept in panels of its transpose
  int activation = -1;            // the op ends in this activation (a row of the table) ...
  double activation_alpha = 0;
  bool folds_derivative = false;  // backward can multiply the gradient of input 0 by the derivative of the activation
                                  // that the op before ends in
  bool exact_scalar = false;      // NodeRun::scalar holds the value in float64
  int index_input = -1;           // this i32 input must be below index_limit; negative means "nothing"
  Dim index_limit;
};

struct Inference {
  const char* op = "";
  std::vector<Operand> inputs;
  const int32_t* ints = nullptr;
  int64_t int_count = 0;
  const double* floats = nullptr;
  int64_t float_count = 0;

  Operand out;
  Traits traits;

  const Shape& shape(int k) const { return inputs[size_t(k)].shape; }
  int input_count() const { return int(inputs.size()); }
};

struct Op;

// A node of a decoded plan.
struct Node {
  const Op* op = nullptr;
  int id = 0;
  std::vector<int32_t> inputs;
  std::vector<int32_t> ints;
  std::vector<double> floats;
  DType dtype = DType::real;
  Shape shape;
  Traits traits;
  // Set by the layout: whether backward adds to (1) or overwrites (0) the gradient of input k.
  std::vector<uint8_t> accumulate;
  bool is_param = false;
  bool fusable = false;            // a parameter: see ParamPlace
  int32_t folds = -1;              // the node whose activation's derivative this one's backward applies
  bool derivative_folded = false;  // somebody else applies that of this node
  int32_t twin = -1;  // of an accuracy: the loss over the same logits and labels, which counts the hits anyway
};

// The optimizer of one parameter, for backward to run on pieces of the gradient as they are finished.
template <class T>
struct PieceUpdate {
  const OptimizerRow<T>* row = nullptr;
  T *value = nullptr, *slot0 = nullptr, *slot1 = nullptr;  // of the whole parameter; slots may be null
  OptimizerArgs<T> args{};

  // Elements [offset, offset + count), whose gradient is final.
  void operator()(int64_t offset, int64_t count, const T* gradient) const {
    row->update(count, value + offset, gradient, slot0 == nullptr ? nullptr : slot0 + offset,
                slot1 == nullptr ? nullptr : slot1 + offset, args);
  }
};

// What a node has at run time, for the present B and T.
template <class T>
struct NodeRun {
  T* value = nullptr;
  int32_t* index = nullptr;         // the value of an i32 node
  T* grad = nullptr;                // null: no dense gradient wanted
  SparseGrad<T>* sparse = nullptr;  // a parameter with row-sparse gradients
  T* aux = nullptr;
  bool panels = false;                     // value and grad are panels (ParamPlace::panels)
  const LowMatrix* low = nullptr;          // such a weight in the program's reduced precision
  const PieceUpdate<T>* update = nullptr;  // a parameter that this backward pass updates (ParamPlace::fusable)
  int64_t count = 0;
  int64_t dims[kMaxRank] = {};
  double scalar = 0;              // losses and metrics, in float64
  int64_t hits = 0, counted = 0;  // of a loss over labels: right arg max, rows that count
  uint64_t pass = 0;              // the forward pass that wrote hits and counted
};

// The state that ops work on. One a program.
template <class T>
struct Exec {
  const KernelTable<T>* kernels = nullptr;
  Lease* lease = nullptr;
  std::vector<Node>* nodes = nullptr;
  std::vector<NodeRun<T>> runs;
  std::vector<Lease> inline_leases;  // one a worker, for one-threaded loops inside a parallel one
  Sizes sizes;
  bool training = false;      // dropout is active, losses leave their gradient
  bool accumulating = false;  // parameter gradients hold something already
  uint64_t seed = 0;
  uint64_t draws = 0;    // training passes so far
  T* scratch = nullptr;  // Layout::scratch elements
  uint64_t pass = 0;     // forward passes so far, of any kind
  Status status;
  bool failed = false;

  const KernelTable<T>& k() const { return *kernels; }
  const Node& node(int id) const { return (*nodes)[size_t(id)]; }
  NodeRun<T>& run(int id) { return runs[size_t(id)]; }
  NodeRun<T>& run(const Node& n) { return runs[size_t(n.id)]; }
  NodeRun<T>& input(const Node& n, int i) { return runs[size_t(n.inputs[size_t(i)])]; }
  const T* in(const Node& n, int i) { return input(n, i).value; }
  T* out(const Node& n) { return run(n).value; }
  T* dout(const Node& n) { return run(n).grad; }
  T* din(const Node& n, int i) { return input(n, i).grad; }
  bool accumulate(const Node& n, int i) const {
    return n.accumulate[size_t(i)] != 0 || (accumulating && node(n.inputs[size_t(i)]).is_param);
  }
  int64_t count(const Node& n) { return run(n).count; }
  // The last dimension and the number of rows in front of it.
  int64_t columns(const NodeRun<T>& r, const Node& n) const { return n.shape.rank > 0 ? r.dims[n.shape.rank - 1] : 1; }
  void fail(Status s) {
    if (!failed) status = std::move(s);
    failed = true;
  }
  void check(Status s) {
    if (!s.ok()) fail(std::move(s));
  }
};

struct Op {
  const char* name;
  int min_inputs, max_inputs;
  Status (*infer)(Inference&);
  void (*forward32)(Exec<float>&, const Node&);
  void (*backward32)(Exec<float>&, const Node&);
  void (*forward64)(Exec<double>&, const Node&);
  void (*backward64)(Exec<double>&, const Node&);
  // Floating-point operations an element of the output, roughly; 0: see work().
  double cost;

  void forward(Exec<float>& x, const Node& n) const { forward32(x, n); }
  void forward(Exec<double>& x, const Node& n) const { forward64(x, n); }
  void backward(Exec<float>& x, const Node& n) const { backward32(x, n); }
  void backward(Exec<double>& x, const Node& n) const { backward64(x, n); }
};

// The row of a struct with static infer, forward<T> and backward<T>.
template <class Impl>
constexpr Op make_op(const char* name, int min_inputs, int max_inputs, double cost = 1) {
  return {name,
          min_inputs,
          max_inputs,
          &Impl::infer,
          &Impl::template forward<float>,
          &Impl::template backward<float>,
          &Impl::template forward<double>,
          &Impl::template backward<double>,
          cost};
}

int op_count();
const Op& op_at(int index);
// The index of an op, or -1.
int find_op(const char* name);

constexpr int kMaxInputs = 64;

}  // namespace hebb::graph
