// What the tests of t-SNE share: affinities, naive forces and divergence, errors of forces.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>

#include "algorithms/neighbors.h"
#include "algorithms/tsne.h"
#include "check.h"
#include "samples.h"

namespace fixture {

using namespace hebb;

inline SparseAffinities affinities(Lease& lease, const std::vector<float>& x, int64_t n, int64_t dims,
                                   double perplexity) {
  const int64_t k = std::min<int64_t>(n - 1, int64_t(3 * perplexity));
  std::vector<int32_t> indices(size_t(n * k));
  std::vector<float> rows(size_t(n * k));
  NeighborQuery q;
  q.references = x.data();
  q.n = n;
  q.dims = dims;
  q.k = k;
  CHECK(nearest_neighbors(lease, kernels(), q, indices.data(), rows.data()).ok());
  calibrate(lease, kernels(), n, k, perplexity, rows.data());
  SparseAffinities p;
  CHECK(symmetrize(lease, n, k, indices.data(), rows.data(), p).ok());
  return p;
}

inline std::vector<double> dense_of(const SparseAffinities& p) {
  std::vector<double> dense(size_t(p.n * p.n), 0.0);
  for (int64_t i = 0; i < p.n; ++i) {
    for (int64_t e = p.starts[size_t(i)]; e < p.starts[size_t(i + 1)]; ++e) {
      dense[size_t(i * p.n + p.columns.as<int32_t>()[e])] += p.values.as<float>()[e];
    }
  }
  return dense;
}

struct Forces {
  std::vector<double> attraction, repulsion;
  double z = 0;
};

inline Forces naive_forces(const std::vector<double>& p, const std::vector<float>& y, int64_t n, int dims) {
  Forces f{std::vector<double>(size_t(n * dims)), std::vector<double>(size_t(n * dims)), 0};
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      if (j == i) continue;
      double d2 = 0;
      for (int c = 0; c < dims; ++c) d2 += std::pow(double(y[size_t(i * dims + c)]) - y[size_t(j * dims + c)], 2);
      const double q = 1 / (1 + d2);
      f.z += q;
      for (int c = 0; c < dims; ++c) {
        const double delta = double(y[size_t(i * dims + c)]) - y[size_t(j * dims + c)];
        f.attraction[size_t(i * dims + c)] += p[size_t(i * n + j)] * q * delta;
        f.repulsion[size_t(i * dims + c)] += q * q * delta;
      }
    }
  }
  for (double& v : f.repulsion) v /= f.z;
  return f;
}

inline double naive_kl(const std::vector<double>& p, const std::vector<double>& y, int64_t n, int dims,
                       double dof = 1) {
  double z = 0, cost = 0;
  for (int pass = 0; pass < 2; ++pass) {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        if (j == i) continue;
        double d2 = 0;
        for (int c = 0; c < dims; ++c) d2 += std::pow(y[size_t(i * dims + c)] - y[size_t(j * dims + c)], 2);
        const double q = std::pow(1 + d2 / dof, -(dof + 1) / 2), pij = p[size_t(i * n + j)];
        if (pass == 0) z += q;
        if (pass == 1 && pij > 0) cost += pij * std::log(pij / (q / z));
      }
    }
  }
  return cost;
}

inline std::vector<const Kernels*> tables() {
  const Kernels* all[8];
  const int count = available_kernels(all, 8);
  return {all, all + count};
}

inline Forces forces_of(TsneOptimizer& optimizer, Lease& lease) {
  Forces f{std::vector<double>(size_t(optimizer.points() * optimizer.dims())),
           std::vector<double>(size_t(optimizer.points() * optimizer.dims())), 0};
  CHECK(optimizer.forces(lease, f.attraction.data(), f.repulsion.data(), &f.z).ok());
  return f;
}

inline double kl_of(TsneOptimizer& optimizer, Lease& lease) {
  double kl = 0;
  CHECK(optimizer.kl_divergence(lease, kl).ok());
  return kl;
}

inline double largest(const std::vector<double>& v) {
  double m = 0;
  for (const double x : v) m = std::max(m, std::fabs(x));
  return m;
}

inline double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double m = 0;
  for (size_t i = 0; i < a.size(); ++i) m = std::max(m, std::fabs(a[i] - b[i]));
  return m;
}

// Errors |approximate - exact| / |exact| of the repulsion of each point, sorted.
inline std::vector<double> relative_errors(const Forces& got, const Forces& want, int64_t n, int dims) {
  std::vector<double> errors;
  for (int64_t i = 0; i < n; ++i) {
    double difference = 0, size = 0;
    for (int c = 0; c < dims; ++c) {
      difference += std::pow(got.repulsion[size_t(i * dims + c)] - want.repulsion[size_t(i * dims + c)], 2);
      size += std::pow(want.repulsion[size_t(i * dims + c)], 2);
    }
    errors.push_back(std::sqrt(difference / size));
  }
  std::sort(errors.begin(), errors.end());
  return errors;
}

}  // namespace fixture
