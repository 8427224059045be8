#include "algorithms/grid_repulsion.h"

#include <algorithm>
#include <cmath>

namespace hebb {

namespace {

constexpr int kSupport = 4;          // nodes that a point touches in each direction
constexpr int64_t kStripRows = 8;    // at least kSupport - 1: a strip's points touch rows of the next strip only
constexpr int64_t kMaxNodes = 2048;  // 150 MB of grids; wider maps have far outliers
constexpr int64_t kNodeSteps = 16;   // grids grow by so many nodes: a new one costs as much as some iterations
constexpr int64_t kPointGrain = 4096;

constexpr double kLeastCells = 48;  // smaller maps get a finer grid

// Cells of an edge: a third of the kernel's width, which is 1 / sqrt(power) about, or less (tsne_grid_force_error
// prints what that gives).
double spacing_for(double width, double power) {
  double spacing = 1 / (3 * std::sqrt(std::max(1.0, power)));
  while (width < kLeastCells * spacing && spacing > 1e-12) spacing /= 2;
  return spacing;
}

int64_t nodes_for(double width, double power) {
  const double cells = std::floor(width / spacing_for(width, power)) + 1;
  if (!(cells < 1e6)) return int64_t(1e6);
  const int64_t nodes = int64_t(cells) + kSupport - 1;
  return (nodes + kNodeSteps - 1) / kNodeSteps * kNodeSteps;
}

// 1 / |b|^2, b the discrete Fourier transform of the spline's values at the nodes, 1/6 4/6 1/6: what spreading and
// evaluating take away from a frequency.
double undo_splines(int64_t frequency, int64_t size) {
  const double b = (4 + 2 * std::cos(6.283185307179586476925 * double(frequency) / double(size))) / 6;
  return 1 / (b * b);
}

}  // namespace

bool GridRepulsion::fits(double width, double power) { return nodes_for(width, power) <= kMaxNodes; }

Status GridRepulsion::choose_grid(Lease& lease, const Kernels& kernels, float width, double power) {
  const int64_t nodes = nodes_for(width, power), now = convolution_.nodes();
  const double spacing = spacing_for(width, power);
  if (nodes <= now && nodes + 2 * kNodeSteps > now && spacing == spacing_ && power == power_) return {};
  power_ = power;
  spacing_ = spacing;
  const double h2 = spacing_ * spacing_;
  const auto potential = [&](int64_t a, int64_t b) { return std::pow(1 + h2 * double(a * a + b * b), -power); };
  far_ = potential(nodes, 0);
  HEBB_RETURN_IF_ERROR(convolution_.prepare(
      lease, kernels, nodes, [&](int64_t a, int64_t b) { return potential(a, b) - far_; }, undo_splines));
  const int64_t row = convolution_.width();
  convolution_.grid()[0] = 1;
  HEBB_RETURN_IF_ERROR(convolution_.run(lease));
  for (int r = 0; r < kSupport; ++r) std::copy_n(convolution_.grid() + r * row, kSupport, own_ + r * kSupport);
  return {};
}

// A counting sort by strip, in chunks whose bounds do not depend on the threads.
void GridRepulsion::sort_into_strips(Lease& lease, int64_t n, const float* points, const FftGrid& grid) {
  const int64_t strips = chunk_count(convolution_.nodes(), kStripRows), chunks = chunk_count(n, kPointGrain);
  const auto strip_of = [&](int64_t i) { return int64_t(fft_cell(grid, points + 2 * i, 1)) / kStripRows; };
  counts_.assign(size_t(strips * chunks), 0);
  order_.resize(size_t(n));
  parallel_range(lease, n, kPointGrain, [&](int64_t begin, int64_t end, int) {
    int32_t* count = counts_.data() + begin / kPointGrain * strips;
    for (int64_t i = begin; i < end; ++i) ++count[strip_of(i)];
  });
  strip_begin_.assign(size_t(strips + 1), 0);
  int32_t position = 0;
  for (int64_t s = 0; s < strips; ++s) {
    for (int64_t c = 0; c < chunks; ++c) {
      int32_t& count = counts_[size_t(c * strips + s)];
      position += count;
      count = position - count;
    }
    strip_begin_[size_t(s + 1)] = position;
  }
  parallel_range(lease, n, kPointGrain, [&](int64_t begin, int64_t end, int) {
    int32_t* next = counts_.data() + begin / kPointGrain * strips;
    for (int64_t i = begin; i < end; ++i) order_[size_t(next[strip_of(i)]++)] = int32_t(i);
  });
}

// Even strips, then odd ones: each node is added to in one order, and by one thread at a time.
void GridRepulsion::spread(Lease& lease, const Kernels& kernels, const float* points, const FftGrid& grid) {
  const int64_t strips = int64_t(strip_begin_.size()) - 1;
  for (int64_t parity = 0; parity < 2; ++parity) {
    lease.parallel_for((strips - parity + 1) / 2, [&](int64_t half, int) {
      const int64_t s = 2 * half + parity, begin = strip_begin_[size_t(s)];
      kernels.spline->spread(grid, strip_begin_[size_t(s + 1)] - begin, order_.data() + begin, points,
                             convolution_.grid());
    });
  }
}

Status GridRepulsion::compute(Lease& lease, const Kernels& kernels, int64_t n, const float* points, const float* low,
                              float width, double power, float* force, double* z) {
  HEBB_RETURN_IF_ERROR(choose_grid(lease, kernels, width, power));
  const float last = std::nextafter(float(convolution_.nodes() - kSupport + 1), 0.0f);
  const FftGrid grid{{low[0], low[1]}, float(1 / spacing_), last, convolution_.width()};
  const int64_t values = convolution_.nodes() * convolution_.width();
  parallel_range(lease, values, 65536, [&](int64_t begin, int64_t end, int) {
    kernels.fill(end - begin, 0.0f, convolution_.grid() + begin);
  });
  sort_into_strips(lease, n, points, grid);
  spread(lease, kernels, points, grid);
  HEBB_RETURN_IF_ERROR(convolution_.run(lease));
  partial_.assign(size_t(chunk_count(n, kPointGrain)), 0.0);
  parallel_range(lease, n, kPointGrain, [&](int64_t begin, int64_t end, int) {
    partial_[size_t(begin / kPointGrain)] =
        kernels.spline->evaluate(grid, begin, end, points, convolution_.grid(), own_, float(1 / (2 * power)), force);
  });
  *z = double(n) * double(n - 1) * far_;
  for (const double part : partial_) *z += part;
  // No pair is farther apart than the corners of the square; the sum of a few far points may be lost in rounding.
  *z = std::max(*z, double(n) * double(n - 1) * std::pow(1 + 2 * double(width) * width, -power));
  return {};
}

}  // namespace hebb
