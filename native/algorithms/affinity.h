// Input affinities of t-SNE: Gaussian neighbourhoods of one perplexity, symmetrised (van der Maaten & Hinton 2008).
#pragma once
#include <cstdint>
#include <vector>

#include "core/arena.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb {

// p_ij = (p_j|i + p_i|j) / 2n as compressed rows, each padded to a multiple of kTsneRowPad with its own column, value
// 0.
struct SparseAffinities {
  int64_t n = 0;
  std::vector<int64_t> starts;  // [n + 1]
  AlignedBuffer columns;        // int32
  AlignedBuffer values;         // float
  double entropy = 0;           // sum of p log p
  double total = 0;             // sum of p
};

// Replaces each row of k distances (not squared, nearest first) by p_j|i, whose perplexity is the one asked for as near
// as the row allows: k equal distances give 1 / k whatever was asked. Requires 1 <= perplexity <= k.
void calibrate(Lease& lease, const Kernels& kernels, int64_t n, int64_t k, double perplexity, float* rows);

// The same on rows of n distances of which one, `self` = row + first_row, is left out (p = 0). For the exact method.
void calibrate_dense(Lease& lease, const Kernels& kernels, int64_t n, double perplexity, float* rows);

// From neighbour lists [n, k] and p_j|i [n, k].
Status symmetrize(Lease& lease, int64_t n, int64_t k, const int32_t* indices, const float* conditional,
                  SparseAffinities& out);

// In place on [n, n]; returns the sum of p log p.
double symmetrize_dense(Lease& lease, int64_t n, float* p);

}  // namespace hebb
