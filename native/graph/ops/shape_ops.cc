// Ops that move values without changing them.
#include "graph/ops/common.h"

namespace hebb::graph {

namespace {

// ints: rank, (factor, symbols)... The memory of the input, seen with other dimensions.
struct Reshape {
  static Status infer(Inference& n) {
    if (n.int_count < 1 || n.ints[0] < 0 || n.ints[0] > kMaxRank || n.int_count != 1 + 2 * n.ints[0]) {
      return wrong(n, "at most " + std::to_string(kMaxRank) + " dimensions");
    }
    n.out.dtype = n.inputs[0].dtype;
    Shape& y = n.out.shape;
    y.rank = n.ints[0];
    for (int i = 0; i < y.rank; ++i) {
      y.dims[i] = {n.ints[1 + 2 * i], n.ints[2 + 2 * i]};
      if (y.dims[i].factor < 0 || y.dims[i].symbols < 0 || y.dims[i].symbols > (kBatch | kTime)) {
        return wrong(n, "positive dimensions");
      }
    }
    if (!(y.extent() == n.shape(0).extent())) {
      return wrong(n, "as many elements as its input " + to_string(n.shape(0)) + ", received " + to_string(y));
    }
    n.traits.view = true;
    return {};
  }
  template <class T>
  static void forward(Exec<T>&, const Node&) {}
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    if (T* dx = x.din(n, 0)) copy_or_add(x, x.count(n), x.dout(n), dx, x.accumulate(n, 0));
  }
};

// The value, with no gradient behind it.
struct StopGradient {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 0, 0));
    n.out = n.inputs[0];
    n.traits.view = true;
    n.traits.stops_gradient = true;
    return {};
  }
  template <class T>
  static void forward(Exec<T>&, const Node&) {}
  template <class T>
  static void backward(Exec<T>&, const Node&) {}
};

// dst[i0', i1', ...] = src[...] with dimension i of dst being dimension perm[i] of src; or +=.
template <class T>
void permute(Exec<T>& x, int rank, const int64_t* src_dims, const int32_t* perm, const T* src, T* dst, bool add) {
  int64_t step[kMaxRank + 1], dims[kMaxRank] = {}, strides[kMaxRank] = {};
  step[rank] = 1;
  for (int i = rank - 1; i >= 0; --i) step[i] = step[i + 1] * src_dims[i];
  for (int i = 0; i < rank; ++i) {
    dims[i] = src_dims[perm[i]];
    strides[i] = step[perm[i] + 1];
  }
  const int64_t inner = dims[rank - 1], stride = strides[rank - 1];
  int64_t outer = 1;
  for (int i = 0; i + 1 < rank; ++i) outer *= dims[i];
  parallel_range(*x.lease, outer, row_grain(inner, kLightGrain), [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end; ++row) {
      int64_t rest = row, at = 0;
      for (int i = rank - 2; i >= 0; --i) {
        at += rest % dims[i] * strides[i];
        rest /= dims[i];
      }
      T* to = dst + row * inner;
      const T* from = src + at;
      if (stride == 1) {
        if (add) {
          x.k().axpy(inner, T(1), from, to);
        } else {
          std::memcpy(to, from, size_t(inner) * sizeof(T));
        }
      } else if (add) {
        for (int64_t i = 0; i < inner; ++i) to[i] += from[i * stride];
      } else {
        for (int64_t i = 0; i < inner; ++i) to[i] = from[i * stride];
      }
    }
  });
}

// ints: the permutation.
struct Transpose {
  static Status infer(Inference& n) {
    const Shape& x = n.shape(0);
    HEBB_RETURN_IF_ERROR(needs_real(n, 0, 1));
    HEBB_RETURN_IF_ERROR(needs_ints(n, x.rank, 0));
    uint32_t seen = 0;
    n.out.shape.rank = x.rank;
    for (int i = 0; i < x.rank; ++i) {
      const int32_t axis = n.ints[i];
      if (axis < 0 || axis >= x.rank || (seen >> axis & 1u)) {
        return wrong(n, "a permutation of the axes of " + to_string(x));
      }
      seen |= 1u << axis;
      n.out.shape.dims[i] = x.dims[axis];
    }
    if (x.rank == 0) n.traits.view = true;
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    if (n.shape.rank == 0 || x.count(n) == 0) return;
    permute(x, n.shape.rank, x.input(n, 0).dims, n.ints.data(), x.in(n, 0), x.out(n), false);
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    T* dx = x.din(n, 0);
    if (dx == nullptr || x.count(n) == 0) return;
    if (n.shape.rank == 0) return copy_or_add(x, 1, x.dout(n), dx, x.accumulate(n, 0));
    int32_t inverse[kMaxRank];
    for (int i = 0; i < n.shape.rank; ++i) inverse[n.ints[size_t(i)]] = i;
    permute(x, n.shape.rank, x.run(n).dims, inverse, x.dout(n), dx, x.accumulate(n, 0));
  }
};

// Copies (or adds) `rows` runs of `length` elements between places with their own row strides.
template <class T>
void move_rows(Exec<T>& x, int64_t rows, int64_t length, const T* src, int64_t src_stride, T* dst, int64_t dst_stride,
               bool add) {
  parallel_range(*x.lease, rows, row_grain(length, kLightGrain), [&](int64_t begin, int64_t end, int) {
    for (int64_t r = begin; r < end; ++r) {
      if (add) {
        x.k().axpy(length, T(1), src + r * src_stride, dst + r * dst_stride);
      } else {
        std::memcpy(dst + r * dst_stride, src + r * src_stride, size_t(length) * sizeof(T));
      }
    }
  });
}

// Dimensions in front of an axis, and elements of one step along it.
template <class T>
void around(const NodeRun<T>& r, int rank, int axis, int64_t& outer, int64_t& inner) {
  outer = inner = 1;
  for (int i = 0; i < axis; ++i) outer *= r.dims[i];
  for (int i = axis + 1; i < rank; ++i) inner *= r.dims[i];
}

// ints: axis.
struct Concat {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 1, 0));
    HEBB_RETURN_IF_ERROR(needs_real(n, 0, n.input_count()));
    const int32_t axis = n.ints[0];
    Shape& y = n.out.shape;
    y = n.shape(0);
    if (axis < 0 || axis >= y.rank) return wrong(n, "an axis of " + to_string(y));
    int64_t total = 0;
    for (int k = 0; k < n.input_count(); ++k) {
      Shape s = n.shape(k);
      if (s.rank != y.rank || s.dims[axis].symbols != y.dims[axis].symbols) {
        return wrong(n, "inputs that differ along axis " + std::to_string(axis) + " only, received " + to_string(y) +
                            " and " + to_string(n.shape(k)));
      }
      total += s.dims[axis].factor;
      s.dims[axis] = y.dims[axis];
      if (!(s == y)) {
        return wrong(n, "inputs that differ along axis " + std::to_string(axis) + " only, received " + to_string(y) +
                            " and " + to_string(n.shape(k)));
      }
    }
    if (total > INT32_MAX) return wrong(n, "fewer elements");
    y.dims[axis].factor = int32_t(total);
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const NodeRun<T>& y = x.run(n);
    int64_t outer, inner, at = 0;
    around(y, n.shape.rank, n.ints[0], outer, inner);
    const int64_t stride = y.dims[n.ints[0]] * inner;
    for (size_t k = 0; k < n.inputs.size(); ++k) {
      const int64_t length = x.input(n, int(k)).dims[n.ints[0]] * inner;
      move_rows(x, outer, length, x.in(n, int(k)), length, y.value + at, stride, false);
      at += length;
    }
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    const NodeRun<T>& y = x.run(n);
    int64_t outer, inner, at = 0;
    around(y, n.shape.rank, n.ints[0], outer, inner);
    const int64_t stride = y.dims[n.ints[0]] * inner;
    for (size_t k = 0; k < n.inputs.size(); ++k) {
      const int64_t length = x.input(n, int(k)).dims[n.ints[0]] * inner;
      if (T* dx = x.din(n, int(k))) {
        move_rows<T>(x, outer, length, y.grad + at, stride, dx, length, x.accumulate(n, int(k)));
      }
      at += length;
    }
  }
};

// x[..., start : start + length, ...]. ints: axis, start, length factor, length symbols.
struct Slice {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 4, 0));
    HEBB_RETURN_IF_ERROR(needs_real(n, 0, 1));
    const Shape& x = n.shape(0);
    const int32_t axis = n.ints[0], start = n.ints[1];
    const Dim length{n.ints[2], n.ints[3]};
    if (axis < 0 || axis >= x.rank || start < 0 || length.factor < 1 || length.symbols < 0 ||
        length.symbols > (kBatch | kTime)) {
      return wrong(n, "an axis of " + to_string(x) + " and a range inside it");
    }
    const Dim& d = x.dims[axis];
    if (length.symbols == 0 && d.symbols == 0 && int64_t(start) + length.factor > d.factor) {
      return wrong(n, "a range inside [0, " + to_string(d) + "), received [" + std::to_string(start) + ", " +
                          std::to_string(int64_t(start) + length.factor) + ")");
    }
    n.out.shape = x;
    n.out.shape.dims[axis] = length;
    return {};
  }
  template <class T>
  static bool fits(Exec<T>& x, const Node& n) {
    const int64_t whole = x.input(n, 0).dims[n.ints[0]], length = x.run(n).dims[n.ints[0]];
    if (n.ints[1] + length <= whole) return true;
    x.fail(Status::shape("Expected a slice inside [0, " + std::to_string(whole) + "), received [" +
                         std::to_string(n.ints[1]) + ", " + std::to_string(n.ints[1] + length) + ")."));
    return false;
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    if (!fits(x, n)) return;
    int64_t outer, inner;
    around(x.run(n), n.shape.rank, n.ints[0], outer, inner);
    const int64_t stride = x.input(n, 0).dims[n.ints[0]] * inner, length = x.run(n).dims[n.ints[0]] * inner;
    move_rows(x, outer, length, x.in(n, 0) + n.ints[1] * inner, stride, x.out(n), length, false);
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    T* dx = x.din(n, 0);
    if (dx == nullptr) return;
    int64_t outer, inner;
    around(x.run(n), n.shape.rank, n.ints[0], outer, inner);
    const int64_t stride = x.input(n, 0).dims[n.ints[0]] * inner, length = x.run(n).dims[n.ints[0]] * inner;
    if (!x.accumulate(n, 0)) x.k().fill(x.input(n, 0).count, T(0), dx);
    move_rows<T>(x, outer, length, x.dout(n), length, dx + n.ints[1] * inner, stride, true);
  }
};

}  // namespace

extern const Op reshape_op = make_op<Reshape>("reshape", 1, 1, 0);
extern const Op stop_gradient_op = make_op<StopGradient>("stopGradient", 1, 1, 0);
extern const Op transpose_op = make_op<Transpose>("transpose", 1, 1);
extern const Op concat_op = make_op<Concat>("concat", 1, kMaxInputs);
extern const Op slice_op = make_op<Slice>("slice", 1, 1);

}  // namespace hebb::graph
