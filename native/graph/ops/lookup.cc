// Ops that read rows or elements by index. A negative index stands for "nothing": zeros forward, no gradient backward.
#include "graph/ops/common.h"

namespace hebb::graph {

namespace {

Status infer_table(Inference& n) {
  HEBB_RETURN_IF_ERROR(needs_real(n, 0, 1));
  HEBB_RETURN_IF_ERROR(needs_index(n, 1));
  if (n.shape(0).rank != 2) return wrong(n, "a table of shape [rows, width], received " + to_string(n.shape(0)));
  n.traits.sparse_inputs = 1;
  n.traits.index_input = 1;
  n.traits.index_limit = n.shape(0).dims[0];
  return {};
}

// Adds scale[p / per_row] * dy[p / per_row] to the table's gradient at ids[p].
template <class T>
void table_backward(Exec<T>& x, const Node& n, int64_t positions, int64_t per_row, const T* scale) {
  NodeRun<T>& table = x.input(n, 0);
  const int32_t* ids = x.input(n, 1).index;
  const T* dy = x.dout(n);
  if (table.sparse != nullptr) {
    if (!table.sparse->add(*x.lease, x.k(), ids, positions, per_row, dy, scale))
      x.fail(Status::out_of_memory("Expected memory for row-sparse gradients, received none."));
    return;
  }
  if (table.grad == nullptr) return;
  const int64_t D = table.dims[1];
  if (!x.accumulate(n, 0)) x.k().fill(table.count, T(0), table.grad);
  for (int64_t p = 0; p < positions; ++p) {
    const int64_t row = p / per_row;
    if (ids[p] >= 0) x.k().axpy(D, scale == nullptr ? T(1) : scale[row], dy + row * D, table.grad + ids[p] * D);
  }
}

// y[..., D] = table[ids[...], :]
struct Embedding {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 0, 0));
    HEBB_RETURN_IF_ERROR(infer_table(n));
    if (n.shape(1).rank >= kMaxRank) return wrong(n, "ids of fewer dimensions");
    n.out.shape = n.shape(1);
    n.out.shape.dims[n.out.shape.rank++] = n.shape(0).dims[1];
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const NodeRun<T>& table = x.input(n, 0);
    const int32_t* ids = x.input(n, 1).index;
    const int64_t D = table.dims[1];
    T* y = x.out(n);
    parallel_range(*x.lease, x.input(n, 1).count, row_grain(D, kLightGrain), [&](int64_t begin, int64_t end, int) {
      for (int64_t p = begin; p < end; ++p) {
        if (ids[p] >= 0) {
          std::memcpy(y + p * D, table.value + ids[p] * D, size_t(D) * sizeof(T));
        } else {
          std::memset(y + p * D, 0, size_t(D) * sizeof(T));
        }
      }
    });
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    table_backward<T>(x, n, x.input(n, 1).count, 1, nullptr);
  }
};

// y[..., D] = the sum or mean of table[ids[..., l], :] over l. ints: 0 sum, 1 mean (over the ids that are there).
// aux: 1 / count of every bag, for the mean.
struct EmbeddingBag {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 1, 0));
    HEBB_RETURN_IF_ERROR(infer_table(n));
    if (n.shape(1).rank < 1) return wrong(n, "ids of shape [..., L], received " + to_string(n.shape(1)));
    n.out.shape = n.shape(1);
    n.out.shape.dims[n.out.shape.rank - 1] = n.shape(0).dims[1];
    if (n.ints[0] != 0) n.traits.aux = n.shape(1).extent(0, n.shape(1).rank - 1);
    n.traits.aux_in_forward = true;
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const NodeRun<T>& table = x.input(n, 0);
    const NodeRun<T>& ids = x.input(n, 1);
    const int64_t D = table.dims[1], L = ids.dims[x.node(n.inputs[1]).shape.rank - 1];
    const int64_t bags = L > 0 ? ids.count / L : 0;
    T *y = x.out(n), *inverse = n.ints[0] != 0 ? x.run(n).aux : nullptr;
    parallel_range(*x.lease, bags, row_grain(D * L, kLightGrain), [&](int64_t begin, int64_t end, int) {
      for (int64_t b = begin; b < end; ++b) {
        T* row = y + b * D;
        x.k().fill(D, T(0), row);
        int64_t there = 0;
        for (int64_t l = 0; l < L; ++l) {
          const int32_t id = ids.index[b * L + l];
          if (id < 0) continue;
          ++there;
          x.k().axpy(D, T(1), table.value + id * D, row);
        }
        if (inverse == nullptr) continue;
        inverse[b] = T(1) / T(std::max<int64_t>(there, 1));
        x.k().scale(D, inverse[b], row, row);
      }
    });
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    const NodeRun<T>& ids = x.input(n, 1);
    const int64_t L = ids.dims[x.node(n.inputs[1]).shape.rank - 1];
    table_backward<T>(x, n, ids.count, std::max<int64_t>(L, 1), n.ints[0] != 0 ? x.run(n).aux : nullptr);
  }
};

// y[...] = x[..., index[...]]
struct Pick {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 0, 0));
    HEBB_RETURN_IF_ERROR(needs_real(n, 0, 1));
    HEBB_RETURN_IF_ERROR(needs_index(n, 1));
    const Shape& x = n.shape(0);
    n.out.shape = n.shape(1);
    Shape expected = x;
    expected.rank = std::max(0, x.rank - 1);
    if (x.rank < 1 || !(expected == n.shape(1))) {
      return wrong(n, "an index of shape " + to_string(expected) + " for values " + to_string(x) + ", received " +
                          to_string(n.shape(1)));
    }
    n.traits.index_input = 1;
    n.traits.index_limit = x.last();
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const int64_t C = x.columns(x.input(n, 0), x.node(n.inputs[0]));
    const T* in = x.in(n, 0);
    const int32_t* index = x.input(n, 1).index;
    T* y = x.out(n);
    for (int64_t r = 0; r < x.count(n); ++r) y[r] = index[r] >= 0 ? in[r * C + index[r]] : T(0);
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    T* dx = x.din(n, 0);
    if (dx == nullptr) return;
    const NodeRun<T>& in = x.input(n, 0);
    const int64_t C = x.columns(in, x.node(n.inputs[0]));
    const int32_t* index = x.input(n, 1).index;
    const T* dy = x.dout(n);
    if (!x.accumulate(n, 0)) x.k().fill(in.count, T(0), dx);
    for (int64_t r = 0; r < x.count(n); ++r)
      if (index[r] >= 0) dx[r * C + index[r]] += dy[r];
  }
};

}  // namespace

extern const Op embedding_op = make_op<Embedding>("embedding", 2, 2);
extern const Op embedding_bag_op = make_op<EmbeddingBag>("embeddingBag", 2, 2);
extern const Op pick_op = make_op<Pick>("pick", 2, 2);

}  // namespace hebb::graph
