// Bindings of columns and data sets, and of the scaling of columns.
#include <memory>
#include <vector>

#include "addon/addon.h"
#include "addon/args.h"
#include "addon/graph.h"
#include "addon/job_runner.h"
#include "graph/dataset.h"
#include "graph/moments.h"

namespace hebb {

using namespace graph;

namespace {

constexpr int64_t kWorthThreads = int64_t(1) << 20;  // values

Lease lease_for(int64_t values, int threads) {
  return values >= kWorthThreads && threads != 1 ? ThreadPool::instance().lease(threads) : Lease();
}

template <class T>
Span<T> column_values(Napi::Env env, Napi::Value array, const Column& column) {
  const Span<T> span = args::array<T>(env, array, "column");
  args::expect_size(env, span, size_t(column.count()), "column");
  return span;
}

// (Float32Array or Int32Array, rows, width, finite, in place): a column handle; with `finite` the position of the first
// NaN or infinity instead, when there is one. `in place` is for arrays that nobody can detach; the handle keeps it.
Napi::Value column_create(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  auto column = std::make_shared<Column>();
  column->rows = args::integer(env, call[1], "rows", 0, INT32_MAX);
  column->width = args::integer(env, call[2], "width", 0, INT32_MAX);
  const bool finite = args::boolean(env, call[3], "finite"), in_place = args::boolean(env, call[4], "inPlace");
  Lease lease = lease_for(column->count(), 0);
  int64_t bad = -1;
  if (call[0].IsTypedArray() && call[0].As<Napi::TypedArray>().TypedArrayType() == napi_int32_array) {
    const Span<int32_t> span = column_values<int32_t>(env, call[0], *column);
    column->dtype = DType::i32;
    if (in_place) {
      column->borrow(span.data);
    } else {
      throw_if_error(env, column->copy(lease, span.data));
    }
  } else {
    const Span<float> span = column_values<float>(env, call[0], *column);
    if (in_place) {
      column->borrow(span.data);
      if (finite) bad = find_nonfinite(lease, column->count(), span.data);
    } else if (finite) {
      throw_if_error(env, column->copy_finite(lease, span.data, &bad));
    } else {
      throw_if_error(env, column->copy(lease, span.data));
    }
  }
  if (bad >= 0) return Napi::Number::New(env, double(bad));
  const size_t bytes = column->bytes();
  Napi::Object handle = ColumnHandle::create(env, std::move(column), bytes);
  if (in_place) handle.Set("borrowed", call[0]);
  return handle;
}

void column_dispose(const Napi::CallbackInfo& call) { ColumnHandle::dispose(call.Env(), call[0]); }

Napi::Value moments_object(Napi::Env env, const Moments& moments) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("mean", typed_array(env, moments.mean));
  out.Set("variance", typed_array(env, moments.variance));
  out.Set("count", typed_array(env, moments.count));
  return out;
}

// Work on a column, and what comes of it; in the background { promise, cancel }, else the result.
struct ColumnWork {
  std::shared_ptr<Column> column;
  std::function<Status()> work;
  std::function<Napi::Value(Napi::Env)> result;
};
Napi::Value run(const Napi::CallbackInfo& call, ColumnWork work, Napi::Value background) {
  Napi::Env env = call.Env();
  if (!args::boolean(env, background, "background")) {
    throw_if_error(env, work.work());
    return work.result(env);
  }
  Job job;
  job.work = [column = work.column, run = work.work](JobContext&) { return run(); };
  job.resolve = work.result;
  if (work.column->borrowed()) job.borrowed = Napi::Persistent(call[0].As<Napi::Object>());
  return start_job(env, std::move(job));
}

std::shared_ptr<Column> real_column(const Napi::CallbackInfo& call) {
  auto column = ColumnHandle::get(call.Env(), call[0]);
  if (column->dtype != DType::real) args::refuse(call.Env(), "Expected a column of real numbers.");
  return column;
}

// (column, indices or null, threads, background): { mean, variance, count } of each column
Napi::Value column_moments_of(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const auto column = real_column(call);
  struct Task {
    bool all;
    std::vector<int32_t> indices;
    Moments moments;
  };
  auto task = std::make_shared<Task>();
  task->all = call[1].IsNull();
  const Span<int32_t> indices = args::optional_array<int32_t>(env, call[1], "indices");
  task->indices.assign(indices.data, indices.data + indices.size);
  for (int32_t i : task->indices) {
    if (i < 0 || i >= column->rows) args::refuse(env, "Expected `indices` to be rows of the column.");
  }
  const int threads = int(args::integer(env, call[2], "threads", 0, 256));
  ColumnWork work;
  work.column = column;
  work.work = [column, task, threads]() -> Status {
    Lease lease = lease_for(column->count(), threads);
    column_moments(lease, column->rows, column->width, column->reals(), task->all ? nullptr : task->indices.data(),
                   int64_t(task->indices.size()), task->moments);
    return {};
  };
  work.result = [task](Napi::Env e) { return moments_object(e, task->moments); };
  return run(call, std::move(work), call[3]);
}

// (column, center, scale, threads, background): nothing; the column holds scaled values afterwards
Napi::Value column_standardize(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const auto column = real_column(call);
  // The handle and this function: a data set or a job that shares the column might be reading it.
  if (column.use_count() > 2) args::refuse(env, "Expected a column that nothing else uses.");
  const Span<double> center = args::array<double>(env, call[1], "center");
  const Span<double> scale = args::array<double>(env, call[2], "scale");
  args::expect_size(env, center, size_t(column->width), "center");
  args::expect_size(env, scale, size_t(column->width), "scale");
  const int threads = int(args::integer(env, call[3], "threads", 0, 256));
  ColumnWork work;
  work.column = column;
  work.work = [column, threads, c = std::vector<double>(center.data, center.data + center.size),
               s = std::vector<double>(scale.data, scale.data + scale.size)]() {
    Lease lease = lease_for(column->count(), threads);
    return column->standardize(lease, c.data(), s.data());
  };
  work.result = [](Napi::Env e) { return e.Undefined(); };
  return run(call, std::move(work), call[4]);
}

// (rows, columns): a data set handle, which keeps the columns.
Napi::Value dataset_create(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  auto data = std::make_shared<Dataset>();
  data->rows = args::integer(env, call[0], "rows", 0, INT32_MAX);
  if (!call[1].IsArray()) args::refuse(env, "Expected `columns` to be an array.");
  Napi::Array columns = call[1].As<Napi::Array>();
  size_t bytes = 0;
  for (uint32_t c = 0; c < columns.Length(); ++c) {
    auto column = ColumnHandle::get(env, columns.Get(c));
    if (column->rows != data->rows) args::refuse(env, "Expected columns of as many rows as the data set.");
    bytes += column->bytes();
    data->columns.push_back(std::move(column));
  }
  const bool borrowed = data->borrowed();
  Napi::Object handle = DatasetHandle::create(env, std::move(data), bytes);
  if (borrowed) handle.Set("borrowed", columns);
  return handle;
}

void dataset_dispose(const Napi::CallbackInfo& call) { DatasetHandle::dispose(call.Env(), call[0]); }

// (x, rows, cols): { mean, variance, count } of each column, NaN cells left out
Napi::Value moments_of(const Napi::CallbackInfo& call) {
  const args::Rows x = args::rows(call, 0);
  Moments moments;
  Lease lease = lease_for(x.size(), 0);
  column_moments(lease, x.n, x.dims, x.data, nullptr, 0, moments);
  return moments_object(call.Env(), moments);
}

// (x, rows, cols, center, scale, gain, offset, y): y = (x - center) / scale * gain + offset, by column; null: no such
// step
void scale_columns(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const args::Rows x = args::rows(call, 0);
  static const char* const kNames[4] = {"center", "scale", "gain", "offset"};
  const double* steps[4];
  for (size_t i = 0; i < 4; ++i) {
    const Span<double> span = args::optional_array<double>(env, call[3 + i], kNames[i]);
    if (span.data != nullptr || span.size > 0) args::expect_size(env, span, size_t(x.dims), kNames[i]);
    steps[i] = span.data;
  }
  const Span<float> y = args::array<float>(env, call[7], "y");
  args::expect_size(env, y, size_t(x.size()), "y");
  Lease lease = lease_for(x.size(), 0);
  transform_columns(lease, x.n, x.dims, x.data, {steps[0], steps[1], steps[2], steps[3]}, y.data);
}

}  // namespace

void register_data(Napi::Env env, Napi::Object exports) {
  exports.Set("columnCreate", Napi::Function::New(env, column_create, "columnCreate"));
  exports.Set("columnMoments", Napi::Function::New(env, column_moments_of, "columnMoments"));
  exports.Set("columnStandardize", Napi::Function::New(env, column_standardize, "columnStandardize"));
  exports.Set("columnDispose", Napi::Function::New(env, column_dispose, "columnDispose"));
  exports.Set("datasetCreate", Napi::Function::New(env, dataset_create, "datasetCreate"));
  exports.Set("datasetDispose", Napi::Function::New(env, dataset_dispose, "datasetDispose"));
  exports.Set("moments", Napi::Function::New(env, moments_of, "moments"));
  exports.Set("scaleColumns", Napi::Function::New(env, scale_columns, "scaleColumns"));
}

}  // namespace hebb
