// How faithful maps are, as jobs.
#include "algorithms/quality.h"

#include <memory>
#include <vector>

#include "addon/addon.h"
#include "addon/affinities.h"
#include "addon/args.h"
#include "addon/job_runner.h"
#include "addon/watch.h"

namespace hebb {

namespace {

// mapTrust(x, dims, y, mapDims, rows, k, queries | null, threads, onProgress) -> job of number
Napi::Value trust(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> x, y;
    std::vector<int32_t> queries;
    double value = 0;
  };
  auto work = std::make_shared<Work>();
  const Span<float> x = args::array<float>(env, call[0], "x");
  const int64_t dims = args::integer(env, call[1], "dims", 1, INT32_MAX);
  const Span<float> y = args::array<float>(env, call[2], "y");
  const int64_t map_dims = args::integer(env, call[3], "mapDims", 1, INT32_MAX);
  const int64_t n = args::integer(env, call[4], "rows", 4, INT32_MAX / 4);
  args::expect_size(env, x, size_t(n) * size_t(dims), "x");
  args::expect_size(env, y, size_t(n) * size_t(map_dims), "y");
  const int64_t k = args::integer(env, call[5], "k", 1, n - 1);
  const Span<int32_t> queries = args::optional_array<int32_t>(env, call[6], "queries");
  for (size_t q = 0; q < queries.size; ++q) {
    if (queries.data[q] < 0 || queries.data[q] >= n) args::refuse(env, "Expected queries among the rows.");
  }
  const int threads = int(args::integer(env, call[7], "threads", 0, 256));
  work->x.assign(x.data, x.data + n * dims);
  work->y.assign(y.data, y.data + n * map_dims);
  work->queries.assign(queries.data, queries.data + queries.size);
  Job job;
  job.work = [=](JobContext& context) {
    Lease lease = ThreadPool::instance().lease(threads);
    return trustworthiness(lease, kernels(), work->x.data(), dims, work->y.data(), map_dims, n, k, work->queries,
                           watch_of(context), &work->value);
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value { return Napi::Number::New(e, work->value); };
  return start_job(env, std::move(job), args::optional_function(call[8]));
}

// mapDivergence(x | null, dims, y, mapDims, rows, numbers, starts, columns, values, onProgress) -> job of number
// numbers: perplexity, affinities of all pairs, degrees of freedom, threads. The affinities count when x is null.
Napi::Value divergence(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> x, y;
    AffinityRows affinities;
    DivergenceInput input;
    double value = 0;
  };
  auto work = std::make_shared<Work>();
  const Span<float> x = args::optional_array<float>(env, call[0], "x");
  DivergenceInput& input = work->input;
  input.dims = args::integer(env, call[1], "dims", 0, INT32_MAX);
  const Span<float> y = args::array<float>(env, call[2], "y");
  const int map_dims = int(args::integer(env, call[3], "mapDims", 2, 3));
  const int64_t n = args::integer(env, call[4], "rows", 2, INT32_MAX / 4);
  args::expect_size(env, y, size_t(n) * size_t(map_dims), "y");
  const Span<double> numbers = args::array<double>(env, call[5], "numbers");
  args::expect_size(env, numbers, 4, "numbers");
  input.perplexity = numbers.data[0];
  input.all_pairs = numbers.data[1] != 0;
  const double dof = numbers.data[2];
  const int threads = int(numbers.data[3]);
  if (!(dof > 0)) args::refuse(env, "Expected positive degrees of freedom.");
  if (x.data != nullptr) {
    args::expect_size(env, x, size_t(n) * size_t(input.dims), "x");
    if (!(input.perplexity >= 1 && input.perplexity <= double(n - 1) && input.dims > 0)) {
      args::refuse(env, "Expected a usable perplexity.");
    }
    work->x.assign(x.data, x.data + n * input.dims);
    input.x = work->x.data();
  } else {
    work->affinities = affinity_rows(call, 6, n);
    input.affinities = &work->affinities;
  }
  work->y.assign(y.data, y.data + n * map_dims);
  Job job;
  job.work = [=](JobContext& context) {
    Lease lease = ThreadPool::instance().lease(threads);
    return map_divergence(lease, kernels(), work->input, work->y.data(), map_dims, n, dof, watch_of(context),
                          &work->value);
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value { return Napi::Number::New(e, work->value); };
  return start_job(env, std::move(job), args::optional_function(call[9]));
}

}  // namespace

void register_quality(Napi::Env env, Napi::Object exports) {
  exports.Set("mapTrust", Napi::Function::New(env, trust, "mapTrust"));
  exports.Set("mapDivergence", Napi::Function::New(env, divergence, "mapDivergence"));
}

}  // namespace hebb
