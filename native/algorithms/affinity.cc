#include "algorithms/affinity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "kernels/tsne_kernels.h"

namespace hebb {

namespace {

struct RowSums {
  double s = 0;   // sum of w
  double e = 0;   // sum of w t
  double e2 = 0;  // sum of w t^2
};

// w_j = exp(-beta t_j) and its moments.
RowSums weigh(const Kernels& kernels, int64_t k, const float* t, float beta, float* w) {
  kernels.scale(k, -beta, t, w);
  kernels.exp(k, w, w);
  RowSums sums;
  for (int64_t j = 0; j < k; ++j) {
    const double a = w[j], b = a * t[j];
    sums.s += a;
    sums.e += b;
    sums.e2 += b * t[j];
  }
  return sums;
}

// Finds beta with H(beta) = log S + beta E / S = log(perplexity) by Newton's method on log beta, inside a bracket:
// dH / d log beta = -beta^2 (E2 / S - (E / S)^2). t: squared distances less the smallest. Leaves p in w.
void calibrate_row(const Kernels& kernels, int64_t k, const float* t, double target, float* w) {
  double mean = 0;
  for (int64_t j = 0; j < k; ++j) mean += t[j];
  mean /= double(k);
  if (!(mean > 0)) {  // all equally far
    kernels.fill(k, float(1.0 / double(k)), w);
    return;
  }
  double low = -std::numeric_limits<double>::infinity(), high = -low;
  double u = -std::log(mean);
  RowSums sums;
  for (int iteration = 0; iteration < 60; ++iteration) {
    const double beta = std::exp(u);
    sums = weigh(kernels, k, t, float(beta), w);
    const double average = sums.e / sums.s;
    const double excess = std::log(sums.s) + beta * average - target;
    if (std::fabs(excess) < 1e-6) break;
    (excess > 0 ? low : high) = u;
    const double slope = beta * beta * (sums.e2 / sums.s - average * average);
    double next = slope > 0 ? u + excess / slope : std::numeric_limits<double>::infinity();
    if (!(std::fabs(next - u) < 3)) next = u + (excess > 0 ? 3 : -3);
    if (!(next > low && next < high)) next = (low + high) / 2;
    // With more ties at the smallest distance than the perplexity, beta grows without end: the ties share the row.
    if (next == u || next > 80 - std::log(mean)) break;
    u = next;
  }
  kernels.scale(k, float(1 / sums.s), w, w);
}

// t = squared distances less the smallest, in units of the largest: squares of large distances leave float32, those of
// small ones vanish, and only their ratios count.
class SquaredRow {
 public:
  SquaredRow(double nearest, double farthest)
      : unit_(farthest > 0 ? std::ldexp(1.0, -std::ilogb(farthest)) : 1), least_(square(nearest)) {}
  float operator()(float distance) const { return float(square(distance) - least_); }

 private:
  double square(double distance) const { return distance * unit_ * (distance * unit_); }
  double unit_, least_;
};

}  // namespace

void calibrate(Lease& lease, const Kernels& kernels, int64_t n, int64_t k, double perplexity, float* rows,
               const Watch& watch) {
  const double target = std::log(perplexity);
  Meter meter(watch, n);
  parallel_range(lease, n, 64, [&](int64_t begin, int64_t end, int worker) {
    if (!meter.go()) return;
    std::vector<float> t(static_cast<size_t>(k));
    for (int64_t i = begin; i < end; ++i) {
      float* row = rows + i * k;
      const SquaredRow squared(row[0], row[k - 1]);
      for (int64_t j = 0; j < k; ++j) t[size_t(j)] = squared(row[j]);
      calibrate_row(kernels, k, t.data(), target, row);
    }
    meter.add(end - begin, worker);
  });
}

void calibrate_dense(Lease& lease, const Kernels& kernels, int64_t n, double perplexity, float* rows,
                     const Watch& watch) {
  const double target = std::log(perplexity);
  Meter meter(watch, n);
  parallel_range(lease, n, 4, [&](int64_t begin, int64_t end, int worker) {
    if (!meter.go()) return;
    std::vector<float> t(static_cast<size_t>(n - 1)), w(static_cast<size_t>(n - 1));
    for (int64_t i = begin; i < end; ++i) {
      float* row = rows + i * n;
      float nearest = std::numeric_limits<float>::infinity(), farthest = 0;
      for (int64_t j = 0; j < n; ++j) {
        if (j != i) nearest = std::min(nearest, row[j]);
        farthest = std::max(farthest, row[j]);
      }
      const SquaredRow squared(nearest, farthest);
      for (int64_t j = 0, at = 0; j < n; ++j) {
        if (j != i) t[size_t(at++)] = squared(row[j]);
      }
      calibrate_row(kernels, n - 1, t.data(), target, w.data());
      std::copy(w.begin(), w.begin() + i, row);
      row[i] = 0;
      std::copy(w.begin() + i, w.end(), row + i + 1);
    }
    meter.add(end - begin, worker);
  });
}

namespace {

// Compressed rows with a fixed number of chunks, so that the counting sort below can run on any number of threads and
// always write the same bytes.
struct Entry {
  int32_t column;
  float value;
};

// The transposed matrix: entries of row j are (i, p) of all rows i that name j, i ascending.
struct Transposed {
  std::vector<int64_t> starts;
  std::vector<Entry> entries;
};

constexpr int64_t kChunks = 8;

void transpose(Lease& lease, int64_t n, int64_t k, const int32_t* indices, const float* values, Transposed& out) {
  const int64_t grain = (n + kChunks - 1) / kChunks;
  std::vector<int64_t> next(size_t(kChunks * n), 0);
  parallel_range(lease, n, grain, [&](int64_t begin, int64_t end, int) {
    int64_t* count = next.data() + begin / grain * n;
    for (int64_t e = begin * k; e < end * k; ++e) ++count[indices[e]];
  });
  out.starts.resize(size_t(n + 1));
  int64_t position = 0;
  for (int64_t j = 0; j < n; ++j) {
    out.starts[size_t(j)] = position;
    for (int64_t c = 0; c < kChunks; ++c) {
      const int64_t count = next[size_t(c * n + j)];
      next[size_t(c * n + j)] = position;
      position += count;
    }
  }
  out.starts[size_t(n)] = position;
  out.entries.resize(size_t(position));
  parallel_range(lease, n, grain, [&](int64_t begin, int64_t end, int) {
    int64_t* place = next.data() + begin / grain * n;
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t e = i * k; e < (i + 1) * k; ++e) {
        out.entries[size_t(place[indices[e]]++)] = {int32_t(i), values[e]};
      }
    }
  });
}

// One row's own entries sorted by column, merged with the transposed row. Writes to `out` when it is not null; returns
// the number of entries.
int64_t merge_row(const std::vector<Entry>& own, const Entry* other, int64_t other_count, double scale,
                  int32_t* columns, float* values) {
  int64_t count = 0;
  size_t a = 0;
  int64_t b = 0;
  while (a < own.size() || b < other_count) {
    const bool take_own = b == other_count || (a < own.size() && own[a].column <= other[b].column);
    const bool take_other = a == own.size() || (b < other_count && other[b].column <= own[a].column);
    double p = 0;
    int32_t column = 0;
    if (take_other) {
      column = other[b].column;
      p += other[b++].value;
    }
    if (take_own) {
      column = own[a].column;
      p += own[a++].value;
    }
    if (columns != nullptr) {
      columns[count] = column;
      values[count] = float(p * scale);
    }
    ++count;
  }
  return count;
}

double negative_entropy(const float* p, int64_t count) {
  double sum = 0;
  for (int64_t j = 0; j < count; ++j) {
    if (p[j] > 0) sum += double(p[j]) * std::log(double(p[j]));
  }
  return sum;
}

}  // namespace

void sum_up(Lease& lease, SparseAffinities& p) {
  std::vector<double> entropy(static_cast<size_t>(p.n)), mass(static_cast<size_t>(p.n));
  parallel_range(lease, p.n, 256, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      const float* values = p.values.as<float>() + p.starts[size_t(i)];
      const int64_t count = p.starts[size_t(i + 1)] - p.starts[size_t(i)];
      entropy[size_t(i)] = negative_entropy(values, count);
      for (int64_t e = 0; e < count; ++e) mass[size_t(i)] += values[e];
    }
  });
  p.entropy = p.total = 0;
  for (int64_t i = 0; i < p.n; ++i) {
    p.entropy += entropy[size_t(i)];
    p.total += mass[size_t(i)];
  }
}

Status symmetrize(Lease& lease, int64_t n, int64_t k, const int32_t* indices, const float* conditional,
                  SparseAffinities& out, const Watch& watch) {
  Transposed transposed;
  transpose(lease, n, k, indices, conditional, transposed);
  HEBB_RETURN_IF_ERROR(watch.status());
  Meter meter(watch, 2 * n);
  const double scale = 1 / (2 * double(n));
  out.n = n;
  out.starts.assign(size_t(n + 1), 0);
  const auto for_rows = [&](auto&& body) {
    parallel_range(lease, n, 256, [&](int64_t begin, int64_t end, int worker) {
      if (!meter.go()) return;
      std::vector<Entry> own(static_cast<size_t>(k));
      for (int64_t i = begin; i < end; ++i) {
        for (int64_t e = 0; e < k; ++e) own[size_t(e)] = {indices[i * k + e], conditional[i * k + e]};
        std::sort(own.begin(), own.end(), [](const Entry& a, const Entry& b) { return a.column < b.column; });
        const int64_t from = transposed.starts[size_t(i)];
        body(i, own, transposed.entries.data() + from, transposed.starts[size_t(i + 1)] - from);
      }
      meter.add(end - begin, worker);
    });
  };
  for_rows([&](int64_t i, const std::vector<Entry>& own, const Entry* other, int64_t count) {
    const int64_t entries = merge_row(own, other, count, scale, nullptr, nullptr);
    out.starts[size_t(i + 1)] = padded_entries(entries);
  });
  HEBB_RETURN_IF_ERROR(watch.status());
  for (int64_t i = 0; i < n; ++i) out.starts[size_t(i + 1)] += out.starts[size_t(i)];
  const size_t total = size_t(out.starts[size_t(n)]);
  if (!out.columns.resize(total * sizeof(int32_t)) || !out.values.resize(total * sizeof(float))) {
    return Status::out_of_memory("Expected memory for the affinities, received none from the system.");
  }
  for_rows([&](int64_t i, const std::vector<Entry>& own, const Entry* other, int64_t count) {
    const int64_t from = out.starts[size_t(i)], to = out.starts[size_t(i + 1)];
    int32_t* columns = out.columns.as<int32_t>() + from;
    float* values = out.values.as<float>() + from;
    const int64_t entries = merge_row(own, other, count, scale, columns, values);
    for (int64_t e = entries; e < to - from; ++e) {
      columns[e] = int32_t(i);
      values[e] = 0;
    }
  });
  HEBB_RETURN_IF_ERROR(watch.status());
  sum_up(lease, out);
  return {};
}

double symmetrize_dense(Lease& lease, int64_t n, float* p, const Watch& watch) {
  const float scale = float(1 / (2 * double(n)));
  constexpr int64_t kTile = 64;
  const int64_t tiles = chunk_count(n, kTile);
  Meter meter(watch, tiles);
  lease.parallel_for(tiles, [&](int64_t tile, int worker) {  // right of and on the diagonal, both halves at once
    for (int64_t other = tile; other < tiles && meter.go(); ++other) {
      for (int64_t i = tile * kTile; i < std::min(n, (tile + 1) * kTile); ++i) {
        for (int64_t j = std::max(i, other * kTile); j < std::min(n, (other + 1) * kTile); ++j) {
          p[i * n + j] = p[j * n + i] = (p[i * n + j] + p[j * n + i]) * scale;
        }
      }
    }
    meter.add(1, worker);
  });
  std::vector<double> partial(size_t(tiles), 0.0);
  lease.parallel_for(tiles, [&](int64_t tile, int) {
    const int64_t begin = tile * kTile * n, end = std::min(n, (tile + 1) * kTile) * n;
    partial[size_t(tile)] = negative_entropy(p + begin, end - begin);
  });
  double entropy = 0;
  for (double v : partial) entropy += v;
  return entropy;
}

}  // namespace hebb
