#include "algorithms/tsne.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace hebb {

namespace {

constexpr int64_t kMostMoved = 256;  // points that attract and move together: their state stays in the L1 cache
constexpr int64_t kDenseGrain = 32;
// Storage follows the Morton curve of the map, so that neighbours are near in memory; the map changes most at first.
constexpr int64_t kReorderEvery = 50;

// A few chunks for each of many threads, where there are points enough.
int64_t move_grain(int64_t n) { return std::clamp<int64_t>(n / 256, 32, kMostMoved); }

double sum_in_order(const std::vector<double>& partial) {
  double sum = 0;
  for (double v : partial) sum += v;
  return sum;
}

}  // namespace

Status TsneOptimizer::allocate(int64_t n, int dims, const float* start) {
  n_ = n;
  dims_ = dims;
  stride_ = SpaceTree::stride(dims);
  iteration_ = next_reorder_ = 0;
  const size_t size = size_t(n * stride_);
  ids_.resize(size_t(n));
  for (int64_t i = 0; i < n; ++i) ids_[size_t(i)] = int32_t(i);
  for (auto* v : {&position_, &next_, &velocity_, &repulsion_}) v->assign(size, 0.0f);
  gains_.assign(size, 1.0f);
  set_embedding(start);
  return {};
}

Status TsneOptimizer::begin(Lease&, const Kernels& kernels, SparseAffinities&& p, int dims, double theta,
                            const float* start) {
  kernels_ = &kernels;
  theta_ = theta;
  starts_ = std::move(p.starts);
  columns_ = std::move(p.columns);
  values_ = std::move(p.values);
  entropy_ = p.entropy;
  total_ = p.total;
  const size_t entries = size_t(starts_[size_t(p.n)]);
  if (!other_columns_.resize(entries * sizeof(int32_t)) || !other_values_.resize(entries * sizeof(float))) {
    return Status::out_of_memory("Expected memory for the affinities, received none from the system.");
  }
  HEBB_RETURN_IF_ERROR(allocate(p.n, dims, start));
  int32_t* columns = columns_.as<int32_t>();
  for (size_t e = 0; e < entries; ++e) columns[e] *= stride_;
  return {};
}

Status TsneOptimizer::begin_exact(Lease&, const Kernels& kernels, int64_t n, AlignedBuffer&& p, double entropy,
                                  int dims, const float* start) {
  kernels_ = &kernels;
  dense_p_ = std::move(p);
  entropy_ = entropy;
  total_ = 1;
  HEBB_RETURN_IF_ERROR(allocate(n, dims, start));
  attraction_.assign(size_t(n * stride_), 0.0f);
  return {};
}

void TsneOptimizer::set_embedding(const float* y) {
  const float scale = float(1 / std::sqrt(dof_));
  for (int64_t i = 0; i < n_; ++i) {
    for (int c = 0; c < dims_; ++c)
      position_[size_t(i * stride_ + c)] = y[int64_t(ids_[size_t(i)]) * dims_ + c] * scale;
  }
  std::fill(velocity_.begin(), velocity_.end(), 0.0f);
  std::fill(gains_.begin(), gains_.end(), 1.0f);
  measure_bounds();
}

void TsneOptimizer::copy_embedding(float* out) const {
  const float scale = float(std::sqrt(dof_));
  for (int64_t i = 0; i < n_; ++i) {
    for (int c = 0; c < dims_; ++c)
      out[int64_t(ids_[size_t(i)]) * dims_ + c] = position_[size_t(i * stride_ + c)] * scale;
  }
}

namespace {

template <int S, class B>
B bounds_of(int64_t n, const float* points) {
  B box;
  for (int c = 0; c < 4; ++c) {
    box.low[c] = std::numeric_limits<float>::infinity();
    box.high[c] = -std::numeric_limits<float>::infinity();
  }
  for (int64_t i = 0; i < n; ++i) {
    for (int c = 0; c < S; ++c) {
      const float x = points[i * S + c];
      box.low[c] = x < box.low[c] ? x : box.low[c];
      box.high[c] = x > box.high[c] ? x : box.high[c];
    }
  }
  return box;
}

}  // namespace

void TsneOptimizer::measure_bounds() {
  box_ = stride_ == 2 ? bounds_of<2, Bounds>(n_, position_.data()) : bounds_of<4, Bounds>(n_, position_.data());
}

Status TsneOptimizer::compute_forces(Lease& lease) {
  if (!dense()) return compute_repulsion(lease);
  compute_dense(lease);
  return {};
}

Status TsneOptimizer::compute_repulsion(Lease& lease) {
  float width = 0;
  for (int c = 0; c < dims_; ++c) width = std::max(width, box_.high[c] - box_.low[c]);
  width *= 1.0001f;
  if (iteration_ >= next_reorder_) {
    tree_.sort(lease, dims_, n_, position_.data(), box_.low, width);
    reorder(lease);
    next_reorder_ = iteration_ + kReorderEvery;
  }
  if (grid_wanted_ && GridRepulsion::fits(width, power())) {
    HEBB_RETURN_IF_ERROR(
        grid_.compute(lease, *kernels_, n_, position_.data(), box_.low, width, power(), repulsion_.data(), &z_));
  } else {
    compute_tree(lease, width);
  }
  z_ = std::max(z_, 1e-30);
  return {};
}

void TsneOptimizer::compute_tree(Lease& lease, float width) {
  const TsneKernels& tsne = *kernels_->tsne;
  tree_.build(lease, dims_, n_, position_.data(), box_.low, width, theta_, tsne.group);
  const int64_t groups = chunk_count(n_, tsne.group);
  const int64_t grain = std::max<int64_t>(1, groups / 256) * tsne.group;
  partial_.assign(size_t(chunk_count(n_, grain)), 0.0);
  parallel_range(lease, n_, grain, [&](int64_t begin, int64_t end, int) {
    partial_[size_t(begin / grain)] =
        tsne.repulsion[dims_ - 2](tree_.nodes(), tree_.node_count(), tree_.planar(), begin, end, tree_.order(),
                                  float(power()), repulsion_.data());
  });
  z_ = sum_in_order(partial_);
}

void TsneOptimizer::compute_dense(Lease& lease) {
  for (int c = 0; c < dims_; ++c) {
    planar_[c].resize(size_t(n_));
    for (int64_t i = 0; i < n_; ++i) planar_[c][size_t(i)] = position_[size_t(i * stride_ + c)];
  }
  const float* planar[3] = {planar_[0].data(), planar_[1].data(), planar_[2].data()};
  partial_.assign(size_t(chunk_count(n_, kDenseGrain)), 0.0);
  parallel_range(lease, n_, kDenseGrain, [&](int64_t begin, int64_t end, int) {
    partial_[size_t(begin / kDenseGrain)] = kernels_->tsne->dense[dims_ - 2](
        begin, end, position_.data(), n_, planar, dense_p_.as<float>() + begin * n_, n_, float(power()),
        attraction_.data() + begin * stride_, repulsion_.data() + begin * stride_);
  });
  z_ = std::max(sum_in_order(partial_) - double(n_), 1e-30);
}

void TsneOptimizer::attract(int64_t begin, int64_t end, float* out) const {
  if (dense()) {
    std::memcpy(out, attraction_.data() + begin * stride_, size_t((end - begin) * stride_) * sizeof(float));
  } else {
    kernels_->tsne->attraction[dims_ - 2](begin, end, starts_.data(), columns_.as<int32_t>(), values_.as<float>(),
                                          position_.data(), out);
  }
}

// Sum of p log(1 + d^2 / dof), hence KL = sum p log p + power times that + log Z sum p.
double TsneOptimizer::compute_cost(Lease& lease) {
  const int64_t grain = dense() ? kDenseGrain : move_grain(n_);
  std::vector<double> partial(size_t(chunk_count(n_, grain)), 0.0);
  const float* planar[3] = {planar_[0].data(), planar_[1].data(), planar_[2].data()};
  parallel_range(lease, n_, grain, [&](int64_t begin, int64_t end, int) {
    const TsneKernels& tsne = *kernels_->tsne;
    partial[size_t(begin / grain)] = dense() ? tsne.dense_cost[dims_ - 2](begin, end, position_.data(), n_, planar,
                                                                          dense_p_.as<float>() + begin * n_, n_)
                                             : tsne.cost[dims_ - 2](begin, end, starts_.data(), columns_.as<int32_t>(),
                                                                    values_.as<float>(), position_.data());
  });
  return entropy_ + power() * sum_in_order(partial) + total_ * std::log(z_);
}

double TsneOptimizer::move(Lease& lease, const TsneStep& step) {
  TsneUpdate update{};
  const double factor = power() / dof_;  // of the gradient, see the head of tsne.h
  update.exaggeration = float(factor * step.exaggeration);
  update.inverse_z = float(factor / z_);
  update.momentum = float(step.momentum);
  update.learning_rate = float(step.learning_rate);
  update.min_gain = float(step.min_gain);
  update.max_step = std::numeric_limits<float>::infinity();
  const int64_t grain = move_grain(n_), chunks = chunk_count(n_, grain);
  partial_.assign(size_t(chunks), 0.0);
  bounds_.resize(size_t(chunks));
  parallel_range(lease, n_, grain, [&](int64_t begin, int64_t end, int) {
    float pull[kMostMoved * 4];
    attract(begin, end, pull);
    const int64_t at = begin * stride_, count = (end - begin) * stride_;
    partial_[size_t(begin / grain)] =
        kernels_->tsne->update(count, update, pull, repulsion_.data() + at, velocity_.data() + at, gains_.data() + at,
                               position_.data() + at, next_.data() + at);
    bounds_[size_t(begin / grain)] = stride_ == 2 ? bounds_of<2, Bounds>(end - begin, next_.data() + at)
                                                  : bounds_of<4, Bounds>(end - begin, next_.data() + at);
  });
  position_.swap(next_);
  box_ = bounds_[0];
  for (const Bounds& b : bounds_) {
    for (int c = 0; c < stride_; ++c) {
      box_.low[c] = std::min(box_.low[c], b.low[c]);
      box_.high[c] = std::max(box_.high[c], b.high[c]);
    }
  }
  return std::sqrt(dof_ * sum_in_order(partial_));
}

// Moves all state into the order of the tree that was just built.
void TsneOptimizer::reorder(Lease& lease) {
  const int32_t* order = tree_.order();
  std::vector<int32_t> place(static_cast<size_t>(n_)), ids(static_cast<size_t>(n_));
  std::vector<int64_t> starts(static_cast<size_t>(n_ + 1));
  for (int64_t i = 0; i < n_; ++i) {
    const int32_t old = order[i];
    place[size_t(old)] = int32_t(i) * stride_;
    ids[size_t(i)] = ids_[size_t(old)];
    starts[size_t(i + 1)] = starts[size_t(i)] + starts_[size_t(old + 1)] - starts_[size_t(old)];
  }
  const int shift = stride_ == 2 ? 1 : 2;
  const auto permute = [&](std::vector<float>& state) {
    for (int64_t i = 0; i < n_; ++i) {
      std::memcpy(&next_[size_t(i * stride_)], &state[size_t(int64_t(order[i]) * stride_)],
                  size_t(stride_) * sizeof(float));
    }
    state.swap(next_);
  };
  parallel_range(lease, n_, 512, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t from = starts_[size_t(order[i])], to = starts[size_t(i)], count = starts[size_t(i + 1)] - to;
      const int32_t* source = columns_.as<int32_t>() + from;
      int32_t* target = other_columns_.as<int32_t>() + to;
      for (int64_t e = 0; e < count; ++e) target[e] = place[size_t(source[e] >> shift)];
      // A map without edges has no arrays.
      if (count > 0) {
        std::memcpy(other_values_.as<float>() + to, values_.as<float>() + from, size_t(count) * sizeof(float));
      }
    }
  });
  std::swap(columns_, other_columns_);
  std::swap(values_, other_values_);
  permute(position_);
  permute(velocity_);
  permute(gains_);
  starts_.swap(starts);
  ids_.swap(ids);
}

Status TsneOptimizer::iterate(Lease& lease, const TsneStep& step, bool want_cost, TsneResult& result) {
  HEBB_RETURN_IF_ERROR(compute_forces(lease));
  result = {};
  if (want_cost) result.kl_divergence = compute_cost(lease);
  result.gradient_norm = move(lease, step);
  ++iteration_;
  return {};
}

Status TsneOptimizer::kl_divergence(Lease& lease, double& kl) {
  HEBB_RETURN_IF_ERROR(compute_forces(lease));
  kl = compute_cost(lease);
  return {};
}

Status TsneOptimizer::forces(Lease& lease, double* attraction, double* repulsion, double* z) {
  HEBB_RETURN_IF_ERROR(compute_forces(lease));
  *z = z_;
  const double factor = power() / std::sqrt(dof_);
  std::vector<float> pull(size_t(kMostMoved * stride_));
  for (int64_t begin = 0; begin < n_; begin += kMostMoved) {
    const int64_t end = std::min(n_, begin + kMostMoved);
    attract(begin, end, pull.data());
    for (int64_t i = begin; i < end; ++i) {
      for (int c = 0; c < dims_; ++c) {
        const int64_t at = int64_t(ids_[size_t(i)]) * dims_ + c;
        attraction[at] = factor * pull[size_t((i - begin) * stride_ + c)];
        repulsion[at] = factor * repulsion_[size_t(i * stride_ + c)] / z_;
      }
    }
  }
  return {};
}

}  // namespace hebb
