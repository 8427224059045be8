#include "graph/initialize.h"

#include <cmath>

#include "core/rng.h"

namespace hebb::graph {

namespace {

// Streams of initial values are apart from those of dropout and shuffling.
constexpr uint64_t kStreamBase = uint64_t(1) << 32;

double truncated(const Philox& rng, uint64_t i) {
  // Redraws lie far behind the first draws; 64 misses in a row have probability 1e-86.
  for (uint64_t attempt = 0; attempt < 64; ++attempt) {
    const double z = rng.normal(i + (attempt << 48));
    if (std::fabs(z) <= 2) return z;
  }
  return 0;
}

}  // namespace

template <class T>
void initialize_values(const ParamSpec& spec, uint64_t seed, uint64_t stream, int64_t count, T* values) {
  const Philox rng(seed, kStreamBase + stream);
  switch (spec.init) {
    case ParamSpec::constant:
      if (spec.a == 0) return;  // zeroed already
      for (int64_t i = 0; i < count; ++i) values[i] = T(spec.a);
      return;
    case ParamSpec::uniform:
      for (int64_t i = 0; i < count; i += 4) {
        const Philox::Block block = rng.block(uint64_t(i) >> 2);
        for (int64_t j = 0; j < 4 && i + j < count; ++j)
          values[i + j] = T(spec.a + (spec.b - spec.a) * (double(block.v[j] >> 8) * 0x1p-24));
      }
      return;
    case ParamSpec::normal:
      for (int64_t i = 0; i < count; ++i) values[i] = T(spec.a + spec.b * rng.normal(uint64_t(i)));
      return;
    case ParamSpec::truncated_normal:
      for (int64_t i = 0; i < count; ++i) values[i] = T(spec.a + spec.b * truncated(rng, uint64_t(i)));
      return;
    default: return;
  }
}

template void initialize_values<float>(const ParamSpec&, uint64_t, uint64_t, int64_t, float*);
template void initialize_values<double>(const ParamSpec&, uint64_t, uint64_t, int64_t, double*);

}  // namespace hebb::graph
