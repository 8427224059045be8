#include "algorithms/tsne_session.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "algorithms/pca.h"
#include "core/rng.h"

namespace hebb {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kStartDeviation = 1e-4;  // standard deviation of the first coordinate of the start (scikit-learn's)
constexpr int64_t kCheckEvery = 50;       // iterations between two looks at the KL divergence

Status aborted() { return Status::aborted("The operation was aborted."); }

// Rows of x, or the rows of a distance matrix taken as features, projected on their first principal components.
Status principal_start(Lease& lease, const Kernels& kernels, const TsneSetup& s, const CancelFlag& cancel,
                       std::vector<float>& start) {
  PcaOptions options;
  options.components = std::min<int64_t>(s.dims, std::min(s.n, s.columns));
  options.watch.cancel = &cancel;
  options.seed = s.seed;
  if (std::min(s.n, s.columns) > 1024) {
    options.solver = PcaSolver::randomized;
    options.power_iterations = 12;
  }
  PcaModel model;
  HEBB_RETURN_IF_ERROR(pca_fit(lease, kernels, s.x, s.n, s.columns, options, model));
  std::vector<float> projected(static_cast<size_t>(s.n * options.components));
  HEBB_RETURN_IF_ERROR(pca_transform(lease, kernels, s.x, s.n, model, nullptr, projected.data()));
  const double deviation = std::sqrt(model.variance[0]);
  const double factor = deviation > 0 ? kStartDeviation / deviation : 0;
  Philox rng(s.seed, 11);
  for (int64_t i = 0; i < s.n; ++i) {
    for (int c = 0; c < s.dims; ++c) {
      const int64_t at = i * s.dims + c;
      // Equal points, and axes that the data do not have, get a start of their own, or nothing could part them.
      const double noise = kStartDeviation * 1e-2 * rng.normal(uint64_t(at));
      const double p = c < options.components ? projected[size_t(i * options.components + c)] * factor : 0;
      start[size_t(at)] = float(factor > 0 && c < options.components ? p + noise * 1e-2 : noise * 1e2);
    }
  }
  return {};
}

}  // namespace

Status TsneSession::make_start(Lease& lease, const TsneSetup& s, const CancelFlag& cancel,
                               std::vector<float>& start) const {
  start.resize(size_t(s.n * s.dims));
  if (s.start == TsneStart::given) {
    std::copy(s.given, s.given + s.n * s.dims, start.begin());
    return {};
  }
  if (s.start == TsneStart::pca && s.kind != TsneInputKind::neighbors) {
    return principal_start(lease, *kernels_, s, cancel, start);
  }
  Philox rng(s.seed, 10);
  for (size_t i = 0; i < start.size(); ++i) start[i] = float(kStartDeviation * rng.normal(i));
  return {};
}

Status TsneSession::prepare(const Kernels& kernels, const TsneSetup& setup, const CancelFlag& cancel,
                            const TsneReport& report) {
  kernels_ = &kernels;
  threads_ = setup.threads;
  Lease lease = ThreadPool::instance().lease(threads_);
  const int64_t values = setup.n * setup.columns;
  if (kernels.find_nonfinite(values, setup.x) >= 0) {
    return Status::non_finite("Expected finite values, received NaN or Infinity.");
  }
  optimizer_.set_dof(setup.dof);
  std::vector<float> start;
  report(TsneStage::start, 0, kNan, kNan);
  HEBB_RETURN_IF_ERROR(make_start(lease, setup, cancel, start));
  if (cancel.is_requested()) return aborted();
  return setup.method == TsneMethod::exact ? prepare_exact(lease, setup, cancel, report, start)
                                           : prepare_sparse(lease, setup, cancel, report, start);
}

namespace {

// The k nearest of each row of a distance matrix, the diagonal left out.
void nearest_of_matrix(Lease& lease, int64_t n, int64_t k, const float* d, int32_t* indices, float* distances) {
  parallel_range(lease, n, 16, [&](int64_t begin, int64_t end, int) {
    std::vector<int32_t> order(static_cast<size_t>(n - 1));
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t j = 0, at = 0; j < n; ++j) {
        if (j != i) order[size_t(at++)] = int32_t(j);
      }
      const float* row = d + i * n;
      std::partial_sort(order.begin(), order.begin() + k, order.end(),
                        [&](int32_t a, int32_t b) { return row[a] != row[b] ? row[a] < row[b] : a < b; });
      for (int64_t j = 0; j < k; ++j) {
        indices[i * k + j] = order[size_t(j)];
        distances[i * k + j] = row[order[size_t(j)]];
      }
    }
  });
}

}  // namespace

Status TsneSession::prepare_sparse(Lease& lease, const TsneSetup& s, const CancelFlag& cancel, const TsneReport& report,
                                   const std::vector<float>& start) {
  const int64_t k =
      s.kind == TsneInputKind::neighbors ? s.columns : std::min<int64_t>(s.n - 1, int64_t(3 * s.perplexity));
  std::vector<int32_t> indices(static_cast<size_t>(s.n * k));
  std::vector<float> distances(static_cast<size_t>(s.n * k));
  report(TsneStage::neighbors, 0, kNan, kNan);
  if (s.kind == TsneInputKind::neighbors) {
    std::copy(s.indices, s.indices + s.n * k, indices.begin());
    std::copy(s.x, s.x + s.n * k, distances.begin());
  } else if (s.kind == TsneInputKind::distances) {
    nearest_of_matrix(lease, s.n, k, s.x, indices.data(), distances.data());
  } else {
    NeighborQuery query;
    query.references = s.x;
    query.n = s.n;
    query.dims = s.columns;
    query.k = k;
    query.metric = s.metric;
    query.method = s.neighbors;
    query.seed = s.seed;
    query.cancel = &cancel;
    query.progress = [&](double done) { report(TsneStage::neighbors, done, kNan, kNan); };
    HEBB_RETURN_IF_ERROR(nearest_neighbors(lease, *kernels_, query, indices.data(), distances.data()));
  }
  if (cancel.is_requested()) return aborted();
  report(TsneStage::affinities, 0, kNan, kNan);
  calibrate(lease, *kernels_, s.n, k, std::min(s.perplexity, double(k)), distances.data());
  if (cancel.is_requested()) return aborted();
  SparseAffinities p;
  HEBB_RETURN_IF_ERROR(symmetrize(lease, s.n, k, indices.data(), distances.data(), p));
  indices = {};
  distances = {};
  HEBB_RETURN_IF_ERROR(optimizer_.begin(lease, *kernels_, std::move(p), s.dims, s.theta, start.data()));
  optimizer_.use_grid(s.method == TsneMethod::fft && s.dims == 2);
  return {};
}

Status TsneSession::prepare_exact(Lease& lease, const TsneSetup& s, const CancelFlag& cancel, const TsneReport& report,
                                  const std::vector<float>& start) {
  AlignedBuffer p;
  if (!p.resize(size_t(s.n * s.n) * sizeof(float))) {
    return Status::out_of_memory("Expected memory for the exact method (n^2 floats), received none from the system.");
  }
  float* d = p.as<float>();
  report(TsneStage::neighbors, 0, kNan, kNan);
  if (s.kind == TsneInputKind::distances) {
    std::copy(s.x, s.x + s.n * s.n, d);
  } else {
    HEBB_RETURN_IF_ERROR(pairwise_distances(lease, *kernels_, s.x, s.n, s.columns, s.metric, d));
  }
  if (cancel.is_requested()) return aborted();
  report(TsneStage::affinities, 0, kNan, kNan);
  calibrate_dense(lease, *kernels_, s.n, s.perplexity, d);
  if (cancel.is_requested()) return aborted();
  const double entropy = symmetrize_dense(lease, s.n, d);
  return optimizer_.begin_exact(lease, *kernels_, s.n, std::move(p), entropy, s.dims, start.data());
}

Status TsneSession::run(const TsneSchedule& schedule, const CancelFlag& cancel, const TsneReport& report,
                        TsneOutcome& outcome) {
  Lease lease = ThreadPool::instance().lease(threads_);
  const double scale = std::sqrt(double(optimizer_.points()));
  double best = std::numeric_limits<double>::infinity(), kl = kNan;
  int64_t best_at = 0;
  outcome = {};
  while (outcome.iterations < schedule.iterations) {
    if (cancel.is_requested()) return aborted();
    const bool check = optimizer_.iterations() % kCheckEvery == 0;
    TsneResult result;
    HEBB_RETURN_IF_ERROR(optimizer_.iterate(lease, schedule.step, check, result));
    outcome.gradient_norm = result.gradient_norm;
    if (!std::isfinite(result.gradient_norm)) {
      return Status::non_finite("The map is no longer finite after iteration " +
                                std::to_string(optimizer_.iterations()) + ": try a smaller `learningRate`.");
    }
    if (check) {
      kl = result.kl_divergence;
      if (kl < best) best = kl, best_at = outcome.iterations;
    }
    ++outcome.iterations;
    report(TsneStage::optimize, double(optimizer_.iterations()), kl, result.gradient_norm);
    outcome.converged = result.gradient_norm * scale < schedule.min_gradient_norm ||
                        (schedule.patience > 0 && outcome.iterations - best_at > schedule.patience);
    if (outcome.converged) break;
  }
  return optimizer_.kl_divergence(lease, outcome.kl_divergence);
}

namespace {

// The middle of the neighbours' places, each coordinate the median.
void median_place(const TsnePlacement& s, const int32_t* neighbors, float* place) {
  std::vector<float> values(static_cast<size_t>(s.k));
  for (int c = 0; c < s.dims; ++c) {
    for (int64_t j = 0; j < s.k; ++j) values[size_t(j)] = s.map[int64_t(neighbors[j]) * s.dims + c];
    std::nth_element(values.begin(), values.begin() + s.k / 2, values.end());
    place[c] = values[size_t(s.k / 2)];
  }
}

}  // namespace

Status tsne_place(Lease& lease, const Kernels& kernels, const TsnePlacement& s, const CancelFlag& cancel,
                  const TsneReport& report, float* out) {
  const int stride = SpaceTree::stride(s.dims);
  const double power = (s.dof + 1) / 2, factor = power / s.dof, scale = std::sqrt(s.dof);  // as in TsneOptimizer
  std::vector<float> planar[3];
  const float* points[3] = {nullptr, nullptr, nullptr};
  for (int c = 0; c < s.dims; ++c) {
    planar[c].resize(size_t(s.n));
    for (int64_t i = 0; i < s.n; ++i) planar[c][size_t(i)] = float(s.map[i * s.dims + c] / scale);
    points[c] = planar[c].data();
  }
  std::vector<float> p(s.distances, s.distances + s.m * s.k);
  calibrate(lease, kernels, s.m, s.k, std::min(s.perplexity, double(s.k)), p.data());
  std::atomic<int64_t> done{0};
  lease.parallel_for(s.m, [&](int64_t i, int worker) {
    if (cancel.is_requested()) return;
    const int32_t* neighbors = s.indices + i * s.k;
    float place[4] = {0, 0, 0, 0}, velocity[4] = {0, 0, 0, 0}, gain[4] = {1, 1, 1, 1};
    median_place(s, neighbors, place);
    for (int c = 0; c < s.dims; ++c) place[c] = float(place[c] / scale);
    for (int64_t iteration = 0; iteration < s.iterations; ++iteration) {
      float pull[4] = {0, 0, 0, 0}, push[4] = {0, 0, 0, 0};
      const double z =
          kernels.tsne->dense[s.dims - 2](0, 1, place, s.n, points, nullptr, 0, float(power), nullptr, push);
      for (int64_t j = 0; j < s.k; ++j) {
        float delta[3] = {0, 0, 0}, t = 1;
        for (int c = 0; c < s.dims; ++c) {
          delta[c] = place[c] - planar[c][size_t(neighbors[j])];
          t += delta[c] * delta[c];
        }
        for (int c = 0; c < s.dims; ++c) pull[c] += p[size_t(i * s.k + j)] / t * delta[c];
      }
      const TsneUpdate step{
          float(factor * s.exaggeration), float(factor / z), float(s.momentum), float(s.learning_rate), 0.01f,
          float(s.max_step / scale)};
      float next[4];
      kernels.tsne->update(stride, step, pull, push, velocity, gain, place, next);
      std::copy(next, next + 4, place);
    }
    for (int c = 0; c < s.dims; ++c) out[i * s.dims + c] = float(place[c] * scale);
    const int64_t now = done.fetch_add(1) + 1;
    if (worker == 0) report(TsneStage::optimize, double(now) / double(s.m), kNan, kNan);
  });
  return cancel.is_requested() ? aborted() : Status{};
}

}  // namespace hebb
