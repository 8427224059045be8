// Every row of the unary and binary tables and the elementwise helpers, on every ISA, against naive double references.
#include <functional>
#include <map>
#include <numbers>
#include <string>

#include "kernel_fixture.h"

using namespace fixture;
using hebb::BinaryRow;
using hebb::UnaryRow;

namespace {

struct Reference {
  std::function<double(double x, double alpha)> f, df;
};

double normal_cdf(double x) { return 0.5 * std::erfc(-x * (std::numbers::sqrt2 / 2)); }
double normal_pdf(double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi); }
double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double gelu_tanh(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}

// Written from the definitions. A row that is not here is still held against the double table and, in
// gradient_test.cc, against finite differences.
const std::map<std::string, Reference>& references() {
  static const std::map<std::string, Reference> all = {
      {"identity", {[](double x, double) { return x; }, [](double, double) { return 1.0; }}},
      {"relu", {[](double x, double) { return x > 0 ? x : 0; }, [](double x, double) { return x > 0 ? 1.0 : 0; }}},
      {"leaky_relu",
       {[](double x, double a) { return x > 0 ? x : a * x; }, [](double x, double a) { return x > 0 ? 1.0 : a; }}},
      {"elu",
       {[](double x, double a) { return x > 0 ? x : a * (std::exp(x) - 1); },
        [](double x, double a) { return x > 0 ? 1.0 : a * std::exp(x); }}},
      {"sigmoid",
       {[](double x, double) { return logistic(x); }, [](double x, double) { return logistic(x) * logistic(-x); }}},
      {"tanh",
       {[](double x, double) { return std::tanh(x); },
        [](double x, double) { return 1 / (std::cosh(x) * std::cosh(x)); }}},
      {"gelu",
       {[](double x, double) { return x * normal_cdf(x); },
        [](double x, double) { return normal_cdf(x) + x * normal_pdf(x); }}},
      {"gelu_tanh",
       {[](double x, double) { return gelu_tanh(x); },
        [](double x, double) { return (gelu_tanh(x + 1e-5) - gelu_tanh(x - 1e-5)) / 2e-5; }}},
      {"silu",
       {[](double x, double) { return x * logistic(x); },
        [](double x, double) { return logistic(x) * (1 + x * logistic(-x)); }}},
      {"softplus",
       {[](double x, double) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); },
        [](double x, double) { return logistic(x); }}},
      {"abs",
       {[](double x, double) { return std::fabs(x); }, [](double x, double) { return double((x > 0) - (x < 0)); }}},
      {"erf",
       {[](double x, double) { return std::erf(x); },
        [](double x, double) { return 2 / std::sqrt(std::numbers::pi) * std::exp(-x * x); }}},
      {"exp", {[](double x, double) { return std::exp(x); }, [](double x, double) { return std::exp(x); }}},
      {"log", {[](double x, double) { return std::log(x); }, [](double x, double) { return 1 / x; }}},
      {"negate", {[](double x, double) { return -x; }, [](double, double) { return -1.0; }}},
      {"reciprocal", {[](double x, double) { return 1 / x; }, [](double x, double) { return -1 / (x * x); }}},
      {"rsqrt",
       {[](double x, double) { return 1 / std::sqrt(x); }, [](double x, double) { return -0.5 / (x * std::sqrt(x)); }}},
      {"sqrt", {[](double x, double) { return std::sqrt(x); }, [](double x, double) { return 0.5 / std::sqrt(x); }}},
      {"square", {[](double x, double) { return x * x; }, [](double x, double) { return 2 * x; }}},
  };
  return all;
}

template <class T>
struct RowOf {
  const UnaryRow<T>* row;
  const UnaryRow<double>* oracle;  // the same row of the double table
};

template <class T>
std::vector<RowOf<T>> unary_rows(const KernelTable<T>& table) {
  const KernelTable<double>& f64 = hebb::kernels_f64();
  std::vector<RowOf<T>> rows;
  for (int i = 0; i < table.activation_count; ++i) rows.push_back({&table.activations[i], &f64.activations[i]});
  for (int i = 0; i < table.function_count; ++i) rows.push_back({&table.functions[i], &f64.functions[i]});
  return rows;
}

double forward_one(const UnaryRow<double>& row, double x, double alpha) {
  double y;
  row.forward(1, &x, &y, alpha);
  return y;
}
double derivative_one(const UnaryRow<double>& row, double x, double alpha) {
  const double y = forward_one(row, x, alpha), dy = 1;
  double dx;
  row.backward(1, &x, &y, &dy, &dx, alpha, false);
  return dx;
}

// Absolute error allowed: cancellation in x * small or 1 - y costs a rounding of about |x| or 1, never more.
template <class T>
double slack(double x) {
  return 6 * unit<T>() * std::max(1.0, std::fabs(x)) * (sizeof(T) == 4 ? 1 : 4);
}

template <class T>
void check_unary_forward(const KernelTable<T>& table, const RowOf<T>& r, int64_t n) {
  const T alpha = T(float(r.row->default_alpha != 0 ? 0.7 * r.row->default_alpha : 0));
  const Guarded<T> x = uniform<T>(n, -7, 7, uint64_t(n));
  Guarded<T> y(n);
  r.row->forward(n, x.data(), y.data(), alpha);
  const auto reference = references().find(r.row->name);
  for (int64_t i = 0; i < n; ++i) {
    const double oracle = forward_one(*r.oracle, double(x[i]), double(alpha));
    CHECK_NOTE(close(y[i], oracle, 8 * unit<T>(), slack<T>(x[i])), "%s of %s, n = %d: f(%g) = %g, oracle %g",
               r.row->name, table.isa, int(n), double(x[i]), double(y[i]), oracle);
    if (reference == references().end()) continue;
    const double want = reference->second.f(double(x[i]), double(alpha));
    CHECK_NOTE(close(y[i], want, 8 * unit<T>(), slack<T>(x[i])), "%s of %s, n = %d: f(%g) = %g, not %g", r.row->name,
               table.isa, int(n), double(x[i]), double(y[i]), want);
  }
  Guarded<T> in_place = x;
  r.row->forward(n, in_place.data(), in_place.data(), alpha);
  CHECK_NOTE(same_bits(in_place.data(), y.data(), n), "%s of %s in place, n = %d", r.row->name, table.isa, int(n));
  CHECK(y.intact() && x.intact() && in_place.intact());
}

template <class T>
void check_unary_backward(const KernelTable<T>& table, const RowOf<T>& r, int64_t n) {
  const T alpha = T(float(r.row->default_alpha != 0 ? 0.7 * r.row->default_alpha : 0));
  const Guarded<T> x = uniform<T>(n, -6, 6, 100 + uint64_t(n)), dy = uniform<T>(n, -2, 2, 200 + uint64_t(n));
  Guarded<T> y(n), dx(n), more = uniform<T>(n, -1, 1, 300);
  r.row->forward(n, x.data(), y.data(), alpha);
  const T* input = r.row->needs_input ? x.data() : nullptr;
  r.row->backward(n, input, y.data(), dy.data(), dx.data(), alpha, false);
  const Guarded<T> before = more;
  r.row->backward(n, input, y.data(), dy.data(), more.data(), alpha, true);
  const auto reference = references().find(r.row->name);
  for (int64_t i = 0; i < n; ++i) {
    const double d = double(dy[i]);
    double slope = derivative_one(*r.oracle, double(x[i]), double(alpha));
    const double want = d * slope, room = slack<T>(x[i]) * std::fabs(d);
    CHECK_NOTE(close(dx[i], want, 16 * unit<T>(), room), "%s of %s, n = %d: f'(%g) dy = %g, oracle %g", r.row->name,
               table.isa, int(n), double(x[i]), double(dx[i]), want);
    CHECK_NOTE(close(more[i], double(before[i]) + want, 16 * unit<T>(), room + 2 * unit<T>() * (1 + std::fabs(want))),
               "%s of %s accumulated, n = %d: %g + %g = %g", r.row->name, table.isa, int(n), double(before[i]), want,
               double(more[i]));
    if (reference == references().end()) continue;
    slope = reference->second.df(double(x[i]), double(alpha));
    CHECK_NOTE(close(dx[i], d * slope, 16 * unit<T>(), room + 1e-9), "%s of %s, n = %d: f'(%g) dy = %g, not %g",
               r.row->name, table.isa, int(n), double(x[i]), double(dx[i]), d * slope);
  }
  Guarded<T> in_place = dy;
  r.row->backward(n, input, y.data(), in_place.data(), in_place.data(), alpha, false);
  CHECK_NOTE(same_bits(in_place.data(), dx.data(), n), "%s of %s backward in place, n = %d", r.row->name, table.isa,
             int(n));
  CHECK(dx.intact() && more.intact() && in_place.intact());
}

}  // namespace

TEST(unary_rows_against_references) {
  for_each_table([](const auto& table) {
    for (const auto& row : unary_rows(table)) {
      for (int64_t n : sizes()) check_unary_forward(table, row, n);
      for (int64_t n : few_sizes()) check_unary_backward(table, row, n);
    }
  });
}

TEST(unary_rows_have_the_names_of_the_double_table) {
  const KernelTable<double>& f64 = hebb::kernels_f64();
  for (const Kernels* table : float_tables()) {
    CHECK(table->activation_count == f64.activation_count && table->function_count == f64.function_count);
    CHECK(table->binary_count == f64.binary_count && table->optimizer_count == f64.optimizer_count);
    for (const auto& r : unary_rows(*table)) CHECK(std::strcmp(r.row->name, r.oracle->name) == 0);
  }
}

// Zeros, subnormals, huge values, infinities and NaN give what the double function gives, rounded.
TEST(unary_rows_on_special_values) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float specials[] = {0.0f,  -0.0f,  1e-45f, -1e-45f, 1e-38f, -1e-38f, 1e-20f,  -1e-20f, 1.0f,
                            -1.0f, 88.0f,  -88.0f, 90.0f,   -90.0f, 110.0f,  -110.0f, 1e4f,    -1e4f,
                            1e18f, -1e18f, 3e38f,  -3e38f,  inf,    -inf,    nan};
  for (const Kernels* table : float_tables()) {
    for (const auto& r : unary_rows(*table)) {
      const float alpha = float(r.row->default_alpha);
      for (float x : specials) {
        float y, dx, dy = 1;
        r.row->forward(1, &x, &y, alpha);
        const double want = forward_one(*r.oracle, double(x), double(alpha));
        CHECK_NOTE(close(y, want, 1e-6, 6e-8), "%s of %s: f(%g) = %g, oracle %g", r.row->name, table->isa, double(x),
                   double(y), want);
        if (!std::isfinite(x)) continue;
        r.row->backward(1, &x, &y, &dy, &dx, alpha, false);
        const double slope = derivative_one(*r.oracle, double(x), double(alpha));
        if (!r.row->needs_input && !std::isfinite(y)) continue;  // the derivative of an output that overflowed
        CHECK_NOTE(close(dx, slope, 2e-6, 1e-6), "%s of %s: f'(%g) = %g, oracle %g", r.row->name, table->isa, double(x),
                   double(dx), slope);
      }
    }
  }
}

namespace {

struct BinaryReference {
  std::function<double(double, double)> f, da, db;
};
const std::map<std::string, BinaryReference>& binary_references() {
  static const auto constant = [](double c) { return [c](double, double) { return c; }; };
  static const auto first = [](double a, double) { return a; };
  static const auto second = [](double, double b) { return b; };
  static const auto share = [](double a, double b) { return a > b ? 1.0 : a < b ? 0.0 : 0.5; };
  static const std::map<std::string, BinaryReference> all = {
      {"add", {std::plus<double>(), constant(1), constant(1)}},
      {"sub", {std::minus<double>(), constant(1), constant(-1)}},
      {"mul", {std::multiplies<double>(), second, first}},
      {"div",
       {std::divides<double>(), [](double, double b) { return 1 / b; },
        [](double a, double b) { return -a / (b * b); }}},
      {"min",
       {[](double a, double b) { return a < b ? a : b; }, [](double a, double b) { return share(b, a); },
        [](double a, double b) { return share(a, b); }}},
      {"max",
       {[](double a, double b) { return a > b ? a : b; }, [](double a, double b) { return share(a, b); },
        [](double a, double b) { return share(b, a); }}},
  };
  return all;
}

template <class T>
void check_binary(const KernelTable<T>& table, const BinaryRow<T>& row, const BinaryRow<double>& oracle, int64_t n,
                  int sa, int sb) {
  Guarded<T> a = uniform<T>(sa ? n : 1, -3, 3, 11), b = uniform<T>(sb ? n : 1, -3, 3, 12);
  for (int64_t i = 0; i < n && sa && sb; i += 5) b[i] = a[i];  // ties of min and max
  const Guarded<T> dy = uniform<T>(n, -2, 2, 13);
  Guarded<T> y(n), ga(n), gb(n), only(n);
  row.forward(n, a.data(), sa, b.data(), sb, y.data());
  row.backward(n, a.data(), sa, b.data(), sb, y.data(), dy.data(), ga.data(), gb.data());
  const auto reference = binary_references().find(row.name);
  for (int64_t i = 0; i < n; ++i) {
    const double u = double(a[sa * i]), v = double(b[sb * i]), d = double(dy[i]), tolerance = 4 * unit<T>();
    double z, da, db;
    oracle.forward(1, &u, 1, &v, 1, &z);
    oracle.backward(1, &u, 1, &v, 1, &z, &d, &da, &db);
    if (reference != binary_references().end()) {
      CHECK(close(z, reference->second.f(u, v), 1e-15, 0) && close(da, d * reference->second.da(u, v), 1e-15, 0));
      CHECK(close(db, d * reference->second.db(u, v), 1e-14, 0));
    }
    CHECK_NOTE(close(y[i], z, tolerance, 0) && close(ga[i], da, tolerance, 0) && close(gb[i], db, 2 * tolerance, 0),
               "%s of %s, n = %d, strides %d %d, at %g, %g: %g %g %g instead of %g %g %g", row.name, table.isa, int(n),
               sa, sb, u, v, double(y[i]), double(ga[i]), double(gb[i]), z, da, db);
  }
  row.backward(n, a.data(), sa, b.data(), sb, y.data(), dy.data(), only.data(), nullptr);
  CHECK(same_bits(only.data(), ga.data(), n));
  row.backward(n, a.data(), sa, b.data(), sb, y.data(), dy.data(), nullptr, only.data());
  CHECK(same_bits(only.data(), gb.data(), n));
  if (sa == 1) {
    row.forward(n, a.data(), sa, b.data(), sb, a.data());
    CHECK(same_bits(a.data(), y.data(), n));
  }
  CHECK(y.intact() && ga.intact() && gb.intact() && only.intact());
}

}  // namespace

TEST(binary_rows_against_references) {
  const KernelTable<double>& f64 = hebb::kernels_f64();
  for_each_table([&](const auto& table) {
    for (int i = 0; i < table.binary_count; ++i) {
      CHECK(std::strcmp(table.binaries[i].name, f64.binaries[i].name) == 0);
      for (int64_t n : few_sizes()) {
        for (int strides = 0; strides < 4; ++strides) {
          check_binary(table, table.binaries[i], f64.binaries[i], n, strides & 1, strides >> 1);
        }
      }
    }
  });
}

TEST(min_and_max_pass_nan_on) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Kernels* table : float_tables()) {
    for (int i = 0; i < table->binary_count; ++i) {
      const BinaryRow<float>& row = table->binaries[i];
      const float a[3] = {nan, 1.0f, nan}, b[3] = {1.0f, nan, nan};
      float y[3];
      row.forward(3, a, 1, b, 1, y);
      for (float v : y) CHECK_NOTE(std::isnan(v), "%s of %s", row.name, table->isa);
    }
  }
}

namespace {

template <class T>
void check_helpers(const KernelTable<T>& k, int64_t n) {
  const Guarded<T> x = uniform<T>(n, -2, 2, 21), z = uniform<T>(n, -2, 2, 22), start = uniform<T>(n, -2, 2, 23);
  const T a = T(0.75f), b = T(-0.3f);
  const double tolerance = 8 * unit<T>();
  Guarded<T> y(n);
  const auto check = [&](const char* what, auto want) {
    for (int64_t i = 0; i < n; ++i) {
      const double w = want(double(x[i]), double(z[i]), double(start[i]));
      CHECK_NOTE(close(y[i], w, 0, tolerance), "%s of %s, n = %d, i = %d: %g instead of %g", what, k.isa, int(n),
                 int(i), double(y[i]), w);
    }
    CHECK(y.intact());
    std::copy(start.begin(), start.end(), y.begin());
  };
  k.fill(n, a, y.data());
  check("fill", [&](double, double, double) { return double(a); });
  k.axpy(n, a, x.data(), y.data());
  check("axpy", [&](double vx, double, double s) { return s + double(a) * vx; });
  k.scale(n, a, x.data(), y.data());
  check("scale", [&](double vx, double, double) { return double(a) * vx; });
  k.affine(n, a, b, x.data(), y.data());
  check("affine", [&](double vx, double, double) { return double(a) * vx + double(b); });
  k.multiply_add(n, x.data(), z.data(), y.data());
  check("multiply_add", [&](double vx, double vz, double s) { return s + vx * vz; });
  k.clip(n, x.data(), b, a, y.data());
  check("clip", [&](double vx, double, double) { return std::min(std::max(vx, double(b)), double(a)); });
  k.clip_backward(n, x.data(), z.data(), b, a, y.data(), false);
  const auto inside = [&](double v) { return v >= double(b) && v <= double(a) ? 1.0 : 0.0; };
  check("clip_backward", [&](double vx, double vz, double) { return inside(vx) * vz; });
  k.clip_backward(n, x.data(), z.data(), b, a, y.data(), true);
  check("clip_backward accumulated", [&](double vx, double vz, double s) { return s + inside(vx) * vz; });
  std::copy(x.begin(), x.end(), y.begin());
  k.scale(n, a, y.data(), y.data());
  check("scale in place", [&](double vx, double, double) { return double(a) * vx; });
}

}  // namespace

TEST(elementwise_helpers) {
  for_each_table([](const auto& table) {
    for (int64_t n : sizes()) check_helpers(table, n);
  });
}

TEST(clip_keeps_nan_and_its_bounds) {
  for (const Kernels* table : float_tables()) {
    const float inf = std::numeric_limits<float>::infinity();
    const float x[5] = {std::numeric_limits<float>::quiet_NaN(), -inf, inf, -1.0f, 2.0f}, dy[5] = {1, 1, 1, 1, 1};
    float y[5], dx[5];
    table->clip(5, x, -1.0f, 2.0f, y);
    CHECK(std::isnan(y[0]) && y[1] == -1.0f && y[2] == 2.0f && y[3] == -1.0f && y[4] == 2.0f);
    table->clip_backward(5, x, dy, -1.0f, 2.0f, dx, false);
    CHECK(dx[1] == 0 && dx[2] == 0 && dx[3] == 1 && dx[4] == 1);
  }
}
