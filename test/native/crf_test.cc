// The CRF against brute force over all paths, and its gradient against finite differences.
#include "core/crf.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "check.h"
#include "core/rng.h"

namespace {

using namespace hebb;

template <class T>
struct Lattice {
  int64_t n, tags;
  CrfTransitions<T> transitions;
  std::vector<T> e;

  Lattice(int64_t n_, int64_t tags_, uint64_t seed, double spread, bool forbid)
      : n(n_), tags(tags_), transitions(tags_), e(size_t(n_ * crf_stride(tags_)), T(0)) {
    const Philox rng(seed, 77);
    uint64_t draw = 0;
    auto next = [&] { return T(spread * rng.normal(draw++)); };
    const int64_t P = transitions.stride();
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t t = 0; t < tags; ++t) e[size_t(i * P + t)] = next();
    }
    for (int64_t s = 0; s < tags; ++s) {
      transitions.start[size_t(s)] = next();
      transitions.end[size_t(s)] = next();
      for (int64_t t = 0; t < tags; ++t) {
        const bool taken_away = forbid && s != t && (s * 7 + t * 3) % 4 == 0;
        const T value = next();
        transitions.scores[size_t(s * P + t)] = taken_away ? T(kForbidden) : value;
      }
    }
    transitions.refresh();
  }

  // Calls visit(path, score) for every path that is allowed.
  template <class F>
  void each_path(F&& visit) const {
    std::vector<int32_t> path(size_t(n), 0);
    const int64_t P = transitions.stride();
    for (;;) {
      double score = double(transitions.start[size_t(path[0])]) + double(transitions.end[size_t(path.back())]);
      bool allowed = true;
      for (int64_t i = 0; i < n; ++i) {
        score += double(e[size_t(i * P + path[size_t(i)])]);
        if (i == 0) continue;
        const T step = transitions.scores[size_t(path[size_t(i) - 1] * P + path[size_t(i)])];
        if (step <= T(kForbidden)) allowed = false;
        score += double(step);
      }
      if (allowed) visit(path, score);
      size_t i = 0;
      while (i < size_t(n) && ++path[i] == int32_t(tags)) path[i++] = 0;
      if (i == size_t(n)) return;
    }
  }
};

double close(double a, double b) { return std::fabs(a - b) / std::max(1.0, std::fabs(b)); }

template <class T>
void compare_with_brute_force(const KernelTable<T>& kernels, double tolerance) {
  for (const int64_t tags : {1, 2, 3, 5}) {
    for (const int64_t n : {1, 2, 4, 5}) {
      for (const double spread : {1.0, 8.0, 40.0}) {  // 40: products leave the range of float, log space takes over
        Lattice<T> x(n, tags, uint64_t(tags * 100 + n), spread, tags > 2);
        const int64_t P = x.transitions.stride();
        double best = -1e300, log_z = -1e300;
        x.each_path([&](const std::vector<int32_t>&, double score) { best = std::max(best, score); });
        double sum = 0;
        x.each_path([&](const std::vector<int32_t>&, double score) { sum += std::exp(score - best); });
        log_z = best + std::log(sum);
        std::vector<double> nodes(size_t(n * P), 0.0), pairs(size_t(tags * P), 0.0), starts(size_t(P), 0.0),
            ends(size_t(P), 0.0);
        double segment = 0;
        CrfWorkspace<T> ws;
        std::vector<int32_t> path(static_cast<size_t>(n));
        const double viterbi = crf_viterbi(kernels, x.transitions, n, x.e.data(), ws, path.data());
        const int64_t from = n / 3, to = std::max(from + 1, 2 * n / 3);
        x.each_path([&](const std::vector<int32_t>& y, double score) {
          const double p = std::exp(score - log_z);
          for (int64_t i = 0; i < n; ++i) {
            nodes[size_t(i * P + y[size_t(i)])] += p;
            if (i > 0) pairs[size_t(y[size_t(i) - 1] * P + y[size_t(i)])] += p;
          }
          starts[size_t(y[0])] += p;
          ends[size_t(y.back())] += p;
          if (std::equal(y.begin() + from, y.begin() + to, path.begin() + from)) segment += p;
        });
        CHECK_NOTE(close(viterbi, best) < tolerance, "viterbi %g brute force %g", viterbi, best);
        CHECK(close(crf_path_score(x.transitions, n, x.e.data(), path.data()), best) < tolerance);

        std::vector<T> got_nodes(size_t(n * P)), got_pairs(size_t(tags * P), T(0)), got_starts(size_t(P), T(0)),
            got_ends(size_t(P), T(0));
        const double got = crf_posterior<T>(kernels, x.transitions, n, x.e.data(), nullptr, ws,
                                            {got_nodes.data(), got_pairs.data(), got_starts.data(), got_ends.data()});
        CHECK_NOTE(close(got, log_z) < tolerance, "log Z %g brute force %g (spread %g)", got, log_z, spread);
        for (size_t c = 0; c < nodes.size(); ++c)
          CHECK_NOTE(close(double(got_nodes[c]), nodes[c]) < 20 * tolerance, "node %g %g", double(got_nodes[c]),
                     nodes[c]);
        for (size_t c = 0; c < pairs.size(); ++c)
          CHECK_NOTE(close(double(got_pairs[c]), pairs[c]) < 40 * tolerance, "pair %g %g", double(got_pairs[c]),
                     pairs[c]);
        for (size_t c = 0; c < size_t(P); ++c) {
          CHECK(close(double(got_starts[c]), starts[c]) < 20 * tolerance);
          CHECK(close(double(got_ends[c]), ends[c]) < 20 * tolerance);
        }
        const double got_segment = crf_segment_probability(x.transitions, n, x.e.data(), ws, path.data(), from, to);
        CHECK_NOTE(close(got_segment, segment) < 20 * tolerance, "segment %g %g", got_segment, segment);
      }
    }
  }
}

TEST(crf_equals_brute_force) {
  const Kernels* tables[8];
  const int count = available_kernels(tables, 8);
  for (int k = 0; k < count; ++k) compare_with_brute_force<float>(*tables[k], 3e-6);
  compare_with_brute_force<double>(kernels_f64(), 1e-12);
}

TEST(crf_masks_equal_brute_force) {
  Lattice<double> x(5, 4, 9, 1.0, true);
  const int64_t P = x.transitions.stride();
  std::vector<double> rows(size_t(5 * P), 1.0);
  rows[size_t(1 * P + 0)] = rows[size_t(1 * P + 2)] = rows[size_t(3 * P + 1)] = 0;
  std::vector<const double*> masks;
  for (int64_t i = 0; i < 5; ++i) masks.push_back(&rows[size_t(i * P)]);
  double sum = 0;
  x.each_path([&](const std::vector<int32_t>& y, double score) {
    bool inside = true;
    for (size_t i = 0; i < 5; ++i) inside = inside && rows[i * size_t(P) + size_t(y[i])] != 0;
    if (inside) sum += std::exp(score);
  });
  CrfWorkspace<double> ws;
  const double got = crf_posterior<double>(kernels_f64(), x.transitions, 5, x.e.data(), masks.data(), ws, {});
  CHECK_NOTE(close(got, std::log(sum)) < 1e-12, "%g %g", got, std::log(sum));
  for (int64_t t = 0; t < P; ++t) rows[size_t(2 * P + t)] = 0;  // no path is left
  const double none = crf_posterior<double>(kernels_f64(), x.transitions, 5, x.e.data(), masks.data(), ws, {});
  CHECK(std::isinf(none) && none < 0);
}

TEST(crf_gradient_by_finite_differences) {
  // d log Z / d score is the expected count of what the score belongs to.
  Lattice<double> x(6, 4, 3, 1.0, true);
  const KernelTable<double>& k = kernels_f64();
  const int64_t P = x.transitions.stride();
  CrfWorkspace<double> ws;
  std::vector<double> nodes(size_t(6 * P)), pairs(size_t(4 * P), 0.0), starts(size_t(P), 0.0), ends(size_t(P), 0.0);
  crf_posterior<double>(k, x.transitions, 6, x.e.data(), nullptr, ws,
                        {nodes.data(), pairs.data(), starts.data(), ends.data()});
  auto slope = [&](double& value) {
    const double h = 1e-5, kept = value;
    value = kept + h;
    x.transitions.refresh();
    const double above = crf_posterior<double>(k, x.transitions, 6, x.e.data(), nullptr, ws, {});
    value = kept - h;
    x.transitions.refresh();
    const double below = crf_posterior<double>(k, x.transitions, 6, x.e.data(), nullptr, ws, {});
    value = kept;
    x.transitions.refresh();
    return (above - below) / (2 * h);
  };
  for (int64_t i = 0; i < 6; ++i) {
    for (int64_t t = 0; t < 4; ++t) CHECK(std::fabs(slope(x.e[size_t(i * P + t)]) - nodes[size_t(i * P + t)]) < 1e-8);
  }
  for (int64_t s = 0; s < 4; ++s) {
    CHECK(std::fabs(slope(x.transitions.start[size_t(s)]) - starts[size_t(s)]) < 1e-8);
    CHECK(std::fabs(slope(x.transitions.end[size_t(s)]) - ends[size_t(s)]) < 1e-8);
    for (int64_t t = 0; t < 4; ++t) {
      double& score = x.transitions.scores[size_t(s * P + t)];
      if (score > kForbidden) CHECK(std::fabs(slope(score) - pairs[size_t(s * P + t)]) < 1e-8);
    }
  }
}

TEST(crf_long_chains_stay_finite) {
  for (const int64_t tags : {9, 17, 25, 33, 70}) {
    Lattice<float> x(3000, tags, 5, 3.0, false);
    Lattice<double> reference(3000, tags, 5, 3.0, false);
    CrfWorkspace<float> ws;
    CrfWorkspace<double> reference_ws;
    const double got = crf_posterior<float>(kernels(), x.transitions, x.n, x.e.data(), nullptr, ws, {});
    const double want =
        crf_posterior<double>(kernels_f64(), reference.transitions, x.n, reference.e.data(), nullptr, reference_ws, {});
    CHECK_NOTE(close(got, want) < 1e-5, "tags %d: %g %g", int(tags), got, want);
    std::vector<int32_t> a(3000), b(3000);
    crf_viterbi(kernels(), x.transitions, x.n, x.e.data(), ws, a.data());
    crf_viterbi(kernels_f64(), reference.transitions, x.n, reference.e.data(), reference_ws, b.data());
    CHECK(close(crf_path_score(reference.transitions, x.n, reference.e.data(), a.data()),
                crf_path_score(reference.transitions, x.n, reference.e.data(), b.data())) < 1e-6);
  }
}

}  // namespace
