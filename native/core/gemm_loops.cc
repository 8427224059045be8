#include "core/gemm_loops.h"

#include "core/cpu_cache.h"

namespace hebb {

namespace {

// Multiply-adds that are worth waking a thread for (about 2 us of one), and chunks a thread in large products.
constexpr int64_t kMinChunkWork = 128 * 1024;
constexpr int64_t kChunksPerThread = 6;
// Up to so many tiles of rows it costs more to copy a panel of B than to read it with a stride.
constexpr int64_t kDirectTiles = 4;
// A whole B of so many bytes lies in L1 however it is read.
constexpr int64_t kDirectBytes = 8 * 1024;

// A tile of an A that lies along its rows reads a cache line, often a page, for each k, and its neighbour reads it
// anew. So many columns are worth a copy in tiles, half of them where the tile is deep enough to fill L1; so many
// elements a chunk.
constexpr int64_t kTiledColumns = 1024, kTiledDepth = 256, kMinPack = 16 * 1024;

template <class T>
const T kOne = 1;

template <class T>
bool suits_dot(const GemmKernels<T>& g, const GemmProduct<T>& p) {
  const bool along_k = p.a_k == 1 && p.b_k == 1 && p.last.c_column == 1 && p.K > 0;
  return along_k && p.column_sums == nullptr && (p.N <= g.narrow || p.M <= g.dot_rows);
}

// Adds the sums of B's columns, where they are wanted: the product of a row of ones with the panels of `block`, which
// are those of `whole`, copied or not.
template <class T>
void sum_columns(const GemmKernels<T>& g, const GemmProduct<T>& p, const GemmBlock<T>& whole,
                 const GemmBlock<T>& block) {
  if (p.column_sums == nullptr || whole.block_row0 != 0 || whole.tile0 != 0) return;
  GemmBlock<T> sums = block;
  sums.tile1 = 1, sums.block_rows = 1;
  sums.a = &kOne<T>, sums.a_row = 0, sums.a_k = 0, sums.a_tiles = false;
  sums.c = p.column_sums, sums.c_column = 1, sums.c_row = 0;
  sums.beta = whole.k0 == 0 ? p.column_beta : T(1);
  sums.tile_done = nullptr, sums.passes = false;
  g.block(sums);
}

// A product too small for a second thread that reads B where it lies is one block: to choose how it is cut would take
// as long as itself. False for any other.
template <class T>
bool multiply_whole(const GemmKernels<T>& g, GemmProduct<T>& p) {
  if (p.M * p.N * p.K >= 2 * kMinChunkWork) return false;
  GemmBlock<T>& block = p.last;
  block.columns = p.N, block.block_rows = p.M, block.depth = p.K;
  block.a = p.a, block.a_row = p.a_row, block.a_k = p.a_k;
  block.b = p.b, block.b_column = p.b_column, block.b_k = p.b_k;
  if (suits_dot(g, p)) {
    block.col1 = p.N, block.alpha = p.alpha;
    g.dot(block);
    return true;
  }
  block.tile1 = ceil_div(p.M, g.mr), block.col1 = round_up(p.N, g.w);
  const bool near = block.tile1 <= kDirectTiles || p.K * p.N * int64_t(sizeof(T)) <= kDirectBytes;
  const bool in_panels = p.b_k == 0, in_rows = p.b_column == 1 && near && block.col1 == p.N;
  if (p.alpha != T(1) || !(in_panels || in_rows)) return false;
  g.block(block);
  sum_columns(g, p, block, block);
  return true;
}

}  // namespace

template <class T>
Status multiply(Lease& lease, const GemmKernels<T>& kernels, GemmProduct<T>& product) {
  if (multiply_whole(kernels, product)) return {};
  return GemmLoops<T>(lease, kernels, product).run();
}

template <class T>
GemmLoops<T>::GemmLoops(Lease& lease, const GemmKernels<T>& kernels, const GemmProduct<T>& product)
    : lease_(lease), g_(kernels), p_(product), panels_(gemm_panel_count(product.N, kernels.w, kernels.nv)) {
  last_column_ = gemm_panel_column(p_.N, g_.w, g_.nv, panels_ - 1);
  end_column_ = gemm_panel_column(p_.N, g_.w, g_.nv, panels_);
  choose_blocking();
}

template <class T>
void GemmLoops<T>::choose_blocking() {
  const int64_t width = int64_t(g_.nv) * g_.w, bytes = sizeof(T), l2 = cpu_cache_bytes(2);
  const int64_t K = p_.K > 0 ? p_.K : 1, tiles = ceil_div(p_.M, g_.mr);
  // A panel, which every tile of rows reads again, keeps to 3/16 of L2 and leaves room for the one that follows it; and
  // eight tiles' rows of A keep to a quarter.
  const int64_t wide = l2 / 16 * 3 / (width * bytes), tall = l2 / 4 / (8 * g_.mr * bytes);
  const int64_t deepest = wide < tall ? wide : tall;
  k_block_ = K <= deepest ? K : ceil_div(K, ceil_div(K, deepest));
  // A pass takes as many tiles as have their rows in a quarter of L2, where each panel of a group finds them, and each
  // pass finds the group's panels in L2 or near it.
  pass_tiles_ = l2 / 4 / (k_block_ * g_.mr * bytes);
  group_ = ceil_div(l2, k_block_ * width * bytes);
  // A block of A's rows is read once a group, from L3 or memory. Threads share the blocks, so tall products are cut.
  row_block_ = round_up(8 * l2 / (k_block_ * bytes), g_.mr);
  if (row_block_ > p_.M) row_block_ = round_up(p_.M, g_.mr);

  direct_panels_ = 0;
  if (p_.alpha == T(1) || p_.K == 0) {  // a scaled B is a copy
    if (p_.b_k == 0) {
      direct_panels_ = panels_;
    } else if (p_.b_column == 1 && tiles <= kDirectTiles) {
      // A partial vector must not be read past the end of a row: its panel is copied.
      direct_panels_ = p_.N % g_.w == 0 ? panels_ : panels_ - 1;
    }
  }
  const int64_t threads = lease_.threads(), work = p_.M * p_.N * K;
  chunks_ = 1;
  if (threads > 1 && work >= 2 * kMinChunkWork) {
    const int64_t each = work / (threads * kMinChunkWork);
    chunks_ = each < 1 ? ceil_div(work, kMinChunkWork) : threads * (each < kChunksPerThread ? each : kChunksPerThread);
  }
  const int64_t wanted = p_.K < kTiledDepth ? kTiledColumns : kTiledColumns / 2;
  tiles_bytes_ =
      p_.a_row == 1 && p_.M > g_.mr && p_.K > 0 && p_.N >= wanted ? size_t(row_block_ * k_block_ * bytes) : 0;
  const int64_t panel_bytes = k_block_ * width * bytes;
  copies_at_once_ = cpu_cache_bytes(1) / 4 / panel_bytes;
  if (copies_at_once_ < 1) copies_at_once_ = 1;
  copies_ = row_block_ > pass_tiles_ * g_.mr ? group_ : copies_at_once_;
  if (copies_ > panels_) copies_ = panels_;
  scratch_ = direct_panels_ == panels_ ? 0 : size_t(copies_ * panel_bytes);
}

// Where chunk `c` of `extent` begins. The chunks of a thread's share become smaller: with i of n to go, (i / n)^2 of it
// is left. So cuts are few, and who is done waits for a small chunk of another's at most.
template <class T>
int64_t GemmLoops<T>::chunk_begin(int64_t extent, int64_t chunks, int64_t c) const {
  const int64_t threads = lease_.threads(), each = chunks / threads;
  if (each * threads != chunks) return extent * c / chunks;
  const int64_t begin = extent * (c / each) / threads, end = extent * (c / each + 1) / threads, left = each - c % each;
  return end - (end - begin) * left * left / (each * each);
}

// Chunks of rows, or of columns where there are more of those.
template <class T>
void GemmLoops<T>::run_dot() {
  const bool by_rows = p_.M > p_.N;
  const int64_t extent = by_rows ? p_.M : p_.N, grain = by_rows ? 2 : g_.w;
  const int64_t chunks = chunks_ < ceil_div(extent, grain) ? chunks_ : ceil_div(extent, grain);
  lease_.parallel_for(chunks, [&](int64_t c, int) {
    const int64_t first = round_up(chunk_begin(extent, chunks, c), grain);
    const int64_t end = round_up(chunk_begin(extent, chunks, c + 1), grain);
    const int64_t last = end < extent ? end : extent;
    if (first >= last) return;
    GemmBlock<T> block = p_.last;
    block.columns = p_.N, block.depth = p_.K;
    block.block_row0 = by_rows ? first : 0, block.block_rows = by_rows ? last - first : p_.M;
    block.col0 = by_rows ? 0 : first, block.col1 = by_rows ? p_.N : last;
    block.a = p_.a + block.block_row0 * p_.a_row, block.a_row = p_.a_row, block.a_k = 1;
    block.b = p_.b, block.b_column = p_.b_column, block.b_k = 1, block.alpha = p_.alpha;
    g_.dot(block);
  });
}

template <class T>
Status GemmLoops<T>::run() {
  if (suits_dot(g_, p_)) {
    run_dot();
    return {};
  }
  const int workers = chunks_ > 1 && scratch_ > 0 ? lease_.threads() : scratch_ + tiles_bytes_ > 0 ? 1 : 0;
  for (int worker = 0; worker < workers; ++worker) {
    if (lease_.scratch(worker, scratch_ + (worker == 0 ? tiles_bytes_ : 0)) == nullptr) {
      return Status::out_of_memory("No memory for the scratch of a matrix product.");
    }
  }
  const int64_t blocks = ceil_div(p_.M, row_block_);
  if (tiles_bytes_ == 0) {
    run_blocks(0, blocks, 0, p_.K);
    return {};
  }
  for (int64_t block = 0; block < blocks; ++block) {
    for (int64_t k = 0; k < p_.K; k += k_block_) {
      const int64_t end = k + k_block_ < p_.K ? k + k_block_ : p_.K;
      pack_tiles(block * row_block_, k, end);
      run_blocks(block, block + 1, k, end);
    }
  }
  return {};
}

// Row blocks [block0, block1) over k in [k0, k1), in chunks.
template <class T>
void GemmLoops<T>::run_blocks(int64_t block0, int64_t block1, int64_t k0, int64_t k1) {
  const int64_t vectors = gemm_vectors(p_.N, g_.w), before = block0 * tiles_of(0);
  const int64_t tiles = (block1 - 1) * tiles_of(0) + tiles_of(block1 - 1) - before, weight = tiles * vectors;
  const int64_t chunks = chunks_ < tiles * panels_ ? chunks_ : tiles * panels_;
  lease_.parallel_for(chunks, [&](int64_t c, int worker) {
    T* scratch = scratch_ > 0 ? static_cast<T*>(lease_.scratch(worker, scratch_)) : nullptr;
    const int64_t first = unit_at(before * vectors + chunk_begin(weight, chunks, c));
    chunk(first, unit_at(before * vectors + chunk_begin(weight, chunks, c + 1)), k0, k1, scratch);
  });
}

// Copies the block of A's rows from row0 on, for k in [k0, k1), in tiles, behind the first worker's scratch.
template <class T>
void GemmLoops<T>::pack_tiles(int64_t row0, int64_t k0, int64_t k1) {
  T* copy = static_cast<T*>(lease_.scratch(0, 0)) + scratch_ / sizeof(T);
  tiles_ = copy;
  const int64_t rows = p_.M - row0 < row_block_ ? p_.M - row0 : row_block_, depth = k1 - k0;
  const int64_t tiles = ceil_div(rows, g_.mr);
  const TileRows cut = tile_rows(rows, tiles);
  const T* a = p_.a + row0 + k0 * p_.a_k;
  const auto pack = [&](int64_t begin, int64_t end) {  // tiles of one height
    const int64_t first = tile_first(cut, begin);
    if (begin < end) {
      g_.pack_tiles(depth, end - begin, tile_height(cut, begin), a + first, p_.a_k, copy + first * depth);
    }
  };
  parallel_range(lease_, tiles, ceil_div(kMinPack, g_.mr * depth), [&](int64_t begin, int64_t end, int) {
    const int64_t bound = cut.taller < begin ? begin : cut.taller < end ? cut.taller : end;
    pack(begin, bound);
    pack(bound, end);
  });
}

template <class T>
int64_t GemmLoops<T>::tiles_of(int64_t block) const {
  const int64_t left = p_.M - block * row_block_;
  return ceil_div(left < row_block_ ? left : row_block_, g_.mr);
}

// The unit before which tiles of `weight` vectors lie.
template <class T>
int64_t GemmLoops<T>::unit_at(int64_t weight) const {
  const int64_t vectors = gemm_vectors(p_.N, g_.w), per_block = vectors * tiles_of(0), block = weight / per_block;
  if (block * row_block_ >= p_.M) return block * panels_ * tiles_of(0);
  const int64_t tiles = tiles_of(block), in_block = weight - block * per_block;
  int64_t panel = in_block / (tiles * g_.nv);  // no panel is wider
  while (panel + 1 < panels_ && column(panel + 1) / g_.w * tiles <= in_block) ++panel;
  const int64_t before = column(panel) / g_.w, width = column(panel + 1) / g_.w - before;
  const int64_t tile = panel < panels_ ? (in_block - before * tiles) / width : 0;
  return block * panels_ * tiles_of(0) + panel * tiles + tile;
}

template <class T>
void GemmLoops<T>::chunk(int64_t first_unit, int64_t last_unit, int64_t k0, int64_t k1, T* scratch) const {
  const int64_t per_block = panels_ * ceil_div(row_block_, g_.mr);
  for (int64_t block = first_unit / per_block; block * per_block < last_unit; ++block) {
    const int64_t base = block * per_block, row0 = block * row_block_;
    const int64_t row1 = row0 + row_block_ < p_.M ? row0 + row_block_ : p_.M;
    const int64_t units = panels_ * ceil_div(row1 - row0, g_.mr);
    const int64_t first = first_unit > base ? first_unit - base : 0;
    const int64_t last = last_unit - base < units ? last_unit - base : units;
    rows(row0, row1, first, last, k0, k1, scratch);
  }
}

// Units [first, last) of the row block [row0, row1): tile first % tiles of panel first / tiles and so on.
template <class T>
void GemmLoops<T>::rows(int64_t row0, int64_t row1, int64_t first, int64_t last, int64_t k0, int64_t k1,
                        T* scratch) const {
  const int64_t tiles = ceil_div(row1 - row0, g_.mr);
  const int64_t panel0 = first / tiles, tile0 = first % tiles, panel1 = last / tiles, tile1 = last % tiles;
  for (int64_t k = k0;; k += k_block_) {
    const bool ends = k + k_block_ >= p_.K;
    GemmBlock<T> block{};  // between blocks of k the sums pass through C
    block.c = p_.last.c, block.c_column = p_.last.c_column, block.c_row = p_.last.c_row;
    if (ends) block = p_.last;
    block.passes = block.passes && k == 0;
    block.beta = k == 0 ? p_.last.beta : T(1);
    block.bias = k == 0 ? p_.last.bias : nullptr;
    block.columns = p_.N;
    block.k0 = k, block.depth = ends ? p_.K - k : k_block_;
    block.block_row0 = row0, block.block_rows = row1 - row0;
    if (tiles_ != nullptr) {
      block.a = tiles_, block.a_row = block.depth, block.a_tiles = true;
    } else {
      block.a = p_.a + row0 * p_.a_row + k * p_.a_k, block.a_row = p_.a_row, block.a_k = p_.a_k;
    }
    block.b = p_.b, block.b_column = p_.b_column, block.b_k = p_.b_k;
    if (panel0 == panel1) {
      rectangle(block, tile0, tile1, panel0, panel0 + 1, scratch);
    } else {
      rectangle(block, tile0, tiles, panel0, tile0 == 0 ? panel1 : panel0 + 1, scratch);
      if (tile0 != 0) rectangle(block, 0, tiles, panel0 + 1, panel1, scratch);
      if (tile1 != 0) rectangle(block, 0, tile1, panel1, panel1 + 1, scratch);
    }
    if (k + k_block_ >= k1) return;
  }
}

template <class T>
void GemmLoops<T>::rectangle(GemmBlock<T>& block, int64_t tile0, int64_t tile1, int64_t panel0, int64_t panel1,
                             T* scratch) const {
  if (tile0 == tile1 || panel0 == panel1) return;
  block.tile0 = tile0, block.tile1 = tile1;
  const int64_t copied = panel0 > direct_panels_ ? panel0 : direct_panels_ < panel1 ? direct_panels_ : panel1;
  for (int64_t end; panel0 < copied; panel0 = end) {
    end = panel0 + group_ < copied ? panel0 + group_ : copied;
    block.col0 = column(panel0), block.col1 = column(end);
    passes(block, tile0);
    sum_columns(g_, p_, block, block);
  }
  if (copied < panel1) copies(block, copied, panel1, scratch);
}

// The tiles of the block from `tile0` on by all of its panels, some tiles a pass.
template <class T>
void GemmLoops<T>::passes(const GemmBlock<T>& block, int64_t tile0) const {
  const int64_t tiles = block.tile1 - tile0, passes = ceil_div(tiles, pass_tiles_);
  GemmBlock<T> pass = block;
  for (int64_t i = 0; i < passes; ++i) {
    pass.tile0 = tile0 + tiles * i / passes, pass.tile1 = tile0 + tiles * (i + 1) / passes;
    g_.block(pass);
  }
}

// The tiles of the block by panels [panel0, panel1), each of which is copied just before the first pass needs it.
template <class T>
void GemmLoops<T>::copies(const GemmBlock<T>& block, int64_t panel0, int64_t panel1, T* scratch) const {
  const int64_t tiles = block.tile1 - block.tile0, first = block.tile0 + tiles / ceil_div(tiles, pass_tiles_);
  GemmBlock<T> pass = block;
  pass.b_column = block.depth, pass.b_k = 0, pass.k0 = 0;
  for (int64_t group = panel0, end; group < panel1; group = end) {
    end = group + copies_ < panel1 ? group + copies_ : panel1;
    pass.b = scratch - column(group) * block.depth;
    pass.tile0 = block.tile0, pass.tile1 = first;
    for (int64_t panel = group, next; panel < end; panel = next) {
      next = panel + copies_at_once_ < end ? panel + copies_at_once_ : end;
      copy(block, panel, next, next < panel1, pass, scratch + (column(panel) - column(group)) * block.depth);
      sum_columns(g_, p_, block, pass);
      g_.block(pass);
    }
    if (first == block.tile1) continue;
    pass.col0 = column(group);
    pass.tile1 = block.tile1;
    pass.later = nullptr;
    passes(pass, first);
  }
}

// Copies panels [panel0, panel1) of `block` to `to`, makes them the panels of `pass`, and lets it fetch the next one if
// there are `more`.
template <class T>
void GemmLoops<T>::copy(const GemmBlock<T>& block, int64_t panel0, int64_t panel1, bool more, GemmBlock<T>& pass,
                        T* to) const {
  pass.col0 = column(panel0), pass.col1 = column(panel1);
  for (int64_t panel = panel0; panel < panel1; ++panel) {
    const int64_t col = column(panel), next = column(panel + 1), width = next - col;
    const int64_t row = block.b_k == 0 ? width : block.b_k, step = block.b_k == 0 ? 1 : block.b_column;
    const T* from = block.b + block.k0 * row + col * block.b_column;
    const int64_t columns = next < p_.N ? width : p_.N - col;
    g_.pack_panel(block.depth, int(columns), int(width), p_.alpha, from, row, step,
                  to + (col - pass.col0) * block.depth);
  }
  pass.later = nullptr;
  if (!more || block.b_column != 1) return;  // columns are long rows of memory, which the hardware follows
  pass.later = block.b + block.k0 * block.b_k + pass.col1;
  pass.later_rows = block.depth, pass.later_step = block.b_k;
  pass.later_bytes = (column(panel1 + 1) - pass.col1) * int64_t(sizeof(T));
}

template Status multiply<float>(Lease&, const GemmKernels<float>&, GemmProduct<float>&);
template Status multiply<double>(Lease&, const GemmKernels<double>&, GemmProduct<double>&);

}  // namespace hebb
