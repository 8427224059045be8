#include "core/gemm_loops.h"

#include "core/cpu_cache.h"

namespace hebb {

namespace {

// Multiply-adds that are worth waking a thread for (about 2 us of one), and chunks a thread in large products: some
// more than one, so that a thread that is held up does not hold up the others.
constexpr int64_t kMinChunkWork = 128 * 1024;
constexpr int64_t kChunksPerThread = 4;
// Up to so many tiles of rows it costs more to copy a panel of B than to read it with a stride.
constexpr int64_t kDirectTiles = 4;

template <class T>
const T kOne = 1;

}  // namespace

template <class T>
GemmLoops<T>::GemmLoops(Lease& lease, const GemmKernels<T>& kernels, const GemmProduct<T>& product)
    : lease_(lease), g_(kernels), p_(product), panels_(gemm_panel_count(product.N, kernels.w, kernels.nv)) {
  choose_blocking();
}

template <class T>
void GemmLoops<T>::choose_blocking() {
  const int64_t width = int64_t(g_.nv) * g_.w, bytes = sizeof(T), l2 = cpu_cache_bytes(2);
  const int64_t K = p_.K > 0 ? p_.K : 1, tiles = ceil_div(p_.M, g_.mr);
  // A panel, which every tile of rows reads again, keeps to 3/16 of L2 and leaves room for the one that follows it. A's
  // rows are read once a panel and stream well: a block of them may be twice L2, then B passes by once per block.
  const int64_t deepest = l2 / 16 * 3 / (width * bytes);
  k_block_ = K <= deepest ? K : ceil_div(K, ceil_div(K, deepest));
  row_block_ = round_up(2 * l2 / (k_block_ * bytes), g_.mr);
  if (row_block_ > p_.M) row_block_ = round_up(p_.M, g_.mr);

  direct_end_ = 0;
  if (p_.alpha == T(1) || p_.K == 0) {  // a scaled B is a copy
    if (p_.b_k == 0) {
      direct_end_ = column(panels_);
    } else if (p_.b_column == 1 && tiles <= kDirectTiles) {
      // A partial vector must not be read past the end of a row: its panel is copied.
      direct_end_ = p_.N % g_.w == 0 ? p_.N : column(panels_ - 1);
    }
  }
  const int64_t threads = lease_.threads(), work = p_.M * p_.N * K;
  chunks_ = 1;
  if (threads > 1 && work >= 2 * kMinChunkWork) {
    const int64_t each = work / (threads * kMinChunkWork);
    chunks_ = each < 1 ? ceil_div(work, kMinChunkWork) : threads * (each < kChunksPerThread ? each : kChunksPerThread);
  }
  scratch_ = direct_end_ >= p_.N ? 0 : size_t(k_block_ * width) * sizeof(T);
}

template <class T>
bool GemmLoops<T>::suits_dot() const {
  const bool along_k = p_.a_k == 1 && p_.b_k == 1 && p_.last.c_column == 1 && p_.K > 0;
  return along_k && p_.column_sums == nullptr && (p_.N <= g_.narrow || p_.M <= g_.dot_rows);
}

// Chunks of rows, or of columns where there are more of those.
template <class T>
void GemmLoops<T>::run_dot() {
  const bool by_rows = p_.M > p_.N;
  const int64_t extent = by_rows ? p_.M : p_.N, grain = by_rows ? 2 : g_.w;
  const int64_t chunks = chunks_ < ceil_div(extent, grain) ? chunks_ : ceil_div(extent, grain);
  lease_.parallel_for(chunks, [&](int64_t c, int) {
    const int64_t first = round_up(extent * c / chunks, grain), end = round_up(extent * (c + 1) / chunks, grain);
    const int64_t last = end < extent ? end : extent;
    if (first >= last) return;
    GemmBlock<T> block = p_.last;
    block.columns = p_.N, block.depth = p_.K;
    block.block_row0 = by_rows ? first : 0, block.block_rows = by_rows ? last - first : p_.M;
    block.col0 = by_rows ? 0 : first, block.col1 = by_rows ? p_.N : last;
    block.a = p_.a + block.block_row0 * p_.a_row, block.a_row = p_.a_row, block.a_k = 1;
    block.b = p_.b, block.b_column = p_.b_column, block.b_k = 1, block.b_scale = p_.alpha;
    g_.dot(block);
  });
}

template <class T>
Status GemmLoops<T>::run() {
  if (suits_dot()) {
    run_dot();
    return {};
  }
  const int workers = chunks_ > 1 && scratch_ > 0 ? lease_.threads() : scratch_ > 0 ? 1 : 0;
  for (int worker = 0; worker < workers; ++worker) {
    if (lease_.scratch(worker, scratch_) == nullptr) {
      return Status::out_of_memory("No memory for the scratch of a matrix product.");
    }
  }
  const int64_t blocks = ceil_div(p_.M, row_block_), tiles = (blocks - 1) * tiles_of(0) + tiles_of(blocks - 1);
  const int64_t weight = tiles * gemm_vectors(p_.N, g_.w);
  if (chunks_ > tiles * panels_) chunks_ = tiles * panels_;
  lease_.parallel_for(chunks_, [&](int64_t c, int worker) {
    T* scratch = scratch_ > 0 ? static_cast<T*>(lease_.scratch(worker, scratch_)) : nullptr;
    chunk(unit_at(weight * c / chunks_), unit_at(weight * (c + 1) / chunks_), scratch);
  });
  return {};
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
void GemmLoops<T>::chunk(int64_t first_unit, int64_t last_unit, T* scratch) const {
  const int64_t per_block = panels_ * ceil_div(row_block_, g_.mr);
  for (int64_t block = first_unit / per_block; block * per_block < last_unit; ++block) {
    const int64_t base = block * per_block, row0 = block * row_block_;
    const int64_t row1 = row0 + row_block_ < p_.M ? row0 + row_block_ : p_.M;
    const int64_t units = panels_ * ceil_div(row1 - row0, g_.mr);
    const int64_t first = first_unit > base ? first_unit - base : 0;
    const int64_t last = last_unit - base < units ? last_unit - base : units;
    rows(row0, row1, first, last, scratch);
  }
}

// Units [first, last) of the row block [row0, row1): tile first % tiles of panel first / tiles and so on.
template <class T>
void GemmLoops<T>::rows(int64_t row0, int64_t row1, int64_t first, int64_t last, T* scratch) const {
  const int64_t tiles = ceil_div(row1 - row0, g_.mr);
  const int64_t panel0 = first / tiles, tile0 = first % tiles, panel1 = last / tiles, tile1 = last % tiles;
  for (int64_t k = 0;; k += k_block_) {
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
    block.a = p_.a + row0 * p_.a_row + k * p_.a_k, block.a_row = p_.a_row, block.a_k = p_.a_k;
    block.b = p_.b, block.b_column = p_.b_column, block.b_k = p_.b_k;
    block.b_scale = p_.alpha;
    block.b_scratch = scratch;
    if (panel0 == panel1) {
      rectangle(block, tile0, tile1, panel0, panel0 + 1);
    } else {
      rectangle(block, tile0, tiles, panel0, tile0 == 0 ? panel1 : panel0 + 1);
      if (tile0 != 0) rectangle(block, 0, tiles, panel0 + 1, panel1);
      if (tile1 != 0) rectangle(block, 0, tile1, panel1, panel1 + 1);
    }
    if (ends) return;
  }
}

template <class T>
void GemmLoops<T>::rectangle(GemmBlock<T>& block, int64_t tile0, int64_t tile1, int64_t panel0, int64_t panel1) const {
  block.tile0 = tile0, block.tile1 = tile1;
  const int64_t col0 = column(panel0), col1 = column(panel1);
  if (col0 < direct_end_ && col0 < col1) {
    block.col0 = col0, block.col1 = col1 < direct_end_ ? col1 : direct_end_;
    block.b_pack = false;
    columns(block);
  }
  if (col1 > direct_end_) {
    block.col0 = col0 > direct_end_ ? col0 : direct_end_, block.col1 = col1;
    block.b_pack = true;
    columns(block);
  }
}

// The block, and with it the sums of B's columns where they are wanted: the product with a row of ones.
template <class T>
void GemmLoops<T>::columns(GemmBlock<T>& block) const {
  g_.block(block);
  if (p_.column_sums == nullptr || block.block_row0 != 0 || block.tile0 != 0) return;
  GemmBlock<T> sums = block;
  sums.tile1 = 1, sums.block_rows = 1;
  sums.a = &kOne<T>, sums.a_row = 0, sums.a_k = 0;
  sums.b_scale = T(1);
  sums.c = p_.column_sums, sums.c_column = 1, sums.c_row = 0;
  sums.beta = block.k0 == 0 ? p_.column_beta : T(1);
  sums.tile_done = nullptr, sums.passes = false;
  g_.block(sums);
}

template class GemmLoops<float>;
template class GemmLoops<double>;

}  // namespace hebb
