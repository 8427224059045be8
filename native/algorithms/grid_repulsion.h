// Repulsion of t-SNE in two dimensions on a grid, in time that grows with the points and the area of the map.
//
// The repulsion sum over j of (1 + d^2)^-(power + 1) (y_i - y_j) is -1 / (2 power) times the gradient of the potential
// phi(y) = sum over j of (1 + |y - y_j|^2)^-power. Points are spread to a grid by cubic B-splines, the grid is
// convolved with the potential of one point by a fast Fourier transform, and the same splines give potential and
// gradient at each point: the smooth particle mesh of Essmann et al. 1995, "A smooth particle mesh Ewald method", here
// for t-SNE (Linderman et al. 2019, "Fast interpolation-based t-SNE", interpolate each force instead).
#pragma once
#include <cstdint>
#include <vector>

#include "core/fft.h"

namespace hebb {

class GridRepulsion {
 public:
  // Whether a map of this width (in units of the kernel, see tsne.h) needs a grid of a usable size.
  static bool fits(double width, double power);

  // n points, interleaved, within the square [low, low + width]. force[2 i + c] is the repulsion of point i, `z` the
  // sum of (1 + d^2)^-power over all pairs i != j.
  Status compute(Lease& lease, const Kernels& kernels, int64_t n, const float* points, const float* low, float width,
                 double power, float* force, double* z);

 private:
  Status choose_grid(Lease& lease, const Kernels& kernels, float width, double power);
  void sort_into_strips(Lease& lease, int64_t n, const float* points, const FftGrid& grid);
  void spread(Lease& lease, const Kernels& kernels, const float* points, const FftGrid& grid);

  GridConvolution convolution_;
  double power_ = 0, spacing_ = 0;
  // The potential a map's width away, which is left out of the convolution: what is then summed in float32 is as large
  // as what varies over the map.
  double far_ = 0;
  float own_[4 * 4];  // see SplineKernels::evaluate
  // Points of strip s: order_[strip_begin_[s]] to order_[strip_begin_[s + 1] - 1], by number.
  std::vector<int64_t> strip_begin_;
  std::vector<int32_t> order_, counts_;
  std::vector<double> partial_;
};

}  // namespace hebb
