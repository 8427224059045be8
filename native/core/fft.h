// Convolution of a real square grid with an even kernel, by the fast Fourier transform.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/arena.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "kernels/fft_kernels.h"
#include "kernels/kernels.h"

namespace hebb {

// The least even number from `least` on without a prime factor above 5.
int64_t fft_size(int64_t least);

// The transform of a size that fft_size gives.
class Fft {
 public:
  explicit Fft(int64_t size);
  const FftPlan& plan() const { return plan_; }

 private:
  FftPlan plan_{};
  std::vector<float> twiddles_;
};

// Convolves grids of nodes x nodes values with a kernel of node distances, without wrapping around:
//   out[i, j] = sum over a, b of kernel(|i - a|, |j - b|) grid[a, b]
class GridConvolution {
 public:
  using Kernel = std::function<double(int64_t, int64_t)>;
  // `kernel` is symmetric in its arguments. Its transform, a real function of the two frequencies, is multiplied by
  // weight(i) weight(j), with i and j from 0 to size() / 2.
  using Weight = std::function<double(int64_t frequency, int64_t size)>;
  Status prepare(Lease& lease, const Kernels& kernels, int64_t nodes, const Kernel& kernel, const Weight& weight);

  int64_t nodes() const { return nodes_; }
  int64_t size() const { return fft_ == nullptr ? 0 : fft_->plan().size; }
  // nodes() rows of width() values; the columns from nodes() on are 0 before `run` and of no use after it.
  int64_t width() const { return width_; }
  float* grid() const { return grid_.as<float>(); }
  // From the grid to its convolution, in place.
  Status run(Lease& lease);

 private:
  struct Spectrum {
    AlignedBuffer re, im;
    int64_t width = 0;
  };
  Status reserve_work(Lease& lease) const;
  Status reserve(Spectrum& spectrum, int64_t width) const;
  void forward(Lease& lease, int64_t rows, const float* grid, Spectrum& spectrum) const;

  const Kernels* kernels_ = nullptr;
  int64_t nodes_ = 0, width_ = 0;
  std::unique_ptr<Fft> fft_;
  AlignedBuffer grid_, factors_;
  Spectrum half_;
};

}  // namespace hebb
