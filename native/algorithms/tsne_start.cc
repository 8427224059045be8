#include <algorithm>
#include <cmath>

#include "algorithms/pca.h"
#include "algorithms/tsne_session.h"
#include "core/rng.h"

namespace hebb {

namespace {

constexpr double kStartDeviation = 1e-4;  // standard deviation of the first coordinate of the start (scikit-learn's)
constexpr double kNoAxis = 1e-9;          // variance, relative to the largest, of an axis that the data do not have

// Rows of x, or the rows of a distance matrix taken as features, projected on their first principal components.
Status principal_start(Lease& lease, const Kernels& kernels, const TsneSetup& s, const Watch& watch,
                       std::vector<float>& start) {
  PcaOptions options;
  options.components = std::min<int64_t>(s.dims, std::min(s.n, s.columns));
  options.watch = watch;
  options.seed = s.seed;
  if (std::min(s.n, s.columns) > 1024) {
    options.solver = PcaSolver::randomized;
    options.power_iterations = 12;
  }
  PcaModel model;
  HEBB_RETURN_IF_ERROR(pca_fit(lease, kernels, s.x, s.n, s.columns, options, model));
  std::vector<float> projected(static_cast<size_t>(s.n * options.components));
  HEBB_RETURN_IF_ERROR(pca_transform(lease, kernels, s.x, s.n, model, nullptr, projected.data()));
  const double factor = kStartDeviation / std::sqrt(model.variance[0]);
  Philox rng(s.seed, 11);
  for (int64_t i = 0; i < s.n; ++i) {
    for (int c = 0; c < s.dims; ++c) {
      const int64_t at = i * s.dims + c;
      // Equal points get a start a little apart, or nothing could part them; an axis that the data do not have gets
      // random places, or the map would start as a line.
      const double noise = kStartDeviation * rng.normal(uint64_t(at));
      const bool axis = c < options.components && model.variance[size_t(c)] > kNoAxis * model.variance[0];
      const double p = axis ? projected[size_t(i * options.components + c)] * factor : 0;
      start[size_t(at)] = float(axis ? p + noise * 1e-4 : noise);
    }
  }
  return {};
}

}  // namespace

Status tsne_start(Lease& lease, const Kernels& kernels, const TsneSetup& s, const Watch& watch,
                  std::vector<float>& start) {
  start.resize(size_t(s.n * s.dims));
  if (s.start == TsneStart::given) {
    std::copy(s.given, s.given + s.n * s.dims, start.begin());
    return {};
  }
  const bool rows = s.kind == TsneInputKind::features || s.kind == TsneInputKind::distances;
  if (s.start == TsneStart::pca && rows) return principal_start(lease, kernels, s, watch, start);
  Philox rng(s.seed, 10);
  for (size_t i = 0; i < start.size(); ++i) start[i] = float(kStartDeviation * rng.normal(i));
  return {};
}

}  // namespace hebb
