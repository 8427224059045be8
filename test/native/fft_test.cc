#include "core/fft.h"

#include <cmath>
#include <complex>
#include <cstring>

#include "kernel_fixture.h"

using namespace hebb;

namespace {

constexpr double kTurn = 6.283185307179586476925;

// One real column by the definition, frequencies 0 to size / 2.
std::vector<std::complex<double>> naive_transform(const std::vector<double>& x, int64_t size) {
  std::vector<std::complex<double>> out;
  for (int64_t k = 0; k <= size / 2; ++k) {
    std::complex<double> sum = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      sum += x[i] * std::polar(1.0, -kTurn * double(k) * double(i) / double(size));
    }
    out.push_back(sum);
  }
  return out;
}

std::vector<double> naive_convolution(int64_t n, const float* grid, int64_t width,
                                      const GridConvolution::Kernel& kernel) {
  std::vector<double> out(static_cast<size_t>(n * n));
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      for (int64_t a = 0; a < n; ++a) {
        for (int64_t b = 0; b < n; ++b)
          out[size_t(i * n + j)] += kernel(std::abs(i - a), std::abs(j - b)) * double(grid[a * width + b]);
      }
    }
  }
  return out;
}

double bump(int64_t a, int64_t b) { return 1 / (1 + 0.3 * double(a * a + b * b)); }

}  // namespace

TEST(fft_sizes_have_small_factors) {
  CHECK(fft_size(1) == 2);
  CHECK(fft_size(7) == 8);
  CHECK(fft_size(13) == 16);
  CHECK(fft_size(23) == 24);
  CHECK(fft_size(599) == 600);
  CHECK(fft_size(1021) == 1024);
}

TEST(fft_columns_match_the_definition_and_come_back) {
  for (const Kernels* table : fixture::float_tables()) {
    const FftKernels& fft = *table->fft;
    for (const int64_t size : {2, 4, 6, 8, 10, 12, 16, 18, 20, 24, 30, 36, 40, 50, 54, 60, 90, 128, 150, 250, 600}) {
      const Fft made(size);
      for (const int64_t rows : {size, size / 2, int64_t(1)}) {
        const int64_t width = kFftWidth, half = width / 2, half_rows = size / 2 + 1;
        const auto grid = fixture::uniform<float>(rows * width, -1, 1, 7);
        fixture::Guarded<float> re(half_rows * width), im(half_rows * width), back(rows * width),
            work(4 * size * fft.lanes);
        for (int64_t column = 0; column < half; column += fft.lanes) {
          fft.forward_columns(made.plan(), rows, grid.data(), width, column, half, re.data(), im.data(), work.data());
        }
        double worst = 0;
        for (const int64_t column : {int64_t(0), int64_t(3), half, width - 1}) {
          std::vector<double> x;
          for (int64_t i = 0; i < rows; ++i) x.push_back(grid[i * width + column]);
          const auto want = naive_transform(x, size);
          for (int64_t k = 0; k <= size / 2; ++k) {
            const std::complex<double> got(re[k * width + column], im[k * width + column]);
            worst = std::max(worst, std::abs(got - want[size_t(k)]));
          }
        }
        CHECK_NOTE(worst < 4e-7 * std::sqrt(double(size)) * 4, "%s, size %d: off by %g", table->isa, int(size), worst);
        for (int64_t column = 0; column < half; column += fft.lanes) {
          fft.inverse_columns(made.plan(), rows, re.data(), im.data(), width, column, half, back.data(), work.data());
        }
        worst = 0;
        for (int64_t i = 0; i < rows * width; ++i)
          worst = std::max(worst, std::fabs(double(back[i]) / double(size) - double(grid[i])));
        CHECK_NOTE(worst < 2e-6, "%s, size %d: back off by %g", table->isa, int(size), worst);
        CHECK(re.intact() && im.intact() && back.intact() && work.intact());
      }
    }
  }
}

TEST(fft_convolution_matches_the_definition) {
  for (const Kernels* table : fixture::float_tables()) {
    for (const int threads : {1, 3}) {
      Lease lease = ThreadPool::instance().lease(threads);
      GridConvolution convolution;
      for (const int64_t nodes : {1, 2, 5, 31, 32, 33, 45}) {
        CHECK(convolution.prepare(lease, *table, nodes, bump, [](int64_t, int64_t) { return 1.0; }).ok());
        for (int round = 0; round < 2; ++round) {  // a second grid on the same plan
          const auto values = fixture::uniform<float>(nodes * nodes, 0, 3, uint64_t(nodes + round));
          for (int64_t i = 0; i < nodes; ++i) {
            float* row = convolution.grid() + i * convolution.width();
            for (int64_t j = 0; j < convolution.width(); ++j) row[j] = j < nodes ? values[i * nodes + j] : 0;
          }
          const auto want = naive_convolution(nodes, convolution.grid(), convolution.width(), bump);
          CHECK(convolution.run(lease).ok());
          double worst = 0, size = 0;
          for (int64_t i = 0; i < nodes; ++i) {
            for (int64_t j = 0; j < nodes; ++j) {
              const double w = want[size_t(i * nodes + j)];
              worst = std::max(worst, std::fabs(w - double(convolution.grid()[i * convolution.width() + j])));
              size = std::max(size, std::fabs(w));
            }
          }
          CHECK_NOTE(worst < 2e-6 * size, "%s, %d nodes: off by %g of %g", table->isa, int(nodes), worst, size);
        }
      }
    }
  }
}

TEST(fft_convolution_has_the_same_bits_for_any_thread_count) {
  ThreadPool::instance().set_threads(4);
  std::vector<float> first;
  for (const int threads : {1, 2, 3, 4}) {
    Lease lease = ThreadPool::instance().lease(threads);
    GridConvolution convolution;
    CHECK(
        convolution.prepare(lease, kernels(), 150, bump, [](int64_t i, int64_t) { return 1.0 / double(1 + i); }).ok());
    const int64_t count = convolution.nodes() * convolution.width();
    for (int64_t i = 0; i < count; ++i) convolution.grid()[i] = i % convolution.width() < 150 ? float(i % 97) : 0;
    CHECK(convolution.run(lease).ok());
    const std::vector<float> got(convolution.grid(), convolution.grid() + count);
    if (first.empty()) first = got;
    CHECK(fixture::same_bits(got.data(), first.data(), count));
  }
}

TEST(splines_spread_one_and_reproduce_lines) {
  for (const Kernels* table : fixture::float_tables()) {
    const int64_t n = 400, width = kFftWidth, rows = 30;
    const FftGrid grid{{-2.0f, 1.0f}, 4.0f, float(rows) - 3.001f, width};
    // Supports reach 4 nodes: coordinates in cells 0 to 26
    auto points = fixture::uniform<float>(2 * n, 0, 1, 3);
    for (int64_t i = 0; i < n; ++i) {
      points[2 * i] = grid.low[0] + points[2 * i] * 6.7f;
      points[2 * i + 1] = grid.low[1] + points[2 * i + 1] * 6.4f;
    }
    std::vector<int32_t> index;
    for (int32_t i = 0; i < n; i += 3) index.push_back(i);
    fixture::Guarded<float> values(rows * width);
    table->spline->spread(grid, int64_t(index.size()), index.data(), points.data(), values.data());
    double sum = 0, moment = 0, want = 0;
    for (int64_t i = 0; i < rows * width; ++i) {
      sum += values[i];
      moment += values[i] * double(i % width - 1);  // a spline's middle lies one node after its first
    }
    for (const int32_t i : index) want += double(points[2 * i] - grid.low[0]) * grid.inverse_spacing;
    CHECK_NOTE(std::fabs(sum - double(index.size())) < 1e-4, "%s: %g", table->isa, sum);
    CHECK_NOTE(std::fabs(moment - want) < 1e-2, "%s: %g, not %g", table->isa, moment, want);

    // Coefficients 2 + 3 column - row at the nodes are the spline 2 + 3 x - y, whose gradient is known.
    for (int64_t i = 0; i < rows * width; ++i) values[i] = float(2 + 3 * (i % width) - i / width);
    const float none[16] = {};
    fixture::Guarded<float> force(2 * n);
    const double total = table->spline->evaluate(grid, 0, n, points.data(), values.data(), none, 0.5f, force.data());
    double expected = 0, worst = 0;
    for (int64_t i = 0; i < n; ++i) {
      const double x = double(points[2 * i] - grid.low[0]) * 4, y = double(points[2 * i + 1] - grid.low[1]) * 4;
      expected += 2 + 3 * (x + 1) - (y + 1);
      worst = std::max(worst, std::fabs(double(force[2 * i]) + 0.5 * 3 * 4));
      worst = std::max(worst, std::fabs(double(force[2 * i + 1]) - 0.5 * 4));
    }
    CHECK_NOTE(std::fabs(total - expected) < 1e-4 * expected, "%s: %g, not %g", table->isa, total, expected);
    CHECK_NOTE(worst < 1e-3, "%s: gradient off by %g", table->isa, worst);
    CHECK(values.intact() && force.intact());

    // A point alone feels nothing: what it has spread, through any even kernel, is left out.
    float own[16];
    for (int k = 0; k < 16; ++k) own[k] = float(3.0 / (1 + (k / 4) * (k / 4) + (k % 4) * (k % 4)));
    const int32_t lone = 7;
    fixture::Guarded<float> spread(rows * width);
    values.fill(0);
    table->spline->spread(grid, 1, &lone, points.data(), spread.data());
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < width; ++j) {
        for (int64_t a = std::max<int64_t>(0, i - 3); a <= std::min(rows - 1, i + 3); ++a) {
          for (int64_t b = std::max<int64_t>(0, j - 3); b <= std::min(width - 1, j + 3); ++b)
            values[i * width + j] += own[4 * std::abs(i - a) + std::abs(j - b)] * spread[a * width + b];
        }
      }
    }
    const double left =
        table->spline->evaluate(grid, lone, lone + 1, points.data(), values.data(), own, 1, force.data());
    CHECK_NOTE(std::fabs(left) < 1e-5 && std::fabs(force[14]) < 1e-5 && std::fabs(force[15]) < 1e-5,
               "%s: %g, %g, %g left", table->isa, left, double(force[14]), double(force[15]));
  }
}
