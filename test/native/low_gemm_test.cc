// bf16 and int8 products, on the hardware kernels and on the emulation of every ISA, against naive references.
#include "core/low_gemm.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "check.h"

using namespace hebb;

namespace {

constexpr float kCanary = -77.25f;

std::vector<const Kernels*> tables() {
  const Kernels* all[8];
  const int n = available_kernels(all, 8);
  return {all, all + n};
}

float rounded_to_bf16(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  const uint32_t below = bits & 0xffff0000u, above = below + 0x10000u;
  float lo, hi;
  std::memcpy(&lo, &below, 4), std::memcpy(&hi, &above, 4);
  const double to_lo = std::fabs(double(x) - double(lo)), to_hi = std::fabs(double(hi) - double(x));
  if (to_lo != to_hi) return to_lo < to_hi ? lo : hi;
  return (below >> 16 & 1) == 0 ? lo : hi;
}

struct Shape {
  int64_t M, N, K;
};
const Shape kShapes[] = {{1, 1, 1},   {1, 10, 7},   {3, 16, 2},   {8, 48, 64},     {9, 49, 65},    {7, 33, 3},
                         {16, 64, 5}, {17, 97, 31}, {40, 65, 66}, {130, 211, 257}, {600, 31, 130}, {5, 100, 1030}};

struct Data {
  std::vector<float> a, w, bias;
  explicit Data(const Shape& s) {
    std::mt19937 rng(uint32_t(s.M * 7 + s.N * 3 + s.K));
    std::normal_distribution<float> normal(0, 1);
    a.resize(size_t(s.M * s.K)), w.resize(size_t(s.K * s.N)), bias.resize(size_t(s.N));
    for (float& x : a) x = normal(rng);
    for (float& x : w) x = normal(rng);
    for (float& x : bias) x = normal(rng);
  }
};

// The rounded operands and the factor of each sum.
struct Rounded {
  std::vector<double> a, w, row_scale, column_scale;

  Rounded(const Shape& s, const Data& d, Precision precision)
      : a(d.a.size()), w(d.w.size()), row_scale(size_t(s.M), 1), column_scale(size_t(s.N), 1) {
    if (precision == Precision::bf16) {
      for (size_t i = 0; i < a.size(); ++i) a[i] = double(rounded_to_bf16(d.a[i]));
      for (size_t i = 0; i < w.size(); ++i) w[i] = double(rounded_to_bf16(d.w[i]));
      return;
    }
    auto quantise = [](int64_t n, const float* x, int64_t step, double* q) {
      double most = 0;
      for (int64_t i = 0; i < n; ++i) most = std::max(most, std::fabs(double(x[i * step])));
      for (int64_t i = 0; i < n; ++i) q[i * step] = most > 0 ? double(x[i * step]) * 127 / most : 0;  // not rounded yet
      return most / 127;
    };
    for (int64_t i = 0; i < s.M; ++i) row_scale[size_t(i)] = quantise(s.K, d.a.data() + i * s.K, 1, a.data() + i * s.K);
    for (int64_t j = 0; j < s.N; ++j) column_scale[size_t(j)] = quantise(s.K, d.w.data() + j, s.N, w.data() + j);
  }
};

}  // namespace

TEST(low_gemm_against_rounded_reference) {
  Lease lease = ThreadPool::instance().lease(2);
  for (const Kernels* k : tables())
    for (Precision precision : {Precision::bf16, Precision::int8})
      for (const Shape& s : kShapes)
        for (bool transposed : {false, true}) {
          const Data d(s);
          const Rounded r(s, d, precision);
          std::vector<float> w = d.w;
          if (transposed) {
            for (int64_t i = 0; i < s.K; ++i)
              for (int64_t j = 0; j < s.N; ++j) w[size_t(j * s.K + i)] = d.w[size_t(i * s.N + j)];
          }
          LowMatrix m;
          CHECK(m.pack(*k, precision, transposed, s.K, s.N, w.data(), transposed ? s.K : s.N).ok());
          CHECK(m.in_hardware() == (low_kernels(*k, precision) != nullptr));
          const int64_t ldc = s.N + 3;
          std::vector<float> c(size_t(s.M * ldc), kCanary);
          GemmEpilogue<float> e;
          e.bias = d.bias.data();
          CHECK(m.multiply(lease, s.M, d.a.data(), s.K, c.data(), ldc, e).ok());
          int64_t bad = 0;
          for (int64_t i = 0; i < s.M; ++i)
            for (int64_t j = 0; j < s.N; ++j) {
              double sum = 0, bound = 1e-5;
              for (int64_t p = 0; p < s.K; ++p) {
                const double x = r.a[size_t(i * s.K + p)], y = r.w[size_t(p * s.N + j)];
                if (precision == Precision::bf16) {
                  sum += x * y, bound += std::fabs(x * y) * 3e-7;
                  continue;
                }
                sum += std::nearbyint(x) * std::nearbyint(y);
                // A value on the verge of a half may round either way.
                const double verge = 1e-4;
                if (std::fabs(std::fabs(x - std::floor(x)) - 0.5) < verge)
                  bound += std::fabs(y) * r.row_scale[size_t(i)] * r.column_scale[size_t(j)];
                if (std::fabs(std::fabs(y - std::floor(y)) - 0.5) < verge)
                  bound += std::fabs(x) * r.row_scale[size_t(i)] * r.column_scale[size_t(j)];
              }
              const double scale = r.row_scale[size_t(i)] * r.column_scale[size_t(j)];
              const double want = sum * scale + double(d.bias[size_t(j)]);
              if (precision == Precision::int8) bound += 1e-6 * (std::fabs(want) + 1);
              bad += !(std::fabs(double(c[size_t(i * ldc + j)]) - want) <= bound);
            }
          for (int64_t i = 0; i < s.M * ldc; ++i) bad += i % ldc >= s.N && c[size_t(i)] != kCanary;
          CHECK_NOTE(bad == 0, "%s %s %ldx%ldx%ld transposed %d: %ld wrong", k->isa,
                     precision == Precision::bf16 ? "bf16" : "int8", long(s.M), long(s.N), long(s.K), transposed,
                     long(bad));
        }
}

// The stated accuracy, against the exact product.
TEST(low_gemm_accuracy) {
  Lease lease = ThreadPool::instance().lease(1);
  const Shape s{64, 96, 512};
  const Data d(s);
  for (const Kernels* k : tables())
    for (Precision precision : {Precision::bf16, Precision::int8}) {
      LowMatrix m;
      CHECK(m.pack(*k, precision, false, s.K, s.N, d.w.data(), s.N).ok());
      std::vector<float> c(size_t(s.M * s.N));
      CHECK(m.multiply(lease, s.M, d.a.data(), s.K, c.data(), s.N).ok());
      double error = 0, size = 0;
      for (int64_t i = 0; i < s.M; ++i)
        for (int64_t j = 0; j < s.N; ++j) {
          double sum = 0;
          for (int64_t p = 0; p < s.K; ++p) sum += double(d.a[size_t(i * s.K + p)]) * double(d.w[size_t(p * s.N + j)]);
          error += (double(c[size_t(i * s.N + j)]) - sum) * (double(c[size_t(i * s.N + j)]) - sum), size += sum * sum;
        }
      const double relative = std::sqrt(error / size);
      CHECK_NOTE(relative < (precision == Precision::bf16 ? 0.004 : 0.015), "%s: relative error %g", k->isa, relative);
      CHECK_NOTE(relative > 1e-4, "%s: nothing was rounded (%g)", k->isa, relative);
    }
}

TEST(low_gemm_activation_threads_and_bad_input) {
  const Shape s{130, 211, 257};
  Data d(s);
  for (const Kernels* k : tables())
    for (Precision precision : {Precision::bf16, Precision::int8}) {
      LowMatrix m;
      CHECK(m.pack(*k, precision, false, s.K, s.N, d.w.data(), s.N).ok());
      for (int i = 0; i < k->activation_count; ++i) {
        const UnaryRow<float>& row = k->activations[i];
        GemmEpilogue<float> e;
        std::vector<float> plain(size_t(s.M * s.N)), first;
        Lease one = ThreadPool::instance().lease(1);
        CHECK(m.multiply(one, s.M, d.a.data(), s.K, plain.data(), s.N).ok());
        row.forward(s.M * s.N, plain.data(), plain.data(), float(row.default_alpha));
        e.activation = &row, e.activation_alpha = float(row.default_alpha);
        for (int threads : {1, 3}) {
          Lease lease = ThreadPool::instance().lease(threads);
          std::vector<float> c(plain.size());
          CHECK(m.multiply(lease, s.M, d.a.data(), s.K, c.data(), s.N, e).ok());
          if (first.empty()) first = c;
          CHECK(std::memcmp(first.data(), c.data(), c.size() * sizeof(float)) == 0);
          for (size_t j = 0; j < c.size(); ++j) {
            CHECK_NOTE(std::fabs(c[j] - plain[j]) <= 2e-5f * (1 + std::fabs(plain[j])), "%s %s", k->isa, row.name);
          }
        }
      }
      Lease one = ThreadPool::instance().lease(1);
      for (int64_t k_bad : {int64_t(5), int64_t(63), s.K - 1}) {  // where kernels take whole vectors, and behind them
        std::vector<float> a = d.a, c(size_t(s.M * s.N));
        a[size_t(3 * s.K + k_bad)] = std::numeric_limits<float>::quiet_NaN();
        CHECK(m.multiply(one, s.M, a.data(), s.K, c.data(), s.N).ok());
        for (int64_t i = 0; i < s.M; ++i)
          for (int64_t j = 0; j < s.N; ++j) CHECK(std::isnan(c[size_t(i * s.N + j)]) == (i == 3));
      }
      std::vector<float> w = d.w;
      w[10] = std::numeric_limits<float>::infinity();
      CHECK(m.pack(*k, precision, false, s.K, s.N, w.data(), s.N).code == Code::non_finite);
    }
}
