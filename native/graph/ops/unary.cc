// Elementwise functions of one operand.
#include "graph/ops/common.h"

namespace hebb::graph {

namespace {

// y = f(x; alpha). ints: table (0 activations, 1 functions), row; floats: alpha.
struct Unary {
  template <class T>
  static const UnaryRow<T>& row(const KernelTable<T>& k, const int32_t* ints) {
    return ints[0] == 0 ? k.activations[ints[1]] : k.functions[ints[1]];
  }
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 2, 1));
    HEBB_RETURN_IF_ERROR(needs_real(n, 0, 1));
    const auto& k = kernels_f64();
    if (n.ints[0] < 0 || n.ints[0] > 1 || n.ints[1] < 0 ||
        n.ints[1] >= (n.ints[0] == 0 ? k.activation_count : k.function_count)) {
      return wrong(n, "a known function");
    }
    n.out.shape = n.shape(0);
    n.traits.in_place = true;
    if (row(k, n.ints).needs_input) {
      n.traits.backward_reads_inputs = 1;
    } else {
      n.traits.backward_reads_output = true;
    }
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const UnaryRow<T>& f = row(x.k(), n.ints.data());
    const T* in = x.in(n, 0);
    T* y = x.out(n);
    parallel_range(*x.lease, x.count(n), kHeavyGrain, [&](int64_t begin, int64_t end, int) {
      f.forward(end - begin, in + begin, y + begin, T(n.floats[0]));
    });
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    T* dx = x.din(n, 0);
    if (dx == nullptr) return;
    const UnaryRow<T>& f = row(x.k(), n.ints.data());
    const T *in = f.needs_input ? x.in(n, 0) : nullptr, *y = x.out(n), *dy = x.dout(n);
    const bool add = x.accumulate(n, 0);
    parallel_range(*x.lease, x.count(n), kHeavyGrain, [&](int64_t begin, int64_t end, int) {
      f.backward(end - begin, in == nullptr ? nullptr : in + begin, y + begin, dy + begin, dx + begin, T(n.floats[0]),
                 add);
    });
  }
};

// y = a * x + b. floats: a, b.
struct Affine {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 0, 2));
    HEBB_RETURN_IF_ERROR(needs_real(n, 0, 1));
    n.out.shape = n.shape(0);
    n.traits.in_place = true;
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const T* in = x.in(n, 0);
    T* y = x.out(n);
    parallel_range(*x.lease, x.count(n), kLightGrain, [&](int64_t begin, int64_t end, int) {
      x.k().affine(end - begin, T(n.floats[0]), T(n.floats[1]), in + begin, y + begin);
    });
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    T* dx = x.din(n, 0);
    if (dx == nullptr) return;
    const T* dy = x.dout(n);
    const bool add = x.accumulate(n, 0);
    parallel_range(*x.lease, x.count(n), kLightGrain, [&](int64_t begin, int64_t end, int) {
      if (add) {
        x.k().axpy(end - begin, T(n.floats[0]), dy + begin, dx + begin);
      } else {
        x.k().scale(end - begin, T(n.floats[0]), dy + begin, dx + begin);
      }
    });
  }
};

// y = min(max(x, lo), hi); the gradient is 1 inside [lo, hi], as PyTorch's clamp. floats: lo, hi.
struct Clip {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 0, 2));
    HEBB_RETURN_IF_ERROR(needs_real(n, 0, 1));
    if (!(n.floats[0] <= n.floats[1])) return wrong(n, "a lower bound that is not above the upper one");
    n.out.shape = n.shape(0);
    n.traits.in_place = true;
    n.traits.backward_reads_inputs = 1;
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const T* in = x.in(n, 0);
    T* y = x.out(n);
    parallel_range(*x.lease, x.count(n), kLightGrain, [&](int64_t begin, int64_t end, int) {
      x.k().clip(end - begin, in + begin, T(n.floats[0]), T(n.floats[1]), y + begin);
    });
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    T* dx = x.din(n, 0);
    if (dx == nullptr) return;
    const T *in = x.in(n, 0), *dy = x.dout(n);
    const bool add = x.accumulate(n, 0);
    parallel_range(*x.lease, x.count(n), kLightGrain, [&](int64_t begin, int64_t end, int) {
      x.k().clip_backward(end - begin, in + begin, dy + begin, T(n.floats[0]), T(n.floats[1]), dx + begin, add);
    });
  }
};

// Inverted dropout: y = keep ? x / (1 - p) : 0 in training passes, else x. floats: p.
struct Dropout {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 0, 1));
    HEBB_RETURN_IF_ERROR(needs_real(n, 0, 1));
    if (!(n.floats[0] >= 0 && n.floats[0] < 1)) {
      return Status::argument("Expected a dropout probability from 0 to below 1, received " +
                              std::to_string(n.floats[0]) + ".");
    }
    n.out.shape = n.shape(0);
    n.traits.in_place = true;
    n.traits.view_without_training = true;
    return {};
  }
  // One key for each program seed, node and training pass (splitmix64 of the three).
  template <class T>
  static uint64_t key(const Exec<T>& x, const Node& n) {
    uint64_t z = x.seed;
    for (const uint64_t part : {uint64_t(n.id) + 1, x.draws + 1}) {
      z += 0x9E3779B97F4A7C15u * part;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
      z ^= z >> 31;
    }
    return z;
  }
  template <class T>
  static void apply(Exec<T>& x, const Node& n, const T* from, T* to, bool add) {
    const uint64_t stream = key(x, n);
    parallel_range(*x.lease, x.count(n), kHeavyGrain, [&](int64_t begin, int64_t end, int) {
      x.k().dropout(end - begin, from + begin, to + begin, T(n.floats[0]), stream, uint64_t(begin), add);
    });
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    if (x.training && n.floats[0] > 0) {
      apply(x, n, x.in(n, 0), x.out(n), false);
    } else {
      copy_or_add(x, x.count(n), x.in(n, 0), x.out(n), false);
    }
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    T* dx = x.din(n, 0);
    if (dx == nullptr) return;
    if (n.floats[0] > 0) {
      apply(x, n, x.dout(n), dx, x.accumulate(n, 0));
    } else {
      copy_or_add(x, x.count(n), x.dout(n), dx, x.accumulate(n, 0));
    }
  }
};

}  // namespace

extern const Op unary_op = make_op<Unary>("unary", 1, 1, 8);
extern const Op affine_op = make_op<Affine>("affine", 1, 1);
extern const Op clip_op = make_op<Clip>("clip", 1, 1);
extern const Op dropout_op = make_op<Dropout>("dropout", 1, 1, 4);

}  // namespace hebb::graph
