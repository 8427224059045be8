// Optimizer steps, one fused pass each. Formulas and defaults of momentum, dampening, eps as in torch.optim; every row
// honours both kinds of decay: `l2` enters the gradient, `weight_decay` shrinks the weight by itself (Loshchilov,
// Hutter 2019), so that `adam` with l2 is Adam and with weight_decay is AdamW.
namespace hebb {
namespace HEBB_ISA_NS {
namespace {

struct Decay {
  Vec scale, l2, shrink;
  explicit Decay(const OptimizerArgs<real>& a)
      : scale(set1(a.grad_scale)), l2(set1(real(2) * a.l2)), shrink(set1(real(1) - a.lr * a.weight_decay)) {}
  Vec gradient(Vec g, Vec w) const { return fma(l2, w, scale * g); }
  Vec weight(Vec w) const { return shrink * w; }
};

// A mean of gradients that has decayed below 2^-110 moves no weight any more. Left alone it would decay to subnormal
// numbers and stay there, as rounding gives 0.9 times the smallest of them back, and many CPUs are slow on
// those.
inline Vec settled(Vec mean) { return select(lt(abs(mean), set1(real(0x1p-110))), zero(), mean); }

}  // namespace

// w -= lr * g
static void sgd(int64_t n, real* w, const real* g, real*, real*, const OptimizerArgs<real>& args) {
  const Decay decay(args);
  const Vec lr = set1(args.lr);
  for_vectors(n, [&](int64_t i, auto io) {
    const Vec weight = io(w + i);
    io(w + i, fnma(lr, decay.gradient(io(g + i), weight), decay.weight(weight)));
  });
}

// b = momentum * b + (1 - dampening) * g, at the first step b = g; w -= lr * b, or with Nesterov's form
// w -= lr * (g + momentum * b)
template <bool Nesterov>
static void momentum(int64_t n, real* w, const real* g, real* buffer, real*, const OptimizerArgs<real>& args) {
  const Decay decay(args);
  const Vec lr = set1(args.lr), mu = set1(args.first_step ? real(0) : args.momentum), look = set1(args.momentum);
  const Vec gain = set1(args.first_step ? real(1) : real(1) - args.dampening);
  for_vectors(n, [&](int64_t i, auto io) {
    const Vec weight = io(w + i), grad = decay.gradient(io(g + i), weight);
    const Vec b = settled(fma(mu, io(buffer + i), gain * grad));
    io(buffer + i, b);
    io(w + i, fnma(lr, Nesterov ? fma(look, b, grad) : b, decay.weight(weight)));
  });
}

// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
// w -= lr / correction1 * m / (sqrt(v) / sqrt(correction2) + eps)   (Kingma, Ba 2015)
static void adam(int64_t n, real* w, const real* g, real* slot_m, real* slot_v, const OptimizerArgs<real>& args) {
  const Decay decay(args);
  const Vec b1 = set1(args.beta1), c1 = set1(real(1) - args.beta1), b2 = set1(args.beta2), eps = set1(args.eps);
  const Vec c2 = set1(real(1) - args.beta2), step = set1(args.lr / args.bias_correction1);
  const Vec correction = set1(1) / sqrt(set1(args.bias_correction2));
  for_vectors(n, [&](int64_t i, auto io) {
    const Vec weight = io(w + i), grad = decay.gradient(io(g + i), weight);
    const Vec m = settled(fma(b1, io(slot_m + i), c1 * grad)), v = fma(b2, io(slot_v + i), c2 * grad * grad);
    io(slot_m + i, m);
    io(slot_v + i, v);
    io(w + i, fnma(step * m, reciprocal(fma(fast_sqrt(v), correction, eps)), decay.weight(weight)));
  });
}

// v = alpha v + (1 - alpha) g^2; w -= lr * g / (sqrt(v) + eps)   (Tieleman, Hinton 2012)
static void rmsprop(int64_t n, real* w, const real* g, real* slot_v, real*, const OptimizerArgs<real>& args) {
  const Decay decay(args);
  const Vec keep = set1(args.alpha), gain = set1(real(1) - args.alpha), eps = set1(args.eps), lr = set1(args.lr);
  for_vectors(n, [&](int64_t i, auto io) {
    const Vec weight = io(w + i), grad = decay.gradient(io(g + i), weight);
    const Vec v = fma(keep, io(slot_v + i), gain * grad * grad);
    io(slot_v + i, v);
    io(w + i, fnma(lr * grad, reciprocal(fast_sqrt(v) + eps), decay.weight(weight)));
  });
}

static constexpr OptimizerRow<real> kOptimizers[] = {
    {"sgd", 0, sgd},    {"momentum", 1, momentum<false>}, {"nesterov", 1, momentum<true>}, {"adam", 2, adam},
    {"adamw", 2, adam}, {"rmsprop", 1, rmsprop},
};

}  // namespace HEBB_ISA_NS
}  // namespace hebb
