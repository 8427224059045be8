// Reductions, column sums, row gathering and the search for NaN and infinity, on every ISA, against plain loops.
#include "kernel_fixture.h"

using namespace fixture;

namespace {

template <class T>
void check_reductions(const KernelTable<T>& k, int64_t n) {
  const Guarded<T> a = uniform<T>(n, -3, 5, 31), b = uniform<T>(n, -2, 2, 32);
  double sum = 0, squares = 0, dot = 0, size = 1;
  T max = -std::numeric_limits<T>::infinity(), min = -max;
  for (int64_t i = 0; i < n; ++i) {
    sum += double(a[i]), squares += double(a[i]) * double(a[i]), dot += double(a[i]) * double(b[i]);
    max = std::max(max, a[i]), min = std::min(min, a[i]);
    size += std::fabs(double(a[i])) + double(a[i]) * double(a[i]);
  }
  const double tolerance = 1e-16 * double(n + 8) * size;  // float64 sums, in another order
  CHECK_NOTE(std::fabs(k.sum(n, a.data()) - sum) <= tolerance, "sum of %s, n = %d", k.isa, int(n));
  CHECK_NOTE(std::fabs(k.sum_squares(n, a.data()) - squares) <= tolerance, "sum_squares of %s, n = %d", k.isa, int(n));
  CHECK_NOTE(std::fabs(k.dot(n, a.data(), b.data()) - dot) <= tolerance, "dot of %s, n = %d", k.isa, int(n));
  CHECK_NOTE(k.max(n, a.data()) == max, "max of %s, n = %d", k.isa, int(n));
  CHECK_NOTE(k.min(n, a.data()) == min, "min of %s, n = %d", k.isa, int(n));
  for (int64_t i = 0; i < n; i += 1 + n / 7) {  // the extremum and a NaN at any place
    Guarded<T> c = a;
    c[i] = T(9);
    CHECK_NOTE(k.max(n, c.data()) == T(9), "max at %d of %s, n = %d", int(i), k.isa, int(n));
    c[i] = T(-9);
    CHECK_NOTE(k.min(n, c.data()) == T(-9), "min at %d of %s, n = %d", int(i), k.isa, int(n));
    c[i] = std::numeric_limits<T>::quiet_NaN();
    CHECK_NOTE(std::isnan(k.max(n, c.data())) && std::isnan(k.min(n, c.data())), "NaN at %d of %s", int(i), k.isa);
  }
}

template <class T>
void check_nonfinite(const KernelTable<T>& k, int64_t n) {
  const T inf = std::numeric_limits<T>::infinity(), huge = std::numeric_limits<T>::max();
  Guarded<T> x = uniform<T>(n, -1, 1, 33);
  for (int64_t i = 0; i < n; i += 2) x[i] = i % 4 == 0 ? huge : -huge;
  CHECK_NOTE(k.find_nonfinite(n, x.data()) == -1, "of %s, n = %d", k.isa, int(n));
  for (int64_t at = 0; at < n; ++at) {
    for (T bad : {inf, -inf, std::numeric_limits<T>::quiet_NaN()}) {
      Guarded<T> y = x;
      y[at] = bad;
      if (n > at + 3) y[at + 3] = inf;  // the first one counts
      CHECK_NOTE(k.find_nonfinite(n, y.data()) == at, "at %d of %s, n = %d", int(at), k.isa, int(n));
    }
  }
}

template <class T>
void check_column_sums(const KernelTable<T>& k, int64_t rows, int64_t cols, int64_t pad) {
  const int64_t ld = cols + pad;
  const Guarded<T> x = uniform<T>(rows == 0 ? 0 : (rows - 1) * ld + cols, -2, 2, 34),
                   start = uniform<T>(cols, -1, 1, 35);
  Guarded<T> out = start;
  k.column_sums(rows, cols, x.data(), ld, out.data());
  for (int64_t c = 0; c < cols; ++c) {
    double want = double(start[c]);
    for (int64_t r = 0; r < rows; ++r) want += double(x[r * ld + c]);
    CHECK_NOTE(out[c] == T(want), "column_sums of %s, %d x %d: %g instead of %g", k.isa, int(rows), int(cols),
               double(out[c]), want);
  }
  CHECK(out.intact());
}

template <class T>
void check_gather_rows(const KernelTable<T>& k, int64_t rows, int64_t cols, int64_t pad) {
  const int64_t sources = 7, ld = cols + pad;
  const Guarded<T> src = uniform<T>((sources - 1) * ld + cols, -2, 2, 36);
  Guarded<int32_t> index(rows);
  for (int64_t r = 0; r < rows; ++r) index[r] = int32_t((r * 5 + 6) % sources);
  Guarded<T> dst(rows * cols);
  k.gather_rows(rows, cols, src.data(), ld, index.data(), dst.data());
  for (int64_t r = 0; r < rows; ++r) {
    CHECK_NOTE(same_bits(dst.data() + r * cols, src.data() + index[r] * ld, cols), "gather_rows of %s, %d x %d", k.isa,
               int(rows), int(cols));
  }
  CHECK(dst.intact());
}

}  // namespace

TEST(reductions) {
  for_each_table([](const auto& table) {
    for (int64_t n : sizes()) check_reductions(table, n);
  });
}

// 0.1f a million times: float accumulation would be off by about 1 %.
TEST(reductions_accumulate_in_float64) {
  const int64_t n = 1000003;
  const std::vector<float> x(size_t(n), 0.1f);
  for (const Kernels* k : float_tables()) {
    const double each = double(0.1f);
    CHECK(std::fabs(k->sum(n, x.data()) / (each * double(n)) - 1) < 1e-10);
    CHECK(std::fabs(k->sum_squares(n, x.data()) / (each * each * double(n)) - 1) < 1e-10);
    CHECK(std::fabs(k->dot(n, x.data(), x.data()) / (each * each * double(n)) - 1) < 1e-10);
    float column = 0;
    k->column_sums(n, 1, x.data(), 1, &column);
    CHECK(std::fabs(double(column) / (each * double(n)) - 1) < 1e-7);
  }
}

TEST(find_nonfinite) {
  for_each_table([](const auto& table) {
    for (int64_t n : few_sizes()) check_nonfinite(table, n);
  });
}

TEST(column_sums) {
  for_each_table([](const auto& table) {
    for (int64_t cols : few_sizes()) {
      for (int64_t rows : {0, 1, 2, 9}) check_column_sums(table, rows, cols, rows % 3);
    }
  });
}

TEST(gather_rows) {
  for_each_table([](const auto& table) {
    for (int64_t cols : few_sizes()) {
      for (int64_t rows : {0, 1, 5, 40}) check_gather_rows(table, rows, cols, cols % 3);
    }
  });
}
