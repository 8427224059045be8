// Losses: scalars whose gradient is formed in the forward pass of training (aux), and metrics, which have none.
// ints: reduction (0 mean, 1 sum).
#include "graph/ops/common.h"

namespace hebb::graph {

namespace {

Status infer_loss(Inference& n, int64_t floats) {
  HEBB_RETURN_IF_ERROR(needs_ints(n, 1, floats));
  HEBB_RETURN_IF_ERROR(needs_real(n, 0, 1));
  if (n.ints[0] < 0 || n.ints[0] > 1) return wrong(n, "a reduction of mean or sum");
  n.out.shape.rank = 0;
  n.traits.exact_scalar = true;
  n.traits.aux = n.shape(0).extent();
  n.traits.aux_is_gradient = true;
  n.traits.differentiable = 1;
  return {};
}

// Gradient of an input from aux = d(loss)/d(input 0), times the gradient of the loss and `sign`.
template <class T>
void pass_on(Exec<T>& x, const Node& n, int k, T sign) {
  T* dx = x.din(n, k);
  if (dx == nullptr) return;
  const T* g = x.run(n).aux;
  const T factor = sign * *x.dout(n);
  const bool add = x.accumulate(n, k);
  if (dx == g && factor == T(1)) return;
  parallel_range(*x.lease, x.input(n, 0).count, kLightGrain, [&](int64_t begin, int64_t end, int) {
    if (add) {
      x.k().axpy(end - begin, factor, g + begin, dx + begin);
    } else {
      x.k().scale(end - begin, factor, g + begin, dx + begin);
    }
  });
}

// Softmax cross-entropy over the last dimension of the logits. Inputs: logits [..., C]; labels i32 [...] (negative:
// ignored) or probabilities [..., C]; optionally class weights [C]. floats: label smoothing. Means as PyTorch's
// CrossEntropyLoss: over the weights of the labels, or over rows for probabilities.
struct SoftmaxCrossEntropy {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(infer_loss(n, 1));
    const Shape &x = n.shape(0), &t = n.shape(1);
    if (x.rank < 1) return wrong(n, "logits of shape [..., classes], received a scalar");
    if (n.inputs[1].dtype == DType::i32) {
      Shape expected = x;
      --expected.rank;
      if (!(t == expected)) {
        return wrong(
            n, "labels of shape " + to_string(expected) + " for logits " + to_string(x) + ", received " + to_string(t));
      }
      n.traits.index_input = 1;
      n.traits.index_limit = x.last();
    } else if (!(t == x)) {
      return wrong(n, "probabilities of shape " + to_string(x) + " to match the logits, received " + to_string(t));
    }
    if (n.input_count() == 3) {
      HEBB_RETURN_IF_ERROR(needs_real(n, 2, 3));
      if (n.shape(2).rank != 1 || !(n.shape(2).dims[0] == x.last())) {
        return wrong(n, "class weights of shape [" + to_string(x.last()) + "], received " + to_string(n.shape(2)));
      }
    }
    if (!(n.floats[0] >= 0 && n.floats[0] < 1)) return wrong(n, "a label smoothing from 0 to below 1");
    return {};
  }

  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const int64_t C = x.columns(x.input(n, 0), x.node(n.inputs[0])), R = C > 0 ? x.input(n, 0).count / C : 0;
    const T *logits = x.in(n, 0), *weights = n.inputs.size() == 3 ? x.in(n, 2) : nullptr;
    const int32_t* labels = x.input(n, 1).index;
    const T* probs = labels == nullptr ? x.in(n, 1) : nullptr;
    NodeRun<T>& y = x.run(n);
    double total = double(R);
    y.counted = R;
    if (labels != nullptr) {
      y.counted = std::count_if(labels, labels + R, [](int32_t label) { return label >= 0; });
      total = double(y.counted);
      if (weights != nullptr) {
        total = 0;
        for (int64_t r = 0; r < R; ++r) total += labels[r] < 0 ? 0 : double(weights[labels[r]]);
      }
    }
    // Nothing that counts: the loss is 0.
    const double factor = n.ints[0] == 1 ? 1.0 : total > 0 ? 1.0 / total : 0.0;
    T* gradient = x.training ? y.aux : nullptr;
    const int64_t grain = partial_grain(R, row_grain(C, kHeavyGrain / 2));
    int64_t hits[kMaxPartials];
    const double sum = sum_chunks(*x.lease, R, grain, [&](int64_t begin, int64_t end) {
      int64_t& own = hits[begin / grain];
      own = 0;
      return x.k().softmax_xent(end - begin, C, logits + begin * C, labels == nullptr ? nullptr : labels + begin,
                                probs == nullptr ? nullptr : probs + begin * C, weights, T(n.floats[0]), T(factor),
                                gradient == nullptr ? nullptr : gradient + begin * C, &own);
    });
    y.hits = 0;
    for (int64_t c = 0; c < chunk_count(R, grain); ++c) y.hits += hits[c];
    y.pass = x.pass;
    set_scalar(x, n, sum * factor);
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    pass_on(x, n, 0, T(1));
  }
};

// The frame of elementwise losses: inputs x and targets of one shape.
Status infer_pairs(Inference& n, int64_t floats) {
  HEBB_RETURN_IF_ERROR(infer_loss(n, floats));
  HEBB_RETURN_IF_ERROR(needs_real(n, 1, 2));
  if (n.shape(0) == n.shape(1)) return {};
  return wrong(n,
               "targets of shape " + to_string(n.shape(0)) + " to match its input, received " + to_string(n.shape(1)));
}

// kernel(n, x, target, grad_scale, dx) -> sum
template <class T, class F>
void pairs_forward(Exec<T>& x, const Node& n, F&& kernel) {
  const int64_t count = x.input(n, 0).count;
  const double factor = n.ints[0] == 1 ? 1.0 : count > 0 ? 1.0 / double(count) : 0.0;
  const T *in = x.in(n, 0), *target = x.in(n, 1);
  T* gradient = x.training ? x.run(n).aux : nullptr;
  const double sum = sum_chunks(*x.lease, count, kHeavyGrain, [&](int64_t begin, int64_t end) {
    return kernel(end - begin, in + begin, target + begin, T(factor), gradient == nullptr ? nullptr : gradient + begin);
  });
  set_scalar(x, n, sum * factor);
}

// Binary cross-entropy on logits; targets in [0, 1]. floats: weight of the positive term.
struct BceWithLogits {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(infer_pairs(n, 1));
    return n.floats[0] > 0 ? Status{} : wrong(n, "a positive weight above 0");
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    pairs_forward(x, n, [&](int64_t count, const T* in, const T* target, T scale, T* dx) {
      return x.k().bce_logits(count, in, target, T(n.floats[0]), scale, dx);
    });
  }
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    pass_on(x, n, 0, T(1));
  }
};

// Losses of the difference x - target alone: the target's gradient is the negative.
struct Difference {
  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    pass_on(x, n, 0, T(1));
    pass_on(x, n, 1, T(-1));
  }
};

struct Mse : Difference {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(infer_pairs(n, 0));
    n.traits.differentiable = 3;
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    pairs_forward(x, n, x.k().mse);
  }
};

struct Mae : Difference {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(infer_pairs(n, 0));
    n.traits.differentiable = 3;
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    pairs_forward(x, n, x.k().mae);
  }
};

// floats: delta.
struct Huber : Difference {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(infer_pairs(n, 1));
    n.traits.differentiable = 3;
    return n.floats[0] > 0 ? Status{} : wrong(n, "a delta above 0");
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    pairs_forward(x, n, [&](int64_t count, const T* in, const T* target, T scale, T* dx) {
      return x.k().huber(count, in, target, T(n.floats[0]), scale, dx);
    });
  }
};

// The share of rows whose arg max is the label; rows with a negative label do not count.
struct Accuracy {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 0, 0));
    HEBB_RETURN_IF_ERROR(needs_real(n, 0, 1));
    HEBB_RETURN_IF_ERROR(needs_index(n, 1));
    Shape expected = n.shape(0);
    --expected.rank;
    if (n.shape(0).rank < 1 || !(n.shape(1) == expected)) {
      return wrong(n, "labels of one dimension less than its logits " + to_string(n.shape(0)) + ", received " +
                          to_string(n.shape(1)));
    }
    n.out.shape.rank = 0;
    n.traits.exact_scalar = true;
    n.traits.stops_gradient = true;
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    NodeRun<T>& y = x.run(n);
    if (n.twin >= 0 && x.run(n.twin).pass == x.pass) {
      y.hits = x.run(n.twin).hits;
      y.counted = x.run(n.twin).counted;
    } else {
      const int64_t C = x.columns(x.input(n, 0), x.node(n.inputs[0])), R = x.input(n, 1).count;
      const T* logits = x.in(n, 0);
      const int32_t* labels = x.input(n, 1).index;
      y.hits = y.counted = 0;
      for (int64_t r = 0; r < R; ++r) {
        if (labels[r] < 0) continue;
        ++y.counted;
        y.hits += std::max_element(logits + r * C, logits + (r + 1) * C) - (logits + r * C) == labels[r];
      }
    }
    set_scalar(x, n, y.counted > 0 ? double(y.hits) / double(y.counted) : 0);
  }
  template <class T>
  static void backward(Exec<T>&, const Node&) {}
};

// The share of elements with (logit > 0) == (target > 0.5).
struct BinaryAccuracy {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 0, 0));
    HEBB_RETURN_IF_ERROR(needs_real(n, 0, 2));
    if (!(n.shape(0) == n.shape(1))) return wrong(n, "targets of shape " + to_string(n.shape(0)));
    n.out.shape.rank = 0;
    n.traits.exact_scalar = true;
    n.traits.stops_gradient = true;
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    NodeRun<T>& y = x.run(n);
    const T *logits = x.in(n, 0), *targets = x.in(n, 1);
    y.counted = x.input(n, 0).count;
    y.hits = 0;
    for (int64_t i = 0; i < y.counted; ++i) y.hits += (logits[i] > 0) == (targets[i] > T(0.5));
    set_scalar(x, n, y.counted > 0 ? double(y.hits) / double(y.counted) : 0);
  }
  template <class T>
  static void backward(Exec<T>&, const Node&) {}
};

}  // namespace

extern const Op softmax_cross_entropy_op = make_op<SoftmaxCrossEntropy>("softmaxCrossEntropy", 2, 3, 16);
extern const Op bce_with_logits_op = make_op<BceWithLogits>("bceWithLogits", 2, 2, 16);
extern const Op mse_op = make_op<Mse>("mse", 2, 2);
extern const Op mae_op = make_op<Mae>("mae", 2, 2);
extern const Op huber_op = make_op<Huber>("huber", 2, 2);
extern const Op accuracy_op = make_op<Accuracy>("accuracy", 2, 2);
extern const Op binary_accuracy_op = make_op<BinaryAccuracy>("binaryAccuracy", 2, 2);

}  // namespace hebb::graph
