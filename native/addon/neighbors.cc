// Nearest neighbours as a job.
#include <algorithm>
#include <memory>
#include <vector>

#include "addon/addon.h"
#include "addon/args.h"
#include "addon/job_runner.h"
#include "algorithms/neighbors.h"
#include "algorithms/quality.h"
#include "kernels/kernels.h"

namespace hebb {

namespace {

// nearestNeighbors(x, rows, dims, queries | null, numbers, onProgress)
// numbers: k, metric, method, recall, seed, threads
//   -> job of { indices: Int32Array, distances: Float32Array }, both [queries or rows, k]
Napi::Value nearest(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> x, queries, distances;
    std::vector<int32_t> indices;
    NeighborQuery query;
    int threads = 0;
  };
  auto work = std::make_shared<Work>();
  const Span<float> x = args::array<float>(env, call[0], "x");
  NeighborQuery& q = work->query;
  q.n = args::integer(env, call[1], "rows", 1, INT32_MAX / 4);
  q.dims = args::integer(env, call[2], "dims", 1, INT32_MAX);
  args::expect_size(env, x, size_t(q.n) * size_t(q.dims), "x");
  const Span<float> queries = args::optional_array<float>(env, call[3], "queries");
  const bool self = queries.data == nullptr && queries.size == 0;
  const Span<double> numbers = args::array<double>(env, call[4], "numbers");
  args::expect_size(env, numbers, 6, "numbers");
  q.k = int64_t(numbers.data[0]);
  if (!(q.k >= 1 && q.k <= (self ? q.n - 1 : q.n))) args::refuse(env, "Expected fewer neighbours than points.");
  q.metric = Metric(numbers.data[1] == 1 ? 1 : numbers.data[1] == 2 ? 2 : 0);
  q.method = NeighborMethod(numbers.data[2] == 1 ? 1 : numbers.data[2] == 2 ? 2 : 0);
  q.recall = numbers.data[3];
  q.seed = uint64_t(numbers.data[4]);
  work->threads = int(numbers.data[5]);
  work->x.assign(x.data, x.data + q.n * q.dims);
  work->queries.assign(queries.data, queries.data + queries.size);
  q.m = self ? q.n : int64_t(queries.size) / q.dims;
  q.references = work->x.data();
  q.queries = self ? nullptr : work->queries.data();
  work->indices.resize(size_t(q.m * q.k));
  work->distances.resize(size_t(q.m * q.k));
  Job job;
  job.work = [work](JobContext& context) {
    work->query.cancel = &context.cancel_flag();
    work->query.progress = [&context](double done) { context.report(&done, 1); };
    Lease lease = ThreadPool::instance().lease(work->threads);
    return nearest_neighbors(lease, kernels(), work->query, work->indices.data(), work->distances.data());
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value {
    Napi::Int32Array indices = Napi::Int32Array::New(e, work->indices.size());
    Napi::Float32Array distances = Napi::Float32Array::New(e, work->distances.size());
    std::copy(work->indices.begin(), work->indices.end(), indices.Data());
    std::copy(work->distances.begin(), work->distances.end(), distances.Data());
    Napi::Object out = Napi::Object::New(e);
    out.Set("indices", indices);
    out.Set("distances", distances);
    return out;
  };
  return start_job(env, std::move(job), args::optional_function(call[5]));
}

// mapQuality(what, x, dims, y, mapDims, rows, number, threads) -> job of number
// what: 0 trustworthiness (number = k), 1 divergence of all pairs, 2 of neighbours (number = perplexity)
Napi::Value map_quality(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> x, y;
    double value = 0;
  };
  auto work = std::make_shared<Work>();
  const int64_t what = args::integer(env, call[0], "what", 0, 2);
  const Span<float> x = args::array<float>(env, call[1], "x");
  const int64_t dims = args::integer(env, call[2], "dims", 1, INT32_MAX);
  const Span<float> y = args::array<float>(env, call[3], "y");
  const int64_t map_dims = args::integer(env, call[4], "mapDims", what == 0 ? 1 : 2, what == 0 ? INT32_MAX : 3);
  const int64_t n = args::integer(env, call[5], "rows", 4, INT32_MAX / 4);
  args::expect_size(env, x, size_t(n) * size_t(dims), "x");
  args::expect_size(env, y, size_t(n) * size_t(map_dims), "y");
  const double number = args::number(env, call[6], "number");
  if (!(number >= 1 && number <= double(n - 1))) args::refuse(env, "Expected fewer neighbours than points.");
  const int threads = int(args::integer(env, call[7], "threads", 0, 256));
  work->x.assign(x.data, x.data + n * dims);
  work->y.assign(y.data, y.data + n * map_dims);
  Job job;
  job.work = [=](JobContext& context) {
    Lease lease = ThreadPool::instance().lease(threads);
    if (what == 0) {
      return trustworthiness(lease, kernels(), work->x.data(), dims, work->y.data(), map_dims, n, int64_t(number),
                             context.cancel_flag(), &work->value);
    }
    return map_divergence(lease, kernels(), work->x.data(), dims, work->y.data(), int(map_dims), n, number, what == 1,
                          context.cancel_flag(), &work->value);
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value { return Napi::Number::New(e, work->value); };
  return start_job(env, std::move(job));
}

}  // namespace

void register_neighbors(Napi::Env env, Napi::Object exports) {
  exports.Set("mapQuality", Napi::Function::New(env, map_quality, "mapQuality"));
  exports.Set("nearestNeighbors", Napi::Function::New(env, nearest, "nearestNeighbors"));
}

}  // namespace hebb
