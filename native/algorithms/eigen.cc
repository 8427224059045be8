#include "algorithms/eigen.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "core/rng.h"

namespace hebb {

namespace {

constexpr int64_t kRowGrain = 64;

// Four sums side by side: the compiler may use vectors, and the order is fixed.
double dot(int64_t n, const double* a, const double* b) {
  double s[4] = {0, 0, 0, 0};
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (int j = 0; j < 4; ++j) s[j] += a[i + j] * b[i + j];
  }
  for (; i < n; ++i) s[0] += a[i] * b[i];
  return (s[0] + s[1]) + (s[2] + s[3]);
}

void subtract(int64_t n, double factor, const double* x, double* y) {
  for (int64_t i = 0; i < n; ++i) y[i] -= factor * x[i];
}

// Reduces a to T = Q' a Q with diagonal d and off-diagonal e (e[i] couples i and i + 1). Row i of `a` keeps the
// Householder vector of step i in its elements right of the diagonal; scale[i] = 2 / |v|^2, or 0.
void tridiagonalize(Lease& lease, int64_t n, double* a, double* d, double* e, double* scale) {
  std::vector<double> p(static_cast<size_t>(n)), v(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    d[i] = a[i * n + i];
    e[i] = scale[i] = 0;
    const int64_t first = i + 1, m = n - first;
    if (m == 0) break;
    double* x = a + i * n + first;
    const double norm = std::sqrt(dot(m, x, x));
    if (m == 1 || norm == 0) {
      e[i] = x[0];
      if (m > 1) std::fill(x, x + m, 0.0);
      continue;
    }
    const double alpha = x[0] > 0 ? -norm : norm;
    e[i] = alpha;
    x[0] -= alpha;
    scale[i] = 2 / dot(m, x, x);
    std::memcpy(v.data(), x, size_t(m) * sizeof(double));
    // A <- A - v w' - w v',  w = beta A v - (beta^2 / 2) (v' A v) v
    parallel_range(lease, m, kRowGrain, [&](int64_t begin, int64_t end, int) {
      for (int64_t r = begin; r < end; ++r) p[size_t(r)] = scale[i] * dot(m, a + (first + r) * n + first, v.data());
    });
    subtract(m, scale[i] / 2 * dot(m, v.data(), p.data()), v.data(), p.data());
    parallel_range(lease, m, kRowGrain, [&](int64_t begin, int64_t end, int) {
      for (int64_t r = begin; r < end; ++r) {
        double* row = a + (first + r) * n + first;
        const double vr = v[size_t(r)], pr = p[size_t(r)];
        for (int64_t c = 0; c < m; ++c) row[c] -= vr * p[size_t(c)] + pr * v[size_t(c)];
      }
    });
  }
}

// Eigenvalues of the tridiagonal matrix by implicit QL with Wilkinson's shift; d and e are destroyed. Couplings below
// the rounding of the whole matrix count as 0: beside diagonals that are rounding errors themselves (columns without
// variance) they would never fall below the rounding of their own.
bool tridiagonal_values(int64_t n, std::vector<double>& d, std::vector<double>& e) {
  constexpr double unit = 2.3e-16;
  double norm = 0;
  for (int64_t i = 0; i < n; ++i) norm = std::max(norm, std::fabs(d[size_t(i)]) + std::fabs(e[size_t(i)]));
  for (int64_t l = 0; l < n; ++l) {
    for (int iteration = 0;; ++iteration) {
      int64_t m = l;
      while (m + 1 < n) {
        if (std::fabs(e[size_t(m)]) <= unit * norm) break;
        ++m;
      }
      if (m == l) break;
      if (iteration == 60) return false;
      double g = (d[size_t(l + 1)] - d[size_t(l)]) / (2 * e[size_t(l)]);
      double r = std::hypot(g, 1.0);
      g = d[size_t(m)] - d[size_t(l)] + e[size_t(l)] / (g + (g >= 0 ? r : -r));
      double s = 1, c = 1, p = 0;
      int64_t i = m - 1;
      for (; i >= l; --i) {
        double f = s * e[size_t(i)];
        const double b = c * e[size_t(i)];
        r = std::hypot(f, g);
        e[size_t(i + 1)] = r;
        if (r == 0) {
          d[size_t(i + 1)] -= p;
          e[size_t(m)] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[size_t(i + 1)] - p;
        r = (d[size_t(i)] - g) * s + 2 * c * b;
        p = s * r;
        d[size_t(i + 1)] = g + p;
        g = c * r - b;
      }
      if (r == 0 && i >= l) continue;
      d[size_t(l)] -= p;
      e[size_t(l)] = g;
      e[size_t(m)] = 0;
    }
  }
  return true;
}

// Solves (T - shift) x = b in place by Gaussian elimination with partial pivoting.
void solve_shifted(int64_t n, const double* d, const double* e, double shift, double tiny, std::vector<double>& work,
                   double* x) {
  work.assign(size_t(3 * n), 0.0);
  double *u0 = work.data(), *u1 = u0 + n, *u2 = u1 + n;  // the three upper diagonals
  double diagonal = d[0] - shift, upper = n > 1 ? e[0] : 0;
  for (int64_t i = 0; i + 1 < n; ++i) {
    const double below = e[i], next = d[i + 1] - shift, beyond = i + 2 < n ? e[i + 1] : 0;
    if (std::fabs(below) > std::fabs(diagonal)) {
      const double factor = diagonal / below;
      u0[i] = below;
      u1[i] = next;
      u2[i] = beyond;
      std::swap(x[i], x[i + 1]);
      x[i + 1] -= factor * x[i];
      diagonal = upper - factor * next;
      upper = -factor * beyond;
    } else {
      if (std::fabs(diagonal) < tiny) diagonal = tiny;
      const double factor = below / diagonal;
      u0[i] = diagonal;
      u1[i] = upper;
      x[i + 1] -= factor * x[i];
      diagonal = next - factor * upper;
      upper = beyond;
    }
  }
  u0[n - 1] = std::fabs(diagonal) < tiny ? tiny : diagonal;
  for (int64_t i = n - 1; i >= 0; --i) {
    double b = x[i];
    if (i + 1 < n) b -= u1[i] * x[i + 1];
    if (i + 2 < n) b -= u2[i] * x[i + 2];
    x[i] = b / u0[i];
  }
}

// Removes the parts of x along `count` orthonormal rows of q, twice, and normalises. Returns the length that was left.
double clean(int64_t n, int64_t count, const double* q, double* x) {
  double length = 0;
  for (int pass = 0; pass < 2; ++pass) {
    for (int64_t r = 0; r < count; ++r) subtract(n, dot(n, q + r * n, x), q + r * n, x);
    length = std::sqrt(dot(n, x, x));
    if (length == 0) return 0;
    const double factor = 1 / length;
    for (int64_t i = 0; i < n; ++i) x[i] *= factor;
  }
  return length;
}

}  // namespace

void orthonormalize(Lease& lease, int64_t rows, int64_t n, double* q) {
  for (int64_t r = 0; r < rows; ++r) {
    double* x = q + r * n;
    const double length = std::sqrt(dot(n, x, x));
    const double factor = length > 0 ? 1 / length : 0;
    for (int64_t i = 0; i < n; ++i) x[i] *= factor;
    lease.parallel_for(rows - r - 1, [&](int64_t other, int) {
      double* y = q + (r + 1 + other) * n;
      subtract(n, dot(n, x, y), x, y);
    });
  }
  for (int64_t r = 1; r < rows; ++r) clean(n, r, q, q + r * n);
}

bool symmetric_eigen(Lease& lease, int64_t n, double* a, int64_t k, std::vector<double>& values,
                     std::vector<double>& vectors) {
  const size_t size = static_cast<size_t>(n);
  std::vector<double> d(size), e(size), scale(size);
  tridiagonalize(lease, n, a, d.data(), e.data(), scale.data());
  std::vector<double> all = d, off = e;
  if (!tridiagonal_values(n, all, off)) return false;
  std::sort(all.begin(), all.end(), [](double x, double y) { return x > y; });
  const double norm = std::max(std::fabs(all.front()), std::fabs(all.back()));
  values.assign(all.begin(), all.begin() + k);
  vectors.assign(size_t(k * n), 0.0);
  const double tiny = std::max(norm, 1e-300) * 1e-16;
  std::vector<double> work;
  double shift = 0;
  for (int64_t j = 0; j < k; ++j) {
    // Equal eigenvalues get shifts a little apart; the cleaning below turns their vectors out of each other's way.
    shift = j > 0 && shift - values[size_t(j)] < 10 * tiny ? shift - 10 * tiny : values[size_t(j)];
    double* x = vectors.data() + j * n;
    Philox rng(12345, uint64_t(j));
    for (int64_t i = 0; i < n; ++i) x[i] = rng.uniform64(uint64_t(i)) - 0.5;
    for (int iteration = 0; iteration < 4; ++iteration) {
      solve_shifted(n, d.data(), e.data(), shift, tiny, work, x);
      const double largest =
          std::fabs(*std::max_element(x, x + n, [](double u, double v) { return std::fabs(u) < std::fabs(v); }));
      for (int64_t i = 0; i < n; ++i) x[i] /= largest;
      clean(n, j, vectors.data(), x);
    }
  }
  // Back to the original basis: x <- H_0 ... H_{n-2} x, each H_i touching the elements after i.
  lease.parallel_for(k, [&](int64_t j, int) {
    double* x = vectors.data() + j * n;
    for (int64_t i = n - 2; i >= 0; --i) {
      if (scale[size_t(i)] == 0) continue;
      const double* v = a + i * n + i + 1;
      subtract(n - i - 1, scale[size_t(i)] * dot(n - i - 1, v, x + i + 1), v, x + i + 1);
    }
  });
  return true;
}

}  // namespace hebb
