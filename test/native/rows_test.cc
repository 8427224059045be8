// Softmax, log-softmax and layer norm on every ISA against naive double references.
#include "kernel_fixture.h"

using namespace fixture;

namespace {

std::vector<double> softmax(const double* x, int64_t cols) {
  double top = -HUGE_VAL, sum = 0;
  for (int64_t c = 0; c < cols; ++c) top = std::max(top, x[c]);
  std::vector<double> y(static_cast<size_t>(cols));
  for (int64_t c = 0; c < cols; ++c) sum += y[size_t(c)] = std::exp(x[c] - top);
  for (double& v : y) v /= sum;
  return y;
}

template <class T>
std::vector<double> row_of(const Guarded<T>& x, int64_t row, int64_t cols) {
  return std::vector<double>(x.begin() + row * cols, x.begin() + (row + 1) * cols);
}

// got == want in [rows, cols] of one row, within tolerance * (|want| + scale)
template <class T>
void expect_row(const char* what, const KernelTable<T>& k, const Guarded<T>& got, int64_t row,
                const std::vector<double>& want, double scale, double tolerance) {
  const int64_t cols = int64_t(want.size());
  for (int64_t c = 0; c < cols; ++c) {
    const T g = got[row * cols + c];
    CHECK_NOTE(close(g, want[size_t(c)], tolerance, tolerance * scale),
               "%s of %s, cols = %d, [%d, %d]: %g instead of %g", what, k.isa, int(cols), int(row), int(c), double(g),
               want[size_t(c)]);
  }
}

template <class T>
void check_softmax(const KernelTable<T>& k, int64_t rows, int64_t cols, double spread) {
  const Guarded<T> x = uniform<T>(rows * cols, -spread, spread, 41), dy = uniform<T>(rows * cols, -2, 2, 42);
  Guarded<T> y(rows * cols), ly(rows * cols), dx(rows * cols), ldx(rows * cols), more = dy, lmore = dy;
  k.softmax_forward(rows, cols, x.data(), y.data());
  k.softmax_backward(rows, cols, y.data(), dy.data(), dx.data(), false);
  k.softmax_backward(rows, cols, y.data(), dy.data(), more.data(), true);
  k.log_softmax_forward(rows, cols, x.data(), ly.data());
  k.log_softmax_backward(rows, cols, ly.data(), dy.data(), ldx.data(), false);
  k.log_softmax_backward(rows, cols, ly.data(), dy.data(), lmore.data(), true);
  // the double reference sums one by one and is itself off by a few roundings
  const double tolerance = 16 * unit<T>() * (sizeof(T) == 8 ? 8 : 1);
  for (int64_t r = 0; r < rows; ++r) {
    const std::vector<double> row = row_of(x, r, cols), p = softmax(row.data(), cols), d = row_of(dy, r, cols);
    double inner = 0, total = 0, magnitude = 0;
    for (size_t c = 0; c < p.size(); ++c) inner += p[c] * d[c], total += d[c], magnitude += std::fabs(d[c]);
    std::vector<double> lp(p.size()), grad(p.size()), lgrad(p.size()), sum(p.size()), lsum(p.size());
    for (size_t c = 0; c < p.size(); ++c) {
      double top = -HUGE_VAL, s = 0;
      for (double v : row) top = std::max(top, v);
      for (double v : row) s += std::exp(v - top);
      lp[c] = row[c] - top - std::log(s);
      grad[c] = p[c] * (d[c] - inner), lgrad[c] = d[c] - p[c] * total;
      sum[c] = d[c] + grad[c], lsum[c] = d[c] + lgrad[c];
    }
    expect_row("softmax", k, y, r, p, 1e-6 + 0.1 * spread / double(cols), tolerance);
    expect_row("softmax_backward", k, dx, r, grad, 1, tolerance);
    expect_row("softmax_backward accumulated", k, more, r, sum, 3, tolerance);
    expect_row("log_softmax", k, ly, r, lp, 1, tolerance);
    expect_row("log_softmax_backward", k, ldx, r, lgrad, 1 + magnitude * 0.1 * spread, tolerance);
    expect_row("log_softmax_backward accumulated", k, lmore, r, lsum, 1 + magnitude * 0.1 * spread, tolerance);
  }
  Guarded<T> a = x, b = x, c = dy, d = dy;
  k.softmax_forward(rows, cols, a.data(), a.data());
  k.log_softmax_forward(rows, cols, b.data(), b.data());
  k.softmax_backward(rows, cols, y.data(), c.data(), c.data(), false);
  k.log_softmax_backward(rows, cols, ly.data(), d.data(), d.data(), false);
  CHECK(same_bits(a.data(), y.data(), rows * cols) && same_bits(b.data(), ly.data(), rows * cols));
  CHECK(same_bits(c.data(), dx.data(), rows * cols) && same_bits(d.data(), ldx.data(), rows * cols));
  CHECK(y.intact() && ly.intact() && dx.intact() && ldx.intact() && more.intact() && lmore.intact());
}

struct NormReference {
  double mean, rstd;
  std::vector<double> h;  // (x - mean) * rstd
};
NormReference normalise(const std::vector<double>& x, double eps) {
  NormReference n{0, 0, x};
  double var = 0;
  for (double v : x) n.mean += v / double(x.size());
  for (double v : x) var += (v - n.mean) * (v - n.mean) / double(x.size());
  n.rstd = 1 / std::sqrt(var + eps);
  for (double& v : n.h) v = (v - n.mean) * n.rstd;
  return n;
}

template <class T>
void check_layer_norm(const KernelTable<T>& k, int64_t rows, int64_t cols, bool affine, double offset) {
  const int64_t size = rows * cols;
  const Guarded<T> x = uniform<T>(size, offset - 2, offset + 2, 51), dy = uniform<T>(size, -2, 2, 52);
  const Guarded<T> gamma = uniform<T>(cols, 0.5, 2, 53), beta = uniform<T>(cols, -1, 1, 54);
  const T eps = T(1e-5f), *g = affine ? gamma.data() : nullptr, *b = affine ? beta.data() : nullptr;
  Guarded<T> y(size), mean(rows), rstd(rows), dx(size), more = dy, dgamma = gamma, dbeta = beta, dgamma2 = gamma,
                                                        dbeta2 = beta;
  k.layer_norm_forward(rows, cols, x.data(), g, b, eps, y.data(), mean.data(), rstd.data());
  k.layer_norm_backward(rows, cols, x.data(), g, mean.data(), rstd.data(), dy.data(), dx.data(), dgamma.data(),
                        dbeta.data(), false);
  k.layer_norm_backward(rows, cols, x.data(), g, mean.data(), rstd.data(), dy.data(), more.data(), nullptr, nullptr,
                        true);
  // x itself is rounded at its magnitude
  const double tolerance = (16 + 4 * std::fabs(offset)) * unit<T>();
  std::vector<double> want_dgamma(gamma.begin(), gamma.end()), want_dbeta(beta.begin(), beta.end());
  for (int64_t r = 0; r < rows; ++r) {
    const NormReference n = normalise(row_of(x, r, cols), double(eps));
    const std::vector<double> d = row_of(dy, r, cols);
    std::vector<double> want(n.h.size()), grad(n.h.size()), sum(n.h.size());
    double mean_g = 0, mean_gh = 0;
    for (size_t c = 0; c < want.size(); ++c) {
      const double w = affine ? double(gamma[int64_t(c)]) : 1, s = affine ? double(beta[int64_t(c)]) : 0;
      want[c] = n.h[c] * w + s;
      mean_g += d[c] * w / double(cols), mean_gh += d[c] * w * n.h[c] / double(cols);
      want_dgamma[c] += d[c] * n.h[c], want_dbeta[c] += d[c];
    }
    for (size_t c = 0; c < want.size(); ++c) {
      const double w = affine ? double(gamma[int64_t(c)]) : 1;
      grad[c] = n.rstd * (d[c] * w - mean_g - n.h[c] * mean_gh), sum[c] = d[c] + grad[c];
    }
    const double scale = 2 * (1 + n.rstd);
    CHECK(close(mean[r], n.mean, tolerance, tolerance));
    // a single column has variance 0: rstd depends on nothing but eps then
    CHECK_NOTE(close(rstd[r], n.rstd, tolerance, 0), "rstd of %s, cols = %d: %g, not %g", k.isa, int(cols),
               double(rstd[r]), n.rstd);
    expect_row("layer_norm", k, y, r, want, scale, tolerance);
    expect_row("layer_norm_backward", k, dx, r, grad, scale * 4, tolerance);
    expect_row("layer_norm_backward accumulated", k, more, r, sum, scale * 4, tolerance);
  }
  if (rows > 0) {
    expect_row("dgamma", k, dgamma, 0, want_dgamma, 8 * double(rows), tolerance);
    expect_row("dbeta", k, dbeta, 0, want_dbeta, 8, tolerance);
  }
  Guarded<T> in_place = x, grad_in_place = dy;
  k.layer_norm_forward(rows, cols, in_place.data(), g, b, eps, in_place.data(), mean.data(), rstd.data());
  k.layer_norm_backward(rows, cols, x.data(), g, mean.data(), rstd.data(), grad_in_place.data(), grad_in_place.data(),
                        dgamma2.data(), dbeta2.data(), false);
  CHECK(same_bits(in_place.data(), y.data(), size) && same_bits(grad_in_place.data(), dx.data(), size));
  CHECK(same_bits(dgamma2.data(), dgamma.data(), cols) && same_bits(dbeta2.data(), dbeta.data(), cols));
  CHECK(y.intact() && dx.intact() && more.intact() && dgamma.intact() && dbeta.intact() && mean.intact() &&
        rstd.intact());
}

}  // namespace

TEST(softmax_rows) {
  for_each_table([](const auto& table) {
    for (int64_t cols : sizes()) check_softmax(table, 3, cols, 4);
    for (int64_t cols : few_sizes()) check_softmax(table, 1, cols, 60);
    check_softmax(table, 0, 5, 1);
  });
}

TEST(softmax_extremes) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (const Kernels* k : float_tables()) {
    // huge logits, masked logits, a tie, a NaN row that must not touch its neighbours
    const float x[4][3] = {{3e38f, -3e38f, 1.0f}, {-inf, 2.0f, 2.0f}, {nan, 0.0f, 1.0f}, {1e4f, 1e4f, 1e4f}};
    float y[4][3], l[4][3];
    k->softmax_forward(4, 3, &x[0][0], &y[0][0]);
    k->log_softmax_forward(4, 3, &x[0][0], &l[0][0]);
    CHECK(y[0][0] == 1 && y[0][1] == 0 && y[0][2] == 0 && l[0][0] == 0);
    CHECK(y[1][0] == 0 && y[1][1] == 0.5f && y[1][2] == 0.5f && l[1][0] == -inf);
    CHECK(std::isnan(y[2][0]) && std::isnan(y[2][1]) && std::isnan(y[2][2]) && std::isnan(l[2][1]));
    CHECK(std::fabs(y[3][0] - 1.0f / 3) < 1e-6f && std::fabs(l[3][2] + std::log(3.0f)) < 1e-6f);
  }
}

TEST(layer_norm_rows) {
  for_each_table([](const auto& table) {
    for (int64_t cols : sizes()) {
      if (cols < 2) continue;  // their own test below
      check_layer_norm(table, 3, cols, cols % 2 == 0, 0);
    }
    for (int64_t cols : {2, 16, 33, 256}) check_layer_norm(table, 2, cols, true, 1000);
    check_layer_norm(table, 0, 5, true, 0);
    table.layer_norm_forward(3, 0, nullptr, nullptr, nullptr, 0, nullptr, nullptr, nullptr);
    table.layer_norm_backward(3, 0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, false);
  });
}

TEST(layer_norm_of_constant_rows_is_beta) {
  for (const Kernels* k : float_tables()) {
    for (int64_t cols : {1, 7, 16, 40}) {
      const Guarded<float> x(cols, 1234.5f), gamma(cols, 3.0f), beta(cols, 0.25f);
      Guarded<float> y(cols);
      float mean, rstd;
      k->layer_norm_forward(1, cols, x.data(), gamma.data(), beta.data(), 1e-5f, y.data(), &mean, &rstd);
      for (float v : y) CHECK_NOTE(v == 0.25f, "of %s, cols = %d: %g", k->isa, int(cols), double(v));
      CHECK(mean == 1234.5f && std::fabs(rstd * std::sqrt(1e-5f) - 1) < 1e-6f);
    }
  }
}
