// What the kernel tests share: every table, sizes around each vector width, buffers that notice a stray access, random
// data, distances in ulp.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "check.h"
#include "core/rng.h"
#include "kernels/kernels.h"

#if !defined(_WIN32)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace fixture {

using hebb::Kernels;
using hebb::KernelTable;

inline std::vector<const Kernels*> float_tables() {
  const Kernels* all[8];
  const int n = hebb::available_kernels(all, 8);
  return {all, all + n};
}

// Calls f(table) with every float table and with the double one.
template <class F>
void for_each_table(F f) {
  for (const Kernels* table : float_tables()) f(*table);
  f(hebb::kernels_f64());
}

// 0 to 70 (one below, at and above 1, 2 and 4 vectors of 16 and all smaller ones), then larger edges and primes.
inline const std::vector<int64_t>& sizes() {
  static const std::vector<int64_t> all = [] {
    std::vector<int64_t> s;
    for (int64_t n = 0; n <= 70; ++n) s.push_back(n);
    for (int64_t n : {127, 128, 129, 255, 256, 257, 1009}) s.push_back(n);
    return s;
  }();
  return all;
}
inline const std::vector<int64_t>& few_sizes() {
  static const std::vector<int64_t> some = {0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 67, 131};
  return some;
}

// n elements that end where a protected page begins, so that reading or writing beyond the end crashes, with canaries
// in front. The address is aligned to T alone. Elsewhere than on POSIX systems: canaries behind as well.
// HEBB_TEST_UNGUARDED leaves the page readable, for emulators in which the masked lanes of a load fault.
template <class T>
class Guarded {
 public:
  explicit Guarded(int64_t n, T value = T(0)) : n_(n) {
    const size_t bytes = size_t(n) * sizeof(T) + kFront;
#if defined(_WIN32)
    mapped_ = bytes + kFront;
    base_ = new unsigned char[mapped_];
    end_ = base_ + bytes;
    std::memset(end_, kByte, kFront);
#else
    const size_t page = size_t(sysconf(_SC_PAGESIZE)), usable = (bytes + page - 1) / page * page;
    mapped_ = usable + page;
    base_ =
        static_cast<unsigned char*>(mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (std::getenv("HEBB_TEST_UNGUARDED") == nullptr) mprotect(base_ + usable, page, PROT_NONE);
    end_ = base_ + usable;
#endif
    std::memset(end_ - bytes, kByte, kFront);
    fill(value);
  }
  Guarded(const Guarded& other) : Guarded(other.n_) { std::copy(other.begin(), other.end(), begin()); }
  Guarded(Guarded&& other) noexcept
      : n_(other.n_), mapped_(other.mapped_), base_(std::exchange(other.base_, nullptr)), end_(other.end_) {}
  Guarded& operator=(const Guarded&) = delete;
  ~Guarded() {
    if (base_ == nullptr) return;
#if defined(_WIN32)
    delete[] base_;
#else
    munmap(base_, mapped_);
#endif
  }

  T* data() const { return reinterpret_cast<T*>(end_) - n_; }
  T* begin() const { return data(); }
  T* end() const { return data() + n_; }
  T& operator[](int64_t i) const { return data()[i]; }
  int64_t size() const { return n_; }
  void fill(T value) const { std::fill(begin(), end(), value); }
  bool intact() const {
    const unsigned char* front = end_ - size_t(n_) * sizeof(T) - kFront;
    bool ok = std::all_of(front, front + kFront, [](unsigned char c) { return c == kByte; });
#if defined(_WIN32)
    ok = ok && std::all_of(end_, end_ + kFront, [](unsigned char c) { return c == kByte; });
#endif
    return ok;
  }

 private:
  static constexpr size_t kFront = 128;
  static constexpr unsigned char kByte = 0xa5;
  int64_t n_;
  size_t mapped_ = 0;
  unsigned char* base_ = nullptr;
  unsigned char* end_ = nullptr;
};

// Uniform in [lo, hi), the same for float and double but for rounding.
template <class T>
Guarded<T> uniform(int64_t n, double lo, double hi, uint64_t seed) {
  Guarded<T> x(n);
  const hebb::Philox rng(seed);
  for (int64_t i = 0; i < n; ++i) x[i] = T(float(lo + (hi - lo) * rng.uniform64(uint64_t(i))));
  return x;
}

template <class T>
bool same_bits(const T* a, const T* b, int64_t n) {
  return n == 0 || std::memcmp(a, b, size_t(n) * sizeof(T)) == 0;
}

// |got - want| <= relative * |want| + absolute, and NaN only where NaN is wanted, infinities likewise.
template <class T>
bool close(T got, double want, double relative, double absolute) {
  if (std::isnan(want)) return std::isnan(got);
  const T rounded = T(want);
  if (std::isinf(rounded)) return got == rounded || (std::isfinite(want) && std::fabs(double(got)) > 3.3e38);
  return std::fabs(double(got) - want) <= relative * std::fabs(want) + absolute;
}

// Tolerance units: the rounding of T.
template <class T>
constexpr double unit() {
  return sizeof(T) == 4 ? 0x1p-24 : 0x1p-53;
}

}  // namespace fixture
