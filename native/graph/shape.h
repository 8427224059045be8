// Shapes whose dimensions may depend on the minibatch: B rows, T time steps.
#pragma once
#include <cstdint>
#include <string>

namespace hebb::graph {

enum class DType : int32_t { real = 0, i32 = 1 };

constexpr int kMaxRank = 6;
constexpr int32_t kBatch = 1, kTime = 2;  // bits of Dim::symbols
constexpr int64_t kMaxElements = int64_t(1) << 40;

struct Sizes {
  int64_t B = 1, T = 1;
  bool operator==(const Sizes& o) const { return B == o.B && T == o.T; }
};

// Saturates far above kMaxElements, so that a product of dimensions can be tested once, at its end.
inline int64_t saturating_multiply(int64_t a, int64_t b) {
  const int64_t cap = int64_t(1) << 52;
  if (a != 0 && b > cap / a) return cap;
  return a * b;
}

// factor * B * T, with B and T where `symbols` says so.
struct Dim {
  int32_t factor = 1;
  int32_t symbols = 0;
  bool operator==(const Dim& o) const { return factor == o.factor && symbols == o.symbols; }
  bool is(int32_t n) const { return factor == n && symbols == 0; }
  int64_t at(const Sizes& s) const {
    int64_t n = factor;
    if (symbols & kBatch) n = saturating_multiply(n, s.B);
    if (symbols & kTime) n = saturating_multiply(n, s.T);
    return n;
  }
};

// A product of dimensions: factor * B^b * T^t.
struct Extent {
  int64_t factor = 1;
  int b = 0, t = 0;
  void times(const Dim& d) {
    factor = saturating_multiply(factor, d.factor);
    b += (d.symbols & kBatch) != 0;
    t += (d.symbols & kTime) != 0;
  }
  int64_t at(const Sizes& s) const {
    int64_t n = factor;
    for (int i = 0; i < b; ++i) n = saturating_multiply(n, s.B);
    for (int i = 0; i < t; ++i) n = saturating_multiply(n, s.T);
    return n;
  }
  bool operator==(const Extent& o) const { return factor == o.factor && b == o.b && t == o.t; }
  static Extent none() { return {0, 0, 0}; }
};

struct Shape {
  int rank = 0;
  Dim dims[kMaxRank];

  bool operator==(const Shape& o) const {
    if (rank != o.rank) return false;
    for (int i = 0; i < rank; ++i)
      if (!(dims[i] == o.dims[i])) return false;
    return true;
  }
  Dim last() const { return rank > 0 ? dims[rank - 1] : Dim{}; }
  // Product of dims[first..end).
  Extent extent(int first, int end) const {
    Extent e;
    for (int i = first; i < end; ++i) e.times(dims[i]);
    return e;
  }
  Extent extent() const { return extent(0, rank); }
};

// "[B, 784]", "[4*B*T]", "[]"
std::string to_string(const Dim& dim);
std::string to_string(const Shape& shape);

}  // namespace hebb::graph
