#include "algorithms/pca.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "algorithms/eigen.h"
#include "algorithms/messages.h"
#include "core/arena.h"
#include "core/gemm.h"
#include "core/rng.h"

namespace hebb {

namespace {

constexpr int64_t kBlockRows = 1024;  // float32 products of so many rows are added up in float64
constexpr int64_t kBand = 144;        // columns of a scatter matrix that are formed at once, down to the diagonal

Status no_memory() { return Status::out_of_memory("Expected memory for the principal components, received none."); }

void column_means(Lease& lease, const float* x, int64_t n, int64_t dims, std::vector<double>& mean) {
  const int64_t chunks = chunk_count(n, kBlockRows);
  std::vector<double> partial(size_t(chunks * dims), 0.0);
  parallel_range(lease, n, kBlockRows, [&](int64_t begin, int64_t end, int) {
    double* sum = partial.data() + begin / kBlockRows * dims;
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t c = 0; c < dims; ++c) sum[c] += x[i * dims + c];
    }
  });
  mean.assign(size_t(dims), 0.0);
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    for (int64_t c = 0; c < dims; ++c) mean[size_t(c)] += partial[size_t(chunk * dims + c)];
  }
  for (double& m : mean) m /= double(n);
}

// body(first row, rows, block [rows, dims] of (x - mean) / unit) for each block of rows, in order.
Status for_blocks(Lease& lease, const float* x, int64_t n, int64_t dims, const std::vector<double>& mean, double unit,
                  const Watch& watch, const std::function<Status(int64_t, int64_t, const float*)>& body) {
  AlignedBuffer buffer;
  if (!buffer.resize(size_t(std::min(n, kBlockRows) * dims) * sizeof(float))) return no_memory();
  float* block = buffer.as<float>();
  const double inverse = 1 / unit;
  for (int64_t first = 0; first < n; first += kBlockRows) {
    HEBB_RETURN_IF_ERROR(watch.status());
    const int64_t rows = std::min(kBlockRows, n - first);
    parallel_range(lease, rows, 64, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i) {
        const float* from = x + (first + i) * dims;
        for (int64_t c = 0; c < dims; ++c) block[i * dims + c] = float((from[c] - mean[size_t(c)]) * inverse);
      }
    });
    HEBB_RETURN_IF_ERROR(body(first, rows, block));
    watch.tell(double(first + rows) / double(n));
  }
  return {};
}

// total [m, m] += part, the float32 product of one block.
void add_block(Lease& lease, int64_t count, const float* part, double* total) {
  parallel_range(lease, count, 16384, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) total[i] += part[i];
  });
}

void fix_signs(PcaModel& model) {
  for (int64_t r = 0; r < model.components; ++r) {
    double* axis = model.axes.data() + r * model.dims;
    const double* top =
        std::max_element(axis, axis + model.dims, [](double a, double b) { return std::fabs(a) < std::fabs(b); });
    const double sign = *top < 0 ? -1 : 1;
    for (int64_t c = 0; c < model.dims; ++c) axis[c] = axis[c] * sign;
  }
}

class Fit {
 public:
  Fit(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, const PcaOptions& options,
      PcaModel& model)
      : lease_(lease), kernels_(kernels), x_(x), n_(n), dims_(dims), o_(options), m_(model) {}

  Status run() {
    m_.dims = dims_;
    m_.components = o_.components;
    column_means(lease_, x_, n_, dims_, m_.mean);
    HEBB_RETURN_IF_ERROR(measure());
    const Status status = o_.solver == PcaSolver::randomized ? randomized() : dims_ <= n_ ? covariance() : gram();
    HEBB_RETURN_IF_ERROR(status);
    for (double& v : m_.variance) v = std::max(v, 0.0) * unit_ * unit_;
    fix_signs(m_);
    return {};
  }

 private:
  Status blocks(const Watch& watch, const std::function<Status(int64_t, int64_t, const float*)>& body) {
    return for_blocks(lease_, x_, n_, dims_, m_.mean, unit_, watch, body);
  }

  // The total variance, and the unit that makes the largest centred value 1 to 2: products of large values would leave
  // float32, those of small ones vanish.
  Status measure() {
    const int64_t chunks = chunk_count(n_, 256);
    const double* mean = m_.mean.data();
    std::vector<double> sums(size_t(chunks), 0.0), largest(size_t(chunks), 0.0);
    parallel_range(lease_, n_, 256, [&](int64_t begin, int64_t end, int) {
      double sum[4] = {0, 0, 0, 0}, top[4] = {0, 0, 0, 0};  // side by side: no sum waits for the one before
      for (int64_t i = begin; i < end; ++i) {
        const float* row = x_ + i * dims_;
        const auto add = [&](int64_t c, int j) {
          const double d = row[c] - mean[c], size = std::fabs(d);
          sum[j] += d * d;
          top[j] = size > top[j] ? size : top[j];
        };
        int64_t c = 0;
        for (; c + 4 <= dims_; c += 4) {
          for (int j = 0; j < 4; ++j) add(c + j, j);
        }
        for (; c < dims_; ++c) add(c, 0);
      }
      sums[size_t(begin / 256)] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
      largest[size_t(begin / 256)] = std::max(std::max(top[0], top[1]), std::max(top[2], top[3]));
    });
    double sum = 0, top = 0;
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      sum += sums[size_t(chunk)];
      top = std::max(top, largest[size_t(chunk)]);
    }
    if (!std::isfinite(sum)) return Status::non_finite("Expected finite values, received NaN or Infinity.");
    m_.total_variance = sum / double(n_ - 1);
    unit_ = top > 0 ? std::ldexp(1.0, std::ilogb(top)) : 1;
    return o_.watch.status();
  }

  // Variances and vectors [components, size] of the largest eigenvalues of a scatter matrix.
  Status solve(int64_t size, double* matrix, std::vector<double>& vectors) {
    const Watch watch = o_.watch.part(0.4, 1);
    SymmetricEigen reduction(lease_, watch, size, matrix);
    HEBB_RETURN_IF_ERROR(reduction.values(m_.variance));
    for (double& v : m_.variance) v /= double(n_ - 1);
    if (o_.share > 0) m_.components = components_of_share();
    m_.variance.resize(size_t(m_.components));
    return reduction.vectors(m_.components, vectors);
  }

  int64_t components_of_share() const {
    const double wanted = o_.share * m_.total_variance / (unit_ * unit_);
    const int64_t most = std::min(n_, dims_);
    double sum = 0;
    for (int64_t k = 0; k < most; ++k) {
      sum += m_.variance[size_t(k)];
      if (sum > wanted) return k + 1;
    }
    return most;
  }

  // total [size, size] += the products of `size` vectors of `depth` values with one another; they are the columns of a,
  // or its rows. What stands below the diagonal bands is left out: it is the same.
  Status add_scatter(bool columns, int64_t size, int64_t depth, const float* a, float* part, double* total) {
    for (int64_t first = 0; first < size; first += kBand) {
      const int64_t width = std::min(kBand, size - first);
      const float* band = a + first * (columns ? 1 : dims_);
      HEBB_RETURN_IF_ERROR(gemm<float>(lease_, kernels_, columns, !columns, first + width, width, depth, 1.0f, a, dims_,
                                       band, dims_, 0.0f, part + first, size));
    }
    parallel_range(lease_, size, 16, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i) {
        for (int64_t j = i / kBand * kBand; j < size; ++j) total[i * size + j] += part[i * size + j];
      }
    });
    return {};
  }

  void mirror(int64_t size, double* total) {
    parallel_range(lease_, size, 16, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i) {
        for (int64_t j = 0; j < i; ++j) total[i * size + j] = total[j * size + i];
      }
    });
  }

  Status covariance() {
    const int64_t count = dims_ * dims_;
    AlignedBuffer total, part;
    if (!total.resize(size_t(count) * sizeof(double)) || !part.resize(size_t(count) * sizeof(float)))
      return no_memory();
    std::fill(total.as<double>(), total.as<double>() + count, 0.0);
    HEBB_RETURN_IF_ERROR(blocks(o_.watch.part(0, 0.4), [&](int64_t, int64_t rows, const float* block) -> Status {
      return add_scatter(true, dims_, rows, block, part.as<float>(), total.as<double>());
    }));
    mirror(dims_, total.as<double>());
    return solve(dims_, total.as<double>(), m_.axes);
  }

  // Wide data: eigenvectors u of X X' give the axes X' u / |X' u|.
  Status gram() {
    const int64_t count = n_ * n_;
    AlignedBuffer total, centred, product;
    if (!total.resize(size_t(count) * sizeof(double)) || !product.resize(size_t(count) * sizeof(float)) ||
        !centred.resize(size_t(n_ * dims_) * sizeof(float))) {
      return no_memory();
    }
    float* rows_out = centred.as<float>();
    HEBB_RETURN_IF_ERROR(
        blocks(Watch{o_.watch.cancel, {}}, [&](int64_t first, int64_t rows, const float* block) -> Status {
          std::copy(block, block + rows * dims_, rows_out + first * dims_);
          return {};
        }));
    std::fill(total.as<double>(), total.as<double>() + count, 0.0);
    for (int64_t k = 0; k < dims_; k += kBlockRows) {
      HEBB_RETURN_IF_ERROR(o_.watch.status());
      o_.watch.tell(0.4 * double(k) / double(dims_));
      HEBB_RETURN_IF_ERROR(add_scatter(false, n_, std::min(kBlockRows, dims_ - k), rows_out + k, product.as<float>(),
                                       total.as<double>()));
    }
    mirror(n_, total.as<double>());
    std::vector<double> vectors;
    HEBB_RETURN_IF_ERROR(solve(n_, total.as<double>(), vectors));
    m_.axes.assign(size_t(m_.components * dims_), 0.0);
    lease_.parallel_for(m_.components, [&](int64_t r, int) {
      double* axis = m_.axes.data() + r * dims_;
      for (int64_t i = 0; i < n_; ++i) {
        const double u = vectors[size_t(r * n_ + i)];
        for (int64_t c = 0; c < dims_; ++c) axis[c] += u * rows_out[i * dims_ + c];
      }
    });
    // Directions without variance have no axis of their own: any unit vector orthogonal to the others will do.
    orthonormalize(lease_, m_.components, dims_, m_.axes.data());
    return {};
  }

  // Subspace iteration from random directions with a Rayleigh-Ritz step at the end (Halko, Martinsson, Tropp 2011,
  // "Finding structure with randomness", algorithm 4.4, on the covariance operator): z = X' (X q).
  Status apply(int64_t l, const Watch& watch, const std::vector<double>& q, std::vector<double>& z) {
    AlignedBuffer directions, image, part;
    if (!directions.resize(size_t(l * dims_) * sizeof(float)) || !part.resize(size_t(l * dims_) * sizeof(float)) ||
        !image.resize(size_t(kBlockRows * l) * sizeof(float))) {
      return no_memory();
    }
    for (int64_t i = 0; i < l * dims_; ++i) directions.as<float>()[i] = float(q[size_t(i)]);
    z.assign(size_t(l * dims_), 0.0);
    return blocks(watch, [&](int64_t, int64_t rows, const float* block) -> Status {
      HEBB_RETURN_IF_ERROR(gemm<float>(lease_, kernels_, false, true, rows, l, dims_, 1.0f, block, dims_,
                                       directions.as<float>(), dims_, 0.0f, image.as<float>(), l));
      HEBB_RETURN_IF_ERROR(gemm<float>(lease_, kernels_, true, false, l, dims_, rows, 1.0f, image.as<float>(), l, block,
                                       dims_, 0.0f, part.as<float>(), dims_));
      add_block(lease_, l * dims_, part.as<float>(), z.data());
      return {};
    });
  }

  Status randomized() {
    const int64_t l = std::min(std::min(n_, dims_), o_.components + o_.oversampling);
    std::vector<double> q(static_cast<size_t>(l * dims_)), z;
    Philox rng(o_.seed, 41);
    for (int64_t i = 0; i < l * dims_; ++i) q[size_t(i)] = rng.normal(uint64_t(i));
    orthonormalize(lease_, l, dims_, q.data());
    const double share = 0.4 / double(o_.power_iterations + 1);
    for (int64_t pass = 0; pass < o_.power_iterations; ++pass) {
      HEBB_RETURN_IF_ERROR(apply(l, o_.watch.part(share * double(pass), share * double(pass + 1)), q, z));
      q.swap(z);
      orthonormalize(lease_, l, dims_, q.data());
    }
    HEBB_RETURN_IF_ERROR(apply(l, o_.watch.part(0.4 - share, 0.4), q, z));
    std::vector<double> small(static_cast<size_t>(l * l)), rotation;
    lease_.parallel_for(l, [&](int64_t i, int) {
      for (int64_t j = 0; j < l; ++j) {
        double forth = 0, back = 0;
        for (int64_t c = 0; c < dims_; ++c) {
          forth += q[size_t(i * dims_ + c)] * z[size_t(j * dims_ + c)];
          back += q[size_t(j * dims_ + c)] * z[size_t(i * dims_ + c)];
        }
        small[size_t(i * l + j)] = (forth + back) / 2;
      }
    });
    HEBB_RETURN_IF_ERROR(solve(l, small.data(), rotation));
    m_.axes.assign(size_t(m_.components * dims_), 0.0);
    lease_.parallel_for(m_.components, [&](int64_t r, int) {
      for (int64_t j = 0; j < l; ++j) {
        const double w = rotation[size_t(r * l + j)];
        for (int64_t c = 0; c < dims_; ++c) m_.axes[size_t(r * dims_ + c)] += w * q[size_t(j * dims_ + c)];
      }
    });
    return {};
  }

  Lease& lease_;
  const Kernels& kernels_;
  const float* x_;
  int64_t n_, dims_;
  const PcaOptions& o_;
  PcaModel& m_;
  double unit_ = 1;  // centred values are divided by this
};

}  // namespace

Status pca_fit(Lease& lease, const Kernels& kernels, const float* x, int64_t n, int64_t dims, const PcaOptions& options,
               PcaModel& model) {
  return Fit(lease, kernels, x, n, dims, options, model).run();
}

std::vector<double> pca_deviations(const PcaModel& model) {
  double largest = 0;
  for (const double v : model.variance) largest = std::max(largest, v);
  std::vector<double> out;
  for (const double v : model.variance) out.push_back(largest > 0 ? std::sqrt(std::max(v, 1e-14 * largest)) : 1);
  return out;
}

static Status check_coordinates(const Kernels& kernels, int64_t count, const float* out) {
  if (kernels.find_nonfinite(count, out) < 0) return {};
  return Status::data("Expected values whose coordinates fit in float32, received too large ones" + scaling_advice());
}

Status pca_transform(Lease& lease, const Kernels& kernels, const float* x, int64_t n, const PcaModel& model,
                     const double* scale, float* out) {
  const int64_t k = model.components, dims = model.dims;
  std::vector<float> axes(static_cast<size_t>(k * dims));
  for (int64_t r = 0; r < k; ++r) {
    const double factor = scale == nullptr ? 1 : 1 / scale[r];
    for (int64_t c = 0; c < dims; ++c) axes[size_t(r * dims + c)] = float(model.axes[size_t(r * dims + c)] * factor);
  }
  HEBB_RETURN_IF_ERROR(
      for_blocks(lease, x, n, dims, model.mean, 1, {}, [&](int64_t first, int64_t rows, const float* block) {
        return gemm<float>(lease, kernels, false, true, rows, k, dims, 1.0f, block, dims, axes.data(), dims, 0.0f,
                           out + first * k, k);
      }));
  return check_coordinates(kernels, n * k, out);
}

Status pca_inverse(Lease& lease, const Kernels& kernels, const float* z, int64_t n, const PcaModel& model,
                   const double* scale, float* out) {
  const int64_t k = model.components, dims = model.dims;
  std::vector<float> axes(static_cast<size_t>(k * dims));
  for (int64_t r = 0; r < k; ++r) {
    const double factor = scale == nullptr ? 1 : scale[r];
    for (int64_t c = 0; c < dims; ++c) axes[size_t(r * dims + c)] = float(model.axes[size_t(r * dims + c)] * factor);
  }
  HEBB_RETURN_IF_ERROR(
      gemm<float>(lease, kernels, false, false, n, dims, k, 1.0f, z, k, axes.data(), dims, 0.0f, out, dims));
  parallel_range(lease, n, 256, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t c = 0; c < dims; ++c) out[i * dims + c] = float(out[i * dims + c] + model.mean[size_t(c)]);
    }
  });
  return check_coordinates(kernels, n * dims, out);
}

}  // namespace hebb
