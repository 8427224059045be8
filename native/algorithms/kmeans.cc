#include "algorithms/kmeans.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "core/arena.h"
#include "core/rng.h"
#include "kernels/distance_kernels.h"

namespace hebb {

namespace {

constexpr int64_t kChunk = 1024;  // rows that one task assigns; their sums are combined in order
constexpr int64_t kMiniBatchPatience = 10;

Status no_memory() { return Status::out_of_memory("Expected memory for the clustering, received none."); }
Status aborted() { return Status::aborted("The operation was aborted."); }

// Points packed in panels once, relative to their mean: distances lose no digits far from the origin.
class Points {
 public:
  Points(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims)
      : lease_(lease), kernels_(kernels), tiles_(*kernels.distance), x_(x), n_(n), dims_(dims) {}

  Status prepare() {
    chunk_ = std::max<int64_t>(1, kChunk / tiles_.panel) * tiles_.panel;
    std::vector<double> sum(size_t(dims_), 0.0);
    for (int64_t i = 0; i < n_; ++i) {
      for (int64_t c = 0; c < dims_; ++c) sum[size_t(c)] += x_[i * dims_ + c];
    }
    mean_.resize(size_t(dims_));
    for (int64_t c = 0; c < dims_; ++c) mean_[size_t(c)] = float(sum[size_t(c)] / double(n_));
    if (!centred_.resize(size_t(n_ * dims_) * sizeof(float)) ||
        !packed_.resize(size_t(chunk_count(n_, tiles_.panel) * tiles_.panel * dims_) * sizeof(float))) {
      return no_memory();
    }
    norms_.resize(size_t(n_));
    parallel_range(lease_, n_, chunk_, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i) {
        float* to = centred_.as<float>() + i * dims_;
        for (int64_t c = 0; c < dims_; ++c) to[c] = x_[i * dims_ + c] - mean_[size_t(c)];
        norms_[size_t(i)] = kernels_.sum_squares(dims_, to);
      }
      for (int64_t i = begin; i < end; i += tiles_.panel) {
        tiles_.pack(std::min<int64_t>(tiles_.panel, end - i), dims_, row(i), dims_, packed_.as<float>() + i * dims_);
      }
    });
    return {};
  }

  int64_t n() const { return n_; }
  int64_t dims() const { return dims_; }
  const float* row(int64_t i) const { return centred_.as<float>() + i * dims_; }
  const std::vector<float>& mean() const { return mean_; }
  Lease& lease() const { return lease_; }
  const DistanceKernels& tiles() const { return tiles_; }
  int64_t chunks() const { return chunk_count(n_, chunk_); }

  // Labels of all rows; body(chunk, begin, end, labels of the chunk, squared distances of the chunk) for each chunk.
  template <class Body>
  void assign(int64_t clusters, const float* centers, Body&& body) const {
    std::vector<float> norms(static_cast<size_t>(clusters));
    for (int64_t c = 0; c < clusters; ++c) norms[size_t(c)] = float(kernels_.sum_squares(dims_, centers + c * dims_));
    parallel_range(lease_, n_, chunk_, [&](int64_t begin, int64_t end, int) {
      std::vector<int32_t> labels(static_cast<size_t>(chunk_));
      std::vector<float> values(static_cast<size_t>(chunk_));
      tiles_.nearest_center(dims_, chunk_count(end - begin, tiles_.panel), packed_.as<float>() + begin * dims_,
                            clusters, centers, norms.data(), labels.data(), values.data());
      for (int64_t i = begin; i < end; ++i) {
        float& v = values[size_t(i - begin)];
        v = float(std::max(0.0, v + norms_[size_t(i)]));
      }
      body(begin / chunk_, begin, end, labels.data(), values.data());
    });
  }

 private:
  Lease& lease_;
  const Kernels& kernels_;
  const DistanceKernels& tiles_;
  const float* x_;
  int64_t n_, dims_, chunk_ = 0;
  std::vector<float> mean_;
  AlignedBuffer centred_, packed_;
  std::vector<double> norms_;
};

double sum_in_order(const std::vector<double>& parts) {
  double sum = 0;
  for (const double v : parts) sum += v;
  return sum;
}

class Clustering {
 public:
  Clustering(const Points& points, const KMeansOptions& options) : p_(points), o_(options) {}

  // One seeding and its iterations.
  Status run(uint64_t run) {
    run_ = run;
    draws_ = 0;
    const int64_t k = o_.clusters, dims = p_.dims();
    centers_.resize(size_t(k * dims));
    labels_.assign(size_t(p_.n()), -1);
    if (o_.centers != nullptr) {
      for (int64_t i = 0; i < k * dims; ++i) centers_[size_t(i)] = o_.centers[i] - p_.mean()[size_t(i % dims)];
    } else {
      seed();
    }
    HEBB_RETURN_IF_ERROR(o_.batch > 0 ? mini_batches() : lloyd());
    inertia_ = final_assignment();
    return {};
  }

  double inertia() const { return inertia_; }
  void take(KMeansModel& model) {
    const int64_t dims = p_.dims();
    model.centers = centers_;
    for (size_t i = 0; i < centers_.size(); ++i) model.centers[i] += p_.mean()[i % size_t(dims)];
    model.labels = labels_;
    model.inertia = inertia_;
    model.iterations = iterations_;
  }

 private:
  double draw() { return Philox(o_.seed, 100 + run_).uniform64(draws_++); }
  bool cancelled() const { return o_.cancel != nullptr && o_.cancel->is_requested(); }

  // Squared distances of all rows to one row, by differences.
  void distances_to(int64_t center, std::vector<float>& out) {
    parallel_range(p_.lease(), p_.n(), kChunk, [&](int64_t begin, int64_t end, int) {
      p_.tiles().squared_rows(end - begin, p_.dims(), p_.row(center), p_.row(begin), p_.dims(), out.data() + begin);
    });
  }

  // k-means++ with 2 + log k candidates a step, of which the one that lowers the potential most is taken.
  void seed() {
    const int64_t n = p_.n(), dims = p_.dims();
    std::vector<float> closest(static_cast<size_t>(n)), trial(static_cast<size_t>(n)), best(static_cast<size_t>(n));
    int64_t first = std::min(n - 1, int64_t(draw() * double(n)));
    std::copy(p_.row(first), p_.row(first) + dims, centers_.begin());
    distances_to(first, closest);
    const int candidates = 2 + int(std::log(double(o_.clusters)));
    for (int64_t c = 1; c < o_.clusters; ++c) {
      double total = 0;
      for (const float d : closest) total += d;
      double best_total = std::numeric_limits<double>::infinity();
      int64_t chosen = 0;
      for (int t = 0; t < candidates; ++t) {
        const double target = draw() * total;
        double sum = 0;
        int64_t at = 0;
        for (; at + 1 < n; ++at) {
          sum += closest[size_t(at)];
          if (sum > target) break;
        }
        distances_to(at, trial);
        double potential = 0;
        for (int64_t i = 0; i < n; ++i) {
          trial[size_t(i)] = std::min(trial[size_t(i)], closest[size_t(i)]);
          potential += trial[size_t(i)];
        }
        if (potential < best_total) {
          best_total = potential;
          chosen = at;
          best.swap(trial);
        }
      }
      closest.swap(best);
      std::copy(p_.row(chosen), p_.row(chosen) + dims, centers_.begin() + c * dims);
    }
  }

  struct Sums {
    std::vector<double> position;  // [chunks, clusters * dims]
    std::vector<int64_t> count;    // [chunks, clusters]
    std::vector<double> inertia;   // [chunks]
    std::vector<int64_t> changed;  // [chunks]
  };

  void collect(Sums& sums) {
    const int64_t k = o_.clusters, dims = p_.dims();
    sums.position.assign(size_t(p_.chunks() * k * dims), 0.0);
    sums.count.assign(size_t(p_.chunks() * k), 0);
    sums.inertia.assign(size_t(p_.chunks()), 0.0);
    sums.changed.assign(size_t(p_.chunks()), 0);
    p_.assign(k, centers_.data(),
              [&](int64_t chunk, int64_t begin, int64_t end, const int32_t* labels, const float* d) {
                double* position = sums.position.data() + chunk * k * dims;
                int64_t* count = sums.count.data() + chunk * k;
                for (int64_t i = begin; i < end; ++i) {
                  const int32_t label = labels[i - begin];
                  sums.inertia[size_t(chunk)] += d[i - begin];
                  sums.changed[size_t(chunk)] += labels_[size_t(i)] != label;
                  labels_[size_t(i)] = label;
                  ++count[label];
                  double* to = position + label * dims;
                  const float* row = p_.row(i);
                  for (int64_t c = 0; c < dims; ++c) to[c] += row[c];
                }
              });
  }

  // Centers become the means of their rows; returns how far they moved, squared and summed. A center without rows goes
  // to the row that is farthest from its own (as scikit-learn does).
  double move(const Sums& sums) {
    const int64_t k = o_.clusters, dims = p_.dims();
    std::vector<double> position(size_t(k * dims), 0.0);
    std::vector<int64_t> count(size_t(k), 0);
    for (int64_t chunk = 0; chunk < p_.chunks(); ++chunk) {
      for (int64_t i = 0; i < k * dims; ++i) position[size_t(i)] += sums.position[size_t(chunk * k * dims + i)];
      for (int64_t c = 0; c < k; ++c) count[size_t(c)] += sums.count[size_t(chunk * k + c)];
    }
    relocate_empty(position, count);
    double shift = 0;
    for (int64_t c = 0; c < k; ++c) {
      if (count[size_t(c)] == 0) continue;
      for (int64_t j = 0; j < dims; ++j) {
        const float value = float(position[size_t(c * dims + j)] / double(count[size_t(c)]));
        const double d = double(value) - centers_[size_t(c * dims + j)];
        shift += d * d;
        centers_[size_t(c * dims + j)] = value;
      }
    }
    return shift;
  }

  void relocate_empty(std::vector<double>& position, std::vector<int64_t>& count) {
    const int64_t k = o_.clusters, dims = p_.dims();
    if (std::find(count.begin(), count.end(), 0) == count.end()) return;
    std::vector<float> d(static_cast<size_t>(p_.n()));
    p_.assign(k, centers_.data(), [&](int64_t, int64_t begin, int64_t end, const int32_t*, const float* values) {
      std::copy(values, values + (end - begin), d.begin() + begin);
    });
    for (int64_t c = 0; c < k; ++c) {
      if (count[size_t(c)] != 0) continue;
      const int64_t far = std::max_element(d.begin(), d.end()) - d.begin();
      const int32_t from = labels_[size_t(far)];
      if (d[size_t(far)] <= 0 || count[size_t(from)] < 2) return;  // fewer distinct rows than clusters
      d[size_t(far)] = 0;
      for (int64_t j = 0; j < dims; ++j) {
        position[size_t(from * dims + j)] -= p_.row(far)[j];
        position[size_t(c * dims + j)] = p_.row(far)[j];
      }
      --count[size_t(from)];
      count[size_t(c)] = 1;
    }
  }

  double mean_variance() const {
    double sum = 0;
    for (int64_t i = 0; i < p_.n(); ++i) {
      for (int64_t c = 0; c < p_.dims(); ++c) sum += double(p_.row(i)[c]) * p_.row(i)[c];
    }
    return sum / double(p_.n()) / double(p_.dims());
  }

  Status lloyd() {
    const double limit = o_.tolerance * mean_variance();
    Sums sums;
    for (iterations_ = 0; iterations_ < o_.max_iterations;) {
      if (cancelled()) return aborted();
      collect(sums);
      ++iterations_;
      int64_t changed = 0;
      for (const int64_t c : sums.changed) changed += c;
      if (o_.progress) o_.progress(double(iterations_), sum_in_order(sums.inertia));
      const double shift = move(sums);
      if (changed == 0 || shift <= limit) break;
    }
    return {};
  }

  // Centers move towards the mean of the rows they have seen, 1 / count a row. Ends when the centers rest, or when the
  // running inertia of the batches has not fallen for a while.
  Status mini_batches() {
    const int64_t k = o_.clusters, dims = p_.dims(), batch = std::min(o_.batch, p_.n());
    std::vector<double> seen(size_t(k), 0.0);
    double running = -1, best = std::numeric_limits<double>::infinity();
    int64_t since_best = 0;
    const int64_t steps = std::max<int64_t>(1, o_.max_iterations * p_.n() / batch);
    std::vector<float> d(static_cast<size_t>(k));
    for (int64_t step = 0; step < steps; ++step) {
      if (cancelled()) return aborted();
      double inertia = 0;
      std::vector<int64_t> rows(static_cast<size_t>(batch));
      std::vector<int32_t> nearest(static_cast<size_t>(batch));
      for (auto& r : rows) r = std::min(p_.n() - 1, int64_t(draw() * double(p_.n())));
      for (int64_t b = 0; b < batch; ++b) {
        p_.tiles().squared_rows(k, dims, p_.row(rows[size_t(b)]), centers_.data(), dims, d.data());
        nearest[size_t(b)] = int32_t(std::min_element(d.begin(), d.end()) - d.begin());
        inertia += d[size_t(nearest[size_t(b)])];
      }
      for (int64_t b = 0; b < batch; ++b) {
        const int32_t c = nearest[size_t(b)];
        const float rate = float(1 / ++seen[size_t(c)]);
        float* center = centers_.data() + c * dims;
        for (int64_t j = 0; j < dims; ++j) center[j] += rate * (p_.row(rows[size_t(b)])[j] - center[j]);
      }
      inertia /= double(batch);
      const double weight = std::min(1.0, 2.0 * double(batch) / double(p_.n() + 1));
      running = running < 0 ? inertia : running * (1 - weight) + inertia * weight;
      since_best = running < best ? 0 : since_best + 1;
      best = std::min(best, running);
      iterations_ = (step + 1) * batch / p_.n() + 1;
      if (o_.progress) o_.progress(double(iterations_), running * double(p_.n()));
      if (since_best >= kMiniBatchPatience) break;
    }
    return {};
  }

  double final_assignment() {
    std::vector<double> parts(size_t(p_.chunks()), 0.0);
    p_.assign(o_.clusters, centers_.data(),
              [&](int64_t chunk, int64_t begin, int64_t end, const int32_t* labels, const float*) {
                for (int64_t i = begin; i < end; ++i) {
                  const int32_t label = labels[i - begin];
                  labels_[size_t(i)] = label;
                  float d = 0;  // by differences: no rounding of large norms
                  p_.tiles().squared_rows(1, p_.dims(), p_.row(i), centers_.data() + label * p_.dims(), 0, &d);
                  parts[size_t(chunk)] += d;
                }
              });
    return sum_in_order(parts);
  }

  const Points& p_;
  const KMeansOptions& o_;
  uint64_t run_ = 0, draws_ = 0;
  std::vector<float> centers_;
  std::vector<int32_t> labels_;
  double inertia_ = 0;
  int64_t iterations_ = 0;
};

}  // namespace

Status kmeans_fit(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims,
                  const KMeansOptions& options, KMeansModel& model) {
  Points points(lease, kernels, x, n, dims);
  HEBB_RETURN_IF_ERROR(points.prepare());
  Clustering clustering(points, options);
  double best = std::numeric_limits<double>::infinity();
  for (int64_t run = 0; run < std::max<int64_t>(1, options.runs); ++run) {
    HEBB_RETURN_IF_ERROR(clustering.run(uint64_t(run)));
    if (clustering.inertia() < best || run == 0) {
      best = clustering.inertia();
      clustering.take(model);
    }
  }
  return {};
}

void kmeans_assign(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, int64_t clusters,
                   const float* centers, int32_t* labels, double* inertia) {
  std::vector<double> parts(size_t(chunk_count(n, kChunk)), 0.0);
  parallel_range(lease, n, kChunk, [&](int64_t begin, int64_t end, int) {
    std::vector<float> d(static_cast<size_t>(clusters));
    for (int64_t i = begin; i < end; ++i) {
      kernels.distance->squared_rows(clusters, dims, x + i * dims, centers, dims, d.data());
      labels[i] = int32_t(std::min_element(d.begin(), d.end()) - d.begin());
      parts[size_t(begin / kChunk)] += d[size_t(labels[i])];
    }
  });
  *inertia = sum_in_order(parts);
}

}  // namespace hebb
