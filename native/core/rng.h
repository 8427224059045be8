// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as
// 1, 2, 3"). The value at (seed, stream, counter) depends on nothing else, so any thread may draw any part.
#pragma once
#include <cmath>
#include <cstdint>

namespace hebb {

struct Philox {
  uint32_t key[2];
  uint64_t stream;

  explicit Philox(uint64_t seed, uint64_t stream_id = 0)
      : key{uint32_t(seed), uint32_t(seed >> 32)}, stream(stream_id) {}

  struct Block {
    uint32_t v[4];
  };

  // The block-th group of four 32-bit words.
  Block block(uint64_t index) const {
    uint32_t c0 = uint32_t(index), c1 = uint32_t(index >> 32), c2 = uint32_t(stream), c3 = uint32_t(stream >> 32);
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; ++round) {
      const uint64_t p0 = uint64_t(0xD2511F53u) * c0, p1 = uint64_t(0xCD9E8D57u) * c2;
      const uint32_t n0 = uint32_t(p1 >> 32) ^ c1 ^ k0, n2 = uint32_t(p0 >> 32) ^ c3 ^ k1;
      c1 = uint32_t(p1), c3 = uint32_t(p0), c0 = n0, c2 = n2;
      k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    return {{c0, c1, c2, c3}};
  }

  uint32_t u32(uint64_t i) const { return block(i >> 2).v[i & 3]; }
  uint64_t u64(uint64_t i) const {
    const Block b = block(i >> 1);
    return (i & 1) ? (uint64_t(b.v[3]) << 32 | b.v[2]) : (uint64_t(b.v[1]) << 32 | b.v[0]);
  }
  // Uniform in [0, 1), 24 bits.
  float uniform(uint64_t i) const { return float(u32(i) >> 8) * 0x1p-24f; }
  // Uniform in [0, 1), 53 bits.
  double uniform64(uint64_t i) const { return double(u64(i) >> 11) * 0x1p-53; }
  // Uniform integer in [0, bound), bound > 0, by multiplication (bias below bound / 2^64).
  uint64_t below(uint64_t i, uint64_t bound) const { return uint64_t((unsigned __int128)(u64(i)) * bound >> 64); }
  // Standard normal by Box-Muller on the two words of pair i / 2.
  double normal(uint64_t i) const {
    const Block b = block(i >> 1);
    const double u = (double(uint64_t(b.v[1]) << 32 | b.v[0]) + 1.0) * 0x1p-64;
    const double angle = 6.283185307179586476925 * (double(uint64_t(b.v[3]) << 32 | b.v[2]) * 0x1p-64);
    const double radius = std::sqrt(-2.0 * std::log(u));
    return (i & 1) ? radius * std::sin(angle) : radius * std::cos(angle);
  }
};

}  // namespace hebb
