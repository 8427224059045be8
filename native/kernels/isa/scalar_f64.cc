// The kernels in double precision, with libm's functions: the oracle of finite differences and of the parity tests.
#define HEBB_ISA_NS scalar_f64
#define HEBB_ISA_NAME "scalar_f64"
#define HEBB_REAL double
#define HEBB_F64
#include "kernels/isa/vec_scalar.h"

#include "kernels/isa/table.inl"
