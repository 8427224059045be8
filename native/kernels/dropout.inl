// Inverted dropout (Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014) with a counter-based mask.
namespace hebb {
namespace HEBB_ISA_NS {

// Three multiply-xorshift rounds over 32-bit lanes; a word of the key enters before each, so that masks of different
// keys are no permutations of each other. Shifts and multipliers: "triple32" of Wellons 2018, "Prospecting for hash
// functions", without its last shift, which would mix the low bits: the upper 24 are used.
static inline IVec hash_lanes(IVec counter, IVec k0, IVec k1, IVec k2) {
  IVec h = counter ^ k0;
  h = (h ^ shr<17>(h)) * iset1(0xed5ad4bbu);
  h = xor3(h, shr<11>(h), k1) * iset1(0xac4c1b51u);
  return xor3(h, shr<15>(h), k2) * iset1(0x31848babu);
}

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
static inline uint64_t mix64(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static void dropout_run(int64_t n, const real* x, real* y, real p, uint64_t key, uint64_t first, bool accumulate) {
  // The upper half of the counter is the same for the whole run and goes into the key.
  const uint64_t a = mix64(key + 0x9e3779b97f4a7c15u * (1 + (first >> 32))), b = mix64(a + 0x9e3779b97f4a7c15u);
  const IVec k0 = iset1(uint32_t(a)), k1 = iset1(uint32_t(a >> 32)), k2 = iset1(uint32_t(b));
  const Vec factor = set1(real(1) / (real(1) - p));
  // The smallest 24-bit word that is kept. From p in float also for the double table: the same mask.
  const float scaled = float(p) * 0x1p24f;
  const IVec limit = iset1(uint32_t(scaled) + (float(uint32_t(scaled)) < scaled ? 1 : 0));
  for_vectors(n, [&](int64_t i, auto io) {
    const IVec h = hash_lanes(iota(uint32_t(first) + uint32_t(i)), k0, k1, k2);
    const Vec v = select(lt_signed(shr<8>(h), limit), zero(), io(x + i) * factor);
    io(y + i, accumulate ? io(y + i) + v : v);
  });
}

// keep(i) = (upper 24 bits of hash(key, first + i)) / 2^24 >= p. The counter has 64 bits: cut where its lower half
// wraps.
static void dropout(int64_t n, const real* x, real* y, real p, uint64_t key, uint64_t first, bool accumulate) {
  while (n > 0) {
    const uint64_t room = (uint64_t(1) << 32) - (first & 0xffffffffu);
    const int64_t part = uint64_t(n) < room ? n : int64_t(room);
    dropout_run(part, x, y, p, key, first, accumulate);
    x += part, y += part, first += uint64_t(part), n -= part;
  }
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
