// Copies between row-major matrices and the layouts that the register tile reads (gemm_kernels.h).
#include "kernels/gemm_kernels.h"

namespace hebb {
namespace HEBB_ISA_NS {

static constexpr int kGemmMr = Vec::W == 1 || Vec::W == 8 ? 4 : 8;  // rows of the register tile, see gemm.inl

// dst[j * dst_row + i] = scale * src[i * src_row + j] for i < rows <= W, j < cols <= W; whole vectors are written, with
// zeros for rows <= i < W.
static inline void gemm_transpose(int rows, int cols, Vec scale, const real* src, int64_t src_row, real* dst,
                                  int64_t dst_row) {
  Vec x[Vec::W];
  for (int i = 0; i < Vec::W; ++i) {
    x[i] = i >= rows ? zero() : cols == Vec::W ? load(src + i * src_row) : load_n(src + i * src_row, cols);
    x[i] = scale * x[i];
  }
  transpose(x);
  for (int j = 0; j < cols; ++j) store(dst + j * dst_row, x[j]);
}

static void gemm_pack_panel(int64_t depth, int columns, int width, real scale, const real* src, int64_t row,
                            int64_t column, real* dst) {
  const Vec factor = set1(scale);
  if (column == 1) {
    for (int64_t k = 0; k < depth; ++k, src += row, dst += width) {
      int j = 0;
      for (; j + Vec::W <= columns; j += Vec::W) store(dst + j, factor * load(src + j));
      for (; j < width; j += Vec::W) store(dst + j, factor * load_n(src + j, columns - j));
    }
    return;
  }
  for (int64_t k = 0; k < depth; k += Vec::W) {
    const int steps = depth - k < Vec::W ? int(depth - k) : Vec::W;
    for (int j = 0; j < width; j += Vec::W) {
      const int rows = columns - j < Vec::W ? columns - j : Vec::W;
      gemm_transpose(rows, steps, factor, src + j * column + k, column, dst + k * width + j, width);
    }
  }
}

// Some steps of k of all tiles, then the next steps: a cache line of `src` holds rows of several tiles.
static void gemm_pack_tiles(int64_t depth, int64_t tiles, int rows, const real* src, int64_t step, real* dst) {
  constexpr int64_t kSteps = 16;
  for (int64_t k0 = 0; k0 < depth; k0 += kSteps) {
    const int64_t steps = depth - k0 < kSteps ? depth - k0 : kSteps;
    for (int64_t tile = 0; tile < tiles; ++tile) {
      const real* from = src + k0 * step + tile * rows;
      real* to = dst + (tile * depth + k0) * rows;
      if (rows == kGemmMr) {
        for (int64_t k = 0; k < steps; ++k, from += step, to += kGemmMr) {
#pragma GCC unroll 8
          for (int i = 0; i < kGemmMr; i += Vec::W) store_pieces(to + i, load_n(from + i, kGemmMr - i), kGemmMr - i);
        }
      } else {
        for (int64_t k = 0; k < steps; ++k) {
          for (int i = 0; i < rows; ++i) to[k * rows + i] = from[k * step + i];
        }
      }
    }
  }
}

static void gemm_unpack_panel(int64_t depth, int columns, int width, const real* panel, real* dst, int64_t row,
                              int64_t column) {
  if (column == 1) {
    for (int64_t k = 0; k < depth; ++k, panel += width, dst += row) {
      int j = 0;
      for (; j + Vec::W <= columns; j += Vec::W) store(dst + j, load(panel + j));
      if (j < columns) store_n(dst + j, load(panel + j), columns - j);
    }
    return;
  }
  for (int64_t k = 0; k < depth; k += Vec::W) {
    const int steps = depth - k < Vec::W ? int(depth - k) : Vec::W;
    for (int j = 0; j < columns; j += Vec::W) {
      const int rows = columns - j < Vec::W ? columns - j : Vec::W;
      Vec x[Vec::W];
      for (int i = 0; i < Vec::W; ++i) x[i] = i < steps ? load(panel + (k + i) * width + j) : zero();
      transpose(x);
      for (int i = 0; i < rows; ++i) store_n(dst + (j + i) * column + k, x[i], steps);
    }
  }
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
