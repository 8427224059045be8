#include "algorithms/kmeans.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "algorithms/kmeans_points.h"
#include "core/rng.h"

namespace hebb {

namespace {

constexpr int64_t kMiniBatchPatience = 10;

double sum_in_order(const std::vector<double>& parts) {
  double sum = 0;
  for (const double v : parts) sum += v;
  return sum;
}

class Clustering {
 public:
  Clustering(const KMeansPoints& points, const KMeansOptions& options) : p_(points), o_(options) {}

  // One seeding and its iterations; cut short by the cancel flag.
  void run(uint64_t run) {
    run_ = run;
    draws_ = 0;
    iterations_ = 0;
    const int64_t k = o_.clusters, dims = p_.dims();
    centers_.resize(size_t(k * dims));
    labels_.assign(size_t(p_.n()), -1);
    if (o_.centers != nullptr) {
      for (int64_t i = 0; i < k * dims; ++i) centers_[size_t(i)] = o_.centers[i] - p_.mean()[size_t(i % dims)];
    } else {
      seed();
    }
    if (o_.batch > 0) {
      mini_batches();
    } else {
      lloyd();
    }
    if (iterations_ > 0) inertia_ = final_assignment();
  }

  // Whether there is anything to take.
  bool began() const { return iterations_ > 0; }
  bool cancelled() const { return o_.cancel != nullptr && o_.cancel->is_requested(); }

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
  double weight(int64_t i) const { return o_.weights == nullptr ? 1 : double(o_.weights[i]); }

  // Squared distances of all rows to one row, by differences.
  void distances_to(int64_t center, std::vector<float>& out) {
    parallel_range(p_.lease(), p_.n(), kKMeansChunk, [&](int64_t begin, int64_t end, int) {
      p_.tiles().squared_rows(end - begin, p_.dims(), p_.row(center), p_.row(begin), p_.dims(), out.data() + begin);
    });
  }

  // The first row at which the running sum of `share` passes a drawn part of `total`; one of share 0 never.
  template <class Share>
  int64_t pick(double total, Share&& share) {
    const double target = draw() * total;
    double sum = 0;
    int64_t last = 0;
    for (int64_t i = 0; i < p_.n(); ++i) {
      const double part = share(i);
      if (part <= 0) continue;
      last = i;
      sum += part;
      if (sum > target) break;
    }
    return last;
  }

  // k-means++ with 2 + log k candidates a step, of which the one that lowers the potential most is taken.
  void seed() {
    const int64_t n = p_.n(), dims = p_.dims();
    std::vector<float> closest(static_cast<size_t>(n)), trial(static_cast<size_t>(n)), best(static_cast<size_t>(n));
    double mass = 0;
    for (int64_t i = 0; i < n; ++i) mass += weight(i);
    const int64_t first = pick(mass, [&](int64_t i) { return weight(i); });
    std::copy(p_.row(first), p_.row(first) + dims, centers_.begin());
    distances_to(first, closest);
    const int candidates = 2 + int(std::log(double(o_.clusters)));
    for (int64_t c = 1; c < o_.clusters && !cancelled(); ++c) {
      double total = 0;
      for (int64_t i = 0; i < n; ++i) total += weight(i) * closest[size_t(i)];
      double best_total = std::numeric_limits<double>::infinity();
      int64_t chosen = 0;
      for (int t = 0; t < candidates; ++t) {
        const int64_t at = pick(total, [&](int64_t i) { return weight(i) * closest[size_t(i)]; });
        distances_to(at, trial);
        double potential = 0;
        for (int64_t i = 0; i < n; ++i) {
          trial[size_t(i)] = std::min(trial[size_t(i)], closest[size_t(i)]);
          potential += weight(i) * trial[size_t(i)];
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

  // Of the rows of each chunk, by the label that labels_ gives them.
  struct Sums {
    std::vector<double> position;  // [chunks, clusters * dims]
    std::vector<double> mass;      // [chunks, clusters]
    std::vector<int64_t> changed;  // [chunks]
  };

  // Assigns the rows. Sums of before are kept up to date by the rows that change: after a few iterations those are few.
  // With weights they are made anew, as what is left of a mass that was added and taken away need not be 0.
  void collect(Sums& sums) {
    const int64_t k = o_.clusters, dims = p_.dims();
    const bool anew = iterations_ == 0 || o_.weights != nullptr;
    if (anew) {
      sums.position.assign(size_t(p_.chunks() * k * dims), 0.0);
      sums.mass.assign(size_t(p_.chunks() * k), 0.0);
    }
    sums.changed.assign(size_t(p_.chunks()), 0);
    p_.assign(k, centers_.data(), [&](int64_t chunk, int64_t begin, int64_t end, const int32_t* labels, const float*) {
      double* position = sums.position.data() + chunk * k * dims;
      double* mass = sums.mass.data() + chunk * k;
      int64_t changed = 0;
      for (int64_t i = begin; i < end; ++i) {
        const int32_t label = labels[i - begin], before = labels_[size_t(i)];
        if (before == label && !anew) continue;
        changed += before != label;
        labels_[size_t(i)] = label;
        add_row(i, weight(i), position + label * dims, mass + label);
        if (!anew) add_row(i, -weight(i), position + before * dims, mass + before);
      }
      sums.changed[size_t(chunk)] = changed;
    });
  }

  void add_row(int64_t i, double w, double* position, double* mass) const {
    const float* row = p_.row(i);
    for (int64_t c = 0; c < p_.dims(); ++c) position[c] += w * row[c];
    *mass += w;
  }

  // The sums of all chunks, added in order.
  struct Totals {
    std::vector<double> position;  // [clusters * dims]
    std::vector<double> mass;      // [clusters]
  };

  Totals total(const Sums& sums) const {
    const int64_t k = o_.clusters, size = k * p_.dims();
    Totals t{std::vector<double>(size_t(size), 0.0), std::vector<double>(size_t(k), 0.0)};
    for (int64_t chunk = 0; chunk < p_.chunks(); ++chunk) {
      for (int64_t i = 0; i < size; ++i) t.position[size_t(i)] += sums.position[size_t(chunk * size + i)];
      for (int64_t c = 0; c < k; ++c) t.mass[size_t(c)] += sums.mass[size_t(chunk * k + c)];
    }
    return t;
  }

  // Of the rows to the centers that they were assigned to, from the sums alone: the sum of w |x|^2 - 2 w x c + w c^2.
  double inertia_of(const Totals& t, double weighted_norms) const {
    const int64_t k = o_.clusters, dims = p_.dims();
    double sum = weighted_norms;
    for (int64_t i = 0; i < k * dims; ++i) {
      const double center = centers_[size_t(i)];
      sum += center * (t.mass[size_t(i / dims)] * center - 2 * t.position[size_t(i)]);
    }
    return std::max(0.0, sum);
  }

  // Centers become the means of their rows; returns how far they moved, squared and summed. A center without rows goes
  // to the row that is farthest from its own (as scikit-learn does).
  double move(Totals& t) {
    const int64_t k = o_.clusters, dims = p_.dims();
    relocate_empty(t.position, t.mass);
    double shift = 0;
    for (int64_t c = 0; c < k; ++c) {
      if (t.mass[size_t(c)] == 0) continue;
      for (int64_t j = 0; j < dims; ++j) {
        const float value = float(t.position[size_t(c * dims + j)] / t.mass[size_t(c)]);
        const double d = double(value) - centers_[size_t(c * dims + j)];
        shift += d * d;
        centers_[size_t(c * dims + j)] = value;
      }
    }
    return shift;
  }

  void relocate_empty(std::vector<double>& position, std::vector<double>& mass) {
    const int64_t k = o_.clusters, dims = p_.dims();
    if (std::find(mass.begin(), mass.end(), 0.0) == mass.end()) return;
    std::vector<float> d(static_cast<size_t>(p_.n()));
    std::vector<int64_t> rows(size_t(k), 0);
    for (int64_t i = 0; i < p_.n(); ++i) rows[size_t(labels_[size_t(i)])] += weight(i) > 0;
    p_.assign(k, centers_.data(), [&](int64_t, int64_t begin, int64_t end, const int32_t*, const float* values) {
      for (int64_t i = begin; i < end; ++i) {
        d[size_t(i)] = weight(i) > 0 ? p_.squared_distance(i, values[i - begin]) : 0;
      }
    });
    for (int64_t c = 0; c < k; ++c) {
      if (mass[size_t(c)] != 0) continue;
      const int64_t far = std::max_element(d.begin(), d.end()) - d.begin();
      const int32_t from = labels_[size_t(far)];
      if (d[size_t(far)] <= 0 || rows[size_t(from)] < 2) return;  // fewer distinct rows than clusters
      d[size_t(far)] = 0;
      const double w = weight(far);
      for (int64_t j = 0; j < dims; ++j) {
        position[size_t(from * dims + j)] -= w * p_.row(far)[j];
        position[size_t(c * dims + j)] = w * p_.row(far)[j];
      }
      mass[size_t(from)] -= w;
      mass[size_t(c)] = w;
      --rows[size_t(from)];
    }
  }

  void lloyd() {
    const double limit = o_.tolerance * p_.mean_variance();
    double weighted_norms = 0;
    for (int64_t i = 0; i < p_.n(); ++i) weighted_norms += weight(i) * p_.norm(i);
    Sums sums;
    while (iterations_ < o_.max_iterations && !cancelled()) {
      collect(sums);
      ++iterations_;
      int64_t changed = 0;
      for (const int64_t c : sums.changed) changed += c;
      Totals totals = total(sums);
      if (o_.progress) o_.progress(double(iterations_), inertia_of(totals, weighted_norms));
      const double shift = move(totals);
      if (changed == 0 || shift <= limit) break;
    }
  }

  // Centers move towards the mean of the rows they have seen, 1 / count a row. Ends when the centers rest, or when the
  // running inertia of the batches has not fallen for a while.
  void mini_batches() {
    const int64_t k = o_.clusters, dims = p_.dims(), batch = std::min(o_.batch, p_.n());
    std::vector<double> seen(size_t(k), 0.0);
    double running = -1, best = std::numeric_limits<double>::infinity();
    int64_t since_best = 0;
    double total_mass = 0;
    for (int64_t i = 0; i < p_.n(); ++i) total_mass += weight(i);
    const int64_t steps = std::max<int64_t>(1, o_.max_iterations * p_.n() / batch);
    std::vector<float> d(static_cast<size_t>(k));
    for (int64_t step = 0; step < steps && !cancelled(); ++step) {
      double inertia = 0, mass = 0;
      std::vector<int64_t> rows(static_cast<size_t>(batch));
      std::vector<int32_t> nearest(static_cast<size_t>(batch));
      for (auto& r : rows) r = std::min(p_.n() - 1, int64_t(draw() * double(p_.n())));
      for (int64_t b = 0; b < batch; ++b) {
        p_.tiles().squared_rows(k, dims, p_.row(rows[size_t(b)]), centers_.data(), dims, d.data());
        nearest[size_t(b)] = int32_t(std::min_element(d.begin(), d.end()) - d.begin());
        inertia += weight(rows[size_t(b)]) * d[size_t(nearest[size_t(b)])];
        mass += weight(rows[size_t(b)]);
      }
      for (int64_t b = 0; b < batch; ++b) {
        const int32_t c = nearest[size_t(b)];
        const double w = weight(rows[size_t(b)]);
        if (w == 0) continue;
        seen[size_t(c)] += w;
        const float rate = float(w / seen[size_t(c)]);
        float* center = centers_.data() + c * dims;
        for (int64_t j = 0; j < dims; ++j) center[j] += rate * (p_.row(rows[size_t(b)])[j] - center[j]);
      }
      if (mass > 0) inertia /= mass;
      const double weight = std::min(1.0, 2.0 * double(batch) / double(p_.n() + 1));
      running = running < 0 ? inertia : running * (1 - weight) + inertia * weight;
      since_best = running < best ? 0 : since_best + 1;
      best = std::min(best, running);
      iterations_ = (step + 1) * batch / p_.n() + 1;
      if (o_.progress) o_.progress(double(iterations_), running * total_mass);
      if (since_best >= kMiniBatchPatience) break;
    }
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
                  parts[size_t(chunk)] += weight(i) * d;
                }
              });
    return sum_in_order(parts);
  }

  const KMeansPoints& p_;
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
  KMeansPoints points(lease, kernels, x, n, dims);
  HEBB_RETURN_IF_ERROR(points.prepare());
  Clustering clustering(points, options);
  model.centers.clear();
  for (int64_t run = 0; run < std::max<int64_t>(1, options.runs) && !clustering.cancelled(); ++run) {
    clustering.run(uint64_t(run));
    const bool cut = clustering.cancelled() && !model.centers.empty();  // a run that was cut short is no rival
    if (clustering.began() && !cut && (run == 0 || clustering.inertia() < model.inertia)) clustering.take(model);
  }
  return clustering.cancelled() ? Status::aborted("The operation was aborted.") : Status{};
}

namespace {

// body(row, squared distances to the centers) for each row.
template <class Body>
void for_distances(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, int64_t clusters,
                   const float* centers, Body&& body) {
  parallel_range(lease, n, kKMeansChunk, [&](int64_t begin, int64_t end, int) {
    std::vector<float> d(static_cast<size_t>(clusters));
    for (int64_t i = begin; i < end; ++i) {
      kernels.distance->squared_rows(clusters, dims, x + i * dims, centers, dims, d.data());
      body(i, d.data());
    }
  });
}

}  // namespace

void kmeans_assign(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, int64_t clusters,
                   const float* centers, int32_t* labels, double* inertia) {
  std::vector<double> parts(size_t(chunk_count(n, kKMeansChunk)), 0.0);
  for_distances(lease, kernels, x, n, dims, clusters, centers, [&](int64_t i, const float* d) {
    labels[i] = int32_t(std::min_element(d, d + clusters) - d);
    parts[size_t(i / kKMeansChunk)] += d[labels[i]];
  });
  *inertia = sum_in_order(parts);
}

void kmeans_distances(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, int64_t clusters,
                      const float* centers, float* out) {
  for_distances(lease, kernels, x, n, dims, clusters, centers, [&](int64_t i, const float* d) {
    for (int64_t c = 0; c < clusters; ++c) out[i * clusters + c] = std::sqrt(d[c]);
  });
}

}  // namespace hebb
