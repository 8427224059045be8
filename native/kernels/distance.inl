// Distance tiles over Vec; the layout of packed panels and the meaning of `value` are in distance_kernels.h.
//
// A tile is the micro-kernel of a matrix product: kDistRows queries times kDistVecs vectors of candidates, accumulated
// over the dimensions in registers. What follows it is not a store but the filter: of 70,000 candidates a query keeps
// some hundreds, so the distances never leave the registers.
#include "kernels/distance_kernels.h"

namespace hebb {
namespace HEBB_ISA_NS {
namespace {

// Accumulators + panel + one broadcast fill 28 of 32 registers (AVX-512, NEON) or 16 of 16 (AVX2).
constexpr int kDistRows = Vec::W == 8 ? 4 : Vec::W == 1 ? 4 : 8;
constexpr int kDistVecs = 3;
constexpr int kDistPanel = kDistVecs * Vec::W;

static void distance_pack(int64_t count, int64_t dims, const float* x, int64_t ld, float* out) {
  for (int64_t k = 0; k < dims; ++k) {
    for (int64_t j = 0; j < count; ++j) out[k * kDistPanel + j] = x[j * ld + k];
    for (int64_t j = count; j < kDistPanel; ++j) out[k * kDistPanel + j] = 0;
  }
}

template <bool kManhattan, int kRows>
static inline void distance_sums(int64_t dims, const float* const* queries, const float* panel,
                                 Vec (&acc)[kRows][kDistVecs]) {
  for (int64_t k = 0; k < dims; ++k, panel += kDistPanel) {
    Vec x[kDistVecs];
    for (int v = 0; v < kDistVecs; ++v) x[v] = load(panel + v * Vec::W);
    for (int r = 0; r < kRows; ++r) {
      const Vec q = set1(queries[r][k]);
      for (int v = 0; v < kDistVecs; ++v) {
        acc[r][v] = kManhattan ? acc[r][v] + abs(q - x[v]) : fma(q, x[v], acc[r][v]);
      }
    }
  }
}

}  // namespace
}  // namespace HEBB_ISA_NS
}  // namespace hebb

#ifdef HEBB_DISTANCE_SUMS
#include HEBB_DISTANCE_SUMS  // distance_sums of the full tile, written for one ISA
#endif

namespace hebb {
namespace HEBB_ISA_NS {
namespace {

template <bool kManhattan, int kRows>
static inline void distance_tile(int64_t dims, const float* const* queries, const float* panel,
                                 Vec (&acc)[kRows][kDistVecs]) {
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kDistVecs; ++v) acc[r][v] = zero();
  }
  distance_sums<kManhattan>(dims, queries, panel, acc);
}

template <bool kManhattan>
static void distance_filter(int64_t dims, const float* const* queries, int64_t panels, const float* packed,
                            const float* norms, int32_t first, DistanceSink* const* sinks,
                            void (*compact)(DistanceSink*)) {
  const Vec factor = set1(kManhattan ? 1.0f : -2.0f);
  for (int64_t p = 0; p < panels; ++p) {
    Vec acc[kDistRows][kDistVecs];
    distance_tile<kManhattan>(dims, queries, packed + p * dims * kDistPanel, acc);
    const float* panel_norms = norms + p * kDistPanel;
    const int32_t base = first + int32_t(p) * kDistPanel;
    for (int r = 0; r < kDistRows; ++r) {
      DistanceSink& sink = *sinks[r];
      const Vec threshold = set1(sink.threshold);
      Vec value[kDistVecs];
      uint32_t hit[kDistVecs], some = 0;
      for (int v = 0; v < kDistVecs; ++v) {
        value[v] = fma(factor, acc[r][v], load(panel_norms + v * Vec::W));
        hit[v] = bits(lt(value[v], threshold));
        some |= hit[v];
      }
      if (some == 0) continue;
      for (int v = 0; v < kDistVecs; ++v) {
        if (hit[v] == 0) continue;
        float lanes[Vec::W];
        store(lanes, value[v]);
        for (uint32_t m = hit[v]; m != 0; m &= m - 1) {
          const int lane = __builtin_ctz(m);
          sink.items[sink.size++] = {lanes[lane], base + v * Vec::W + lane};
        }
      }
      if (sink.size > sink.capacity - kDistPanel) compact(&sink);
    }
  }
}

template <bool kManhattan>
static void distance_rows(int64_t rows, int64_t dims, const float* query, const float* x, int64_t ld, float* out) {
  for (int64_t r = 0; r < rows; ++r, x += ld) {
    Vec sum = zero();
    for (int64_t k = 0; k < dims; k += Vec::W) {
      const int left = dims - k < Vec::W ? int(dims - k) : Vec::W;
      const Vec d = load_n(query + k, left) - load_n(x + k, left);
      sum = kManhattan ? sum + abs(d) : fma(d, d, sum);
    }
    out[r] = reduce_add(sum);
  }
}

// Of the centers, kRows at a time.
template <int kRows>
static void distance_nearest(int64_t dims, int64_t panels, const float* packed, int64_t k, const float* centers,
                             const float* norms, int32_t* labels, float* values) {
  for (int64_t p = 0; p < panels; ++p, packed += dims * kDistPanel) {
    Vec best[kDistVecs], nearest[kDistVecs];
    for (int v = 0; v < kDistVecs; ++v) {
      best[v] = set1(__builtin_inff());
      nearest[v] = zero();
    }
    for (int64_t c = 0; c < k; c += kRows) {
      const float* rows[kRows];
      for (int r = 0; r < kRows; ++r) rows[r] = centers + (c + r < k ? c + r : k - 1) * dims;
      Vec acc[kRows][kDistVecs];
      distance_tile<false>(dims, rows, packed, acc);
      for (int r = 0; r < kRows && c + r < k; ++r) {
        for (int v = 0; v < kDistVecs; ++v) {
          const Vec value = fma(set1(-2.0f), acc[r][v], set1(norms[c + r]));
          const Mask closer = lt(value, best[v]);
          best[v] = select(closer, value, best[v]);
          nearest[v] = select(closer, set1(float(c + r)), nearest[v]);
        }
      }
    }
    float indices[kDistPanel];
    for (int v = 0; v < kDistVecs; ++v) {
      store(values + p * kDistPanel + v * Vec::W, best[v]);
      store(indices + v * Vec::W, nearest[v]);
    }
    for (int j = 0; j < kDistPanel; ++j) labels[p * kDistPanel + j] = int32_t(indices[j]);
  }
}

// The tiles share the centers evenly: of 10 two take 5 each, not 8 and 2.
static void distance_nearest_center(int64_t dims, int64_t panels, const float* packed, int64_t k, const float* centers,
                                    const float* norms, int32_t* labels, float* values) {
  constexpr int kHalf = kDistRows / 2, kFive = kDistRows * 5 / 8, kSix = kDistRows * 3 / 4;
  const int64_t tiles = (k + kDistRows - 1) / kDistRows, rows = (k + tiles - 1) / tiles;
  const auto nearest = rows <= kHalf   ? distance_nearest<kHalf>
                       : rows <= kFive ? distance_nearest<kFive>
                       : rows <= kSix  ? distance_nearest<kSix>
                                       : distance_nearest<kDistRows>;
  nearest(dims, panels, packed, k, centers, norms, labels, values);
}

constexpr DistanceKernels distance_kernels = {
    .panel = kDistPanel,
    .rows = kDistRows,
    .pack = distance_pack,
    .filter_dot = distance_filter<false>,
    .filter_manhattan = distance_filter<true>,
    .squared_rows = distance_rows<false>,
    .manhattan_rows = distance_rows<true>,
    .nearest_center = distance_nearest_center,
};

}  // namespace
}  // namespace HEBB_ISA_NS
}  // namespace hebb
