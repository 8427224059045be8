// Linear-chain conditional random field (Lafferty, McCallum, Pereira 2001): inference on one sequence.
//
//   score(y) = start[y0] + sum_i e[i, y_i] + sum_{i>0} A[y_{i-1}, y_i] + end[y_{n-1}]
//
// n positions, T tags, rows of P >= T values (P a multiple of 8). A transition at or below kForbidden cannot be taken;
// somebody must see to it that some path can. Emissions are finite.
#pragma once
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"

namespace hebb {

constexpr double kForbidden = -1e8;

inline int64_t crf_stride(int64_t tags) { return (tags + 7) / 8 * 8; }

// Transition scores and what the recursions make of them.
template <class T>
class CrfTransitions {
 public:
  explicit CrfTransitions(int64_t tags);

  int64_t tags() const { return tags_; }
  int64_t stride() const { return stride_; }
  // [tags, stride]: from, to; [stride] each. After writing through these call refresh().
  std::vector<T> scores, start, end;
  void refresh();

  // exp of the scores, and its transpose; 0 where forbidden and in the padding
  std::vector<T> exp_scores, exp_transposed, exp_start, exp_end;
  // The largest |score| of a transition that can be taken.
  double largest() const { return largest_; }

 private:
  int64_t tags_, stride_;
  double largest_ = 0;
};

// Buffers of the recursions, kept between sequences.
template <class T>
struct CrfWorkspace {
  std::vector<T> p, alpha, beta, scale, peak, u, sums, delta;
  std::vector<double> log_alpha, log_beta;
};

// Where posterior() adds expected counts; any may be null.
template <class T>
struct CrfExpectations {
  T* nodes = nullptr;   // [n, P], overwritten: P(y_i = t)
  T* pairs = nullptr;   // [T, P], added to: expected number of each transition
  T* starts = nullptr;  // [P], added to
  T* ends = nullptr;    // [P], added to
};

// log of the sum over paths of exp(score), and expectations under the model. `masks`, when given, holds for each
// position a row of P values of 0 or 1: paths through a 0 are left out (partial labels). -infinity when no path is
// left; then nothing is written.
template <class T>
double crf_posterior(const KernelTable<T>& kernels, const CrfTransitions<T>& transitions, int64_t n, const T* emissions,
                     const T* const* masks, CrfWorkspace<T>& workspace, const CrfExpectations<T>& out);

// The best path, and its score. Of equal paths the one with the smallest tags from the end backwards.
template <class T>
double crf_viterbi(const KernelTable<T>& kernels, const CrfTransitions<T>& transitions, int64_t n, const T* emissions,
                   CrfWorkspace<T>& workspace, int32_t* path);

// The score of one path.
template <class T>
double crf_path_score(const CrfTransitions<T>& transitions, int64_t n, const T* emissions, const int32_t* path);

// P(y_i = path[i] for all i in [begin, end)), exactly (Culotta and McCallum 2004), from the recursions that the last
// crf_posterior without masks left in the workspace.
template <class T>
double crf_segment_probability(const CrfTransitions<T>& transitions, int64_t n, const T* emissions,
                               const CrfWorkspace<T>& workspace, const int32_t* path, int64_t begin, int64_t end);

}  // namespace hebb
