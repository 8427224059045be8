// Input affinities of t-SNE: Gaussian neighbourhoods of one perplexity, symmetrised (van der Maaten & Hinton 2008).
#pragma once
#include <cstdint>
#include <vector>

#include "algorithms/watch.h"
#include "core/arena.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"
#include "kernels/tsne_kernels.h"

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

inline int64_t padded_entries(int64_t count) { return (count + kTsneRowPad - 1) / kTsneRowPad * kTsneRowPad; }
// Entropy and total from the values.
void sum_up(Lease& lease, SparseAffinities& p);

// The same rows without padding, columns ascending: what callers are given and give.
struct AffinityRows {
  std::vector<int32_t> starts;  // [n + 1]
  std::vector<int32_t> columns;
  std::vector<float> values;
};

// All of these end early when `watch` says so; what they leave is then of no use, and `watch.status()` tells.

// Replaces each row of k distances (not squared, nearest first) by p_j|i, whose perplexity is the one asked for as near
// as the row allows: k equal distances give 1 / k whatever was asked. Requires 1 <= perplexity <= k.
void calibrate(Lease& lease, const Kernels& kernels, int64_t n, int64_t k, double perplexity, float* rows,
               const Watch& watch = {});

// The same on rows of n distances, that of a row to itself left out (p = 0). For the exact method.
void calibrate_dense(Lease& lease, const Kernels& kernels, int64_t n, double perplexity, float* rows,
                     const Watch& watch = {});

// From neighbour lists [n, k] and p_j|i [n, k].
Status symmetrize(Lease& lease, int64_t n, int64_t k, const int32_t* indices, const float* conditional,
                  SparseAffinities& out, const Watch& watch = {});

// In place on [n, n]; returns the sum of p log p.
double symmetrize_dense(Lease& lease, int64_t n, float* p, const Watch& watch = {});

// Fails when there are more entries than int32 counts.
Status strip_padding(const SparseAffinities& padded, AffinityRows& rows);

// Fails unless the rows are those of affinities: columns ascending and without the row itself, values of at least 0,
// symmetric, with a sum of 1.
Status pad_affinities(Lease& lease, const AffinityRows& rows, SparseAffinities& out, const Watch& watch = {});

}  // namespace hebb
