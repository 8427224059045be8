// Forces of t-SNE over Vec; the formulas are in tsne_kernels.h.
//
// Repulsion holds a group of neighbouring points in registers and walks the tree once for all of them: a cell is
// accepted only when every point of the group may see it as one mass, so the real error is below the one theta allows.
// `reach` also knows that the force d / (1 + d^2)^2 is smooth on the scale of 1, so that cells far smaller than that
// need not be opened however near they are.
#include "kernels/tsne_kernels.h"

namespace hebb {
namespace HEBB_ISA_NS {
namespace {

constexpr int kTsneVecs = 2;                    // vectors of points in a traversal
constexpr int kTsneGroup = kTsneVecs * Vec::W;  // points in a traversal

template <int D>
struct TsneGroupState {
  Vec point[kTsneVecs][D];
  Vec force[kTsneVecs][D];
  Vec z[kTsneVecs];
};

// delta = point - center and 1 + |delta|^2
template <int D>
static inline Vec tsne_delta(const Vec* point, const Vec* center, Vec* delta) {
  Vec t = set1(1.0f);
  for (int c = 0; c < D; ++c) {
    delta[c] = point[c] - center[c];
    t = fma(delta[c], delta[c], t);
  }
  return t;
}

// From t = 1 + d^2: q = t^-power and w = q / t. One degree of freedom (power 1) needs no logarithm.
template <bool S>
static inline void tsne_weights(Vec t, Vec power, Vec& q, Vec& w) {
  const Vec r = reciprocal(t);
  q = S ? exp(zero() - power * log(t)) : r;
  w = q * r;
}

template <int D, bool S>
static inline void tsne_leaf(const TsneNode& node, const float* const* points, Vec power, TsneGroupState<D>& s) {
  for (int32_t j = node.first, last = node.first + node.count; j < last; ++j) {
    Vec center[D];
    for (int c = 0; c < D; ++c) center[c] = set1(points[c][j]);
    for (int v = 0; v < kTsneVecs; ++v) {
      Vec delta[D], q, w;
      tsne_weights<S>(tsne_delta<D>(s.point[v], center, delta), power, q, w);
      s.z[v] = s.z[v] + q;
      for (int c = 0; c < D; ++c) s.force[v][c] = fma(w, delta[c], s.force[v][c]);
    }
  }
}

template <int D, bool S>
static inline void tsne_traverse(const TsneNode* nodes, int32_t node_count, const float* const* points, Vec power,
                                 TsneGroupState<D>& s) {
  for (int32_t i = 0; i < node_count;) {
    const TsneNode& node = nodes[i];
    Vec center[D], delta[kTsneVecs][D], t[kTsneVecs];
    for (int c = 0; c < D; ++c) center[c] = set1(node.center[c]);
    for (int v = 0; v < kTsneVecs; ++v) t[v] = tsne_delta<D>(s.point[v], center, delta[v]);
    Vec nearest = t[0];
    for (int v = 1; v < kTsneVecs; ++v) nearest = min(nearest, t[v]);
    if (!any(le(nearest, set1(node.reach)))) {
      const Vec mass = set1(node.mass);
      for (int v = 0; v < kTsneVecs; ++v) {
        Vec q, w;
        tsne_weights<S>(t[v], power, q, w);
        s.z[v] = fma(mass, q, s.z[v]);
        w = mass * w;
        for (int c = 0; c < D; ++c) s.force[v][c] = fma(w, delta[v][c], s.force[v][c]);
      }
      i += node.skip;
    } else if (node.first < 0) {
      ++i;
    } else {
      tsne_leaf<D, S>(node, points, power, s);
      i += node.skip;
    }
  }
}

template <int D, bool S>
static double tsne_repel(const TsneNode* nodes, int32_t node_count, const float* const* points, int64_t begin,
                         int64_t end, const int32_t* order, Vec power, float* force) {
  constexpr int stride = D == 2 ? 2 : 4;
  double total = 0;
  for (int64_t g = begin; g < end; g += kTsneGroup) {
    TsneGroupState<D> s;
    for (int v = 0; v < kTsneVecs; ++v) {
      s.z[v] = zero();
      for (int c = 0; c < D; ++c) {
        s.point[v][c] = load(points[c] + g + v * Vec::W);
        s.force[v][c] = zero();
      }
    }
    tsne_traverse<D, S>(nodes, node_count, points, power, s);
    float z[kTsneGroup], f[D][kTsneGroup];
    for (int v = 0; v < kTsneVecs; ++v) {
      store(z + v * Vec::W, s.z[v]);
      for (int c = 0; c < D; ++c) store(f[c] + v * Vec::W, s.force[v][c]);
    }
    const int count = end - g < kTsneGroup ? int(end - g) : kTsneGroup;
    for (int i = 0; i < count; ++i) {
      total += double(z[i]) - 1.0;
      float* out = force + int64_t(order[g + i]) * stride;
      for (int c = 0; c < D; ++c) out[c] = f[c][i];
      if (D == 3) out[3] = 0;
    }
  }
  return total;
}

template <int D>
static double tsne_repulsion(const TsneNode* nodes, int32_t node_count, const float* const* points, int64_t begin,
                             int64_t end, const int32_t* order, float power, float* force) {
  return (power == 1.0f ? tsne_repel<D, false> : tsne_repel<D, true>)(nodes, node_count, points, begin, end, order,
                                                                      set1(power), force);
}

// Coordinates of the points that `index` (point * stride) names, a vector a dimension.
template <int D>
static inline void tsne_gather(const float* points, const int32_t* index, Vec* y) {
  if constexpr (D == 2) {
    gather_pairs(points, index, y[0], y[1]);
  } else {
    for (int c = 0; c < D; ++c) y[c] = gather(points + c, index);
  }
}

template <int D>
static void tsne_attraction(int64_t begin, int64_t end, const int64_t* starts, const int32_t* columns,
                            const float* values, const float* points, float* out) {
  constexpr int stride = D == 2 ? 2 : 4;
  for (int64_t i = begin; i < end; ++i, out += stride) {
    Vec self[D], sum[D];
    for (int c = 0; c < D; ++c) {
      self[c] = set1(points[i * stride + c]);
      sum[c] = zero();
    }
    for (int64_t k = starts[i]; k < starts[i + 1]; k += Vec::W) {
      Vec y[D], delta[D];
      tsne_gather<D>(points, columns + k, y);
      const Vec w = load(values + k) * reciprocal(tsne_delta<D>(self, y, delta));
      for (int c = 0; c < D; ++c) sum[c] = fma(w, delta[c], sum[c]);
    }
    for (int c = 0; c < D; ++c) out[c] = reduce_add(sum[c]);
    if (D == 3) out[3] = 0;
  }
}

template <int D>
static double tsne_cost(int64_t begin, int64_t end, const int64_t* starts, const int32_t* columns, const float* values,
                        const float* points) {
  constexpr int stride = D == 2 ? 2 : 4;
  Acc64 total = acc_zero();
  for (int64_t i = begin; i < end; ++i) {
    Vec self[D];
    for (int c = 0; c < D; ++c) self[c] = set1(points[i * stride + c]);
    for (int64_t k = starts[i]; k < starts[i + 1]; k += Vec::W) {
      Vec y[D], delta[D];
      tsne_gather<D>(points, columns + k, y);
      acc_fma(total, load(values + k), log(tsne_delta<D>(self, y, delta)));
    }
  }
  return acc_sum(total);
}

template <int D, bool S>
static double tsne_dense_forces(int64_t begin, int64_t end, const float* rows, int64_t n, const float* const* points,
                                const float* p, int64_t ld, Vec power, float* attraction, float* repulsion) {
  constexpr int stride = D == 2 ? 2 : 4;
  Acc64 z = acc_zero();
  for (int64_t i = begin; i < end; ++i) {
    Vec self[D], pull[D], push[D];
    for (int c = 0; c < D; ++c) {
      self[c] = set1(rows[i * stride + c]);
      pull[c] = push[c] = zero();
    }
    const float* row = p == nullptr ? nullptr : p + (i - begin) * ld;
    for (int64_t j = 0; j < n; j += Vec::W) {
      const int left = n - j < Vec::W ? int(n - j) : Vec::W;
      Vec y[D], delta[D];
      for (int c = 0; c < D; ++c) y[c] = load_n(points[c] + j, left);
      const Vec t = tsne_delta<D>(self, y, delta);
      Vec q, w;
      tsne_weights<S>(t, power, q, w);
      if (left < Vec::W) {
        q = keep(first_n(left), q);
        w = keep(first_n(left), w);
      }
      acc_add(z, q);
      const Vec a = row == nullptr ? zero() : load_n(row + j, left) * reciprocal(t);
      for (int c = 0; c < D; ++c) {
        push[c] = fma(w, delta[c], push[c]);
        pull[c] = fma(a, delta[c], pull[c]);
      }
    }
    for (int c = 0; c < D; ++c) {
      repulsion[(i - begin) * stride + c] = reduce_add(push[c]);
      if (row != nullptr) attraction[(i - begin) * stride + c] = reduce_add(pull[c]);
    }
    if (D == 3) {
      repulsion[(i - begin) * stride + 3] = 0;
      if (row != nullptr) attraction[(i - begin) * stride + 3] = 0;
    }
  }
  return acc_sum(z);
}

template <int D>
static double tsne_dense(int64_t begin, int64_t end, const float* rows, int64_t n, const float* const* points,
                         const float* p, int64_t ld, float power, float* attraction, float* repulsion) {
  return (power == 1.0f ? tsne_dense_forces<D, false> : tsne_dense_forces<D, true>)(begin, end, rows, n, points, p, ld,
                                                                                    set1(power), attraction, repulsion);
}

template <int D>
static double tsne_dense_cost(int64_t begin, int64_t end, const float* rows, int64_t n, const float* const* points,
                              const float* p, int64_t ld) {
  constexpr int stride = D == 2 ? 2 : 4;
  Acc64 total = acc_zero();
  for (int64_t i = begin; i < end; ++i) {
    Vec self[D];
    for (int c = 0; c < D; ++c) self[c] = set1(rows[i * stride + c]);
    const float* row = p + (i - begin) * ld;
    for (int64_t j = 0; j < n; j += Vec::W) {
      const int left = n - j < Vec::W ? int(n - j) : Vec::W;
      Vec y[D], delta[D];
      for (int c = 0; c < D; ++c) y[c] = load_n(points[c] + j, left);
      acc_fma(total, load_n(row + j, left), log(tsne_delta<D>(self, y, delta)));
    }
  }
  return acc_sum(total);
}

static inline Vec tsne_update_part(const TsneUpdate& step, Vec g, Vec position, Vec& velocity, Vec& gain) {
  // The sign of 0 is 0, as in the reference code: a point at rest that feels no force keeps its sign.
  const Mask same = gt(g * velocity, zero()) | (eq(g, zero()) & eq(velocity, zero()));
  gain = select(same, gain * set1(0.8f), gain + set1(0.2f));
  gain = max(gain, set1(step.min_gain));
  velocity = fnma(set1(step.learning_rate) * gain, g, set1(step.momentum) * velocity);
  velocity = max(min(velocity, set1(step.max_step)), set1(-step.max_step));
  return position + velocity;
}

static double tsne_update(int64_t n, const TsneUpdate& step, const float* attraction, const float* repulsion,
                          float* velocity, float* gains, const float* position, float* next) {
  Acc64 squares = acc_zero();
  const Vec pull = set1(step.exaggeration), push = set1(step.inverse_z);
  for (int64_t i = 0; i < n; i += Vec::W) {
    const int left = n - i < Vec::W ? int(n - i) : Vec::W;
    const Vec g = fnma(push, load_n(repulsion + i, left), pull * load_n(attraction + i, left));
    Vec u = load_n(velocity + i, left), k = load_n(gains + i, left);
    store_n(next + i, tsne_update_part(step, g, load_n(position + i, left), u, k), left);
    store_n(velocity + i, u, left);
    store_n(gains + i, k, left);
    acc_fma(squares, g, g);
  }
  return acc_sum(squares);
}

constexpr TsneKernels tsne_kernels = {
    .group = kTsneGroup,
    .repulsion = {tsne_repulsion<2>, tsne_repulsion<3>},
    .attraction = {tsne_attraction<2>, tsne_attraction<3>},
    .cost = {tsne_cost<2>, tsne_cost<3>},
    .dense = {tsne_dense<2>, tsne_dense<3>},
    .dense_cost = {tsne_dense_cost<2>, tsne_dense_cost<3>},
    .update = tsne_update,
};

}  // namespace
}  // namespace HEBB_ISA_NS
}  // namespace hebb
