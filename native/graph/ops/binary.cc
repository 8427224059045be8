// Elementwise functions of two operands with numpy's broadcasting.
#include "graph/ops/common.h"

namespace hebb::graph {

namespace {

// The loop nest of a broadcast: strides of both operands over the result's dimensions, neighbours merged where
// possible. The innermost stride of each operand is 0 or 1.
struct Nest {
  int rank = 0;
  int64_t dims[kMaxRank], sa[kMaxRank], sb[kMaxRank];
  int64_t inner() const { return rank > 0 ? dims[rank - 1] : 1; }
  int inner_a() const { return rank > 0 ? int(sa[rank - 1]) : 0; }
  int inner_b() const { return rank > 0 ? int(sb[rank - 1]) : 0; }
  int64_t outer() const {
    int64_t n = 1;
    for (int i = 0; i + 1 < rank; ++i) n *= dims[i];
    return n;
  }
  // Offsets of both operands at the start of an inner loop.
  void at(int64_t row, int64_t& a, int64_t& b) const {
    a = b = 0;
    for (int i = rank - 2; i >= 0; --i) {
      const int64_t index = row % dims[i];
      row /= dims[i];
      a += index * sa[i];
      b += index * sb[i];
    }
  }
};

template <class T>
void strides_of(const NodeRun<T>& r, int rank, const int64_t* out, int out_rank, int64_t* strides) {
  int64_t step = 1;
  for (int i = out_rank - 1; i >= 0; --i) {
    const int k = i - (out_rank - rank);
    const bool there = k >= 0 && !(r.dims[k] == 1 && out[i] != 1);
    strides[i] = there ? step : 0;
    if (k >= 0) step *= r.dims[k];
  }
}

template <class T>
Nest make_nest(Exec<T>& x, const Node& n) {
  const NodeRun<T>& y = x.run(n);
  int64_t sa[kMaxRank], sb[kMaxRank];
  const int rank = n.shape.rank;
  strides_of(x.input(n, 0), x.node(n.inputs[0]).shape.rank, y.dims, rank, sa);
  strides_of(x.input(n, 1), x.node(n.inputs[1]).shape.rank, y.dims, rank, sb);
  Nest nest;
  for (int i = 0; i < rank; ++i) {
    if (y.dims[i] == 1) continue;
    const int last = nest.rank - 1;
    if (last >= 0 && nest.sa[last] == sa[i] * y.dims[i] && nest.sb[last] == sb[i] * y.dims[i]) {
      nest.dims[last] *= y.dims[i];
      nest.sa[last] = sa[i];
      nest.sb[last] = sb[i];
    } else {
      nest.dims[nest.rank] = y.dims[i];
      nest.sa[nest.rank] = sa[i];
      nest.sb[nest.rank++] = sb[i];
    }
  }
  return nest;
}

constexpr int64_t kBlock = 2048;

// ints: row of the table of binaries.
struct Binary {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 1, 0));
    HEBB_RETURN_IF_ERROR(needs_real(n, 0, 2));
    if (n.ints[0] < 0 || n.ints[0] >= kernels_f64().binary_count) return wrong(n, "a known function");
    const Shape &a = n.shape(0), &b = n.shape(1);
    Shape& y = n.out.shape;
    y.rank = std::max(a.rank, b.rank);
    for (int i = 0; i < y.rank; ++i) {
      const int ka = i - (y.rank - a.rank), kb = i - (y.rank - b.rank);
      const Dim da = ka >= 0 ? a.dims[ka] : Dim{}, db = kb >= 0 ? b.dims[kb] : Dim{};
      if (!(da == db) && !da.is(1) && !db.is(1)) {
        return wrong(n, "two inputs whose shapes broadcast, received " + to_string(a) + " and " + to_string(b));
      }
      y.dims[i] = da.is(1) ? db : da;
    }
    n.traits.backward_reads_inputs = 3;
    n.traits.backward_reads_output = true;
    n.traits.in_place = y == a;
    const std::string name = kernels_f64().binaries[n.ints[0]].name;
    if (name == "add" || name == "sub") {
      n.traits.backward_reads_inputs = 0;
      n.traits.backward_reads_output = false;
    } else if (name != "div") {
      n.traits.backward_reads_output = false;
    }
    return {};
  }

  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const BinaryRow<T>& f = x.k().binaries[n.ints[0]];
    const Nest nest = make_nest(x, n);
    const T *a = x.in(n, 0), *b = x.in(n, 1);
    T* y = x.out(n);
    const int64_t inner = nest.inner();
    if (x.count(n) == 0) return;
    if (nest.rank <= 1) {
      const int sa = nest.inner_a(), sb = nest.inner_b();
      parallel_range(*x.lease, inner, kLightGrain, [&](int64_t begin, int64_t end, int) {
        f.forward(end - begin, a + begin * sa, sa, b + begin * sb, sb, y + begin);
      });
      return;
    }
    parallel_range(*x.lease, nest.outer(), row_grain(inner, kLightGrain), [&](int64_t begin, int64_t end, int) {
      for (int64_t row = begin; row < end; ++row) {
        int64_t ia, ib;
        nest.at(row, ia, ib);
        f.forward(inner, a + ia, nest.inner_a(), b + ib, nest.inner_b(), y + row * inner);
      }
    });
  }

  // The gradient of operand k over rows [begin, end) of the nest.
  template <class T>
  static void gradient_rows(Exec<T>& x, const Node& n, const Nest& nest, int k, bool broadcast, bool add, int64_t begin,
                            int64_t end, int64_t first, int64_t last) {
    const BinaryRow<T>& f = x.k().binaries[n.ints[0]];
    const T *a = x.in(n, 0), *b = x.in(n, 1), *y = x.out(n), *dy = x.dout(n);
    T* d = x.din(n, k);
    const int64_t inner = nest.inner();
    const int sa = nest.inner_a(), sb = nest.inner_b(), s = k == 0 ? sa : sb;
    T block[kBlock];
    for (int64_t row = begin; row < end; ++row) {
      int64_t ia, ib;
      nest.at(row, ia, ib);
      const int64_t target = k == 0 ? ia : ib;
      double total = 0;
      for (int64_t i = first; i < last; i += kBlock) {
        const int64_t count = std::min(kBlock, last - i), o = row * inner + i;
        T* g = broadcast || add ? block : d + o;
        f.backward(count, a + ia + i * sa, sa, b + ib + i * sb, sb, y + o, dy + o, k == 0 ? g : nullptr,
                   k == 0 ? nullptr : g);
        if (!broadcast) {
          if (add) x.k().axpy(count, T(1), block, d + o);
        } else if (s == 0) {
          total += x.k().sum(count, block);
        } else {
          x.k().axpy(count, T(1), block, d + target + i);
        }
      }
      if (broadcast && s == 0) d[target] += T(total);
    }
  }

  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    if (x.count(n) == 0) return;
    const Nest nest = make_nest(x, n);
    for (int k = 0; k < 2; ++k) {
      T* d = x.din(n, k);
      if (d == nullptr) continue;
      const int64_t count = x.input(n, k).count;
      const bool broadcast = count != x.count(n), add = x.accumulate(n, k);
      if (broadcast) {  // sums over the result, in order
        if (!add) x.k().fill(count, T(0), d);
        gradient_rows(x, n, nest, k, true, add, 0, nest.outer(), 0, nest.inner());
      } else if (nest.rank <= 1) {
        parallel_range(*x.lease, nest.inner(), kLightGrain, [&](int64_t begin, int64_t end, int) {
          gradient_rows(x, n, nest, k, false, add, 0, 1, begin, end);
        });
      } else {
        parallel_range(*x.lease, nest.outer(), row_grain(nest.inner(), kLightGrain),
                       [&](int64_t begin, int64_t end, int) {
                         gradient_rows(x, n, nest, k, false, add, begin, end, 0, nest.inner());
                       });
      }
    }
  }
};

}  // namespace

extern const Op binary_op = make_op<Binary>("binary", 2, 2);

}  // namespace hebb::graph
