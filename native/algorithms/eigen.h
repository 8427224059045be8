// The largest eigenvalues of a symmetric float64 matrix, with their vectors.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "algorithms/watch.h"
#include "core/status.h"
#include "core/thread_pool.h"

namespace hebb {

// Householder tridiagonalisation, implicit QL for the eigenvalues, inverse iteration for the wanted vectors (Golub and
// Van Loan, "Matrix Computations", 8.3 and 8.2.2). Any finite matrix will do, of whatever rank and scale.
class SymmetricEigen {
 public:
  // a: [n, n], destroyed; it must live as long as this.
  SymmetricEigen(Lease& lease, Watch watch, int64_t n, double* a)
      : lease_(lease), watch_(std::move(watch)), n_(n), a_(a) {}

  // All eigenvalues, descending. Fails on NaN and Infinity.
  Status values(std::vector<double>& out);
  // After `values`: those of the k largest, [k, n], orthonormal rows.
  Status vectors(int64_t k, std::vector<double>& out);

 private:
  Status tridiagonalize();
  bool inverse_iteration(int64_t j, double shift, double* q);

  Lease& lease_;
  Watch watch_;
  int64_t n_;
  double* a_;
  double unit_ = 1;                               // the matrix was divided by this
  double rounding_ = 0;                           // of the divided matrix
  std::vector<double> diagonal_, off_, reflect_;  // of the tridiagonal matrix; 2 / |v|^2 of the reflections
  std::vector<double> values_;                    // of the divided matrix, descending
  std::vector<double> work_;
};

// Makes the rows of q [rows, n], rows <= n, orthonormal, each by the ones before it. A row that depends on those is
// replaced by a direction drawn for its number.
void orthonormalize(Lease& lease, int64_t rows, int64_t n, double* q);

}  // namespace hebb
