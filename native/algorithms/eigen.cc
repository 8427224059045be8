#include "algorithms/eigen.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "core/rng.h"

namespace hebb {

namespace {

constexpr int64_t kRowGrain = 8;
constexpr double kReduction = 0.6;  // share of the work until the eigenvalues are known

// Eight sums side by side: the compiler may use vectors, and the order is fixed.
double dot(int64_t n, const double* a, const double* b) {
  double s[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (int j = 0; j < 8; ++j) s[j] += a[i + j] * b[i + j];
  }
  for (; i < n; ++i) s[0] += a[i] * b[i];
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

// y -= f x + g z
void subtract_two(int64_t n, double f, const double* x, double g, const double* z, double* y) {
  for (int64_t i = 0; i < n; ++i) y[i] -= f * x[i] + g * z[i];
}

void subtract(int64_t n, double factor, const double* x, double* y) {
  for (int64_t i = 0; i < n; ++i) y[i] -= factor * x[i];
}

double length_of(int64_t n, const double* x) { return std::sqrt(dot(n, x, x)); }

void multiply(int64_t n, double factor, double* x) {
  for (int64_t i = 0; i < n; ++i) x[i] *= factor;
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

// Makes row r of q [.., n] a unit vector without parts along the orthonormal rows before it: classical Gram-Schmidt,
// repeated until little is taken away ("twice is enough", Giraud and others 2005). False when nothing but rounding is
// left of it.
bool clean_row(Lease& lease, int64_t n, int64_t r, double* q, std::vector<double>& along) {
  constexpr double kRounding = 1e-14;
  double* x = q + r * n;
  const double before = length_of(n, x);
  if (!(before > 0) || !std::isfinite(before)) return false;
  multiply(n, 1 / before, x);
  if (r == 0) return true;
  along.resize(size_t(r));
  for (int pass = 0; pass < 6; ++pass) {
    parallel_range(lease, r, std::max<int64_t>(1, 32768 / n), [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i) along[size_t(i)] = dot(n, q + i * n, x);
    });
    parallel_range(lease, n, 512, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = 0; i < r; ++i) subtract(end - begin, along[size_t(i)], q + i * n + begin, x + begin);
    });
    const double left = length_of(n, x);
    if (!(left > kRounding)) return false;
    multiply(n, 1 / left, x);
    if (left > 0.7) return true;
  }
  return false;
}

void draw(int64_t n, uint64_t stream, double* x) {
  Philox rng(12345, stream);
  for (int64_t i = 0; i < n; ++i) x[i] = rng.uniform64(uint64_t(i)) - 0.5;
}

// Row r as a direction of its own, orthogonal to those before it.
void draw_row(Lease& lease, int64_t n, int64_t r, double* q, std::vector<double>& along) {
  for (uint64_t attempt = 1; attempt < 20; ++attempt) {
    draw(n, (attempt << 40) + uint64_t(r), q + r * n);
    if (clean_row(lease, n, r, q, along)) return;
  }
}

}  // namespace

void orthonormalize(Lease& lease, int64_t rows, int64_t n, double* q) {
  std::vector<double> along;
  for (int64_t r = 0; r < rows; ++r) {
    if (!clean_row(lease, n, r, q, along)) draw_row(lease, n, r, q, along);
  }
}

// T = Q' a Q. Row i of `a` keeps the Householder vector of step i in its elements right of the diagonal;
// reflect_[i] = 2 / |v|^2, or 0. The elements of the matrix are at most 1, and a rest of a row below the rounding of
// that counts as 0: reflecting it would turn rounding errors into directions, and its square may not be a number.
//
// Step i is A <- A - v w' - w v', w = beta A v - (beta^2 / 2) (v' A v) v, below and right of its diagonal element. It
// is done by the pass over the rows that forms A v of the next step, so the matrix is read once a step.
Status SymmetricEigen::tridiagonalize() {
  const double negligible = 2.3e-16 * double(n_);
  // Elements [i + 1, n): of step i, and of the step before it.
  std::vector<double> v(static_cast<size_t>(n_)), w(v), old_v(v), old_w(v);
  auto finish_row = [&](int64_t r, int64_t from) {
    subtract_two(n_ - from, old_v[size_t(r)], old_w.data() + from, old_w[size_t(r)], old_v.data() + from,
                 a_ + r * n_ + from);
  };
  bool pending = false;  // a step whose rows are not yet finished
  for (int64_t i = 0; i < n_; ++i) {
    HEBB_RETURN_IF_ERROR(watch_.status());
    if (pending) finish_row(i, i);
    diagonal_[size_t(i)] = a_[i * n_ + i];
    const int64_t first = i + 1, m = n_ - first;
    if (m == 0) break;
    double* x = a_ + i * n_ + first;
    const double norm = length_of(m, x);
    const bool reflects = m > 1 && norm > negligible;
    double beta = 0;
    if (reflects) {
      const double alpha = x[0] > 0 ? -norm : norm;
      off_[size_t(i)] = alpha;
      x[0] -= alpha;
      beta = reflect_[size_t(i)] = 2 / dot(m, x, x);
      std::memcpy(v.data() + first, x, size_t(m) * sizeof(double));
    } else {
      off_[size_t(i)] = m == 1 ? x[0] : 0;
      std::fill(x, x + m, 0.0);
    }
    if (!pending && !reflects) continue;
    parallel_range(lease_, m, kRowGrain, [&](int64_t begin, int64_t end, int) {
      for (int64_t r = first + begin; r < first + end; ++r) {
        if (pending) finish_row(r, first);
        if (reflects) w[size_t(r)] = beta * dot(m, a_ + r * n_ + first, v.data() + first);
      }
    });
    if (reflects)
      subtract(m, beta / 2 * dot(m, v.data() + first, w.data() + first), v.data() + first, w.data() + first);
    v.swap(old_v);
    w.swap(old_w);
    pending = reflects;
    const double rest = double(m) / double(n_);
    watch_.tell(kReduction * (1 - rest * rest * rest));
  }
  return {};
}

Status SymmetricEigen::values(std::vector<double>& out) {
  double largest = 0;
  for (int64_t i = 0; i < n_ * n_; ++i) {
    if (!std::isfinite(a_[i])) return Status::non_finite("Expected finite values, received NaN or Infinity.");
    largest = std::max(largest, std::fabs(a_[i]));
  }
  unit_ = largest > 0 ? std::ldexp(1.0, std::ilogb(largest)) : 1;
  for (int64_t i = 0; i < n_ * n_; ++i) a_[i] /= unit_;
  for (auto* v : {&diagonal_, &off_, &reflect_}) v->assign(size_t(n_), 0.0);
  HEBB_RETURN_IF_ERROR(tridiagonalize());
  values_ = diagonal_;
  std::vector<double> off = off_;
  if (!tridiagonal_values(n_, values_, off)) {
    return Status::data("Expected eigenvalues that converge, received a matrix whose eigenvalues do not.");
  }
  std::sort(values_.begin(), values_.end(), [](double x, double y) { return x > y; });
  rounding_ = 1e-16 * std::max({1.0, std::fabs(values_.front()), std::fabs(values_.back())});
  out = values_;
  multiply(n_, unit_, out.data());
  return {};
}

// The vector of the j-th eigenvalue into row j of q, orthogonal to the rows before it. False when it was lost among
// those.
bool SymmetricEigen::inverse_iteration(int64_t j, double shift, double* q) {
  double* x = q + j * n_;
  draw(n_, uint64_t(j), x);
  std::vector<double> along;
  for (int iteration = 0; iteration < 4; ++iteration) {
    solve_shifted(n_, diagonal_.data(), off_.data(), shift, rounding_, work_, x);
    double largest = 0;
    for (int64_t i = 0; i < n_; ++i) largest = std::max(largest, std::fabs(x[i]));
    if (!(largest > 0) || !std::isfinite(largest)) return false;
    multiply(n_, 1 / largest, x);
    if (!clean_row(lease_, n_, j, q, along)) return false;
  }
  return true;
}

Status SymmetricEigen::vectors(int64_t k, std::vector<double>& out) {
  out.assign(size_t(k * n_), 0.0);
  std::vector<double> along;
  double shift = 0;
  for (int64_t j = 0; j < k; ++j) {
    HEBB_RETURN_IF_ERROR(watch_.status());
    // Equal eigenvalues get shifts a little apart; the cleaning turns their vectors out of each other's way.
    const double value = values_[size_t(j)], step = 10 * rounding_;
    shift = j > 0 && shift - value < step ? shift - step : value;
    if (!inverse_iteration(j, shift, out.data())) draw_row(lease_, n_, j, out.data(), along);
    watch_.tell(kReduction + (1 - kReduction) * double(j + 1) / double(k));
  }
  // Back to the original basis: x <- H_0 ... H_{n-2} x, each H_i touching the elements after i.
  lease_.parallel_for(k, [&](int64_t j, int) {
    double* x = out.data() + j * n_;
    for (int64_t i = n_ - 2; i >= 0 && !watch_.cancelled(); --i) {
      if (reflect_[size_t(i)] == 0) continue;
      const double* v = a_ + i * n_ + i + 1;
      subtract(n_ - i - 1, reflect_[size_t(i)] * dot(n_ - i - 1, v, x + i + 1), v, x + i + 1);
    }
  });
  return watch_.status();
}

}  // namespace hebb
