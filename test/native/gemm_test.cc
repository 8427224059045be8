// sgemm on every ISA (and dgemm on the scalar kernels) against a naive float64 product.
#include "core/gemm.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "check.h"
#include "core/cpu_cache.h"
#include "kernels/gemm_kernels.h"

using namespace hebb;

namespace {

template <class T>
std::vector<const KernelTable<T>*> tables();
template <>
std::vector<const KernelTable<float>*> tables<float>() {
  const Kernels* all[8];
  const int n = available_kernels(all, 8);
  return {all, all + n};
}
template <>
std::vector<const KernelTable<double>*> tables<double>() {
  return {&kernels_f64()};
}

struct Case {
  int64_t M, N, K;
  bool ta = false, tb = false;
  double alpha = 1, beta = 0;
  int64_t pad_a = 0, pad_b = 0, pad_c = 0;  // leading dimensions beyond the widths
  bool bias = false, pre = false;
  const char* activation = nullptr;
};

template <class T>
const UnaryRow<T>* find_activation(const KernelTable<T>& k, const char* name) {
  for (int i = 0; i < k.activation_count; ++i) {
    if (std::strcmp(k.activations[i].name, name) == 0) return &k.activations[i];
  }
  return nullptr;
}

// The tables that hold an activation need not be there for this one, which every test can use.
template <class T>
void halve_forward(int64_t n, const T* x, T* y, T alpha) {
  for (int64_t i = 0; i < n; ++i) y[i] = alpha * x[i] - T(1);
}
template <class T>
const UnaryRow<T> kHalve = {"halve", false, 0.5, &halve_forward<T>, nullptr};
template <class T>
const UnaryRow<T> kRelu = {"relu", false, 0, nullptr, nullptr};

constexpr float kCanary = -77.25f;

template <class T>
struct Problem {
  Case c;
  int64_t lda, ldb, ldc;
  std::vector<T> a, b, c0, bias;

  explicit Problem(const Case& shape, uint32_t seed = 1) : c(shape) {
    std::mt19937 rng(seed);
    std::uniform_real_distribution<double> u(-1, 1);
    const int64_t ar = c.ta ? c.K : c.M, ac = c.ta ? c.M : c.K, br = c.tb ? c.N : c.K, bc = c.tb ? c.K : c.N;
    lda = ac + c.pad_a, ldb = bc + c.pad_b, ldc = c.N + c.pad_c;
    // Padding holds NaN: it must never be read into a result.
    const T nan = std::numeric_limits<T>::quiet_NaN();
    a.assign(size_t(ar * lda + 1), nan), b.assign(size_t(br * ldb + 1), nan);
    for (int64_t i = 0; i < ar; ++i)
      for (int64_t j = 0; j < ac; ++j) a[size_t(i * lda + j)] = T(u(rng));
    for (int64_t i = 0; i < br; ++i)
      for (int64_t j = 0; j < bc; ++j) b[size_t(i * ldb + j)] = T(u(rng));
    c0.assign(size_t(c.M * ldc) + 64, T(kCanary));
    for (int64_t i = 0; i < c.M; ++i)
      for (int64_t j = 0; j < c.N; ++j) c0[size_t(32 + i * ldc + j)] = c.beta == 0 ? nan : T(u(rng));
    bias.resize(size_t(c.N) + 1);
    for (T& x : bias) x = T(u(rng));
  }

  // The value before the activation, and what it may be off by.
  void reference(int64_t i, int64_t j, double* value, double* bound) const {
    double sum = 0, magnitude = 0;
    for (int64_t k = 0; k < c.K; ++k) {
      const double x = double(c.ta ? a[size_t(k * lda + i)] : a[size_t(i * lda + k)]);
      const double y = double(c.tb ? b[size_t(j * ldb + k)] : b[size_t(k * ldb + j)]);
      sum += x * y, magnitude += std::fabs(x * y);
    }
    double start = 0;
    if (c.beta != 0) start += c.beta * double(c0[size_t(32 + i * ldc + j)]);
    if (c.bias) start += double(bias[size_t(j)]);
    *value = c.alpha * sum + start;
    const double eps = double(std::numeric_limits<T>::epsilon());
    *bound = eps * (std::sqrt(double(c.K)) + 4) *
             (std::fabs(c.alpha) * magnitude / std::sqrt(double(c.K) + 1) * 4 + std::fabs(start) + 1e-6);
  }

  std::vector<T> run(Lease& lease, const KernelTable<T>& k, const UnaryRow<T>* activation, T activation_alpha,
                     std::vector<T>* pre) const {
    std::vector<T> out = c0;
    GemmEpilogue<T> e;
    if (c.bias) e.bias = bias.data();
    e.activation = activation, e.activation_alpha = activation_alpha;
    if (pre != nullptr) {
      pre->assign(out.size(), T(kCanary));
      e.pre_activation = pre->data() + 32;
    }
    const Status s = gemm<T>(lease, k, c.ta, c.tb, c.M, c.N, c.K, T(c.alpha), a.data(), lda, b.data(), ldb, T(c.beta),
                             out.data() + 32, ldc, e);
    CHECK(s.ok());
    return out;
  }
};

double apply(const UnaryRow<double>* row, const char* name, double x, double alpha) {
  if (name == nullptr) return x;
  if (std::strcmp(name, "relu") == 0) return x > 0 ? x : 0;
  double y = 0;
  row->forward(1, &x, &y, alpha);
  return y;
}

// Compares the whole buffer, canaries included.
template <class T>
void check_result(const KernelTable<T>& k, const Problem<T>& p, const std::vector<T>& out, const std::vector<T>* pre,
                  const UnaryRow<double>* row, double alpha) {
  const Case& c = p.c;
  int64_t bad = 0;
  double worst = 0;
  for (int64_t i = 0; i < c.M && bad == 0; ++i) {
    for (int64_t j = 0; j < c.N && bad == 0; ++j) {
      double value, bound;
      p.reference(i, j, &value, &bound);
      const double got = double(out[size_t(32 + i * p.ldc + j)]), want = apply(row, c.activation, value, alpha);
      // Activations have a slope of at most 1.13 and errors of a few ulp of their own.
      const double allowed =
          c.activation != nullptr ? 2 * bound + 4e-6 * (1 + std::fabs(want)) * (sizeof(T) == 4) : bound;
      if (!(std::fabs(got - want) <= allowed)) ++bad, worst = got - want;
      if (pre != nullptr && !(std::fabs(double((*pre)[size_t(32 + i * p.ldc + j)]) - value) <= bound)) ++bad;
    }
  }
  CHECK_NOTE(bad == 0, "%s %ldx%ldx%ld ta %d tb %d alpha %g beta %g bias %d act %s: off by %g", k.isa, long(c.M),
             long(c.N), long(c.K), c.ta, c.tb, c.alpha, c.beta, c.bias, c.activation ? c.activation : "-", worst);
  int64_t touched = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    const int64_t at = int64_t(i) - 32;
    const bool inside = at >= 0 && at < c.M * p.ldc && at % p.ldc < c.N;
    if (!inside && (out[i] != T(kCanary) || (pre != nullptr && (*pre)[i] != T(kCanary)))) ++touched;
  }
  CHECK_NOTE(touched == 0, "%s %ldx%ldx%ld wrote %ld elements outside C", k.isa, long(c.M), long(c.N), long(c.K),
             long(touched));
}

template <class T>
void check_case(Lease& lease, const Case& c) {
  const Problem<T> p(c, uint32_t(c.M * 131 + c.N * 17 + c.K));
  for (const KernelTable<T>* k : tables<T>()) {
    std::vector<T> pre;
    const bool relu = c.activation != nullptr && std::strcmp(c.activation, "relu") == 0;
    const UnaryRow<T>* row = c.activation == nullptr ? nullptr : relu ? &kRelu<T> : &kHalve<T>;
    const std::vector<T> out = p.run(lease, *k, row, T(0.5), c.pre ? &pre : nullptr);
    check_result(*k, p, out, c.pre ? &pre : nullptr, &kHalve<double>, 0.5);
  }
}

std::vector<Case> transposes(int64_t M, int64_t N, int64_t K) {
  std::vector<Case> all;
  for (int t = 0; t < 4; ++t) {
    Case c{M, N, K};
    c.ta = (t & 1) != 0, c.tb = (t & 2) != 0;
    all.push_back(c);
  }
  return all;
}

// Many tiles of rows, panels and steps of k: several of what the loops cut each into.
void check_blocks(int64_t M, int64_t N, int64_t K) {
  Lease lease = ThreadPool::instance().lease(2);
  for (Case c : transposes(M, N, K)) {
    c.bias = true, c.activation = "relu";
    const Problem<float> p(c);
    for (const Kernels* k : tables<float>()) {
      if (std::strcmp(k->isa, "scalar") == 0) continue;
      check_result<float>(*k, p, p.run(lease, *k, &kRelu<float>, 0, nullptr), nullptr, &kHalve<double>, 0.5);
    }
  }
}

}  // namespace

TEST(gemm_small_sizes_all_transposes) {
  Lease lease = ThreadPool::instance().lease(2);
  for (int64_t M : {0, 1, 2, 3, 5, 7, 13})
    for (int64_t N : {0, 1, 2, 3, 7, 15, 16, 17, 31, 49})
      for (int64_t K : {0, 1, 2, 3, 11, 16, 17})
        for (Case c : transposes(M, N, K)) {
          check_case<float>(lease, c);
          c.pad_a = 3, c.pad_b = 1, c.pad_c = 5, c.bias = true;
          check_case<float>(lease, c);
          check_case<double>(lease, c);
        }
}

TEST(gemm_alpha_beta) {
  Lease lease = ThreadPool::instance().lease(2);
  for (double alpha : {0.0, 1.0, -0.5, 2.0})
    for (double beta : {0.0, 1.0, -0.5, 2.0})
      for (Case c : transposes(19, 53, 37)) {
        c.alpha = alpha, c.beta = beta, c.pad_c = 2;
        check_case<float>(lease, c);
        check_case<double>(lease, c);
        c.M = 67, c.bias = true;
        check_case<float>(lease, c);
      }
}

// One below, at and above each block bound of each ISA's kernels and of the loops around them.
TEST(gemm_block_bounds) {
  Lease lease = ThreadPool::instance().lease(2);
  for (const Kernels* k : tables<float>()) {
    const int mr = k->gemm->mr, w = k->gemm->w, nr = w * k->gemm->nv;
    for (int64_t M : {mr - 1, mr, mr + 1, 2 * mr + 1, 4 * mr, 4 * mr + 1})
      for (int64_t N : {w - 1, w, w + 1, nr - 1, nr, nr + 1, nr + w, nr + w + 1, 2 * nr, 2 * nr + 1, 3 * nr + w - 1})
        for (Case c : transposes(M, N, 23)) check_case<float>(lease, c);
  }
}

TEST(gemm_deep) {
  Lease lease = ThreadPool::instance().lease(2);
  for (int64_t K : {255, 256, 257, 341, 342, 511, 512, 513, 681, 683, 1021, 2048, 4095, 4097, 8209})
    for (Case c : transposes(9, 21, K)) {
      c.bias = true, c.beta = K % 2 == 0 ? 0 : 2, c.activation = "relu", c.pre = true;
      check_case<float>(lease, c);
      c.M = 41, c.alpha = 2;
      check_case<float>(lease, c);
    }
}

TEST(gemm_large) {
  Lease lease = ThreadPool::instance().lease(2);
  for (Case c : transposes(389, 257, 601)) {
    c.bias = true, c.activation = "relu";
    check_case<float>(lease, c);
  }
  for (Case c : transposes(130, 1031, 401)) {
    c.beta = 1, c.activation = "halve", c.pre = true, c.pad_c = 1;
    check_case<float>(lease, c);
  }
  for (Case c : transposes(1031, 65, 130)) {
    c.alpha = -0.5;
    check_case<float>(lease, c);
  }
}

TEST(gemm_wide_and_deep) { check_blocks(67, 515, 4133); }
TEST(gemm_tall_and_deep) { check_blocks(2101, 13, 2040); }

// More rows than one block holds, of an A that is copied in tiles: a product of the last rows alone has the same bits.
TEST(gemm_row_blocks) {
  const int64_t N = 512, K = 256, in_block = 8 * cpu_cache_bytes(2) / (int64_t(sizeof(float)) * K), M = in_block + 61;
  const int64_t first = in_block - 60, rows = M - first;
  std::mt19937 rng(1);
  std::uniform_real_distribution<float> u(-1, 1);
  std::vector<float> a(size_t(M * K)), b(size_t(K * N)), whole(size_t(M * N)), part(size_t(rows * N));
  for (float& x : a) x = u(rng);
  for (float& x : b) x = u(rng);
  Lease lease = ThreadPool::instance().lease(2);
  for (const Kernels* k : tables<float>()) {
    if (std::strcmp(k->isa, "scalar") == 0) continue;
    const auto multiply = [&](int64_t row, int64_t count, float* c) {
      CHECK(gemm<float>(lease, *k, true, false, count, N, K, 1, a.data() + row, M, b.data(), N, 0, c, N).ok());
    };
    multiply(0, M, whole.data());
    multiply(first, rows, part.data());
    CHECK_NOTE(std::memcmp(whole.data() + first * N, part.data(), part.size() * sizeof(float)) == 0, "%s", k->isa);
  }
}

TEST(gemm_every_activation) {
  Lease lease = ThreadPool::instance().lease(2);
  for (const Kernels* k : tables<float>()) {
    for (int i = 0; i < k->activation_count; ++i) {
      const UnaryRow<float>& row = k->activations[i];
      const UnaryRow<double>* oracle = find_activation(kernels_f64(), row.name);
      CHECK(oracle != nullptr);
      if (oracle == nullptr) continue;
      for (Case c : transposes(29, 83, 31)) {
        c.bias = true, c.activation = row.name, c.pre = true, c.pad_c = 3;
        const Problem<float> p(c);
        std::vector<float> pre;
        const std::vector<float> out = p.run(lease, *k, &row, float(row.default_alpha), &pre);
        check_result(*k, p, out, &pre, oracle, row.default_alpha);
      }
    }
  }
}

TEST(gemm_nan_passes_and_does_not_leak) {
  Lease lease = ThreadPool::instance().lease(1);
  for (const Kernels* k : tables<float>()) {
    Case c{5, 19, 6};
    Problem<float> p(c);
    p.a[size_t(2 * p.lda + 3)] = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> out = p.run(lease, *k, &kRelu<float>, 0, nullptr);
    for (int64_t i = 0; i < c.M; ++i)
      for (int64_t j = 0; j < c.N; ++j) CHECK(std::isnan(out[size_t(32 + i * p.ldc + j)]) == (i == 2));
  }
}

TEST(gemm_same_bits_for_any_thread_count) {
  ThreadPool::instance().set_threads(7);
  const Case shapes[] = {{1, 1000, 300}, {7, 301, 129},   {64, 64, 64},    {128, 512, 784},
                         {333, 10, 257}, {513, 97, 1111}, {1500, 150, 700}};
  for (const Kernels* k : tables<float>()) {
    for (const Case& shape : shapes) {
      if (std::strcmp(k->isa, "scalar") == 0 && shape.M * shape.N * shape.K > (1 << 24)) continue;
      for (Case c : transposes(shape.M, shape.N, shape.K)) {
        c.beta = 2, c.bias = true, c.alpha = c.ta ? 1 : 1.5;
        const Problem<float> p(c);
        std::vector<float> first;
        for (int threads : {1, 2, 3, 7}) {
          Lease lease = ThreadPool::instance().lease(threads);
          const std::vector<float> out = p.run(lease, *k, &kRelu<float>, 0, nullptr);
          if (first.empty()) first = out;
          CHECK_NOTE(std::memcmp(first.data(), out.data(), out.size() * sizeof(float)) == 0,
                     "%s %ldx%ldx%ld threads %d", k->isa, long(c.M), long(c.N), long(c.K), threads);
        }
      }
    }
  }
}

TEST(gemm_panel_geometry) {
  for (int w : {1, 4, 8, 16})
    for (int nv : {2, 3, 4})
      for (int64_t n = 1; n < 300; ++n) {
        int64_t column = 0;
        const int64_t panels = gemm_panel_count(n, w, nv);
        for (int64_t p = 0; p < panels; ++p) {
          CHECK_NOTE(gemm_panel_column(n, w, nv, p) == column, "w %d nv %d n %ld panel %ld", w, nv, long(n), long(p));
          column += gemm_panel_vectors(gemm_vectors(n, w) - column / w, nv) * w;
        }
        CHECK(column == gemm_vectors(n, w) * w && gemm_panel_column(n, w, nv, panels) == column);
      }
}
