// Products of matrices: the dense layer and the general (batched) product.
#include "core/gemm.h"
#include "core/low_gemm.h"
#include "graph/ops/common.h"

namespace hebb::graph {

namespace {

// y[R, out] = act(x[R, in] * W[out, in]^T + b[out]), R = the product of the leading dimensions of x.
// ints: activation row, or -1; floats: its alpha. Inputs: x, W, and optionally b.
struct Linear {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 1, 1));
    HEBB_RETURN_IF_ERROR(needs_real(n, 0, 3));
    const Shape &x = n.shape(0), &w = n.shape(1);
    if (x.rank < 1) return wrong(n, "an input of at least one dimension, received a scalar");
    if (w.rank != 2 || !(w.dims[1] == x.last())) {
      return wrong(n, "a weight of shape [out, " + to_string(x.last()) + "] to match its input " + to_string(x) +
                          ", received " + to_string(w));
    }
    if (n.input_count() == 3 && (n.shape(2).rank != 1 || !(n.shape(2).dims[0] == w.dims[0]))) {
      return wrong(n, "a bias of shape [" + to_string(w.dims[0]) + "], received " + to_string(n.shape(2)));
    }
    const int32_t act = n.ints[0];
    if (act < -1 || act >= kernels_f64().activation_count) return wrong(n, "a known activation");
    n.out.shape = x;
    n.out.shape.dims[x.rank - 1] = w.dims[0];
    n.traits.backward_reads_inputs = 3;
    n.traits.panel_input = 1;
    n.traits.activation = act;
    n.traits.activation_alpha = n.floats[0];
    n.traits.folds_derivative = true;
    if (act >= 0) {
      if (kernels_f64().activations[act].needs_input) {
        n.traits.aux = n.out.shape.extent();  // the value before the activation
      } else {
        n.traits.backward_reads_output = true;
      }
    }
    return {};
  }

  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const NodeRun<T>&in = x.input(n, 0), &w = x.input(n, 1);
    NodeRun<T>& y = x.run(n);
    const int64_t N = w.dims[0], K = w.dims[1];
    if (y.count == 0) return;
    GemmEpilogue<T> e;
    if (n.inputs.size() == 3) e.bias = x.in(n, 2);
    if (n.ints[0] >= 0) {
      e.activation = &x.k().activations[n.ints[0]];
      e.activation_alpha = T(n.floats[0]);
      if (x.training) e.pre_activation = y.aux;
    }
    if constexpr (sizeof(T) == sizeof(float)) {
      if (w.low != nullptr) {
        x.check(w.low->multiply(*x.lease, y.count / N, in.value, K, y.value, N, e));
        return;
      }
    }
    if (w.panels) {
      x.check(
          gemm_panels<T>(*x.lease, x.k(), false, y.count / N, N, K, T(1), in.value, K, w.value, T(0), y.value, N, e));
    } else {
      x.check(
          gemm<T>(*x.lease, x.k(), false, true, y.count / N, N, K, T(1), in.value, K, w.value, K, T(0), y.value, N, e));
    }
  }

  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    NodeRun<T>& y = x.run(n);
    if (n.ints[0] >= 0 && !n.derivative_folded) {  // dz = dy * act', in the place of dy
      const UnaryRow<T>& act = x.k().activations[n.ints[0]];
      parallel_range(*x.lease, y.count, kHeavyGrain, [&](int64_t begin, int64_t end, int) {
        act.backward(end - begin, act.needs_input ? y.aux + begin : nullptr, y.value + begin, y.grad + begin,
                     y.grad + begin, T(n.floats[0]), false);
      });
    }
    if (x.din(n, 0) != nullptr) input_gradient(x, n);
    if (x.input(n, 1).panels) {
      panel_gradients(x, n);
    } else {
      plain_gradients(x, n);
    }
  }

  // dx = dz * W, times the derivative of the activation that x came out of where that is left to this op.
  template <class T>
  static void input_gradient(Exec<T>& x, const Node& n) {
    const NodeRun<T>& w = x.input(n, 1);
    const int64_t N = w.dims[0], K = w.dims[1], R = N > 0 ? x.run(n).count / N : 0;
    const T* dz = x.dout(n);
    T *dx = x.din(n, 0), beta = T(x.accumulate(n, 0));
    GemmEpilogue<T> e;
    if (n.folds >= 0) {
      const Node& before = x.node(n.folds);
      e.derivative = &x.k().activations[before.traits.activation];
      e.derivative_alpha = T(before.traits.activation_alpha);
      e.derivative_x = e.derivative->needs_input ? x.run(before).aux : nullptr;
      e.derivative_y = x.run(before).value;
    }
    if (w.panels && !panels_are_rows(x.k(), N)) {
      transpose_panels<T>(*x.lease, x.k(), K, N, w.value, x.scratch);
      x.check(gemm_panels<T>(*x.lease, x.k(), false, R, K, N, T(1), dz, N, x.scratch, beta, dx, K, e));
    } else {  // W lies as N rows, also where it is narrow
      x.check(gemm<T>(*x.lease, x.k(), false, false, R, K, N, T(1), dz, N, w.value, K, beta, dx, K, e));
    }
  }

  // dW in panels of its transpose [in, out] = x^T * dz, db as the column sums of dz on the way.
  template <class T>
  static void panel_gradients(Exec<T>& x, const Node& n) {
    const NodeRun<T>&in = x.input(n, 0), &w = x.input(n, 1);
    const int64_t N = w.dims[0], K = w.dims[1], R = N > 0 ? x.run(n).count / N : 0;
    const T* dz = x.dout(n);
    PanelEpilogue<T> e;
    if (n.inputs.size() == 3 && x.din(n, 2) != nullptr) {
      e.column_sums = x.din(n, 2);
      e.column_beta = T(x.accumulate(n, 2));
    }
    T* dw = w.grad;
    if (dw == nullptr) {  // a frozen weight
      if (e.column_sums != nullptr) bias_gradient(x, n);
      return;
    }
    if (w.update != nullptr) {
      e.context = w.update;
      e.tile_done = [](const void* context, int64_t offset, int64_t count, const T* values) {
        (*static_cast<const PieceUpdate<T>*>(context))(offset, count, values);
      };
      e.reads[0] = w.update->value, e.reads[1] = w.update->slot0, e.reads[2] = w.update->slot1;
      e.passes = true;
    }
    x.check(gemm_to_panels<T>(*x.lease, x.k(), true, false, K, N, R, T(1), in.value, K, dz, N, T(x.accumulate(n, 1)),
                              dw, e));
  }

  template <class T>
  static void plain_gradients(Exec<T>& x, const Node& n) {
    const NodeRun<T>&in = x.input(n, 0), &w = x.input(n, 1);
    const int64_t N = w.dims[0], K = w.dims[1], R = N > 0 ? x.run(n).count / N : 0;
    if (T* dw = x.din(n, 1)) {
      x.check(gemm<T>(*x.lease, x.k(), true, false, N, K, R, T(1), x.dout(n), N, in.value, K, T(x.accumulate(n, 1)), dw,
                      K));
    }
    if (n.inputs.size() == 3 && x.din(n, 2) != nullptr) bias_gradient(x, n);
  }

  template <class T>
  static void bias_gradient(Exec<T>& x, const Node& n) {
    const int64_t N = x.input(n, 1).dims[0], R = N > 0 ? x.run(n).count / N : 0;
    T* db = x.din(n, 2);
    const T* dz = x.dout(n);
    const bool add = x.accumulate(n, 2);
    parallel_range(*x.lease, N, std::max<int64_t>(64, kLightGrain / std::max<int64_t>(R, 1) / 64 * 64),
                   [&](int64_t begin, int64_t end, int) {
                     if (!add) x.k().fill(end - begin, T(0), db + begin);
                     x.k().column_sums(R, end - begin, dz + begin, N, db + begin);
                   });
  }
};

// y[..., M, N] = alpha * op(a)[..., M, K] * op(b)[..., K, N]. The leading dimensions of a and b agree, or b has none
// and is shared. ints: transpose a, transpose b; floats: alpha.
struct Matmul {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 2, 1));
    HEBB_RETURN_IF_ERROR(needs_real(n, 0, 2));
    const Shape &a = n.shape(0), &b = n.shape(1);
    if (a.rank < 2 || b.rank < 2 || (b.rank != a.rank && b.rank != 2)) {
      return wrong(n, "two inputs of as many dimensions, at least 2 (or a second one of 2), received " + to_string(a) +
                          " and " + to_string(b));
    }
    const bool ta = n.ints[0] != 0, tb = n.ints[1] != 0;
    const Dim M = a.dims[a.rank - (ta ? 1 : 2)], K = a.dims[a.rank - (ta ? 2 : 1)];
    const Dim Kb = b.dims[b.rank - (tb ? 1 : 2)], N = b.dims[b.rank - (tb ? 2 : 1)];
    bool agree = K == Kb;
    for (int i = 0; b.rank > 2 && i < b.rank - 2; ++i) agree = agree && a.dims[i] == b.dims[i];
    if (!agree) {
      return wrong(n, std::string("inner and leading dimensions that agree, received ") + to_string(a) +
                          (ta ? " transposed" : "") + " and " + to_string(b) + (tb ? " transposed" : ""));
    }
    n.out.shape = a;
    n.out.shape.dims[a.rank - 2] = M;
    n.out.shape.dims[a.rank - 1] = N;
    n.traits.backward_reads_inputs = 3;
    return {};
  }

  struct Sizes3 {
    int64_t M, N, K, batch, lda, ldb, a_step, b_step;
    bool ta, tb;
  };
  template <class T>
  static Sizes3 sizes(Exec<T>& x, const Node& n) {
    const Node &an = x.node(n.inputs[0]), &bn = x.node(n.inputs[1]);
    const NodeRun<T>&a = x.input(n, 0), &b = x.input(n, 1);
    Sizes3 s;
    s.ta = n.ints[0] != 0;
    s.tb = n.ints[1] != 0;
    const int64_t a0 = a.dims[an.shape.rank - 2], a1 = a.dims[an.shape.rank - 1];
    const int64_t b0 = b.dims[bn.shape.rank - 2], b1 = b.dims[bn.shape.rank - 1];
    s.M = s.ta ? a1 : a0;
    s.K = s.ta ? a0 : a1;
    s.N = s.tb ? b0 : b1;
    s.lda = a1;
    s.ldb = b1;
    s.batch = 1;
    for (int i = 0; i < an.shape.rank - 2; ++i) s.batch *= a.dims[i];
    s.a_step = a0 * a1;
    s.b_step = bn.shape.rank > 2 ? b0 * b1 : 0;
    // A shared b and a plain a are one tall product.
    if (s.b_step == 0 && !s.ta) {
      s.M *= s.batch;
      s.batch = 1;
    }
    return s;
  }

  // Runs fn(lease, i) for each product of the batch: one at a time with all threads, or many side by side.
  template <class T, class F>
  static void each(Exec<T>& x, const Sizes3& s, F&& fn) {
    const double flops = 2.0 * double(s.M) * double(s.N) * double(s.K);
    if (s.batch == 1 || flops > 4e6) {
      for (int64_t i = 0; i < s.batch; ++i) x.check(fn(*x.lease, i));
      return;
    }
    const int64_t grain = std::max<int64_t>(1, int64_t(5e5 / std::max(flops, 1.0)));
    bool failed[kMaxPartials] = {};
    parallel_range(*x.lease, s.batch, partial_grain(s.batch, grain), [&](int64_t begin, int64_t end, int worker) {
      for (int64_t i = begin; i < end; ++i)
        if (!fn(x.inline_leases[size_t(worker)], i).ok()) failed[begin / partial_grain(s.batch, grain)] = true;
    });
    for (bool f : failed)
      if (f) x.fail(Status::out_of_memory("Expected scratch memory for a product of matrices, received none."));
  }

  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const Sizes3 s = sizes(x, n);
    const T *a = x.in(n, 0), *b = x.in(n, 1);
    T* y = x.out(n);
    if (x.count(n) == 0) return;
    each(x, s, [&](Lease& lease, int64_t i) {
      return gemm<T>(lease, x.k(), s.ta, s.tb, s.M, s.N, s.K, T(n.floats[0]), a + i * s.a_step, s.lda, b + i * s.b_step,
                     s.ldb, T(0), y + i * s.M * s.N, s.N);
    });
  }

  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    const Sizes3 s = sizes(x, n);
    const T *a = x.in(n, 0), *b = x.in(n, 1), *dy = x.dout(n), alpha = T(n.floats[0]);
    if (T* da = x.din(n, 0)) {
      const T beta = T(x.accumulate(n, 0));
      each(x, s, [&](Lease& lease, int64_t i) {
        const T *bi = b + i * s.b_step, *dyi = dy + i * s.M * s.N;
        T* dai = da + i * s.a_step;
        // a[M, K] stored: da = dy * op(b)^T. a[K, M] stored: da = op(b) * dy^T.
        if (!s.ta)
          return gemm<T>(lease, x.k(), false, !s.tb, s.M, s.K, s.N, alpha, dyi, s.N, bi, s.ldb, beta, dai, s.lda);
        return gemm<T>(lease, x.k(), s.tb, true, s.K, s.M, s.N, alpha, bi, s.ldb, dyi, s.N, beta, dai, s.lda);
      });
    }
    if (T* db = x.din(n, 1)) {
      const auto product = [&](Lease& lease, int64_t i, T beta) {
        const T *ai = a + i * s.a_step, *dyi = dy + i * s.M * s.N;
        T* dbi = db + i * s.b_step;
        // b[K, N] stored: db = op(a)^T * dy. b[N, K] stored: db = dy^T * op(a).
        if (!s.tb)
          return gemm<T>(lease, x.k(), !s.ta, false, s.K, s.N, s.M, alpha, ai, s.lda, dyi, s.N, beta, dbi, s.ldb);
        return gemm<T>(lease, x.k(), true, s.ta, s.N, s.K, s.M, alpha, dyi, s.N, ai, s.lda, beta, dbi, s.ldb);
      };
      const bool add = x.accumulate(n, 1);
      if (s.b_step == 0 && s.batch > 1) {  // shared: one sum over the batch, in order
        for (int64_t i = 0; i < s.batch; ++i) x.check(product(*x.lease, i, T(add || i > 0)));
      } else {
        each(x, s, [&](Lease& lease, int64_t i) { return product(lease, i, T(add)); });
      }
    }
  }
};

}  // namespace

extern const Op linear_op = make_op<Linear>("linear", 2, 3, -2);
extern const Op matmul_op = make_op<Matmul>("matmul", 2, 2, -2);

}  // namespace hebb::graph
