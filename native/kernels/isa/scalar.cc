// The float kernels for any CPU; the reference of the parity tests.
#define HEBB_ISA_NS scalar
#define HEBB_ISA_NAME "scalar"
#include "kernels/isa/vec_scalar.h"

#include "kernels/isa/table.inl"
