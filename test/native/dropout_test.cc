// Dropout: one mask for every ISA, precision, chunking and thread, of the right rate and without structure.
#include "kernel_fixture.h"

using namespace fixture;

namespace {

constexpr uint64_t kKey = 0x0123456789abcdefu;

// The mask as 0 / 1, taken with n elements a call.
template <class T>
std::vector<char> mask(const KernelTable<T>& k, int64_t n, double p, uint64_t key, uint64_t first, int64_t chunk) {
  std::vector<T> x(size_t(n), T(1)), y(size_t(n), T(-7));
  for (int64_t i = 0; i < n; i += chunk) {
    k.dropout(std::min(chunk, n - i), x.data() + i, y.data() + i, T(p), key, first + uint64_t(i), false);
  }
  std::vector<char> m(static_cast<size_t>(n));
  for (size_t i = 0; i < m.size(); ++i) {
    m[i] = y[i] != 0;
    if (m[i])
      CHECK_NOTE(close(y[i], 1 / (1 - p), 4 * unit<float>(), 0), "%s: scale %g for p = %g", k.isa, double(y[i]), p);
  }
  return m;
}

double rate(const std::vector<char>& m) {
  int64_t kept = 0;
  for (char c : m) kept += c;
  return double(kept) / double(m.size());
}

}  // namespace

TEST(dropout_mask_is_the_same_everywhere) {
  // across the place where the lower half of the counter wraps, too
  for (uint64_t first : {uint64_t(0), uint64_t(12345), (uint64_t(1) << 32) - 777, (uint64_t(5) << 32) - 1}) {
    for (double p : {0.1, 0.5, 0.9, 1.0 / 3}) {
      const std::vector<char> want = mask(*float_tables()[0], 3001, p, kKey, first, 3001);
      for_each_table([&](const auto& table) {
        for (int64_t chunk : {1, 3, 16, 61, 1000, 3001}) {
          CHECK_NOTE(mask(table, 3001, p, kKey, first, chunk) == want, "%s, p = %g, chunks of %d", table.isa, p,
                     int(chunk));
        }
      });
    }
  }
}

// Known bits: a change of the hash would silently change every seeded run.
TEST(dropout_mask_is_pinned) {
  const std::vector<char> m = mask(*float_tables()[0], 64, 0.5, kKey, 0, 64);
  uint64_t word = 0;
  for (int i = 0; i < 64; ++i) word |= uint64_t(m[size_t(i)]) << i;
  CHECK_NOTE(word == 0xa121a6e808f207e2u, "0x%016llx", static_cast<unsigned long long>(word));
}

TEST(dropout_keeps_at_the_right_rate) {
  const int64_t n = 1 << 20;
  const Kernels& k = hebb::kernels();
  for (double p : {0.0, 0.01, 0.1, 0.5, 0.9}) {
    for (uint64_t key : {uint64_t(0), uint64_t(1), kKey}) {
      const double got = rate(mask(k, n, p, key, 0, n)), sigma = std::sqrt(p * (1 - p) / double(n));
      CHECK_NOTE(std::fabs(got - (1 - p)) <= 4.5 * sigma, "p = %g, key %llu: %g kept", p,
                 static_cast<unsigned long long>(key), got);
    }
  }
}

// Neighbouring elements, neighbouring keys and high counters agree as often as coins do.
TEST(dropout_masks_are_independent) {
  const int64_t n = 1 << 20;
  const Kernels& k = hebb::kernels();
  const std::vector<char> a = mask(k, n, 0.5, 1, 0, n);
  const auto agree = [&](const std::vector<char>& b, size_t shift) {
    int64_t same = 0;
    for (size_t i = 0; i + shift < a.size(); ++i) same += a[i + shift] == b[i];
    return double(same) / double(a.size() - shift);
  };
  const double sigma = 0.5 / std::sqrt(double(n));
  for (size_t shift : {1, 2, 4, 16, 64, 1024, 65536}) {
    CHECK_NOTE(std::fabs(agree(a, shift) - 0.5) < 4.5 * sigma, "shift %d: %g", int(shift), agree(a, shift));
  }
  for (uint64_t key : {uint64_t(0), uint64_t(2), uint64_t(1) << 32, uint64_t(1) << 63}) {
    const std::vector<char> b = mask(k, n, 0.5, key, 0, n);
    for (size_t shift : {size_t(0), size_t(1), size_t(3)}) {
      CHECK_NOTE(std::fabs(agree(b, shift) - 0.5) < 4.5 * sigma, "key %llu", static_cast<unsigned long long>(key));
    }
  }
  CHECK(std::fabs(agree(mask(k, n, 0.5, 1, uint64_t(1) << 32, n), 0) - 0.5) < 4.5 * sigma);
}

TEST(dropout_values) {
  for_each_table([](const auto& k) {
    using T = decltype(k.max(0, nullptr));
    for (int64_t n : few_sizes()) {
      const Guarded<T> x = uniform<T>(n, -2, 2, 61), start = uniform<T>(n, -2, 2, 62);
      Guarded<T> y(n), more = start, in_place = x;
      const T p = T(0.25f);
      k.dropout(n, x.data(), y.data(), p, kKey, 9, false);
      k.dropout(n, x.data(), more.data(), p, kKey, 9, true);
      k.dropout(n, in_place.data(), in_place.data(), p, kKey, 9, false);
      const std::vector<char> m = n > 0 ? mask(k, n, 0.25, kKey, 9, n) : std::vector<char>();
      for (int64_t i = 0; i < n; ++i) {
        const double want = m[size_t(i)] ? double(x[i]) / 0.75 : 0;
        CHECK(close(y[i], want, 4 * unit<T>(), 0));
        CHECK(close(more[i], double(start[i]) + want, 4 * unit<T>(), 4 * unit<T>()));
      }
      CHECK(same_bits(in_place.data(), y.data(), n) && y.intact() && more.intact());
      // p = 0 keeps everything unscaled
      k.dropout(n, x.data(), y.data(), T(0), kKey, 9, false);
      CHECK(same_bits(x.data(), y.data(), n));
    }
  });
}
