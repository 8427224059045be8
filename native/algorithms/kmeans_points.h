// The rows that k-means works on.
#pragma once
#include <algorithm>
#include <atomic>
#include <vector>

#include "algorithms/spread.h"
#include "core/arena.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "kernels/distance_kernels.h"
#include "kernels/kernels.h"

namespace hebb {

constexpr int64_t kKMeansChunk = 1024;  // rows that one task assigns; their sums are combined in order

// Points packed in panels once, relative to their mean: distances lose no digits far from the origin.
class KMeansPoints {
 public:
  KMeansPoints(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims)
      : lease_(lease), kernels_(kernels), tiles_(*kernels.distance), x_(x), n_(n), dims_(dims) {}

  Status prepare() {
    chunk_ = std::max<int64_t>(1, kKMeansChunk / tiles_.panel) * tiles_.panel;
    measure_mean();
    if (!centred_.resize(size_t(n_ * dims_) * sizeof(float)) ||
        !packed_.resize(size_t(chunk_count(n_, tiles_.panel) * tiles_.panel * dims_) * sizeof(float))) {
      return Status::out_of_memory("Expected memory for the clustering, received none.");
    }
    norms_.resize(size_t(n_));
    std::atomic<int64_t> large_row{-1};
    parallel_range(lease_, n_, chunk_, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i) {
        float* to = centred_.as<float>() + i * dims_;
        for (int64_t c = 0; c < dims_; ++c) to[c] = x_[i * dims_ + c] - mean_[size_t(c)];
        norms_[size_t(i)] = kernels_.sum_squares(dims_, to);
        if (!(norms_[size_t(i)] < kLargestNorm)) large_row.store(i);
      }
      for (int64_t i = begin; i < end; i += tiles_.panel) {
        tiles_.pack(std::min<int64_t>(tiles_.panel, end - i), dims_, row(i), dims_, packed_.as<float>() + i * dims_);
      }
    });
    return large_row.load() >= 0 ? rows_too_large(large_row.load()) : check_differences(x_, n_, dims_);
  }

  int64_t n() const { return n_; }
  int64_t dims() const { return dims_; }
  const float* row(int64_t i) const { return centred_.as<float>() + i * dims_; }
  const std::vector<float>& mean() const { return mean_; }
  // |row|^2
  double norm(int64_t i) const { return norms_[size_t(i)]; }
  // Of the columns.
  double mean_variance() const {
    double sum = 0;
    for (const double norm : norms_) sum += norm;
    return sum / double(n_) / double(dims_);
  }
  Lease& lease() const { return lease_; }
  const DistanceKernels& tiles() const { return tiles_; }
  int64_t chunks() const { return chunk_count(n_, chunk_); }

  // The squared distance of row i to its nearest center, of the value that `assign` gives for it.
  float squared_distance(int64_t i, float value) const { return float(std::max(0.0, value + norms_[size_t(i)])); }

  // body(chunk, begin, end, labels, values) for each chunk of rows; see squared_distance for the values.
  template <class Body>
  void assign(int64_t clusters, const float* centers, Body&& body) const {
    std::vector<float> norms(static_cast<size_t>(clusters));
    for (int64_t c = 0; c < clusters; ++c) norms[size_t(c)] = float(kernels_.sum_squares(dims_, centers + c * dims_));
    parallel_range(lease_, n_, chunk_, [&](int64_t begin, int64_t end, int) {
      int32_t labels[kKMeansChunk];
      float values[kKMeansChunk];
      tiles_.nearest_center(dims_, chunk_count(end - begin, tiles_.panel), packed_.as<float>() + begin * dims_,
                            clusters, centers, norms.data(), labels, values);
      body(begin / chunk_, begin, end, labels, values);
    });
  }

 private:
  void measure_mean() {
    std::vector<double> parts(size_t(chunks() * dims_), 0.0);
    parallel_range(lease_, n_, chunk_, [&](int64_t begin, int64_t end, int) {
      double* sum = parts.data() + begin / chunk_ * dims_;
      for (int64_t i = begin; i < end; ++i) {
        for (int64_t c = 0; c < dims_; ++c) sum[c] += x_[i * dims_ + c];
      }
    });
    mean_.resize(size_t(dims_));
    for (int64_t c = 0; c < dims_; ++c) {
      double sum = 0;
      for (int64_t chunk = 0; chunk < chunks(); ++chunk) sum += parts[size_t(chunk * dims_ + c)];
      mean_[size_t(c)] = float(sum / double(n_));
    }
  }

  Lease& lease_;
  const Kernels& kernels_;
  const DistanceKernels& tiles_;
  const float* x_;
  int64_t n_, dims_, chunk_ = 0;
  std::vector<float> mean_;
  AlignedBuffer centred_, packed_;
  std::vector<double> norms_;
};

}  // namespace hebb
