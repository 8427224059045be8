// Losses and their gradients on every ISA against naive double references written from the definitions.
#include <functional>

#include "kernel_fixture.h"

using namespace fixture;

namespace {

struct XentCase {
  int64_t rows, cols;
  bool labels, weights;
  double smoothing, spread;
};

struct XentWant {
  double loss = 0;
  std::vector<double> grad;
  int64_t correct = 0;
};

// PyTorch's CrossEntropyLoss(weight, label_smoothing, reduction='sum'): target t = (1 - s) p + s / C, loss
// = -sum_c w_c t_c log softmax_c.
template <class T>
XentWant naive_xent(const XentCase& c, const Guarded<T>& x, const Guarded<int32_t>& labels, const Guarded<T>& probs,
                    const Guarded<T>& weights, double scale) {
  XentWant want;
  for (int64_t r = 0; r < c.rows; ++r) {
    const bool ignored = c.labels && labels[r] < 0;
    double top = -HUGE_VAL, sum = 0, mass = 0;
    int64_t guess = 0, best = 0;
    for (int64_t j = 0; j < c.cols; ++j) {
      const double v = double(x[r * c.cols + j]);
      if (v > top) top = v, guess = j;
      if (!c.labels && probs[r * c.cols + j] > probs[r * c.cols + best]) best = j;
    }
    if (c.labels) best = labels[r];
    if (!ignored) want.correct += guess == best;
    for (int64_t j = 0; j < c.cols; ++j) sum += std::exp(double(x[r * c.cols + j]) - top);
    std::vector<double> t(static_cast<size_t>(c.cols));
    for (int64_t j = 0; j < c.cols; ++j) {
      const double p = c.labels ? double(labels[r] == j) : double(probs[r * c.cols + j]);
      t[size_t(j)] = ((1 - c.smoothing) * p + c.smoothing / double(c.cols)) * (c.weights ? double(weights[j]) : 1);
      mass += t[size_t(j)];
    }
    for (int64_t j = 0; j < c.cols; ++j) {
      const double log_p = double(x[r * c.cols + j]) - top - std::log(sum);
      if (!ignored) want.loss -= t[size_t(j)] * log_p;
      want.grad.push_back(ignored ? 0 : scale * (mass * std::exp(log_p) - t[size_t(j)]));
    }
  }
  return want;
}

template <class T>
void check_xent(const KernelTable<T>& k, const XentCase& c) {
  const int64_t size = c.rows * c.cols;
  const Guarded<T> x = uniform<T>(size, -c.spread, c.spread, 71), weights = uniform<T>(c.cols, 0.2, 3, 72);
  const T smoothing = T(float(c.smoothing)), scale = T(0.125f);
  XentCase exact = c;
  exact.smoothing = double(smoothing);
  Guarded<int32_t> labels(c.rows);
  for (int64_t r = 0; r < c.rows; ++r) labels[r] = r % 4 == 2 ? -100 : int32_t((r * 7 + 3) % c.cols);
  Guarded<T> probs = uniform<T>(size, 0.01, 1, 73);
  for (int64_t r = 0; r < c.rows; ++r) {
    T sum = 0;
    for (int64_t j = 0; j < c.cols; ++j) sum += probs[r * c.cols + j];
    for (int64_t j = 0; j < c.cols; ++j) probs[r * c.cols + j] /= sum;
  }
  const XentWant want = naive_xent(exact, x, labels, probs, weights, double(scale));
  const auto run = [&](const T* logits, T* grad, int64_t* correct) {
    return k.softmax_xent(c.rows, c.cols, logits, c.labels ? labels.data() : nullptr, c.labels ? nullptr : probs.data(),
                          c.weights ? weights.data() : nullptr, smoothing, scale, grad, correct);
  };
  Guarded<T> grad(size), in_place = x;
  int64_t correct = 5;
  const double loss = run(x.data(), grad.data(), &correct), tolerance = 32 * unit<T>() * (1 + 0.2 * c.spread);
  CHECK_NOTE(std::fabs(loss - want.loss) <= tolerance * (1 + std::fabs(want.loss)) * 4,
             "xent of %s, %d x %d: %.9g, not %.9g", k.isa, int(c.rows), int(c.cols), loss, want.loss);
  CHECK_NOTE(correct == 5 + want.correct, "right guesses of %s, %d x %d: %d, not %d", k.isa, int(c.rows), int(c.cols),
             int(correct - 5), int(want.correct));
  for (int64_t i = 0; i < size; ++i) {
    CHECK_NOTE(close(grad[i], want.grad[size_t(i)], tolerance, tolerance),
               "xent gradient of %s, %d x %d, %d: %g, not %g", k.isa, int(c.rows), int(c.cols), int(i), double(grad[i]),
               want.grad[size_t(i)]);
  }
  const double only = run(x.data(), nullptr, nullptr);
  CHECK_NOTE(std::fabs(only - loss) <= tolerance * (1 + std::fabs(loss)), "without gradient: %g, not %g", only, loss);
  CHECK(run(in_place.data(), in_place.data(), &correct) == loss && same_bits(in_place.data(), grad.data(), size));
  CHECK(grad.intact());
}

}  // namespace

TEST(softmax_xent) {
  for_each_table([](const auto& table) {
    for (int64_t cols : few_sizes()) {
      if (cols == 0) continue;
      for (int mode = 0; mode < 8; ++mode) {
        check_xent(table, {7, cols, (mode & 1) != 0, (mode & 2) != 0, (mode & 4) != 0 ? 0.1 : 0.0, 3});
      }
      check_xent(table, {5, cols, true, false, 0, 50});
    }
    check_xent(table, {0, 4, true, true, 0.1, 1});
  });
}

TEST(softmax_xent_extremes) {
  const float inf = std::numeric_limits<float>::infinity();
  for (const Kernels* k : float_tables()) {
    // a masked class that the target gives nothing; labels out of range are ignored rather than read
    const float x[3][3] = {{-inf, 1.0f, 1.0f}, {1e30f, 0.0f, -1e30f}, {0.0f, 0.0f, 0.0f}};
    const int32_t labels[3] = {1, 0, 7};
    float grad[3][3];
    int64_t correct = 0;
    const double loss = k->softmax_xent(3, 3, &x[0][0], labels, nullptr, nullptr, 0, 1, &grad[0][0], &correct);
    CHECK_NOTE(std::fabs(loss - std::log(2.0)) < 1e-6, "%s: %g", k->isa, loss);
    CHECK(correct == 2 && grad[0][0] == 0 && std::fabs(grad[0][1] + 0.5f) < 1e-6f && grad[1][0] == 0);
    CHECK(grad[2][0] == 0 && grad[2][1] == 0 && grad[2][2] == 0);
    // a NaN logit gives a NaN loss, not an answer
    const float bad[2] = {std::numeric_limits<float>::quiet_NaN(), 1.0f};
    const int32_t one = 1;
    CHECK(std::isnan(k->softmax_xent(1, 2, bad, &one, nullptr, nullptr, 0, 1, nullptr, nullptr)));
  }
}

namespace {

// A loss over elements: the kernel bound to its parameters, and value and slope at (x, t).
template <class T>
struct ElementLoss {
  const char* name;
  std::function<double(int64_t, const T*, const T*, T, T*)> kernel;
  std::function<double(double, double)> value, slope;
};

template <class T>
std::vector<ElementLoss<T>> element_losses(const KernelTable<T>& k) {
  const double w = 2.5, delta = 0.75;
  return {
      {"bce_logits",
       [&k](int64_t n, const T* x, const T* t, T s, T* dx) { return k.bce_logits(n, x, t, T(2.5f), s, dx); },
       [=](double x, double t) {
         return w * t * (std::log1p(std::exp(-std::fabs(x))) + std::max(-x, 0.0)) +
                (1 - t) * (std::log1p(std::exp(-std::fabs(x))) + std::max(x, 0.0));
       },
       [=](double x, double t) { return -w * t / (1 + std::exp(x)) + (1 - t) / (1 + std::exp(-x)); }},
      {"mse", [&k](int64_t n, const T* x, const T* t, T s, T* dx) { return k.mse(n, x, t, s, dx); },
       [](double x, double t) { return (x - t) * (x - t); }, [](double x, double t) { return 2 * (x - t); }},
      {"mae", [&k](int64_t n, const T* x, const T* t, T s, T* dx) { return k.mae(n, x, t, s, dx); },
       [](double x, double t) { return std::fabs(x - t); },
       [](double x, double t) { return double((x > t) - (x < t)); }},
      {"huber", [&k](int64_t n, const T* x, const T* t, T s, T* dx) { return k.huber(n, x, t, T(0.75f), s, dx); },
       [=](double x, double t) {
         const double d = std::fabs(x - t);
         return d <= delta ? 0.5 * d * d : delta * (d - 0.5 * delta);
       },
       [=](double x, double t) { return std::min(std::max(x - t, -delta), delta); }},
  };
}

template <class T>
void check_element_loss(const KernelTable<T>& k, const ElementLoss<T>& l, int64_t n) {
  Guarded<T> x = uniform<T>(n, -4, 4, 81);
  const Guarded<T> t = uniform<T>(n, 0, 1, 82);
  for (int64_t i = 0; i < n; i += 5) x[i] = t[i];
  for (int64_t i = 3; i < n; i += 9) x[i] = T(i % 2 == 0 ? 95 : -95);
  const T scale = T(0.5f);
  double want = 0;
  for (int64_t i = 0; i < n; ++i) want += l.value(double(x[i]), double(t[i]));
  Guarded<T> dx(n), in_place = x;
  const double loss = l.kernel(n, x.data(), t.data(), scale, dx.data()), tolerance = 16 * unit<T>();
  CHECK_NOTE(std::fabs(loss - want) <= tolerance * (1 + want), "%s of %s, n = %d: %.9g, not %.9g", l.name, k.isa,
             int(n), loss, want);
  for (int64_t i = 0; i < n; ++i) {
    const double slope = 0.5 * l.slope(double(x[i]), double(t[i]));
    CHECK_NOTE(close(dx[i], slope, tolerance, tolerance), "%s of %s, n = %d at %g, %g: %g, not %g", l.name, k.isa,
               int(n), double(x[i]), double(t[i]), double(dx[i]), slope);
  }
  CHECK(l.kernel(n, x.data(), t.data(), scale, nullptr) == loss);
  CHECK(l.kernel(n, in_place.data(), t.data(), scale, in_place.data()) == loss &&
        same_bits(in_place.data(), dx.data(), n));
  CHECK(dx.intact());
}

}  // namespace

TEST(element_losses) {
  for_each_table([](const auto& table) {
    for (const auto& loss : element_losses(table)) {
      for (int64_t n : sizes()) check_element_loss(table, loss, n);
    }
  });
}
