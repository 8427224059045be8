// What the ops share: messages, chunk sizes, partial sums.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "graph/op.h"

namespace hebb::graph {

// Elements of one chunk of a light elementwise loop (about 10 us of work), and of one with exp or log.
constexpr int64_t kLightGrain = 16384;
constexpr int64_t kHeavyGrain = 8192;

inline Status wrong(const Inference& n, const std::string& what) {
  return Status::shape(std::string("Expected ") + n.op + " to have " + what + ".");
}
inline Status needs_ints(const Inference& n, int64_t ints, int64_t floats) {
  if (n.int_count == ints && n.float_count == floats) return {};
  return Status::argument(std::string("Expected ") + n.op + " to have " + std::to_string(ints) + " integer and " +
                          std::to_string(floats) + " real attributes.");
}
// Inputs [first, end) must be real.
inline Status needs_real(const Inference& n, int first, int end) {
  for (int k = first; k < end && k < n.input_count(); ++k) {
    if (n.inputs[size_t(k)].dtype != DType::real) {
      return Status::argument(std::string("Expected input ") + std::to_string(k) + " of " + n.op +
                              " to hold real numbers (f32), received integers (i32).");
    }
  }
  return {};
}
inline Status needs_index(const Inference& n, int k) {
  if (n.inputs[size_t(k)].dtype == DType::i32) return {};
  return Status::argument(std::string("Expected input ") + std::to_string(k) + " of " + n.op +
                          " to hold integers (i32), received real numbers (f32).");
}

// Chunks of at least `grain` rows, at most kMaxPartials of them: bounds depend on the count alone.
constexpr int64_t kMaxPartials = 256;
inline int64_t partial_grain(int64_t n, int64_t grain) {
  return std::max<int64_t>({1, grain, chunk_count(n, kMaxPartials)});
}

// The sum of fn(begin, end) over chunks, added in chunk order.
template <class F>
double sum_chunks(Lease& lease, int64_t n, int64_t grain, F&& fn) {
  grain = partial_grain(n, grain);
  if (n <= grain) return n > 0 ? fn(int64_t(0), n) : 0.0;
  double partial[kMaxPartials];
  parallel_range(lease, n, grain, [&](int64_t begin, int64_t end, int) { partial[begin / grain] = fn(begin, end); });
  double total = 0;
  for (int64_t c = 0; c < chunk_count(n, grain); ++c) total += partial[c];
  return total;
}

// Rows of a chunk, so that it has about `grain` elements.
inline int64_t row_grain(int64_t cols, int64_t grain) {
  return std::max<int64_t>(1, grain / std::max<int64_t>(cols, 1));
}

// dst = src, or dst += src.
template <class T>
void copy_or_add(Exec<T>& x, int64_t n, const T* src, T* dst, bool accumulate) {
  if (src == dst) return;
  parallel_range(*x.lease, n, kLightGrain, [&](int64_t begin, int64_t end, int) {
    if (accumulate) {
      x.k().axpy(end - begin, T(1), src + begin, dst + begin);
    } else {
      std::memcpy(dst + begin, src + begin, size_t(end - begin) * sizeof(T));
    }
  });
}

template <class T>
void set_scalar(Exec<T>& x, const Node& n, double value) {
  NodeRun<T>& r = x.run(n);
  r.scalar = value;
  *r.value = T(value);
}

}  // namespace hebb::graph
