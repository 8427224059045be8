// The panel layout: copies in and out, and products that read or write it, held against plain gemm bit by bit.
#include <atomic>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "check.h"
#include "core/gemm.h"
#include "kernels/gemm_kernels.h"

using namespace hebb;

namespace {

constexpr float kCanary = -77.25f;

std::vector<const Kernels*> tables() {
  const Kernels* all[8];
  const int n = available_kernels(all, 8);
  return {all, all + n};
}

std::vector<float> random_floats(int64_t n, uint32_t seed) {
  std::mt19937 rng(seed);
  std::uniform_real_distribution<float> u(-1, 1);
  std::vector<float> v(size_t(n) + 1);
  for (float& x : v) x = u(rng);
  return v;
}

std::vector<float> transposed(const std::vector<float>& x, int64_t rows, int64_t cols) {
  std::vector<float> y(x.size());
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) y[size_t(j * rows + i)] = x[size_t(i * cols + j)];
  return y;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b, int64_t n) {
  return std::memcmp(a.data(), b.data(), size_t(n) * sizeof(float)) == 0;
}

const int64_t kSizes[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 47, 48, 49, 63, 64, 65, 97, 130};

// Panels of src (K x N), surrounded by canaries that must survive.
std::vector<float> packed(Lease& lease, const Kernels& k, bool transpose, int64_t K, int64_t N,
                          const std::vector<float>& src) {
  const int64_t n = panel_elements(k, K, N);
  std::vector<float> all(size_t(n) + 32, kCanary);
  pack_panels(lease, k, transpose, K, N, src.data(), transpose ? K : N, all.data() + 16);
  for (int i = 0; i < 16; ++i) CHECK(all[size_t(i)] == kCanary && all[all.size() - 1 - size_t(i)] == kCanary);
  return {all.begin() + 16, all.begin() + 16 + n};
}

}  // namespace

TEST(panels_pack_and_unpack) {
  Lease lease = ThreadPool::instance().lease(2);
  for (const Kernels* k : tables())
    for (int64_t K : kSizes)
      for (int64_t N : kSizes) {
        const std::vector<float> src = random_floats(K * N, uint32_t(K * 131 + N));
        const std::vector<float> panels = packed(lease, *k, false, K, N, src);
        const std::vector<float> other = packed(lease, *k, true, K, N, transposed(src, K, N));
        CHECK(same_bits(panels, other, int64_t(panels.size())));
        int64_t zeros = 0, values = 0;
        for (float x : panels) ++(x == 0 ? zeros : values);
        CHECK(values == K * N && zeros == int64_t(panels.size()) - K * N);
        for (bool transpose : {false, true}) {
          const int64_t rows = transpose ? N : K, cols = transpose ? K : N, ld = cols + 3;
          std::vector<float> back(size_t(rows * ld) + 8, kCanary);
          unpack_panels(lease, *k, transpose, K, N, panels.data(), back.data(), ld);
          int64_t wrong = 0;
          for (int64_t i = 0; i < int64_t(back.size()); ++i) {
            const int64_t r = i / ld, c = i % ld;
            const bool inside = r < rows && c < cols;
            const float want = !inside ? kCanary : src[size_t(transpose ? c * N + r : r * N + c)];
            wrong += back[size_t(i)] != want;
          }
          CHECK_NOTE(wrong == 0, "%s %ldx%ld transposed %d", k->isa, long(K), long(N), transpose);
        }
        std::vector<float> turned(size_t(panel_elements(*k, N, K)));
        transpose_panels(lease, *k, K, N, panels.data(), turned.data());
        CHECK_NOTE(turned == packed(lease, *k, true, N, K, src), "%s %ldx%ld", k->isa, long(K), long(N));
      }
}

TEST(panels_product_with_packed_b) {
  Lease lease = ThreadPool::instance().lease(3);
  for (const Kernels* k : tables())
    for (int64_t M : {1, 2, 8, 13, 40, 131})
      for (int64_t N : {1, 10, 16, 33, 64, 100, 211})
        for (int64_t K : {0, 1, 31, 129, 700, 4500}) {
          if (M * N * K > 4000000) continue;
          const std::vector<float> a = random_floats(M * K, 1), b = random_floats(K * N, 2), bias = random_floats(N, 3);
          const std::vector<float> panels = packed(lease, *k, false, K, N, b);
          for (bool ta : {false, true})
            for (float alpha : {1.0f, -0.5f}) {
              GemmEpilogue<float> e;
              e.bias = bias.data();
              std::vector<float> want = random_floats(M * N, 4), got = want;
              CHECK(gemm<float>(lease, *k, ta, false, M, N, K, alpha, a.data(), ta ? M : K, b.data(), N, 2, want.data(),
                                N, e)
                        .ok());
              CHECK(gemm_panels<float>(lease, *k, ta, M, N, K, alpha, a.data(), ta ? M : K, panels.data(), 2,
                                       got.data(), N, e)
                        .ok());
              if (N > k->gemm->narrow) {
                CHECK_NOTE(same_bits(want, got, M * N), "%s %ldx%ldx%ld", k->isa, long(M), long(N), long(K));
                continue;
              }
              for (int64_t i = 0; i < M * N; ++i) {  // sums in another order
                CHECK_NOTE(std::fabs(got[size_t(i)] - want[size_t(i)]) <= 1e-6f * float(K + 4), "%s %ldx%ldx%ld",
                           k->isa, long(M), long(N), long(K));
              }
            }
        }
}

TEST(panels_product_into_panels) {
  for (const Kernels* k : tables())
    for (int64_t M : {1, 9, 16, 131, 300})
      for (int64_t N : {1, 10, 16, 33, 64, 100, 211})
        for (int64_t K : {0, 1, 32, 129, 700}) {
          if (M * N * K > 6000000) continue;
          Lease lease = ThreadPool::instance().lease(1 + int(M + N) % 3);
          const std::vector<float> x = random_floats(M * K, 1), dz = random_floats(K * N, 2),
                                   start = random_floats(M * N, 3);
          for (int variant = 0; variant < 3; ++variant) {
            const float beta = variant == 1 ? 1.0f : 0.0f;
            std::vector<float> want = start;
            CHECK(
                gemm<float>(lease, *k, true, false, M, N, K, 1, x.data(), M, dz.data(), N, beta, want.data(), N).ok());
            std::vector<float> c = packed(lease, *k, false, M, N, start);
            std::vector<float> sums = random_floats(N, 4), sums_before = sums;
            struct Seen {
              std::vector<std::atomic<int>> times;
              std::vector<float> values;
            } seen{std::vector<std::atomic<int>>(c.size()), std::vector<float>(c.size(), -1.0f)};
            PanelEpilogue<float> e;
            e.column_sums = sums.data(), e.column_beta = beta;
            e.context = &seen;
            e.passes = variant == 2;
            if (e.passes) e.reads[1] = c.data();  // a hint: no result may depend on it
            e.tile_done = [](const void* context, int64_t offset, int64_t count, const float* values) {
              Seen& all = *static_cast<Seen*>(const_cast<void*>(context));
              for (int64_t i = 0; i < count; ++i) {
                ++all.times[size_t(offset + i)];
                all.values[size_t(offset + i)] = values[i];
              }
            };
            CHECK(
                gemm_to_panels<float>(lease, *k, true, false, M, N, K, 1, x.data(), M, dz.data(), N, beta, c.data(), e)
                    .ok());
            const std::vector<float> right = packed(lease, *k, false, M, N, want);
            CHECK_NOTE((e.passes || same_bits(c, right, int64_t(c.size()))) &&
                           same_bits(seen.values, right, int64_t(c.size())),
                       "%s %ldx%ldx%ld variant %d", k->isa, long(M), long(N), long(K), variant);
            for (const auto& count : seen.times) CHECK(count == 1);
            for (int64_t j = 0; j < N; ++j) {
              double sum = beta * double(sums_before[size_t(j)]);
              for (int64_t i = 0; i < K; ++i) sum += double(dz[size_t(i * N + j)]);
              CHECK_NOTE(std::fabs(sum - double(sums[size_t(j)])) <= 1e-6 * double(K + 4), "%s column %ld", k->isa,
                         long(j));
            }
          }
        }
}

// dX = (dZ * W) * f'(x, y), for relu (in registers) and for every other activation of the table.
TEST(panels_derivative_epilogue) {
  Lease lease = ThreadPool::instance().lease(2);
  const int64_t M = 29, N = 83, K = 31;
  for (const Kernels* k : tables()) {
    for (int i = 0; i < k->activation_count; ++i) {
      const UnaryRow<float>& row = k->activations[i];
      const float alpha = float(row.default_alpha);
      const std::vector<float> dz = random_floats(M * K, 1), w = random_floats(K * N, 2), x = random_floats(M * N, 3);
      std::vector<float> y(x.size()), want(x.size()), got(x.size());
      row.forward(M * N, x.data(), y.data(), alpha);
      CHECK(gemm<float>(lease, *k, false, false, M, N, K, 1, dz.data(), K, w.data(), N, 0, want.data(), N).ok());
      row.backward(M * N, x.data(), y.data(), want.data(), want.data(), alpha, false);
      GemmEpilogue<float> e;
      e.derivative = &row, e.derivative_alpha = alpha, e.derivative_x = x.data(), e.derivative_y = y.data();
      CHECK(gemm<float>(lease, *k, false, false, M, N, K, 1, dz.data(), K, w.data(), N, 0, got.data(), N, e).ok());
      for (int64_t j = 0; j < M * N; ++j) {
        // A row of another length may take a vector kernel's tail path: a few ulp.
        CHECK_NOTE(std::fabs(got[size_t(j)] - want[size_t(j)]) <= 1e-5f, "%s %s", k->isa, row.name);
      }
    }
  }
}
