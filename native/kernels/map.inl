// Loops over vectors: a main loop of whole vectors and one masked tail. Bodies see zeros in the lanes beyond the end.
namespace hebb {
namespace HEBB_ISA_NS {

// y[i] = f(x[i])
template <class F>
static inline void map(int64_t n, const real* x, real* y, F f) {
  int64_t i = 0;
  for (; i + Vec::W <= n; i += Vec::W) store(y + i, f(load(x + i)));
  const int tail = int(n - i);
  if (tail > 0) store_n(y + i, f(load_n(x + i, tail)), tail);
}

// y[i] = f(a[i], b[i])
template <class F>
static inline void map2(int64_t n, const real* a, const real* b, real* y, F f) {
  int64_t i = 0;
  for (; i + Vec::W <= n; i += Vec::W) store(y + i, f(load(a + i), load(b + i)));
  const int tail = int(n - i);
  if (tail > 0) store_n(y + i, f(load_n(a + i, tail), load_n(b + i, tail)), tail);
}

// y[i] = f(a[i], b[i], c[i])
template <class F>
static inline void map3(int64_t n, const real* a, const real* b, const real* c, real* y, F f) {
  int64_t i = 0;
  for (; i + Vec::W <= n; i += Vec::W) store(y + i, f(load(a + i), load(b + i), load(c + i)));
  const int tail = int(n - i);
  if (tail > 0) store_n(y + i, f(load_n(a + i, tail), load_n(b + i, tail), load_n(c + i, tail)), tail);
}

// dx[i] = f(a[i], dy[i]), or dx[i] += ... with `accumulate`
template <class F>
static inline void map2_into(int64_t n, const real* a, const real* dy, real* dx, bool accumulate, F f) {
  if (accumulate) {
    map3(n, a, dy, dx, dx, [&](Vec va, Vec vdy, Vec vdx) { return vdx + f(va, vdy); });
  } else {
    map2(n, a, dy, dx, f);
  }
}

// Calls f(i, io) for each vector, for kernels with more operands than the maps above: io(p) loads and io(p, v) stores
// the whole vector or the tail, io.only(v, w) puts w into the lanes beyond the end.
namespace {
struct Whole {
  Vec operator()(const real* p) const { return load(p); }
  void operator()(real* p, Vec v) const { store(p, v); }
  Vec only(Vec v, Vec) const { return v; }
};
struct Tail {
  int n;
  Vec operator()(const real* p) const { return load_n(p, n); }
  void operator()(real* p, Vec v) const { store_n(p, v, n); }
  Vec only(Vec v, Vec beyond) const { return select(first_n(n), v, beyond); }
};
}  // namespace
template <class F>
static inline void for_vectors(int64_t n, F f) {
  int64_t i = 0;
  for (; i + Vec::W <= n; i += Vec::W) f(i, Whole{});
  if (i < n) f(i, Tail{int(n - i)});
}

// The same four vectors at a time, as f(i, io, slot) with slot in [0, 4): sums that keep an accumulator a slot hide the
// latency of additions. join adds them up, in one order.
template <class F>
static inline void for_vectors4(int64_t n, F f) {
  constexpr int W = Vec::W;
  int64_t i = 0;
  for (; i + 4 * W <= n; i += 4 * W) {
    f(i, Whole{}, 0);
    f(i + W, Whole{}, 1);
    f(i + 2 * W, Whole{}, 2);
    f(i + 3 * W, Whole{}, 3);
  }
  for (; i + W <= n; i += W) f(i, Whole{}, 0);
  if (i < n) f(i, Tail{int(n - i)}, 1);
}
static inline real join(const Vec (&a)[4]) { return reduce_add((a[0] + a[1]) + (a[2] + a[3])); }

}  // namespace HEBB_ISA_NS
}  // namespace hebb
