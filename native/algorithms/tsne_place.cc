#include <algorithm>
#include <cmath>

#include "algorithms/tsne_session.h"
#include "kernels/tsne_kernels.h"

namespace hebb {

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

Status tsne_place(Lease& lease, const Kernels& kernels, const TsnePlacement& s, const Watch& watch, float* out) {
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
  calibrate(lease, kernels, s.m, s.k, std::min(s.perplexity, double(s.k)), p.data(), {watch.cancel, {}});
  Meter meter(watch, s.m);
  lease.parallel_for(s.m, [&](int64_t i, int worker) {
    if (!meter.go()) return;
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
    meter.add(1, worker);
  });
  return watch.status();
}

}  // namespace hebb
