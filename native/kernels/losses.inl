// Losses with fused gradients. Each returns the sum over rows or elements in float64.
namespace hebb {
namespace HEBB_ISA_NS {

// The first index of the row's maximum.
static inline int64_t arg_max(int64_t n, const real* x) {
  const Vec top = set1(row_max(n, x));
  int64_t found = -1;
  for (int64_t i = 0; i < n && found < 0; i += Vec::W) {
    const int left = n - i < Vec::W ? int(n - i) : Vec::W;
    const uint32_t hits = bits(eq(load_n(x + i, left), top) & first_n(left));
    if (hits != 0) found = i + __builtin_ctz(hits);
  }
  return found;
}

// One row's target distribution t and what depends on the logits before they may be overwritten by the gradient:
// t_c = w_c * ((1 - smoothing) * p_c + smoothing / cols), p one-hot for a label.
struct XentTarget {
  double mass;     // sum t_c
  double overlap;  // sum t_c * (x_c - max)
};

// loss = sum_c t_c * (lse - x_c), lse = log sum e^x = max + log s; dlogits_c = scale * (mass * softmax_c - t_c)
namespace {
struct XentRow {
  int64_t cols;
  const real* probs;  // or null: `label`
  int64_t label;
  const real* weights;     // or null: ones
  real smoothing, spread;  // spread = smoothing / cols

  template <class IO>
  Vec target(int64_t i, IO io) const {  // without the label's own part
    const Vec t = probs != nullptr ? fma(set1(real(1) - smoothing), io(probs + i), set1(spread)) : set1(spread);
    return weights != nullptr ? t * io(weights + i) : t;
  }
  real label_part() const { return (real(1) - smoothing) * (weights != nullptr ? weights[label] : real(1)); }
  bool dense() const { return probs != nullptr || spread != 0; }

  XentTarget measure(const real* x, real top) const {
    XentTarget out = {0, 0};
    if (dense()) {
      const Vec shift = set1(top);
      Acc64 mass = acc_zero(), overlap = acc_zero();
      for_vectors(cols, [&](int64_t i, auto io) {
        const Vec t = io.only(target(i, io), zero());
        acc_add(mass, t);
        // 0 * -inf: a class of no weight may have a masked logit
        acc_fma(overlap, t, select(eq(t, zero()), zero(), io(x + i) - shift));
      });
      out = {acc_sum(mass), acc_sum(overlap)};
    }
    if (probs == nullptr) {
      const double t = double(label_part());
      out.mass += t;
      if (t != 0) out.overlap += t * double(x[label] - top);
    }
    return out;
  }

  // dlogits holds e^(x - max) and becomes the gradient.
  void gradient(real sum, double mass, real scale, real* dlogits) const {
    const Vec factor = set1(real(mass * double(scale) / double(sum))), s = set1(scale);
    if (dense()) {
      for_vectors(cols, [&](int64_t i, auto io) { io(dlogits + i, io(dlogits + i) * factor - s * target(i, io)); });
    } else {
      map(cols, dlogits, dlogits, [factor](Vec e) { return e * factor; });
    }
    if (probs == nullptr) dlogits[label] -= scale * label_part();
  }
};
}  // namespace

static double softmax_xent(int64_t rows, int64_t cols, const real* logits, const int32_t* labels, const real* probs,
                           const real* class_weights, real smoothing, real grad_scale, real* dlogits,
                           int64_t* correct) {
  double loss = 0;
  int64_t hits = 0;
  if (cols == 0) return 0;
  for (int64_t r = 0; r < rows; ++r, logits += cols) {
    XentRow row = {cols, nullptr, 0, class_weights, smoothing, smoothing / real(cols)};
    real* gradient = dlogits != nullptr ? dlogits + r * cols : nullptr;
    if (labels != nullptr) {
      row.label = labels[r];
      if (row.label < 0 || row.label >= cols) {  // ignored; too large a label must not read beyond the row
        if (gradient != nullptr) fill(cols, 0, gradient);
        continue;
      }
    } else {
      row.probs = probs + r * cols;
    }
    const int64_t guess = arg_max(cols, logits);
    hits += guess >= 0 && guess == (labels != nullptr ? row.label : arg_max(cols, row.probs));
    const real top = row_max(cols, logits);
    const XentTarget target = row.measure(logits, top);
    const real sum = exp_row(cols, logits, top, gradient);
    loss += target.mass * double(log_one(sum)) - target.overlap;
    if (gradient != nullptr) row.gradient(sum, target.mass, grad_scale, gradient);
  }
  if (correct != nullptr) *correct += hits;
  return loss;
}

// The sum of value(i, io) over all elements; value is not asked for the lanes beyond the end to be zero.
template <class F>
static inline double accumulate_masked(int64_t n, F value) {
  return accumulate(n, [&](Acc64& acc, int64_t i, auto io) { acc_add(acc, io.only(value(i, io), zero())); });
}

// With s = sigmoid(x), l = log(1 + e^-|x|): loss = -(w t log s + (1 - t) log(1 - s)) = (1 - t) x + q (l + max(-x, 0)),
// q = 1 + (w - 1) t; dx = q s - w t.
static double bce_logits(int64_t n, const real* logits, const real* targets, real pos_weight, real grad_scale,
                         real* dlogits) {
  const Vec one = set1(1), w = set1(pos_weight), w1 = set1(pos_weight - real(1)), scale_v = set1(grad_scale);
  return accumulate_masked(n, [&](int64_t i, auto io) {
    const Vec x = io(logits + i), t = io(targets + i);
    const Vec q = fma(w1, t, one), e = exp_below(-abs(x));
    const Vec loss = fma(one - t, x, q * (log1p_unit(e) + max(zero(), -x)));
    if (dlogits != nullptr) io(dlogits + i, scale_v * fnma(w, t, q * sigmoid(x)));
    return loss;
  });
}

static double mse(int64_t n, const real* x, const real* target, real grad_scale, real* dx) {
  const Vec twice = set1(real(2) * grad_scale);
  return accumulate(n, [&](Acc64& acc, int64_t i, auto io) {
    const Vec d = io(x + i) - io(target + i);
    if (dx != nullptr) io(dx + i, twice * d);
    acc_fma(acc, d, d);
  });
}

static double mae(int64_t n, const real* x, const real* target, real grad_scale, real* dx) {
  const Vec s = set1(grad_scale);
  return accumulate(n, [&](Acc64& acc, int64_t i, auto io) {
    const Vec d = io(x + i) - io(target + i);
    if (dx != nullptr) io(dx + i, select(eq(d, zero()), zero(), s * copysign(set1(1), d)));
    acc_add(acc, abs(d));
  });
}

// |d| <= delta ? d^2 / 2 : delta * (|d| - delta / 2), d = x - target
static double huber(int64_t n, const real* x, const real* target, real delta, real grad_scale, real* dx) {
  const Vec limit = set1(delta), half = set1(real(0.5)), s = set1(grad_scale);
  return accumulate(n, [&](Acc64& acc, int64_t i, auto io) {
    const Vec d = io(x + i) - io(target + i), c = min(limit, max(-limit, d));
    if (dx != nullptr) io(dx + i, s * c);
    acc_fma(acc, c, fnma(half, c, d));  // c * (d - c / 2), both cases
  });
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
