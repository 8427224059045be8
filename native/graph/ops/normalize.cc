// Softmax and normalizations over the last dimension.
#include "graph/ops/common.h"

namespace hebb::graph {

namespace {

template <class T>
int64_t last_dim(Exec<T>& x, const Node& n) {
  return x.columns(x.run(n), n);
}
template <class T>
int64_t row_count(Exec<T>& x, const Node& n) {
  const int64_t cols = last_dim(x, n);
  return cols > 0 ? x.count(n) / cols : 0;
}
// fn(first row, rows) over chunks of about `grain` elements.
template <class T, class F>
void over_rows(Exec<T>& x, const Node& n, F&& fn) {
  parallel_range(*x.lease, row_count(x, n), row_grain(last_dim(x, n), kHeavyGrain),
                 [&](int64_t begin, int64_t end, int) { fn(begin, end - begin); });
}

Status infer_rows(Inference& n, int64_t floats) {
  HEBB_RETURN_IF_ERROR(needs_ints(n, 0, floats));
  HEBB_RETURN_IF_ERROR(needs_real(n, 0, n.input_count()));
  if (n.shape(0).rank < 1) return wrong(n, "an input of at least one dimension, received a scalar");
  n.out.shape = n.shape(0);
  return {};
}

// The kernels of softmax and of its logarithm, both of the form of
// softmax_forward(rows, C, x, y), softmax_backward(rows, C, y, dy, dx, add).
template <bool kLog>
struct SoftmaxOp {
  static Status infer(Inference& n) {
    n.traits.in_place = true;
    n.traits.backward_reads_output = true;
    return infer_rows(n, 0);
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const int64_t C = last_dim(x, n);
    const T* in = x.in(n, 0);
    T* y = x.out(n);
    const auto kernel = kLog ? x.k().log_softmax_forward : x.k().softmax_forward;
    over_rows(x, n, [&](int64_t r, int64_t rows) { kernel(rows, C, in + r * C, y + r * C); });
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    const int64_t C = last_dim(x, n);
    const T *y = x.out(n), *dy = x.dout(n);
    T* dx = x.din(n, 0);
    const bool add = x.accumulate(n, 0);
    const auto kernel = kLog ? x.k().log_softmax_backward : x.k().softmax_backward;
    over_rows(x, n, [&](int64_t r, int64_t rows) { kernel(rows, C, y + r * C, dy + r * C, dx + r * C, add); });
  }
};

// y = (x - mean) / sqrt(var + eps) * gamma + beta over the last dimension (Ba, Kiros, Hinton 2016). Inputs: x, and both
// or neither of gamma, beta. floats: eps. aux: mean, rstd of every row.
struct LayerNorm {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(infer_rows(n, 1));
    if (n.input_count() == 2) return wrong(n, "both gain and bias, or neither");
    for (int k = 1; k < n.input_count(); ++k) {
      if (n.shape(k).rank != 1 || !(n.shape(k).dims[0] == n.shape(0).last())) {
        return wrong(
            n, "a gain and a bias of shape [" + to_string(n.shape(0).last()) + "], received " + to_string(n.shape(k)));
      }
    }
    if (!(n.floats[0] >= 0)) return wrong(n, "an eps of at least 0");
    n.traits.backward_reads_inputs = 3;
    n.traits.aux = n.shape(0).extent(0, n.shape(0).rank - 1);
    n.traits.aux.factor = saturating_multiply(n.traits.aux.factor, 2);
    n.traits.aux_in_forward = true;
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const int64_t C = last_dim(x, n), R = row_count(x, n);
    const bool affine = n.inputs.size() == 3;
    const T *in = x.in(n, 0), *gamma = affine ? x.in(n, 1) : nullptr, *beta = affine ? x.in(n, 2) : nullptr;
    T *y = x.out(n), *mean = x.run(n).aux, *rstd = mean + R;
    over_rows(x, n, [&](int64_t r, int64_t rows) {
      x.k().layer_norm_forward(rows, C, in + r * C, gamma, beta, T(n.floats[0]), y + r * C, mean + r, rstd + r);
    });
  }
  // Gradients of gain and bias are summed over chunks of rows, each into its own row of scratch memory, then in order.
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    const int64_t C = last_dim(x, n), R = row_count(x, n);
    if (R == 0 || C == 0) return;
    const bool affine = n.inputs.size() == 3;
    const T *in = x.in(n, 0), *gamma = affine ? x.in(n, 1) : nullptr;
    T* dy = x.dout(n);
    const T *mean = x.run(n).aux, *rstd = mean + R;
    T *dx = x.din(n, 0), *dgamma = affine ? x.din(n, 1) : nullptr, *dbeta = affine ? x.din(n, 2) : nullptr;
    const int64_t grain = std::max<int64_t>(row_grain(C, kHeavyGrain), chunk_count(R, 32)),
                  chunks = chunk_count(R, grain);
    T* sums = static_cast<T*>(x.lease->scratch(0, size_t(chunks * 2 * C) * sizeof(T)));
    if (sums == nullptr) return x.fail(Status::out_of_memory("Expected scratch memory, received none."));
    x.k().fill(chunks * 2 * C, T(0), sums);
    const bool add = dx != nullptr && x.accumulate(n, 0);
    if (dx == nullptr) dx = dy;  // the kernel always writes one; dy is dead after this
    parallel_range(*x.lease, R, grain, [&](int64_t begin, int64_t end, int) {
      T* own = sums + begin / grain * 2 * C;
      x.k().layer_norm_backward(end - begin, C, in + begin * C, gamma, mean + begin, rstd + begin, dy + begin * C,
                                dx + begin * C, dgamma == nullptr ? nullptr : own, dbeta == nullptr ? nullptr : own + C,
                                add);
    });
    for (int k = 1; k < 3 && affine; ++k) {
      T* d = x.din(n, k);
      if (d == nullptr) continue;
      if (!x.accumulate(n, k)) x.k().fill(C, T(0), d);
      for (int64_t c = 0; c < chunks; ++c) x.k().axpy(C, T(1), sums + c * 2 * C + (k - 1) * C, d);
    }
  }
};

// y = x / max(|x|, eps) over the last dimension. floats: eps. aux: max(|x|, eps) of every row.
struct L2Normalize {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(infer_rows(n, 1));
    if (!(n.floats[0] > 0)) return wrong(n, "an eps above 0");
    n.traits.backward_reads_output = true;
    n.traits.aux = n.shape(0).extent(0, n.shape(0).rank - 1);
    n.traits.aux_in_forward = true;
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const int64_t C = last_dim(x, n);
    const T* in = x.in(n, 0);
    T *y = x.out(n), *norm = x.run(n).aux;
    over_rows(x, n, [&](int64_t first, int64_t rows) {
      for (int64_t r = first; r < first + rows; ++r) {
        norm[r] = T(std::max(std::sqrt(x.k().sum_squares(C, in + r * C)), n.floats[0]));
        x.k().scale(C, T(1) / norm[r], in + r * C, y + r * C);
      }
    });
  }
  // dx = (dy - y (y . dy)) / |x|; a row shorter than eps was only scaled.
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    const int64_t C = last_dim(x, n);
    const T *y = x.out(n), *norm = x.run(n).aux;
    T *dy = x.dout(n), *dx = x.din(n, 0);
    const bool add = x.accumulate(n, 0);
    over_rows(x, n, [&](int64_t first, int64_t rows) {
      for (int64_t r = first; r < first + rows; ++r) {
        const T *yr = y + r * C, inverse = T(1) / norm[r];
        T *g = dy + r * C, *d = dx + r * C;
        const bool tiny = norm[r] <= T(n.floats[0]);
        const T dot = tiny ? T(0) : T(x.k().dot(C, yr, g));
        if (add) {
          x.k().axpy(C, inverse, g, d);
        } else {
          x.k().scale(C, inverse, g, d);
        }
        x.k().axpy(C, -dot * inverse, yr, d);
      }
    });
  }
};

}  // namespace

extern const Op softmax_op = make_op<SoftmaxOp<false>>("softmax", 1, 1, 12);
extern const Op log_softmax_op = make_op<SoftmaxOp<true>>("logSoftmax", 1, 1, 12);
extern const Op layer_norm_op = make_op<LayerNorm>("layerNorm", 1, 3, 8);
extern const Op l2_normalize_op = make_op<L2Normalize>("l2Normalize", 1, 1, 4);

}  // namespace hebb::graph
