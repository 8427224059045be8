// Cubic B-splines on a grid (fft_kernels.h). The four weights of a coordinate are one cubic in the position inside the
// cell, so four lanes hold all of them, on every ISA.
#include "kernels/fft_kernels.h"

namespace hebb {
namespace HEBB_ISA_NS {
namespace {

typedef float Four __attribute__((vector_size(16)));

static inline Four four_load(const float* p) {
  Four x;
  __builtin_memcpy(&x, p, sizeof x);
  return x;
}
static inline void four_store(float* p, Four x) { __builtin_memcpy(p, &x, sizeof x); }
static inline float four_sum(Four x) { return (x[0] + x[2]) + (x[1] + x[3]); }

// The weights at t in [0, 1) of the nodes -1, 0, 1, 2 around the cell, by powers of t.
static constexpr Four kSpline0 = {1.0f / 6, 4.0f / 6, 1.0f / 6, 0};
static constexpr Four kSpline1 = {-0.5f, 0, 0.5f, 0};
static constexpr Four kSpline2 = {0.5f, -1, 0.5f, 0};
static constexpr Four kSpline3 = {-1.0f / 6, 0.5f, -0.5f, 1.0f / 6};

static inline Four spline_weights(float t) { return kSpline0 + t * (kSpline1 + t * (kSpline2 + t * kSpline3)); }
static inline Four spline_slopes(float t) { return kSpline1 + t * (2 * kSpline2 + 3 * t * kSpline3); }

// The first node of a point's support, and where in its cell it lies.
static inline int64_t spline_place(const FftGrid& grid, const float* point, float& tx, float& ty) {
  const float x = fft_cell(grid, point, 0), y = fft_cell(grid, point, 1);
  const int32_t column = int32_t(x), row = int32_t(y);
  tx = x - float(column), ty = y - float(row);
  return int64_t(row) * grid.width + column;
}

// sum over a of x[a] x[a + k], k = 0 to 3, both directions; and the same with the slopes in place of the first factor.
static inline Four spline_overlap(Four x) {
  return Four{x[0] * x[0] + x[1] * x[1] + x[2] * x[2] + x[3] * x[3], 2 * (x[0] * x[1] + x[1] * x[2] + x[2] * x[3]),
              2 * (x[0] * x[2] + x[1] * x[3]), 2 * (x[0] * x[3])};
}
static inline Four spline_overlap_slope(Four x, Four d) {
  return Four{d[0] * x[0] + d[1] * x[1] + d[2] * x[2] + d[3] * x[3],
              d[0] * x[1] + d[1] * x[0] + d[1] * x[2] + d[2] * x[1] + d[2] * x[3] + d[3] * x[2],
              d[0] * x[2] + d[2] * x[0] + d[1] * x[3] + d[3] * x[1], d[0] * x[3] + d[3] * x[0]};
}

static void spline_spread(const FftGrid& grid, int64_t count, const int32_t* index, const float* points,
                          float* values) {
  for (int64_t i = 0; i < count; ++i) {
    float tx, ty;
    float* at = values + spline_place(grid, points + 2 * int64_t(index[i]), tx, ty);
    const Four x = spline_weights(tx), y = spline_weights(ty);
    for (int r = 0; r < 4; ++r, at += grid.width) four_store(at, four_load(at) + y[r] * x);
  }
}

static double spline_evaluate(const FftGrid& grid, int64_t begin, int64_t end, const float* points, const float* values,
                              const float* own, float scale, float* force) {
  double total = 0;
  const Four near[4] = {four_load(own), four_load(own + 4), four_load(own + 8), four_load(own + 12)};
  const float factor = -scale * grid.inverse_spacing;
  for (int64_t i = begin; i < end; ++i) {
    float tx, ty;
    const float* at = values + spline_place(grid, points + 2 * i, tx, ty);
    const Four y = spline_weights(ty), dy = spline_slopes(ty), x = spline_weights(tx), dx = spline_slopes(tx);
    Four rows = {0, 0, 0, 0}, slopes = {0, 0, 0, 0};
    for (int r = 0; r < 4; ++r, at += grid.width) {
      const Four row = four_load(at);
      rows += y[r] * row;
      slopes += dy[r] * row;
    }
    const Four y2 = spline_overlap(y), dy2 = spline_overlap_slope(y, dy);
    const Four x2 = spline_overlap(x), dx2 = spline_overlap_slope(x, dx);
    Four own_rows = {0, 0, 0, 0}, own_slopes = {0, 0, 0, 0};
    for (int r = 0; r < 4; ++r) {
      own_rows += y2[r] * near[r];
      own_slopes += dy2[r] * near[r];
    }
    total += double(four_sum(x * rows - x2 * own_rows));
    force[2 * i] = factor * four_sum(dx * rows - dx2 * own_rows);
    force[2 * i + 1] = factor * four_sum(x * slopes - x2 * own_slopes);
  }
  return total;
}

constexpr SplineKernels spline_kernels = {.spread = spline_spread, .evaluate = spline_evaluate};

}  // namespace
}  // namespace HEBB_ISA_NS
}  // namespace hebb
