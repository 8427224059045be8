// Softmax cross-entropy with its gradient in one pass; the meaning of the arguments is in kernels.h.
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

static double xent_rows(int64_t rows, int64_t cols, const real* logits, const int32_t* labels, const real* probs,
                        const real* class_weights, real smoothing, real grad_scale, real* dlogits, int64_t* correct) {
  double loss = 0;
  int64_t hits = 0;
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

// ---- rows of few columns, a row a lane

namespace {
// W rows of labels with the same formulas. Everything that depends on one row stays in its lane.
struct XentLanes {
  int64_t cols;
  const real* weights;
  real smoothing, spread, scale;

  // Adds to the loss and gives the number of right guesses; `dlogits` may be `logits` or null.
  int64_t run(int count, const real* logits, const int32_t* labels, real* dlogits, Acc64& loss) const {
    if (cols <= 0) return 0;
    Vec x[kNarrowColumns];
    narrow_load(count, cols, logits, x);
    const Vec label = labels_of(count, labels);
    Vec top = x[0], guess = zero(), chosen = zero(), part = zero();
    for (int64_t j = 0; j < cols; ++j) {
      const Vec class_j = set1(real(j));
      const Mask above = gt(x[j], top), own = eq(label, class_j);
      top = select(above, x[j], top);
      guess = select(above, class_j, guess);
      chosen = select(own, x[j], chosen);
      part = select(own, set1(label_target(j)), part);
    }

    real mass = 0;
    Vec overlap = zero(), sum = zero();
    for (int64_t j = 0; j < cols; ++j) {
      const Vec below = x[j] - top;
      if (spread != 0) {
        const real t = class_target(j);
        mass += t;
        if (t != 0) overlap = fma(set1(t), below, overlap);
      }
      x[j] = exp_below(below);
      sum = sum + x[j];
    }
    // A row that does not count, and a logit whose class has no weight, may be anything: 0 * inf must not enter.
    const Mask counts = ge(label, zero());
    const Vec own_mass = part + keep(counts, set1(mass));
    acc_fma(loss, own_mass, keep(counts, log(sum)));
    acc_fma(loss, part, keep(gt(abs(part), zero()), top - chosen));
    if (spread != 0) acc_add(loss, -keep(counts, overlap));
    if (dlogits != nullptr) {
      const Vec factor = own_mass * set1(scale) / sum, own = set1(scale) * part;
      for (int64_t j = 0; j < cols; ++j) {
        Vec g = x[j] * factor - keep(eq(label, set1(real(j))), own);
        if (spread != 0) g = g - set1(scale * class_target(j));
        x[j] = keep(counts, g);
      }
      narrow_store(count, cols, x, dlogits);
    }
    return __builtin_popcount(bits(eq(guess, label)));
  }

  // As numbers; -1 for a row that is ignored or not there.
  Vec labels_of(int count, const int32_t* labels) const {
    int32_t padded[Vec::W];
    if (count < Vec::W) {
      for (int i = 0; i < Vec::W; ++i) padded[i] = i < count ? labels[i] : -1;
      labels = padded;
    }
    const Vec label = load_int32(labels);
    return select(ge(label, zero()) & lt(label, set1(real(cols))), label, set1(-1));
  }
  real label_target(int64_t j) const { return (real(1) - smoothing) * (weights != nullptr ? weights[j] : real(1)); }
  real class_target(int64_t j) const { return weights != nullptr ? spread * weights[j] : spread; }
};
}  // namespace

static double softmax_xent(int64_t rows, int64_t cols, const real* logits, const int32_t* labels, const real* probs,
                           const real* class_weights, real smoothing, real grad_scale, real* dlogits,
                           int64_t* correct) {
  if (cols == 0) return 0;
  if (labels == nullptr || !narrow(cols)) {
    return xent_rows(rows, cols, logits, labels, probs, class_weights, smoothing, grad_scale, dlogits, correct);
  }
  const XentLanes lanes = {cols, class_weights, smoothing, smoothing / real(cols), grad_scale};
  Acc64 loss = acc_zero();
  int64_t hits = 0;
  for (int64_t r = 0; r < rows; r += Vec::W) {
    const int count = rows - r < Vec::W ? int(rows - r) : Vec::W;
    hits += lanes.run(count, logits + r * cols, labels + r, dlogits == nullptr ? nullptr : dlogits + r * cols, loss);
  }
  if (correct != nullptr) *correct += hits;
  return acc_sum(loss);
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
