#include "algorithms/mixture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "algorithms/kmeans.h"
#include "core/rng.h"

namespace hebb {

namespace {

constexpr int64_t kRows = 256;           // rows a task takes; partial sums are combined in order
constexpr int64_t kPartials = 4 << 20;   // numbers of partial sums that are kept at once, about
constexpr int64_t kFew = 8, kMany = 64;  // chunks whose partial sums these are, at least and at most
constexpr double kLog2Pi = 1.8378770664093454836;

// The lower Cholesky factor of each covariance and half its log determinant, or the deviations of a diagonal one.
struct Factors {
  std::vector<double> lower;
  std::vector<double> half_log_det;  // of each component
};

// False when c [d, d] is not positive definite.
bool cholesky(int64_t d, const double* c, double* l) {
  for (int64_t i = 0; i < d; ++i) {
    for (int64_t j = 0; j <= i; ++j) {
      double sum = c[i * d + j];
      for (int64_t q = 0; q < j; ++q) sum -= l[i * d + q] * l[j * d + q];
      if (j == i && !(sum > 0)) return false;
      l[i * d + j] = j < i ? sum / l[j * d + j] : std::sqrt(sum);
    }
  }
  return true;
}

bool factorize(const MixtureModel& m, Factors& f) {
  const int64_t d = m.dims, size = m.covariance_size();
  f.lower.assign(m.covariances.size(), 0.0);
  f.half_log_det.assign(size_t(m.components), 0.0);
  for (int64_t k = 0; k < m.covariance_count(); ++k) {
    const double* c = m.covariances.data() + k * size;
    double* l = f.lower.data() + k * size;
    if (m.square()) {
      if (!cholesky(d, c, l)) return false;
      continue;
    }
    for (int64_t i = 0; i < d; ++i) {
      if (!(c[i] > 0)) return false;
      l[i] = std::sqrt(c[i]);
    }
  }
  for (int64_t k = 0; k < m.components; ++k) {
    const double* l = f.lower.data() + m.covariance_at(k);
    for (int64_t i = 0; i < d; ++i) f.half_log_det[size_t(k)] += std::log(m.square() ? l[i * d + i] : l[i]);
  }
  return true;
}

// log of weight_k N(x; mean_k, covariance_k)
double log_joint(const MixtureModel& m, const Factors& f, int64_t k, const float* x, double* z) {
  const int64_t d = m.dims;
  const double* mean = m.means.data() + k * d;
  const double* l = f.lower.data() + m.covariance_at(k);
  double squares = 0;
  for (int64_t i = 0; i < d; ++i) {
    double sum = double(x[i]) - mean[i];
    if (m.square()) {
      for (int64_t q = 0; q < i; ++q) sum -= l[i * d + q] * z[q];
      z[i] = sum / l[i * d + i];
    } else {
      z[i] = sum / l[i];
    }
    squares += z[i] * z[i];
  }
  return std::log(m.weights[size_t(k)]) - 0.5 * (double(d) * kLog2Pi + squares) - f.half_log_det[size_t(k)];
}

// Turns logs into shares that sum to 1; returns the log of their sum.
double normalize(int64_t k, double* logs) {
  const double top = *std::max_element(logs, logs + k);
  double sum = 0;
  for (int64_t c = 0; c < k; ++c) sum += std::exp(logs[c] - top);
  const double total = top + std::log(sum);
  for (int64_t c = 0; c < k; ++c) logs[c] = std::exp(logs[c] - total);
  return total;
}

Status not_definite() {
  return Status::data(
      "Expected components with positive variance, one has collapsed: try fewer components or a larger "
      "`regCovar`.");
}

bool cancelled(const CancelFlag* cancel) { return cancel != nullptr && cancel->is_requested(); }

// out [width] = the sum over rows of what `add` adds for each, in chunk order; of no use when it was cancelled.
template <class Add>
void sum_rows(Lease& lease, int64_t n, int64_t width, const CancelFlag* cancel, std::vector<double>& out, Add&& add) {
  const int64_t chunks = chunk_count(n, kRows), together = std::clamp(kPartials / width, kFew, kMany);
  std::vector<double> partial(size_t(std::min(chunks, together) * width));
  out.assign(size_t(width), 0.0);
  for (int64_t first = 0; first < chunks; first += together) {
    const int64_t count = std::min(together, chunks - first);
    std::fill(partial.begin(), partial.end(), 0.0);
    lease.parallel_for(count, [&](int64_t chunk, int) {
      if (cancelled(cancel)) return;
      const int64_t begin = (first + chunk) * kRows;
      for (int64_t i = begin; i < std::min(n, begin + kRows); ++i) add(i, partial.data() + chunk * width);
    });
    for (int64_t chunk = 0; chunk < count; ++chunk) {
      for (int64_t w = 0; w < width; ++w) out[size_t(w)] += partial[size_t(chunk * width + w)];
    }
  }
}

// The weighted squares of row i about the means, added to the sums of each covariance.
void add_squares(const MixtureModel& m, const float* row, const double* shares, double* to) {
  const int64_t d = m.dims;
  for (int64_t c = 0; c < m.components; ++c) {
    const double w = shares[c];
    const double* mean = m.means.data() + c * d;
    double* s = to + m.covariance_at(c);
    for (int64_t j = 0; j < d; ++j) {
      const double a = row[j] - mean[j];
      if (!m.square()) {
        s[j] += w * a * a;
        continue;
      }
      for (int64_t q = 0; q <= j; ++q) s[j * d + q] += w * a * (row[q] - mean[q]);
    }
  }
}

// Weights, means and covariances from responsibilities r [n, components]; of no use when it was cancelled.
void maximize(Lease& lease, const float* x, int64_t n, const double* r, double regularization, const CancelFlag* cancel,
              MixtureModel& m) {
  const int64_t d = m.dims, k = m.components, size = m.covariance_size();
  std::vector<double> mass;
  sum_rows(lease, n, k, cancel, mass, [&](int64_t i, double* to) {
    for (int64_t c = 0; c < k; ++c) to[c] += r[i * k + c];
  });
  for (double& v : mass) v += 10 * std::numeric_limits<double>::epsilon();
  sum_rows(lease, n, k * d, cancel, m.means, [&](int64_t i, double* to) {
    for (int64_t c = 0; c < k; ++c) {
      for (int64_t j = 0; j < d; ++j) to[c * d + j] += r[i * k + c] * x[i * d + j];
    }
  });
  for (int64_t c = 0; c < k; ++c) {
    m.weights[size_t(c)] = mass[size_t(c)] / double(n);
    for (int64_t j = 0; j < d; ++j) m.means[size_t(c * d + j)] /= mass[size_t(c)];
  }
  sum_rows(lease, n, m.covariance_count() * size, cancel, m.covariances,
           [&](int64_t i, double* to) { add_squares(m, x + i * d, r + i * k, to); });
  for (int64_t c = 0; c < m.covariance_count(); ++c) {
    double* s = m.covariances.data() + c * size;
    const double total = m.type == Covariance::tied ? double(n) : mass[size_t(c)];
    double mean_variance = 0;
    for (int64_t j = 0; j < size; ++j) s[j] /= total;
    for (int64_t j = 0; j < d; ++j) {
      double& variance = m.square() ? s[j * d + j] : s[j];
      variance += regularization;
      mean_variance += variance / double(d);
      for (int64_t q = 0; m.square() && q < j; ++q) s[q * d + j] = s[j * d + q];
    }
    if (m.type == Covariance::spherical) std::fill(s, s + d, mean_variance);
  }
}

}  // namespace

Status mixture_score(Lease& lease, const float* x, int64_t n, const MixtureModel& m, double* log_density,
                     double* responsibilities, const CancelFlag* cancel) {
  Factors factors;
  if (!factorize(m, factors)) return not_definite();
  parallel_range(lease, n, kRows, [&](int64_t begin, int64_t end, int) {
    if (cancelled(cancel)) return;
    std::vector<double> z(static_cast<size_t>(m.dims)), logs(static_cast<size_t>(m.components));
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t k = 0; k < m.components; ++k) logs[size_t(k)] = log_joint(m, factors, k, x + i * m.dims, z.data());
      const double total = normalize(m.components, logs.data());
      if (log_density != nullptr) log_density[i] = total;
      if (responsibilities != nullptr) std::copy(logs.begin(), logs.end(), responsibilities + i * m.components);
    }
  });
  return {};
}

namespace {

// Expectation maximisation from a hard assignment.
Status maximize_from(Lease& lease, const float* x, int64_t n, const int32_t* labels, const MixtureOptions& options,
                     MixtureModel& m, MixtureOutcome& outcome) {
  const int64_t k = m.components;
  std::vector<double> r(static_cast<size_t>(n * k), 0.0), density(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) r[size_t(i * k + labels[i])] = 1;
  m.weights.assign(size_t(k), 0.0);
  maximize(lease, x, n, r.data(), options.regularization, options.cancel, m);
  outcome = {};
  double before = -std::numeric_limits<double>::infinity();
  while (outcome.iterations < options.max_iterations && !outcome.converged) {
    outcome.aborted = cancelled(options.cancel);
    if (outcome.aborted) break;
    HEBB_RETURN_IF_ERROR(mixture_score(lease, x, n, m, density.data(), r.data(), options.cancel));
    MixtureModel next = m;
    maximize(lease, x, n, r.data(), options.regularization, options.cancel, next);
    outcome.aborted = cancelled(options.cancel);
    if (outcome.aborted) break;  // the iteration is dropped
    m = std::move(next);
    double sum = 0;
    for (const double v : density) sum += v;
    outcome.log_likelihood = sum / double(n);
    ++outcome.iterations;
    outcome.converged = std::fabs(outcome.log_likelihood - before) < options.tolerance;
    before = outcome.log_likelihood;
    if (options.progress) options.progress(double(outcome.iterations), outcome.log_likelihood);
  }
  return {};
}

}  // namespace

Status mixture_fit(Lease& lease, const Kernels& kernels, const float* x, int64_t n, const MixtureOptions& options,
                   MixtureModel& model, MixtureOutcome& outcome) {
  if (options.labels != nullptr) return maximize_from(lease, x, n, options.labels, options, model, outcome);
  outcome = {};
  for (int64_t run = 0; run < options.runs; ++run) {
    KMeansOptions start;
    start.clusters = model.components;
    start.seed = options.seed + uint64_t(run);
    start.cancel = options.cancel;
    KMeansModel groups;
    const Status grouped = kmeans_fit(lease, kernels, x, n, model.dims, start, groups);
    MixtureModel candidate = model;
    MixtureOutcome found;
    found.aborted = grouped.code == Code::aborted;
    if (!found.aborted) {
      HEBB_RETURN_IF_ERROR(grouped);
      HEBB_RETURN_IF_ERROR(maximize_from(lease, x, n, groups.labels.data(), options, candidate, found));
    }
    const bool rival = !found.aborted && found.log_likelihood > outcome.log_likelihood;
    if (outcome.iterations == 0 || rival) {
      model = std::move(candidate);
      outcome = found;
    }
    if (found.aborted) {
      outcome.aborted = true;
      break;
    }
  }
  return {};
}

Status mixture_sample(const MixtureModel& m, int64_t n, uint64_t seed, float* rows, int32_t* labels) {
  Factors factors;
  if (!factorize(m, factors)) return not_definite();
  const Philox component(seed, 60), place(seed, 61);
  const int64_t d = m.dims;
  std::vector<double> z(static_cast<size_t>(d));
  for (int64_t i = 0; i < n; ++i) {
    double left = component.uniform64(uint64_t(i));
    int64_t k = 0;
    while (k + 1 < m.components && left >= m.weights[size_t(k)]) left -= m.weights[size_t(k++)];
    labels[i] = int32_t(k);
    const double* l = factors.lower.data() + m.covariance_at(k);
    for (int64_t j = 0; j < d; ++j) z[size_t(j)] = place.normal(uint64_t(i * d + j));
    for (int64_t j = 0; j < d; ++j) {
      double value = m.means[size_t(k * d + j)];
      if (!m.square()) value += l[j] * z[size_t(j)];
      for (int64_t q = 0; m.square() && q <= j; ++q) value += l[j * d + q] * z[size_t(q)];
      rows[i * d + j] = float(value);
    }
  }
  return {};
}

}  // namespace hebb
