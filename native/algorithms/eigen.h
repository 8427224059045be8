// The largest eigenvalues of a symmetric float64 matrix, with their vectors.
#pragma once
#include <cstdint>
#include <vector>

#include "core/thread_pool.h"

namespace hebb {

// Householder tridiagonalisation, implicit QL for the eigenvalues, inverse iteration for the wanted vectors (Golub and
// Van Loan, "Matrix Computations", 8.3 and 8.2.2). a: [n, n], destroyed. values: the k largest, descending; vectors:
// [k, n], orthonormal rows. False when QL does not converge (a matrix with NaN).
bool symmetric_eigen(Lease& lease, int64_t n, double* a, int64_t k, std::vector<double>& values,
                     std::vector<double>& vectors);

// Makes the `rows` rows of q [rows, n] orthonormal, by modified Gram-Schmidt done twice; rows without anything left
// become 0.
void orthonormalize(Lease& lease, int64_t rows, int64_t n, double* q);

}  // namespace hebb
