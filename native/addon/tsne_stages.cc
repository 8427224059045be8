// The stages of t-SNE one by one, as jobs: calibration, symmetric affinities, start, placing new points.
#include <memory>
#include <vector>

#include "addon/addon.h"
#include "addon/affinities.h"
#include "addon/args.h"
#include "addon/job_runner.h"
#include "addon/watch.h"
#include "algorithms/tsne_session.h"
#include "kernels/kernels.h"

namespace hebb {

namespace {

template <class T>
std::vector<T> copy_of(const Span<T>& span) {
  return std::vector<T>(span.data, span.data + span.size);
}

// tsneCalibrate(distances, k, perplexity, threads, onProgress) -> job of Float32Array [n, k]
Napi::Value calibrate_job(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  auto rows = std::make_shared<std::vector<float>>(copy_of(args::array<float>(env, call[0], "distances")));
  const int64_t k = args::integer(env, call[1], "k", 1, INT32_MAX);
  const double perplexity = args::number(env, call[2], "perplexity");
  const int threads = int(args::integer(env, call[3], "threads", 0, 256));
  if (!(perplexity >= 1 && perplexity <= double(k))) args::refuse(env, "Expected a usable perplexity.");
  Job job;
  job.work = [=](JobContext& context) {
    Lease lease = ThreadPool::instance().lease(threads);
    const Watch watch = watch_of(context);
    calibrate(lease, kernels(), int64_t(rows->size()) / k, k, perplexity, rows->data(), watch);
    return watch.status();
  };
  job.resolve = [rows](Napi::Env e) -> Napi::Value { return typed_array(e, *rows); };
  return start_job(env, std::move(job), args::optional_function(call[4]));
}

// tsneSymmetrize(indices, probabilities, k, threads, onProgress)
//   -> job of { starts: Int32Array, columns: Int32Array, values: Float32Array }
Napi::Value symmetrize_job(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<int32_t> indices;
    std::vector<float> probabilities;
    AffinityRows rows;
  };
  auto work = std::make_shared<Work>();
  work->indices = copy_of(args::array<int32_t>(env, call[0], "indices"));
  work->probabilities = copy_of(args::array<float>(env, call[1], "probabilities"));
  const int64_t k = args::integer(env, call[2], "k", 1, INT32_MAX);
  const int threads = int(args::integer(env, call[3], "threads", 0, 256));
  const int64_t n = int64_t(work->indices.size()) / k;
  if (work->probabilities.size() < work->indices.size()) args::refuse(env, "Expected a value for each neighbour.");
  for (const int32_t i : work->indices) {
    if (i < 0 || i >= n) args::refuse(env, "Expected neighbour indices of points.");
  }
  Job job;
  job.work = [=](JobContext& context) -> Status {
    Lease lease = ThreadPool::instance().lease(threads);
    SparseAffinities p;
    const Watch watch = watch_of(context);
    HEBB_RETURN_IF_ERROR(symmetrize(lease, n, k, work->indices.data(), work->probabilities.data(), p, watch));
    return strip_padding(p, work->rows);
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value {
    Napi::Object out = Napi::Object::New(e);
    out.Set("starts", typed_array(e, work->rows.starts));
    out.Set("columns", typed_array(e, work->rows.columns));
    out.Set("values", typed_array(e, work->rows.values));
    return out;
  };
  return start_job(env, std::move(job), args::optional_function(call[4]));
}

// tsneStart(x, rows, columns, dims, random, seed, threads, onProgress) -> job of Float32Array [rows, dims]
Napi::Value start_of_map(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> x, start;
    TsneSetup setup;
  };
  auto work = std::make_shared<Work>();
  const args::Rows x = args::rows(call, 2);
  TsneSetup& s = work->setup;
  work->x.assign(x.data, x.data + x.size());
  s.x = work->x.data();
  s.n = x.n;
  s.columns = x.dims;
  s.dims = int(args::integer(env, call[3], "dims", 2, 3));
  s.start = args::boolean(env, call[4], "random") ? TsneStart::random : TsneStart::pca;
  s.seed = uint64_t(args::number(env, call[5], "seed"));
  s.threads = int(args::integer(env, call[6], "threads", 0, 256));
  Job job;
  job.work = [work](JobContext& context) {
    Lease lease = ThreadPool::instance().lease(work->setup.threads);
    return tsne_start(lease, kernels(), work->setup, watch_of(context), work->start);
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value { return typed_array(e, work->start); };
  return start_job(env, std::move(job), args::optional_function(call[7]));
}

// tsnePlace(map, dims, indices, distances, k, numbers, onProgress) -> job of Float32Array [rows, dims]
// numbers: perplexity, iterations, exaggeration, learning rate, momentum, max step, threads, dof
Napi::Value place(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  struct Work {
    std::vector<float> map, distances, out;
    std::vector<int32_t> indices;
    TsnePlacement placement;
    int threads;
  };
  auto work = std::make_shared<Work>();
  work->map = copy_of(args::array<float>(env, call[0], "map"));
  const int dims = int(args::integer(env, call[1], "dims", 2, 3));
  work->indices = copy_of(args::array<int32_t>(env, call[2], "indices"));
  work->distances = copy_of(args::array<float>(env, call[3], "distances"));
  const int64_t k = args::integer(env, call[4], "k", 1, INT32_MAX);
  const Span<double> numbers = args::array<double>(env, call[5], "numbers");
  args::expect_size(env, numbers, 8, "numbers");
  TsnePlacement& p = work->placement;
  p.n = int64_t(work->map.size()) / dims;
  p.m = int64_t(work->indices.size()) / k;
  p.dims = dims;
  p.k = k;
  if (work->distances.size() < work->indices.size()) args::refuse(env, "Expected a distance for each neighbour.");
  for (const int32_t i : work->indices) {
    if (i < 0 || i >= p.n) args::refuse(env, "Expected neighbour indices of points of the map.");
  }
  p.map = work->map.data();
  p.indices = work->indices.data();
  p.distances = work->distances.data();
  p.perplexity = numbers.data[0];
  p.iterations = int64_t(numbers.data[1]);
  p.exaggeration = numbers.data[2];
  p.learning_rate = numbers.data[3];
  p.momentum = numbers.data[4];
  p.max_step = numbers.data[5];
  work->threads = int(numbers.data[6]);
  p.dof = numbers.data[7];
  work->out.resize(size_t(p.m * dims));
  Job job;
  job.work = [work](JobContext& context) {
    Lease lease = ThreadPool::instance().lease(work->threads);
    return tsne_place(lease, kernels(), work->placement, watch_of(context), work->out.data());
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value { return typed_array(e, work->out); };
  return start_job(env, std::move(job), args::optional_function(call[6]));
}

}  // namespace

void register_tsne_stages(Napi::Env env, Napi::Object exports) {
  exports.Set("tsneCalibrate", Napi::Function::New(env, calibrate_job, "tsneCalibrate"));
  exports.Set("tsneSymmetrize", Napi::Function::New(env, symmetrize_job, "tsneSymmetrize"));
  exports.Set("tsneStart", Napi::Function::New(env, start_of_map, "tsneStart"));
  exports.Set("tsnePlace", Napi::Function::New(env, place, "tsnePlace"));
}

}  // namespace hebb
