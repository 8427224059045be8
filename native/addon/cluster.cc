// Clustering as jobs.
#include <algorithm>
#include <memory>
#include <vector>

#include "addon/addon.h"
#include "addon/args.h"
#include "addon/job_runner.h"
#include "algorithms/density.h"
#include "algorithms/kmeans.h"
#include "kernels/kernels.h"

namespace hebb {

namespace {

// kmeansFit(x, rows, dims, numbers, centers | null, onProgress)
//   -> job of { centers: Float32Array, labels: Int32Array, inertia, iterations }
// numbers: clusters, max iterations, tolerance, runs, batch (0: Lloyd), seed, threads
Napi::Value kmeans_job(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> x, centers;
    int64_t n = 0, dims = 0;
    KMeansOptions options;
    KMeansModel model;
    int threads = 0;
  };
  auto work = std::make_shared<Work>();
  const args::Rows x = args::rows(call, 1);
  work->n = x.n, work->dims = x.dims;
  const Span<double> numbers = args::array<double>(env, call[3], "numbers");
  args::expect_size(env, numbers, 7, "numbers");
  const Span<float> centers = args::optional_array<float>(env, call[4], "centers");
  KMeansOptions& o = work->options;
  o.clusters = int64_t(numbers.data[0]);
  if (o.clusters < 1 || o.clusters > std::min<int64_t>(work->n, 1 << 24)) {
    args::refuse(env, "Expected `clusters` between 1 and the rows of `x`.");
  }
  o.max_iterations = int64_t(numbers.data[1]);
  o.tolerance = numbers.data[2];
  o.runs = int64_t(numbers.data[3]);
  o.batch = std::max<int64_t>(0, int64_t(numbers.data[4]));
  o.seed = uint64_t(numbers.data[5]);
  work->threads = int(numbers.data[6]);
  work->x.assign(x.data, x.data + x.size());
  if (centers.data != nullptr) {
    args::expect_size(env, centers, size_t(o.clusters * work->dims), "centers");
    work->centers.assign(centers.data, centers.data + o.clusters * work->dims);
    o.centers = work->centers.data();
  }
  Job job;
  job.work = [work](JobContext& context) {
    work->options.cancel = &context.cancel_flag();
    work->options.progress = [&context](double iteration, double inertia) {
      const double values[2] = {iteration, inertia};
      context.report(values, 2);
    };
    Lease lease = ThreadPool::instance().lease(work->threads);
    return kmeans_fit(lease, kernels(), work->x.data(), work->n, work->dims, work->options, work->model);
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value {
    Napi::Object out = Napi::Object::New(e);
    out.Set("centers", typed_array(e, work->model.centers));
    out.Set("labels", typed_array(e, work->model.labels));
    out.Set("inertia", work->model.inertia);
    out.Set("iterations", double(work->model.iterations));
    return out;
  };
  return start_job(env, std::move(job), args::optional_function(call[5]));
}

// kmeansAssign(x, rows, dims, centers, clusters, threads) -> { labels: Int32Array, inertia }
Napi::Value assign(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const args::Rows x = args::rows(call, 0);
  const int64_t n = x.n, dims = x.dims;
  const Span<float> centers = args::array<float>(env, call[3], "centers");
  const int64_t clusters = args::integer(env, call[4], "clusters", 1, INT32_MAX);
  args::expect_size(env, centers, size_t(clusters) * size_t(dims), "centers");
  std::vector<int32_t> labels(static_cast<size_t>(n));
  double inertia = 0;
  Lease lease = ThreadPool::instance().lease(int(args::integer(env, call[5], "threads", 0, 256)));
  kmeans_assign(lease, kernels(), x.data, n, dims, clusters, centers.data, labels.data(), &inertia);
  Napi::Object out = Napi::Object::New(env);
  out.Set("labels", typed_array(env, labels));
  out.Set("inertia", inertia);
  return out;
}

// dbscanFit(x, rows, dims, eps, minSamples, threads) -> job of { labels: Int32Array, core: Uint8Array }
Napi::Value dbscan_job(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> x;
    std::vector<int32_t> labels;
    std::vector<uint8_t> core;
  };
  auto work = std::make_shared<Work>();
  const args::Rows x = args::rows(call, 1);
  const int64_t n = x.n, dims = x.dims;
  const double eps = args::number(env, call[3], "eps");
  const int64_t min_samples = args::integer(env, call[4], "minSamples", 1, INT32_MAX);
  const int threads = int(args::integer(env, call[5], "threads", 0, 256));
  work->x.assign(x.data, x.data + x.size());
  work->labels.resize(size_t(n));
  work->core.resize(size_t(n));
  Job job;
  job.work = [=](JobContext& context) {
    Lease lease = ThreadPool::instance().lease(threads);
    return dbscan(lease, kernels(), work->x.data(), n, dims, eps, min_samples, context.cancel_flag(),
                  work->labels.data(), work->core.data());
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value {
    Napi::Object out = Napi::Object::New(e);
    out.Set("labels", typed_array(e, work->labels));
    out.Set("core", typed_array(e, work->core));
    return out;
  };
  return start_job(env, std::move(job));
}

// silhouette(x, rows, dims, labels, clusters, threads) -> job of number
Napi::Value silhouette_job(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> x;
    std::vector<int32_t> labels;
    double score = 0;
  };
  auto work = std::make_shared<Work>();
  const args::Rows x = args::rows(call, 1);
  const int64_t n = x.n, dims = x.dims;
  const Span<int32_t> labels = args::array<int32_t>(env, call[3], "labels");
  args::expect_size(env, labels, size_t(n), "labels");
  const int64_t clusters = args::integer(env, call[4], "clusters", 1, n);
  for (int64_t i = 0; i < n; ++i) {
    if (labels.data[i] < 0 || labels.data[i] >= clusters) args::refuse(env, "Expected labels below `clusters`.");
  }
  const int threads = int(args::integer(env, call[5], "threads", 0, 256));
  work->x.assign(x.data, x.data + x.size());
  work->labels.assign(labels.data, labels.data + n);
  Job job;
  job.work = [=](JobContext& context) {
    Lease lease = ThreadPool::instance().lease(threads);
    return silhouette(lease, kernels(), work->x.data(), n, dims, work->labels.data(), clusters, context.cancel_flag(),
                      &work->score);
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value { return Napi::Number::New(e, work->score); };
  return start_job(env, std::move(job));
}

}  // namespace

void register_cluster(Napi::Env env, Napi::Object exports) {
  exports.Set("kmeansFit", Napi::Function::New(env, kmeans_job, "kmeansFit"));
  exports.Set("dbscanFit", Napi::Function::New(env, dbscan_job, "dbscanFit"));
  exports.Set("silhouette", Napi::Function::New(env, silhouette_job, "silhouette"));
  exports.Set("kmeansAssign", Napi::Function::New(env, assign, "kmeansAssign"));
}

}  // namespace hebb
