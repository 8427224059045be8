// Principal component analysis as jobs.
#include <algorithm>
#include <memory>
#include <vector>

#include "addon/addon.h"
#include "addon/args.h"
#include "addon/errors.h"
#include "addon/job_runner.h"
#include "addon/watch.h"
#include "algorithms/pca.h"
#include "kernels/kernels.h"

namespace hebb {

namespace {

// pcaFit(x, rows, dims, numbers, onProgress)
//   -> job of { mean, axes, variance: Float64Array, totalVariance, scores: Float32Array [rows, components] }
// numbers: components, share of the variance (above 0: decides on the components), randomized, oversampling,
// power iterations, seed, threads, scores (0 none, 1 plain, 2 whitened)
Napi::Value pca_fit_job(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> x, scores;
    int64_t n = 0, dims = 0;
    PcaOptions options;
    PcaModel model;
    int threads = 0, wanted = 0;
  };
  auto work = std::make_shared<Work>();
  const args::Rows x = args::rows(call, 2);
  work->n = x.n, work->dims = x.dims;
  const Span<double> numbers = args::array<double>(env, call[3], "numbers");
  args::expect_size(env, numbers, 8, "numbers");
  PcaOptions& o = work->options;
  o.components = int64_t(numbers.data[0]);
  if (o.components < 1 || o.components > std::min(work->n, work->dims)) {
    args::refuse(env, "Expected `components` between 1 and the smaller side of `x`.");
  }
  o.share = numbers.data[1];
  o.solver = numbers.data[2] != 0 ? PcaSolver::randomized : PcaSolver::exact;
  o.oversampling = std::max<int64_t>(0, int64_t(numbers.data[3]));
  o.power_iterations = std::max<int64_t>(0, int64_t(numbers.data[4]));
  o.seed = uint64_t(numbers.data[5]);
  work->threads = int(numbers.data[6]);
  work->wanted = int(numbers.data[7]);
  work->x.assign(x.data, x.data + x.size());
  Job job;
  job.work = [work](JobContext& context) -> Status {
    work->options.watch = watch_of(context);
    Lease lease = ThreadPool::instance().lease(work->threads);
    PcaModel& model = work->model;
    HEBB_RETURN_IF_ERROR(pca_fit(lease, kernels(), work->x.data(), work->n, work->dims, work->options, model));
    if (work->wanted == 0) return {};
    work->scores.resize(size_t(work->n * model.components));
    const std::vector<double> scale = pca_deviations(model);
    return pca_transform(lease, kernels(), work->x.data(), work->n, model, work->wanted == 2 ? scale.data() : nullptr,
                         work->scores.data());
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value {
    Napi::Object out = Napi::Object::New(e);
    out.Set("mean", typed_array(e, work->model.mean));
    out.Set("axes", typed_array(e, work->model.axes));
    out.Set("variance", typed_array(e, work->model.variance));
    out.Set("totalVariance", work->model.total_variance);
    out.Set("scores", typed_array(e, work->scores));
    return out;
  };
  return start_job(env, std::move(job), args::optional_function(call[4]));
}

// pcaTransform(x, rows, mean, axes, variance, whiten, threads, inverse)
//   -> Float32Array [rows, components], or back from such coordinates [rows, columns]
Napi::Value transform(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const Span<float> x = args::array<float>(env, call[0], "x");
  const int64_t n = args::integer(env, call[1], "rows", 0, INT32_MAX);
  const Span<double> mean = args::array<double>(env, call[2], "mean");
  const Span<double> axes = args::array<double>(env, call[3], "axes");
  const Span<double> variance = args::array<double>(env, call[4], "variance");
  const bool whiten = args::boolean(env, call[5], "whiten");
  const bool inverse = args::boolean(env, call[7], "inverse");
  PcaModel model;
  model.dims = int64_t(mean.size);
  model.components = int64_t(variance.size);
  args::expect_size(env, x, size_t(n) * (inverse ? variance.size : mean.size), "x");
  args::expect_size(env, axes, variance.size * mean.size, "axes");
  model.mean.assign(mean.data, mean.data + mean.size);
  model.axes.assign(axes.data, axes.data + variance.size * mean.size);
  model.variance.assign(variance.data, variance.data + variance.size);
  Napi::Float32Array out = Napi::Float32Array::New(env, size_t(n * (inverse ? model.dims : model.components)));
  Lease lease = ThreadPool::instance().lease(int(args::integer(env, call[6], "threads", 0, 256)));
  const std::vector<double> scale = pca_deviations(model);
  const auto apply = inverse ? pca_inverse : pca_transform;
  throw_if_error(env, apply(lease, kernels(), x.data, n, model, whiten ? scale.data() : nullptr, out.Data()));
  return out;
}

}  // namespace

void register_decomposition(Napi::Env env, Napi::Object exports) {
  exports.Set("pcaFit", Napi::Function::New(env, pca_fit_job, "pcaFit"));
  exports.Set("pcaTransform", Napi::Function::New(env, transform, "pcaTransform"));
}

}  // namespace hebb
