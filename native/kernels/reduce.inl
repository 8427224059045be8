// Sums in float64, extrema, and the search for NaN and infinity.
namespace hebb {
namespace HEBB_ISA_NS {

// The sum over vectors of add(accumulator, i, io), with two accumulators in turn to hide the addition's latency.
template <class F>
static inline double accumulate(int64_t n, F add) {
  Acc64 a = acc_zero(), b = acc_zero();
  int64_t i = 0;
  for (; i + 2 * Vec::W <= n; i += 2 * Vec::W) {
    add(a, i, Whole{});
    add(b, i + Vec::W, Whole{});
  }
  if (i + Vec::W <= n) {
    add(a, i, Whole{});
    i += Vec::W;
  }
  if (i < n) add(b, i, Tail{int(n - i)});
  return acc_sum(a) + acc_sum(b);
}

static double sum(int64_t n, const real* x) {
  return accumulate(n, [x](Acc64& acc, int64_t i, auto io) { acc_add(acc, io(x + i)); });
}
static double sum_squares(int64_t n, const real* x) {
  return accumulate(n, [x](Acc64& acc, int64_t i, auto io) {
    const Vec v = io(x + i);
    acc_fma(acc, v, v);
  });
}
static double dot(int64_t n, const real* a, const real* b) {
  return accumulate(n, [a, b](Acc64& acc, int64_t i, auto io) { acc_fma(acc, io(a + i), io(b + i)); });
}

// The largest element; with a NaN among them, NaN or the largest of some of the others.
static inline real row_max(int64_t n, const real* x) {
  const Vec lowest = set1(-real(__builtin_inf()));
  Vec top[4] = {lowest, lowest, lowest, lowest};
  for_vectors4(n, [&](int64_t i, auto io, int slot) { top[slot] = max(io.only(io(x + i), lowest), top[slot]); });
  return reduce_max(max(max(top[0], top[1]), max(top[2], top[3])));
}

// Extremum with NaN passed on: `best(a, b)` keeps b where a is NaN, so NaN lanes are looked for apart.
template <class F>
static inline real extremum(int64_t n, const real* x, real empty, F best, real (*reduce)(Vec)) {
  const Vec start = set1(empty);
  Vec result[4] = {start, start, start, start};
  Vec poison[4] = {zero(), zero(), zero(), zero()};  // NaN in a lane that has seen one
  for_vectors4(n, [&](int64_t i, auto io, int slot) {
    const Vec v = io.only(io(x + i), start);
    poison[slot] = select(is_nan(v), v, poison[slot]);
    result[slot] = best(v, result[slot]);
  });
  const Vec nan = (poison[0] + poison[1]) + (poison[2] + poison[3]);
  if (any(is_nan(nan))) return real(__builtin_nan(""));
  return reduce(best(best(result[0], result[1]), best(result[2], result[3])));
}
static real max_kernel(int64_t n, const real* x) {
  return extremum(
      n, x, -real(__builtin_inf()), [](Vec a, Vec b) { return max(a, b); }, reduce_max);
}
static real min_kernel(int64_t n, const real* x) {
  return extremum(
      n, x, real(__builtin_inf()), [](Vec a, Vec b) { return min(a, b); }, reduce_min);
}

// Columns [c, c + V vectors) of the sums below: a few vectors at a time, so that whole cache lines of a row are used.
template <int V, class IO>
static inline void column_block(int64_t rows, const real* x, int64_t ld, real* out, IO io) {
  Acc64 acc[V];
  for (int v = 0; v < V; ++v) {
    acc[v] = acc_zero();
    acc_add(acc[v], io(out + v * Vec::W));
  }
  for (int64_t r = 0; r < rows; ++r, x += ld) {
    for (int v = 0; v < V; ++v) acc_add(acc[v], io(x + v * Vec::W));
  }
  for (int v = 0; v < V; ++v) io(out + v * Vec::W, acc_round(acc[v]));
}

static void column_sums(int64_t rows, int64_t cols, const real* x, int64_t ld, real* out) {
  constexpr int W = Vec::W;
  int64_t c = 0;
  for (; c + 4 * W <= cols; c += 4 * W) column_block<4>(rows, x + c, ld, out + c, Whole{});
  for (; c + W <= cols; c += W) column_block<1>(rows, x + c, ld, out + c, Whole{});
  if (c < cols) column_block<1>(rows, x + c, ld, out + c, Tail{int(cols - c)});
}

static int64_t find_nonfinite(int64_t n, const real* x) {
  int64_t i = 0;
  const auto suspects = [](Vec v) { return bits(is_nan(v - v)); };  // inf - inf and NaN - NaN are NaN
  for (; i + Vec::W <= n; i += Vec::W) {
    const uint32_t found = suspects(load(x + i));
    if (found != 0) return i + __builtin_ctz(found);
  }
  if (i < n) {
    const uint32_t found = suspects(load_n(x + i, int(n - i)));
    if (found != 0) return i + __builtin_ctz(found);
  }
  return -1;
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
