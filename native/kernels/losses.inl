// Losses with fused gradients. Each returns the sum over rows or elements in float64.
namespace hebb {
namespace HEBB_ISA_NS {

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
