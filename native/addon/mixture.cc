// Gaussian mixtures and kernel densities.
#include <algorithm>
#include <memory>
#include <vector>

#include "addon/addon.h"
#include "addon/args.h"
#include "addon/errors.h"
#include "addon/job_runner.h"
#include "addon/watch.h"
#include "algorithms/kernel_density.h"
#include "algorithms/mixture.h"

namespace hebb {

namespace {

// mixtureFit(x, rows, dims, labels | null, numbers, onProgress)
//   -> job of { weights, means, covariances: Float64Array, logLikelihood, iterations, converged, aborted }
// numbers: components, covariance type (0 full, 1 diagonal, 2 spherical, 3 tied), max iterations, tolerance,
// regularization, threads, seed, runs. Without labels k-means starts it. A run that was cancelled resolves too, with
// what there is: 0 iterations where there is nothing.
Napi::Value fit(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> x;
    std::vector<int32_t> labels;
    MixtureOptions options;
    MixtureModel model;
    MixtureOutcome outcome;
  };
  auto work = std::make_shared<Work>();
  const args::Rows x = args::rows(call, 1, 1 << 20);
  const int64_t n = x.n;
  const Span<int32_t> labels = args::optional_array<int32_t>(env, call[3], "labels");
  const Span<double> numbers = args::array<double>(env, call[4], "numbers");
  args::expect_size(env, numbers, 8, "numbers");
  MixtureModel& m = work->model;
  MixtureOptions& o = work->options;
  m.dims = x.dims;
  m.components = int64_t(numbers.data[0]);
  m.type = Covariance(numbers.data[1] >= 0 && numbers.data[1] <= 3 ? int(numbers.data[1]) : 0);
  if (m.components < 1 || m.components > n) args::refuse(env, "Expected `components` between 1 and the rows of `x`.");
  o.max_iterations = int64_t(numbers.data[2]);
  o.tolerance = numbers.data[3];
  o.regularization = numbers.data[4];
  const int threads = int(numbers.data[5]);
  o.seed = uint64_t(numbers.data[6]);
  o.runs = int64_t(numbers.data[7]);
  if (labels.data != nullptr) {
    args::expect_size(env, labels, size_t(n), "labels");
    for (int64_t i = 0; i < n; ++i) {
      if (labels.data[i] < 0 || labels.data[i] >= m.components) {
        args::refuse(env, "Expected labels below `components`.");
      }
    }
    work->labels.assign(labels.data, labels.data + n);
    o.labels = work->labels.data();
  }
  work->x.assign(x.data, x.data + x.size());
  Job job;
  job.work = [work, n, threads](JobContext& context) {
    work->options.cancel = &context.cancel_flag();
    work->options.progress = [&context](double iteration, double likelihood) {
      const double values[2] = {iteration, likelihood};
      context.report(values, 2);
    };
    Lease lease = ThreadPool::instance().lease(threads);
    return mixture_fit(lease, kernels(), work->x.data(), n, work->options, work->model, work->outcome);
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value {
    Napi::Object out = Napi::Object::New(e);
    out.Set("weights", typed_array(e, work->model.weights));
    out.Set("means", typed_array(e, work->model.means));
    out.Set("covariances", typed_array(e, work->model.covariances));
    out.Set("logLikelihood", work->outcome.log_likelihood);
    out.Set("iterations", double(work->outcome.iterations));
    out.Set("converged", work->outcome.converged);
    out.Set("aborted", work->outcome.aborted);
    return out;
  };
  return start_job(env, std::move(job), args::optional_function(call[5]));
}

// A model from four arguments: weights, means, covariances and type.
MixtureModel model_of(const Napi::CallbackInfo& call, size_t first) {
  Napi::Env env = call.Env();
  const Span<double> weights = args::array<double>(env, call[first], "weights");
  const Span<double> means = args::array<double>(env, call[first + 1], "means");
  const Span<double> covariances = args::array<double>(env, call[first + 2], "covariances");
  MixtureModel m;
  m.type = Covariance(args::integer(env, call[first + 3], "type", 0, 3));
  m.components = int64_t(weights.size);
  if (m.components < 1 || means.size % weights.size != 0) args::refuse(env, "Expected `means` of each component.");
  m.dims = int64_t(means.size / weights.size);
  args::expect_size(env, covariances, size_t(m.covariance_count() * m.covariance_size()), "covariances");
  m.weights.assign(weights.data, weights.data + weights.size);
  m.means.assign(means.data, means.data + means.size);
  m.covariances.assign(covariances.data, covariances.data + covariances.size);
  return m;
}

// mixtureScore(x, rows, weights, means, covariances, type, threads)
//   -> { logDensity: Float64Array [rows], responsibilities: Float64Array [rows, components] }
Napi::Value score(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const Span<float> x = args::array<float>(env, call[0], "x");
  const int64_t n = args::integer(env, call[1], "rows", 0, INT32_MAX);
  const MixtureModel m = model_of(call, 2);
  args::expect_size(env, x, size_t(n * m.dims), "x");
  std::vector<double> density(static_cast<size_t>(n)), shares(static_cast<size_t>(n * m.components));
  Lease lease = ThreadPool::instance().lease(int(args::integer(env, call[6], "threads", 0, 256)));
  throw_if_error(env, mixture_score(lease, x.data, n, m, density.data(), shares.data()));
  Napi::Object out = Napi::Object::New(env);
  out.Set("logDensity", typed_array(env, density));
  out.Set("responsibilities", typed_array(env, shares));
  return out;
}

// mixtureSample(count, seed, weights, means, covariances, type)
//   -> { rows: Float32Array [count, dims], labels: Int32Array }
Napi::Value sample(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const int64_t n = args::integer(env, call[0], "count", 0, INT32_MAX);
  const uint64_t seed = uint64_t(args::number(env, call[1], "seed"));
  const MixtureModel m = model_of(call, 2);
  std::vector<float> rows(static_cast<size_t>(n * m.dims));
  std::vector<int32_t> labels(static_cast<size_t>(n));
  throw_if_error(env, mixture_sample(m, n, seed, rows.data(), labels.data()));
  Napi::Object out = Napi::Object::New(env);
  out.Set("rows", typed_array(env, rows));
  out.Set("labels", typed_array(env, labels));
  return out;
}

// kernelDensity(x, rows, dims, bandwidth, queries, kernel, threads, onProgress) -> job of Float64Array [queries]
// kernel: 0 gaussian, 1 tophat, 2 epanechnikov, 3 exponential, 4 linear, 5 cosine
Napi::Value density(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> x, queries;
    std::vector<double> out;
  };
  auto work = std::make_shared<Work>();
  const args::Rows x = args::rows(call, 1);
  const int64_t n = x.n, dims = x.dims;
  const double bandwidth = args::number(env, call[3], "bandwidth");
  const Span<float> queries = args::array<float>(env, call[4], "queries");
  const DensityKernel kernel = DensityKernel(args::integer(env, call[5], "kernel", 0, 5));
  const int threads = int(args::integer(env, call[6], "threads", 0, 256));
  const int64_t m = int64_t(queries.size) / dims;
  work->x.assign(x.data, x.data + x.size());
  work->queries.assign(queries.data, queries.data + m * dims);
  work->out.resize(size_t(m));
  Job job;
  job.work = [=](JobContext& context) {
    Lease lease = ThreadPool::instance().lease(threads);
    return kernel_density(lease, work->x.data(), n, dims, kernel, bandwidth, work->queries.data(), m, watch_of(context),
                          work->out.data());
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value { return typed_array(e, work->out); };
  return start_job(env, std::move(job), args::optional_function(call[7]));
}

}  // namespace

void register_mixture(Napi::Env env, Napi::Object exports) {
  exports.Set("mixtureFit", Napi::Function::New(env, fit, "mixtureFit"));
  exports.Set("mixtureScore", Napi::Function::New(env, score, "mixtureScore"));
  exports.Set("mixtureSample", Napi::Function::New(env, sample, "mixtureSample"));
  exports.Set("kernelDensity", Napi::Function::New(env, density, "kernelDensity"));
}

}  // namespace hebb
