// t-SNE: a handle that owns affinities and map; jobs prepare and run it.
#include <atomic>
#include <limits>
#include <memory>
#include <vector>

#include "addon/addon.h"
#include "addon/args.h"
#include "addon/errors.h"
#include "addon/job_runner.h"
#include "algorithms/tsne_session.h"
#include "kernels/kernels.h"

namespace hebb {

namespace {

struct State {
  TsneSession session;
  std::atomic<bool> busy{false};
  int64_t n = 0;  // 0: not prepared
  int dims = 2;
};

// What a prepare job reads; the caller's arrays are copied, since they may be detached in mid-job.
struct Input {
  std::vector<float> x, start;
  std::vector<int32_t> indices;
  TsneSetup setup;
};

template <class T>
std::vector<T> copy_of(const Span<T>& span) {
  return std::vector<T>(span.data, span.data + span.size);
}

TsneReport report_to(JobContext& job) {
  return [&job](TsneStage stage, double done, double kl, double gradient) {
    const double values[4] = {double(stage), done, kl, gradient};
    job.report(values, 4);
  };
}

class NativeTsne : public Napi::ObjectWrap<NativeTsne> {
 public:
  explicit NativeTsne(const Napi::CallbackInfo& call)
      : Napi::ObjectWrap<NativeTsne>(call), state_(std::make_shared<State>()) {}

  static void define(Napi::Env env, Napi::Object exports) {
    exports.Set("Tsne",
                DefineClass(env, "Tsne",
                            {InstanceMethod<&NativeTsne::prepare>("prepare"), InstanceMethod<&NativeTsne::run>("run"),
                             InstanceMethod<&NativeTsne::embedding>("embedding"),
                             InstanceMethod<&NativeTsne::iterations>("iterations")}));
  }

 private:
  // prepare(kind, x, indices | null, rows, columns, numbers, start | null, onProgress) -> job
  // numbers: dims, method, perplexity, theta, metric, start, seed, threads, dof, neighbours
  Napi::Value prepare(const Napi::CallbackInfo& call) {
    Napi::Env env = call.Env();
    auto input = std::make_shared<Input>();
    TsneSetup& s = input->setup;
    s.kind = TsneInputKind(args::integer(env, call[0], "kind", 0, 2));
    const Span<float> x = args::array<float>(env, call[1], "x");
    const Span<int32_t> indices = args::optional_array<int32_t>(env, call[2], "indices");
    s.n = args::integer(env, call[3], "rows", 4, INT32_MAX / 4);
    s.columns = args::integer(env, call[4], "columns", 1, INT32_MAX);
    const Span<double> numbers = args::array<double>(env, call[5], "numbers");
    args::expect_size(env, numbers, 10, "numbers");
    const Span<float> given = args::optional_array<float>(env, call[6], "start");
    args::expect_size(env, x, size_t(s.n) * size_t(s.columns), "x");
    s.dims = numbers.data[0] == 3 ? 3 : 2;
    s.method = TsneMethod(numbers.data[1] == 1 ? 1 : numbers.data[1] == 2 ? 2 : 0);
    s.perplexity = numbers.data[2];
    s.theta = numbers.data[3];
    s.metric = Metric(numbers.data[4] == 1 ? 1 : numbers.data[4] == 2 ? 2 : 0);
    s.start = TsneStart(numbers.data[5] == 1 ? 1 : numbers.data[5] == 2 ? 2 : 0);
    s.seed = uint64_t(numbers.data[6]);
    s.threads = int(numbers.data[7]);
    s.dof = numbers.data[8];
    s.neighbors = NeighborMethod(numbers.data[9] == 0 ? 0 : numbers.data[9] == 1 ? 1 : 2);
    if (!(s.dof > 0)) args::refuse(env, "Expected positive degrees of freedom.");
    if (!(s.perplexity >= 1 && s.perplexity <= double(s.n - 1))) args::refuse(env, "Expected a usable perplexity.");
    if (s.kind == TsneInputKind::distances && s.columns != s.n) args::refuse(env, "Expected a square matrix.");
    if (s.start == TsneStart::given) args::expect_size(env, given, size_t(s.n * s.dims), "start");
    if (s.kind == TsneInputKind::neighbors) {
      args::expect_size(env, indices, size_t(s.n * s.columns), "indices");
      if (s.method == TsneMethod::exact || s.columns >= s.n)
        args::refuse(env, "Expected fewer neighbours than points.");
      for (size_t i = 0; i < indices.size; ++i) {
        if (indices.data[i] < 0 || indices.data[i] >= s.n) args::refuse(env, "Expected neighbour indices of points.");
      }
    }
    claim(env);
    try {
      input->x = copy_of(x);
      input->start = copy_of(given);
      input->indices = copy_of(indices);
    } catch (const std::bad_alloc&) {
      state_->busy.store(false);
      throw make_error(env, Status::out_of_memory("Expected memory for a copy of `x`, received none from the system."));
    }
    s.x = input->x.data();
    s.given = input->start.data();
    s.indices = input->indices.data();
    state_->n = 0;
    Job job;
    job.work = [state = state_, input](JobContext& context) -> Status {
      const Status status = state->session.prepare(kernels(), input->setup, context.cancel_flag(), report_to(context));
      if (status.ok()) {
        state->dims = input->setup.dims;
        state->n = input->setup.n;
      }
      *input = {};
      return status;
    };
    job.resolve = [](Napi::Env e) -> Napi::Value { return e.Undefined(); };
    return start(env, std::move(job), call[7]);
  }

  // run(numbers, onProgress) -> job of Float64Array [iterations, gradient norm, KL divergence, converged]
  // numbers: iterations, exaggeration, momentum, learning rate, min gain, min gradient norm, patience
  Napi::Value run(const Napi::CallbackInfo& call) {
    Napi::Env env = call.Env();
    const Span<double> numbers = args::array<double>(env, call[0], "numbers");
    args::expect_size(env, numbers, 7, "numbers");
    claim(env);
    if (state_->n == 0) {
      state_->busy.store(false);
      args::refuse(env, "Expected a prepared map.");
    }
    TsneSchedule s;
    s.iterations = int64_t(numbers.data[0]);
    s.step.exaggeration = numbers.data[1];
    s.step.momentum = numbers.data[2];
    s.step.learning_rate = numbers.data[3];
    s.step.min_gain = numbers.data[4];
    s.min_gradient_norm = numbers.data[5];
    s.patience = int64_t(numbers.data[6]);
    auto outcome = std::make_shared<TsneOutcome>();
    Job job;
    job.work = [state = state_, s, outcome](JobContext& context) {
      return state->session.run(s, context.cancel_flag(), report_to(context), *outcome);
    };
    job.resolve = [outcome](Napi::Env e) -> Napi::Value {
      Napi::Float64Array values = Napi::Float64Array::New(e, 4);
      values[0] = double(outcome->iterations);
      values[1] = outcome->gradient_norm;
      values[2] = outcome->kl_divergence;
      values[3] = outcome->converged ? 1 : 0;
      return values;
    };
    return start(env, std::move(job), call[1]);
  }

  // embedding() -> Float32Array [rows, dims], or null before prepare
  Napi::Value embedding(const Napi::CallbackInfo& call) {
    Napi::Env env = call.Env();
    claim(env);
    state_->busy.store(false);
    if (state_->n == 0) return env.Null();
    Napi::Float32Array out = Napi::Float32Array::New(env, size_t(state_->n * state_->dims));
    state_->session.optimizer().copy_embedding(out.Data());
    return out;
  }

  // iterations() -> number done since prepare
  Napi::Value iterations(const Napi::CallbackInfo& call) {
    Napi::Env env = call.Env();
    claim(env);
    state_->busy.store(false);
    return Napi::Number::New(env, state_->n == 0 ? 0.0 : double(state_->session.optimizer().iterations()));
  }

  void claim(Napi::Env env) {
    if (state_->busy.exchange(true)) {
      throw make_error(env, Status::busy("Expected one job at a time on a map, received a second one."));
    }
  }

  Napi::Value start(Napi::Env env, Job job, Napi::Value on_progress) {
    auto state = state_;
    auto work = std::move(job.work);
    job.work = [state, work = std::move(work)](JobContext& context) {
      struct Release {
        State& state;
        ~Release() { state.busy.store(false); }
      } release{*state};
      return work(context);
    };
    try {
      return start_job(env, std::move(job), args::optional_function(on_progress));
    } catch (...) {
      state->busy.store(false);
      throw;
    }
  }

  std::shared_ptr<State> state_;
};

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
    return tsne_place(lease, kernels(), work->placement, context.cancel_flag(), report_to(context), work->out.data());
  };
  job.resolve = [work](Napi::Env e) -> Napi::Value {
    Napi::Float32Array out = Napi::Float32Array::New(e, work->out.size());
    std::copy(work->out.begin(), work->out.end(), out.Data());
    return out;
  };
  return start_job(env, std::move(job), args::optional_function(call[6]));
}

}  // namespace

void register_tsne(Napi::Env env, Napi::Object exports) {
  NativeTsne::define(env, exports);
  exports.Set("tsnePlace", Napi::Function::New(env, place, "tsnePlace"));
}

}  // namespace hebb
