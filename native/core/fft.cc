#include "core/fft.h"

#include <algorithm>
#include <cmath>

namespace hebb {

namespace {

// Beyond the farthest nodes, so that weights, which smooth the kernel, do not reach over the turning point of its
// copies.
constexpr int64_t kMargin = 8;
constexpr double kTurn = 6.283185307179586476925;

int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

Status no_memory() { return Status::out_of_memory("Expected memory for a grid, received none from the system."); }

// Rows of the half spectrum, padded for the vectors of `convolve`.
int64_t half_rows(int64_t size) { return round_up(size / 2 + 1, kFftMaxLanes); }

}  // namespace

int64_t fft_size(int64_t least) {
  for (int64_t size = std::max<int64_t>(2, least + (least & 1));; size += 2) {
    int64_t rest = size;
    for (const int64_t prime : {2, 3, 5}) {
      while (rest % prime == 0) rest /= prime;
    }
    if (rest == 1) return size;
  }
}

Fft::Fft(int64_t size) {
  plan_.size = size;
  // Large factors first: their passes have the most columns of twiddles and the shortest inner loops.
  for (int64_t rest = size; rest > 1;) {
    for (const int radix : {4, 5, 3, 2}) {
      if (rest % radix != 0) continue;
      plan_.radix[plan_.passes++] = radix;
      rest /= radix;
      break;
    }
  }
  std::vector<size_t> begins;
  int64_t m = size;
  for (int i = 0; i < plan_.passes; ++i) {
    const int radix = plan_.radix[i];
    begins.push_back(twiddles_.size());
    m /= radix;
    for (int64_t p = 0; p < m; ++p) {
      for (int j = 1; j < radix; ++j) {
        const double angle = -kTurn * double(p * j) / double(m * radix);
        twiddles_.push_back(float(std::cos(angle)));
        twiddles_.push_back(float(std::sin(angle)));
      }
    }
  }
  for (int i = 0; i < plan_.passes; ++i) plan_.twiddles[i] = twiddles_.data() + begins[size_t(i)];
}

Status GridConvolution::reserve_work(Lease& lease) const {
  const size_t bytes = size_t(4 * size() * kernels_->fft->lanes) * sizeof(float);
  for (int worker = 0; worker < lease.threads(); ++worker) {
    if (lease.scratch(worker, bytes) == nullptr) return no_memory();
  }
  return {};
}

Status GridConvolution::reserve(Spectrum& spectrum, int64_t width) const {
  const size_t values = size_t(half_rows(size()) * width);
  spectrum.width = width;
  if (!spectrum.re.resize(values * sizeof(float)) || !spectrum.im.resize(values * sizeof(float))) return no_memory();
  std::fill_n(spectrum.re.as<float>(), values, 0.0f);
  std::fill_n(spectrum.im.as<float>(), values, 0.0f);
  return {};
}

void GridConvolution::forward(Lease& lease, int64_t rows, const float* grid, Spectrum& spectrum) const {
  const FftKernels& fft = *kernels_->fft;
  const int64_t half = spectrum.width / 2;
  parallel_range(lease, half, fft.lanes, [&](int64_t column, int64_t, int worker) {
    fft.forward_columns(fft_->plan(), rows, grid, spectrum.width, column, half, spectrum.re.as<float>(),
                        spectrum.im.as<float>(), static_cast<float*>(lease.scratch(worker, 0)));
  });
}

Status GridConvolution::prepare(Lease& lease, const Kernels& kernels, int64_t nodes, const Kernel& kernel,
                                const Weight& weight) {
  kernels_ = &kernels;
  nodes_ = nodes;
  width_ = round_up(nodes, kFftWidth);
  const int64_t size = fft_size(std::max(2 * nodes + kMargin, width_));
  fft_ = std::make_unique<Fft>(size);
  HEBB_RETURN_IF_ERROR(reserve_work(lease));

  // The kernel around node (0, 0) of a grid that wraps around.
  Spectrum of_kernel;
  HEBB_RETURN_IF_ERROR(reserve(of_kernel, round_up(size, kFftWidth)));
  const int64_t width = of_kernel.width, lanes = kernels.fft->lanes;
  if (!grid_.resize(size_t(size * width) * sizeof(float))) return no_memory();
  if (!factors_.resize(size_t(half_rows(size) * size) * sizeof(float))) return no_memory();
  parallel_range(lease, size, 16, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      float* row = grid() + i * width;
      std::fill(row + size, row + width, 0.0f);
      for (int64_t j = 0; j <= size / 2; ++j) {
        row[j] = float(kernel(std::min(i, size - i), j));
        if (j > 0) row[size - j] = row[j];
      }
    }
  });
  forward(lease, size, grid(), of_kernel);
  std::vector<double> weights(static_cast<size_t>(size));
  for (int64_t i = 0; i < size; ++i) weights[size_t(i)] = weight(std::min(i, size - i), size) / double(size);
  parallel_range(lease, half_rows(size), lanes, [&](int64_t row, int64_t, int worker) {
    float* out = factors_.as<float>() + row * size;
    kernels.fft->convolve(fft_->plan(), size, of_kernel.re.as<float>(), of_kernel.im.as<float>(), width, row, nullptr,
                          out, static_cast<float*>(lease.scratch(worker, 0)));
    for (int64_t k = 0; k < size; ++k) {
      for (int64_t i = 0; i < lanes; ++i) {
        const double other = row + i < size ? weights[size_t(row + i)] : 0;
        out[k * lanes + i] = float(out[k * lanes + i] * weights[size_t(k)] * other);
      }
    }
  });

  if (!grid_.resize(size_t(nodes * width_) * sizeof(float))) return no_memory();
  std::fill_n(grid(), nodes * width_, 0.0f);
  return reserve(half_, width_);
}

Status GridConvolution::run(Lease& lease) {
  HEBB_RETURN_IF_ERROR(reserve_work(lease));
  const FftKernels& fft = *kernels_->fft;
  float *re = half_.re.as<float>(), *im = half_.im.as<float>();
  forward(lease, nodes_, grid(), half_);
  parallel_range(lease, size() / 2 + 1, fft.lanes, [&](int64_t row, int64_t, int worker) {
    fft.convolve(fft_->plan(), width_, re, im, width_, row, factors_.as<float>() + row * size(), nullptr,
                 static_cast<float*>(lease.scratch(worker, 0)));
  });
  parallel_range(lease, width_ / 2, fft.lanes, [&](int64_t column, int64_t, int worker) {
    fft.inverse_columns(fft_->plan(), nodes_, re, im, width_, column, width_ / 2, grid(),
                        static_cast<float*>(lease.scratch(worker, 0)));
  });
  return {};
}

}  // namespace hebb
