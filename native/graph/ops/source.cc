// Nodes without inputs: fed values, parameters, constants, row numbers.
#include "graph/ops/common.h"
#include "graph/plan.h"

namespace hebb::graph {

namespace {

// Reads rank, then (factor, symbols) a dimension when `symbolic`, else one integer a dimension.
Status read_shape(const Inference& n, int64_t at, bool symbolic, Shape& shape) {
  if (n.int_count <= at) return Status::argument(std::string("Expected ") + n.op + " to have a shape.");
  const int32_t rank = n.ints[at++];
  if (rank < 0 || rank > kMaxRank || n.int_count != at + rank * (symbolic ? 2 : 1)) {
    return Status::shape(std::string("Expected ") + n.op + " to have at most " + std::to_string(kMaxRank) +
                         " dimensions.");
  }
  shape.rank = rank;
  for (int i = 0; i < rank; ++i) {
    Dim& d = shape.dims[i];
    d.factor = n.ints[at++];
    d.symbols = symbolic ? n.ints[at++] : 0;
    if (d.factor < (symbolic ? 1 : 0) || d.symbols < 0 || d.symbols > (kBatch | kTime)) {
      return Status::shape(std::string("Expected the dimensions of ") + n.op + " to be positive, received " +
                           std::to_string(d.factor) + ".");
    }
  }
  return {};
}

struct Source {
  template <class T>
  static void forward(Exec<T>&, const Node&) {}
  template <class T>
  static void backward(Exec<T>&, const Node&) {}
};

// ints: dtype, rank, (factor, symbols)...
struct Input : Source {
  static Status infer(Inference& n) {
    if (n.int_count < 1 || n.ints[0] < 0 || n.ints[0] > 1) return needs_ints(n, 2, 0);
    n.out.dtype = DType(n.ints[0]);
    return read_shape(n, 1, true, n.out.shape);
  }
};

// ints: decay, trainable, init, rank, dims...; floats: a, b, learning rate scale
struct Param : Source {
  static Status infer(Inference& n) {
    if (n.int_count < 4 || n.float_count != 3 || n.ints[2] < 0 || n.ints[2] > ParamSpec::none)
      return needs_ints(n, 4, 3);
    return read_shape(n, 3, false, n.out.shape);
  }
};

// ints: rank, dims...; floats: the values
struct Constant : Source {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(read_shape(n, 0, false, n.out.shape));
    const int64_t count = n.out.shape.extent().factor;
    if (count == n.float_count) return {};
    return Status::shape("Expected a constant of shape " + to_string(n.out.shape) + " to have " +
                         std::to_string(count) + " values, received " + std::to_string(n.float_count) + ".");
  }
};

// ints: factor, symbols. The integers 0 .. n - 1 of a dimension: labels of in-batch contrastive losses, positions.
struct RowNumbers {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 2, 0));
    n.out.dtype = DType::i32;
    n.out.shape.rank = 1;
    n.out.shape.dims[0] = {n.ints[0], n.ints[1]};
    if (n.ints[0] < 1 || n.ints[1] < 0 || n.ints[1] > (kBatch | kTime)) return wrong(n, "a dimension");
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    NodeRun<T>& r = x.run(n);
    for (int64_t i = 0; i < r.count; ++i) r.index[i] = int32_t(i);
  }
  template <class T>
  static void backward(Exec<T>&, const Node&) {}
};

}  // namespace

ParamSpec param_spec(const Node& node) {
  return {node.ints[0] != 0, node.ints[1] != 0, node.ints[2], node.floats[0], node.floats[1], node.floats[2]};
}

extern const Op input_op = make_op<Input>("input", 0, 0);
extern const Op param_op = make_op<Param>("param", 0, 0);
extern const Op constant_op = make_op<Constant>("constant", 0, 0);
extern const Op row_numbers_op = make_op<RowNumbers>("rowNumbers", 0, 0);

}  // namespace hebb::graph
