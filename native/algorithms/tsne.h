// The optimiser of t-SNE: on a sparse P by a tree (Barnes-Hut) or a grid, or exact on a dense one.
//
// The gradient is that of bhtsne and openTSNE, sum over j of (p_ij - q_ij) (y_i - y_j) / (1 + |y_i - y_j|^2), without
// the factor 4 of the paper: learning rates are 4 times scikit-learn's for the same step. With `dof` degrees of freedom
// (van der Maaten 2009; 1 is the usual kernel) it is
//   (dof + 1) / (2 dof) * sum over j of (p_ij - q_ij) (y_i - y_j) / (1 + |y_i - y_j|^2 / dof).
// Positions are stored as u = y / sqrt(dof): the kernels then see 1 + |u_i - u_j|^2 for any dof, and a step of u with
// the gradient of y over sqrt(dof) is the step of y.
#pragma once
#include <cstdint>
#include <vector>

#include "algorithms/affinity.h"
#include "algorithms/grid_repulsion.h"
#include "algorithms/space_tree.h"
#include "core/arena.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb {

struct TsneStep {
  double exaggeration = 1;
  double momentum = 0.8;
  double learning_rate = 200;
  double min_gain = 0.01;
};

struct TsneResult {
  double gradient_norm = 0;  // of the step that was made
  double kl_divergence = 0;  // before the step, without exaggeration; only when asked for
};

class TsneOptimizer {
 public:
  // Degrees of freedom of the map's kernel, before `begin`.
  void set_dof(double dof) { dof_ = dof; }
  // Barnes-Hut with cells of full width / distance below theta.
  Status begin(Lease& lease, const Kernels& kernels, SparseAffinities&& affinities, int dims, double theta,
               const float* start);
  // After `begin` in two dimensions: repulsion by a grid in place of the tree, as long as the map is not too wide for
  // one.
  void use_grid(bool wanted) { grid_wanted_ = wanted; }
  // Exact: p is [n, n], symmetric, with `entropy` = sum of p log p.
  Status begin_exact(Lease& lease, const Kernels& kernels, int64_t n, AlignedBuffer&& p, double entropy, int dims,
                     const float* start);

  int64_t points() const { return n_; }
  int dims() const { return dims_; }
  int64_t iterations() const { return iteration_; }
  Status iterate(Lease& lease, const TsneStep& step, bool want_cost, TsneResult& result);
  // Of the present map.
  Status kl_divergence(Lease& lease, double& kl);
  // The map, [n, dims], in the order of the input.
  void copy_embedding(float* out) const;
  // Replaces the map and forgets velocities and gains.
  void set_embedding(const float* y);
  // The gradient's parts for tests: attraction and repulsion / Z of the present map, [n, dims], input order.
  Status forces(Lease& lease, double* attraction, double* repulsion, double* z);

 private:
  Status allocate(int64_t n, int dims, const float* start);
  void measure_bounds();
  Status compute_forces(Lease& lease);
  Status compute_repulsion(Lease& lease);
  void compute_tree(Lease& lease, float width);
  void compute_dense(Lease& lease);
  double compute_cost(Lease& lease);
  void attract(int64_t begin, int64_t end, float* out) const;
  double move(Lease& lease, const TsneStep& step);
  void reorder(Lease& lease);
  double power() const { return (dof_ + 1) / 2; }
  bool dense() const { return dense_p_.data() != nullptr; }

  const Kernels* kernels_ = nullptr;
  int64_t n_ = 0;
  int dims_ = 2, stride_ = 2;
  double theta_ = 0.5, dof_ = 1;
  int64_t iteration_ = 0;
  int64_t next_reorder_ = 0;

  std::vector<int64_t> starts_;
  AlignedBuffer columns_, values_, other_columns_, other_values_;
  AlignedBuffer dense_p_;
  double entropy_ = 0, total_ = 1;

  std::vector<int32_t> ids_;  // input index of the point in each storage place
  std::vector<float> position_, next_, velocity_, gains_, repulsion_, attraction_;
  std::vector<float> planar_[3];
  std::vector<double> partial_;
  struct Bounds {
    float low[4], high[4];
  };
  std::vector<Bounds> bounds_;
  Bounds box_{};
  double z_ = 1;
  SpaceTree tree_;
  bool grid_wanted_ = false;
  GridRepulsion grid_;
};

}  // namespace hebb
