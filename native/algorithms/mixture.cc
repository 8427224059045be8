#include "algorithms/mixture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace hebb {

namespace {

constexpr int64_t kRows = 256;  // rows a task takes; partial sums are combined in order
constexpr double kLog2Pi = 1.8378770664093454836;

int64_t covariance_size(const MixtureModel& m) { return m.type == Covariance::full ? m.dims * m.dims : m.dims; }

// The lower Cholesky factor of each covariance and half its log determinant, or the inverse deviations of a diagonal
// one.
struct Factors {
  std::vector<double> lower;
  std::vector<double> half_log_det;
};

bool factorize(const MixtureModel& m, Factors& f) {
  const int64_t d = m.dims, size = covariance_size(m);
  f.lower.assign(m.covariances.size(), 0.0);
  f.half_log_det.assign(size_t(m.components), 0.0);
  for (int64_t k = 0; k < m.components; ++k) {
    const double* c = m.covariances.data() + k * size;
    double* l = f.lower.data() + k * size;
    for (int64_t i = 0; i < d; ++i) {
      if (m.type != Covariance::full) {
        if (!(c[i] > 0)) return false;
        l[i] = std::sqrt(c[i]);
        f.half_log_det[size_t(k)] += std::log(l[i]);
        continue;
      }
      for (int64_t j = 0; j <= i; ++j) {
        double sum = c[i * d + j];
        for (int64_t q = 0; q < j; ++q) sum -= l[i * d + q] * l[j * d + q];
        if (j < i) {
          l[i * d + j] = sum / l[j * d + j];
        } else {
          if (!(sum > 0)) return false;
          l[i * d + i] = std::sqrt(sum);
        }
      }
      f.half_log_det[size_t(k)] += std::log(l[i * d + i]);
    }
  }
  return true;
}

// log of weight_k N(x; mean_k, covariance_k)
double log_joint(const MixtureModel& m, const Factors& f, int64_t k, const float* x, double* z) {
  const int64_t d = m.dims;
  const double* mean = m.means.data() + k * d;
  const double* l = f.lower.data() + k * covariance_size(m);
  double squares = 0;
  for (int64_t i = 0; i < d; ++i) {
    double sum = double(x[i]) - mean[i];
    if (m.type == Covariance::full) {
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

// Weights, means and covariances from responsibilities r [n, components]; sums in chunk order.
void maximize(Lease& lease, const float* x, int64_t n, const double* r, double regularization, MixtureModel& m) {
  const int64_t d = m.dims, k = m.components, size = covariance_size(m), chunks = chunk_count(n, kRows);
  const auto reduce = [&](int64_t width, auto&& add, std::vector<double>& out) {
    std::vector<double> partial(size_t(std::min<int64_t>(chunks, 64) * width));
    out.assign(size_t(width), 0.0);
    for (int64_t first = 0; first < chunks; first += 64) {
      const int64_t count = std::min<int64_t>(64, chunks - first);
      std::fill(partial.begin(), partial.end(), 0.0);
      lease.parallel_for(count, [&](int64_t chunk, int) {
        const int64_t begin = (first + chunk) * kRows;
        for (int64_t i = begin; i < std::min(n, begin + kRows); ++i) add(i, partial.data() + chunk * width);
      });
      for (int64_t chunk = 0; chunk < count; ++chunk) {
        for (int64_t w = 0; w < width; ++w) out[size_t(w)] += partial[size_t(chunk * width + w)];
      }
    }
  };
  std::vector<double> mass;
  reduce(
      k,
      [&](int64_t i, double* to) {
        for (int64_t c = 0; c < k; ++c) to[c] += r[i * k + c];
      },
      mass);
  for (double& v : mass) v += 10 * std::numeric_limits<double>::epsilon();
  reduce(
      k * d,
      [&](int64_t i, double* to) {
        for (int64_t c = 0; c < k; ++c) {
          for (int64_t j = 0; j < d; ++j) to[c * d + j] += r[i * k + c] * x[i * d + j];
        }
      },
      m.means);
  for (int64_t c = 0; c < k; ++c) {
    m.weights[size_t(c)] = mass[size_t(c)] / double(n);
    for (int64_t j = 0; j < d; ++j) m.means[size_t(c * d + j)] /= mass[size_t(c)];
  }
  reduce(
      k * size,
      [&](int64_t i, double* to) {
        for (int64_t c = 0; c < k; ++c) {
          const double w = r[i * k + c];
          for (int64_t j = 0; j < d; ++j) {
            const double a = x[i * d + j] - m.means[size_t(c * d + j)];
            if (m.type != Covariance::full) {
              to[c * d + j] += w * a * a;
              continue;
            }
            for (int64_t q = 0; q <= j; ++q)
              to[c * size + j * d + q] += w * a * (x[i * d + q] - m.means[size_t(c * d + q)]);
          }
        }
      },
      m.covariances);
  for (int64_t c = 0; c < k; ++c) {
    double* s = m.covariances.data() + c * size;
    double mean_variance = 0;
    for (int64_t j = 0; j < size; ++j) s[j] /= mass[size_t(c)];
    for (int64_t j = 0; j < d; ++j) {
      double& variance = m.type == Covariance::full ? s[j * d + j] : s[j];
      variance += regularization;
      mean_variance += variance / double(d);
      for (int64_t q = 0; m.type == Covariance::full && q < j; ++q) s[q * d + j] = s[j * d + q];
    }
    if (m.type == Covariance::spherical) std::fill(s, s + d, mean_variance);
  }
}

}  // namespace

Status mixture_score(Lease& lease, const float* x, int64_t n, const MixtureModel& m, double* log_density,
                     double* responsibilities) {
  Factors factors;
  if (!factorize(m, factors)) return not_definite();
  parallel_range(lease, n, kRows, [&](int64_t begin, int64_t end, int) {
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

Status mixture_fit(Lease& lease, const float* x, int64_t n, const int32_t* labels, const MixtureOptions& options,
                   MixtureModel& m, MixtureOutcome& outcome) {
  const int64_t k = m.components;
  std::vector<double> r(static_cast<size_t>(n * k), 0.0), density(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) r[size_t(i * k + labels[i])] = 1;
  m.weights.assign(size_t(k), 0.0);
  maximize(lease, x, n, r.data(), options.regularization, m);
  outcome = {};
  double before = -std::numeric_limits<double>::infinity();
  while (outcome.iterations < options.max_iterations && !outcome.converged) {
    if (options.cancel != nullptr && options.cancel->is_requested()) {
      return Status::aborted("The operation was aborted.");
    }
    HEBB_RETURN_IF_ERROR(mixture_score(lease, x, n, m, density.data(), r.data()));
    double sum = 0;
    for (const double v : density) sum += v;
    outcome.log_likelihood = sum / double(n);
    maximize(lease, x, n, r.data(), options.regularization, m);
    ++outcome.iterations;
    outcome.converged = std::fabs(outcome.log_likelihood - before) < options.tolerance;
    before = outcome.log_likelihood;
    if (options.progress) options.progress(double(outcome.iterations), outcome.log_likelihood);
  }
  return {};
}

Status kernel_density(Lease& lease, const float* x, int64_t n, int64_t dims, double bandwidth, const float* queries,
                      int64_t m, const CancelFlag& cancel, double* out) {
  const double scale = -0.5 / (bandwidth * bandwidth);
  const double norm = 0.5 * double(dims) * kLog2Pi + double(dims) * std::log(bandwidth) + std::log(double(n));
  lease.parallel_for(m, [&](int64_t i, int) {
    if (cancel.is_requested()) return;
    std::vector<double> logs(static_cast<size_t>(n));
    double top = -std::numeric_limits<double>::infinity();
    for (int64_t j = 0; j < n; ++j) {
      double squares = 0;
      for (int64_t c = 0; c < dims; ++c) {
        const double d = double(queries[i * dims + c]) - x[j * dims + c];
        squares += d * d;
      }
      logs[size_t(j)] = scale * squares;
      top = std::max(top, logs[size_t(j)]);
    }
    double sum = 0;
    for (const double v : logs) sum += std::exp(v - top);
    out[i] = top + std::log(sum) - norm;
  });
  return cancel.is_requested() ? Status::aborted("The operation was aborted.") : Status{};
}

}  // namespace hebb
