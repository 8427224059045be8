#include "algorithms/tsne_session.h"

#include <algorithm>
#include <cmath>

#include "algorithms/distance_matrix.h"

namespace hebb {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kCheckEvery = 50;  // iterations between two looks at the KL divergence

Status blown_up(int64_t iterations) {
  return Status::non_finite("The map is no longer finite after iteration " + std::to_string(iterations) +
                            ": try a smaller `learningRate`.");
}

Status not_finite() { return Status::non_finite("Expected finite values, received NaN or Infinity."); }

}  // namespace

// What the stages of `prepare` look at.
struct TsneSession::Stages {
  const CancelFlag& cancel;
  const TsneReport& report;

  Watch watch(TsneStage stage) const {
    report(stage, 0, kNan, kNan);
    return {&cancel, [this, stage](double done) { report(stage, done, kNan, kNan); }};
  }
};

Status TsneSession::prepare(const Kernels& kernels, const TsneSetup& setup, const CancelFlag& cancel,
                            const TsneReport& report) {
  kernels_ = &kernels;
  threads_ = setup.threads;
  Lease lease = ThreadPool::instance().lease(threads_);
  const Stages stages{cancel, report};
  if (setup.x != nullptr && kernels.find_nonfinite(setup.n * setup.columns, setup.x) >= 0) return not_finite();
  if (setup.kind == TsneInputKind::distances) {
    HEBB_RETURN_IF_ERROR(check_distances(lease, setup.n, setup.x, stages.watch(TsneStage::neighbors)));
  }
  optimizer_.set_dof(setup.dof);
  std::vector<float> start;
  HEBB_RETURN_IF_ERROR(tsne_start(lease, kernels, setup, stages.watch(TsneStage::start), start));
  const bool exact = setup.method == TsneMethod::exact;
  HEBB_RETURN_IF_ERROR(exact ? prepare_exact(lease, setup, stages, start)
                             : prepare_sparse(lease, setup, stages, start));
  last_kl_ = kNan;
  best_kl_ = std::numeric_limits<double>::infinity();
  best_at_ = 0;
  return {};
}

Status TsneSession::sparse_affinities(Lease& lease, const TsneSetup& s, const Stages& stages, SparseAffinities& p) {
  if (s.kind == TsneInputKind::affinities) {
    return pad_affinities(lease, *s.affinities, p, stages.watch(TsneStage::affinities));
  }
  const int64_t k =
      s.kind == TsneInputKind::neighbors ? s.columns : std::min<int64_t>(s.n - 1, int64_t(3 * s.perplexity));
  std::vector<int32_t> indices(static_cast<size_t>(s.n * k));
  std::vector<float> distances(static_cast<size_t>(s.n * k));
  const Watch search = stages.watch(TsneStage::neighbors);
  if (s.kind == TsneInputKind::neighbors) {
    std::copy(s.indices, s.indices + s.n * k, indices.begin());
    std::copy(s.x, s.x + s.n * k, distances.begin());
  } else if (s.kind == TsneInputKind::distances) {
    nearest_of_matrix(lease, s.n, k, s.x, indices.data(), distances.data(), search);
  } else {
    NeighborQuery query;
    query.references = s.x;
    query.n = s.n;
    query.dims = s.columns;
    query.k = k;
    query.metric = s.metric;
    query.method = s.neighbors;
    query.seed = s.seed;
    query.cancel = search.cancel;
    query.progress = search.progress;
    HEBB_RETURN_IF_ERROR(nearest_neighbors(lease, *kernels_, query, indices.data(), distances.data()));
  }
  HEBB_RETURN_IF_ERROR(search.status());
  const Watch watch = stages.watch(TsneStage::affinities);
  calibrate(lease, *kernels_, s.n, k, std::min(s.perplexity, double(k)), distances.data(), watch.part(0, 0.7));
  HEBB_RETURN_IF_ERROR(watch.status());
  return symmetrize(lease, s.n, k, indices.data(), distances.data(), p, watch.part(0.7, 1));
}

Status TsneSession::prepare_sparse(Lease& lease, const TsneSetup& s, const Stages& stages,
                                   const std::vector<float>& start) {
  SparseAffinities p;
  HEBB_RETURN_IF_ERROR(sparse_affinities(lease, s, stages, p));
  HEBB_RETURN_IF_ERROR(optimizer_.begin(lease, *kernels_, std::move(p), s.dims, s.theta, start.data()));
  optimizer_.use_grid(s.method == TsneMethod::fft && s.dims == 2);
  return {};
}

Status TsneSession::prepare_exact(Lease& lease, const TsneSetup& s, const Stages& stages,
                                  const std::vector<float>& start) {
  AlignedBuffer p;
  if (!p.resize(size_t(s.n * s.n) * sizeof(float))) {
    return Status::out_of_memory("Expected memory for the exact method (n^2 floats), received none from the system.");
  }
  float* d = p.as<float>();
  const Watch search = stages.watch(TsneStage::neighbors);
  if (s.kind == TsneInputKind::distances) {
    std::copy(s.x, s.x + s.n * s.n, d);
  } else {
    HEBB_RETURN_IF_ERROR(pairwise_distances(lease, *kernels_, s.x, s.n, s.columns, s.metric, d, search));
  }
  const Watch watch = stages.watch(TsneStage::affinities);
  calibrate_dense(lease, *kernels_, s.n, s.perplexity, d, watch.part(0, 0.9));
  HEBB_RETURN_IF_ERROR(watch.status());
  const double entropy = symmetrize_dense(lease, s.n, d, watch.part(0.9, 1));
  HEBB_RETURN_IF_ERROR(watch.status());
  return optimizer_.begin_exact(lease, *kernels_, s.n, std::move(p), entropy, s.dims, start.data());
}

// One iteration; sets `converged` when the run shall stop.
Status TsneSession::iterate(Lease& lease, const TsneSchedule& schedule, const TsneReport& report,
                            TsneOutcome& outcome) {
  const int64_t now = optimizer_.iterations();
  const bool look = now % kCheckEvery == 0;
  TsneResult result;
  HEBB_RETURN_IF_ERROR(optimizer_.iterate(lease, schedule.step, look, result));
  ++outcome.iterations;
  outcome.gradient_norm = result.gradient_norm;
  if (!std::isfinite(result.gradient_norm)) return blown_up(now + 1);
  if (schedule.patience == 0) {
    best_kl_ = std::numeric_limits<double>::infinity();
    best_at_ = now + 1;
  }
  if (look) {
    last_kl_ = result.kl_divergence;
    if (schedule.patience > 0 && last_kl_ < best_kl_) best_kl_ = last_kl_, best_at_ = now;
    outcome.converged = schedule.patience > 0 && now - best_at_ >= schedule.patience;
  }
  const double norm = result.gradient_norm * std::sqrt(double(optimizer_.points()));
  outcome.converged = outcome.converged || norm < schedule.min_gradient_norm;
  report(TsneStage::optimize, double(now + 1), last_kl_, result.gradient_norm);
  return {};
}

Status TsneSession::run(const TsneSchedule& schedule, const CancelFlag& cancel, const TsneReport& report,
                        TsneOutcome& outcome) {
  Lease lease = ThreadPool::instance().lease(threads_);
  outcome = {};
  while (outcome.iterations < schedule.iterations && !outcome.converged) {
    outcome.aborted = cancel.is_requested();
    if (outcome.aborted) break;
    HEBB_RETURN_IF_ERROR(iterate(lease, schedule, report, outcome));
  }
  HEBB_RETURN_IF_ERROR(optimizer_.kl_divergence(lease, outcome.kl_divergence));
  // Points that are too far apart for float32 pull no more: their gradient is 0, and looks like the end.
  return std::isfinite(outcome.kl_divergence) ? Status{} : blown_up(optimizer_.iterations());
}

}  // namespace hebb
