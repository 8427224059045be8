// Forces of Barnes-Hut t-SNE (van der Maaten 2014, "Accelerating t-SNE using tree-based algorithms") and its update.
//
// Points lie in two forms. Interleaved, in storage order: `stride` floats a point, 2 for a map of 2 dimensions and 4
// for 3 (the fourth is always 0). Planar and sorted along the space-filling curve: one array a dimension, padded to a
// multiple of `group` points with copies of the last one.
//
// A Student kernel of `dof` degrees of freedom weighs q = (1 + d^2 / dof)^-power, power = (dof + 1) / 2 (van der Maaten
// 2009, "Learning a parametric embedding by preserving local structure"). The kernels work on y / sqrt(dof), where q is
// (1 + d^2)^-power; the usual kernel has dof = power = 1.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace hebb {

// A cell of the linear quadtree or octree. Nodes lie depth first, so that a traversal needs no stack: accepting a node
// skips `skip` nodes, opening it steps to the next one.
struct TsneNode {
  float center[3];  // centre of mass
  float mass;       // points inside
  float reach;      // a point may see the cell as one mass where 1 + distance^2 > reach (SpaceTree::reach)
  int32_t skip;     // nodes of this subtree, this one included
  int32_t first;    // leaf: index of its first point in sorted order; inner node: -1
  int32_t count;    // leaf: its points
};

// Entries a row of the sparse affinities is padded to; padding has the row's own column and the value 0.
constexpr int kTsneRowPad = 16;

struct TsneUpdate {
  float exaggeration;
  float inverse_z;
  float momentum;
  float learning_rate;
  float min_gain;
  float max_step;  // bound on one coordinate's step, +inf for none
};

struct TsneKernels {
  int group;  // points that share one traversal
  // Repulsion of the points [begin, end) of the sorted order, begin a multiple of `group`:
  //   force[order[i] * stride + c] = sum over j of q_ij / t_ij (y_i - y_j)[c],
  //   t_ij = 1 + |y_i - y_j|^2,   q_ij = t_ij^-power
  // Returns the sum of q_ij over j != i and the rows i of the range. Index by dims - 2.
  double (*repulsion[2])(const TsneNode* nodes, int32_t node_count, const float* const* points, int64_t begin,
                         int64_t end, const int32_t* order, float power, float* force);
  // Attraction of rows [begin, end): out[(i - begin) * stride + c] = sum over j of p_ij / t_ij (y_i - y_j)[c].
  // `columns` holds j * stride, `starts` the first entry of each row, a multiple of kTsneRowPad.
  void (*attraction[2])(int64_t begin, int64_t end, const int64_t* starts, const int32_t* columns, const float* values,
                        const float* points, float* out);
  // Sum over the entries of rows [begin, end) of p_ij log(1 + |y_i - y_j|^2).
  double (*cost[2])(int64_t begin, int64_t end, const int64_t* starts, const int32_t* columns, const float* values,
                    const float* points);
  // Dense rows (the exact method and the transformation of new points). For row i of [begin, end), y_i = rows[i]:
  //   attraction += p[i, j] / t (y_i - y_j),  repulsion += q / t (y_i - y_j)   over the n planar points j
  // p is (end - begin) x ld (null: no attraction); attraction and repulsion are interleaved, indexed from row begin.
  // Returns the sum of q, the point itself included where it is among the n.
  double (*dense[2])(int64_t begin, int64_t end, const float* rows, int64_t n, const float* const* points,
                     const float* p, int64_t ld, float power, float* attraction, float* repulsion);
  // Sum of p[i, j] log(1 + |y_i - y_j|^2) of dense rows.
  double (*dense_cost[2])(int64_t begin, int64_t end, const float* rows, int64_t n, const float* const* points,
                          const float* p, int64_t ld);
  // One step of gradient descent with gains (Jacobs 1988) and momentum on n floats:
  //   g = exaggeration * attraction - repulsion * inverse_z
  //   gain = max(min_gain, sign(g) != sign(velocity) ? gain + 0.2 : gain * 0.8)
  //   velocity = momentum * velocity - learning_rate * gain * g;  next = position + velocity
  // Returns the sum of g^2.
  double (*update)(int64_t n, const TsneUpdate& step, const float* attraction, const float* repulsion, float* velocity,
                   float* gains, const float* position, float* next);
};

}  // namespace hebb
