// Nearest neighbours as a job.
#include <algorithm>
#include <memory>
#include <vector>

#include "addon/addon.h"
#include "addon/args.h"
#include "addon/job_runner.h"
#include "algorithms/neighbors.h"
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

}  // namespace

void register_neighbors(Napi::Env env, Napi::Object exports) {
  exports.Set("nearestNeighbors", Napi::Function::New(env, nearest, "nearestNeighbors"));
}

}  // namespace hebb
