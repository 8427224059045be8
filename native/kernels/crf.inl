// CRF kernels over Vec (crf_kernels.h says what they compute). Columns are walked in blocks of up to four vectors held
// in registers, so that every row is read once and nothing is stored in the inner loop.
#include "kernels/crf_kernels.h"

namespace hebb {
namespace HEBB_ISA_NS {

// Calls body(first_column, lanes_of_last_vector) with NV = vectors in the block.
#define HEBB_CRF_BLOCKS(P, BODY)                          \
  for (int64_t c0 = 0; c0 < (P);) {                       \
    const int64_t left = (P)-c0;                          \
    const int64_t vectors = (left + Vec::W - 1) / Vec::W; \
    const int last = int(left - (vectors - 1) * Vec::W);  \
    if (vectors > 4) {                                    \
      BODY(4, Vec::W);                                    \
      c0 += 4 * Vec::W;                                   \
      continue;                                           \
    }                                                     \
    if (vectors == 4) {                                   \
      BODY(4, last);                                      \
    } else if (vectors == 3) {                            \
      BODY(3, last);                                      \
    } else if (vectors == 2) {                            \
      BODY(2, last);                                      \
    } else {                                              \
      BODY(1, last);                                      \
    }                                                     \
    break;                                                \
  }

// Without branches, so that the look-ups of several features overlap.
static int64_t crf_find_rows(int64_t count, const uint64_t* features, int bits, const CrfIndexEntry* index,
                             uint32_t* rows) {
  int64_t found = 0;
  for (int64_t k = 0; k < count; ++k) {
    const uint64_t slot = features[k] >> (64 - bits), bit = slot & 63;
    const CrfIndexEntry entry = index[slot >> 6];
    rows[found] = entry.before + uint32_t(__builtin_popcountll(entry.present & ((uint64_t(1) << bit) - 1)));
    found += int64_t(entry.present >> bit & 1);
  }
  return found;
}

template <int NV>
static inline void load_block(const real* p, int last, Vec (&v)[NV]) {
  for (int j = 0; j < NV - 1; ++j) v[j] = load(p + j * Vec::W);
  v[NV - 1] = load_n(p + (NV - 1) * Vec::W, last);
}
template <int NV>
static inline void store_block(real* p, int last, const Vec (&v)[NV]) {
  for (int j = 0; j < NV - 1; ++j) store(p + j * Vec::W, v[j]);
  store_pieces(p + (NV - 1) * Vec::W, v[NV - 1], last);
}

template <int NV>
static inline void sum_rows_block(int64_t count, const uint32_t* rows, const real* table, int64_t P, int64_t c0,
                                  int last, real* out) {
  Vec acc[NV];
  load_block<NV>(out + c0, last, acc);
  for (int64_t k = 0; k < count; ++k) {
    if (k + 8 < count) __builtin_prefetch(table + int64_t(rows[k + 8]) * P + c0);
    Vec row[NV];
    load_block<NV>(table + int64_t(rows[k]) * P + c0, last, row);
    for (int j = 0; j < NV; ++j) acc[j] = acc[j] + row[j];
  }
  store_block<NV>(out + c0, last, acc);
}

static void crf_sum_rows(int64_t count, const uint32_t* rows, const real* table, int64_t P, real* out) {
#define HEBB_BODY(NV, LAST) sum_rows_block<NV>(count, rows, table, P, c0, LAST, out)
  HEBB_CRF_BLOCKS(P, HEBB_BODY)
#undef HEBB_BODY
}

template <int NV>
static inline void adagrad_block(int64_t count, const uint32_t* rows, real* table, real* squares, int64_t P,
                                 const real* gradient, int64_t c0, int last, real lr, real l2) {
  Vec g[NV];
  load_block<NV>(gradient + c0, last, g);
  const Vec rate = set1(lr), decay = set1(l2), tiny = set1(real(1e-30));
  for (int64_t k = 0; k < count; ++k) {
    if (k + 6 < count) {
      __builtin_prefetch(table + int64_t(rows[k + 6]) * P + c0, 1);
      __builtin_prefetch(squares + int64_t(rows[k + 6]) * P + c0, 1);
    }
    real* w = table + int64_t(rows[k]) * P + c0;
    real* q = squares + int64_t(rows[k]) * P + c0;
    Vec wv[NV], qv[NV];
    load_block<NV>(w, last, wv);
    load_block<NV>(q, last, qv);
    for (int j = 0; j < NV; ++j) {
      const Vec d = fnma(decay, wv[j], g[j]);
      qv[j] = fma(d, d, qv[j]);
      wv[j] = fma(rate, d / sqrt(max(qv[j], tiny)), wv[j]);
    }
    store_block<NV>(w, last, wv);
    store_block<NV>(q, last, qv);
  }
}

static void crf_adagrad_rows(int64_t count, const uint32_t* rows, real* table, real* squares, int64_t P,
                             const real* gradient, real lr, real l2) {
#define HEBB_BODY(NV, LAST) adagrad_block<NV>(count, rows, table, squares, P, gradient, c0, LAST, lr, l2)
  HEBB_CRF_BLOCKS(P, HEBB_BODY)
#undef HEBB_BODY
}

static real crf_subtract_peak(int64_t n, int64_t T, int64_t P, const real* x, real* y, real* peak) {
  real spread = 0;
  for (int64_t i = 0; i < n; ++i, x += P, y += P) {
    Vec best = set1(real(-3.0e38)), least = set1(real(3.0e38));
    int64_t t = 0;
    for (; t + Vec::W <= T; t += Vec::W) best = max(best, load(x + t)), least = min(least, load(x + t));
    if (t < T) {
      const Mask inside = first_n(int(T - t));
      best = select(inside, max(best, load_n(x + t, int(T - t))), best);
      least = select(inside, min(least, load_n(x + t, int(T - t))), least);
    }
    const real top = reduce_max(best), range = top - reduce_min(least);
    if (!(range <= spread)) spread = range;
    peak[i] = top;
    const Vec shift = set1(top);
    for (t = 0; t + Vec::W <= T; t += Vec::W) store(y + t, load(x + t) - shift);
    if (t < T) store_pieces(y + t, load_n(x + t, int(T - t)) - shift, int(T - t));
    for (t = T; t < P; ++t) y[t] = real(-1e30);
  }
  return spread;
}

// y[P] = sum over s < T of x[s] * M[s, :]
template <int NV>
static inline void combine_block(int64_t T, int64_t P, const real* M, const real* x, int64_t c0, int last, real* y) {
  Vec acc[NV];
  for (int j = 0; j < NV; ++j) acc[j] = zero();
  for (int64_t s = 0; s < T; ++s) {
    const Vec xs = set1(x[s]);
    Vec row[NV];
    load_block<NV>(M + s * P + c0, last, row);
    for (int j = 0; j < NV; ++j) acc[j] = fma(xs, row[j], acc[j]);
  }
  store_block<NV>(y + c0, last, acc);
}

static inline void combine_rows(int64_t T, int64_t P, const real* M, const real* x, real* y) {
#define HEBB_BODY(NV, LAST) combine_block<NV>(T, P, M, x, c0, LAST, y)
  HEBB_CRF_BLOCKS(P, HEBB_BODY)
#undef HEBB_BODY
}

static void crf_multiply(int64_t n, const real* a, const real* b, real* y) {
  int64_t i = 0;
  for (; i + Vec::W <= n; i += Vec::W) store(y + i, load(a + i) * load(b + i));
  if (i < n) store_pieces(y + i, load_n(a + i, int(n - i)) * load_n(b + i, int(n - i)), int(n - i));
}

// a *= b, then a /= sum(a): the sum, in a fixed order
static inline real multiply_and_normalise(int64_t P, const real* b, real* a) {
  Vec sum = zero();
  int64_t t = 0;
  for (; t < P; t += Vec::W) {
    const int lanes = int(P - t < Vec::W ? P - t : Vec::W);
    const Vec v = load_n(a + t, lanes) * load_n(b + t, lanes);
    store_pieces(a + t, v, lanes);
    sum = sum + v;
  }
  const real total = reduce_add(sum);
  const Vec inverse = set1(real(1) / total);
  for (t = 0; t < P; t += Vec::W) {
    const int lanes = int(P - t < Vec::W ? P - t : Vec::W);
    store_pieces(a + t, load_n(a + t, lanes) * inverse, lanes);
  }
  return total;
}

static bool crf_forward(int64_t n, int64_t T, int64_t P, const real* M, const real* start, const real* p, real* alpha,
                        real* scale) {
  for (int64_t t = 0; t < P; ++t) alpha[t] = start[t];
  for (int64_t i = 0; i < n; ++i) {
    if (i > 0) combine_rows(T, P, M, alpha + (i - 1) * P, alpha + i * P);
    scale[i] = multiply_and_normalise(P, p + i * P, alpha + i * P);
    if (!(scale[i] >= real(1e-30) && scale[i] <= real(1e30))) return false;
  }
  return true;
}

static bool crf_backward(int64_t n, int64_t T, int64_t P, const real* Mt, const real* p, const real* scale, real* beta,
                         real* u) {
  for (int64_t i = n - 1; i > 0; --i) {
    crf_multiply(P, p + i * P, beta + i * P, u);
    const Vec inverse = set1(real(1) / scale[i]);
    for (int64_t t = 0; t < P; t += Vec::W) {
      const int lanes = int(P - t < Vec::W ? P - t : Vec::W);
      store_pieces(u + t, load_n(u + t, lanes) * inverse, lanes);
    }
    combine_rows(T, P, Mt, u, beta + (i - 1) * P);
    Vec top = zero();
    for (int64_t t = 0; t < P; t += Vec::W) {
      top = max(top, load_n(beta + (i - 1) * P + t, int(P - t < Vec::W ? P - t : Vec::W)));
    }
    if (!(reduce_max(top) <= real(1e15))) return false;
  }
  return true;
}

template <int NV>
static inline void outer_block(int64_t T, int64_t P, const real* a, const real* u, int64_t c0, int last, real* pairs) {
  Vec uv[NV];
  load_block<NV>(u + c0, last, uv);
  for (int64_t s = 0; s < T; ++s) {
    const Vec as = set1(a[s]);
    Vec row[NV];
    load_block<NV>(pairs + s * P + c0, last, row);
    for (int j = 0; j < NV; ++j) row[j] = fma(as, uv[j], row[j]);
    store_block<NV>(pairs + s * P + c0, last, row);
  }
}

static void crf_pair_sums(int64_t n, int64_t T, int64_t P, const real* alpha, const real* p, const real* beta,
                          const real* scale, const real* M, real* pairs, real* sums, real* u) {
  for (int64_t c = 0; c < T * P; ++c) sums[c] = 0;
  for (int64_t i = 1; i < n; ++i) {
    const Vec inverse = set1(real(1) / scale[i]);
    for (int64_t t = 0; t < P; t += Vec::W) {
      const int lanes = int(P - t < Vec::W ? P - t : Vec::W);
      store_pieces(u + t, load_n(p + i * P + t, lanes) * load_n(beta + i * P + t, lanes) * inverse, lanes);
    }
#define HEBB_BODY(NV, LAST) outer_block<NV>(T, P, alpha + (i - 1) * P, u, c0, LAST, sums)
    HEBB_CRF_BLOCKS(P, HEBB_BODY)
#undef HEBB_BODY
  }
  for (int64_t c = 0; c < T * P; c += Vec::W) {
    const int lanes = int(T * P - c < Vec::W ? T * P - c : Vec::W);
    store_pieces(pairs + c, fma(load_n(M + c, lanes), load_n(sums + c, lanes), load_n(pairs + c, lanes)), lanes);
  }
}

template <int NV>
static inline void best_block(int64_t T, int64_t P, const real* A, const real* previous, const real* e, int64_t c0,
                              int last, real* delta) {
  Vec best[NV];
  for (int j = 0; j < NV; ++j) best[j] = set1(real(-3.0e38));
  for (int64_t s = 0; s < T; ++s) {
    const Vec from = set1(previous[s]);
    Vec row[NV];
    load_block<NV>(A + s * P + c0, last, row);
    for (int j = 0; j < NV; ++j) best[j] = max(best[j], from + row[j]);
  }
  Vec ev[NV];
  load_block<NV>(e + c0, last, ev);
  for (int j = 0; j < NV; ++j) best[j] = best[j] + ev[j];
  store_block<NV>(delta + c0, last, best);
}

static void crf_viterbi(int64_t n, int64_t T, int64_t P, const real* A, const real* start, const real* e, real* delta) {
  for (int64_t t = 0; t < P; ++t) delta[t] = start[t] + e[t];
  for (int64_t i = 1; i < n; ++i) {
#define HEBB_BODY(NV, LAST) best_block<NV>(T, P, A, delta + (i - 1) * P, e + i * P, c0, LAST, delta + i * P)
    HEBB_CRF_BLOCKS(P, HEBB_BODY)
#undef HEBB_BODY
  }
}

static constexpr CrfKernels<real> crf_table = {crf_find_rows,     crf_sum_rows, crf_adagrad_rows,
                                               crf_subtract_peak, crf_forward,  crf_backward,
                                               crf_pair_sums,     crf_multiply, crf_viterbi};

#undef HEBB_CRF_BLOCKS

}  // namespace HEBB_ISA_NS
}  // namespace hebb
