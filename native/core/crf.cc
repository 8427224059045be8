#include "core/crf.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/crf_kernels.h"

namespace hebb {

namespace {

// Probability space is exact enough while no path can be lost to underflow: a factor exp(-60) a position and exp(-20) a
// transition leave room in a float, and with beta at most 1e15 (crf_kernels.h) what alpha lost below 1e-38 stays small.
constexpr double kWidestEmissions = 60, kWidestTransitions = 20;
constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

template <class T>
T exp_score(T score) {
  return score <= T(kForbidden) ? T(0) : std::exp(score);
}

double log_add(double a, double b) {
  if (a == kMinusInfinity) return b;
  if (b == kMinusInfinity) return a;
  return std::max(a, b) + std::log1p(std::exp(-std::fabs(a - b)));
}

// The same recursions in log space and float64: slow, and without underflow. Leaves log alpha and log beta behind.
template <class T>
double posterior_in_logs(const CrfTransitions<T>& tr, int64_t n, const T* e, const T* const* masks, CrfWorkspace<T>& ws,
                         const CrfExpectations<T>& out) {
  const int64_t tags = tr.tags(), P = tr.stride();
  auto allowed = [](T score) { return score > T(kForbidden); };
  auto node = [&](int64_t i, int64_t t) {
    return masks != nullptr && masks[i][t] == T(0) ? kMinusInfinity : double(e[i * P + t]);
  };
  std::vector<double>&a = ws.log_alpha, &b = ws.log_beta;
  a.assign(size_t(n * P), kMinusInfinity);
  b.assign(size_t(n * P), kMinusInfinity);
  for (int64_t t = 0; t < tags; ++t) {
    if (allowed(tr.start[size_t(t)])) a[size_t(t)] = double(tr.start[size_t(t)]) + node(0, t);
    if (allowed(tr.end[size_t(t)])) b[size_t((n - 1) * P + t)] = double(tr.end[size_t(t)]);
  }
  for (int64_t i = 1; i < n; ++i) {
    for (int64_t s = 0; s < tags; ++s) {
      for (int64_t t = 0; t < tags; ++t) {
        const T score = tr.scores[size_t(s * P + t)];
        if (!allowed(score)) continue;
        double& to = a[size_t(i * P + t)];
        to = log_add(to, a[size_t((i - 1) * P + s)] + double(score));
      }
    }
    for (int64_t t = 0; t < tags; ++t) a[size_t(i * P + t)] += node(i, t);
  }
  for (int64_t i = n - 1; i > 0; --i) {
    for (int64_t s = 0; s < tags; ++s) {
      double& from = b[size_t((i - 1) * P + s)];
      for (int64_t t = 0; t < tags; ++t) {
        const T score = tr.scores[size_t(s * P + t)];
        if (allowed(score)) from = log_add(from, double(score) + node(i, t) + b[size_t(i * P + t)]);
      }
    }
  }
  double log_z = kMinusInfinity;
  for (int64_t t = 0; t < tags; ++t) log_z = log_add(log_z, a[size_t((n - 1) * P + t)] + b[size_t((n - 1) * P + t)]);
  if (log_z == kMinusInfinity) return log_z;
  auto probability = [&](int64_t i, int64_t t) {
    return std::exp(a[size_t(i * P + t)] + b[size_t(i * P + t)] - log_z);
  };
  for (int64_t t = 0; t < P; ++t) {
    if (out.nodes != nullptr) {
      for (int64_t i = 0; i < n; ++i) out.nodes[i * P + t] = t < tags ? T(probability(i, t)) : T(0);
    }
    if (t >= tags) continue;
    if (out.starts != nullptr) out.starts[t] += T(probability(0, t));
    if (out.ends != nullptr) out.ends[t] += T(probability(n - 1, t));
  }
  if (out.pairs == nullptr) return log_z;
  for (int64_t s = 0; s < tags; ++s) {
    for (int64_t t = 0; t < tags; ++t) {
      const T score = tr.scores[size_t(s * P + t)];
      if (!allowed(score)) continue;
      double sum = 0;
      for (int64_t i = 1; i < n; ++i) {
        sum += std::exp(a[size_t((i - 1) * P + s)] + double(score) + node(i, t) + b[size_t(i * P + t)] - log_z);
      }
      out.pairs[s * P + t] += T(sum);
    }
  }
  return log_z;
}

}  // namespace

template <class T>
CrfTransitions<T>::CrfTransitions(int64_t tags) : tags_(tags), stride_(crf_stride(tags)) {
  scores.assign(size_t(tags_ * stride_), T(kForbidden));
  start.assign(size_t(stride_), T(kForbidden));
  end.assign(size_t(stride_), T(kForbidden));
  exp_scores.assign(scores.size(), T(0));
  exp_transposed.assign(scores.size(), T(0));
  exp_start.assign(start.size(), T(0));
  exp_end.assign(end.size(), T(0));
}

template <class T>
void CrfTransitions<T>::refresh() {
  largest_ = 0;
  for (const std::vector<T>* v : {&scores, &start, &end}) {
    for (const T score : *v) {
      if (score > T(kForbidden)) largest_ = std::max(largest_, std::fabs(double(score)));
    }
  }
  for (int64_t s = 0; s < tags_; ++s) {
    exp_start[size_t(s)] = exp_score(start[size_t(s)]);
    exp_end[size_t(s)] = exp_score(end[size_t(s)]);
    for (int64_t t = 0; t < tags_; ++t) {
      const T value = exp_score(scores[size_t(s * stride_ + t)]);
      exp_scores[size_t(s * stride_ + t)] = value;
      exp_transposed[size_t(t * stride_ + s)] = value;
    }
  }
}

template <class T>
double crf_posterior(const KernelTable<T>& kernels, const CrfTransitions<T>& tr, int64_t n, const T* emissions,
                     const T* const* masks, CrfWorkspace<T>& ws, const CrfExpectations<T>& out) {
  if (n == 0) return 0;
  const CrfKernels<T>& k = *kernels.crf;
  const int64_t tags = tr.tags(), P = tr.stride();
  const size_t cells = size_t(n * P);
  for (std::vector<T>* v : {&ws.p, &ws.alpha, &ws.beta}) {
    if (v->size() < cells) v->resize(cells);
  }
  if (ws.scale.size() < size_t(n)) ws.scale.resize(size_t(n)), ws.peak.resize(size_t(n));
  if (ws.u.size() < size_t(P)) ws.u.resize(size_t(P));
  if (ws.sums.size() < size_t(tags * P)) ws.sums.resize(size_t(tags * P));
  ws.log_alpha.clear();
  const T spread = k.subtract_peak(n, tags, P, emissions, ws.p.data(), ws.peak.data());
  if (!(double(spread) <= kWidestEmissions) || !(tr.largest() <= kWidestTransitions)) {
    return posterior_in_logs(tr, n, emissions, masks, ws, out);
  }
  kernels.exp(int64_t(cells), ws.p.data(), ws.p.data());
  if (masks != nullptr) {
    for (int64_t i = 0; i < n; ++i) k.multiply(P, ws.p.data() + i * P, masks[i], ws.p.data() + i * P);
  }
  if (!k.forward(n, tags, P, tr.exp_scores.data(), tr.exp_start.data(), ws.p.data(), ws.alpha.data(),
                 ws.scale.data())) {
    return posterior_in_logs(tr, n, emissions, masks, ws, out);
  }
  const T* last = ws.alpha.data() + (n - 1) * P;
  double ending = 0;
  for (int64_t t = 0; t < tags; ++t) ending += double(last[t]) * double(tr.exp_end[size_t(t)]);
  if (!(ending >= 1e-30 && ending <= 1e30)) return posterior_in_logs(tr, n, emissions, masks, ws, out);
  double log_z = std::log(ending);
  for (int64_t i = 0; i < n; ++i) log_z += std::log(double(ws.scale[size_t(i)])) + double(ws.peak[size_t(i)]);

  T* beta_last = ws.beta.data() + (n - 1) * P;
  for (int64_t t = 0; t < P; ++t) beta_last[t] = T(double(tr.exp_end[size_t(t)]) / ending);
  if (!k.backward(n, tags, P, tr.exp_transposed.data(), ws.p.data(), ws.scale.data(), ws.beta.data(), ws.u.data())) {
    return posterior_in_logs(tr, n, emissions, masks, ws, out);
  }
  if (out.nodes != nullptr) k.multiply(int64_t(cells), ws.alpha.data(), ws.beta.data(), out.nodes);
  for (int64_t t = 0; t < tags; ++t) {
    if (out.starts != nullptr) out.starts[t] += ws.alpha[size_t(t)] * ws.beta[size_t(t)];
    if (out.ends != nullptr) out.ends[t] += last[t] * beta_last[t];
  }
  if (out.pairs != nullptr) {
    k.pair_sums(n, tags, P, ws.alpha.data(), ws.p.data(), ws.beta.data(), ws.scale.data(), tr.exp_scores.data(),
                out.pairs, ws.sums.data(), ws.u.data());
  }
  return log_z;
}

template <class T>
double crf_viterbi(const KernelTable<T>& kernels, const CrfTransitions<T>& tr, int64_t n, const T* emissions,
                   CrfWorkspace<T>& ws, int32_t* path) {
  if (n == 0) return 0;
  const int64_t tags = tr.tags(), P = tr.stride();
  if (ws.delta.size() < size_t(n * P)) ws.delta.resize(size_t(n * P));
  kernels.crf->viterbi(n, tags, P, tr.scores.data(), tr.start.data(), emissions, ws.delta.data());
  // Of each position the best score alone is kept; the tag that led there is found again on the way back.
  int64_t best = 0;
  T best_score = ws.delta[size_t((n - 1) * P)] + tr.end[0];
  for (int64_t t = 1; t < tags; ++t) {
    const T score = ws.delta[size_t((n - 1) * P + t)] + tr.end[size_t(t)];
    if (score > best_score) best_score = score, best = t;
  }
  path[n - 1] = int32_t(best);
  for (int64_t i = n - 1; i > 0; --i) {
    const T* previous = ws.delta.data() + (i - 1) * P;
    int64_t from = 0;
    T top = previous[0] + tr.scores[size_t(best)];
    for (int64_t s = 1; s < tags; ++s) {
      const T score = previous[s] + tr.scores[size_t(s * P + best)];
      if (score > top) top = score, from = s;
    }
    best = from;
    path[i - 1] = int32_t(best);
  }
  return double(best_score);
}

template <class T>
double crf_path_score(const CrfTransitions<T>& tr, int64_t n, const T* emissions, const int32_t* path) {
  if (n == 0) return 0;
  double score = double(tr.start[size_t(path[0])]) + double(tr.end[size_t(path[n - 1])]);
  for (int64_t i = 0; i < n; ++i) {
    score += double(emissions[i * tr.stride() + path[i]]);
    if (i > 0) score += double(tr.scores[size_t(path[i - 1] * tr.stride() + path[i])]);
  }
  return score;
}

template <class T>
double crf_segment_probability(const CrfTransitions<T>& tr, int64_t n, const T* emissions, const CrfWorkspace<T>& ws,
                               const int32_t* path, int64_t begin, int64_t end) {
  if (begin >= end || end > n) return 1;
  const int64_t P = tr.stride();
  auto cell = [&](int64_t i) { return size_t(i * P + path[i]); };
  if (!ws.log_alpha.empty()) {
    double log_p = ws.log_alpha[cell(begin)] + ws.log_beta[cell(end - 1)], log_z = kMinusInfinity;
    for (int64_t t = 0; t < tr.tags(); ++t) log_z = log_add(log_z, ws.log_alpha[size_t(t)] + ws.log_beta[size_t(t)]);
    for (int64_t i = begin + 1; i < end; ++i) {
      log_p += double(tr.scores[size_t(path[i - 1] * P + path[i])]) + double(emissions[cell(i)]);
    }
    return std::min(1.0, std::exp(log_p - log_z));
  }
  double p = double(ws.alpha[cell(begin)]);
  for (int64_t i = begin + 1; i < end; ++i) {
    p *= double(tr.exp_scores[size_t(path[i - 1] * P + path[i])]) * double(ws.p[cell(i)]) / double(ws.scale[size_t(i)]);
  }
  return std::min(1.0, p * double(ws.beta[cell(end - 1)]));
}

template class CrfTransitions<float>;
template class CrfTransitions<double>;
#define HEBB_CRF_INSTANCES(T)                                                                                          \
  template double crf_posterior<T>(const KernelTable<T>&, const CrfTransitions<T>&, int64_t, const T*,                 \
                                   const T* const*, CrfWorkspace<T>&, const CrfExpectations<T>&);                      \
  template double crf_viterbi<T>(const KernelTable<T>&, const CrfTransitions<T>&, int64_t, const T*, CrfWorkspace<T>&, \
                                 int32_t*);                                                                            \
  template double crf_path_score<T>(const CrfTransitions<T>&, int64_t, const T*, const int32_t*);                      \
  template double crf_segment_probability<T>(const CrfTransitions<T>&, int64_t, const T*, const CrfWorkspace<T>&,      \
                                             const int32_t*, int64_t, int64_t);
HEBB_CRF_INSTANCES(float)
HEBB_CRF_INSTANCES(double)
#undef HEBB_CRF_INSTANCES

}  // namespace hebb
