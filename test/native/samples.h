// Small data sets of the algorithm tests.
#pragma once
#include <cstdint>
#include <vector>

#include "core/rng.h"

namespace samples {

// `clusters` Gaussian blobs around random centres.
inline std::vector<float> blobs(int64_t n, int64_t dims, int64_t clusters, uint64_t seed) {
  hebb::Philox centers(seed, 1), noise(seed, 2);
  std::vector<float> x(static_cast<size_t>(n * dims));
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t c = 0; c < dims; ++c) {
      x[size_t(i * dims + c)] =
          float(4 * centers.normal(uint64_t((i % clusters) * dims + c)) + noise.normal(uint64_t(i * dims + c)));
    }
  }
  return x;
}

inline std::vector<float> normals(int64_t count, double scale, uint64_t seed) {
  hebb::Philox rng(seed, 3);
  std::vector<float> x(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) x[size_t(i)] = float(scale * rng.normal(uint64_t(i)));
  return x;
}

}  // namespace samples
