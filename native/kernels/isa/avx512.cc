// The float kernels for AVX-512 F, BW, DQ and VL.
#define HEBB_ISA_NS avx512
#define HEBB_ISA_NAME "avx512"
#include "kernels/isa/vec_avx512.h"

#include "kernels/isa/table.inl"
