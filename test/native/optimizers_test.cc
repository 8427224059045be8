// Every optimizer row on every ISA, ten steps against a naive double implementation of torch.optim's formulas.
#include <functional>
#include <map>
#include <string>

#include "kernel_fixture.h"

using namespace fixture;
using hebb::OptimizerArgs;
using hebb::OptimizerRow;

namespace {

struct State {
  double w, s0 = 0, s1 = 0;
};
using Args = OptimizerArgs<double>;

// One step of one weight; g already holds scale and l2, the decoupled decay is done.
using Step = std::function<void(State&, double g, const Args&, int t)>;

const std::map<std::string, Step>& references() {
  static const auto with_momentum = [](bool nesterov) {
    return [nesterov](State& s, double g, const Args& a, int t) {
      s.s0 = t == 1 ? g : a.momentum * s.s0 + (1 - a.dampening) * g;
      s.w -= a.lr * (nesterov ? g + a.momentum * s.s0 : s.s0);
    };
  };
  static const auto adam = [](State& s, double g, const Args& a, int t) {
    s.s0 = a.beta1 * s.s0 + (1 - a.beta1) * g;
    s.s1 = a.beta2 * s.s1 + (1 - a.beta2) * g * g;
    const double m = s.s0 / (1 - std::pow(a.beta1, t)), v = s.s1 / (1 - std::pow(a.beta2, t));
    s.w -= a.lr * m / (std::sqrt(v) + a.eps);
  };
  static const std::map<std::string, Step> all = {
      {"sgd", [](State& s, double g, const Args& a, int) { s.w -= a.lr * g; }},
      {"momentum", with_momentum(false)},
      {"nesterov", with_momentum(true)},
      {"adam", adam},
      {"adamw", adam},
      {"rmsprop",
       [](State& s, double g, const Args& a, int) {
         s.s0 = a.alpha * s.s0 + (1 - a.alpha) * g * g;
         s.w -= a.lr * g / (std::sqrt(s.s0) + a.eps);
       }},
  };
  return all;
}

Args reference_args() {
  Args a{};
  a.lr = double(0.01f), a.momentum = double(0.9f), a.dampening = double(0.1f);
  a.beta1 = double(0.9f), a.beta2 = double(0.999f), a.eps = double(1e-8f), a.alpha = double(0.99f);
  a.weight_decay = double(0.05f), a.l2 = double(0.002f), a.grad_scale = 0.5;
  return a;
}

template <class T>
OptimizerArgs<T> step_args(const Args& a, int t) {
  OptimizerArgs<T> r{};
  r.lr = T(a.lr), r.momentum = T(a.momentum), r.dampening = T(a.dampening), r.beta1 = T(a.beta1), r.beta2 = T(a.beta2);
  r.eps = T(a.eps), r.alpha = T(a.alpha), r.weight_decay = T(a.weight_decay), r.l2 = T(a.l2),
  r.grad_scale = T(a.grad_scale);
  r.bias_correction1 = T(1 - std::pow(a.beta1, t)), r.bias_correction2 = T(1 - std::pow(a.beta2, t));
  r.first_step = t == 1;
  return r;
}

template <class T>
void check_optimizer(const KernelTable<T>& k, const OptimizerRow<T>& row, const Step& step, int64_t n) {
  const Args args = reference_args();
  Guarded<T> w = uniform<T>(n, -1, 1, 91), slot0(n), slot1(n);
  std::vector<State> want;
  for (T v : w) want.push_back({double(v)});
  for (int t = 1; t <= 10; ++t) {
    const Guarded<T> g = uniform<T>(n, -1, 1, 100 + uint64_t(t));
    row.update(n, w.data(), g.data(), row.slots > 0 ? slot0.data() : nullptr, row.slots > 1 ? slot1.data() : nullptr,
               step_args<T>(args, t));
    for (int64_t i = 0; i < n; ++i) {
      State& s = want[size_t(i)];
      const double grad = args.grad_scale * double(g[i]) + 2 * args.l2 * s.w;
      s.w *= 1 - args.lr * args.weight_decay;
      step(s, grad, args, t);
    }
  }
  const double tolerance = 64 * unit<T>();
  for (int64_t i = 0; i < n; ++i) {
    CHECK_NOTE(close(w[i], want[size_t(i)].w, tolerance, tolerance), "%s of %s, n = %d: w[%d] = %.9g, not %.9g",
               row.name, k.isa, int(n), int(i), double(w[i]), want[size_t(i)].w);
    if (row.slots > 0) CHECK(close(slot0[i], want[size_t(i)].s0, tolerance, tolerance));
    if (row.slots > 1) CHECK(close(slot1[i], want[size_t(i)].s1, tolerance, tolerance));
  }
  CHECK(w.intact() && slot0.intact() && slot1.intact());
}

}  // namespace

TEST(optimizers_ten_steps) {
  for_each_table([](const auto& table) {
    for (int i = 0; i < table.optimizer_count; ++i) {
      const auto reference = references().find(table.optimizers[i].name);
      CHECK_NOTE(reference != references().end(), "no reference for %s", table.optimizers[i].name);
      if (reference == references().end()) continue;
      for (int64_t n : sizes()) check_optimizer(table, table.optimizers[i], reference->second, n);
    }
  });
}

// A gradient of zero leaves a weight without decay as it is, to the bit; eps keeps the division finite.
TEST(optimizers_at_rest) {
  for (const Kernels* k : float_tables()) {
    for (int i = 0; i < k->optimizer_count; ++i) {
      Args a = reference_args();
      a.weight_decay = 0, a.l2 = 0;
      Guarded<float> w = uniform<float>(37, -1, 1, 92), s0(37), s1(37);
      const Guarded<float> before = w, g(37);
      for (int t = 1; t <= 3; ++t)
        k->optimizers[i].update(37, w.data(), g.data(), s0.data(), s1.data(), step_args<float>(a, t));
      CHECK_NOTE(same_bits(w.data(), before.data(), 37), "%s of %s", k->optimizers[i].name, k->isa);
    }
  }
}

// Without gradients their means decay to zero: rounding would keep them at subnormal numbers for ever.
TEST(optimizers_means_decay_to_zero) {
  for (const Kernels* k : float_tables()) {
    for (int i = 0; i < k->optimizer_count; ++i) {
      const std::string name = k->optimizers[i].name;
      if (name == "sgd" || name == "rmsprop") continue;
      Args a = reference_args();
      a.weight_decay = 0, a.l2 = 0;
      Guarded<float> w = uniform<float>(37, -1, 1, 93), s0 = uniform<float>(37, -1, 1, 94), s1(37);
      const Guarded<float> none(37);
      for (int t = 2; t <= 900; ++t) {
        k->optimizers[i].update(37, w.data(), none.data(), s0.data(), s1.data(), step_args<float>(a, t));
        for (int64_t c = 0; c < 37; ++c)
          CHECK_NOTE(s0[c] == 0 || std::fabs(s0[c]) >= 0x1p-110f, "%s of %s", name.c_str(), k->isa);
      }
      for (int64_t c = 0; c < 37; ++c) CHECK_NOTE(s0[c] == 0, "%s of %s: %g", name.c_str(), k->isa, double(s0[c]));
    }
  }
}
