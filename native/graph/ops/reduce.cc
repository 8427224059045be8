// Sums and means over neighbouring axes. ints: first axis, last axis, keep dimensions.
#include "graph/ops/common.h"

namespace hebb::graph {

namespace {

Status infer_reduce(Inference& n) {
  HEBB_RETURN_IF_ERROR(needs_ints(n, 3, 0));
  HEBB_RETURN_IF_ERROR(needs_real(n, 0, 1));
  const Shape& x = n.shape(0);
  const int32_t first = n.ints[0], last = n.ints[1];
  if (x.rank == 0) {
    n.out.shape = x;
    return {};
  }
  if (first < 0 || last < first || last >= x.rank) {
    return wrong(n, "axes from 0 to " + std::to_string(x.rank - 1) + ", received " + std::to_string(first) + " to " +
                        std::to_string(last));
  }
  Shape& y = n.out.shape;
  for (int i = 0; i < x.rank; ++i) {
    if (i < first || i > last) {
      y.dims[y.rank++] = x.dims[i];
    } else if (n.ints[2] != 0) {
      y.dims[y.rank++] = Dim{};
    }
  }
  n.traits.exact_scalar = y.rank == 0;
  return {};
}

// x seen as [outer, R, inner], reduced over R.
struct Three {
  int64_t outer = 1, R = 1, inner = 1;
};
template <class T>
Three three(Exec<T>& x, const Node& n) {
  Three s;
  const NodeRun<T>& in = x.input(n, 0);
  for (int i = 0; i < x.node(n.inputs[0]).shape.rank; ++i) {
    (i < n.ints[0] ? s.outer : i <= n.ints[1] ? s.R : s.inner) *= in.dims[i];
  }
  return s;
}

template <class T>
void reduce_forward(Exec<T>& x, const Node& n, bool mean) {
  const Three s = three(x, n);
  const T* in = x.in(n, 0);
  T* y = x.out(n);
  const double factor = mean ? 1.0 / double(s.R) : 1.0;
  const KernelTable<T>& k = x.k();
  if (s.outer == 1 && s.inner == 1) {
    set_scalar(x, n, factor * sum_chunks(*x.lease, s.R, kLightGrain, [&](int64_t begin, int64_t end) {
                       return k.sum(end - begin, in + begin);
                     }));
    return;
  }
  parallel_range(*x.lease, s.outer, row_grain(s.R * s.inner, kLightGrain), [&](int64_t begin, int64_t end, int) {
    for (int64_t o = begin; o < end; ++o) {
      if (s.inner == 1) {
        y[o] = T(factor * k.sum(s.R, in + o * s.R));
        continue;
      }
      T* row = y + o * s.inner;
      k.fill(s.inner, T(0), row);
      k.column_sums(s.R, s.inner, in + o * s.R * s.inner, s.inner, row);
      if (mean) k.scale(s.inner, T(factor), row, row);
    }
  });
}

template <class T>
void reduce_backward(Exec<T>& x, const Node& n, bool mean) {
  T* dx = x.din(n, 0);
  if (dx == nullptr) return;
  const Three s = three(x, n);
  const T* dy = x.dout(n);
  const T factor = T(mean ? 1.0 / double(s.R) : 1.0);
  const bool add = x.accumulate(n, 0);
  const KernelTable<T>& k = x.k();
  parallel_range(*x.lease, s.outer * s.R, row_grain(s.inner, kLightGrain), [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end;) {
      const int64_t o = row / s.R;
      if (s.inner == 1) {  // one value for the rest of this group
        const int64_t stop = std::min(end, (o + 1) * s.R);
        if (add) {
          k.affine(stop - row, T(1), factor * dy[o], dx + row, dx + row);
        } else {
          k.fill(stop - row, factor * dy[o], dx + row);
        }
        row = stop;
        continue;
      }
      if (add) {
        k.axpy(s.inner, factor, dy + o * s.inner, dx + row * s.inner);
      } else {
        k.scale(s.inner, factor, dy + o * s.inner, dx + row * s.inner);
      }
      ++row;
    }
  });
}

struct Sum {
  static Status infer(Inference& n) { return infer_reduce(n); }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    reduce_forward(x, n, false);
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    reduce_backward(x, n, false);
  }
};

struct Mean {
  static Status infer(Inference& n) { return infer_reduce(n); }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    reduce_forward(x, n, true);
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    reduce_backward(x, n, true);
  }
};

}  // namespace

extern const Op sum_op = make_op<Sum>("sum", 1, 1);
extern const Op mean_op = make_op<Mean>("mean", 1, 1);

}  // namespace hebb::graph
