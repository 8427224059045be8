// Matrix multiplication over Vec: the register tile, the block loop around it, the table. See gemm_kernels.h for the
// vocabulary and layouts.
//
// Register blocking. A tile holds R x V accumulators and per k loads V vectors of B and broadcasts R elements of A, so
// R * V + V + 1 registers. 32 registers (AVX-512, NEON): 8 x 3 = 24 + 3 + 1, 24 FMAs for 11 loads. 16 registers
// (AVX2, and without SIMD): 4 x 3 = 12 + 3 + 1, 12 FMAs for 7 loads. FMA latency times issue width is 8 to 10 on the
// cores of today (4 cycles x 2 ports), below the accumulators of either tile, so the chains never wait. In double
// precision, which is for checks, the smaller code of 4 x 2.
#include "kernels/gemm_kernels.h"
#include "kernels/pack.inl"

namespace hebb {
namespace HEBB_ISA_NS {

static constexpr int kGemmNv = sizeof(real) == 8 ? 2 : 3;

// Up to so many tiles share the fetching of the next panel. More of them read a panel so often that it saves nothing,
// and fetches cost an issue slot each. Fewer turns of four steps than the other read a panel that is near anyway.
static constexpr int64_t kGemmMostFetching = Vec::W == 8 ? 16 : INT64_MAX, kGemmLeastTurns = 16;

// Whether tiles fetch what comes after them. Where a vector is a number there would be more fetches than work; where
// the full tile is written for the ISA (HEBB_GEMM_CHAIN), which does without, the others are edges.
#ifdef HEBB_GEMM_CHAIN
static constexpr bool kGemmFetchesAhead = false;
#else
static constexpr bool kGemmFetchesAhead = Vec::W > 1;
#endif

struct GemmTile {
  // The first eight are where the assembly of isa/gemm_avx2.inl looks for them.
  const real* a;
  int64_t a_row, a_k;
  const real* b;
  int64_t b_k;
  const real* next_b;  // of the next panel, fetched into L2 ...
  int64_t next_b_step;
  int64_t depth;
  const real* next_b_end;
  int next_b_lines;  // ... so many cache lines of it per turn of four steps
  int64_t a_next;    // to the next tile
  real* c;
  int64_t c_row;
  int tail;  // lanes of the last vector that exist in C, 1..W
  real beta;
  const real* bias;
  real* pre;  // null: not wanted
  bool relu;
  const real* mask;      // null: none; same layout as c
  const real* ahead[3];  // tiles like this one, fetched into L1 one after the other ...
  int aheads;            // ... so many,
  int ahead_rows;        // so many rows of them a turn of four steps
};

// Loops over accumulators are unrolled by hand-written pragma: one loop with a variable index would move the whole tile
// from registers to the stack.
#define HEBB_TILE_LOOP \
  _Pragma("GCC unroll 32") for (int r = 0; r < R; ++r) _Pragma("GCC unroll 4") for (int v = 0; v < V; ++v)

// The v-th of V vectors at p, of which the last has only `tail` lanes.
template <int V>
static inline Vec gemm_load(const real* p, int v, Lanes tail) {
  return v == V - 1 ? load_n(p + v * Vec::W, tail) : load(p + v * Vec::W);
}
template <int R, int V>
static inline void gemm_store(real* p, int v, int count, Lanes tail, Vec x) {
  if (v < V - 1) return store(p + v * Vec::W, x);
  if constexpr (R * V == 1) {  // of `dot`, a tail every few columns
    store_pieces(p, x, count);
  } else {
    store_n(p + v * Vec::W, x, tail);
  }
}

// What is read of `t` more than once lies in a variable: for all the compiler knows a store of results changes it.
template <int R, int V>
static inline void gemm_start(Vec (&acc)[R][V], const GemmTile& t, Lanes tail) {
  HEBB_TILE_LOOP acc[r][v] = zero();
  if (t.bias != nullptr) {
    Vec bias[V];
    for (int v = 0; v < V; ++v) bias[v] = gemm_load<V>(t.bias, v, tail);
    HEBB_TILE_LOOP acc[r][v] = bias[v];
  }
  if (t.beta != real(0)) {
    const Vec beta = set1(t.beta);
    const int64_t c_row = t.c_row;
    HEBB_TILE_LOOP acc[r][v] = fma(beta, gemm_load<V>(t.c + r * c_row, v, tail), acc[r][v]);
  }
}

template <int R, int V>
static inline void gemm_finish(Vec (&acc)[R][V], const GemmTile& t, Lanes tail) {
  const int count = t.tail;
  real *c = t.c, *pre = t.pre;
  const real* mask = t.mask;
  const int64_t c_row = t.c_row;
  if (pre != nullptr) {
    HEBB_TILE_LOOP gemm_store<R, V>(pre + r * c_row, v, count, tail, acc[r][v]);
  }
  if (t.relu) {
    HEBB_TILE_LOOP acc[r][v] = max(zero(), acc[r][v]);
  }
  if (mask != nullptr) {
    HEBB_TILE_LOOP acc[r][v] = keep(lt(zero(), gemm_load<V>(mask + r * c_row, v, tail)), acc[r][v]);
  }
  if (count == Vec::W) {
    HEBB_TILE_LOOP store(c + r * c_row + v * Vec::W, acc[r][v]);
  } else {
    HEBB_TILE_LOOP gemm_store<R, V>(c + r * c_row, v, count, tail, acc[r][v]);
  }
}

// acc += A[:, k] * B[k, :]
template <int R, int V>
static inline void gemm_step(Vec (&acc)[R][V], const real* a, int64_t a_row, const real* b) {
  Vec row[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) row[v] = load(b + v * Vec::W);
#pragma GCC unroll 32
  for (int r = 0; r < R; ++r) {
    const Vec x = set1(a[r * a_row]);
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) fma_into(acc[r][v], x, row[v]);
  }
}

// acc += A * B over the depth of a tile. Four steps a turn, so that branch predictors foresee the end of the loop up to
// depths of a few hundred (a miss costs as much as three steps). The barrier keeps the compiler from mixing the steps,
// which would spill accumulators.
template <int R, int V>
static inline void gemm_chain(Vec (&acc)[R][V], GemmTile& t) {
  const real* a = t.a;
  const real* b = t.b;
  const int64_t a_row = t.a_row, a_k = t.a_k, b_k = t.b_k;
  const real* ahead = t.ahead[0];
  int aheads = t.aheads, rows_left = R;
  const int ahead_rows = t.ahead_rows;
  const real* next_b = t.next_b;
  const int64_t c_row = t.c_row, b_step = t.next_b_step, b_bytes = int64_t(t.next_b_lines) * 64;
  int64_t k = t.depth;
  for (; k >= 4; k -= 4) {
    if constexpr (kGemmFetchesAhead) {
      for (int i = aheads > 0 ? ahead_rows : 0; i > 0; --i) {
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) __builtin_prefetch(ahead + v * Vec::W, 1, 3);
        ahead += c_row;
        if (--rows_left > 0) continue;
        rows_left = R;
        if (--aheads == 0) break;
        ahead = t.ahead[t.aheads - aheads];
      }
    }
    if constexpr (Vec::W > 1) {
      for (int64_t i = 0; i < b_bytes; i += 64) __builtin_prefetch(reinterpret_cast<const char*>(next_b) + i, 0, 2);
      next_b += b_step;
    }
#pragma GCC unroll 4
    for (int u = 0; u < 4; ++u) {
      gemm_step<R, V>(acc, a, a_row, b);
      a += a_k, b += b_k;
      __asm__ volatile("" : "+r"(a), "+r"(b) : : "memory");
    }
  }
  for (; k > 0; --k, a += a_k, b += b_k) gemm_step<R, V>(acc, a, a_row, b);
  t.next_b = next_b;
  if (next_b >= t.next_b_end) t.next_b_lines = 0, t.next_b_step = 0;
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb

#ifdef HEBB_GEMM_CHAIN
#include HEBB_GEMM_CHAIN  // gemm_chain of the full tile, written for one ISA
#endif

namespace hebb {
namespace HEBB_ISA_NS {

// A run of tiles one below the other, in one call: the end of a tile overlaps the start of the next.
template <int R, int V>
static void gemm_tiles(GemmTile& t, int64_t tiles) {
  const Lanes tail = first_lanes(t.tail);
  for (;;) {
    Vec acc[R][V];
    gemm_start<R, V>(acc, t, tail);
    gemm_chain(acc, t);
    gemm_finish<R, V>(acc, t, tail);
    if (--tiles == 0) return;
    const int64_t next = R * t.c_row;
    t.a += t.a_next;
    t.c += next;
    t.ahead[0] += next;
    if (t.pre != nullptr) t.pre += next;
    if (t.mask != nullptr) t.mask += next;
  }
}

template <int V>
static void gemm_tile_rows(int rows, GemmTile& t, int64_t tiles) {
  switch (rows) {
    case 1: return gemm_tiles<1, V>(t, tiles);
    case 2: return gemm_tiles<2, V>(t, tiles);
    case 3: return gemm_tiles<3, V>(t, tiles);
    case 4: return gemm_tiles<4, V>(t, tiles);
    case 5:
      if constexpr (kGemmMr >= 5) return gemm_tiles<5, V>(t, tiles);
      break;
    case 6:
      if constexpr (kGemmMr >= 6) return gemm_tiles<6, V>(t, tiles);
      break;
    case 7:
      if constexpr (kGemmMr >= 7) return gemm_tiles<7, V>(t, tiles);
      break;
    case 8:
      if constexpr (kGemmMr >= 8) return gemm_tiles<8, V>(t, tiles);
      break;
  }
}

static void gemm_tile_any(int vectors, int rows, GemmTile& t, int64_t tiles) {
  switch (vectors) {
    case 1: return gemm_tile_rows<1>(rows, t, tiles);
    case 2: return gemm_tile_rows<2>(rows, t, tiles);
    case 3:
      if constexpr (kGemmNv >= 3) return gemm_tile_rows<3>(rows, t, tiles);
      break;
  }
}

// The parts of the epilogue that work on memory, on a tile that has just been stored.
static inline bool gemm_has_epilogue(const GemmBlock<real>& g) {
  return g.activation != nullptr || g.derivative != nullptr || g.tile_done != nullptr;
}
static void gemm_tile_epilogue(const GemmBlock<real>& g, const GemmTile& t, int64_t offset, int rows, int columns) {
  for (int r = 0; r < rows; ++r) {
    real* c = t.c + r * t.c_row;
    if (g.activation != nullptr) g.activation->forward(columns, c, c, g.activation_alpha);
    if (g.derivative != nullptr) {
      const int64_t at = offset + r * t.c_row;
      const real* x = g.derivative_x == nullptr ? nullptr : g.derivative_x + at;
      const real* y = g.derivative_y == nullptr ? nullptr : g.derivative_y + at;
      g.derivative->backward(columns, x, y, c, c, g.derivative_alpha, false);
    }
  }
  if (g.tile_done == nullptr) return;
  if (g.c_row == 0) {
    g.tile_done(g.tile_context, offset, rows * t.c_row, t.c);
  } else {
    for (int r = 0; r < rows; ++r) g.tile_done(g.tile_context, offset + r * t.c_row, columns, t.c + r * t.c_row);
  }
}

// What is needed next is fetched on the way: some lines each turn of the tiles' loops, a row of it (panels: all are one
// row after the other) no faster than a turn.
static void gemm_fetch_later(const GemmBlock<real>& g, GemmTile& t, int64_t col, int64_t width) {
  constexpr int64_t kLine = 64 / sizeof(real);
  const int64_t tiles = g.tile1 - g.tile0, turns = g.depth / 4 * tiles;
  t.next_b = t.next_b_end = t.b;
  t.next_b_lines = 0, t.next_b_step = 0;
  if (turns < kGemmLeastTurns || tiles < 2 || tiles > kGemmMostFetching)
    return;  // one tile: too little to hide it behind
  const int64_t next = col + width;
  int64_t rows = g.depth, step = g.b_k, bytes = width * int64_t(sizeof(real));
  const real* from = g.b + next * g.b_column + g.k0 * (g.b_k == 0 ? width : g.b_k);
  if (next >= g.col1) {
    if (g.later == nullptr) return;
    from = g.later, rows = g.later_rows, step = g.later_step, bytes = g.later_bytes;
  } else if (g.b_k == 0) {
    step = width;
  }
  int64_t lines = (bytes + 63) / 64;
  if (step * int64_t(sizeof(real)) == bytes) {  // no gaps
    lines = (rows * lines + turns - 1) / turns;
    t.next_b_end = from + rows * step;
    step = lines * kLine;
  } else {
    t.next_b_end = from + rows * step;
  }
  t.next_b = from;
  t.next_b_lines = int(lines);
  t.next_b_step = step;
}

static void gemm_panel(const GemmBlock<real>& g, GemmTile& t, TileRows cut, int64_t col, int vectors, int columns) {
  const bool epilogue = gemm_has_epilogue(g);
  gemm_fetch_later(g, t, col, int64_t(vectors) * Vec::W);
  // A tile that only passes by lies here; its padding stays zero.
  alignas(64) real passing[kGemmMr * kGemmNv * Vec::W];
  const bool passes = g.passes && g.c_row == 0;
  if (passes && t.tail < Vec::W) {
    for (real& x : passing) x = real(0);
  }
  for (int64_t i = g.tile0; i < g.tile1;) {
    const int64_t first = tile_first(cut, i);
    const int rows = tile_height(cut, i);
    const int64_t end = i < cut.taller && cut.taller < g.tile1 ? cut.taller : g.tile1, run = epilogue ? 1 : end - i;
    const int64_t offset = col * g.c_column + (g.block_row0 + first) * t.c_row;
    t.a = g.a + first * g.a_row;
    t.a_next = rows * g.a_row;
    if (g.a_tiles) t.a_row = 1, t.a_k = rows;
    t.c = passes ? passing : g.c + offset;
    t.ahead[0] = t.c + rows * t.c_row;
    if (passes) {
      for (int i = 0, at = 0; i < 3; ++i) {
        if (g.tile_reads[i] != nullptr) t.ahead[at++] = g.tile_reads[i] + offset;
      }
    }
    t.pre = g.pre_activation == nullptr ? nullptr : g.pre_activation + offset;
    t.mask = g.relu_mask == nullptr ? nullptr : g.relu_mask + offset;
    gemm_tile_any(vectors, rows, t, run);
    if (epilogue) gemm_tile_epilogue(g, t, offset, rows, columns);
    i += run;
  }
}

static void gemm_block(const GemmBlock<real>& g) {
  const int64_t all_vectors = gemm_vectors(g.columns, Vec::W);
  GemmTile t;
  t.depth = g.depth;
  t.a_row = g.a_row, t.a_k = g.a_k;
  t.beta = g.beta;
  t.relu = g.relu;
  // A tile that passes by is not written, but what follows from it is.
  t.aheads = 1;
  if (g.passes && g.c_row == 0) {
    t.aheads = 0;
    for (const real* read : g.tile_reads) t.aheads += read != nullptr;
  }
  const int64_t turns = g.depth / 4 > 0 ? g.depth / 4 : 1;
  t.ahead_rows = int((t.aheads * kGemmMr + turns - 1) / turns);
  const TileRows cut = tile_rows(g.block_rows, (g.block_rows + kGemmMr - 1) / kGemmMr);
  for (int64_t col = g.col0; col < g.col1;) {
    const int vectors = gemm_panel_vectors(all_vectors - col / Vec::W, kGemmNv), width = vectors * Vec::W;
    const int columns = int(g.columns - col < width ? g.columns - col : width);
    t.b_k = g.b_k == 0 ? width : g.b_k;
    t.b = g.b + col * g.b_column + g.k0 * t.b_k;
    t.c_row = g.c_row == 0 ? width : g.c_row;
    t.tail = columns - (vectors - 1) * Vec::W;
    t.bias = g.bias == nullptr ? nullptr : g.bias + col;
    gemm_panel(g, t, cut, col, vectors, columns);
    col += width;
  }
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb

#include "kernels/gemm_dot.inl"

namespace hebb {
namespace HEBB_ISA_NS {

static constexpr GemmKernels<real> gemm_kernels = {
    .mr = kGemmMr,
    .nv = kGemmNv,
    .w = Vec::W,
    .narrow = Vec::W >= 8   ? 12
              : Vec::W == 4 ? 2
                            : 0,
    .dot_rows = Vec::W == 1 ? 0 : 8,
    .block = &gemm_block,
    .dot = &gemm_dot,
    .pack_panel = &gemm_pack_panel,
    .pack_tiles = &gemm_pack_tiles,
    .unpack_panel = &gemm_unpack_panel,
};

}  // namespace HEBB_ISA_NS
}  // namespace hebb
