// Clustering as jobs.
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "addon/addon.h"
#include "addon/args.h"
#include "addon/errors.h"
#include "addon/job_runner.h"
#include "addon/watch.h"
#include "algorithms/density.h"
#include "algorithms/kmeans.h"
#include "kernels/kernels.h"

namespace hebb {

namespace {

// kmeansFit(x, rows, dims, numbers, centers | null, weights | null, onProgress)
//   -> job of { centers: Float32Array, labels: Int32Array, inertia, iterations, aborted }
// A run that was cancelled resolves too, with the best so far: no centers where there is nothing.
// numbers: clusters, max iterations, tolerance, runs, batch (0: Lloyd), seed, threads
Napi::Value kmeans_job(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> x, centers, weights;
    int64_t n = 0, dims = 0;
    KMeansOptions options;
    KMeansModel model;
    int threads = 0;
    bool aborted = false;
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
  const Span<float> weights = args::optional_array<float>(env, call[5], "weights");
  if (weights.data != nullptr) {
    args::expect_size(env, weights, size_t(work->n), "weights");
    work->weights.assign(weights.data, weights.data + work->n);
    o.weights = work->weights.data();
  }
  Job job;
  job.work = [work](JobContext& context) -> Status {
    work->options.cancel = &context.cancel_flag();
    work->options.progress = [&context](double iteration, double inertia) {
      const double values[2] = {iteration, inertia};
      context.report(values, 2);
    };
    Lease lease = ThreadPool::instance().lease(work->threads);
    Status status = kmeans_fit(lease, kernels(), work->x.data(), work->n, work->dims, work->options, work->model);
    work->aborted = status.code == Code::aborted;
    return work->aborted ? Status{} : status;
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value {
    Napi::Object out = Napi::Object::New(e);
    out.Set("centers", typed_array(e, work->model.centers));
    out.Set("labels", typed_array(e, work->model.labels));
    out.Set("inertia", work->model.inertia);
    out.Set("iterations", double(work->model.iterations));
    out.Set("aborted", work->aborted);
    return out;
  };
  return start_job(env, std::move(job), args::optional_function(call[6]));
}

Status distances_too_large() {
  return Status::data("Expected rows whose squared distances to the centers fit in float32, received larger ones.");
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
  if (!std::isfinite(inertia)) throw make_error(env, distances_too_large());
  Napi::Object out = Napi::Object::New(env);
  out.Set("labels", typed_array(env, labels));
  out.Set("inertia", inertia);
  return out;
}

// kmeansDistances(x, rows, dims, centers, clusters, threads) -> Float32Array [rows, clusters]
Napi::Value distances(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const args::Rows x = args::rows(call, 0);
  const Span<float> centers = args::array<float>(env, call[3], "centers");
  const int64_t clusters = args::integer(env, call[4], "clusters", 1, INT32_MAX);
  args::expect_size(env, centers, size_t(clusters) * size_t(x.dims), "centers");
  Napi::Float32Array out = Napi::Float32Array::New(env, size_t(x.n) * size_t(clusters));
  Lease lease = ThreadPool::instance().lease(int(args::integer(env, call[5], "threads", 0, 256)));
  kmeans_distances(lease, kernels(), x.data, x.n, x.dims, clusters, centers.data, out.Data());
  if (kernels().find_nonfinite(x.n * clusters, out.Data()) >= 0) throw make_error(env, distances_too_large());
  return out;
}

// Metrics as 0 euclidean, 1 cosine, 2 manhattan, 3 precomputed.
DensityRows density_rows(const float* x, int64_t n, int64_t dims, int64_t metric) {
  DensityRows rows;
  rows.x = x, rows.n = n, rows.dims = dims;
  rows.precomputed = metric == 3;
  if (metric < 3) rows.metric = Metric(metric);
  return rows;
}

// dbscanFit(x, rows, dims, eps, minSamples, metric, threads, onProgress)
//   -> job of { labels: Int32Array, core: Uint8Array }
Napi::Value dbscan_job(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> x;
    DensityRows rows;
    std::vector<int32_t> labels;
    std::vector<uint8_t> core;
  };
  auto work = std::make_shared<Work>();
  const args::Rows x = args::rows(call, 1);
  const double eps = args::number(env, call[3], "eps");
  const int64_t min_samples = args::integer(env, call[4], "minSamples", 1, INT32_MAX);
  const int64_t metric = args::integer(env, call[5], "metric", 0, 3);
  const int threads = int(args::integer(env, call[6], "threads", 0, 256));
  if (metric == 3 && x.n != x.dims) args::refuse(env, "Expected a square matrix of distances.");
  work->x.assign(x.data, x.data + x.size());
  work->rows = density_rows(work->x.data(), x.n, x.dims, metric);
  work->labels.resize(size_t(x.n));
  work->core.resize(size_t(x.n));
  Job job;
  job.work = [=](JobContext& context) {
    Lease lease = ThreadPool::instance().lease(threads);
    return dbscan(lease, kernels(), work->rows, eps, min_samples, watch_of(context), work->labels.data(),
                  work->core.data());
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value {
    Napi::Object out = Napi::Object::New(e);
    out.Set("labels", typed_array(e, work->labels));
    out.Set("core", typed_array(e, work->core));
    return out;
  };
  return start_job(env, std::move(job), args::optional_function(call[7]));
}

// dbscanAssign(cores, rows, dims, labels, eps, metric, queries, threads) -> Int32Array [queries]
Napi::Value dbscan_predict(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const args::Rows x = args::rows(call, 0);
  const Span<int32_t> labels = args::array<int32_t>(env, call[3], "labels");
  args::expect_size(env, labels, size_t(x.n), "labels");
  const double eps = args::number(env, call[4], "eps");
  const int64_t metric = args::integer(env, call[5], "metric", 0, 2);
  const Span<float> queries = args::array<float>(env, call[6], "queries");
  std::vector<int32_t> out(queries.size / size_t(x.dims));
  Lease lease = ThreadPool::instance().lease(int(args::integer(env, call[7], "threads", 0, 256)));
  throw_if_error(env, dbscan_assign(lease, kernels(), density_rows(x.data, x.n, x.dims, metric), labels.data, eps,
                                    queries.data, int64_t(out.size()), out.data()));
  return typed_array(env, out);
}

// silhouette(x, rows, dims, labels, clusters, threads, onProgress) -> job of number
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
    return silhouette(lease, kernels(), work->x.data(), n, dims, work->labels.data(), clusters, watch_of(context),
                      &work->score);
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value { return Napi::Number::New(e, work->score); };
  return start_job(env, std::move(job), args::optional_function(call[6]));
}

}  // namespace

void register_cluster(Napi::Env env, Napi::Object exports) {
  exports.Set("kmeansFit", Napi::Function::New(env, kmeans_job, "kmeansFit"));
  exports.Set("kmeansDistances", Napi::Function::New(env, distances, "kmeansDistances"));
  exports.Set("dbscanAssign", Napi::Function::New(env, dbscan_predict, "dbscanAssign"));
  exports.Set("dbscanFit", Napi::Function::New(env, dbscan_job, "dbscanFit"));
  exports.Set("silhouette", Napi::Function::New(env, silhouette_job, "silhouette"));
  exports.Set("kmeansAssign", Napi::Function::New(env, assign, "kmeansAssign"));
}

}  // namespace hebb
