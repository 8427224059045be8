// The ULP budgets of exp, log, tanh and erf over the whole float range, against libm in double.
//
// By default every 997th bit pattern plus dense stretches around special points; HEBB_EXHAUSTIVE=1 takes all 2^32.
#include <cstdlib>

#include "kernel_fixture.h"

using namespace fixture;

namespace {

float from_bits(uint32_t u) {
  float x;
  std::memcpy(&x, &u, sizeof x);
  return x;
}
uint32_t to_bits(float x) {
  uint32_t u;
  std::memcpy(&u, &x, sizeof u);
  return u;
}

// The error of `got` in units in the last place of the float nearest to `want` (subnormal floats: of 2^-149). Infinity
// and the largest float are one unit apart.
double ulp_error(float got, double want) {
  if (std::isnan(want)) return std::isnan(got) ? 0 : HUGE_VAL;
  const float nearest = float(want);
  if (std::isinf(nearest) || std::isinf(got)) {
    if (got == nearest) return 0;
    const float finite = std::isinf(got) ? nearest : got;
    return std::fabs(finite) == std::numeric_limits<float>::max() && (got > 0) == (nearest > 0) ? 1 : HUGE_VAL;
  }
  int exponent = -200;  // of zero
  if (nearest != 0) std::frexp(nearest, &exponent);
  return std::fabs(double(got) - want) / std::ldexp(1.0, std::max(exponent - 24, -149));
}

struct Budget {
  const char* name;
  void (*Kernels::*kernel)(int64_t, const float*, float*);
  double (*reference)(double);
  double ulp;
  double unfused_ulp;  // where fma rounds twice: the scalar kernels
};

constexpr int kBatch = 4096;

struct Worst {
  double error = 0;
  float x = 0, got = 0;
};

// Every `stride`-th pattern of [first, last], on every table; `worst` has an entry a table.
void run_range(const Budget& budget, uint64_t first, uint64_t last, uint32_t stride, std::vector<Worst>& worst) {
  static float x[kBatch], y[kBatch];
  static double want[kBatch];
  const std::vector<const Kernels*> tables = float_tables();
  for (uint64_t u = first; u <= last;) {
    int n = 0;
    for (; n < kBatch && u <= last; ++n, u += stride) {
      x[n] = from_bits(uint32_t(u));
      want[n] = budget.reference(double(x[n]));
    }
    for (size_t t = 0; t < tables.size(); ++t) {
      (tables[t]->*budget.kernel)(n, x, y);
      for (int i = 0; i < n; ++i) {
        const double error = ulp_error(y[i], want[i]);
        if (error > worst[t].error) worst[t] = {error, x[i], y[i]};
      }
    }
  }
}

// 2,000 patterns on each side of |centre|, both signs.
void run_around(const Budget& budget, float centre, std::vector<Worst>& worst) {
  const uint32_t u = to_bits(std::fabs(centre));
  for (uint32_t sign : {0u, 0x80000000u}) {
    const uint32_t lo = u > 2000 ? u - 2000 : 0, hi = std::min(u + 2000, 0x7fffffffu);
    run_range(budget, lo | sign, hi | sign, 1, worst);
  }
}

double ref_exp(double x) { return std::exp(x); }
double ref_log(double x) { return std::log(x); }
double ref_tanh(double x) { return std::tanh(x); }
double ref_erf(double x) { return std::erf(x); }

const Budget kBudgets[] = {
    {"exp", &Kernels::exp, ref_exp, 1.0, 1.0},
    {"log", &Kernels::log, ref_log, 1.0, 1.0},
    {"tanh", &Kernels::tanh, ref_tanh, 2.0, 2.0},
    {"erf", &Kernels::erf, ref_erf, 2.0, 2.2},
};

}  // namespace

TEST(math_ulp_budgets) {
  const bool exhaustive = std::getenv("HEBB_EXHAUSTIVE") != nullptr;
  const std::vector<const Kernels*> tables = float_tables();
  for (const Budget& budget : kBudgets) {
    std::vector<Worst> worst(tables.size());
    run_range(budget, 0, 0xffffffffu, exhaustive ? 1 : 997, worst);
    // zero, the subnormals' end, branch points of the kernels, overflow and underflow, infinity, and the largest errors
    // that a run over all floats finds
    for (float centre : {0x1.4cc98p2f,
                         0x1.7639a4p2f,
                         0x1.205ddp2f,
                         0x1.d9dc3ep5f,
                         0x1.69cf3ep-1f,
                         0x1.69c43cp-1f,
                         0x1.a3d7e8p-3f,
                         0x1.a3e94ep-3f,
                         0x1.c4ca1ap-3f,
                         0x1.cd58ecp-3f,
                         0.0f,
                         0x1p-126f,
                         0.25f,
                         0.34657359f,
                         0.5f,
                         0.625f,
                         0.70710678f,
                         0.95f,
                         1.0f,
                         1.41421356f,
                         2.0f,
                         3.92f,
                         4.0f,
                         9.01f,
                         87.336f,
                         88.02f,
                         88.7228f,
                         89.0f,
                         103.28f,
                         103.97f,
                         104.0f,
                         0x1p64f,
                         std::numeric_limits<float>::max(),
                         std::numeric_limits<float>::infinity()}) {
      run_around(budget, centre, worst);
    }
    for (size_t t = 0; t < tables.size(); ++t) {
      const Worst& w = worst[t];
      std::printf("  %-5s %-7s max %.3f ulp at x = %a\n", budget.name, tables[t]->isa, w.error, double(w.x));
      const double limit = tables[t]->width == 1 ? budget.unfused_ulp : budget.ulp;
      CHECK_NOTE(w.error <= limit, "%s of %s: %g ulp at x = %a, received %a", budget.name, tables[t]->isa, w.error,
                 double(w.x), double(w.got));
    }
  }
}

TEST(math_special_values) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float tiny = std::numeric_limits<float>::denorm_min();
  struct {
    const char* what;
    void (*Kernels::*kernel)(int64_t, const float*, float*);
    float x, want;
  } const cases[] = {
      {"exp", &Kernels::exp, 0.0f, 1.0f},    {"exp", &Kernels::exp, -0.0f, 1.0f},
      {"exp", &Kernels::exp, inf, inf},      {"exp", &Kernels::exp, -inf, 0.0f},
      {"exp", &Kernels::exp, 88.73f, inf},   {"exp", &Kernels::exp, 3.4e38f, inf},
      {"exp", &Kernels::exp, -104.0f, 0.0f}, {"exp", &Kernels::exp, -3.4e38f, 0.0f},
      {"exp", &Kernels::exp, nan, nan},      {"exp", &Kernels::exp, tiny, 1.0f},
      {"exp", &Kernels::exp, -103.0f, tiny}, {"log", &Kernels::log, 1.0f, 0.0f},
      {"log", &Kernels::log, 0.0f, -inf},    {"log", &Kernels::log, -0.0f, -inf},
      {"log", &Kernels::log, -1.0f, nan},    {"log", &Kernels::log, -inf, nan},
      {"log", &Kernels::log, -tiny, nan},    {"log", &Kernels::log, inf, inf},
      {"log", &Kernels::log, nan, nan},      {"log", &Kernels::log, tiny, -103.27893f},
      {"tanh", &Kernels::tanh, 0.0f, 0.0f},  {"tanh", &Kernels::tanh, -0.0f, -0.0f},
      {"tanh", &Kernels::tanh, inf, 1.0f},   {"tanh", &Kernels::tanh, -inf, -1.0f},
      {"tanh", &Kernels::tanh, nan, nan},    {"tanh", &Kernels::tanh, -tiny, -tiny},
      {"erf", &Kernels::erf, 0.0f, 0.0f},    {"erf", &Kernels::erf, -0.0f, -0.0f},
      {"erf", &Kernels::erf, inf, 1.0f},     {"erf", &Kernels::erf, -inf, -1.0f},
      {"erf", &Kernels::erf, nan, nan},      {"erf", &Kernels::erf, -3.4e38f, -1.0f},
  };
  for (const Kernels* table : float_tables()) {
    for (const auto& c : cases) {
      float x[19], y[19];  // the same in every lane of the main loop and of the tail
      std::fill(x, x + 19, c.x);
      (table->*c.kernel)(19, x, y);
      for (float got : y) {
        const bool same =
            std::isnan(c.want) ? std::isnan(got) : got == c.want && std::signbit(got) == std::signbit(c.want);
        CHECK_NOTE(same, "%s(%a) of %s: %a instead of %a", c.what, double(c.x), table->isa, double(got),
                   double(c.want));
      }
    }
  }
}

// A lane's result depends on nothing but the lane: not on its position, its neighbours or the tail.
TEST(math_lanes_are_independent) {
  const float specials[] = {0.0f,
                            -1.0f,
                            1e-40f,
                            1e30f,
                            -1e30f,
                            std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN(),
                            0.3f,
                            200.0f};
  for (const Kernels* table : float_tables()) {
    for (const Budget& budget : kBudgets) {
      const Guarded<float> x = uniform<float>(131, -12, 12, 5);
      for (int64_t i = 0; i < 131; i += 3) x[i] = specials[(i / 3) % 9];
      Guarded<float> whole(131), single(1), one(1);
      (table->*budget.kernel)(131, x.data(), whole.data());
      for (int64_t i = 0; i < 131; ++i) {
        one[0] = x[i];
        (table->*budget.kernel)(1, one.data(), single.data());
        const bool nan = std::isnan(single[0]) && std::isnan(whole[i]);
        CHECK_NOTE(nan || same_bits(single.data(), &whole[i], 1), "%s of %s at %a", budget.name, table->isa,
                   double(x[i]));
      }
    }
  }
}
