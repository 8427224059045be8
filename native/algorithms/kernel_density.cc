#include "algorithms/kernel_density.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace hebb {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The integral of u^(d - 1) cos(pi u / 2) from 0 to 1, by Simpson's rule on steps so short that the power is smooth.
double cosine_moment(double d) {
  const int64_t steps = 2 * (500 + int64_t(10 * d));
  double sum = 0;
  for (int64_t i = 0; i <= steps; ++i) {
    const double u = double(i) / double(steps);
    const double value = (d > 1 ? std::pow(u, d - 1) : 1) * std::cos(kPi / 2 * u);
    sum += value * (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2);
  }
  return sum / (3 * double(steps));
}

// log of the integral of a kernel of bandwidth 1 over d dimensions. The unit ball has the volume pi^(d/2) / Gamma(d/2 +
// 1), its surface is d times that.
double log_integral(DensityKernel kernel, double d) {
  const double ball = d / 2 * std::log(kPi) - std::lgamma(d / 2 + 1);
  switch (kernel) {
    case DensityKernel::gaussian: return d / 2 * std::log(2 * kPi);
    case DensityKernel::tophat: return ball;
    case DensityKernel::epanechnikov: return ball + std::log(2 / (d + 2));
    case DensityKernel::exponential: return ball + std::log(d) + std::lgamma(d);
    case DensityKernel::linear: return ball - std::log(d + 1);
    case DensityKernel::cosine: return ball + std::log(d) + std::log(cosine_moment(d));
  }
  return 0;
}

// log of a kernel at u^2
double log_profile(DensityKernel kernel, double squares) {
  if (kernel == DensityKernel::gaussian) return -0.5 * squares;
  if (kernel == DensityKernel::exponential) return -std::sqrt(squares);
  if (!(squares < 1)) return -kInfinity;
  switch (kernel) {
    case DensityKernel::epanechnikov: return std::log(1 - squares);
    case DensityKernel::linear: return std::log(1 - std::sqrt(squares));
    case DensityKernel::cosine: return std::log(std::cos(kPi / 2 * std::sqrt(squares)));
    default: return 0;
  }
}

}  // namespace

Status kernel_density(Lease& lease, const float* x, int64_t n, int64_t dims, DensityKernel kernel, double bandwidth,
                      const float* queries, int64_t m, const Watch& watch, double* out) {
  const double norm = log_integral(kernel, double(dims)) + double(dims) * std::log(bandwidth) + std::log(double(n));
  Meter meter(watch, m);
  lease.parallel_for(m, [&](int64_t i, int worker) {
    if (!meter.go()) return;
    std::vector<double> logs(static_cast<size_t>(n));
    double top = -kInfinity;
    for (int64_t j = 0; j < n; ++j) {
      double squares = 0;
      for (int64_t c = 0; c < dims; ++c) {
        const double d = (double(queries[i * dims + c]) - x[j * dims + c]) / bandwidth;
        squares += d * d;
      }
      logs[size_t(j)] = log_profile(kernel, squares);
      top = std::max(top, logs[size_t(j)]);
    }
    double sum = 0;
    for (const double v : logs) sum += std::exp(v - std::max(top, -1e300));
    out[i] = top == -kInfinity ? top : top + std::log(sum) - norm;
    meter.add(1, worker);
  });
  return watch.status();
}

}  // namespace hebb
