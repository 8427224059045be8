// Gaussian mixtures and kernel densities.
#include <algorithm>
#include <memory>
#include <vector>

#include "addon/addon.h"
#include "addon/args.h"
#include "addon/errors.h"
#include "addon/job_runner.h"
#include "algorithms/mixture.h"

namespace hebb {

namespace {

// mixtureFit(x, rows, dims, labels, numbers, onProgress)
//   -> job of { weights, means, covariances: Float64Array, logLikelihood, iterations, converged }
// numbers: components, covariance type (0 full, 1 diagonal, 2 spherical), max iterations, tolerance, regularization,
// threads
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
  const int64_t n = x.n, dims = x.dims;
  const Span<int32_t> labels = args::array<int32_t>(env, call[3], "labels");
  args::expect_size(env, labels, size_t(n), "labels");
  const Span<double> numbers = args::array<double>(env, call[4], "numbers");
  args::expect_size(env, numbers, 6, "numbers");
  MixtureModel& m = work->model;
  m.dims = dims;
  m.components = int64_t(numbers.data[0]);
  m.type = Covariance(numbers.data[1] == 1 ? 1 : numbers.data[1] == 2 ? 2 : 0);
  for (int64_t i = 0; i < n; ++i) {
    if (labels.data[i] < 0 || labels.data[i] >= m.components) args::refuse(env, "Expected labels below `components`.");
  }
  work->options.max_iterations = int64_t(numbers.data[2]);
  work->options.tolerance = numbers.data[3];
  work->options.regularization = numbers.data[4];
  const int threads = int(numbers.data[5]);
  work->x.assign(x.data, x.data + x.size());
  work->labels.assign(labels.data, labels.data + n);
  Job job;
  job.work = [work, n, threads](JobContext& context) {
    work->options.cancel = &context.cancel_flag();
    work->options.progress = [&context](double iteration, double likelihood) {
      const double values[2] = {iteration, likelihood};
      context.report(values, 2);
    };
    Lease lease = ThreadPool::instance().lease(threads);
    return mixture_fit(lease, work->x.data(), n, work->labels.data(), work->options, work->model, work->outcome);
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value {
    Napi::Object out = Napi::Object::New(e);
    out.Set("weights", typed_array(e, work->model.weights));
    out.Set("means", typed_array(e, work->model.means));
    out.Set("covariances", typed_array(e, work->model.covariances));
    out.Set("logLikelihood", work->outcome.log_likelihood);
    out.Set("iterations", double(work->outcome.iterations));
    out.Set("converged", work->outcome.converged);
    return out;
  };
  return start_job(env, std::move(job), args::optional_function(call[5]));
}

// mixtureScore(x, rows, weights, means, covariances, type, threads)
//   -> { logDensity: Float64Array [rows], responsibilities: Float64Array [rows, components] }
Napi::Value score(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const Span<float> x = args::array<float>(env, call[0], "x");
  const int64_t n = args::integer(env, call[1], "rows", 0, INT32_MAX);
  const Span<double> weights = args::array<double>(env, call[2], "weights");
  const Span<double> means = args::array<double>(env, call[3], "means");
  const Span<double> covariances = args::array<double>(env, call[4], "covariances");
  MixtureModel m;
  m.type = Covariance(args::integer(env, call[5], "type", 0, 2));
  m.components = int64_t(weights.size);
  if (m.components < 1 || means.size % weights.size != 0) args::refuse(env, "Expected `means` of each component.");
  m.dims = int64_t(means.size / weights.size);
  args::expect_size(env, x, size_t(n * m.dims), "x");
  args::expect_size(env, covariances, m.type == Covariance::full ? means.size * size_t(m.dims) : means.size,
                    "covariances");
  m.weights.assign(weights.data, weights.data + weights.size);
  m.means.assign(means.data, means.data + means.size);
  m.covariances.assign(covariances.data, covariances.data + covariances.size);
  std::vector<double> density(static_cast<size_t>(n)), shares(static_cast<size_t>(n * m.components));
  Lease lease = ThreadPool::instance().lease(int(args::integer(env, call[6], "threads", 0, 256)));
  const Status status = mixture_score(lease, x.data, n, m, density.data(), shares.data());
  throw_if_error(env, status);
  Napi::Object out = Napi::Object::New(env);
  out.Set("logDensity", typed_array(env, density));
  out.Set("responsibilities", typed_array(env, shares));
  return out;
}

// kernelDensity(x, rows, dims, bandwidth, queries, threads) -> job of Float64Array [queries]
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
  const int threads = int(args::integer(env, call[5], "threads", 0, 256));
  const int64_t m = int64_t(queries.size) / dims;
  work->x.assign(x.data, x.data + x.size());
  work->queries.assign(queries.data, queries.data + m * dims);
  work->out.resize(size_t(m));
  Job job;
  job.work = [=](JobContext& context) {
    Lease lease = ThreadPool::instance().lease(threads);
    return kernel_density(lease, work->x.data(), n, dims, bandwidth, work->queries.data(), m, context.cancel_flag(),
                          work->out.data());
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value { return typed_array(e, work->out); };
  return start_job(env, std::move(job));
}

}  // namespace

void register_mixture(Napi::Env env, Napi::Object exports) {
  exports.Set("mixtureFit", Napi::Function::New(env, fit, "mixtureFit"));
  exports.Set("mixtureScore", Napi::Function::New(env, score, "mixtureScore"));
  exports.Set("kernelDensity", Napi::Function::New(env, density, "kernelDensity"));
}

}  // namespace hebb
