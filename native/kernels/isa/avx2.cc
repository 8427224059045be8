// The float kernels for AVX2 and FMA.
#define HEBB_ISA_NS avx2
#define HEBB_ISA_NAME "avx2"
#include "kernels/isa/vec_avx2.h"
#define HEBB_GEMM_CHAIN "kernels/isa/gemm_avx2.inl"
#define HEBB_DISTANCE_SUMS "kernels/isa/distance_avx2.inl"

#include "kernels/isa/table.inl"
