// Fourier transforms of many short columns side by side, and the cubic B-splines that move points on and off a grid.
//
// A column lives in one lane: its k-th complex value is lane c of the vectors re[k * W] and im[k * W], so a transform
// needs no shuffles and no special case for its first passes. Two real columns ride in one complex transform.
//
// A grid is real, `rows` x `width`, row-major, width a multiple of kFftWidth. Its half spectrum along the rows'
// direction is two arrays (real and imaginary parts) of size / 2 + 1 rows by width.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace hebb {

// Columns of a grid come in multiples of this: two vectors of the widest ISA, see above.
constexpr int kFftWidth = 32;
// Rows of the half spectrum that FftKernels::convolve may take at once: those of the widest ISA's vector.
constexpr int kFftMaxLanes = 16;

constexpr int kFftMaxPasses = 24;

// A Stockham transform of `size` = product of `radix` (each 2, 3, 4 or 5); see core/fft.h, which makes it.
struct FftPlan {
  int64_t size;
  int passes;
  int radix[kFftMaxPasses];
  // For each pass, for p < m: w, w^2 .. w^(radix - 1), w = exp(-2 pi i p / (m radix)), m = what the passes after it
  // make; each as real part, imaginary part.
  const float* twiddles[kFftMaxPasses];
};

struct FftKernels {
  int lanes;  // columns of one call
  // Columns [column, column + lanes) and [half + column, ...) of a grid of `rows` <= size rows, zeros below: their half
  // spectra go to the same columns of `re` and `im`. work: 4 * size * lanes floats.
  void (*forward_columns)(const FftPlan& plan, int64_t rows, const float* grid, int64_t width, int64_t column,
                          int64_t half, float* re, float* im, float* work);
  // The way back, unscaled: the first `rows` rows of the grid are written.
  void (*inverse_columns)(const FftPlan& plan, int64_t rows, const float* re, const float* im, int64_t width,
                          int64_t column, int64_t half, float* grid, float* work);
  // Rows [row, row + lanes) of a half spectrum, of which the first `columns` values count: each is transformed (zeros
  // beyond), multiplied by the real `spectrum`, [size][lanes] for these rows, and transformed back; the first `width`
  // values are written. Without a spectrum the real parts of the transform are written to `out` in that layout.
  void (*convolve)(const FftPlan& plan, int64_t columns, float* re, float* im, int64_t width, int64_t row,
                   const float* spectrum, float* out, float* work);
};

// Where points lie on a square grid. A point in the cell (row, column) touches four nodes each way from there on.
struct FftGrid {
  float low[2];  // of x and y
  float inverse_spacing;
  float last;  // the largest position whose cell has all its nodes
  int64_t width;
};

// The cell of coordinate `axis` and the place in it; what lies outside the grid, and NaN, goes to its border.
static inline float fft_cell(const FftGrid& grid, const float* point, int axis) {
  const float x = (point[axis] - grid.low[axis]) * grid.inverse_spacing;
  const float positive = x > 0 ? x : 0;
  return positive < grid.last ? positive : grid.last;
}

struct SplineKernels {
  // Adds to the grid, for each of the `count` points that `index` names (point i at points[2 i], points[2 i + 1]), the
  // cubic B-spline weights of its 4 x 4 nodes.
  void (*spread)(const FftGrid& grid, int64_t count, const int32_t* index, const float* points, float* values);
  // For points [begin, end): -scale times the gradient of the spline with the coefficients `values` to force[2 i], and
  // the sum of the spline at the points as the result. What each point has itself spread is left out of both: `own`
  // holds the coefficients that one node spreads to itself and its neighbours, own[4 k + l] those k rows and l columns
  // away.
  double (*evaluate)(const FftGrid& grid, int64_t begin, int64_t end, const float* points, const float* values,
                     const float* own, float scale, float* force);
};

}  // namespace hebb
