// Every derivative of the kernel table against central finite differences, in the double table. A new row of a table is
// checked without a change here.
#include <functional>

#include "kernel_fixture.h"

using namespace fixture;
using Values = std::vector<double>;

namespace {

const KernelTable<double>& f64() { return hebb::kernels_f64(); }

Values random_values(int64_t n, double lo, double hi, uint64_t seed) {
  Values x(static_cast<size_t>(n));
  const hebb::Philox rng(seed);
  for (size_t i = 0; i < x.size(); ++i) x[i] = lo + (hi - lo) * rng.uniform64(i);
  return x;
}

// |d loss / d x[i] - gradient[i]| small for every i; `loss` reads x.
void expect_gradient(const char* what, Values& x, const Values& gradient, const std::function<double()>& loss) {
  for (size_t i = 0; i < x.size(); ++i) {
    const double at = x[i], h = 1e-5 * (1 + std::fabs(at));
    x[i] = at + h;
    const double above = loss();
    x[i] = at - h;
    const double below = loss();
    x[i] = at;
    const double want = (above - below) / (2 * h), error = std::fabs(gradient[i] - want);
    CHECK_NOTE(error <= 2e-8 * (1 + std::fabs(want)), "%s at %g: %.10g, finite difference %.10g", what, at, gradient[i],
               want);
  }
}

double inner(const Values& a, const Values& b) {
  double s = 0;
  for (size_t i = 0; i < a.size(); ++i) s += a[i] * b[i];
  return s;
}

void check_unary_row(const hebb::UnaryRow<double>& row) {
  const double alpha = row.default_alpha != 0 ? row.default_alpha : 0;
  Values probe(1, -1.0), out(1);
  row.forward(1, probe.data(), out.data(), alpha);
  const bool everywhere = std::isfinite(out[0]);  // log, sqrt and rsqrt: positive numbers only
  Values x = random_values(64, everywhere ? -4 : 0.2, 4, 1);
  for (double& v : x) {
    if (std::fabs(v) < 0.05) v = 0.3;  // away from kinks and poles
  }
  const Values dy = random_values(64, -2, 2, 2);
  Values y(64), dx(64);
  row.forward(64, x.data(), y.data(), alpha);
  row.backward(64, row.needs_input ? x.data() : nullptr, y.data(), dy.data(), dx.data(), alpha, false);
  expect_gradient(row.name, x, dx, [&] {
    Values z(64);
    row.forward(64, x.data(), z.data(), alpha);
    return inner(z, dy);
  });
}

}  // namespace

TEST(gradients_of_unary_rows) {
  for (int i = 0; i < f64().activation_count; ++i) check_unary_row(f64().activations[i]);
  for (int i = 0; i < f64().function_count; ++i) check_unary_row(f64().functions[i]);
}

TEST(gradients_of_binary_rows) {
  const int64_t n = 48;
  for (int i = 0; i < f64().binary_count; ++i) {
    const hebb::BinaryRow<double>& row = f64().binaries[i];
    Values a = random_values(n, -3, 3, 3), b = random_values(n, 0.5, 3, 4), y(n), ga(n), gb(n);
    const Values dy = random_values(n, -2, 2, 5);
    row.forward(n, a.data(), 1, b.data(), 1, y.data());
    row.backward(n, a.data(), 1, b.data(), 1, y.data(), dy.data(), ga.data(), gb.data());
    const auto loss = [&] {
      Values z(n);
      row.forward(n, a.data(), 1, b.data(), 1, z.data());
      return inner(z, dy);
    };
    expect_gradient(row.name, a, ga, loss);
    expect_gradient(row.name, b, gb, loss);
  }
}

TEST(gradients_of_clip) {
  Values x = random_values(50, -3, 3, 6), dx(50);
  const Values dy = random_values(50, -2, 2, 7);
  f64().clip_backward(50, x.data(), dy.data(), -1, 2, dx.data(), false);
  expect_gradient("clip", x, dx, [&] {
    Values z(50);
    f64().clip(50, x.data(), -1, 2, z.data());
    return inner(z, dy);
  });
}

TEST(gradients_of_softmax) {
  const int64_t rows = 3, cols = 7, n = rows * cols;
  Values x = random_values(n, -3, 3, 8), y(n), dx(n);
  const Values dy = random_values(n, -2, 2, 9);
  f64().softmax_forward(rows, cols, x.data(), y.data());
  f64().softmax_backward(rows, cols, y.data(), dy.data(), dx.data(), false);
  expect_gradient("softmax", x, dx, [&] {
    Values z(n);
    f64().softmax_forward(rows, cols, x.data(), z.data());
    return inner(z, dy);
  });
  f64().log_softmax_forward(rows, cols, x.data(), y.data());
  f64().log_softmax_backward(rows, cols, y.data(), dy.data(), dx.data(), false);
  expect_gradient("log_softmax", x, dx, [&] {
    Values z(n);
    f64().log_softmax_forward(rows, cols, x.data(), z.data());
    return inner(z, dy);
  });
}

TEST(gradients_of_layer_norm) {
  const int64_t rows = 4, cols = 9, n = rows * cols;
  Values x = random_values(n, -3, 3, 10), gamma = random_values(cols, 0.5, 2, 11),
         beta = random_values(cols, -1, 1, 12);
  const Values dy = random_values(n, -2, 2, 13);
  Values y(n), mean(rows), rstd(rows), dx(n), dgamma(cols, 0.0), dbeta(cols, 0.0);
  const auto loss = [&] {
    Values z(n), m(rows), s(rows);
    f64().layer_norm_forward(rows, cols, x.data(), gamma.data(), beta.data(), 1e-5, z.data(), m.data(), s.data());
    return inner(z, dy);
  };
  f64().layer_norm_forward(rows, cols, x.data(), gamma.data(), beta.data(), 1e-5, y.data(), mean.data(), rstd.data());
  f64().layer_norm_backward(rows, cols, x.data(), gamma.data(), mean.data(), rstd.data(), dy.data(), dx.data(),
                            dgamma.data(), dbeta.data(), false);
  expect_gradient("layer_norm x", x, dx, loss);
  expect_gradient("layer_norm gamma", gamma, dgamma, loss);
  expect_gradient("layer_norm beta", beta, dbeta, loss);
}

TEST(gradients_of_softmax_xent) {
  const int64_t rows = 5, cols = 6, n = rows * cols;
  const int32_t labels[rows] = {2, -1, 0, 5, 3};
  Values x = random_values(n, -3, 3, 14), probs = random_values(n, 0.1, 1, 15), dx(n);
  const Values weights = random_values(cols, 0.2, 3, 16);
  for (int mode = 0; mode < 8; ++mode) {
    const int32_t* l = (mode & 1) != 0 ? labels : nullptr;
    const double* w = (mode & 2) != 0 ? weights.data() : nullptr;
    const double smoothing = (mode & 4) != 0 ? 0.15 : 0;
    f64().softmax_xent(rows, cols, x.data(), l, l ? nullptr : probs.data(), w, smoothing, 0.25, dx.data(), nullptr);
    expect_gradient("softmax_xent", x, dx, [&] {
      return 0.25 *
             f64().softmax_xent(rows, cols, x.data(), l, l ? nullptr : probs.data(), w, smoothing, 1, nullptr, nullptr);
    });
  }
}

TEST(gradients_of_element_losses) {
  const int64_t n = 40;
  Values x = random_values(n, -3, 3, 17), dx(n);
  const Values t = random_values(n, 0, 1, 18);
  const auto& k = f64();
  k.bce_logits(n, x.data(), t.data(), 2.5, 0.5, dx.data());
  expect_gradient("bce_logits", x, dx, [&] { return 0.5 * k.bce_logits(n, x.data(), t.data(), 2.5, 1, nullptr); });
  k.mse(n, x.data(), t.data(), 0.5, dx.data());
  expect_gradient("mse", x, dx, [&] { return 0.5 * k.mse(n, x.data(), t.data(), 1, nullptr); });
  k.mae(n, x.data(), t.data(), 0.5, dx.data());
  expect_gradient("mae", x, dx, [&] { return 0.5 * k.mae(n, x.data(), t.data(), 1, nullptr); });
  k.huber(n, x.data(), t.data(), 0.75, 0.5, dx.data());
  expect_gradient("huber", x, dx, [&] { return 0.5 * k.huber(n, x.data(), t.data(), 0.75, 1, nullptr); });
}

// Dropout is linear: its backward is itself.
TEST(gradients_of_dropout) {
  const int64_t n = 60;
  Values x = random_values(n, -3, 3, 19), dx(n);
  const Values dy = random_values(n, -2, 2, 20);
  f64().dropout(n, dy.data(), dx.data(), 0.3, 42, 7, false);
  expect_gradient("dropout", x, dx, [&] {
    Values z(n);
    f64().dropout(n, x.data(), z.data(), 0.3, 42, 7, false);
    return inner(z, dy);
  });
}
