// The float kernels for NEON.
#define HEBB_ISA_NS neon
#define HEBB_ISA_NAME "neon"
#include "kernels/isa/vec_neon.h"

#include "kernels/isa/table.inl"
