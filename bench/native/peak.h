// The limit that products are held against: multiply-adds from registers only, no memory.
#pragma once

namespace bench {

// GFLOP/s of one thread, the best instruction set of this CPU; 0 where no loop exists for it.
double fma_peak_gflops();
// The same for bf16 pairs (vdpbf16ps) and bytes (vpdpbusd), in GFLOP/s or GOP/s; 0 where the CPU has no such instruction.
double bf16_peak_gflops();
double int8_peak_gops();
// The name of the FMA loop: "avx512", "avx2", "neon".
const char* fma_peak_isa();

}  // namespace bench
