// A loop of nothing but independent multiply-adds in registers: the ceiling that GEMM is held against.
namespace hebb {
namespace HEBB_ISA_NS {

// Enough chains to cover latency x ports (4-5 cycles x 2) on every CPU we know, few enough for 16 registers.
static constexpr int kPeakChains = 12;

// Runs `iterations` rounds and stores one value of the result to *sink, so that nothing can be left out. Returns the
// floating-point operations done: a multiply-add counts as two.
static double peak_fma_loop(int64_t iterations, real* sink) {
  Vec chain[kPeakChains];
  for (int i = 0; i < kPeakChains; ++i) chain[i] = set1(real(i));
  const Vec a = set1(real(0.999)), b = set1(real(1e-3));
  for (int64_t k = 0; k < iterations; ++k) {
    for (int i = 0; i < kPeakChains; ++i) chain[i] = fma(chain[i], a, b);
  }
  Vec total = zero();
  for (int i = 0; i < kPeakChains; ++i) total = total + chain[i];
  *sink = reduce_add(total);
  return double(iterations) * kPeakChains * Vec::W * 2;
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
