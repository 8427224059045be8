// Kernels of linear-chain CRFs over sparse features. Included through kernels.h's forward declaration.
//
// Shapes: n positions, T tags, rows of P >= T floats (P a multiple of 8; lanes from T to P are padding). A chain is
// kept in probability space with one scale a position (Rabiner 1989): p[i, t] = exp(emission[i, t] - max_t), 0 in the
// padding.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace hebb {

// 64 of the hashed features: which of them have a row, and the number of rows before them.
struct CrfIndexEntry {
  uint64_t present;
  uint32_t before, unused;
};

template <class Real>
struct CrfKernels {
  // rows[0 .. result) = the rows of those features that have one, in their order; a feature's slot is its top `bits`
  // bits.
  int64_t (*find_rows)(int64_t count, const uint64_t* features, int bits, const CrfIndexEntry* index, uint32_t* rows);
  // out[P] += sum over k of table[rows[k] * P ...], in the order of k.
  void (*sum_rows)(int64_t count, const uint32_t* rows, const Real* table, int64_t P, Real* out);
  // AdaGrad (Duchi, Hazan, Singer 2011) ascent on some rows, one after the other:
  //   squares[r] += g^2 ; table[r] += lr * g / sqrt(squares[r]), with g = gradient - l2 * table[r].
  void (*adagrad_rows)(int64_t count, const uint32_t* rows, Real* table, Real* squares, int64_t P, const Real* gradient,
                       Real lr, Real l2);
  // Returns the largest difference between two values of one position.
  // peak[i] = max over t < T of x[i, t]; y[i, t] = x[i, t] - peak[i], and -1e30 in the padding (so that exp gives 0).
  Real (*subtract_peak)(int64_t n, int64_t T, int64_t P, const Real* x, Real* y, Real* peak);
  // alpha[0] = start * p[0], alpha[i] = (alpha[i-1] M) * p[i], each divided by its sum scale[i]. M is T x P.
  // False when a sum leaves [1e-30, 1e30]: the caller then works in log space.
  bool (*forward)(int64_t n, int64_t T, int64_t P, const Real* M, const Real* start, const Real* p, Real* alpha,
                  Real* scale);
  // beta[n-1] is given; beta[i-1] = M (p[i] * beta[i]) / scale[i]. Mt is M transposed, T x P. u is scratch of P values.
  // False when a value passes 1e15.
  bool (*backward)(int64_t n, int64_t T, int64_t P, const Real* Mt, const Real* p, const Real* scale, Real* beta,
                   Real* u);
  // pairs[s, t] += M[s, t] * sum over i >= 1 of alpha[i-1, s] * p[i, t] * beta[i, t] / scale[i]: the expected counts of
  // each transition. pairs is T x P; sums is scratch of T x P and u of P values.
  void (*pair_sums)(int64_t n, int64_t T, int64_t P, const Real* alpha, const Real* p, const Real* beta,
                    const Real* scale, const Real* M, Real* pairs, Real* sums, Real* u);
  // y = a * b over n elements
  void (*multiply)(int64_t n, const Real* a, const Real* b, Real* y);
  // delta[0] = start + e[0]; delta[i, t] = max over s of (delta[i-1, s] + A[s, t]) + e[i, t]. A is T x P.
  void (*viterbi)(int64_t n, int64_t T, int64_t P, const Real* A, const Real* start, const Real* e, Real* delta);
};

}  // namespace hebb
